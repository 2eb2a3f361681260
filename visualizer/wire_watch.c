#include "visualizer/wire_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "visualizer/wire_control.h"

enum { LONGEST = 4096, ANSWER_MAX = 64 * 1024, PATIENCE = 3000 };

static const char GREETING[] = "pli-wire 1 ";

struct watcher {
    int fd;
    bool holds;
};

struct wire_watch {
    int fd;                 /* where they knock */
    struct watcher watchers[WIRE_MAX_WATCHERS];
    unsigned count;
};

static int address_of(const char *control, struct sockaddr_un *address, struct buf *error)
{
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    int length = snprintf(address->sun_path, sizeof address->sun_path, "%s.watch", control);
    if (length >= 0 && (size_t)length < sizeof address->sun_path)
        return 0;
    buf_printf(error, _("The path of the socket, %s, is too long: at most %d bytes."), control,
               (int)sizeof address->sun_path - 7);
    return -1;
}

struct wire_watch *wire_watch_open(const char *control, struct buf *error)
{
    struct sockaddr_un address;
    if (address_of(control, &address, error) != 0)
        return NULL;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    unlink(address.sun_path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 || listen(fd, WIRE_MAX_WATCHERS) != 0) {
        buf_printf(error, _("Nobody can watch the wire at %s: %s."), address.sun_path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    struct wire_watch *watch = mem_alloc(sizeof *watch);
    watch->fd = fd;
    return watch;
}

void wire_watch_close(struct wire_watch *watch)
{
    if (watch == NULL)
        return;
    for (unsigned i = 0; i < watch->count; i++)
        close(watch->watchers[i].fd);
    close(watch->fd);
    free(watch);
}

/* With all places taken, nobody is let in until one is free: they wait at the door. */
void wire_watch_poll(const struct wire_watch *watch, struct pollfd *polled)
{
    for (unsigned i = 0; i < WIRE_WATCH_POLLED; i++)
        polled[i] = (struct pollfd){ .fd = -1, .events = POLLIN };
    if (watch == NULL)
        return;
    if (watch->count < WIRE_MAX_WATCHERS)
        polled[0].fd = watch->fd;
    for (unsigned i = 0; i < watch->count; i++)
        polled[1 + i].fd = watch->watchers[i].fd;
}

bool wire_watch_knocks(const struct pollfd *polled)
{
    return (polled[0].revents & POLLIN) != 0;
}

/* The greeting carries the descriptor (unix(7), SCM_RIGHTS): so it does not matter what folders the other side sees. */
static int hand_over(int fd, int recording, uint64_t before)
{
    char text[64];
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    snprintf(text, sizeof text, "%s%" PRIu64, GREETING, before);
    struct iovec part = { text, strlen(text) };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
                              .msg_controllen = sizeof control.bytes };
    memset(&control, 0, sizeof control);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof recording);
    memcpy(CMSG_DATA(header), &recording, sizeof recording);
    return sendmsg(fd, &message, MSG_NOSIGNAL) < 0 ? -1 : 0;
}

void wire_watch_admit(struct wire_watch *watch, const char *recording, uint64_t before)
{
    int fd = accept4(watch->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return;
    int file = open(recording, O_RDONLY | O_CLOEXEC);
    if (file >= 0 && watch->count < WIRE_MAX_WATCHERS && hand_over(fd, file, before) == 0)
        watch->watchers[watch->count++] = (struct watcher){ .fd = fd };
    else
        close(fd);
    if (file >= 0)
        close(file);
}

static bool holds_something(const struct wire_core *core)
{
    struct wire_held held;
    return wire_core_is_holding(core) || wire_core_held(core, 0, &held);
}

/* Whoever makes the wire hold answers for it, whatever the command was called. */
static void note_hold(struct watcher *watcher, const char *words, bool held_before, const struct wire_core *core)
{
    if ((!held_before && wire_core_is_holding(core)) || strncmp(words, "hold", 4) == 0 ||
        strncmp(words, "fault hold", 10) == 0)
        watcher->holds = true;
}

/* false: this watcher is gone, or does not take what it is told. */
static bool obey(struct watcher *watcher, struct wire_core *core, int64_t now)
{
    char words[LONGEST];
    ssize_t length = recv(watcher->fd, words, sizeof words - 1, MSG_DONTWAIT);
    if (length <= 0)
        return length < 0 && (errno == EAGAIN || errno == EINTR);
    words[length] = '\0';
    struct buf answer;
    buf_init(&answer, ANSWER_MAX);
    bool held_before = wire_core_is_holding(core);
    wire_control_obey(core, words, now, &answer);
    note_hold(watcher, words, held_before, core);
    /* An answer of no bytes would look like an end: each begins with one of its own. */
    struct iovec parts[2] = { { " ", 1 }, { (void *)(uintptr_t)buf_text(&answer), answer.len } };
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
    bool sent = sendmsg(watcher->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
    buf_free(&answer);
    return sent;
}

static void let_go_of(struct wire_watch *watch, unsigned index, struct wire_core *core)
{
    bool held = watch->watchers[index].holds;
    close(watch->watchers[index].fd);
    watch->watchers[index] = watch->watchers[--watch->count];
    for (unsigned i = 0; i < watch->count; i++)
        held = held && !watch->watchers[i].holds;
    if (held)
        wire_core_go(core);
}

void wire_watch_serve(struct wire_watch *watch, const struct pollfd *polled, struct wire_core *core, int64_t now)
{
    /* From the end, because the last one takes the place of one that leaves. */
    for (unsigned i = watch->count; i-- > 0;)
        if (polled[1 + i].fd == watch->watchers[i].fd && polled[1 + i].revents != 0 &&
            !obey(&watch->watchers[i], core, now))
            let_go_of(watch, i, core);
    for (unsigned i = 0; i < watch->count && !holds_something(core); i++)
        watch->watchers[i].holds = false;
}

void wire_watch_dismiss(struct wire_watch *watch, struct wire_core *core)
{
    while (watch->count > 0)
        let_go_of(watch, watch->count - 1, core);
}

/* --- the other side ----------------------------------------------------------------------- */

static int take_greeting(int fd, int *recording, uint64_t *before)
{
    char text[128];
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = { text, sizeof text - 1 };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
                              .msg_controllen = sizeof control.bytes };
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    if (poll(&wait, 1, PATIENCE) <= 0) {
        errno = ETIMEDOUT;
        return -1;
    }
    ssize_t length = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    struct cmsghdr *header = length > 0 ? CMSG_FIRSTHDR(&message) : NULL;
    if (header == NULL || header->cmsg_type != SCM_RIGHTS) {
        errno = EPROTO;
        return -1;
    }
    memcpy(recording, CMSG_DATA(header), sizeof *recording);
    text[length] = '\0';
    if (strncmp(text, GREETING, sizeof GREETING - 1) == 0) {
        *before = strtoull(text + sizeof GREETING - 1, NULL, 10);
        return 0;
    }
    close(*recording);
    errno = EPROTO;
    return -1;
}

int wire_watch_attach(const char *control, int *recording, uint64_t *before, struct buf *error)
{
    struct sockaddr_un address;
    if (address_of(control, &address, error) != 0)
        return -1;
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        take_greeting(fd, recording, before) == 0)
        return fd;
    buf_printf(error, _("There is no wire to watch at %s: %s."), control, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

int wire_watch_say(int fd, const char *words, struct buf *answer)
{
    char *text = mem_alloc(ANSWER_MAX + 1);
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    ssize_t length = -1;
    if (send(fd, words, strlen(words), MSG_NOSIGNAL) >= 0 && poll(&wait, 1, PATIENCE) > 0)
        length = recv(fd, text, ANSWER_MAX + 1, 0);
    if (length > 1)
        buf_add(answer, text + 1, (size_t)length - 1);
    free(text);
    return length > 0 ? 0 : -1;
}
