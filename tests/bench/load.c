/*
 * load.c - many connections to a mail server that do one thing again and again, and how often it was done.
 *
 *     load [-c CONNECTIONS] [-t SECONDS] [-n LETTERS] [-u USERS] [-d DOMAIN] PORT OPERATION
 *
 * Operations: see the table below; "idle" logs in, selects INBOX, says "ready" and stays until standard input ends.
 * Connection i is user{i modulo USERS} with the password bonjour-2026. The last line is "DONE SECONDS".
 * One thread, so that most of the processor is left to the server; the same for every server, so that ratios are fair.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/buf.h"

enum {
    LETTER_SIZE = 4096,
    RECEIVE = 1 << 16,
    ANSWER_MAX = 64 << 20,
    COMMAND_MAX = 512 + LETTER_SIZE,
};

enum protocol { SMTP, POP3, IMAP };
enum phase { GREETING, HELLO, USER, PASSWORD, SELECTING, WORKING, BODY, LEAVING };

struct operation {
    const char *name;
    enum protocol protocol;
    const char *command;  /* IMAP and POP3: with %u, any letter's number */
    const char *mailbox;  /* IMAP: what is selected */
    bool letter;          /* ends with a letter as literal */
    bool login;           /* the login itself is counted: a new connection each time */
};

static const struct operation operations[] = {
    { .name = "smtp", .protocol = SMTP },
    { .name = "pop3-login", .protocol = POP3, .login = true },
    { .name = "retr", .protocol = POP3, .command = "RETR %u" },
    { .name = "imap-login", .protocol = IMAP, .login = true },
    { .name = "fetch", .protocol = IMAP, .command = "FETCH %u (UID FLAGS BODY.PEEK[])", .mailbox = "INBOX" },
    { .name = "envelope", .protocol = IMAP, .command = "FETCH %u (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE)",
      .mailbox = "INBOX" },
    { .name = "search-flags", .protocol = IMAP, .command = "SEARCH UNSEEN SMALLER %u", .mailbox = "INBOX" },
    { .name = "search-header", .protocol = IMAP, .command = "SEARCH SUBJECT \"letter %u\"", .mailbox = "INBOX" },
    { .name = "search-body", .protocol = IMAP, .command = "SEARCH BODY \"nowhere %u\"", .mailbox = "INBOX" },
    { .name = "store", .protocol = IMAP, .command = "STORE %u FLAGS (\\Flagged)", .mailbox = "INBOX" },
    { .name = "append", .protocol = IMAP, .command = "APPEND Sent (\\Seen) {4096+}", .mailbox = "INBOX",
      .letter = true },
    { .name = "idle", .protocol = IMAP, .mailbox = "INBOX" },
};

struct connection {
    int socket;
    unsigned number;
    enum phase phase;
    bool text;            /* POP3: the lines of a letter come, until the dot */
    uint64_t literal;     /* IMAP: octets left of a literal */
    struct buf received;
};

static struct {
    unsigned connections, letters, users;
    double seconds;
    const char *domain;
    uint16_t port;
    const struct operation *operation;
    int epoll;
    uint64_t done;
    unsigned ready;
    char letter[LETTER_SIZE + 1];
} load = { .connections = 1, .letters = 1, .users = 1, .seconds = 5, .domain = "localhost" };

static void fail(const char *what)
{
    fprintf(stderr, "load: %s\n", what);
    exit(1);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* As many octets as a usual short letter, lines as SMTP wants them. */
static void make_letter(void)
{
    static const char head[] = "From: <sender@example.org>\r\nTo: <user0@localhost>\r\nSubject: one of many\r\n"
                               "Date: Mon, 5 Jan 2026 10:00:00 +0000\r\nMessage-ID: <one@example.org>\r\n\r\n";
    memcpy(load.letter, head, sizeof head - 1);
    for (size_t i = sizeof head - 1; i < LETTER_SIZE; i++)
        load.letter[i] = i % 64 == 62 ? '\r' : i % 64 == 63 ? '\n' : (char)('a' + i % 26);
    memcpy(load.letter + LETTER_SIZE - 2, "\r\n", 2);
}

static void send_all(const struct connection *connection, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t sent = send(connection->socket, data, size, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            fail("the server does not take the commands");
        data += sent;
        size -= (size_t)sent;
    }
}

static void say(const struct connection *connection, const char *text)
{
    send_all(connection, text, strlen(text));
}

static void open_connection(struct connection *connection)
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(load.port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    connection->socket = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection->socket < 0 || connect(connection->socket, (struct sockaddr *)&address, sizeof address) != 0)
        fail("no connection");
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
    connection->phase = GREETING;
    connection->text = false;
    connection->literal = 0;
    buf_clear(&connection->received);
    struct epoll_event event = { .events = EPOLLIN, .data.ptr = connection };
    if (epoll_ctl(load.epoll, EPOLL_CTL_ADD, connection->socket, &event) != 0)
        fail("no epoll");
}

static unsigned any_letter(void)
{
    return (unsigned)random() % load.letters + 1;
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void work(struct connection *connection)
{
    char command[COMMAND_MAX], body[COMMAND_MAX];
    connection->phase = WORKING;
    if (load.operation->protocol == SMTP) {
        snprintf(command, sizeof command, "MAIL FROM:<sender@example.org>\r\nRCPT TO:<user%u@%s>\r\nDATA\r\n",
                 connection->number % load.users, load.domain);
    } else {
        snprintf(body, sizeof body, load.operation->command, any_letter()); /* from the table above */
        int size = snprintf(command, sizeof command, "%s%s\r\n", load.operation->protocol == IMAP ? "w " : "", body);
        if (load.operation->letter)
            snprintf(command + size, sizeof command - (size_t)size, "%s\r\n", load.letter);
        connection->text = false;
    }
    say(connection, command);
}
#pragma GCC diagnostic pop

static void again(struct connection *connection)
{
    load.done++;
    if (!load.operation->login) {
        work(connection);
        return;
    }
    say(connection, load.operation->protocol == IMAP ? "q LOGOUT\r\n" : "QUIT\r\n");
    connection->phase = LEAVING;
}

/* Logged in. */
static void begin(struct connection *connection)
{
    if (load.operation->login)
        again(connection);
    else if (load.operation->protocol == IMAP && connection->phase != SELECTING) {
        char command[64];
        snprintf(command, sizeof command, "s SELECT %s\r\n", load.operation->mailbox);
        connection->phase = SELECTING;
        say(connection, command);
    } else if (load.operation->command == NULL)
        load.ready++;
    else
        work(connection);
}

static void login_imap(struct connection *connection)
{
    char command[96];
    snprintf(command, sizeof command, "l LOGIN user%u bonjour-2026\r\n", connection->number % load.users);
    connection->phase = PASSWORD;
    say(connection, command);
}

static void imap_line(struct connection *connection, struct span line)
{
    if (line.len > 1 && line.at[line.len - 1] == '}') {
        const char *open = memrchr(line.at, '{', line.len);
        if (open != NULL)
            connection->literal = strtoull(open + 1, NULL, 10);
        return;
    }
    if (line.len > 1 && line.at[0] == '*') {
        if (connection->phase == GREETING)
            login_imap(connection);
        return;
    }
    if (line.len < 4 || line.at[1] != ' ' || connection->phase == LEAVING)
        return;
    if (strncmp(line.at + 2, "OK", 2) != 0)
        fail("a command was refused");
    if (connection->phase == PASSWORD || connection->phase == SELECTING)
        begin(connection);
    else
        again(connection);
}

static void pop3_line(struct connection *connection, struct span line)
{
    char command[64];
    if (connection->text) {
        if (span_is(line, ".")) {
            connection->text = false;
            again(connection);
        }
        return;
    }
    if (connection->phase == LEAVING)
        return;
    if (line.len < 3 || line.at[0] != '+')
        fail("a command was refused");
    switch (connection->phase) {
    case GREETING:
        snprintf(command, sizeof command, "USER user%u\r\n", connection->number % load.users);
        say(connection, command);
        connection->phase = USER;
        break;
    case USER:
        say(connection, "PASS bonjour-2026\r\n");
        connection->phase = PASSWORD;
        break;
    case PASSWORD:
        begin(connection);
        break;
    default:
        connection->text = true;
    }
}

static void smtp_line(struct connection *connection, struct span line)
{
    if (line.len < 4 || line.at[3] == '-')
        return;
    if (line.at[0] != '2' && line.at[0] != '3')
        fail("a command was refused");
    if (connection->phase == GREETING) {
        say(connection, "EHLO load.example.org\r\n");
        connection->phase = HELLO;
    } else if (connection->phase == HELLO) {
        work(connection);
    } else if (line.at[0] == '3') {
        say(connection, load.letter);
        say(connection, ".\r\n");
        connection->phase = BODY;
    } else if (connection->phase == BODY) {
        again(connection);
    }
}

static void take(struct connection *connection)
{
    static void (*const readers[])(struct connection *, struct span) = { smtp_line, pop3_line, imap_line };
    int socket = connection->socket;
    size_t used = 0;
    while (used < connection->received.len && connection->socket == socket) {
        char *at = connection->received.data + used;
        size_t left = connection->received.len - used;
        if (connection->literal > 0) {
            size_t part = connection->literal < left ? (size_t)connection->literal : left;
            connection->literal -= part;
            used += part;
            continue;
        }
        char *end = memchr(at, '\n', left);
        if (end == NULL)
            break;
        used += (size_t)(end - at) + 1;
        size_t length = (size_t)(end - at);
        readers[load.operation->protocol](connection, (struct span){ at, length - (length > 0 && end[-1] == '\r') });
    }
    buf_drop(&connection->received, used);
}

static void receive(struct connection *connection)
{
    static char room[RECEIVE];
    ssize_t size = recv(connection->socket, room, sizeof room, MSG_DONTWAIT);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size > 0) {
        if (buf_add(&connection->received, room, (size_t)size) != 0)
            fail("an answer is too long");
        take(connection);
        return;
    }
    if (connection->phase != LEAVING)
        fail("the server has closed a connection");
    close(connection->socket);
    open_connection(connection);
}

static double run(struct connection *connections)
{
    struct epoll_event events[256];
    bool idle = load.operation->command == NULL && load.operation->protocol == IMAP && !load.operation->login;
    for (unsigned i = 0; i < load.connections; i++) {
        connections[i] = (struct connection){ .number = i };
        buf_init(&connections[i].received, ANSWER_MAX);
        open_connection(&connections[i]);
    }
    double began = now(), end = began + load.seconds;
    while (idle ? load.ready < load.connections : now() < end) {
        int count = epoll_wait(load.epoll, events, 256, 100);
        for (int i = 0; i < count; i++)
            receive(events[i].data.ptr);
    }
    if (idle) {
        puts("ready");
        fflush(stdout);
        while (getchar() != EOF)
            ;
    }
    return now() - began;
}

static void options(int count, char **words)
{
    int option;
    while ((option = getopt(count, words, "c:t:n:u:d:")) != -1) {
        switch (option) {
        case 'c': load.connections = (unsigned)strtoul(optarg, NULL, 10); break;
        case 't': load.seconds = strtod(optarg, NULL); break;
        case 'n': load.letters = (unsigned)strtoul(optarg, NULL, 10); break;
        case 'u': load.users = (unsigned)strtoul(optarg, NULL, 10); break;
        case 'd': load.domain = optarg; break;
        default: fail("an unknown option");
        }
    }
    if (count - optind != 2 || load.connections == 0 || load.letters == 0 || load.users == 0)
        fail("load [-c CONNECTIONS] [-t SECONDS] [-n LETTERS] [-u USERS] [-d DOMAIN] PORT OPERATION");
    load.port = (uint16_t)strtoul(words[optind], NULL, 10);
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
        if (strcmp(operations[i].name, words[optind + 1]) == 0)
            load.operation = &operations[i];
    if (load.operation == NULL)
        fail("an unknown operation");
}

int main(int count, char **words)
{
    options(count, words);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    make_letter();
    load.epoll = epoll_create1(EPOLL_CLOEXEC);
    struct connection *connections = calloc(load.connections, sizeof *connections);
    if (load.epoll < 0 || connections == NULL)
        fail("no memory");
    double seconds = run(connections);
    printf("%llu %.3f\n", (unsigned long long)load.done, seconds);
    return 0;
}
