#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/durable.h"
#include "io/log.h"
#include "server/auth.h"
#include "server/config.h"
#include "server/folder.h"
#include "server/store_role.h"
#include "server/users.h"

enum { NAME_LENGTH_MAX = 200, SUBSCRIPTIONS_MAX = 1024 * 1024 };

static const char subscription_file[] = "subscriptions";
static const char deleted_prefix[] = "pli-deleted.";

/* ---- names ---- */

/* Printable ASCII without '/', levels that are not empty: so a name is a directory of the Maildir, never another. */
bool store_name_is_good(const char *name)
{
    size_t length = strlen(name);
    if (length == 0 || length > NAME_LENGTH_MAX || name[0] == '.' || name[length - 1] == '.' ||
        strstr(name, "..") != NULL)
        return false;
    for (size_t i = 0; i < length; i++)
        if (name[i] < ' ' || name[i] >= 127 || name[i] == '/')
            return false;
    return true;
}

static bool is_inbox(const char *name)
{
    return strcasecmp(name, "INBOX") == 0;
}

char *store_canonical(const char *name)
{
    return mem_text(is_inbox(name) ? "INBOX" : name);
}

char *store_path(const struct store *store, const char *name)
{
    if (!store_name_is_good(name))
        return NULL;
    return is_inbox(name) ? mem_text(store->path) : mem_printf("%s/.%s", store->path, name);
}

static bool is_folder(const char *path)
{
    struct stat status;
    char *cur = mem_printf("%s/cur", path);
    bool yes = stat(cur, &status) == 0 && S_ISDIR(status.st_mode);
    free(cur);
    return yes;
}

/* ---- the store ---- */

static int make_folder(const char *path)
{
    char *mark = mem_printf("%s/maildirfolder", path);
    int status = maildir_make(path);
    if (status == 0) {
        int fd = open(mark, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600); /* Maildir++: a folder, not a Maildir */
        if (fd >= 0)
            close(fd);
    }
    free(mark);
    return status;
}

/* Folders with a role, which mail programs look for, and a subscription to each. */
static int make_store(struct store *store)
{
    if (maildir_make(store->path) != 0)
        return -1;
    struct buf subscriptions;
    buf_init(&subscriptions, SUBSCRIPTIONS_MAX);
    const char *name;
    for (size_t i = 0; (name = store_role_folder(i)) != NULL; i++) {
        char *path = mem_printf("%s/.%s", store->path, name);
        make_folder(path);
        free(path);
        buf_printf(&subscriptions, "%s\n", name);
    }
    char *file = mem_printf("%s/%s", store->path, subscription_file);
    int status = access(file, F_OK) == 0 ? 0 : durable_replace(file, subscriptions.data, subscriptions.len, 0600);
    free(file);
    buf_free(&subscriptions);
    return status;
}

struct store *store_open_path(const char *maildir)
{
    struct store *store = mem_alloc(sizeof *store);
    store->path = mem_text(maildir);
    if (is_folder(maildir) || make_store(store) == 0)
        return store;
    int error = errno;
    store_close(store);
    errno = error;
    return NULL;
}

struct store *store_open(const struct session *session, const char *user)
{
    char name[USERS_NAME_MAX + 1];
    if (auth_user(session, user, name) != 0)
        return NULL;
    char *maildir = config_maildir(session->config, span_of(name));
    struct store *store = store_open_path(maildir);
    if (store == NULL)
        log_line(session->server->log, session->id, "the mailbox %s cannot be opened: %s", maildir, strerror(errno));
    free(maildir);
    return store;
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    free(store->path);
    free(store);
}

/* ---- subscriptions: one name a line; Dovecot's newer form has a line "V\t2" first and tabs between levels ---- */

static void read_subscriptions(const struct store *store, struct buf *text)
{
    char *file = mem_printf("%s/%s", store->path, subscription_file);
    buf_init(text, SUBSCRIPTIONS_MAX);
    durable_read(file, text);
    if (text->len >= 4 && memcmp(text->data, "V\t2\n", 4) == 0)
        buf_drop(text, 4);
    for (size_t i = 0; i < text->len; i++)
        if (text->data[i] == '\t')
            text->data[i] = '.';
    free(file);
}

enum store_result store_subscribe(struct store *store, const char *name, bool yes)
{
    if (!store_name_is_good(name))
        return STORE_BAD_NAME;
    char *canonical = store_canonical(name), *file = mem_printf("%s/%s", store->path, subscription_file), *rest;
    struct buf old, text;
    int directory = open(store->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory >= 0)
        flock(directory, LOCK_EX);
    read_subscriptions(store, &old);
    buf_init(&text, SUBSCRIPTIONS_MAX);
    char *line = old.len > 0 ? strtok_r((char *)buf_text(&old), "\n", &rest) : NULL;
    int status = 0;
    for (; line != NULL; line = strtok_r(NULL, "\n", &rest))
        if (strcmp(line, canonical) != 0)
            status |= buf_printf(&text, "%s\n", line);
    if (yes)
        status |= buf_printf(&text, "%s\n", canonical);
    enum store_result result = STORE_OK;
    if (status != 0)
        result = STORE_LIMIT;
    else if (durable_replace(file, text.data, text.len, 0600) != 0)
        result = maildir_result(errno);
    if (directory >= 0)
        close(directory);
    buf_free(&old);
    buf_free(&text);
    free(canonical);
    free(file);
    return result;
}

/* ---- listing ---- */

struct listing {
    struct store_folder *folders;
    size_t count;
};

static void add_folder(struct listing *listing, const char *name, bool exists, bool subscribed)
{
    if ((listing->count & (listing->count + 1)) == 0)
        listing->folders = mem_grow(listing->folders, listing->count * 2 + 2, sizeof *listing->folders);
    listing->folders[listing->count++] = (struct store_folder){ mem_text(name), exists, subscribed, false, NULL };
}

/* INBOX first; a level before what is in it: '.' sorts before every other sign. */
static int by_name(const void *a, const void *b)
{
    const struct store_folder *one = a, *other = b;
    bool x = strcmp(one->name, "INBOX") == 0, y = strcmp(other->name, "INBOX") == 0;
    if (x || y)
        return (int)y - (int)x;
    for (size_t i = 0;; i++) {
        int p = one->name[i] == '.' ? 1 : (unsigned char)one->name[i];
        int q = other->name[i] == '.' ? 1 : (unsigned char)other->name[i];
        if (p != q || p == 0)
            return p - q;
    }
}

static void sort(struct listing *listing)
{
    qsort(listing->folders, listing->count, sizeof *listing->folders, by_name);
}

/* The same name from the directory and from the subscriptions becomes one. Sorted before and after. */
static void merge_same(struct listing *listing)
{
    size_t kept = 0;
    for (size_t i = 0; i < listing->count; i++) {
        struct store_folder *folder = &listing->folders[i];
        if (kept > 0 && strcmp(listing->folders[kept - 1].name, folder->name) == 0) {
            listing->folders[kept - 1].exists |= folder->exists;
            listing->folders[kept - 1].subscribed |= folder->subscribed;
            if (folder->role != NULL)
                listing->folders[kept - 1].role = folder->role;
            free(folder->name);
        } else {
            listing->folders[kept++] = *folder;
        }
    }
    listing->count = kept;
}

/* "A" for "A.B": a level that does not exist by itself. */
static void add_levels(struct listing *listing)
{
    size_t count = listing->count;
    for (size_t i = 0; i < count; i++) {
        char *name = mem_text(listing->folders[i].name);
        for (char *dot = strrchr(name, '.'); dot != NULL; dot = strrchr(name, '.')) {
            *dot = '\0';
            add_folder(listing, is_inbox(name) ? "INBOX" : name, false, false);
        }
        free(name);
    }
}

static void note_children(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++) {
        const char *name = listing->folders[i].name, *dot = strrchr(name, '.');
        for (size_t j = i; dot != NULL && j-- > 0;) {
            const char *above = listing->folders[j].name;
            if (strlen(above) != (size_t)(dot - name) || strncasecmp(above, name, (size_t)(dot - name)) != 0)
                continue;
            listing->folders[j].has_children = true;
            break;
        }
    }
}

static int read_folders(const struct store *store, struct listing *listing)
{
    DIR *directory = opendir(store->path);
    if (directory == NULL)
        return -1;
    struct dirent *item;
    while ((item = readdir(directory)) != NULL) {
        const char *name = item->d_name + 1;
        if (item->d_name[0] != '.' || !store_name_is_good(name) || is_inbox(name))
            continue;
        char *path = mem_printf("%s/%s", store->path, item->d_name);
        if (is_folder(path)) {
            add_folder(listing, name, true, false);
            listing->folders[listing->count - 1].role = store_role(path, name);
        }
        free(path);
    }
    closedir(directory);
    return 0;
}

enum store_result store_list(struct store *store, struct store_folder **folders, size_t *count)
{
    struct listing listing = { NULL, 0 };
    add_folder(&listing, "INBOX", true, false);
    if (read_folders(store, &listing) != 0) {
        store_list_free(listing.folders, listing.count);
        return maildir_result(errno);
    }
    struct buf text;
    read_subscriptions(store, &text);
    char *rest, *line = text.len > 0 ? strtok_r((char *)buf_text(&text), "\n", &rest) : NULL;
    for (; line != NULL; line = strtok_r(NULL, "\n", &rest))
        if (store_name_is_good(line))
            add_folder(&listing, is_inbox(line) ? "INBOX" : line, false, true);
    buf_free(&text);
    add_levels(&listing);
    sort(&listing);
    merge_same(&listing);
    note_children(&listing);
    *folders = listing.folders;
    *count = listing.count;
    return STORE_OK;
}

void store_list_free(struct store_folder *folders, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(folders[i].name);
    free(folders);
}

/* ---- creating, deleting, renaming ---- */

enum store_result store_create_for(struct store *store, const char *name, const char *role)
{
    char *path = store_path(store, name);
    enum store_result result = STORE_OK;
    if (path == NULL)
        return STORE_BAD_NAME;
    if (is_folder(path))
        result = STORE_EXISTS;
    else if (make_folder(path) != 0 || (role != NULL && store_role_set(path, role) != 0) ||
             durable_directory(store->path) != 0)
        result = maildir_result(errno);
    free(path);
    return result;
}

enum store_result store_create(struct store *store, const char *name)
{
    return store_create_for(store, name, NULL);
}

/* Removes a directory with what a folder holds: files, and directories of files. */
static void remove_tree(const char *path, int depth)
{
    DIR *directory = opendir(path);
    struct dirent *item;
    while (directory != NULL && (item = readdir(directory)) != NULL) {
        if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0)
            continue;
        char *inside = mem_printf("%s/%s", path, item->d_name);
        if (unlink(inside) != 0 && depth > 0)
            remove_tree(inside, depth - 1);
        free(inside);
    }
    if (directory != NULL)
        closedir(directory);
    rmdir(path);
}

/* The directory first gets a name that is no folder's, so that the folder is gone at once and as a whole. */
enum store_result store_delete(struct store *store, const char *name)
{
    if (is_inbox(name))
        return STORE_BAD_NAME;
    char *path = store_path(store, name);
    if (path == NULL)
        return STORE_BAD_NAME;
    char *unique = maildir_unique();
    char *away = mem_printf("%s/%s%s", store->path, deleted_prefix, unique);
    enum store_result result = is_folder(path) ? STORE_OK : STORE_NOT_FOUND;
    if (result == STORE_OK && rename(path, away) != 0)
        result = maildir_result(errno);
    if (result == STORE_OK) {
        folder_kill(path);
        durable_directory(store->path);
        remove_tree(away, 1);
    }
    free(path);
    free(unique);
    free(away);
    return result;
}

static enum store_result rename_one(struct store *store, const char *from, const char *to)
{
    char *old = store_path(store, from), *new = store_path(store, to);
    enum store_result result = old == NULL || new == NULL ? STORE_BAD_NAME : STORE_OK;
    if (result == STORE_OK && is_folder(new))
        result = STORE_EXISTS;
    if (result == STORE_OK && rename(old, new) != 0)
        result = maildir_result(errno);
    if (result == STORE_OK) {
        folder_kill(old);
        folder_kill(new);
    }
    free(old);
    free(new);
    return result;
}

/* RFC 9051 §6.3.6: INBOX stays, its letters move; folders below it do not. */
static enum store_result rename_inbox(struct store *store, const char *to)
{
    struct mailbox *inbox = NULL;
    enum store_result result = store_create(store, to);
    if (result == STORE_OK)
        result = mailbox_open(store, "INBOX", 0, &inbox);
    if (result != STORE_OK)
        return result;
    size_t count = mailbox_count(inbox);
    size_t *all = mem_grow(NULL, count + 1, sizeof *all);
    uint32_t *uids = mem_grow(NULL, count + 1, sizeof *uids), validity;
    for (size_t i = 0; i < count; i++)
        all[i] = i;
    if (count > 0)
        result = mailbox_move(inbox, all, count, to, &validity, uids);
    free(all);
    free(uids);
    mailbox_close(inbox);
    return result;
}

static bool is_below(const char *name, const char *level)
{
    size_t length = strlen(level);
    return strncmp(name, level, length) == 0 && name[length] == '.';
}

/* Every folder of the list that is `from` or below it; check_only: whether the new names are good and free. */
static enum store_result rename_all(struct store *store, const struct store_folder *folders, size_t count,
                                    const char *from, const char *to, bool check_only, size_t *found)
{
    enum store_result result = STORE_OK;
    *found = 0;
    for (size_t i = 0; i < count && result == STORE_OK; i++) {
        if (!folders[i].exists || !(strcmp(folders[i].name, from) == 0 || is_below(folders[i].name, from)))
            continue;
        char *name = mem_printf("%s%s", to, folders[i].name + strlen(from));
        char *path = store_path(store, name);
        ++*found;
        if (path == NULL)
            result = STORE_BAD_NAME;
        else if (check_only)
            result = is_folder(path) ? STORE_EXISTS : STORE_OK;
        else
            result = rename_one(store, folders[i].name, name);
        free(name);
        free(path);
    }
    return result;
}

enum store_result store_rename(struct store *store, const char *from, const char *to)
{
    struct store_folder *folders;
    size_t count, found = 0;
    if (!store_name_is_good(from) || !store_name_is_good(to) || is_below(to, from))
        return STORE_BAD_NAME;
    if (is_inbox(to) || strcmp(from, to) == 0)
        return STORE_EXISTS;
    if (is_inbox(from))
        return rename_inbox(store, to);
    enum store_result result = store_list(store, &folders, &count);
    if (result != STORE_OK)
        return result;
    result = rename_all(store, folders, count, from, to, true, &found);
    if (result == STORE_OK && found == 0)
        result = STORE_NOT_FOUND;
    if (result == STORE_OK)
        result = rename_all(store, folders, count, from, to, false, &found);
    if (result == STORE_OK)
        durable_directory(store->path);
    store_list_free(folders, count);
    return result;
}
