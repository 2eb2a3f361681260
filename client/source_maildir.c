#include "source_maildir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "client/summary.h"
#include "core/imap_name.h"
#include "core/mem.h"
#include "io/i18n.h"

enum { HEADER_MAX = 256 << 10 };

/* A file: its path below the folder, "new/1790000000.M1P7.mx". */
struct entry {
    char *path;
    long long arrived;      /* seconds, from its name */
};

struct maildir {
    char *root;
    char *folder;           /* what select was given */
    char *path;             /* of the folder */
    struct entry *entries;  /* entries[i] belongs to messages[i] */
    size_t count;
    struct timespec changed[2];  /* of new and cur, when they were read */
};

/* The letters of a Maildir's flags, in the order in which they stand in a name. */
static const struct { char letter; unsigned flag; } letters[] = {
    { 'D', MAIL_DRAFT }, { 'F', MAIL_FLAGGED }, { 'R', MAIL_ANSWERED }, { 'S', MAIL_SEEN }, { 'T', MAIL_DELETED },
};

enum { LETTERS = sizeof letters / sizeof letters[0] };

static int fail(struct mail_source *source, const char *path)
{
    const struct maildir *maildir = source->data;
    buf_printf(&source->error, "%s/%s: %s", maildir->path, path, strerror(errno));
    return -1;
}

static char *full_path(const struct maildir *maildir, const char *path)
{
    return mem_printf("%s/%s", maildir->path, path);
}

static bool is_folder(const char *path)
{
    struct stat status;
    char *cur = mem_printf("%s/cur", path);
    bool is = stat(cur, &status) == 0 && S_ISDIR(status.st_mode);
    free(cur);
    return is;
}

static unsigned flags_of(const char *path)
{
    const char *info = strstr(path, ":2,");
    unsigned flags = strncmp(path, "new/", 4) == 0 ? MAIL_RECENT : 0;
    for (size_t i = 0; info != NULL && i < LETTERS; i++)
        if (strchr(info + 3, letters[i].letter) != NULL)
            flags |= letters[i].flag;
    return flags;
}

static void forget(struct mail_source *source)
{
    struct maildir *maildir = source->data;
    for (size_t i = 0; i < maildir->count; i++)
        free(maildir->entries[i].path);
    free(maildir->entries);
    maildir->entries = NULL;
    maildir->count = 0;
    summary_reset(source);
}

static int scan(struct maildir *maildir, const char *name, struct timespec *changed)
{
    char *path = full_path(maildir, name);
    struct stat status;
    const struct dirent *file;
    DIR *directory = opendir(path);
    if (directory != NULL && fstat(dirfd(directory), &status) == 0)
        *changed = status.st_mtim;
    free(path);
    if (directory == NULL)
        return -1;
    while ((file = readdir(directory)) != NULL) {
        if (file->d_name[0] == '.')
            continue;
        if ((maildir->count & (maildir->count + 1)) == 0)
            maildir->entries = mem_grow(maildir->entries, 2 * maildir->count + 1, sizeof *maildir->entries);
        maildir->entries[maildir->count++] = (struct entry){ mem_printf("%s/%s", name, file->d_name),
                                                             atoll(file->d_name) };
    }
    closedir(directory);
    return 0;
}

static int by_arrival(const void *one, const void *two)
{
    const struct entry *a = one, *b = two;
    if (a->arrived != b->arrived)
        return a->arrived < b->arrived ? -1 : 1;
    return strcmp(a->path + 4, b->path + 4); /* the unique names, without new/ or cur/ */
}

/* At most most bytes of a file. 0, or -1. */
static int read_file(const char *path, size_t most, struct buf *out, uint64_t *size)
{
    char piece[16384];
    struct stat status;
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -1;
    if (size != NULL)
        *size = fstat(fileno(file), &status) == 0 ? (uint64_t)status.st_size : 0;
    size_t got, left = most;
    while (left > 0 && (got = fread(piece, 1, left < sizeof piece ? left : sizeof piece, file)) > 0) {
        if (buf_add(out, piece, got) != 0)
            break;
        left -= got;
    }
    int problem = ferror(file) ? errno : 0;
    fclose(file);
    errno = problem;
    return problem == 0 ? 0 : -1;
}

/* The name without its flags tells letters apart (it stays when flags change). */
static char *unique_name(const char *path)
{
    const char *name = path + 4;
    return mem_copy(name, strcspn(name, ":"));
}

static int read_list(struct mail_source *source, size_t header_bytes)
{
    struct maildir *maildir = source->data;
    struct buf header;
    forget(source);
    if (scan(maildir, "new", &maildir->changed[0]) != 0 || scan(maildir, "cur", &maildir->changed[1]) != 0)
        return fail(source, "cur");
    if (maildir->count > 1)
        qsort(maildir->entries, maildir->count, sizeof *maildir->entries, by_arrival);
    buf_init(&header, HEADER_MAX);
    size_t kept = 0;
    for (size_t i = 0; i < maildir->count; i++) {
        char *path = full_path(maildir, maildir->entries[i].path);
        uint64_t size = 0;
        buf_clear(&header);
        int status = read_file(path, header_bytes, &header, &size);
        free(path);
        if (status != 0) { /* gone in the meantime */
            free(maildir->entries[i].path);
            continue;
        }
        maildir->entries[kept++] = maildir->entries[i];
        struct mail_envelope *envelope = summary_add(source);
        free(envelope->uid);
        envelope->uid = unique_name(maildir->entries[kept - 1].path);
        envelope->flags = flags_of(maildir->entries[kept - 1].path);
        envelope->size = size;
        envelope->date = maildir->entries[kept - 1].arrived;
        summary_fill(envelope, buf_span(&header));
    }
    maildir->count = kept;
    buf_free(&header);
    return 0;
}

static int refresh(struct mail_source *source)
{
    return read_list(source, HEADER_MAX);
}

static int survey(struct mail_source *source)
{
    return read_list(source, 0);
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

static int select_folder(struct mail_source *source, const char *folder)
{
    struct maildir *maildir = source->data;
    char *path = folder_path(maildir, folder);
    if (path == NULL || !is_folder(path)) {
        buf_printf(&source->error, _("there is no folder %s in %s"), folder, maildir->root);
        free(path);
        return -1;
    }
    free(maildir->path);
    free(maildir->folder);
    maildir->path = path;
    maildir->folder = mem_text(folder);
    forget(source);
    return 0;
}

static int compare_names(const void *one, const void *two)
{
    return strcmp(*(char *const *)one, *(char *const *)two);
}

static int folders(struct mail_source *source, void (*each)(void *context, const char *name, bool selectable),
                   void *context)
{
    struct maildir *maildir = source->data;
    char **names = NULL;
    size_t count = 0;
    const struct dirent *file;
    DIR *directory = opendir(maildir->root);
    if (directory == NULL)
        return fail(source, ".");
    while ((file = readdir(directory)) != NULL) {
        char *path = mem_printf("%s/%s", maildir->root, file->d_name);
        if (file->d_name[0] == '.' && file->d_name[1] != '\0' && file->d_name[1] != '.' && is_folder(path)) {
            names = mem_grow(names, count + 1, sizeof *names);
            names[count++] = mem_text(file->d_name + 1);
        }
        free(path);
    }
    closedir(directory);
    if (count > 1)
        qsort(names, count, sizeof *names, compare_names);
    each(context, "INBOX", true);
    for (size_t i = 0; i < count; i++) {
        struct buf name;
        buf_init(&name, 2000);
        bool plain = imap_name_to_utf8(span_of(names[i]), &name) != 0;
        each(context, plain ? names[i] : buf_text(&name), true);
        buf_free(&name);
        free(names[i]);
    }
    free(names);
    return 0;
}

static int fetch(struct mail_source *source, unsigned number, struct buf *raw)
{
    struct maildir *maildir = source->data;
    const char *name = maildir->entries[number - 1].path;
    char *path = full_path(maildir, name);
    int status = read_file(path, SIZE_MAX, raw, NULL);
    free(path);
    return status == 0 ? 0 : fail(source, name);
}

/* "cur/UNIQUE:2,FLAGS"; flags that we do not know stay. */
static char *name_with_flags(const char *path, unsigned flags)
{
    char *unique = unique_name(path);
    const char *info = strstr(path, ":2,");
    char all[64] = "";
    size_t used = 0;
    for (char letter = 'A'; letter <= 'z' && used < sizeof all - 1; letter++) {
        bool set = info != NULL && strchr(info + 3, letter) != NULL;
        for (size_t i = 0; i < LETTERS; i++)
            if (letters[i].letter == letter)
                set = (flags & letters[i].flag) != 0;
        if (set)
            all[used++] = letter;
    }
    char *name = mem_printf("cur/%s:2,%s", unique, all);
    free(unique);
    return name;
}

static int flag(struct mail_source *source, unsigned number, unsigned set, unsigned clear)
{
    struct maildir *maildir = source->data;
    struct entry *entry = &maildir->entries[number - 1];
    struct mail_envelope *envelope = &source->messages[number - 1];
    unsigned flags = (envelope->flags | set) & ~(clear | (unsigned)MAIL_RECENT);
    char *name = name_with_flags(entry->path, flags);
    char *from = full_path(maildir, entry->path), *to = full_path(maildir, name);
    int status = strcmp(from, to) == 0 ? 0 : rename(from, to);
    free(from);
    free(to);
    if (status != 0) {
        free(name);
        return fail(source, entry->path);
    }
    free(entry->path);
    entry->path = name;
    envelope->flags = flags;
    return 0;
}

static int expunge(struct mail_source *source)
{
    struct maildir *maildir = source->data;
    int status = 0;
    size_t kept = 0;
    for (size_t i = 0; i < maildir->count; i++) {
        struct entry *entry = &maildir->entries[i];
        char *path = full_path(maildir, entry->path);
        bool gone = (source->messages[i].flags & MAIL_DELETED) != 0 && (unlink(path) == 0 || errno == ENOENT);
        if ((source->messages[i].flags & MAIL_DELETED) != 0 && !gone)
            status = fail(source, entry->path);
        source->messages[i].flags &= gone ? ~0U : ~(unsigned)MAIL_DELETED;
        free(path);
        if (gone)
            free(entry->path);
        else
            maildir->entries[kept++] = *entry;
    }
    maildir->count = kept;
    summary_remove(source, MAIL_DELETED);
    return status;
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

static int append(struct mail_source *source, const char *folder, struct span message, unsigned flags)
{
    struct maildir *maildir = source->data;
    unsigned random = 0;
    char host[65] = "localhost";
    char *path = folder_path(maildir, folder);
    if (path == NULL || !is_folder(path)) {
        buf_printf(&source->error, _("there is no folder %s in %s"), folder, maildir->root);
        free(path);
        return -1;
    }
    gethostname(host, sizeof host - 1);
    for (char *at = host; *at != '\0'; at++)
        if (*at == '/' || *at == ':')
            *at = '_';
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        abort();
    char *unique = mem_printf("tmp/%lld.R%08xP%d.%s", (long long)time(NULL), random, (int)getpid(), host);
    char *name = name_with_flags(unique, flags & ~(unsigned)MAIL_RECENT);
    char *from = mem_printf("%s/%s", path, unique), *to = mem_printf("%s/%s", path, name);
    int status = write_durably(from, to, message);
    if (status != 0)
        buf_printf(&source->error, "%s: %s", from, strerror(errno));
    free(unique);
    free(name);
    free(from);
    free(to);
    free(path);
    return status;
}

static int check(struct mail_source *source, bool *changed)
{
    static const char *const names[] = { "new", "cur" };
    struct maildir *maildir = source->data;
    for (int i = 0; i < 2; i++) {
        struct stat status;
        char *path = full_path(maildir, names[i]);
        int found = stat(path, &status);
        free(path);
        if (found != 0)
            return fail(source, names[i]);
        *changed |= status.st_mtim.tv_sec != maildir->changed[i].tv_sec ||
                    status.st_mtim.tv_nsec != maildir->changed[i].tv_nsec;
    }
    return 0;
}

static void status_of(struct mail_source *source, struct mail_status *status)
{
    const struct maildir *maildir = source->data;
    snprintf(status->protocol, sizeof status->protocol, "maildir");
    snprintf(status->security, sizeof status->security, "%s", _("on this machine"));
    snprintf(status->folder, sizeof status->folder, "%s", maildir->folder);
}

static void close_maildir(struct mail_source *source)
{
    struct maildir *maildir = source->data;
    forget(source);
    free(maildir->root);
    free(maildir->folder);
    free(maildir->path);
    free(maildir);
    source->data = NULL;
}

static const struct mail_source_ops ops = {
    .name = "Maildir", .select = select_folder, .refresh = refresh, .survey = survey, .folders = folders,
    .fetch = fetch, .flag = flag, .expunge = expunge, .append = append, .check = check, .status = status_of,
    .close = close_maildir,
};

int source_maildir_open(struct mail_source *source, const struct account *account)
{
    if (!is_folder(account->folder)) {
        buf_printf(&source->error, _("%s is no Maildir: there is no folder \"cur\" in it (a URL begins with imap://, "
                                     "imaps://, pop3:// or pop3s://)"), account->folder);
        return -1;
    }
    struct maildir *maildir = mem_alloc(sizeof *maildir);
    maildir->root = mem_text(account->folder);
    maildir->path = mem_text(account->folder);
    maildir->folder = mem_text("INBOX");
    source->data = maildir;
    source->abilities = MAIL_CAN_FLAG | MAIL_CAN_FOLDERS | MAIL_CAN_APPEND;
    source->ops = &ops;
    return 0;
}
