#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/log.h"
#include "scratch.h"
#include "server/certificate.h"
#include "server/connection.h"
#include "server/listener.h"
#include "tests/unit/unit.h"

/*
 * A protocol with one letter per command, for the connection to be tried with: e echo, b a big answer in pieces,
 * p a pause, q quit, t TLS, s a short time limit. What it is asked is told in its answers.
 */
enum { BIG_PIECES = 64, BIG_PIECE = SESSION_OUT_HIGH };

struct toy {
    int pieces;
};

static enum session_answer toy_open(struct session *session, struct buf *out)
{
    session->state = mem_alloc(sizeof(struct toy));
    buf_add_text(out, "hello\n");
    return SESSION_CONTINUE;
}

static enum session_answer toy_more(struct session *session, struct buf *out)
{
    struct toy *toy = session->state;
    char *piece = mem_alloc(BIG_PIECE);
    memset(piece, 'b', BIG_PIECE);
    buf_add(out, piece, BIG_PIECE);
    free(piece);
    if (--toy->pieces > 0)
        return SESSION_MORE;
    buf_add_text(out, "\n");
    return SESSION_CONTINUE;
}

static enum session_answer toy_input(struct session *session, const void *data, size_t size, struct buf *out)
{
    struct toy *toy = session->state;
    switch (*(const char *)data) {
    case 'b':
        toy->pieces = BIG_PIECES;
        return SESSION_MORE;
    case 'p':
        session->pause = 300;
        buf_add_text(out, "late\n");
        return SESSION_CONTINUE;
    case 'q':
        buf_add_text(out, "bye\n");
        return SESSION_CLOSE;
    case 's':
        session->timeout = 1;
        buf_add_text(out, "short\n");
        return SESSION_CONTINUE;
    case 't':
        buf_add_text(out, "go\n");
        return SESSION_START_TLS;
    default:
        buf_add(out, data, size);
        return SESSION_CONTINUE;
    }
}

static enum session_answer toy_wake(struct session *session, enum session_wake why, struct buf *out)
{
    (void)session;
    buf_add_text(out, why == SESSION_TIMEOUT ? "timeout\n" : "shutdown\n");
    return SESSION_CLOSE;
}

static enum session_answer toy_tls_started(struct session *session, struct buf *out)
{
    (void)session;
    buf_add_text(out, "secret hello\n");
    return SESSION_CONTINUE;
}

static void toy_close(struct session *session)
{
    free(session->state);
}

static const struct session_ops toy_ops = { "TOY", 60, toy_open, toy_input, toy_more, toy_wake, toy_tls_started,
                                            toy_close };
static const struct listener toy_listeners[] = { { "smtp", "toy", &toy_ops, 0, 0, false, false } };

/* ---- the server ---- */

static struct runtime runtime;
static pthread_t thread;
static unsigned short port;

static void accepted(void *context, size_t listener, int fd)
{
    connection_accepted(context, listener, fd);
}

static void nothing(void *context)
{
    (void)context;
}

static void *run(void *context)
{
    loop_run(context, 2);
    return NULL;
}

static int listen_somewhere(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(listen(fd, 10), 0);
    getsockname(fd, (struct sockaddr *)&address, &size);
    port = ntohs(address.sin_port);
    return fd;
}

static void start(void)
{
    struct session *session = scratch_session("127.0.0.1", NULL);
    struct buf errors;
    buf_init(&errors, 4096);
    runtime = (struct runtime){ .server = { .users = session->server->users, .log = log_new(-1) },
                                .config = config_hold(session->config), .listeners = toy_listeners };
    pthread_mutex_init(&runtime.lock, NULL);
    ck_assert_int_eq(certificate_ensure(session->config, &errors), 0);
    ck_assert_msg(runtime_load_tls(&runtime, session->config, &errors) == 0, "%s", buf_text(&errors));
    buf_free(&errors);
    struct loop_settings settings = { .workers = 3, .connections = 10, .connection_size = connection_size,
                                      .turn = connection_turn, .abandon = connection_abandon, .accepted = accepted,
                                      .notified = nothing, .reload = nothing, .context = &runtime, .notify_fd = -1 };
    loop_block_signals();
    runtime.loop = loop_new(&settings);
    loop_listen(runtime.loop, 0, listen_somewhere());
    pthread_create(&thread, NULL, run, runtime.loop);
}

static void stop(void)
{
    kill(getpid(), SIGTERM);
    pthread_join(thread, NULL);
    ck_assert_uint_eq(loop_count(runtime.loop), 0);
    loop_free(runtime.loop);
    runtime_free_tls(&runtime);
    config_release(runtime.config);
    log_free(runtime.server.log);
}

/* ---- a client ---- */

static int call(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port),
                                   .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct timeval limit = { .tv_sec = 20 };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void expect(int fd, const char *text)
{
    char got[100] = "";
    for (size_t i = 0; i < strlen(text); i++)
        ck_assert_int_eq(recv(fd, got + i, 1, 0), 1);
    ck_assert_str_eq(got, text);
}

static void expect_end(int fd)
{
    char byte;
    ck_assert_int_eq(recv(fd, &byte, 1, 0), 0);
    close(fd);
}

static void ask(int fd, const char *text)
{
    ck_assert_int_eq(send(fd, text, strlen(text), 0), (ssize_t)strlen(text));
}

START_TEST(connection_talks)
{
    start();
    int fd = call(), other = call();
    expect(fd, "hello\n");
    ask(fd, "echo\n");
    expect(fd, "echo\n");
    int64_t before = loop_now();
    ask(fd, "p\n");
    expect(other, "hello\n");
    ask(other, "meanwhile\n");
    expect(other, "meanwhile\n");
    ck_assert_int_lt(loop_now() - before, 300);
    expect(fd, "late\n");
    ck_assert_int_ge(loop_now() - before, 290);
    ask(fd, "q\n");
    expect(fd, "bye\n");
    expect_end(fd);
    /* A peer that vanishes, one that only shuts its own end, one that stays until the end. */
    close(call());
    fd = call();
    expect(fd, "hello\n");
    ask(fd, "last words\n");
    shutdown(fd, SHUT_WR);
    expect(fd, "last words\n");
    expect_end(fd);
    stop();
    expect(other, "shutdown\n");
    expect_end(other);
}
END_TEST

START_TEST(connection_sends_much)
{
    start();
    int fd = call();
    expect(fd, "hello\n");
    ask(fd, "b\n");
    usleep(100000); /* it waits for us with a bounded buffer */
    size_t total = 0;
    char piece[65536];
    ssize_t got;
    while ((got = recv(fd, piece, sizeof piece, 0)) > 0) {
        total += (size_t)got;
        if (piece[got - 1] == '\n')
            break;
    }
    ck_assert_uint_eq(total, (size_t)BIG_PIECES * BIG_PIECE + 1);
    ask(fd, "x\n");
    expect(fd, "x\n");
    close(fd);
    stop();
}
END_TEST

START_TEST(connection_loses_patience)
{
    start();
    int fd = call(), stuck = call();
    expect(fd, "hello\n");
    ask(stuck, "b\n"); /* and never reads */
    int64_t before = loop_now();
    ask(fd, "s\n");
    expect(fd, "short\n");
    expect(fd, "timeout\n");
    ck_assert_int_ge(loop_now() - before, 990);
    expect_end(fd);
    stop();
    close(stuck);
}
END_TEST

START_TEST(connection_is_enciphered)
{
    start();
    int fd = call();
    struct tls_settings settings = { .role = TLS_CLIENT };
    struct buf error, out, plain;
    buf_init(&error, 1000);
    buf_init(&out, 1000000);
    buf_init(&plain, 100000);
    struct tls_context *context = tls_context_new(&settings, &error);
    ck_assert_ptr_nonnull(context);
    struct tls *tls = tls_new(context, "localhost");
    expect(fd, "hello\n");
    ask(fd, "t\ninjected in the clear\n");
    expect(fd, "go\n");
    tls_start(tls);
    while (plain.len < strlen("secret hello\nq\n")) {
        char piece[16384];
        tls_take(tls, &out);
        if (out.len > 0)
            ck_assert_int_eq(send(fd, out.data, out.len, 0), (ssize_t)out.len);
        buf_clear(&out);
        ssize_t got = recv(fd, piece, sizeof piece, 0);
        ck_assert_int_gt(got, 0);
        tls_feed(tls, piece, (size_t)got);
        if (tls_read(tls, &plain, 1000) > 0 && plain.len == strlen("secret hello\n"))
            tls_write(tls, "x\n", 2);
        if (plain.len >= strlen("secret hello\nx\n"))
            break;
    }
    ck_assert_str_eq(buf_text(&plain), "secret hello\nx\n");
    tls_free(tls);
    tls_context_free(context);
    buf_free(&error);
    buf_free(&out);
    buf_free(&plain);
    close(fd);
    /* And no TLS where some is expected: the end, and not a word more. */
    fd = call();
    expect(fd, "hello\n");
    ask(fd, "t\n");
    expect(fd, "go\n");
    ask(fd, "this is no TLS at all\n");
    char answer[100];
    ssize_t got = recv(fd, answer, sizeof answer, 0); /* an alert at most */
    ck_assert_int_lt(got, 20);
    close(fd);
    stop();
}
END_TEST

START_TEST(connection_is_one_too_many)
{
    start();
    int crowd[10];
    for (int i = 0; i < 10; i++) {
        crowd[i] = call();
        expect(crowd[i], "hello\n");
    }
    int fd = call();
    expect(fd, "421 ");
    close(fd);
    for (int i = 0; i < 10; i++)
        close(crowd[i]);
    for (int i = 0; i < 100 && loop_count(runtime.loop) > 0; i++)
        usleep(20000);
    fd = call();
    expect(fd, "hello\n");
    close(fd);
    stop();
}
END_TEST

UNIT_SUITE(connection, { connection_talks, 0 }, { connection_sends_much, 0 }, { connection_loses_patience, 0 },
           { connection_is_enciphered, 0 }, { connection_is_one_too_many, 0 })
