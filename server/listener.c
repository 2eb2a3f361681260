#include "listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "server/imapd.h"
#include "server/network.h"
#include "server/pop3d.h"
#include "server/smtpd.h"

/* Ports of an ordinary user: the standard ones with a 2 before, since those below 1024 belong to root. */
const struct listener listener_table[] = {
    { "smtp", N_("takes letters from other mail servers (MTA)"), &smtpd_ops, 2525, 25, false, false },
    { "submission", N_("takes letters from the users' mail programs (MSA)"), &smtpd_ops, 2587, 587, false, true },
    { "submissions", N_("the same, under TLS from the start"), &smtpd_ops, 2465, 465, true, true },
    { "pop3", N_("hands letters out to be taken away"), &pop3d_ops, 2110, 110, false, false },
    { "pop3s", N_("the same, under TLS from the start"), &pop3d_ops, 2995, 995, true, false },
    { "imap", N_("keeps letters and shows them to mail programs"), &imapd_ops, 2143, 143, false, false },
    { "imaps", N_("the same, under TLS from the start"), &imapd_ops, 2993, 993, true, false },
};
const size_t listener_count = sizeof listener_table / sizeof listener_table[0];

bool listener_is_smtp(const struct listener *listener)
{
    return listener_watch(listener) == WATCH_SMTP;
}

enum watch_protocol listener_watch(const struct listener *listener)
{
    return listener->name[0] == 's' ? WATCH_SMTP : listener->name[0] == 'p' ? WATCH_POP3 : WATCH_IMAP;
}

const char *listener_busy(const struct listener *listener)
{
    static const char *const busy[] = {
        [WATCH_SMTP] = "421 4.3.2 Too many connections, try again later\r\n",   /* RFC 5321 §3.8 */
        [WATCH_POP3] = "-ERR [SYS/TEMP] Too many connections, try again later\r\n", /* RFC 3206 §4 */
        [WATCH_IMAP] = "* BYE [UNAVAILABLE] Too many connections, try again later\r\n",
    };
    return busy[listener_watch(listener)];
}

/* ---- ports ---- */

/* The number after "name=" in one of the words of `ports`; -1: the word is about something else; -2: no number. */
static int named_port(const char *word, const char *name)
{
    size_t length = strlen(name);
    if (strncmp(word, name, length) != 0 || word[length] != '=')
        return -1;
    char *end_of_number;
    long port = strtol(word + length + 1, &end_of_number, 10);
    return end_of_number == word + length + 1 || *end_of_number != '\0' || port < 0 || port > 65535 ? -2 : (int)port;
}

/* 0: any free one. */
static uint16_t port_of(const struct config *config, const struct listener *listener)
{
    const char *word;
    uint16_t port = listener->port;
    for (size_t i = 0; (word = config_word(config, CONFIG_PORTS, i)) != NULL; i++) {
        int named = named_port(word, listener->name);
        if (named >= 0)
            port = (uint16_t)named;
        else if (strcmp(word, "standard") == 0)
            port = listener->standard_port;
        else if (strcmp(word, "free") == 0)
            port = 0;
        else if (strcmp(word, "user") == 0)
            port = listener->port;
    }
    return port;
}

static bool is_ports_word(const char *word)
{
    static const char *const words[] = { "user", "standard", "free" };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    for (size_t i = 0; i < listener_count; i++)
        if (named_port(word, listener_table[i].name) >= 0)
            return true;
    return false;
}

int listener_check(const struct config *config, struct buf *errors)
{
    const char *word;
    int status = 0;
    for (size_t i = 0; (word = config_word(config, CONFIG_PORTS, i)) != NULL; i++)
        if (!is_ports_word(word)) {
            buf_printf(errors, _("ports: \"%s\" is neither user, standard, free nor name=number with one of the names "
                                 "smtp submission submissions pop3 pop3s imap imaps\n"), word);
            status = -1;
        }
    return status;
}

/* ---- sockets ---- */

struct opening {
    const struct config *config;
    struct listener_socket *sockets;
    size_t count, max;
    struct buf *errors;
    bool failed;
};

static bool uses_family(const struct config *config, int family)
{
    const char *word;
    for (size_t i = 0; (word = config_word(config, CONFIG_INET_PROTOCOLS, i)) != NULL; i++)
        if (strcmp(word, "all") == 0 || strcmp(word, family == AF_INET ? "ipv4" : "ipv6") == 0)
            return true;
    return false;
}

static int make_address(const char *text, uint16_t port, struct sockaddr_storage *address, socklen_t *size)
{
    struct sockaddr_in *in = (struct sockaddr_in *)(void *)address;
    struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)(void *)address;
    *address = (struct sockaddr_storage){ 0 };
    if (inet_pton(AF_INET, text, &in->sin_addr) == 1) {
        in->sin_family = AF_INET;
        in->sin_port = htons(port);
        *size = sizeof *in;
        return 0;
    }
    if (inet_pton(AF_INET6, text, &in6->sin6_addr) != 1)
        return -1;
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(port);
    *size = sizeof *in6;
    return 0;
}

static int open_socket(const struct sockaddr_storage *address, socklen_t size)
{
    int one = 1;
    int fd = socket(address->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (address->ss_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (bind(fd, (const struct sockaddr *)address, size) == 0 && listen(fd, 1024) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

static void explain(struct opening *opening, const struct listener *listener, const char *address, uint16_t port)
{
    struct buf *errors = opening->errors;
    opening->failed = true;
    buf_printf(errors, _("%s cannot listen on %s port %u: %s"), listener->name, address, port, strerror(errno));
    if (errno == EADDRINUSE)
        buf_printf(errors, _("; another program uses the port: stop it (ss -ltnp shows it), or choose another port "
                             "with -o ports=%s=NUMBER"), listener->name);
    else if (errno == EACCES)
        buf_add_text(errors, _("; ports below 1024 need root: leave out ports=standard, or start it as root"));
    else if (errno == EADDRNOTAVAIL)
        buf_add_text(errors, _("; this machine does not have the address: see ip address, and inet_interfaces "
                               "and listen in the settings"));
    buf_add_text(errors, "\n");
}

/* optional: one of several that mean "here"; that the system has no such address is no fault. */
static void open_one(struct opening *opening, size_t row, const char *address, bool optional)
{
    const struct listener *listener = &listener_table[row];
    struct sockaddr_storage storage;
    socklen_t size;
    uint16_t port = port_of(opening->config, listener);
    bool any_port = port == 0;
    /* With "free", the other addresses of the same listener take the port that the first one got. */
    for (size_t i = 0; i < opening->count && port == 0; i++)
        if (opening->sockets[i].listener == row)
            port = opening->sockets[i].port;
    if (make_address(address, port, &storage, &size) != 0) {
        buf_printf(opening->errors, _("\"%s\" is not an address to listen on: give an IPv4 or IPv6 address\n"),
                   address);
        opening->failed = true;
        return;
    }
    if (opening->count == opening->max || (optional && !uses_family(opening->config, storage.ss_family)))
        return;
    int fd = open_socket(&storage, size);
    if (fd < 0) {
        bool taken_by_chance = any_port && port != 0 && errno == EADDRINUSE;
        if (!optional || (errno != EADDRNOTAVAIL && errno != EAFNOSUPPORT && !taken_by_chance))
            explain(opening, listener, address, port);
        return;
    }
    struct listener_socket *entry = &opening->sockets[opening->count++];
    *entry = (struct listener_socket){ .listener = row, .fd = fd };
    getsockname(fd, (struct sockaddr *)&storage, &size);
    network_text((const struct sockaddr *)&storage, entry->address, sizeof entry->address, &entry->port);
}

/* The words of inet_interfaces (Postfix) and listen (Dovecot) that stand for several addresses. */
static void open_word(struct opening *opening, size_t row, const char *word)
{
    static const struct {
        const char *word;
        const char *addresses[2];
    } several[] = {
        { "all", { "0.0.0.0", "::" } },
        { "loopback-only", { "127.0.0.1", "::1" } },
        { "localhost", { "127.0.0.1", "::1" } },
        { "*", { "0.0.0.0", NULL } },
        { "::", { "::", NULL } },
        { "[::]", { "::", NULL } },
        { "::1", { "::1", NULL } },
    };
    for (size_t i = 0; i < sizeof several / sizeof several[0]; i++) {
        if (strcmp(word, several[i].word) != 0)
            continue;
        for (int j = 0; j < 2 && several[i].addresses[j] != NULL; j++)
            open_one(opening, row, several[i].addresses[j], true);
        return;
    }
    open_one(opening, row, word, false);
}

static bool is_served(const struct config *config, const struct listener *listener)
{
    if (listener->implicit_tls && !listener_is_smtp(listener) && strcmp(config_text(config, CONFIG_SSL), "no") == 0)
        return false;
    if (listener_is_smtp(listener))
        return true;
    const char *word, *protocol = listener_watch(listener) == WATCH_POP3 ? "pop3" : "imap";
    for (size_t i = 0; (word = config_word(config, CONFIG_PROTOCOLS, i)) != NULL; i++)
        if (strcmp(word, protocol) == 0)
            return true;
    return false;
}

static void open_listener(struct opening *opening, size_t row)
{
    const struct listener *listener = &listener_table[row];
    enum config_id id = listener_is_smtp(listener) ? CONFIG_INET_INTERFACES : CONFIG_LISTEN;
    const char *word;
    size_t before = opening->count;
    for (size_t i = 0; (word = config_word(opening->config, id, i)) != NULL; i++)
        open_word(opening, row, word);
    if (opening->count == before && !opening->failed) {
        buf_printf(opening->errors, _("%s has no address to listen on: see %s and inet_protocols in the settings\n"),
                   listener->name, config_table[id].name);
        opening->failed = true;
    }
}

int listener_open(const struct config *config, struct listener_socket *sockets, size_t max, struct buf *errors)
{
    struct opening opening = { .config = config, .sockets = sockets, .max = max, .errors = errors };
    for (size_t i = 0; i < listener_count; i++)
        if (is_served(config, &listener_table[i]))
            open_listener(&opening, i);
    if (!opening.failed)
        return (int)opening.count;
    for (size_t i = 0; i < opening.count; i++)
        close(sockets[i].fd);
    return -1;
}
