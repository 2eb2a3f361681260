/*
 * mailbox.c - one session's view of a folder (mailbox.h): what it was told,
 * compared with what is.
 *
 * The view is an array of struct message, ascending by UID, like the entries
 * of the folder; bringing it up to date is one walk over both.
 */
#include "server/mailbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include <uthash.h>

#include "core/mem.h"
#include "server/folder.h"
#include "server/folder_scan.h"
#include "server/mailbox_view.h"
#include "server/store.h"

/* ---- opening ---- */

/* POP3's lock between programs: on a file of its own, and within this server by the same means. */
static enum store_result lock_exclusively(struct mailbox *mailbox)
{
    char *file = mem_printf("%s/pli-pop3.lock", mailbox->folder->path);
    mailbox->lock_fd = open(file, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
    free(file);
    if (mailbox->lock_fd < 0)
        return maildir_result(errno);
    if (flock(mailbox->lock_fd, LOCK_EX | LOCK_NB) == 0)
        return STORE_OK;
    return errno == EWOULDBLOCK ? STORE_IN_USE : STORE_FAILED;
}

enum store_result mailbox_open(struct store *store, const char *name, unsigned mode, struct mailbox **result)
{
    enum store_result status = STORE_OK;
    char *path = store_path(store, name);
    struct folder *folder = path != NULL ? folder_open(path) : NULL;
    if (path == NULL)
        status = STORE_BAD_NAME;
    else if (folder == NULL)
        status = maildir_result(errno == ENOTDIR ? ENOENT : errno);
    free(path);
    if (status != STORE_OK)
        return status;
    struct mailbox *mailbox = mem_alloc(sizeof *mailbox);
    mailbox->folder = folder;
    mailbox->store = store;
    mailbox->name = store_canonical(name);
    mailbox->mode = mode;
    mailbox->lock_fd = -1;
    if (mode & MAILBOX_EXCLUSIVE)
        status = lock_exclusively(mailbox);
    struct mailbox_changes changes;
    if (status == STORE_OK)
        status = mailbox_sync(mailbox, true, &changes);
    if (status != STORE_OK) {
        mailbox_close(mailbox);
        return status;
    }
    *result = mailbox;
    return STORE_OK;
}

void mailbox_close(struct mailbox *mailbox)
{
    if (mailbox == NULL)
        return;
    mailbox_rest(mailbox);
    if (mailbox->lock_fd >= 0)
        close(mailbox->lock_fd);
    folder_lock(mailbox->folder);
    if (mailbox->view == NULL)
        free(mailbox->messages);
    mailbox_leave(mailbox);
    folder_unlock(mailbox->folder);
    folder_close(mailbox->folder);
    for (int i = 0; i < MAILDIR_KEYWORDS; i++)
        free(mailbox->keywords[i]);
    free(mailbox->gone);
    free(mailbox->changed);
    free(mailbox->vanished);
    free(mailbox->name);
    free(mailbox);
}

/* ---- looking ---- */

size_t mailbox_count(const struct mailbox *mailbox)
{
    return mailbox->count;
}

const struct message *mailbox_message(const struct mailbox *mailbox, size_t i)
{
    return &mailbox->messages[i];
}

size_t mailbox_find_uid(const struct mailbox *mailbox, uint32_t uid)
{
    size_t low = 0, high = mailbox->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (mailbox->messages[middle].uid < uid)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t mailbox_uidvalidity(const struct mailbox *mailbox)
{
    return mailbox->uidvalidity;
}

uint32_t mailbox_uidnext(const struct mailbox *mailbox)
{
    return mailbox->uidnext;
}

uint64_t mailbox_modseq(const struct mailbox *mailbox)
{
    return mailbox->modseq;
}

bool mailbox_is_read_only(const struct mailbox *mailbox)
{
    return mailbox->mode & MAILBOX_READ_ONLY;
}

const char *mailbox_name(const struct mailbox *mailbox)
{
    return mailbox->name;
}

const char *mailbox_path(const struct mailbox *mailbox)
{
    return mailbox->folder->path;
}

bool mailbox_is_alive(const struct mailbox *mailbox)
{
    folder_lock(mailbox->folder);
    bool alive = !mailbox->dead && !mailbox->folder->dead;
    folder_unlock(mailbox->folder);
    return alive;
}

const char *mailbox_keyword(const struct mailbox *mailbox, unsigned n)
{
    return n < MAILDIR_KEYWORDS ? mailbox->keywords[n] : NULL;
}

/* ---- keeping up ---- */

static void take_keywords(struct mailbox *mailbox)
{
    const struct folder *folder = mailbox->folder;
    for (int i = 0; i < MAILDIR_KEYWORDS; i++) {
        if (folder->keywords[i] == NULL || (mailbox->keywords[i] != NULL &&
                                            strcmp(mailbox->keywords[i], folder->keywords[i]) == 0))
            continue;
        free(mailbox->keywords[i]);
        mailbox->keywords[i] = mem_text(folder->keywords[i]);
    }
    mailbox->keywords_version = folder->keywords_version;
}

int mailbox_keyword_number(struct mailbox *mailbox, struct span name, bool make)
{
    struct folder *folder = mailbox->folder;
    for (int i = 0; i < MAILDIR_KEYWORDS; i++)
        if (mailbox->keywords[i] != NULL && span_is_nocase(name, mailbox->keywords[i]))
            return i;
    if (!make || mailbox_is_read_only(mailbox))
        return -1;
    folder_lock(folder);
    int number = -1;
    if (folder_begin(folder) == STORE_OK) {
        number = folder_keyword(folder, name, true);
        folder_end(folder);
    }
    if (number >= 0) {
        free(mailbox->keywords[number]);
        mailbox->keywords[number] = mem_text(folder->keywords[number]);
    }
    folder_unlock(folder);
    return number;
}

static void add_message(struct mailbox *mailbox, const struct entry *entry, bool recent)
{
    if (mailbox->count == mailbox->room) {
        mailbox->room = mailbox->room < 16 ? 16 : mailbox->room + mailbox->room / 2;
        mailbox->messages = mem_grow(mailbox->messages, mailbox->room, sizeof *mailbox->messages);
    }
    mailbox->messages[mailbox->count++] = (struct message){
        .uid = entry->uid,
        .flags = entry->flags | (recent ? MAIL_RECENT : 0u),
        .keywords = entry->keywords,
        .modseq = entry->modseq,
        .size = entry->wire >= 0 ? (uint64_t)entry->wire : MESSAGE_SIZE_UNKNOWN,
        .date = entry->date,
    };
}

static void note_gone(struct mailbox *mailbox, size_t i)
{
    mailbox->gone = mem_grow(mailbox->gone, mailbox->gone_count + 1, sizeof *mailbox->gone);
    mailbox->gone[mailbox->gone_count++] = (struct mailbox_gone){ (uint32_t)i + 1, mailbox->messages[i].uid };
}

static void note_changed(struct mailbox *mailbox, size_t place)
{
    mailbox->changed = mem_grow(mailbox->changed, mailbox->changed_count + 1, sizeof *mailbox->changed);
    mailbox->changed[mailbox->changed_count++] = (uint32_t)place;
}

/* A message whose letter is still there: take over what changed. place: where it will be. */
static void compare(struct mailbox *mailbox, struct message *message, const struct entry *entry, size_t place)
{
    unsigned recent = message->flags & MAIL_RECENT;
    if (message->modseq == entry->modseq)
        return;
    if (message->flags != (entry->flags | recent) || message->keywords != entry->keywords)
        note_changed(mailbox, place);
    message->flags = entry->flags | recent;
    message->keywords = entry->keywords;
    message->modseq = entry->modseq;
}

/* One walk over the view and the folder. Messages whose letters are gone leave the view if they may. */
static void walk(struct mailbox *mailbox, bool may_expunge)
{
    const struct folder *folder = mailbox->folder;
    size_t kept = 0, place = 0;
    mailbox->kept_gone = false;
    for (size_t i = 0; i < mailbox->count; i++) {
        struct message *message = &mailbox->messages[i];
        while (place < folder->count && folder->entries[place]->uid < message->uid)
            place++;
        bool there = place < folder->count && folder->entries[place]->uid == message->uid;
        if (!there && may_expunge) {
            note_gone(mailbox, i);
            continue;
        }
        message->gone = !there;
        mailbox->kept_gone = mailbox->kept_gone || !there;
        if (there)
            compare(mailbox, message, folder->entries[place], kept);
        mailbox->messages[kept++] = *message;
    }
    mailbox->count = kept;
    /* Told from the highest down, so that each sequence number is right when it is told. */
    for (size_t i = 0; i < mailbox->gone_count / 2; i++) {
        struct mailbox_gone one = mailbox->gone[i];
        mailbox->gone[i] = mailbox->gone[mailbox->gone_count - 1 - i];
        mailbox->gone[mailbox->gone_count - 1 - i] = one;
    }
}

/*
 * Letters behind the view's last. Those in new/ are new to somebody: a session that may change things moves them to
 * cur/ and is that somebody. Moving may find other changes and read the directories, so everything goes by UID.
 */
static void add_new_messages(struct mailbox *mailbox)
{
    struct folder *folder = mailbox->folder;
    bool claims = !(mailbox->mode & (MAILBOX_READ_ONLY | MAILBOX_KEEP_NEW)), began = false;
    size_t place;
    while ((place = folder_place(folder, mailbox->last_uid + 1)) < folder->count) {
        struct entry *entry = folder->entries[place];
        bool recent = entry->in_new;
        mailbox->last_uid = entry->uid;
        if (claims && recent) {
            if (!began && folder_begin(folder) != STORE_OK)
                break;
            began = true;
            entry = folder_find(folder, mailbox->last_uid);
            recent = entry != NULL && folder_set_flags(folder, entry, entry->flags, entry->keywords) == STORE_OK;
            entry = folder_find(folder, mailbox->last_uid);
        }
        if (entry != NULL)
            add_message(mailbox, entry, recent);
    }
    if (began)
        folder_end(folder);
}

static size_t count_recent(const struct mailbox *mailbox)
{
    size_t recent = 0;
    for (size_t i = 0; i < mailbox->count; i++)
        recent += (mailbox->messages[i].flags & MAIL_RECENT) != 0;
    return recent;
}

/* With the folder's lock held. */
static void bring_up_to_date(struct mailbox *mailbox, bool may_expunge, struct mailbox_changes *changes)
{
    struct folder *folder = mailbox->folder;
    if (mailbox->uidvalidity == 0)
        mailbox->uidvalidity = folder->uidvalidity;
    if (mailbox->uidvalidity != folder->uidvalidity)
        mailbox->dead = true; /* the index was made anew: no UID means what it meant */
    if (mailbox->dead)
        return;
    changes->keywords_changed = mailbox->keywords_version != folder->keywords_version;
    if (changes->keywords_changed)
        take_keywords(mailbox);
    if (!mailbox_take_shared(mailbox)) {
        mailbox_own(mailbox);
        walk(mailbox, may_expunge);
        changes->count_before = mailbox->count;
        add_new_messages(mailbox);
    }
    mailbox->uidnext = folder->uidnext;
    mailbox->modseq = folder->modseq;
    mailbox->recent = count_recent(mailbox);
    mailbox->version = folder->version;
    if (!mailbox->stored) /* who stores will store again, and would only copy to and fro */
        mailbox_share(mailbox);
    mailbox->stored = false;
}

enum store_result mailbox_sync(struct mailbox *mailbox, bool may_expunge, struct mailbox_changes *changes)
{
    struct folder *folder = mailbox->folder;
    *changes = (struct mailbox_changes){ .count_before = mailbox->count };
    mailbox->gone_count = mailbox->changed_count = 0;
    folder_lock(folder);
    enum store_result result = folder_refresh(folder, false);
    if (result == STORE_OK && (mailbox->version != folder->version || (may_expunge && mailbox->kept_gone)))
        bring_up_to_date(mailbox, may_expunge, changes);
    if (result == STORE_NOT_FOUND || folder->dead)
        mailbox->dead = true;
    folder_unlock(folder);
    changes->gone = mailbox->gone;
    changes->gone_count = mailbox->gone_count;
    changes->changed = mailbox->changed;
    changes->changed_count = mailbox->changed_count;
    changes->count = mailbox->count;
    changes->recent = mailbox->recent;
    return mailbox->dead ? STORE_NOT_FOUND : result;
}

/* ---- changing ---- */

enum store_result mailbox_store(struct mailbox *mailbox, size_t i, enum store_change change, unsigned flags,
                                uint32_t keywords)
{
    struct folder *folder = mailbox->folder;
    uint32_t uid = mailbox->messages[i].uid;
    if (mailbox_is_read_only(mailbox))
        return STORE_READ_ONLY;
    folder_lock(folder);
    enum store_result result = folder_begin(folder);
    if (result != STORE_OK) {
        folder_unlock(folder);
        return result;
    }
    if (scan_needed(folder) & SCAN_CUR)
        scan_directories(folder, SCAN_CUR); /* somebody else's flags are to be kept */
    struct entry *entry = folder_find(folder, uid);
    if (entry == NULL) {
        result = STORE_NOT_FOUND;
    } else {
        unsigned all = change == STORE_REPLACE ? flags : change == STORE_ADD ? entry->flags | flags
                                                                             : entry->flags & ~flags;
        uint32_t words = change == STORE_REPLACE ? keywords : change == STORE_ADD ? entry->keywords | keywords
                                                                                  : entry->keywords & ~keywords;
        result = folder_set_flags(folder, entry, all, words);
    }
    entry = result == STORE_OK ? folder_find(folder, uid) : NULL;
    if (entry != NULL) {
        mailbox_own(mailbox);
        mailbox->stored = true;
        struct message *message = &mailbox->messages[i];
        message->flags = entry->flags | (message->flags & MAIL_RECENT);
        message->keywords = entry->keywords;
        message->modseq = entry->modseq;
    }
    folder_end(folder);
    folder_unlock(folder);
    return result;
}

enum store_result mailbox_remove(struct mailbox *mailbox, size_t i)
{
    struct folder *folder = mailbox->folder;
    if (mailbox_is_read_only(mailbox))
        return STORE_READ_ONLY;
    folder_lock(folder);
    enum store_result result = folder_begin(folder);
    if (result == STORE_OK) {
        struct entry *entry = folder_find(folder, mailbox->messages[i].uid);
        if (entry != NULL)
            result = folder_remove(folder, entry);
        folder_end(folder);
    }
    folder_unlock(folder);
    return result;
}

size_t mailbox_vanished(struct mailbox *mailbox, uint64_t since, const uint32_t **uids, bool *complete)
{
    struct folder *folder = mailbox->folder;
    size_t count = 0;
    folder_lock(folder);
    *complete = since >= folder->removed_since;
    mailbox->vanished = mem_grow(mailbox->vanished, folder->removed_count + 1, sizeof *mailbox->vanished);
    for (size_t i = 0; i < folder->removed_count; i++)
        if (folder->removed[i].modseq > since)
            mailbox->vanished[count++] = folder->removed[i].uid;
    folder_unlock(folder);
    *uids = mailbox->vanished;
    return count;
}
