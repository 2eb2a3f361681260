#include "wire_control.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "visualizer/filter.h"

enum { LONGEST = 4096, PATIENCE = 5000 };

static int address_of(const char *path, struct sockaddr_un *address, struct buf *error)
{
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof address->sun_path) {
        buf_printf(error, _("The path of the socket, %s, is too long: at most %d bytes."), path,
                   (int)sizeof address->sun_path - 1);
        return -1;
    }
    memcpy(address->sun_path, path, strlen(path) + 1);
    return 0;
}

int wire_control_open(const char *path, struct buf *error)
{
    struct sockaddr_un address;
    if (address_of(path, &address, error) != 0)
        return -1;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    unlink(path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0) {
        buf_printf(error, _("No commands can be taken at %s: %s."), path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}

static int64_t time_of_day(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool is_held(const struct wire_core *core, uint64_t number)
{
    struct wire_held held;
    for (size_t i = 0; wire_core_held(core, i, &held); i++)
        if (held.number == number)
            return true;
    return false;
}

static void add_fault(struct wire_core *core, const char *text, int64_t now, struct buf *answer)
{
    struct wire_fault fault;
    size_t before = answer->len;
    buf_add_text(answer, "error: ");
    if (wire_fault_parse(&fault, text, answer) != 0) {
        wire_fault_free(&fault);
        return;
    }
    answer->len = before;
    if (fault.number != 0 && is_held(core, fault.number)) {
        if (!wire_core_strike(core, &fault, time_of_day(), now))
            buf_printf(answer, _("error: packet %llu is held, but this cannot be done to it"),
                       (unsigned long long)fault.number);
        wire_fault_free(&fault);
    } else if (wire_core_add_fault(core, &fault) != 0) {
        wire_fault_free(&fault);
        buf_add_text(answer, _("error: there are too many faults already"));
    }
}

static void list_held(const struct wire_core *core, int64_t now, struct buf *answer)
{
    struct wire_held held;
    for (size_t i = 0; wire_core_held(core, i, &held); i++)
        buf_printf(answer, "%" PRIu64 "\t%s\t%.1f s\t%u\n", held.number, wire_core_port_name(core, held.port),
                   (double)(now - held.since) / 1e9, held.again);
}

static void tell_state(const struct wire_core *core, struct buf *answer)
{
    struct wire_held held;
    size_t count = 0;
    while (wire_core_held(core, count, &held))
        count++;
    buf_printf(answer, "%s\t%zu\n", wire_core_is_holding(core) ? "holding" : "passing", count);
}

static void step(struct wire_core *core, unsigned long count, struct buf *answer)
{
    if (count == 0)
        count = 1;
    for (unsigned long i = 0; i < count; i++)
        if (!wire_core_step(core)) {
            buf_add_text(answer, _("error: no frame is being held"));
            return;
        }
}

/* A filter behind the verb; its columns are those of the whole command. */
static struct filter *filter_of(const char *command, const char *rest, struct buf *answer)
{
    size_t before = answer->len;
    buf_add_text(answer, "error: ");
    char *text = mem_printf("%*s%s", (int)(rest - command), "", rest);
    struct filter *filter = filter_compile(text, NULL, answer);
    free(text);
    if (filter != NULL)
        answer->len = before;
    return filter;
}

static void hold(struct wire_core *core, const char *command, const char *rest, struct buf *answer)
{
    struct filter *only = *rest != '\0' ? filter_of(command, rest, answer) : NULL;
    if (*rest == '\0' || only != NULL)
        wire_core_hold(core, only);
}

static void run_until(struct wire_core *core, const char *command, const char *rest, struct buf *answer)
{
    struct filter *filter = *rest != '\0' ? filter_of(command, rest, answer) : NULL;
    if (filter != NULL)
        wire_core_until(core, filter);
    else if (*rest == '\0')
        buf_add_text(answer, _("error: until what? As in: until smtp.req.command == \"DATA\""));
}

void wire_control_obey(struct wire_core *core, const char *command, int64_t now, struct buf *answer)
{
    size_t verb = strcspn(command, " \t");
    const char *rest = command + verb + strspn(command + verb, " \t");
    struct span word = { command, verb };
    if (span_is(word, "hold"))
        hold(core, command, rest, answer);
    else if (span_is(word, "until"))
        run_until(core, command, rest, answer);
    else if (span_is(word, "next"))
        wire_core_until(core, NULL);
    else if (span_is(word, "go"))
        wire_core_go(core);
    else if (span_is(word, "step"))
        step(core, strtoul(rest, NULL, 10), answer);
    else if (span_is(word, "drop")) {
        if (!wire_core_drop(core))
            buf_add_text(answer, _("error: no frame is being held"));
    } else if (span_is(word, "held"))
        list_held(core, now, answer);
    else if (span_is(word, "fault"))
        add_fault(core, rest, now, answer);
    else if (span_is(word, "clear"))
        wire_core_clear_faults(core);
    else if (span_is(word, "state"))
        tell_state(core, answer);
    else if (span_is(word, "count"))
        buf_printf(answer, "%" PRIu64 "\n", wire_core_count(core));
    else
        buf_add_text(answer, _("error: the wire understands hold, step, next, until, go, drop, held, fault, clear, "
                               "state and count"));
}

void wire_control_serve(int fd, struct wire_core *core, int64_t now)
{
    char command[LONGEST];
    struct sockaddr_un from;
    socklen_t size = sizeof from;
    ssize_t length;
    while ((length = recvfrom(fd, command, sizeof command - 1, 0, (struct sockaddr *)&from, &size)) >= 0) {
        struct buf answer;
        buf_init(&answer, 64 * 1024);
        command[length] = '\0';
        wire_control_obey(core, command, now, &answer);
        if (size > sizeof(sa_family_t))
            (void)sendto(fd, buf_text(&answer), answer.len, MSG_NOSIGNAL, (struct sockaddr *)&from, size);
        buf_free(&answer);
        size = sizeof from;
    }
}

int wire_control_script(struct wire_core *core, const char *path, struct buf *error)
{
    char line[LONGEST];
    int number = 0, result = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        buf_printf(error, _("The script %s cannot be read: %s."), path, strerror(errno));
        return -1;
    }
    while (result == 0 && fgets(line, sizeof line, file) != NULL) {
        struct buf answer;
        number++;
        line[strcspn(line, "\r\n")] = '\0';
        const char *text = line + strspn(line, " \t");
        if (*text == '\0' || *text == '#')
            continue;
        buf_init(&answer, 4096);
        add_fault(core, line, 0, &answer);
        if (answer.len > 0) {
            buf_printf(error, "%s:%d: %s", path, number, buf_text(&answer));
            result = -1;
        }
        buf_free(&answer);
    }
    fclose(file);
    return result;
}

static int ask(int fd, const struct sockaddr_un *address, const char *words, struct buf *answer)
{
    char text[64 * 1024];
    struct sockaddr_un own = { .sun_family = AF_UNIX };
    struct pollfd wait = { .fd = fd, .events = POLLIN };
    /* Bound to no path, a name is made up by the kernel: somewhere to answer to (unix(7), autobind). */
    if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof(sa_family_t)) != 0
        || connect(fd, (const struct sockaddr *)address, sizeof *address) != 0
        || send(fd, words, strlen(words), MSG_NOSIGNAL) < 0)
        return -1;
    if (poll(&wait, 1, PATIENCE) <= 0) {
        errno = ETIMEDOUT;
        return -1;
    }
    ssize_t length = recv(fd, text, sizeof text, 0);
    if (length < 0)
        return -1;
    return buf_add(answer, text, (size_t)length);
}

int wire_control_tell(const char *path, const char *words, struct buf *answer, struct buf *error)
{
    struct sockaddr_un address;
    if (address_of(path, &address, error) != 0)
        return -1;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int result = ask(fd, &address, words, answer);
    if (result != 0)
        buf_printf(error, _("The wire at %s does not answer: %s."), path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return result;
}
