#include "work.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/text.h"

enum { STEP_MILLISECONDS = 100, QUIET_STEPS = 2, KEPT_MAX = 256 };

/* A work that goes on. The pipe tells the screen's thread: 'd' done, 'a' a question waits. */
struct working {
    const struct work *work;
    int pipe[2];
    int result;
    pthread_mutex_t lock;
    pthread_cond_t answered;
    void (*ask)(void *context, struct views *views);
    void *ask_context;
    bool given_up;
    unsigned steps;
    struct screen_event kept[KEPT_MAX];
    size_t kept_count;
};

static void tell(struct working *working, char what)
{
    while (write(working->pipe[1], &what, 1) != 1)
        ;
}

static void *run(void *context)
{
    struct working *working = context;
    working->result = working->work->run(working->work->context);
    tell(working, 'd');
    return NULL;
}

void work_ask(struct views *views, void (*ask)(void *context, struct views *views), void *context)
{
    struct working *working = views_working(views);
    if (working == NULL) {
        ask(context, views);
        return;
    }
    pthread_mutex_lock(&working->lock);
    working->ask = ask;
    working->ask_context = context;
    tell(working, 'a');
    while (working->ask != NULL)
        pthread_cond_wait(&working->answered, &working->lock);
    pthread_mutex_unlock(&working->lock);
}

static void answer(struct working *working, struct views *views)
{
    pthread_mutex_lock(&working->lock);
    working->ask(working->ask_context, views);
    working->ask = NULL;
    pthread_cond_signal(&working->answered);
    pthread_mutex_unlock(&working->lock);
    working->steps = 0;
}

static void give_up(struct working *working)
{
    working->given_up = true;
    if (working->work->cancel_fd >= 0 && write(working->work->cancel_fd, "x", 1) != 1)
        working->given_up = false;
}

static void show(struct working *working, struct views *views)
{
    static const char *const turns[] = { "\u25d0", "\u25d3", "\u25d1", "\u25d2" };
    struct screen *screen = views_screen(views);
    struct area line = views_last_line(views);
    char right[64];
    if (working->work->meanwhile != NULL)
        working->work->meanwhile(working->work->meanwhile_context, screen);
    screen_fill(screen, line, TONE_PLAIN);
    screen_put(screen, line, 0, 1, TONE_GOOD | PAINT_BOLD, turns[working->steps % 4]);
    area_left(&line, 3);
    snprintf(right, sizeof right, _("%.1f s   Esc gives up"), working->steps * STEP_MILLISECONDS / 1000.0);
    struct area tail = area_right(&line, (int)text_width(right) + 1);
    screen_put(screen, tail, 0, 0, TONE_NONE, right);
    screen_put(screen, line, 0, 0, TONE_PLAIN | PAINT_BOLD, working->given_up ? _("Giving up \u2026")
                                                                              : working->work->label);
    screen_show(screen);
}

static void take_key(struct working *working, struct views *views, const struct screen_event *event)
{
    switch (event->key) {
    case KEYS_NONE:
        if (++working->steps > QUIET_STEPS)
            show(working, views);
        break;
    case KEYS_ESCAPE: case 3: case 7:
        give_up(working);
        show(working, views);
        break;
    case KEYS_GONE:
        give_up(working);
        break;
    case KEYS_RESIZE:
        break;
    default:
        if (working->kept_count < KEPT_MAX)
            working->kept[working->kept_count++] = *event;
    }
}

/* Without a thread the work is still done, only nothing moves meanwhile. */
static int wait_for(struct working *working, struct views *views)
{
    pthread_t thread;
    char what = ' ';
    if (pipe2(working->pipe, O_CLOEXEC) != 0)
        return working->work->run(working->work->context);
    views_set_working(views, working);
    if (pthread_create(&thread, NULL, run, working) != 0) {
        views_set_working(views, NULL);
        working->result = working->work->run(working->work->context);
        what = 'n';
    }
    while (what != 'd' && what != 'n') {
        struct screen_event event = screen_wait(views_screen(views), STEP_MILLISECONDS, working->pipe[0]);
        bool gone = event.key == KEYS_GONE && working->given_up; /* nobody is left to look: only wait */
        if ((event.key == KEYS_READY || gone) && read(working->pipe[0], &what, 1) == 1 && what == 'a')
            answer(working, views);
        else if (event.key != KEYS_READY && !gone)
            take_key(working, views, &event);
    }
    if (what == 'd')
        pthread_join(thread, NULL);
    views_set_working(views, NULL);
    close(working->pipe[0]);
    close(working->pipe[1]);
    return working->result;
}

int work_do(struct views *views, const struct work *work)
{
    struct working *working = mem_alloc(sizeof *working);
    working->work = work;
    pthread_mutex_init(&working->lock, NULL);
    pthread_cond_init(&working->answered, NULL);
    int result = wait_for(working, views);
    for (size_t i = 0; i < working->kept_count; i++)
        screen_keep(views_screen(views), &working->kept[i]);
    pthread_mutex_destroy(&working->lock);
    pthread_cond_destroy(&working->answered);
    free(working);
    return result;
}
