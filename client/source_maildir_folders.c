/*
 * The folders of a Maildir (Maildir++: ".Sent" beside cur/), and how letters
 * come into them.
 */
#include "source_maildir_parts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/source_maildir.h"
#include "client/summary.h"
#include "core/imap_name.h"
#include "core/mem.h"
#include "io/durable.h"
#include "io/i18n.h"

/* The letters of a Maildir's flags, in the order in which they stand in a name. */
static const struct { char letter; unsigned flag; } letters[] = {
    { 'D', MAIL_DRAFT }, { 'F', MAIL_FLAGGED }, { 'R', MAIL_ANSWERED }, { 'S', MAIL_SEEN }, { 'T', MAIL_DELETED },
};

enum { LETTERS = sizeof letters / sizeof letters[0] };

int maildir_fail(struct mail_source *source, const char *path)
{
    buf_printf(&source->error, "%s: %s", path, strerror(errno));
    return -1;
}

const char *maildir_info(const struct mail_envelope *letter)
{
    return letter->uid + strlen(letter->uid) + 1;
}

char *maildir_path(const struct maildir *maildir, const struct mail_envelope *letter)
{
    return mem_printf("%s/%s/%s%s", maildir->path, (letter->flags & MAIL_RECENT) != 0 ? "new" : "cur", letter->uid,
                      maildir_info(letter));
}

bool maildir_is(const char *path)
{
    struct stat status;
    char *cur = mem_printf("%s/cur", path);
    bool is = stat(cur, &status) == 0 && S_ISDIR(status.st_mode);
    free(cur);
    return is;
}

unsigned maildir_read_flags(const char *info)
{
    unsigned flags = 0;
    for (size_t i = 0; strncmp(info, ":2,", 3) == 0 && i < LETTERS; i++)
        if (strchr(info + 3, letters[i].letter) != NULL)
            flags |= letters[i].flag;
    return flags;
}

/* ":2,FLAGS"; flags that we do not know stay. */
void maildir_write_flags(const char *info, unsigned flags, char *out, size_t size)
{
    size_t used = (size_t)snprintf(out, size, ":2,");
    for (char letter = 'A'; letter <= 'z' && used < size - 1; letter++) {
        bool set = strncmp(info, ":2,", 3) == 0 && strchr(info + 3, letter) != NULL;
        for (size_t i = 0; i < LETTERS; i++)
            if (letters[i].letter == letter)
                set = (flags & letters[i].flag) != 0;
        if (set)
            out[used++] = letter;
    }
    out[used] = '\0';
}

/* Folder names are modified UTF-7 on the disk, with dots between the levels. NULL: no such name can be. */
static char *folder_path(const struct maildir *maildir, const char *folder)
{
    struct buf name;
    if (strcasecmp(folder, "INBOX") == 0)
        return mem_text(maildir->root);
    buf_init(&name, 500);
    int status = imap_name_from_utf8(span_of(folder), &name);
    const char *text = buf_text(&name);
    bool odd = status != 0 || name.len == 0 || strchr(text, '/') != NULL || strstr(text, "..") != NULL || *text == '.';
    char *path = odd ? NULL : mem_printf("%s/.%s", maildir->root, text);
    buf_free(&name);
    return path;
}

/* The path of a folder that is there; NULL with a sentence. */
char *maildir_folder(struct mail_source *source, const char *folder)
{
    const struct maildir *maildir = source->data;
    char *path = folder_path(maildir, folder);
    if (path != NULL && maildir_is(path))
        return path;
    buf_printf(&source->error, _("there is no folder %s in %s"), folder, maildir->root);
    free(path);
    return NULL;
}

static int compare_names(const void *one, const void *two)
{
    return strcmp(*(char *const *)one, *(char *const *)two);
}

/* A folder's name as people write it: the levels with dots between, as in Maildir++. */
static void tell_folder(void (*each)(void *context, const struct mail_folder *folder), void *context, const char *file)
{
    struct buf name;
    buf_init(&name, 2000);
    bool plain = imap_name_to_utf8(span_of(file), &name) != 0;
    struct mail_folder folder = { .name = plain ? file : buf_text(&name), .separator = '.', .selectable = true,
                                  .subscribed = true };
    each(context, &folder);
    buf_free(&name);
}

int maildir_folders(struct mail_source *source, void (*each)(void *context, const struct mail_folder *folder),
                   void *context)
{
    struct maildir *maildir = source->data;
    struct mail_folder inbox = { .name = "INBOX", .separator = '.', .selectable = true, .subscribed = true,
                                 .use = MAIL_USE_INBOX };
    char **names = NULL;
    size_t count = 0;
    const struct dirent *file;
    DIR *directory = opendir(maildir->root);
    if (directory == NULL)
        return maildir_fail(source, maildir->root);
    while ((file = readdir(directory)) != NULL) {
        char *path = mem_printf("%s/%s", maildir->root, file->d_name);
        if (file->d_name[0] == '.' && file->d_name[1] != '\0' && file->d_name[1] != '.' && maildir_is(path)) {
            names = mem_grow(names, count + 1, sizeof *names);
            names[count++] = mem_text(file->d_name + 1);
        }
        free(path);
    }
    closedir(directory);
    if (count > 1)
        qsort(names, count, sizeof *names, compare_names);
    each(context, &inbox);
    for (size_t i = 0; i < count; i++) {
        tell_folder(each, context, names[i]);
        free(names[i]);
    }
    free(names);
    return 0;
}

static const char *const parts[] = { "tmp", "new", "cur" };

int source_maildir_make(const char *path, struct buf *error)
{
    int status = 0;
    for (int i = 0; i < 3 && status == 0; i++) {
        char *part = mem_printf("%s/%s", path, parts[i]);
        status = durable_make_directory(part);
        if (status != 0)
            buf_printf(error, "%s: %s", part, strerror(errno));
        free(part);
    }
    return status;
}

static int create_folder(struct mail_source *source, const char *path)
{
    if (mkdir(path, 0700) != 0)
        return maildir_fail(source, path);
    char *mark = mem_printf("%s/maildirfolder", path); /* what makes it a folder of Maildir++ */
    int fd = open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    free(mark);
    if (fd >= 0)
        close(fd);
    for (int i = 0; i < 3; i++) {
        char *part = mem_printf("%s/%s", path, parts[i]);
        int status = mkdir(part, 0700);
        free(part);
        if (status != 0)
            return maildir_fail(source, path);
    }
    return 0;
}

/* Everything in a directory that is a file; the directory too. */
static void remove_directory(const char *path)
{
    const struct dirent *file;
    DIR *directory = opendir(path);
    while (directory != NULL && (file = readdir(directory)) != NULL)
        unlinkat(dirfd(directory), file->d_name, 0);
    if (directory != NULL)
        closedir(directory);
    rmdir(path);
}

static int delete_folder(struct mail_source *source, const char *path)
{
    for (int i = 0; i < 3; i++) {
        char *part = mem_printf("%s/%s", path, parts[i]);
        remove_directory(part);
        free(part);
    }
    remove_directory(path);
    return maildir_is(path) ? maildir_fail(source, path) : 0;
}

int maildir_folder_action(struct mail_source *source, enum mail_folder_action action, const char *name, const char *to)
{
    const struct maildir *maildir = source->data;
    if (action == MAIL_FOLDER_SUBSCRIBE || action == MAIL_FOLDER_UNSUBSCRIBE)
        return 0; /* all that is there is shown */
    char *path = action == MAIL_FOLDER_CREATE ? folder_path(maildir, name) : maildir_folder(source, name);
    char *other = action == MAIL_FOLDER_RENAME ? folder_path(maildir, to) : NULL;
    int status = -1;
    bool inbox = path != NULL && strcmp(path, maildir->root) == 0;
    if ((path == NULL && source->error.len == 0) || inbox || (action == MAIL_FOLDER_RENAME && other == NULL))
        buf_printf(&source->error, _("no folder can have that name: %s"), inbox || to == NULL ? name : to);
    else if (path != NULL && action == MAIL_FOLDER_CREATE)
        status = create_folder(source, path);
    else if (path != NULL && action == MAIL_FOLDER_DELETE)
        status = delete_folder(source, path);
    else if (path != NULL)
        status = maildir_is(other) ? (errno = EEXIST, maildir_fail(source, other))
                                  : rename(path, other) == 0 ? 0 : maildir_fail(source, path);
    free(path);
    free(other);
    return status;
}

int maildir_counts(struct mail_source *source, const char *folder, struct mail_counts *out)
{
    char *path = maildir_folder(source, folder);
    *out = (struct mail_counts){ .total = 0 };
    for (int i = 1; i < 3 && path != NULL; i++) {
        char *part = mem_printf("%s/%s", path, parts[i]);
        const struct dirent *file;
        DIR *directory = opendir(part);
        while (directory != NULL && (file = readdir(directory)) != NULL) {
            if (file->d_name[0] == '.')
                continue;
            out->total++;
            out->unseen += (maildir_read_flags(file->d_name + strcspn(file->d_name, ":")) & MAIL_SEEN) == 0;
        }
        if (directory != NULL)
            closedir(directory);
        free(part);
    }
    free(path);
    return path != NULL ? 0 : -1;
}

/* The Maildir way: written in tmp/, on the disk before it has its name. */
static int write_durably(const char *from, const char *to, struct span message)
{
    int fd = open(from, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    while (message.len > 0) {
        ssize_t written = write(fd, message.at, message.len);
        if (written < 0 && errno != EINTR)
            break;
        if (written > 0)
            message = (struct span){ message.at + written, message.len - (size_t)written };
    }
    int status = message.len == 0 && fsync(fd) == 0 ? 0 : -1;
    status |= close(fd);
    if (status == 0)
        status = rename(from, to);
    if (status != 0)
        unlink(from);
    return status;
}

/* A name that nobody else has: by the clock, by chance, by process and host. free() it. */
static char *new_name(void)
{
    unsigned random = 0;
    char host[65] = "localhost";
    gethostname(host, sizeof host - 1);
    for (char *at = host; *at != '\0'; at++)
        if (*at == '/' || *at == ':')
            *at = '_';
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        abort();
    return mem_printf("%lld.R%08xP%d.%s", (long long)time(NULL), random, (int)getpid(), host);
}

int maildir_append(struct mail_source *source, const char *folder, struct span message, unsigned flags)
{
    char info[64];
    char *path = maildir_folder(source, folder);
    if (path == NULL)
        return -1;
    maildir_write_flags("", flags & MAIL_KEPT, info, sizeof info);
    char *unique = new_name();
    char *from = mem_printf("%s/tmp/%s", path, unique), *to = mem_printf("%s/cur/%s%s", path, unique, info);
    int status = write_durably(from, to, message) == 0 ? 0 : maildir_fail(source, from);
    free(unique);
    free(from);
    free(to);
    free(path);
    return status;
}

/* Moving is a rename; a copy is a second name for the same bytes, or written anew where there cannot be one. */
static int copy_one(struct mail_source *source, struct mail_envelope *letter, const char *folder, const char *path,
                    bool move)
{
    char *unique = new_name(), *from = maildir_path(source->data, letter);
    char *to = mem_printf("%s/%s/%s%s", path, (letter->flags & MAIL_RECENT) != 0 ? "new" : "cur", unique,
                          maildir_info(letter));
    int status = move ? rename(from, to) : link(from, to);
    if (status != 0 && !move) {
        struct buf raw;
        buf_init(&raw, SIZE_MAX / 2);
        status = durable_read(from, &raw) == 0 ? maildir_append(source, folder, buf_span(&raw), letter->flags) : -1;
        buf_free(&raw);
    }
    if (status != 0 && source->error.len == 0)
        maildir_fail(source, from);
    free(unique);
    free(from);
    free(to);
    return status;
}

int maildir_copy(struct mail_source *source, const unsigned *numbers, size_t count, const char *folder, bool move)
{
    const unsigned gone = 1U << 31;
    char *path = maildir_folder(source, folder);
    int status = path != NULL ? 0 : -1;
    for (size_t i = 0; i < count && status == 0; i++) {
        struct mail_envelope *letter = &source->messages[numbers[i] - 1];
        status = copy_one(source, letter, folder, path, move);
        letter->flags |= status == 0 && move ? gone : 0;
    }
    free(path);
    summary_remove(source, gone);
    return status;
}

