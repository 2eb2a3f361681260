#include "visualizer/live.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/mem.h"

struct live *live_new(const char *title)
{
    struct live *live = mem_alloc(sizeof *live);
    snprintf(live->title, sizeof live->title, "%s", title);
    buf_init(&live->why, 1024);
    live->descriptor = -1;
    return live;
}

void live_set_path(struct live *live, int descriptor)
{
    live->descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    snprintf(live->path, sizeof live->path, "/proc/self/fd/%d", live->descriptor);
}

static volatile sig_atomic_t asked_to_end;

static void ask_to_end(int signal)
{
    (void)signal;
    asked_to_end = 1;
}

void live_hear_signals(void)
{
    struct sigaction action = { .sa_handler = ask_to_end };
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

bool live_take(struct live *live, int milliseconds)
{
    if (!live->ended)
        live->take(live, asked_to_end ? 0 : milliseconds);
    if (asked_to_end)
        live_end(live, false, NULL);
    return !live->ended;
}

void live_end(struct live *live, bool failed, const char *why)
{
    if (live->ended)
        return;
    live->ended = true;
    live->failed = failed;
    if (why != NULL)
        buf_add_text(&live->why, why);
    buf_text(&live->why); /* puts the NUL behind it: screens show it as it is */
}

void live_close(struct live *live)
{
    if (live == NULL)
        return;
    live->close(live);
    if (live->descriptor >= 0)
        close(live->descriptor);
    buf_free(&live->why);
    free(live);
}
