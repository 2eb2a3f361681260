#include "io/resolve.h"

#include <string.h>

#include "../unit.h"

/* A DNS answer for example.org MX with the given records, names uncompressed but for the owner. */
struct record {
    int type;               /* 15 MX, 5 CNAME */
    unsigned preference;
    const char *name;       /* in wire form */
    size_t name_size;
};

#define NAME(wire) wire, sizeof wire
#define MX 15

static size_t build(const struct record *records, size_t count, unsigned char *out)
{
    static const unsigned char question[] = "\7example\3org\0\0\17\0\1"; /* and a NUL that is not sent */
    unsigned char header[12] = { 0, 1, 0x81, 0x80, 0, 1, 0, (unsigned char)count };
    size_t size = 0;
    memcpy(out, header, 12);
    size += 12;
    memcpy(out + size, question, sizeof question - 1);
    size += sizeof question - 1;
    for (size_t i = 0; i < count; i++) {
        const struct record *record = &records[i];
        size_t length = record->name_size + (record->type == MX ? 2 : 0);
        unsigned char head[12] = { 0xc0, 12, 0, (unsigned char)record->type, 0, 1, 0, 0, 1, 0, 0,
                                   (unsigned char)length };
        memcpy(out + size, head, 12);
        size += 12;
        if (record->type == MX) {
            out[size++] = (unsigned char)(record->preference >> 8);
            out[size++] = (unsigned char)record->preference;
        }
        memcpy(out + size, record->name, record->name_size);
        size += record->name_size;
    }
    return size;
}

static enum resolve_status read_answer(const struct record *records, size_t count, unsigned random,
                                       struct mail_host *hosts, size_t *found)
{
    unsigned char answer[2000];
    size_t size = build(records, count, answer);
    return resolve_mail_answer((const unsigned char *)unit_at_edge(answer, size), size, random, hosts, 4, found);
}

/* RFC 5321 §5.1: by preference; a CNAME in the answer is passed by. */
START_TEST(the_lowest_preference_comes_first)
{
    static const struct record records[] = {
        { MX, 300, NAME("\1c\4test") }, { MX, 5, NAME("\1a\4test") }, { 5, 0, NAME("\1x\4test") },
        { MX, 10, NAME("\1b\4test") },
    };
    struct mail_host hosts[4];
    size_t found;
    ck_assert_int_eq(read_answer(records, 4, 7, hosts, &found), RESOLVE_OK);
    ck_assert_uint_eq(found, 3);
    ck_assert_str_eq(hosts[0].name, "a.test");
    ck_assert_str_eq(hosts[1].name, "b.test");
    ck_assert_str_eq(hosts[2].name, "c.test");
    ck_assert_uint_eq(hosts[2].preference, 300);
    ck_assert(!hosts[0].implicit);
}
END_TEST

START_TEST(equals_take_turns)
{
    static const struct record records[] = {
        { MX, 10, NAME("\1a\4test") }, { MX, 10, NAME("\1b\4test") }, { MX, 5, NAME("\1c\4test") },
    };
    unsigned seen[2] = { 0, 0 };
    for (unsigned random = 0; random < 200; random++) {
        struct mail_host hosts[4];
        size_t found;
        ck_assert_int_eq(read_answer(records, 3, random * 77777, hosts, &found), RESOLVE_OK);
        ck_assert_str_eq(hosts[0].name, "c.test");
        seen[hosts[1].name[0] == 'a' ? 0 : 1]++;
    }
    ck_assert_uint_gt(seen[0], 50);
    ck_assert_uint_gt(seen[1], 50);
}
END_TEST

START_TEST(a_null_mx_takes_no_mail)
{
    static const struct record null[] = { { MX, 0, NAME("") } };
    static const struct record both[] = { { MX, 0, NAME("") }, { MX, 10, NAME("\1a\4test") } };
    struct mail_host hosts[4];
    size_t found;
    ck_assert_int_eq(read_answer(null, 1, 0, hosts, &found), RESOLVE_NULL_MX);
    ck_assert_uint_eq(found, 0);
    ck_assert_int_eq(read_answer(both, 2, 0, hosts, &found), RESOLVE_OK);
    ck_assert_uint_eq(found, 1);
    ck_assert_int_eq(read_answer(NULL, 0, 0, hosts, &found), RESOLVE_NO_ADDRESS);
}
END_TEST

START_TEST(more_hosts_than_wanted_are_left_out)
{
    struct record records[6];
    for (int i = 0; i < 6; i++)
        records[i] = (struct record){ MX, 10, NAME("\1a\4test") };
    struct mail_host hosts[4];
    size_t found;
    ck_assert_int_eq(read_answer(records, 6, 0, hosts, &found), RESOLVE_OK);
    ck_assert_uint_eq(found, 4);
}
END_TEST

START_TEST(a_cut_or_looping_answer_is_no_answer)
{
    static const struct record records[] = { { MX, 10, NAME("\1a\4test") }, { MX, 20, NAME("\xc0\x3b") } };
    struct mail_host hosts[4];
    unsigned char answer[500];
    size_t found, size = build(records, 1, answer);
    for (size_t cut = 0; cut < size; cut++) {
        const unsigned char *piece = (const unsigned char *)unit_at_edge(answer, cut);
        ck_assert_int_eq(resolve_mail_answer(piece, cut, 0, hosts, 4, &found), RESOLVE_TRY_AGAIN);
    }
    struct record loop = { MX, 10, "\xc0\x2b", 2 }; /* a name that points to itself */
    ck_assert_int_eq(read_answer(&loop, 1, 0, hosts, &found), RESOLVE_TRY_AGAIN);
}
END_TEST

START_TEST(what_needs_no_name_server)
{
    static const char *const names[] = { "localhost", "LOCALHOST", "mail.localhost", "127.0.0.1", "::1" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct mail_host hosts[4];
        struct buf error;
        size_t found;
        buf_init(&error, 300);
        ck_assert_int_eq(resolve_mail(names[i], hosts, 4, &found, &error), RESOLVE_OK);
        ck_assert_uint_eq(found, 1);
        ck_assert_str_eq(hosts[0].name, names[i]);
        ck_assert(hosts[0].implicit);
        buf_free(&error);
    }
}
END_TEST

START_TEST(hosts_become_addresses)
{
    struct net_address addresses[8];
    struct buf error;
    size_t count;
    char text[NET_TEXT];
    buf_init(&error, 300);
    ck_assert_int_eq(resolve_host("127.0.0.1", "2525", addresses, 8, &count, &error), RESOLVE_OK);
    ck_assert_uint_eq(count, 1);
    net_address_text(&addresses[0], text);
    ck_assert_str_eq(text, "127.0.0.1 port 2525");
    ck_assert_int_eq(resolve_host("127.0.0.1", "no-such-port", addresses, 8, &count, &error), RESOLVE_NO_NAME);
    ck_assert_str_eq(buf_text(&error), "there is no port \"no-such-port\"");
    buf_free(&error);
}
END_TEST

UNIT_SUITE(resolve, { the_lowest_preference_comes_first, 0 }, { equals_take_turns, 0 }, { a_null_mx_takes_no_mail, 0 },
           { more_hosts_than_wanted_are_left_out, 0 }, { a_cut_or_looping_answer_is_no_answer, 0 },
           { what_needs_no_name_server, 0 }, { hosts_become_addresses, 0 })
