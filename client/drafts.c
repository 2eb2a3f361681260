#include "client/drafts.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/letter.h"
#include "core/mem.h"
#include "io/durable.h"
#include "io/i18n.h"

enum { DRAFT_MAX = 16 << 20 };

static char *folder(void)
{
    const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
    if (state != NULL && *state == '/')
        return mem_printf("%s/pli/drafts", state);
    return mem_printf("%s/.local/state/pli/drafts", home != NULL && *home != '\0' ? home : "/tmp");
}

char *drafts_new_path(void)
{
    struct timespec now;
    char *place = folder(), *path = NULL;
    clock_gettime(CLOCK_REALTIME, &now);
    if (durable_make_directory(place) == 0)
        path = mem_printf("%s/%lld-%06ld-%ld.eml", place, (long long)now.tv_sec, now.tv_nsec / 1000, (long)getpid());
    free(place);
    return path;
}

static char *title_of(const char *path)
{
    struct buf draft, title;
    buf_init(&draft, DRAFT_MAX);
    buf_init(&title, 4000);
    if (durable_read(path, &draft) == 0) {
        if (!letter_field(buf_span(&draft), "To", &title))
            buf_add_text(&title, _("(nobody yet)"));
        buf_add_text(&title, "  \u00b7  ");
        letter_field(buf_span(&draft), "Subject", &title);
    }
    char *text = mem_text(buf_text(&title));
    buf_free(&draft);
    buf_free(&title);
    return text;
}

static int newest_first(const void *a, const void *b)
{
    return strcmp(*(char *const *)b, *(char *const *)a);
}

size_t drafts_list(char **paths, char **titles, size_t most)
{
    char *place = folder();
    DIR *directory = opendir(place);
    size_t count = 0;
    for (struct dirent *entry; directory != NULL && count < most && (entry = readdir(directory)) != NULL;) {
        size_t length = strlen(entry->d_name);
        if (length > 4 && strcmp(entry->d_name + length - 4, ".eml") == 0 && entry->d_name[0] != '.')
            paths[count++] = mem_printf("%s/%s", place, entry->d_name);
    }
    if (directory != NULL)
        closedir(directory);
    if (count > 0)
        qsort(paths, count, sizeof *paths, newest_first);
    for (size_t i = 0; i < count; i++)
        titles[i] = title_of(paths[i]);
    free(place);
    return count;
}
