#include "io/net.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../identity.h"
#include "../unit.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

static struct net_address address_of(const char *text)
{
    struct net_address address = { .length = 0 };
    struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(25) };
    struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(25) };
    if (inet_pton(AF_INET, text, &four.sin_addr) == 1) {
        memcpy(&address.storage, &four, sizeof four);
        address.length = sizeof four;
    } else {
        ck_assert_int_eq(inet_pton(AF_INET6, text, &six.sin6_addr), 1);
        memcpy(&address.storage, &six, sizeof six);
        address.length = sizeof six;
    }
    return address;
}

static const struct { const char *text; bool loopback; bool private; } rows[] = {
    { "127.0.0.1", true, true },      { "127.255.3.4", true, true },    { "128.0.0.1", false, false },
    { "::1", true, true },            { "::2", false, false },          { "::ffff:127.0.0.1", true, true },
    { "10.0.0.25", false, true },     { "11.0.0.1", false, false },     { "172.16.0.1", false, true },
    { "172.31.255.255", false, true },{ "172.32.0.1", false, false },   { "192.168.1.1", false, true },
    { "192.0.2.1", false, true },     { "198.51.100.1", false, true },  { "203.0.113.9", false, true },
    { "169.254.1.1", false, true },   { "fe80::1", false, true },       { "febf::1", false, true },
    { "fec0::1", false, false },      { "fc00::1", false, true },       { "fdff::1", false, true },
    { "fe00::1", false, false },      { "2001:db8::1", false, true },   { "2001:db9::1", false, false },
    { "::ffff:8.8.8.8", false, false },
};

START_TEST(addresses_are_told_apart)
{
    struct net_address address = address_of(rows[_i].text);
    ck_assert_int_eq(net_is_loopback(&address), rows[_i].loopback);
    ck_assert_int_eq(net_is_private(&address), rows[_i].private);
}
END_TEST

START_TEST(addresses_have_a_text)
{
    char text[NET_TEXT];
    struct net_address address = address_of("127.0.0.1");
    net_address_text(&address, text);
    ck_assert_str_eq(text, "127.0.0.1 port 25");
    address = address_of("2001:db8::25");
    net_address_text(&address, text);
    ck_assert_str_eq(text, "2001:db8::25 port 25");
}
END_TEST

START_TEST(a_port_in_use_is_said)
{
    int fds[4], more[4];
    char port[16];
    struct sockaddr_in name;
    socklen_t size = sizeof name;
    struct buf error;
    buf_init(&error, 1000);
    ck_assert_int_eq(net_listen("127.0.0.1", "0", fds, 4, &error), 1);
    ck_assert_int_eq(getsockname(fds[0], (struct sockaddr *)&name, &size), 0);
    ck_assert(fcntl(fds[0], F_GETFL) & O_NONBLOCK);
    snprintf(port, sizeof port, "%d", ntohs(name.sin_port));
    ck_assert_int_eq(net_listen("127.0.0.1", port, more, 4, &error), -1);
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "in use"));
    ck_assert_ptr_nonnull(strstr(buf_text(&error), port));
    buf_clear(&error);
    ck_assert_int_eq(net_listen("203.0.113.77", "0", more, 4, &error), -1);
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "no address of this machine"));
    buf_clear(&error);
    ck_assert_int_eq(net_listen("127.0.0.1", "no-such-service", more, 4, &error), -1);
    ck_assert_uint_gt(error.len, 10);
    close(fds[0]);
    buf_free(&error);
}
END_TEST

START_TEST(keys_go_to_the_file_of_the_environment)
{
    char path[] = "/tmp/keylog.XXXXXX", text[100] = "";
    close(mkstemp(path));
    net_keylog(NULL, "nowhere");
    setenv("SSLKEYLOGFILE", path, 1);
    net_keylog(NULL, "ONE");
    net_keylog(NULL, "TWO");
    FILE *file = fopen(path, "r");
    ck_assert_uint_eq(fread(text, 1, sizeof text, file), 8);
    ck_assert_mem_eq(text, "ONE\nTWO\n", 8);
    fclose(file);
    unlink(path);
}
END_TEST

START_TEST(authorities_come_from_a_file)
{
    char path[] = "/tmp/ca.XXXXXX";
    struct identity identity = identity_new("DNS:mail.test");
    struct buf error;
    buf_init(&error, 1000);
    int fd = mkstemp(path);
    ck_assert_ptr_null(net_client_tls(path, &error));
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "no certificate"));
    ck_assert_int_gt(write(fd, identity.certificate, strlen(identity.certificate)), 0);
    close(fd);
    buf_clear(&error);
    struct tls_context *context = net_client_tls(path, &error);
    ck_assert_ptr_nonnull(context);
    tls_context_free(context);
    unlink(path);
    ck_assert_ptr_null(net_client_tls(path, &error));
    ck_assert_ptr_nonnull(strstr(buf_text(&error), path));
    buf_free(&error);
    identity_free(&identity);
}
END_TEST

UNIT_SUITE(net, { addresses_are_told_apart, ROWS(rows) }, { addresses_have_a_text, 0 }, { a_port_in_use_is_said, 0 },
           { keys_go_to_the_file_of_the_environment, 0 }, { authorities_come_from_a_file, 0 })
