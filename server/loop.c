#include "loop.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "server/handle_queue.h"

/* Registrations that are no connection: their handle has this "generation". */
enum { SPECIAL_QUEUE = 1, SPECIAL_NOTIFY, SPECIAL_STOP, SPECIAL_LISTENER };
#define SPECIAL(kind, number) (((uint64_t)0xffff0000u | (uint64_t)(kind)) << 32 | (uint64_t)(number))
#define SPECIAL_KIND(handle) ((handle) >> 48 == 0xffffu ? (int)((handle) >> 32 & 0xffff) : 0)

enum {
    LISTENERS = 64,
    ACCEPTS = 16,             /* in one turn */
    ACCEPT_RETRY = 500,       /* milliseconds, when there are no file descriptors */
    CLOCK_TICK = 100,         /* milliseconds: the clock looks at all connections no more often than this */
    GENERATIONS = 0x7fffffff,
};

struct listening {
    size_t listener;
    int fd;
};

struct loop {
    struct loop_settings settings;
    int epoll, queue_fd, stop_fd, clock_fd;
    pthread_t *threads;
    size_t thread_count;

    pthread_mutex_t table_lock; /* the table, the free list, the queue */
    struct loop_entry **table;
    size_t table_count;
    uint32_t *free_list;
    size_t free_count;
    struct handle_queue queue;  /* to be looked at */

    atomic_size_t used;
    atomic_bool stopping;
    atomic_llong next_deadline; /* the clock sleeps until then */
    struct listening listeners[LISTENERS];
    size_t listener_count;
    atomic_bool accept_paused;
};

int64_t loop_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void epoll_change(struct loop *loop, int operation, int fd, uint32_t events, uint64_t handle)
{
    struct epoll_event event = { .events = events, .data.u64 = handle };
    epoll_ctl(loop->epoll, operation, fd, &event);
}

struct loop *loop_new(const struct loop_settings *settings)
{
    struct loop *loop = mem_alloc(sizeof *loop);
    loop->settings = *settings;
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->queue_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC | EFD_SEMAPHORE);
    loop->stop_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    loop->clock_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (loop->epoll < 0 || loop->queue_fd < 0 || loop->stop_fd < 0 || loop->clock_fd < 0) {
        loop_free(loop);
        return NULL;
    }
    pthread_mutex_init(&loop->table_lock, NULL);
    atomic_init(&loop->next_deadline, LLONG_MAX);
    epoll_change(loop, EPOLL_CTL_ADD, loop->queue_fd, EPOLLIN, SPECIAL(SPECIAL_QUEUE, 0));
    epoll_change(loop, EPOLL_CTL_ADD, loop->stop_fd, EPOLLIN, SPECIAL(SPECIAL_STOP, 0));
    if (settings->notify_fd >= 0)
        epoll_change(loop, EPOLL_CTL_ADD, settings->notify_fd, EPOLLIN | EPOLLONESHOT, SPECIAL(SPECIAL_NOTIFY, 0));
    return loop;
}

void loop_free(struct loop *loop)
{
    if (loop == NULL)
        return;
    for (size_t i = 0; i < loop->table_count; i++) {
        if (loop->table[i]->used)
            loop->settings.abandon(loop->table[i]);
        pthread_mutex_destroy(&loop->table[i]->lock);
        free(loop->table[i]);
    }
    for (size_t i = 0; i < loop->listener_count; i++)
        if (loop->listeners[i].fd >= 0)
            close(loop->listeners[i].fd);
    int fds[] = { loop->epoll, loop->queue_fd, loop->stop_fd, loop->clock_fd };
    for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
        if (fds[i] >= 0)
            close(fds[i]);
    free(loop->table);
    free(loop->free_list);
    handle_queue_free(&loop->queue);
    free(loop->threads);
    free(loop);
}

void loop_listen(struct loop *loop, size_t listener, int fd)
{
    if (loop->listener_count == LISTENERS) {
        close(fd);
        return;
    }
    loop->listeners[loop->listener_count] = (struct listening){ listener, fd };
    epoll_change(loop, EPOLL_CTL_ADD, fd, EPOLLIN | EPOLLONESHOT, SPECIAL(SPECIAL_LISTENER, loop->listener_count));
    loop->listener_count++;
}

/* ---- the table ---- */

uint64_t loop_handle(const struct loop_entry *entry)
{
    return (uint64_t)entry->generation << 32 | entry->index;
}

static struct loop_entry *new_entry(struct loop *loop)
{
    loop->table = mem_grow(loop->table, loop->table_count + 1, sizeof *loop->table);
    loop->free_list = mem_grow(loop->free_list, loop->table_count + 1, sizeof *loop->free_list);
    struct loop_entry *entry = mem_alloc(loop->settings.connection_size);
    pthread_mutex_init(&entry->lock, NULL);
    entry->index = (uint32_t)loop->table_count;
    loop->table[loop->table_count++] = entry;
    return entry;
}

struct loop_entry *loop_enter(struct loop *loop, int fd)
{
    struct loop_entry *entry = NULL;
    pthread_mutex_lock(&loop->table_lock);
    if (loop->free_count > 0)
        entry = loop->table[loop->free_list[--loop->free_count]];
    else if (loop->table_count < loop->settings.connections)
        entry = new_entry(loop);
    pthread_mutex_unlock(&loop->table_lock);
    if (entry == NULL)
        return NULL;
    pthread_mutex_lock(&entry->lock);
    entry->generation = entry->generation % GENERATIONS + 1;
    entry->used = true;
    entry->owned = true;
    entry->told = false;
    entry->kicks = 0;
    entry->deadline = 0;
    entry->fd = fd;
    uint64_t handle = loop_handle(entry);
    pthread_mutex_unlock(&entry->lock);
    atomic_fetch_add(&loop->used, 1);
    epoll_change(loop, EPOLL_CTL_ADD, fd, EPOLLONESHOT, handle);
    return entry;
}

void loop_release(struct loop *loop, struct loop_entry *entry)
{
    pthread_mutex_lock(&entry->lock);
    entry->used = false;
    entry->owned = false;
    entry->deadline = 0;
    close(entry->fd);
    entry->fd = -1;
    pthread_mutex_unlock(&entry->lock);
    pthread_mutex_lock(&loop->table_lock);
    loop->free_list[loop->free_count++] = entry->index;
    pthread_mutex_unlock(&loop->table_lock);
    atomic_fetch_sub(&loop->used, 1);
}

static struct loop_entry *entry_at(struct loop *loop, uint32_t index)
{
    pthread_mutex_lock(&loop->table_lock);
    struct loop_entry *entry = index < loop->table_count ? loop->table[index] : NULL;
    pthread_mutex_unlock(&loop->table_lock);
    return entry;
}

void loop_each(struct loop *loop, void (*visit)(void *context, const struct loop_entry *entry), void *context)
{
    struct loop_entry *entry;
    for (uint32_t i = 0; (entry = entry_at(loop, i)) != NULL; i++) {
        pthread_mutex_lock(&entry->lock);
        if (entry->used)
            visit(context, entry);
        pthread_mutex_unlock(&entry->lock);
    }
}

size_t loop_count(struct loop *loop)
{
    return atomic_load(&loop->used);
}

bool loop_stopping(struct loop *loop)
{
    return atomic_load(&loop->stopping);
}

/* ---- kicks and ownership ---- */

static void wake(int fd)
{
    uint64_t one = 1;
    while (write(fd, &one, sizeof one) < 0 && errno == EINTR)
        continue;
}

static void enqueue(struct loop *loop, uint64_t handle)
{
    pthread_mutex_lock(&loop->table_lock);
    handle_queue_put(&loop->queue, handle);
    pthread_mutex_unlock(&loop->table_lock);
    wake(loop->queue_fd);
}

static bool dequeue(struct loop *loop, uint64_t *handle)
{
    pthread_mutex_lock(&loop->table_lock);
    bool any = handle_queue_take(&loop->queue, handle);
    pthread_mutex_unlock(&loop->table_lock);
    return any;
}

/* With the entry's lock held. A second kick before an owner saw the first needs no second place in the queue. */
static void kick_locked(struct loop *loop, struct loop_entry *entry, unsigned kick)
{
    bool queued = entry->kicks != 0;
    entry->kicks |= kick;
    if (!entry->owned && !queued)
        enqueue(loop, loop_handle(entry));
}

void loop_kick(struct loop *loop, uint64_t handle, unsigned kick)
{
    struct loop_entry *entry = entry_at(loop, (uint32_t)handle);
    if (entry == NULL)
        return;
    pthread_mutex_lock(&entry->lock);
    if (entry->used && loop_handle(entry) == handle)
        kick_locked(loop, entry, kick);
    pthread_mutex_unlock(&entry->lock);
}

/* The clock must not sleep past this deadline. */
static void lower_deadline(struct loop *loop, int64_t deadline)
{
    long long now = atomic_load(&loop->next_deadline);
    while (deadline < now)
        if (atomic_compare_exchange_weak(&loop->next_deadline, &now, deadline)) {
            wake(loop->clock_fd);
            return;
        }
}

static void tell_stop(struct loop_entry *entry)
{
    entry->told = true;
    entry->kicks |= KICK_SHUTDOWN;
}

void loop_rest(struct loop *loop, struct loop_entry *entry, uint32_t events, int64_t deadline)
{
    pthread_mutex_lock(&entry->lock);
    entry->owned = false;
    entry->deadline = deadline;
    uint64_t handle = loop_handle(entry);
    if (loop_stopping(loop) && !entry->told)
        tell_stop(entry);
    if (entry->kicks != 0)
        enqueue(loop, handle);
    if (events != 0)
        epoll_change(loop, EPOLL_CTL_MOD, entry->fd, events | EPOLLONESHOT, handle);
    pthread_mutex_unlock(&entry->lock);
    if (deadline != 0)
        lower_deadline(loop, deadline);
}

/* An event or a kick: become the owner if there is none, and take a turn. */
static void take_turn(struct loop *loop, uint64_t handle)
{
    struct loop_entry *entry = entry_at(loop, (uint32_t)handle);
    if (entry == NULL)
        return;
    pthread_mutex_lock(&entry->lock);
    bool mine = entry->used && !entry->owned && loop_handle(entry) == handle;
    unsigned kicks = entry->kicks;
    if (mine) {
        entry->owned = true;
        entry->kicks = 0;
        entry->deadline = 0;
    }
    pthread_mutex_unlock(&entry->lock);
    if (mine)
        loop->settings.turn(entry, kicks);
}

/* ---- workers ---- */

static void accept_some(struct loop *loop, size_t number)
{
    struct listening *listening = &loop->listeners[number];
    for (int i = 0; i < ACCEPTS && !loop_stopping(loop); i++) {
        int fd = accept4(listening->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            loop->settings.accepted(loop->settings.context, listening->listener, fd);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            /* Nobody can be let in: they wait in the kernel's queue until the clock arms the listeners again. */
            atomic_store(&loop->accept_paused, true);
            lower_deadline(loop, loop_now() + ACCEPT_RETRY);
            return;
        }
        if (errno != ECONNABORTED && errno != EINTR)
            break;
    }
    if (!loop_stopping(loop))
        epoll_change(loop, EPOLL_CTL_MOD, listening->fd, EPOLLIN | EPOLLONESHOT, SPECIAL(SPECIAL_LISTENER, number));
}

/* The queue's eventfd counts: one read, one handle. */
static void serve_queue(struct loop *loop)
{
    uint64_t one, handle;
    if (read(loop->queue_fd, &one, sizeof one) == sizeof one && dequeue(loop, &handle))
        take_turn(loop, handle);
}

static void serve_notify(struct loop *loop)
{
    loop->settings.notified(loop->settings.context);
    epoll_change(loop, EPOLL_CTL_MOD, loop->settings.notify_fd, EPOLLIN | EPOLLONESHOT, SPECIAL(SPECIAL_NOTIFY, 0));
}

static void *work(void *context)
{
    struct loop *loop = context;
    for (;;) {
        struct epoll_event event;
        if (epoll_wait(loop->epoll, &event, 1, -1) != 1)
            continue;
        switch (SPECIAL_KIND(event.data.u64)) {
        case SPECIAL_STOP:
            return NULL;
        case SPECIAL_QUEUE:
            serve_queue(loop);
            break;
        case SPECIAL_NOTIFY:
            serve_notify(loop);
            break;
        case SPECIAL_LISTENER:
            accept_some(loop, (uint32_t)event.data.u64);
            break;
        default:
            take_turn(loop, event.data.u64);
        }
    }
}

/* ---- the main thread: signals and the clock ---- */

void loop_block_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static int open_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* Kicks everybody whose time is up; the clock then sleeps until the next deadline. */
static void watch_deadlines(struct loop *loop)
{
    int64_t now = loop_now(), next = INT64_MAX;
    atomic_store(&loop->next_deadline, LLONG_MAX);
    if (atomic_exchange(&loop->accept_paused, false) && !loop_stopping(loop))
        for (size_t i = 0; i < loop->listener_count; i++)
            epoll_change(loop, EPOLL_CTL_MOD, loop->listeners[i].fd, EPOLLIN | EPOLLONESHOT,
                         SPECIAL(SPECIAL_LISTENER, i));
    struct loop_entry *entry;
    for (uint32_t i = 0; (entry = entry_at(loop, i)) != NULL; i++) {
        pthread_mutex_lock(&entry->lock);
        bool waits = entry->used && !entry->owned && entry->deadline != 0;
        if (waits && entry->deadline <= now) {
            entry->deadline = 0;
            kick_locked(loop, entry, KICK_TIMEOUT);
        } else if (waits && entry->deadline < next) {
            next = entry->deadline;
        }
        pthread_mutex_unlock(&entry->lock);
    }
    if (next != INT64_MAX)
        lower_deadline(loop, next > now + CLOCK_TICK ? next : now + CLOCK_TICK);
}

static void begin_stop(struct loop *loop)
{
    atomic_store(&loop->stopping, true);
    for (size_t i = 0; i < loop->listener_count; i++)
        epoll_change(loop, EPOLL_CTL_DEL, loop->listeners[i].fd, 0, 0);
    struct loop_entry *entry;
    for (uint32_t i = 0; (entry = entry_at(loop, i)) != NULL; i++) {
        pthread_mutex_lock(&entry->lock);
        if (entry->used && !entry->owned && !entry->told)
            kick_locked(loop, entry, KICK_SHUTDOWN);
        entry->told = entry->told || (entry->used && !entry->owned);
        pthread_mutex_unlock(&entry->lock);
    }
}

/* Milliseconds to sleep. While the server stops, look often whether everybody has gone. */
static int sleep_time(struct loop *loop, int64_t stop_at)
{
    int64_t now = loop_now(), until = atomic_load(&loop->next_deadline);
    if (stop_at != 0)
        return 10;
    if (until == LLONG_MAX)
        return -1;
    return until <= now ? 0 : until - now > 3600000 ? 3600000 : (int)(until - now);
}

static void watch_signals(struct loop *loop, int signals, unsigned grace, int64_t *stop_at)
{
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGHUP) {
            loop->settings.reload(loop->settings.context);
        } else if (*stop_at == 0) {
            begin_stop(loop);
            *stop_at = loop_now() + (int64_t)grace * 1000;
        } else {
            *stop_at = loop_now(); /* asked twice: at once */
        }
    }
}

static void watch(struct loop *loop, int signals, unsigned grace)
{
    int64_t stop_at = 0;
    while (stop_at == 0 || (loop_now() < stop_at && loop_count(loop) > 0)) {
        struct pollfd fds[] = { { signals, POLLIN, 0 }, { loop->clock_fd, POLLIN, 0 } };
        poll(fds, 2, sleep_time(loop, stop_at));
        uint64_t count;
        if (fds[1].revents != 0 && read(loop->clock_fd, &count, sizeof count) < 0)
            continue;
        watch_signals(loop, signals, grace, &stop_at);
        if (atomic_load(&loop->next_deadline) <= loop_now())
            watch_deadlines(loop);
    }
}

int loop_run(struct loop *loop, unsigned grace)
{
    int signals = open_signals();
    if (signals < 0)
        return -1;
    loop->threads = mem_grow(NULL, loop->settings.workers, sizeof *loop->threads);
    while (loop->thread_count < loop->settings.workers &&
           pthread_create(&loop->threads[loop->thread_count], NULL, work, loop) == 0)
        loop->thread_count++;
    if (loop->thread_count > 0)
        watch(loop, signals, grace);
    wake(loop->stop_fd);
    for (size_t i = 0; i < loop->thread_count; i++)
        pthread_join(loop->threads[i], NULL);
    close(signals);
    return loop->thread_count > 0 ? 0 : -1;
}
