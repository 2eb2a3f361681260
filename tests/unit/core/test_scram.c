#include <stdlib.h>
#include <string.h>

#include "../unit.h"
#include "core/base64.h"
#include "core/scram_client.h"
#include "core/scram_server.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

/* RFC 7677 §3 */
#define CLIENT_NONCE "rOprNGfwEbeRWgbNEkqO"
#define SERVER_NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define CLIENT_FIRST "n,,n=user,r=" CLIENT_NONCE
#define SERVER_FIRST "r=" CLIENT_NONCE SERVER_NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
#define CLIENT_FINAL "c=biws,r=" CLIENT_NONCE SERVER_NONCE ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
#define SERVER_FINAL "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="

static void rfc_verifier(struct scram_verifier *verifier)
{
    struct buf salt;
    buf_init(&salt, 100);
    ck_assert_int_eq(base64_decode(span_of("W22ZaJ0SNY7soEsUEjb6gQ=="), &salt), 0);
    ck_assert_int_eq(scram_verifier_make(span_of("pencil"), buf_span(&salt), 4096, verifier), 0);
    buf_free(&salt);
}

static int lookup(void *context, const char *user, struct scram_verifier *verifier)
{
    (void)context;
    if (strcmp(user, "user") != 0 && strcmp(user, "a,b=c") != 0)
        return -1;
    rfc_verifier(verifier);
    return 0;
}

START_TEST(the_example_of_the_rfc_as_client)
{
    struct buf out;
    buf_init(&out, 4000);
    struct scram_client *client = scram_client_new("user", "pencil", NULL, span_of(CLIENT_NONCE), NULL, false);
    ck_assert_int_eq(scram_client_step(client, span_of(""), &out), SCRAM_MORE);
    ck_assert_str_eq(buf_text(&out), CLIENT_FIRST);
    ck_assert_int_eq(scram_client_step(client, span_of(SERVER_FIRST), &out), SCRAM_MORE);
    ck_assert_str_eq(buf_text(&out), CLIENT_FINAL);
    ck_assert_int_eq(scram_client_step(client, span_of(SERVER_FINAL), &out), SCRAM_DONE);
    ck_assert_uint_eq(out.len, 0);
    ck_assert_int_eq(scram_client_step(client, span_of(SERVER_FINAL), &out), SCRAM_BAD);
    scram_client_free(client);
    buf_free(&out);
}
END_TEST

START_TEST(the_example_of_the_rfc_as_server)
{
    struct buf out;
    buf_init(&out, 4000);
    struct scram_server *server = scram_server_new(span_of(SERVER_NONCE), NULL, false, lookup, NULL);
    ck_assert_int_eq(scram_server_step(server, span_of(CLIENT_FIRST), &out), SCRAM_MORE);
    ck_assert_str_eq(buf_text(&out), SERVER_FIRST);
    ck_assert_int_eq(scram_server_step(server, span_of(CLIENT_FINAL), &out), SCRAM_MORE);
    ck_assert_str_eq(buf_text(&out), SERVER_FINAL);
    ck_assert_int_eq(scram_server_step(server, span_of(""), &out), SCRAM_DONE);
    ck_assert_str_eq(scram_server_user(server), "user");
    ck_assert_ptr_null(scram_server_authzid(server));
    scram_server_free(server);
    buf_free(&out);
}
END_TEST

/* What a client may not say first, and after CLIENT_FIRST was said, what it may not say then. */
static const struct { const char *first; const char *then; enum scram_status status; } refused[] = {
    { "", NULL, SCRAM_BAD },
    { "n", NULL, SCRAM_BAD },
    { "n,", NULL, SCRAM_BAD },
    { "n,,", NULL, SCRAM_BAD },
    { "n,n=user,r=x", NULL, SCRAM_BAD },
    { "x,,n=user,r=x", NULL, SCRAM_BAD },
    { "n,,r=x,n=user", NULL, SCRAM_BAD },
    { "n,,n=user", NULL, SCRAM_BAD },
    { "n,,n=,r=x", NULL, SCRAM_BAD },
    { "n,,n=user,r=", NULL, SCRAM_BAD },
    { "n,,n=us=er,r=x", NULL, SCRAM_BAD },
    { "n,,n=us=2cer,r=x", NULL, SCRAM_BAD },
    { "n,,n=us\xff,r=x", NULL, SCRAM_BAD },
    { "n,,n=user,r=a b", NULL, SCRAM_BAD },
    { "n,,m=x,n=user,r=x", NULL, SCRAM_BAD },
    { "n,a=,n=user,r=x", NULL, SCRAM_BAD },
    { "p=tls-exporter,,n=user,r=x", NULL, SCRAM_FAILED },
    { "p=,,n=user,r=x", NULL, SCRAM_BAD },
    { "n,,n=nobody,r=x", NULL, SCRAM_FAILED },
    { CLIENT_FIRST, "", SCRAM_BAD },
    { CLIENT_FIRST, "c=biws", SCRAM_BAD },
    { CLIENT_FIRST, "c=biws,r=" CLIENT_NONCE SERVER_NONCE ",p=", SCRAM_BAD },
    { CLIENT_FIRST, "c=biws,r=" CLIENT_NONCE SERVER_NONCE ",p=AAAA", SCRAM_FAILED },
    { CLIENT_FIRST, "c=biws,r=" CLIENT_NONCE SERVER_NONCE ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVR=",
      SCRAM_FAILED },
    { CLIENT_FIRST, "c=biws,r=" CLIENT_NONCE SERVER_NONCE "x,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
      SCRAM_FAILED },
    { CLIENT_FIRST, "c=eSws,r=" CLIENT_NONCE SERVER_NONCE ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
      SCRAM_FAILED },
    { CLIENT_FIRST, "r=" CLIENT_NONCE SERVER_NONCE ",c=biws,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
      SCRAM_BAD },
};

START_TEST(the_server_refuses)
{
    struct buf out;
    buf_init(&out, 4000);
    struct scram_server *server = scram_server_new(span_of(SERVER_NONCE), NULL, false, lookup, NULL);
    size_t length = strlen(refused[_i].first);
    struct span first = { unit_at_edge(refused[_i].first, length), length };
    enum scram_status status = scram_server_step(server, first, &out);
    if (refused[_i].then != NULL) {
        ck_assert_int_eq(status, SCRAM_MORE);
        length = strlen(refused[_i].then);
        status = scram_server_step(server, (struct span){ unit_at_edge(refused[_i].then, length), length }, &out);
    }
    ck_assert_int_eq(status, refused[_i].status);
    ck_assert_uint_eq(out.len, 0);
    ck_assert_int_eq(scram_server_step(server, span_of(CLIENT_FIRST), &out), SCRAM_BAD);
    scram_server_free(server);
    buf_free(&out);
}
END_TEST

static const struct { const char *first; const char *final; enum scram_status status; } false_servers[] = {
    { "", NULL, SCRAM_BAD },
    { "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", NULL, SCRAM_FAILED },
    { "r=" CLIENT_NONCE ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", NULL, SCRAM_FAILED },
    { "r=" CLIENT_NONCE "x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1", NULL, SCRAM_FAILED },
    { "r=" CLIENT_NONCE "x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4294967297", NULL, SCRAM_FAILED },
    { "r=" CLIENT_NONCE "x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=99999999999999999999", NULL, SCRAM_FAILED },
    { "r=" CLIENT_NONCE "x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4k", NULL, SCRAM_BAD },
    { "r=" CLIENT_NONCE "x,s=*,i=4096", NULL, SCRAM_BAD },
    { "m=x,r=" CLIENT_NONCE "x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", NULL, SCRAM_BAD },
    { SERVER_FIRST, "v=AAAA", SCRAM_FAILED },
    { SERVER_FIRST, "v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", SCRAM_FAILED },
    { SERVER_FIRST, "e=invalid-proof", SCRAM_FAILED },
    { SERVER_FIRST, "", SCRAM_BAD },
};

START_TEST(the_client_believes_no_false_server)
{
    struct buf out;
    buf_init(&out, 4000);
    struct scram_client *client = scram_client_new("user", "pencil", NULL, span_of(CLIENT_NONCE), NULL, false);
    scram_client_step(client, span_of(""), &out);
    enum scram_status status = scram_client_step(client, span_of(false_servers[_i].first), &out);
    if (false_servers[_i].final != NULL) {
        ck_assert_int_eq(status, SCRAM_MORE);
        status = scram_client_step(client, span_of(false_servers[_i].final), &out);
    }
    ck_assert_int_eq(status, false_servers[_i].status);
    ck_assert_ptr_nonnull(scram_client_error(client));
    scram_client_free(client);
    buf_free(&out);
}
END_TEST

/* Both machines against each other; answers how the server saw it. */
static enum scram_status talk(const char *user, const char *authzid, const struct scram_binding *client_binding,
                              bool client_plus, const struct scram_binding *server_binding, bool server_plus)
{
    struct buf to_server, to_client;
    buf_init(&to_server, 4000);
    buf_init(&to_client, 4000);
    struct scram_client *client = scram_client_new(user, "pencil", authzid, span_of("abc"), client_binding,
                                                   client_plus);
    struct scram_server *server = scram_server_new(span_of("def"), server_binding, server_plus, lookup, NULL);
    enum scram_status status = SCRAM_MORE;
    while (status == SCRAM_MORE) {
        enum scram_status side = scram_client_step(client, buf_span(&to_client), &to_server);
        ck_assert(side == SCRAM_MORE || side == SCRAM_DONE);
        status = scram_server_step(server, buf_span(&to_server), &to_client);
    }
    if (authzid != NULL && status == SCRAM_DONE)
        ck_assert_str_eq(scram_server_authzid(server), authzid);
    if (status == SCRAM_DONE)
        ck_assert_str_eq(scram_server_user(server), user);
    scram_client_free(client);
    scram_server_free(server);
    buf_free(&to_server);
    buf_free(&to_client);
    return status;
}

START_TEST(the_channel_is_bound)
{
    static const struct scram_binding one = { "tls-exporter", { "0123456789abcdef", 16 } };
    static const struct scram_binding two = { "tls-exporter", { "0123456789abcdeX", 16 } };
    static const struct scram_binding other = { "tls-unique", { "0123456789abcdef", 16 } };
    ck_assert_int_eq(talk("user", NULL, &one, true, &one, true), SCRAM_DONE);
    ck_assert_int_eq(talk("user", NULL, &two, true, &one, true), SCRAM_FAILED); /* somebody between */
    ck_assert_int_eq(talk("user", NULL, &other, true, &one, true), SCRAM_FAILED);
    ck_assert_int_eq(talk("user", NULL, &one, false, &one, false), SCRAM_FAILED); /* "y": -PLUS was taken away */
    ck_assert_int_eq(talk("user", NULL, &one, false, NULL, false), SCRAM_DONE);
    ck_assert_int_eq(talk("user", NULL, NULL, false, &one, false), SCRAM_DONE);
    ck_assert_int_eq(talk("a,b=c", "x=,y", NULL, false, NULL, false), SCRAM_DONE);
}
END_TEST

START_TEST(verifiers_are_written_and_read)
{
    struct scram_verifier verifier, again;
    struct buf out;
    buf_init(&out, 500);
    rfc_verifier(&verifier);
    ck_assert(scram_verifier_check(span_of("pencil"), &verifier));
    ck_assert(!scram_verifier_check(span_of("pencil "), &verifier));
    ck_assert(!scram_verifier_check(span_of(""), &verifier));
    ck_assert_int_eq(scram_verifier_write(&verifier, &out), 0);
    ck_assert_str_eq(buf_text(&out), "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$"
                     "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
    ck_assert_int_eq(scram_verifier_parse(buf_span(&out), &again), 0);
    ck_assert(scram_verifier_check(span_of("pencil"), &again));
    for (size_t length = 0; length < out.len; length++)
        ck_assert_int_eq(scram_verifier_parse((struct span){ unit_at_edge(out.data, length), length }, &again), -1);
    buf_free(&out);
}
END_TEST

START_TEST(passwords_are_prepared)
{
    struct scram_verifier verifier;
    static const char *const bad[] = { "", "a\tb", "a\x7f", "\xff", "a\xc2\x85", "a\xe2\x80\xa8" };
    for (int i = 0; i < ROWS(bad); i++)
        ck_assert_int_eq(scram_verifier_make(span_of(bad[i]), span_of("salt"), 4096, &verifier), -1);
    ck_assert_int_eq(scram_verifier_make(span_of("a\xc2\xa0" "b\xc3\xa9"), span_of("salt"), 4096, &verifier), 0);
    ck_assert(scram_verifier_check(span_of("a b\xc3\xa9"), &verifier));
    ck_assert_int_eq(scram_verifier_make(span_of("a"), span_of(""), 4096, &verifier), -1);
    ck_assert_int_eq(scram_verifier_make(span_of("a"), span_of("salt"), 0, &verifier), -1);
}
END_TEST

UNIT_SUITE(scram, { the_example_of_the_rfc_as_client, 0 }, { the_example_of_the_rfc_as_server, 0 },
           { the_server_refuses, ROWS(refused) }, { the_client_believes_no_false_server, ROWS(false_servers) },
           { the_channel_is_bound, 0 }, { verifiers_are_written_and_read, 0 }, { passwords_are_prepared, 0 })
