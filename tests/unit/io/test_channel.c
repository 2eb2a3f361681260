#include "io/channel.h"

#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../identity.h"
#include "../unit.h"
#include "io/net.h"

/* A server for one test, in a process of its own: play gets the accepted socket. */
struct peer {
    pid_t pid;
    struct net_address address;
};

static struct peer peer_start(void (*play)(int fd, void *context), void *context)
{
    struct peer peer = { .address = { .length = sizeof(struct sockaddr_storage) } };
    struct buf error;
    int listening;
    buf_init(&error, 500);
    ck_assert_int_eq(net_listen("127.0.0.1", "0", &listening, 1, &error), 1);
    buf_free(&error);
    getsockname(listening, (struct sockaddr *)&peer.address.storage, &peer.address.length);
    peer.pid = fork();
    if (peer.pid == 0) {
        int fd;
        while ((fd = accept(listening, NULL, NULL)) < 0)
            usleep(1000);
        play(fd, context);
        _exit(0);
    }
    close(listening);
    return peer;
}

static void peer_end(struct peer *peer)
{
    kill(peer->pid, SIGKILL);
    waitpid(peer->pid, NULL, 0);
}

static struct channel *connect_to(const struct peer *peer, int timeout, int cancel_fd)
{
    struct channel_options options = { .timeout = timeout, .cancel_fd = cancel_fd };
    struct buf error;
    buf_init(&error, 500);
    struct channel *channel = channel_connect("mail.test", &peer->address, 1, &options, &error);
    ck_assert_msg(channel != NULL, "%s", buf_text(&error));
    buf_free(&error);
    return channel;
}

static void put(int fd, const char *text)
{
    ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static void echo(int fd, void *context)
{
    char data[1000];
    ssize_t got;
    (void)context;
    while ((got = recv(fd, data, sizeof data, 0)) > 0)
        send(fd, data, (size_t)got, MSG_NOSIGNAL);
}

static void expect_read(struct channel *channel, const char *text)
{
    char data[100];
    size_t have = 0;
    while (have < strlen(text)) {
        long got = channel_read(channel, data + have, strlen(text) - have);
        ck_assert_msg(got > 0, "%s", channel_error(channel));
        have += (size_t)got;
    }
    ck_assert_mem_eq(data, text, have);
}

START_TEST(what_is_written_comes_back)
{
    struct peer peer = peer_start(echo, NULL);
    struct channel *channel = connect_to(&peer, 10, -1);
    ck_assert_int_eq(channel_ready(channel, 0), 0);
    ck_assert_int_eq(channel_write(channel, "hello", 5), 0);
    expect_read(channel, "he");
    ck_assert_int_eq(channel_ready(channel, 1000), 1);
    expect_read(channel, "llo");
    ck_assert_ptr_null(channel_tls(channel));
    channel_close(channel);
    peer_end(&peer);
}
END_TEST

static void hang_up(int fd, void *context)
{
    (void)context;
    put(fd, "bye");
    close(fd);
}

START_TEST(the_end_comes_after_the_last_byte)
{
    struct peer peer = peer_start(hang_up, NULL);
    struct channel *channel = connect_to(&peer, 10, -1);
    char data[10];
    expect_read(channel, "bye");
    ck_assert_int_eq(channel_read(channel, data, sizeof data), 0);
    ck_assert_int_eq(channel_ready(channel, 1000), 1);
    channel_close(channel);
    peer_end(&peer);
}
END_TEST

START_TEST(silence_ends_with_the_deadline)
{
    struct peer peer = peer_start(echo, NULL);
    struct channel *channel = connect_to(&peer, 1, -1);
    char data[10];
    ck_assert_int_eq(channel_read(channel, data, sizeof data), -1);
    ck_assert_str_eq(channel_error(channel), "no answer from mail.test within 1 seconds");
    channel_close(channel);
    peer_end(&peer);
}
END_TEST

START_TEST(a_wait_can_be_cancelled)
{
    int pipes[2];
    ck_assert_int_eq(pipe(pipes), 0);
    struct peer peer = peer_start(echo, NULL);
    struct channel *channel = connect_to(&peer, 30, pipes[0]);
    ck_assert_int_eq(write(pipes[1], "x", 1), 1);
    char data[10];
    ck_assert_int_eq(channel_read(channel, data, sizeof data), -1);
    ck_assert_str_eq(channel_error(channel), "interrupted");
    channel_close(channel);
    peer_end(&peer);
}
END_TEST

START_TEST(a_refusal_names_address_and_port)
{
    struct peer peer = peer_start(echo, NULL);
    struct channel_options options = { .timeout = 5, .cancel_fd = -1 };
    struct buf error;
    char text[NET_TEXT];
    buf_init(&error, 500);
    peer_end(&peer); /* now nobody listens there */
    ck_assert_ptr_null(channel_connect("mail.test", &peer.address, 1, &options, &error));
    net_address_text(&peer.address, text);
    ck_assert_ptr_nonnull(strstr(buf_text(&error), text));
    ck_assert_ptr_nonnull(strstr(buf_text(&error), "refused"));
    struct peer other = peer_start(echo, NULL);
    struct net_address both[2] = { peer.address, other.address };
    struct channel *channel = channel_connect("mail.test", both, 2, &options, &error);
    ck_assert_ptr_nonnull(channel);
    ck_assert_mem_eq(&channel_peer(channel)->storage, &other.address.storage, sizeof(struct sockaddr_in));
    channel_close(channel);
    peer_end(&other);
    buf_free(&error);
}
END_TEST

/* A STARTTLS server that has words put into its mouth: they arrive before the handshake. */
static void starttls(int fd, void *context)
{
    struct identity *identity = context;
    struct tls_settings settings = { .role = TLS_SERVER, .certificate = span_of(identity->certificate),
                                     .key = span_of(identity->key) };
    struct buf error, out;
    char data[4096];
    buf_init(&error, 500);
    buf_init(&out, 100000);
    struct tls_context *server = tls_context_new(&settings, &error);
    struct tls *tls = tls_new(server, NULL);
    ck_assert_int_gt(recv(fd, data, sizeof data, 0), 0);
    put(fd, "220 go ahead\r\n250 INJECTED\r\n");
    ssize_t got;
    while ((got = recv(fd, data, sizeof data, 0)) > 0) {
        tls_feed(tls, data, (size_t)got);
        buf_clear(&out);
        if (tls_read(tls, &out, 1000) > 0)
            tls_write(tls, out.data, out.len);
        buf_clear(&out);
        tls_take(tls, &out);
        if (out.len > 0)
            ck_assert_int_gt(send(fd, out.data, out.len, MSG_NOSIGNAL), 0);
    }
    _exit(0);
}

START_TEST(tls_starts_in_the_middle_and_drops_what_was_injected)
{
    struct identity identity = identity_new("DNS:mail.test");
    struct peer peer = peer_start(starttls, &identity);
    struct channel *channel = connect_to(&peer, 10, -1);
    struct tls_settings settings = { .role = TLS_CLIENT, .authorities = span_of(identity.certificate) };
    struct buf error;
    buf_init(&error, 500);
    struct tls_context *client = tls_context_new(&settings, &error);
    ck_assert_int_eq(channel_write(channel, "STARTTLS\r\n", 10), 0);
    expect_read(channel, "220 go ahead\r\n");
    ck_assert_int_eq(channel_start_tls(channel, client), 0);
    ck_assert_ptr_null(tls_verified(channel_tls(channel)));
    ck_assert_int_eq(channel_write(channel, "EHLO\r\n", 6), 0);
    expect_read(channel, "EHLO\r\n");
    channel_close(channel);
    tls_context_free(client);
    identity_free(&identity);
    peer_end(&peer);
}
END_TEST

static void not_tls(int fd, void *context)
{
    char data[1000];
    (void)context;
    ck_assert_int_gt(recv(fd, data, sizeof data, 0), 0);
    put(fd, "220 I do not understand\r\n");
    ck_assert_int_ge(recv(fd, data, sizeof data, 0), 0);
}

START_TEST(a_peer_without_tls_is_said)
{
    struct peer peer = peer_start(not_tls, NULL);
    struct channel *channel = connect_to(&peer, 5, -1);
    struct tls_settings settings = { .role = TLS_CLIENT };
    struct buf error;
    buf_init(&error, 500);
    struct tls_context *client = tls_context_new(&settings, &error);
    ck_assert_int_eq(channel_start_tls(channel, client), -1);
    ck_assert_str_eq(channel_error(channel), "the TLS handshake with mail.test failed: wrong version number");
    channel_close(channel);
    tls_context_free(client);
    peer_end(&peer);
}
END_TEST

UNIT_SUITE(channel, { what_is_written_comes_back, 0 }, { the_end_comes_after_the_last_byte, 0 },
           { silence_ends_with_the_deadline, 0 }, { a_wait_can_be_cancelled, 0 },
           { a_refusal_names_address_and_port, 0 }, { tls_starts_in_the_middle_and_drops_what_was_injected, 0 },
           { a_peer_without_tls_is_said, 0 })
