#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "scratch.h"
#include "server/alias.h"
#include "server/auth.h"
#include "server/network.h"
#include "server/policy.h"
#include "server/users.h"
#include "tests/unit/unit.h"

static const struct {
    const char *network;
    const char *address;
    bool holds;
} networks[] = {
    { "192.0.2.0/24", "192.0.2.77", true },   { "192.0.2.0/24", "192.0.3.77", false },
    { "192.0.2.128/25", "192.0.2.127", false }, { "192.0.2.128/25", "192.0.2.128", true },
    { "0.0.0.0/0", "198.51.100.1", true },    { "0.0.0.0/0", "::1", false },
    { "127.0.0.1", "127.0.0.1", true },       { "127.0.0.1", "127.0.0.2", false },
    { "[2001:db8::]/32", "2001:db8:1::1", true }, { "[2001:db8::]/32", "2001:db9::1", false },
    { "[::1]", "::1", true },                 { "::1/128", "::1", true },
    { "192.0.2.0/24", "::ffff:192.0.2.5", true },
};

START_TEST(network_holds_address)
{
    struct network network;
    struct sockaddr_storage address = { 0 };
    struct sockaddr_in *in = (struct sockaddr_in *)(void *)&address;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)&address;
    ck_assert_int_eq(network_parse(networks[_i].network, &network), 0);
    if (inet_pton(AF_INET, networks[_i].address, &in->sin_addr) == 1)
        in->sin_family = AF_INET;
    else if (inet_pton(AF_INET6, networks[_i].address, &in6->sin6_addr) == 1)
        in6->sin6_family = AF_INET6;
    ck_assert_int_eq(network_holds(&network, (struct sockaddr *)&address), networks[_i].holds);
}
END_TEST

static const char *const no_networks[] = {
    "", "/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/", "192.0.2.0/x", "192.0.2.1/24", "[2001:db8::1]/32",
    "[::]/129", "host.example.org", "192.0.2", "[192.0.2.1", "2001:db8::]",
};

START_TEST(network_refuses)
{
    struct network network;
    ck_assert_int_eq(network_parse(no_networks[_i], &network), -1);
}
END_TEST

/* The course's list: mynetworks, then our own domains, then who logged in, then nobody. */
static const struct {
    const char *peer;
    const char *user;
    const char *domain;
    bool permit;
    const char *rule;
} letters[] = {
    { "127.0.0.1", NULL, "elsewhere.example", true, "permit_mynetworks" },
    { "198.51.100.7", NULL, "mail.example.org", true, "permit_auth_destination" },
    { "198.51.100.7", NULL, "LOCALHOST", true, "permit_auth_destination" },
    { "198.51.100.7", NULL, "[192.0.2.1]", true, "permit_auth_destination" },
    { "198.51.100.7", NULL, "[192.0.2.2]", false, "reject" },
    { "198.51.100.7", NULL, "elsewhere.example", false, "reject" },
    { "198.51.100.7", "rachida", "elsewhere.example", true, "permit_sasl_authenticated" },
    { "2001:db8::7", NULL, "elsewhere.example", false, "reject" },
    { "::1", NULL, "elsewhere.example", true, "permit_mynetworks" },
};

START_TEST(policy_of_the_course)
{
    struct session *session = scratch_session(letters[_i].peer, NULL);
    struct policy_verdict verdict = policy_recipient(session, letters[_i].user, span_of(letters[_i].domain));
    ck_assert_int_eq(verdict.permit, letters[_i].permit);
    ck_assert_str_eq(verdict.rule, letters[_i].rule);
    if (!verdict.permit) {
        ck_assert_uint_eq(verdict.code, 554);
        ck_assert_str_eq(verdict.enhanced, "5.7.1");
    }
}
END_TEST

/* postconf(5): smtpd_relay_restrictions come first, both must permit; these are Debian's. */
START_TEST(relay_restrictions_are_asked_first)
{
    static const char *const settings[] = {
        "smtpd_relay_restrictions=permit_mynetworks permit_sasl_authenticated defer_unauth_destination",
        "smtpd_recipient_restrictions=reject_unauth_destination", NULL };
    struct session *stranger = scratch_session("198.51.100.7", settings);
    struct policy_verdict verdict = policy_recipient(stranger, NULL, span_of("elsewhere.example"));
    ck_assert_str_eq(verdict.rule, "defer_unauth_destination");
    ck_assert_uint_eq(verdict.code, 454);
    verdict = policy_recipient(stranger, "rachida", span_of("elsewhere.example"));
    ck_assert_str_eq(verdict.rule, "reject_unauth_destination");
    verdict = policy_recipient(stranger, NULL, span_of("localhost"));
    ck_assert(verdict.permit);
}
END_TEST

static const struct {
    const char *peer;
    const char *setting;
    bool allowed;
} plain[] = {
    { "127.0.0.1", NULL, true },
    { "10.1.2.3", NULL, true },
    { "203.0.113.9", NULL, true },                             /* documentation: a lab's */
    { "93.184.216.34", NULL, false },
    { "93.184.216.34", "disable_plaintext_auth=no", true },
    { "10.1.2.3", "disable_plaintext_auth=yes", false },
    { "127.0.0.1", "disable_plaintext_auth=yes", true },
};

START_TEST(policy_of_passwords)
{
    const char *settings[] = { plain[_i].setting, NULL };
    struct session *session = scratch_session(plain[_i].peer, settings);
    ck_assert_int_eq(policy_plain_password(session), plain[_i].allowed);
}
END_TEST

/* ---- aliases ---- */

static const char aliases[] = "# comment\n"
                              "team: rachida, amine\n"
                              "all: team,\n   sami\n"
                              "Webmaster: rachida+web\n"
                              "amine: amine, sami\n"
                              "circle: round\nround: circle\n"
                              "outside: far@elsewhere.example\n"
                              "inside: amine@localhost\n"
                              "nowhere: nobody-here\n"
                              "self: self\n";

static const struct {
    const char *local;
    enum delivery_result result;
    const char *names;
} resolved[] = {
    { "rachida", DELIVERY_OK, "rachida" },
    { "RACHIDA", DELIVERY_OK, "rachida" },
    { "rachida+list", DELIVERY_OK, "rachida" },
    { "rachida+", DELIVERY_OK, "rachida" },
    { "team", DELIVERY_OK, "rachida amine sami" },
    { "all", DELIVERY_OK, "rachida amine sami" },
    { "webmaster", DELIVERY_OK, "rachida" },
    { "inside", DELIVERY_OK, "amine sami" },
    { "circle", DELIVERY_LOOP, "" },
    { "self", DELIVERY_LOOP, "" },
    { "outside", DELIVERY_OK, "far@elsewhere.example" },
    { "nowhere", DELIVERY_UNKNOWN, "" },
    { "nobody", DELIVERY_UNKNOWN, "" },
    { "+rachida", DELIVERY_UNKNOWN, "" },
    { "", DELIVERY_UNKNOWN, "" },
    { "../rachida", DELIVERY_UNKNOWN, "" },
    { "postmaster", DELIVERY_OK, "postmaster" },
};

/* RFC 5321 §3.9.1, §3.4: the envelope is forwarded, silently. */
START_TEST(alias_means)
{
    struct session *session = scratch_session("127.0.0.1", NULL);
    struct buf text;
    buf_init(&text, 1000);
    static const char *const names[] = { "rachida", "amine", "sami" };
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(users_add(session->server->users, span_of(names[i]), span_of("bonjour-2026"), &text), 0);
    free(scratch_file("aliases", aliases));
    struct alias_targets targets = { NULL, 0 };
    enum delivery_result result = alias_resolve(session, span_of(resolved[_i].local), &targets);
    ck_assert_int_eq(result, resolved[_i].result);
    for (size_t i = 0; i < targets.count && result == DELIVERY_OK; i++)
        buf_printf(&text, "%s%s", i > 0 ? " " : "", targets.names[i]);
    ck_assert_str_eq(buf_text(&text), resolved[_i].names);
    alias_targets_free(&targets);
    buf_free(&text);
}
END_TEST

static const struct {
    const char *login;
    const char *name;
} logins[] = {
    { "rachida", "rachida" },           { "Rachida", "rachida" },     { "rachida@localhost", "rachida" },
    { "rachida@mail.example.org", "rachida" }, { "rachida@example.org", "rachida" },
    { "rachida@elsewhere.example", NULL },     { "../rachida", NULL },       { "", NULL }, { "@localhost", NULL },
};

START_TEST(auth_user_means)
{
    struct session *session = scratch_session("127.0.0.1", NULL);
    char name[USERS_NAME_MAX + 1];
    int status = auth_user(session, logins[_i].login, name);
    ck_assert_int_eq(status, logins[_i].name != NULL ? 0 : -1);
    if (status == 0)
        ck_assert_str_eq(name, logins[_i].name);
}
END_TEST

UNIT_SUITE(policy, { network_holds_address, sizeof networks / sizeof networks[0] },
           { network_refuses, sizeof no_networks / sizeof no_networks[0] },
           { policy_of_the_course, sizeof letters / sizeof letters[0] }, { relay_restrictions_are_asked_first, 0 },
           { policy_of_passwords, sizeof plain / sizeof plain[0] },
           { alias_means, sizeof resolved / sizeof resolved[0] },
           { auth_user_means, sizeof logins / sizeof logins[0] })
