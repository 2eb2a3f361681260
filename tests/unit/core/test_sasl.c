#include "core/sasl.h"

#include <string.h>

#include "../unit.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

static int check(void *context, const char *user, const char *password)
{
    (void)context;
    return strcmp(user, "rachida") == 0 && strcmp(password, "s3cret \xc3\xa9") == 0;
}

static int lookup(void *context, const char *user, struct scram_verifier *verifier)
{
    (void)context;
    return strcmp(user, "rachida") != 0
               ? -1
               : scram_verifier_make(span_of("s3cret \xc3\xa9"), span_of("salt"), 4096, verifier);
}

static const struct sasl_users users = { .check = check, .lookup = lookup, .nonce = { "0123456789abcdef", 16 } };

#define TEXT(text) text, sizeof text - 1

static const struct { const char *message; size_t size; enum sasl_status status; } plain[] = {
    { TEXT("\0rachida\0s3cret \xc3\xa9"), SASL_OK },
    { TEXT("rachida\0rachida\0s3cret \xc3\xa9"), SASL_OK },
    { TEXT("alice\0rachida\0s3cret \xc3\xa9"), SASL_REFUSED },
    { TEXT("\0rachida\0wrong"), SASL_REFUSED },
    { TEXT("\0nobody\0s3cret \xc3\xa9"), SASL_REFUSED },
    { TEXT(""), SASL_BAD },
    { TEXT("\0"), SASL_BAD },
    { TEXT("\0\0"), SASL_BAD },
    { TEXT("\0rachida"), SASL_BAD },
    { TEXT("\0rachida\0"), SASL_BAD },
    { TEXT("\0\0s3cret \xc3\xa9"), SASL_BAD },
    { TEXT("\0rachida\0s3cret \xc3\xa9\0"), SASL_BAD },
    { TEXT("\0rachida\0s3cret \xe9"), SASL_BAD },
};

START_TEST(plain_at_the_server)
{
    struct buf out;
    buf_init(&out, 100);
    for (int initial = 0; initial < 2; initial++) {
        struct sasl_server *server = sasl_server_new(sasl_find(span_of("plain")), &users);
        if (!initial) {
            ck_assert_int_eq(sasl_server_step(server, (struct span){ NULL, 0 }, &out), SASL_MORE);
            ck_assert_uint_eq(out.len, 0);
        }
        struct span message = { unit_at_edge(plain[_i].message, plain[_i].size), plain[_i].size };
        ck_assert_int_eq(sasl_server_step(server, message, &out), plain[_i].status);
        ck_assert_int_eq(sasl_server_step(server, message, &out), SASL_BAD);
        if (plain[_i].status == SASL_OK)
            ck_assert_str_eq(sasl_server_user(server), "rachida");
        sasl_server_free(server);
    }
    buf_free(&out);
}
END_TEST

START_TEST(login_asks_twice)
{
    struct buf out;
    buf_init(&out, 100);
    struct sasl_server *server = sasl_server_new(sasl_find(span_of("LOGIN")), &users);
    ck_assert_int_eq(sasl_server_step(server, (struct span){ NULL, 0 }, &out), SASL_MORE);
    ck_assert_str_eq(buf_text(&out), "Username:");
    ck_assert_int_eq(sasl_server_step(server, span_of("rachida"), &out), SASL_MORE);
    ck_assert_str_eq(buf_text(&out), "Password:");
    ck_assert_int_eq(sasl_server_step(server, span_of("s3cret \xc3\xa9"), &out), SASL_OK);
    sasl_server_free(server);
    server = sasl_server_new(sasl_find(span_of("LOGIN")), &users);
    ck_assert_int_eq(sasl_server_step(server, span_of("rachida"), &out), SASL_MORE);
    ck_assert_str_eq(buf_text(&out), "Password:");
    ck_assert_int_eq(sasl_server_step(server, span_of("wrong"), &out), SASL_REFUSED);
    sasl_server_free(server);
    server = sasl_server_new(sasl_find(span_of("LOGIN")), &users);
    ck_assert_int_eq(sasl_server_step(server, span_of(""), &out), SASL_BAD);
    sasl_server_free(server);
    buf_free(&out);
}
END_TEST

/* A client against a server, with or without initial response. */
static enum sasl_status talk(const char *mechanism, const char *password, bool initial, bool *satisfied)
{
    struct sasl_credentials who = { .user = "rachida", .password = password, .nonce = { "fedcba9876543210", 16 } };
    const struct sasl_mechanism *row = sasl_find(span_of(mechanism));
    struct sasl_client *client = sasl_client_new(row, &who);
    struct sasl_server *server = sasl_server_new(row, &users);
    struct buf challenge, response;
    buf_init(&challenge, SASL_MAX_MESSAGE);
    buf_init(&response, SASL_MAX_MESSAGE);
    enum sasl_status status;
    if (initial) {
        ck_assert_int_ne(sasl_client_step(client, span_of(""), &response), SASL_BAD);
        status = sasl_server_step(server, buf_span(&response), &challenge);
    } else {
        status = sasl_server_step(server, (struct span){ NULL, 0 }, &challenge);
    }
    while (status == SASL_MORE) {
        enum sasl_status side = sasl_client_step(client, buf_span(&challenge), &response);
        ck_assert(side == SASL_MORE || side == SASL_OK);
        struct span message = { response.len > 0 ? response.data : "", response.len };
        status = sasl_server_step(server, message, &challenge);
    }
    *satisfied = sasl_client_satisfied(client);
    sasl_client_free(client);
    sasl_server_free(server);
    buf_free(&challenge);
    buf_free(&response);
    return status;
}

START_TEST(both_sides_agree)
{
    static const char *const names[] = { "PLAIN", "LOGIN", "SCRAM-SHA-256" };
    const char *name = names[_i];
    bool first = (sasl_find(span_of(name))->flags & SASL_CLIENT_FIRST) != 0;
    bool satisfied;
    for (int initial = 0; initial <= first; initial++) {
        ck_assert_int_eq(talk(name, "s3cret \xc3\xa9", initial, &satisfied), SASL_OK);
        ck_assert(satisfied);
        ck_assert_int_eq(talk(name, "wrong", initial, &satisfied), SASL_REFUSED);
        ck_assert(satisfied == (strcmp(name, "SCRAM-SHA-256") != 0));
    }
}
END_TEST

START_TEST(the_best_mechanism_is_chosen)
{
    static const struct {
        const char *offered;
        bool plaintext;
        bool bound;
        const char *best;
        const char *wanted;
    } rows[] = {
        { "PLAIN LOGIN", true, false, "PLAIN", NULL },
        { "login", true, false, "LOGIN", NULL },
        { "LOGIN PLAIN SCRAM-SHA-256", true, false, "SCRAM-SHA-256", NULL },
        { "SCRAM-SHA-256 SCRAM-SHA-256-PLUS", true, true, "SCRAM-SHA-256-PLUS", NULL },
        { "SCRAM-SHA-256-PLUS SCRAM-SHA-256", true, false, "SCRAM-SHA-256", NULL },
        { "PLAIN LOGIN", false, false, NULL, NULL },
        { "PLAINER", true, false, NULL, NULL },
        { "  PLAIN  ", true, false, "PLAIN", NULL },
        { "", true, true, NULL, NULL },
        { "SCRAM-SHA-256 PLAIN LOGIN", true, true, "LOGIN", "login" },
        { "SCRAM-SHA-256 PLAIN LOGIN", false, true, NULL, "login" },
        { "SCRAM-SHA-256", true, true, NULL, "PLAIN" },
    };
    for (int i = 0; i < ROWS(rows); i++) {
        const struct sasl_mechanism *found = sasl_choose(span_of(rows[i].offered), rows[i].wanted, rows[i].plaintext,
                                                         rows[i].bound);
        ck_assert_pstr_eq(found != NULL ? found->name : NULL, rows[i].best);
    }
}
END_TEST

UNIT_SUITE(sasl, { plain_at_the_server, ROWS(plain) }, { login_asks_twice, 0 }, { both_sides_agree, 3 },
           { the_best_mechanism_is_chosen, 0 })
