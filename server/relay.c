#include "server/relay.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/log.h"
#include "server/config.h"
#include "server/queue.h"
#include "server/relay_parts.h"

enum {
    IDLE_SECONDS = 10,        /* then a thread that has nothing to do ends */
    SLEEP_MAX = 3600,
    STACK = 1024 * 1024,
};

struct entry {
    int64_t due;
    char id[QUEUE_ID_MAX + 1];
};

struct relay_place {
    char *name;
    struct entry *heap;       /* the earliest first */
    size_t count, room;
    unsigned active;          /* threads that work for it */
    unsigned failures;        /* in a row */
    int64_t closed_until;     /* its servers could not be reached */
    struct relay_place *next;
};

struct relay {
    struct runtime *runtime;
    const struct listener_socket *own;
    size_t own_count;
    char *folder;
    int claim, bell, wake, cancel;
    pthread_t keeper;
    bool keeper_runs;

    pthread_mutex_t lock;     /* of what follows */
    pthread_cond_t work;      /* there may be something to do */
    pthread_cond_t ended;     /* a thread ended */
    struct relay_place *places;
    struct relay_job *flying;
    size_t threads, idle;
    bool stopping;
};

struct runtime *relay_runtime(struct relay *relay)
{
    return relay->runtime;
}

const char *relay_folder(const struct relay *relay)
{
    return relay->folder;
}

int relay_cancel_fd(const struct relay *relay)
{
    return relay->cancel;
}

const struct listener_socket *relay_own(const struct relay *relay, size_t *count)
{
    *count = relay->own_count;
    return relay->own;
}

/* ---- the timetable, under the lock ---- */

static struct relay_place *place_of(struct relay *relay, const char *name)
{
    struct relay_place *place = relay->places;
    while (place != NULL && strcmp(place->name, name) != 0)
        place = place->next;
    if (place != NULL)
        return place;
    place = mem_alloc(sizeof *place);
    place->name = mem_text(name);
    place->next = relay->places;
    return relay->places = place;
}

static void push(struct relay_place *place, const char *id, int64_t due)
{
    if (place->count == place->room) {
        place->room = place->room * 2 + 4;
        place->heap = mem_grow(place->heap, place->room, sizeof *place->heap);
    }
    size_t at = place->count++;
    for (; at > 0 && place->heap[(at - 1) / 2].due > due; at = (at - 1) / 2)
        place->heap[at] = place->heap[(at - 1) / 2];
    place->heap[at] = (struct entry){ .due = due };
    memcpy(place->heap[at].id, id, strlen(id) + 1);
}

static struct entry pop(struct relay_place *place)
{
    struct entry first = place->heap[0], last = place->heap[--place->count];
    size_t at = 0, child;
    while ((child = 2 * at + 1) < place->count) {
        if (child + 1 < place->count && place->heap[child + 1].due < place->heap[child].due)
            child++;
        if (place->heap[child].due >= last.due)
            break;
        place->heap[at] = place->heap[child];
        at = child;
    }
    if (place->count > 0)
        place->heap[at] = last;
    return first;
}

static void free_place(struct relay_place *place)
{
    free(place->name);
    free(place->heap);
    free(place);
}

/* A destination that nothing waits for is forgotten. */
static void tidy(struct relay *relay, struct relay_place *place)
{
    struct relay_place **link = &relay->places;
    if (place->count > 0 || place->active > 0)
        return;
    while (*link != place)
        link = &(*link)->next;
    *link = place->next;
    free_place(place);
}

static bool is_flying(const struct relay *relay, const char *id, const struct relay_place *place)
{
    for (const struct relay_job *job = relay->flying; job != NULL; job = job->next)
        if (job->place == place && strcmp(job->id, id) == 0)
            return true;
    return false;
}

static long long setting(struct relay *relay, enum config_id id)
{
    struct config *config = runtime_config(relay->runtime);
    long long number = config_number(config, id);
    config_release(config);
    return number;
}

/* When the place has something that may be begun; INT64_MAX: not before somebody comes back from it. */
static int64_t ready_at(const struct relay_place *place, long long most)
{
    if (place->count == 0 || (most > 0 && place->active >= most))
        return INT64_MAX;
    return place->heap[0].due > place->closed_until ? place->heap[0].due : place->closed_until;
}

static void begin(struct relay *relay, struct relay_place *place, const char *id, struct relay_job *job)
{
    *job = (struct relay_job){ .place = place, .destination = place->name, .next = relay->flying };
    memcpy(job->id, id, strlen(id) + 1);
    relay->flying = job;
    place->active++;
}

/* The letter of the place that is due; a letter that another thread has at the same place is that thread's matter. */
static bool take_from(struct relay *relay, struct relay_place *place, int64_t now, struct relay_job *job)
{
    while (place->count > 0 && place->heap[0].due <= now) {
        struct entry entry = pop(place);
        if (is_flying(relay, entry.id, place))
            continue;
        begin(relay, place, entry.id, job);
        return true;
    }
    return false;
}

static bool take(struct relay *relay, struct relay_job *job)
{
    long long most = setting(relay, CONFIG_DEFAULT_DESTINATION_CONCURRENCY_LIMIT);
    int64_t now = (int64_t)time(NULL);
    struct relay_place *best = NULL;
    for (struct relay_place *place = relay->places; place != NULL; place = place->next)
        if (ready_at(place, most) <= now && (best == NULL || place->heap[0].due < best->heap[0].due))
            best = place;
    return best != NULL && take_from(relay, best, now, job);
}

static void ring_clock(struct relay *relay)
{
    uint64_t one = 1;
    ssize_t written = write(relay->wake, &one, sizeof one);
    (void)written; /* when it is full, it is ringing */
}

/* Puts the job's results down. The place's failures double the time that it is left alone. */
static void finish(struct relay *relay, struct relay_job *job)
{
    struct relay_place *place = job->place;
    struct relay_job **link = &relay->flying;
    while (*link != job)
        link = &(*link)->next;
    *link = job->next;
    place->active--;
    if (job->again != 0)
        push(place, job->id, job->again);
    if (job->reached) {
        place->failures = 0;
        place->closed_until = 0;
    } else if (job->unreached && place->closed_until <= (int64_t)time(NULL)) {
        place->failures++;
        place->closed_until = (int64_t)time(NULL) + relay_backoff(place->failures,
            setting(relay, CONFIG_MINIMAL_BACKOFF_TIME), setting(relay, CONFIG_MAXIMAL_BACKOFF_TIME));
    }
}

bool relay_next(struct relay *relay, struct relay_job *job)
{
    pthread_mutex_lock(&relay->lock);
    struct relay_place *place = job->place;
    finish(relay, job);
    int64_t now = (int64_t)time(NULL);
    bool more = !relay->stopping && place->closed_until <= now && take_from(relay, place, now, job);
    if (!more)
        tidy(relay, place);
    ring_clock(relay);
    pthread_mutex_unlock(&relay->lock);
    return more;
}

void relay_submit(struct relay *relay, const struct queue_envelope *envelope)
{
    char destination[RELAY_NAME_MAX];
    if (relay == NULL)
        return;
    struct config *config = runtime_config(relay->runtime);
    pthread_mutex_lock(&relay->lock);
    struct relay_place *before = NULL;
    for (size_t i = 0; i < envelope->count; i++) {
        const struct queue_recipient *recipient = &envelope->recipients[i];
        if (recipient->state != QUEUE_WAITING && recipient->report == QUEUE_REPORT_NONE)
            continue;
        relay_destination(config, recipient->address, destination);
        struct relay_place *place = place_of(relay, destination);
        if (place != before) /* neighbours mostly go the same way; what is entered twice does no harm */
            push(place, envelope->id, recipient->report == QUEUE_REPORT_NONE ? recipient->next : 0);
        before = place;
    }
    ring_clock(relay);
    pthread_mutex_unlock(&relay->lock);
    config_release(config);
}

/* ---- looking at the files ---- */

struct look {
    struct relay *relay;
    size_t count;
};

static void look_at(void *context, const char *id)
{
    struct look *look = context;
    struct buf error;
    buf_init(&error, 1000);
    struct queue_envelope *envelope = queue_load(look->relay->folder, id, &error);
    if (envelope == NULL && errno != ENOENT)
        log_line(look->relay->runtime->server.log, "relay", "letter %s cannot be sent: its envelope cannot be used: %s",
                 id, buf_text(&error));
    if (envelope != NULL && !envelope->held) {
        relay_submit(look->relay, envelope);
        look->count++;
    }
    queue_envelope_free(envelope);
    buf_free(&error);
}

/*
 * The timetable anew. What comes in meanwhile is entered by relay_submit, what is in flight enters itself when it
 * ends; who is entered twice is found to have nothing due at his second turn.
 */
static void look_at_all(struct relay *relay)
{
    struct look look = { relay, 0 };
    pthread_mutex_lock(&relay->lock);
    for (struct relay_place *place = relay->places, *next; place != NULL; place = next) {
        next = place->next;
        place->count = 0;
        place->closed_until = 0;
        place->failures = 0;
        tidy(relay, place);
    }
    pthread_mutex_unlock(&relay->lock);
    if (queue_each(relay->folder, look_at, &look) != 0)
        log_line(relay->runtime->server.log, "relay", "the queue cannot be read: %s", strerror(errno));
    if (look.count > 0)
        log_line(relay->runtime->server.log, "relay", "letters in the queue: %zu", look.count);
}

/* ---- threads ---- */

static void *work(void *context)
{
    struct relay *relay = context;
    struct relay_job job;
    pthread_mutex_lock(&relay->lock);
    for (bool late = false; !relay->stopping;) {
        if (take(relay, &job)) {
            pthread_mutex_unlock(&relay->lock);
            relay_work(relay, &job);
            pthread_mutex_lock(&relay->lock);
            late = false;
            continue;
        }
        if (late)
            break;
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_sec += IDLE_SECONDS;
        relay->idle++;
        late = pthread_cond_timedwait(&relay->work, &relay->lock, &until) == ETIMEDOUT;
        relay->idle--;
    }
    relay->threads--;
    pthread_cond_signal(&relay->ended);
    pthread_mutex_unlock(&relay->lock);
    return NULL;
}

static void add_thread(struct relay *relay)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, STACK);
    if (pthread_create(&thread, &attributes, work, relay) == 0)
        relay->threads++;
    pthread_attr_destroy(&attributes);
}

/* Somebody for what is due; answers how many seconds the clock may sleep. */
static int dispatch(struct relay *relay)
{
    long long most = setting(relay, CONFIG_DEFAULT_DESTINATION_CONCURRENCY_LIMIT);
    long long threads = setting(relay, CONFIG_DEFAULT_PROCESS_LIMIT);
    int64_t now = (int64_t)time(NULL), next = now + SLEEP_MAX;
    size_t due = 0;
    pthread_mutex_lock(&relay->lock);
    for (struct relay_place *place = relay->places; place != NULL; place = place->next) {
        int64_t at = ready_at(place, most);
        size_t room = most > 0 ? (size_t)most - (at <= now ? place->active : 0) : place->count;
        due += at <= now ? (place->count < room ? place->count : room) : 0;
        if (at > now && at < next)
            next = at;
    }
    if (due > relay->idle)
        for (size_t i = relay->idle; i < due && (long long)relay->threads < (threads > 0 ? threads : 1); i++)
            add_thread(relay);
    if (due > 0)
        pthread_cond_broadcast(&relay->work);
    if (due > 0 && relay->threads == 0)
        next = now + 1; /* no thread could be made */
    pthread_mutex_unlock(&relay->lock);
    return (int)(next - now);
}

static bool is_stopping(struct relay *relay)
{
    pthread_mutex_lock(&relay->lock);
    bool stopping = relay->stopping;
    pthread_mutex_unlock(&relay->lock);
    return stopping;
}

static void *keep(void *context)
{
    struct relay *relay = context;
    char data[256];
    look_at_all(relay);
    while (!is_stopping(relay)) {
        struct pollfd fds[] = { { relay->wake, POLLIN, 0 }, { relay->bell, POLLIN, 0 } };
        poll(fds, 2, dispatch(relay) * 1000);
        if (fds[0].revents != 0 && read(relay->wake, data, sizeof(uint64_t)) < 0)
            continue;
        if (fds[1].revents != 0 && read(relay->bell, data, sizeof data) > 0)
            look_at_all(relay);
    }
    return NULL;
}

/* ---- beginning and end ---- */

static int open_all(struct relay *relay, struct buf *errors)
{
    if (queue_make(relay->folder) != 0) {
        buf_printf(errors, _("%s: the queue cannot be used: %s\n"), relay->folder, strerror(errno));
        return -1;
    }
    relay->claim = queue_claim(relay->folder);
    if (relay->claim < 0 && errno == EWOULDBLOCK)
        buf_printf(errors, _("%s: another mail server sends the letters of this queue: stop it, or choose another "
                             "folder with --root DIR\n"), relay->folder);
    else if (relay->claim < 0)
        buf_printf(errors, _("%s: the queue cannot be used: %s\n"), relay->folder, strerror(errno));
    if (relay->claim < 0)
        return -1;
    relay->bell = queue_bell(relay->folder); /* where there are no FIFOs, nobody can ring */
    relay->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    relay->cancel = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (relay->wake >= 0 && relay->cancel >= 0)
        return 0;
    buf_printf(errors, _("The system gives no event queue: %s\n"), strerror(errno));
    return -1;
}

struct relay *relay_new(struct runtime *runtime, const struct listener_socket *own, size_t own_count,
                        struct buf *errors)
{
    struct relay *relay = mem_alloc(sizeof *relay);
    relay->runtime = runtime;
    relay->own = own;
    relay->own_count = own_count;
    relay->folder = queue_folder(runtime->server.root);
    relay->claim = relay->bell = relay->wake = relay->cancel = -1;
    pthread_mutex_init(&relay->lock, NULL);
    pthread_cond_init(&relay->work, NULL);
    pthread_cond_init(&relay->ended, NULL);
    int status = open_all(relay, errors);
    if (status == 0) {
        queue_clean(relay->folder);
        relay->keeper_runs = pthread_create(&relay->keeper, NULL, keep, relay) == 0;
        if (!relay->keeper_runs)
            buf_printf(errors, _("The system gives no threads: %s\n"), strerror(errno));
    }
    if (relay->keeper_runs)
        return relay;
    relay_free(relay, 0);
    return NULL;
}

void relay_look(struct relay *relay)
{
    if (relay != NULL)
        queue_ring(relay->folder);
}

/* Waits until the threads have ended, until the time of CLOCK_REALTIME; 0: however long. */
static void await_threads(struct relay *relay, time_t until)
{
    const struct timespec end = { .tv_sec = until };
    int status = 0;
    while (relay->threads > 0 && status == 0)
        status = until == 0 ? pthread_cond_wait(&relay->ended, &relay->lock)
                            : pthread_cond_timedwait(&relay->ended, &relay->lock, &end);
}

void relay_free(struct relay *relay, unsigned grace)
{
    uint64_t one = 1;
    if (relay == NULL)
        return;
    pthread_mutex_lock(&relay->lock);
    relay->stopping = true;
    pthread_cond_broadcast(&relay->work);
    if (relay->wake >= 0)
        ring_clock(relay);
    await_threads(relay, time(NULL) + (time_t)grace + 1);
    if (relay->cancel >= 0 && write(relay->cancel, &one, sizeof one) < 0)
        log_line(relay->runtime->server.log, "relay", "the senders cannot be told to stop: %s", strerror(errno));
    await_threads(relay, 0);
    pthread_mutex_unlock(&relay->lock);
    if (relay->keeper_runs)
        pthread_join(relay->keeper, NULL);
    while (relay->places != NULL) {
        struct relay_place *place = relay->places;
        relay->places = place->next;
        free_place(place);
    }
    const int fds[] = { relay->claim, relay->bell, relay->wake, relay->cancel };
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    pthread_cond_destroy(&relay->work);
    pthread_cond_destroy(&relay->ended);
    pthread_mutex_destroy(&relay->lock);
    free(relay->folder);
    free(relay);
}
