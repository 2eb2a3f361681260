#include "notify.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>
#include <uthash.h>

#include "core/mem.h"

/* A watched directory; the kernel gives the same descriptor to everybody who watches it. */
struct place {
    int descriptor;
    uint64_t *handles;
    size_t count;
    UT_hash_handle hh;
};

struct notify {
    int fd;
    void (*changed)(void *context, uint64_t handle);
    void *context;
    pthread_mutex_t lock;
    struct place *places;
};

struct notify *notify_new(void (*changed)(void *context, uint64_t handle), void *context)
{
    struct notify *notify = mem_alloc(sizeof *notify);
    notify->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    notify->changed = changed;
    notify->context = context;
    pthread_mutex_init(&notify->lock, NULL);
    return notify;
}

void notify_free(struct notify *notify)
{
    if (notify == NULL)
        return;
    struct place *place, *next;
    HASH_ITER(hh, notify->places, place, next) {
        HASH_DEL(notify->places, place);
        free(place->handles);
        free(place);
    }
    if (notify->fd >= 0)
        close(notify->fd);
    pthread_mutex_destroy(&notify->lock);
    free(notify);
}

int notify_fd(const struct notify *notify)
{
    return notify->fd;
}

static void tell(struct notify *notify, int descriptor)
{
    struct place *place;
    pthread_mutex_lock(&notify->lock);
    HASH_FIND_INT(notify->places, &descriptor, place);
    size_t count = place != NULL ? place->count : 0;
    uint64_t *handles = count > 0 ? (uint64_t *)(void *)mem_copy(place->handles, count * sizeof *handles) : NULL;
    pthread_mutex_unlock(&notify->lock);
    for (size_t i = 0; i < count; i++)
        notify->changed(notify->context, handles[i]);
    free(handles);
}

/* Everybody: the kernel lost count (IN_Q_OVERFLOW). */
static void tell_all(struct notify *notify)
{
    pthread_mutex_lock(&notify->lock);
    size_t count = 0;
    int *descriptors = mem_grow(NULL, HASH_COUNT(notify->places) + 1, sizeof *descriptors);
    for (struct place *place = notify->places; place != NULL; place = place->hh.next)
        descriptors[count++] = place->descriptor;
    pthread_mutex_unlock(&notify->lock);
    for (size_t i = 0; i < count; i++)
        tell(notify, descriptors[i]);
    free(descriptors);
}

void notify_read(struct notify *notify)
{
    char events[8192] __attribute__((aligned(__alignof__(struct inotify_event))));
    ssize_t got;
    while ((got = read(notify->fd, events, sizeof events)) > 0) {
        int last = -1;
        for (char *at = events; at < events + got;) {
            const struct inotify_event *event = (const struct inotify_event *)(void *)at;
            if (event->mask & IN_Q_OVERFLOW)
                tell_all(notify);
            else if (event->wd != last)
                tell(notify, event->wd);
            last = event->wd;
            at += sizeof *event + event->len;
        }
    }
}

static int begin_one(struct notify *notify, uint64_t handle, const char *folder, const char *part)
{
    char *path = mem_printf("%s/%s", folder, part);
    int descriptor = inotify_add_watch(notify->fd, path, IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE |
                                       IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);
    free(path);
    if (descriptor < 0)
        return -1;
    struct place *place;
    HASH_FIND_INT(notify->places, &descriptor, place);
    if (place == NULL) {
        place = mem_alloc(sizeof *place);
        place->descriptor = descriptor;
        HASH_ADD_INT(notify->places, descriptor, place);
    }
    place->handles = mem_grow(place->handles, place->count + 1, sizeof *place->handles);
    place->handles[place->count++] = handle;
    return descriptor;
}

static void end_one(struct notify *notify, uint64_t handle, int descriptor)
{
    struct place *place;
    HASH_FIND_INT(notify->places, &descriptor, place);
    if (place == NULL)
        return;
    for (size_t i = 0; i < place->count; i++)
        if (place->handles[i] == handle) {
            place->handles[i] = place->handles[--place->count];
            break;
        }
    if (place->count > 0)
        return;
    inotify_rm_watch(notify->fd, descriptor);
    HASH_DEL(notify->places, place);
    free(place->handles);
    free(place);
}

static void end_locked(struct notify *notify, struct notify_watch *watch, uint64_t handle)
{
    for (int i = 0; i < 2; i++) {
        if (watch->descriptors[i] > 0)
            end_one(notify, handle, watch->descriptors[i]);
        watch->descriptors[i] = 0;
    }
}

int notify_begin(struct notify *notify, struct notify_watch *watch, uint64_t handle, const char *folder)
{
    static const char *const parts[] = { "new", "cur" };
    int status = 0;
    pthread_mutex_lock(&notify->lock);
    end_locked(notify, watch, handle);
    for (int i = 0; i < 2 && status == 0; i++) {
        int descriptor = notify->fd >= 0 ? begin_one(notify, handle, folder, parts[i]) : -1;
        if (descriptor < 0)
            status = -1;
        else
            watch->descriptors[i] = descriptor;
    }
    if (status != 0)
        end_locked(notify, watch, handle);
    pthread_mutex_unlock(&notify->lock);
    return status;
}

void notify_end(struct notify *notify, struct notify_watch *watch, uint64_t handle)
{
    pthread_mutex_lock(&notify->lock);
    end_locked(notify, watch, handle);
    pthread_mutex_unlock(&notify->lock);
}
