/*
 * packets.c - rules about the packets that the dialogue made.
 *
 *     packets: never smtp.req.command == "AUTH" && !tls
 *     packets: count >=1 tls.handshake.type == 1
 *     packets: before smtp.req.command == "STARTTLS" -- smtp.req.command == "AUTH"
 *
 * Somebody else records (--capture names the file); the visualizer is run as a
 * program and asked for the numbers of the packets that a filter picks. Before
 * a rule is judged, the end of this dialogue's last connection must have
 * reached the file: a rule is not kept just because its packets are not there
 * yet.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "steps.h"

enum { MAX_OUTPUT = 1 << 20, SETTLE = 5000 /* milliseconds for the recording to catch up */ };

extern char **environ;

/* What a filter picked. */
struct picked {
    size_t count;
    long first, last;
};

/* The visualizer beside this program, else the one that PATH finds. */
static void find_visualizer(char *path, size_t size)
{
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    self[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(self, '/');
    if (slash != NULL) {
        *slash = '\0';
        if (snprintf(path, size, "%s/visualizer", self) < (int)size && access(path, X_OK) == 0)
            return;
    }
    snprintf(path, size, "visualizer");
}

static pid_t start(const char *filter, const char *capture, int *out)
{
    char program[PATH_MAX];
    int ends[2];
    pid_t pid = -1;
    posix_spawn_file_actions_t actions;
    find_visualizer(program, sizeof program);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    char *arguments[] = { program, "-Y", (char *)filter, "--print", "fields", "-e", "frame.number", (char *)capture,
                          NULL };
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    int problem = posix_spawnp(&pid, program, &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    *out = ends[0];
    if (problem == 0)
        return pid;
    close(ends[0]);
    errno = problem;
    return -1;
}

/* All that it prints, to its end or until the time is up; it is gone afterwards. Its status, or -1. */
static int collect(pid_t pid, int out, int64_t until, struct buf *text)
{
    char piece[4096];
    int status = 0;
    bool late = false;
    for (;;) {
        struct pollfd one = { out, POLLIN, 0 };
        int64_t left = until - wire_now();
        int ready = left > 0 ? poll(&one, 1, (int)left) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        ssize_t got = ready > 0 ? read(out, piece, sizeof piece) : -1;
        late = ready <= 0 || (got > 0 && buf_add(text, piece, (size_t)got) != 0);
        if (got <= 0 || late)
            break;
    }
    close(out);
    if (late)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return late || !WIFEXITED(status) ? -1 : WEXITSTATUS(status);
}

/* 0, or -1 and a sentence about the visualizer or the filter. */
static int pick(const char *filter, const char *capture, int64_t until, struct picked *picked, struct buf *error)
{
    struct buf text;
    int out;
    pid_t pid = start(filter, capture, &out);
    if (pid < 0) {
        buf_printf(error, _("the visualizer cannot be run: %s"), strerror(errno));
        return -1;
    }
    buf_init(&text, MAX_OUTPUT);
    int status = collect(pid, out, until, &text);
    *picked = (struct picked){ .count = 0 };
    if (status != 0)
        buf_printf(error, _("the visualizer answers: %.300s"), text.len > 0 ? buf_text(&text) : _("nothing"));
    for (char *at = status == 0 && text.len > 0 ? (char *)buf_text(&text) : NULL, *next; at != NULL; at = next) {
        next = strchr(at, '\n');
        if (next != NULL)
            *next++ = '\0';
        long number = strtol(at, NULL, 10);
        if (number <= 0)
            continue;
        picked->last = number;
        if (picked->count++ == 0)
            picked->first = number;
    }
    buf_free(&text);
    return status == 0 ? 0 : -1;
}

/* Waits until both ends of the last connection are in the recording. */
static int await_end(struct run *run, const struct step *step)
{
    struct picked picked;
    struct buf error;
    char filter[200];
    struct timespec piece = { 0, 100 * 1000000 };
    int64_t until = wire_now() + SETTLE;
    int outcome = STEP_ON;
    snprintf(filter, sizeof filter, "tcp.port == %d && (tcp.flags.fin == 1 || tcp.flags.reset == 1)", run->last_port);
    buf_init(&error, 1000);
    for (;;) {
        buf_clear(&error);
        int status = pick(filter, run->settings->capture, run->until, &picked, &error);
        if (status == 0 && picked.count > 0)
            break;
        if (wire_now() > until) {
            outcome = run_fail(run, step, "%s", error.len > 0 ? buf_text(&error)
                                                              : _("the recording does not hold the end of this "
                                                                  "dialogue"));
            break;
        }
        nanosleep(&piece, NULL);
    }
    buf_free(&error);
    return outcome;
}

/* "3", ">=1", "<=2". 0, or -1. */
static int read_count(const char *word, char *relation, size_t *count)
{
    char *end;
    *relation = word[0] == '>' || word[0] == '<' ? word[0] : '=';
    if (*relation != '=' && word[1] != '=')
        return -1;
    word += *relation != '=' ? 2 : 0;
    unsigned long value = strtoul(word, &end, 10);
    *count = value;
    return end == word || *end != '\0' ? -1 : 0;
}

static int judge_count(struct run *run, const struct step *step, const char *wanted, const char *filter, int64_t until)
{
    struct picked picked;
    struct buf error;
    char relation, found[40];
    size_t count;
    int outcome = STEP_ON;
    if (read_count(wanted, &relation, &count) != 0)
        return run_fail(run, step, _("a number of packets is written 3, >=3 or <=3, not \"%s\""), wanted);
    buf_init(&error, 1000);
    if (pick(filter, run->settings->capture, until, &picked, &error) != 0) {
        outcome = run_fail(run, step, "%s", buf_text(&error));
    } else if (relation == '>' ? picked.count < count : relation == '<' ? picked.count > count
                                                                        : picked.count != count) {
        snprintf(found, sizeof found, picked.count > 0 ? _("%zu, the first is packet %ld") : "%zu", picked.count,
                 picked.first);
        run_compare(run, span_of(wanted), span_of(found));
        outcome = run_fail(run, step, _("the number of such packets is another"));
    }
    buf_free(&error);
    return outcome;
}

static int judge_before(struct run *run, const struct step *step, const char *both, int64_t until)
{
    struct picked first, second;
    struct buf error;
    char found[100];
    int outcome = STEP_ON;
    const char *dashes = strstr(both, " -- ");
    if (dashes == NULL)
        return run_fail(run, step, _("packets: before FILTER -- FILTER"));
    char *one = mem_copy(both, (size_t)(dashes - both));
    buf_init(&error, 1000);
    if (pick(one, run->settings->capture, until, &first, &error) != 0 ||
        pick(dashes + 4, run->settings->capture, until, &second, &error) != 0) {
        outcome = run_fail(run, step, "%s", buf_text(&error));
    } else if (first.count == 0 || second.count == 0 || first.first >= second.first) {
        snprintf(found, sizeof found, _("packet %ld, then packet %ld (0: none)"), first.first, second.first);
        run_compare(run, span_of(both), span_of(found));
        outcome = run_fail(run, step, _("the packets did not come in this order"));
    }
    buf_free(&error);
    free(one);
    return outcome;
}

int step_packets(struct run *run, const struct step *step)
{
    struct buf text;
    struct fault fault;
    int outcome = STEP_ON;
    if (run->settings->capture == NULL)
        return run_skip(run, step, _("there is no recording of the dialogue: --capture FILE"));
    buf_init(&text, 4000);
    if (template_expand(&step->sent, run->values, &text, NULL, &fault) != 0)
        outcome = run_fail_fault(run, step, &fault);
    if (outcome == STEP_ON)
        outcome = await_end(run, step);
    if (outcome == STEP_ON) {
        const char *rule = buf_text(&text);
        int64_t until = run->until;
        if (strncmp(rule, "never ", 6) == 0) {
            outcome = judge_count(run, step, "0", rule + 6, until);
        } else if (strncmp(rule, "before ", 7) == 0) {
            outcome = judge_before(run, step, rule + 7, until);
        } else if (strncmp(rule, "count ", 6) == 0 && strchr(rule + 6, ' ') != NULL) {
            const char *blank = strchr(rule + 6, ' ');
            char *wanted = mem_copy(rule + 6, (size_t)(blank - rule - 6));
            outcome = judge_count(run, step, wanted, blank + 1, until);
            free(wanted);
        } else {
            outcome = run_fail(run, step, _("a rule begins with never, count or before"));
        }
    }
    buf_free(&text);
    return outcome;
}
