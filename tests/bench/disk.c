/*
 * disk.c - what the disk itself gives to those who keep a letter for good: write, fsync, rename, fsync the folder.
 *
 *     disk FOLDER THREADS MAILDIRS SECONDS OCTETS
 *
 * Each thread does it again and again in one of so many Maildirs below the folder. The last line is "DONE SECONDS".
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 256 };

static struct {
    const char *folder;
    unsigned maildirs;
    double end;
    size_t octets;
    char *letter;
} disk;

struct worker {
    pthread_t thread;
    unsigned number;
    unsigned long done;
    int error;
};

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* 0, or errno. */
static int keep(int maildir, int new, const char *temporary, const char *final)
{
    int file = openat(maildir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0)
        return errno;
    int good = write(file, disk.letter, disk.octets) == (ssize_t)disk.octets && fsync(file) == 0;
    good = close(file) == 0 && good;
    good = good && renameat(maildir, temporary, maildir, final) == 0 && fsync(new) == 0;
    return good ? 0 : errno;
}

static void *work(void *context)
{
    struct worker *worker = context;
    char path[PATH_MAX], temporary[64], final[64];
    snprintf(path, sizeof path, "%s/%u", disk.folder, worker->number % disk.maildirs);
    mkdir(path, 0700);
    int maildir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    mkdirat(maildir, "tmp", 0700);
    mkdirat(maildir, "new", 0700);
    int new = openat(maildir, "new", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    while (worker->error == 0 && now() < disk.end) {
        snprintf(temporary, sizeof temporary, "tmp/%u.%lu", worker->number, worker->done);
        snprintf(final, sizeof final, "new/%u.%lu", worker->number, worker->done);
        worker->error = keep(maildir, new, temporary, final);
        worker->done += worker->error == 0;
    }
    close(new);
    close(maildir);
    return NULL;
}

int main(int count, char **words)
{
    static struct worker workers[THREADS_MAX];
    unsigned threads = count == 6 ? (unsigned)strtoul(words[2], NULL, 10) : 0;
    disk.maildirs = threads > 0 ? (unsigned)strtoul(words[3], NULL, 10) : 0;
    if (disk.maildirs == 0 || threads > THREADS_MAX) {
        fputs("disk FOLDER THREADS MAILDIRS SECONDS OCTETS\n", stderr);
        return 2;
    }
    disk.folder = words[1];
    disk.octets = strtoul(words[5], NULL, 10);
    disk.letter = malloc(disk.octets);
    if (disk.letter == NULL)
        return 1;
    memset(disk.letter, 'x', disk.octets);
    double began = now();
    disk.end = began + strtod(words[4], NULL);
    unsigned long done = 0;
    for (unsigned i = 0; i < threads; i++) {
        workers[i].number = i;
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            return 1;
    }
    for (unsigned i = 0; i < threads; i++) {
        pthread_join(workers[i].thread, NULL);
        done += workers[i].done;
        if (workers[i].error != 0) {
            fprintf(stderr, "disk: %s\n", strerror(workers[i].error));
            return 1;
        }
    }
    printf("%lu %.3f\n", done, now() - began);
    free(disk.letter);
    return 0;
}
