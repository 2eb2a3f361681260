#include "users.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

#include "core/mem.h"
#include "core/utf8.h"
#include "io/durable.h"
#include "io/i18n.h"

enum { FILE_MAX = 64 * 1024 * 1024, DIGEST = 32, SALT = 16, SEED_TEXT = 64, PASSWORD_MIN = 8 };

static const char seed_mark[] = "# seed ";

struct user {
    char name[USERS_NAME_MAX + 1];
    struct scram_verifier verifier;
    bool known;                    /* a right password was seen: */
    unsigned char right[DIGEST];   /* its keyed hash */
    UT_hash_handle hh;
};

struct users {
    char *file;
    pthread_mutex_t lock;
    struct user *table;
    struct stat seen;              /* the file that the table was read from */
    unsigned char key[DIGEST];     /* of the hashes of right passwords; lives as long as the process */
    struct buf seed;               /* what verifiers of unknown users are made from */
};

/* ---- rules ---- */

/* The name in lower case; false: it cannot be anybody's. */
static bool fold_name(struct span name, char folded[USERS_NAME_MAX + 1])
{
    if (name.len == 0 || name.len > USERS_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.at[i];
        if (!(c < 128 && (isalnum(c) || strchr("._-", c) != NULL)) || c == '\0')
            return false;
        folded[i] = (char)tolower(c);
    }
    folded[name.len] = '\0';
    return isalnum((unsigned char)folded[0]);
}

const char *users_name_fault(struct span name)
{
    char folded[USERS_NAME_MAX + 1];
    if (name.len == 0)
        return N_("The name is empty.");
    if (name.len > USERS_NAME_MAX)
        return N_("The name is too long: 64 letters at most.");
    if (!fold_name(name, folded))
        return N_("The name may hold the letters a to z, digits, and . _ - inside; it begins with a letter or digit.");
    if (!span_is(name, folded))
        return N_("The name must be written in small letters.");
    return NULL;
}

/* Does the password hold the name, in any case of its letters? */
static bool holds_name(struct span password, struct span name)
{
    for (size_t i = 0; i + name.len <= password.len && name.len > 0; i++)
        if (strncasecmp(password.at + i, name.at, name.len) == 0)
            return true;
    return false;
}

const char *users_password_fault(struct span name, struct span password)
{
    if (!utf8_valid(password.at, password.len))
        return N_("The password is not UTF-8 text.");
    for (size_t i = 0; i < password.len; i++)
        if ((unsigned char)password.at[i] < ' ' || password.at[i] == 127)
            return N_("The password holds a control character.");
    if (password.len < PASSWORD_MIN)
        return N_("The password is shorter than 8 characters.");
    if (password.len > USERS_PASSWORD_MAX)
        return N_("The password is too long: 1024 bytes at most.");
    if (holds_name(password, name))
        return N_("The password contains the name of the user.");
    return NULL;
}

/* ---- the file ---- */

static void forget_all(struct users *users)
{
    struct user *user, *next;
    HASH_ITER(hh, users->table, user, next) {
        HASH_DEL(users->table, user);
        free(user);
    }
    buf_clear(&users->seed);
}

static struct user *find(struct users *users, const char *name)
{
    struct user *user;
    HASH_FIND_STR(users->table, name, user);
    return user;
}

static void take_line(struct users *users, struct span line)
{
    size_t mark = sizeof seed_mark - 1;
    if (line.len > mark && memcmp(line.at, seed_mark, mark) == 0)
        buf_add(&users->seed, line.at + mark, line.len - mark);
    const char *colon = memchr(line.at, ':', line.len);
    if (line.len == 0 || line.at[0] == '#' || colon == NULL)
        return;
    struct user *user = mem_alloc(sizeof *user);
    struct span name = { line.at, (size_t)(colon - line.at) };
    struct span verifier = { colon + 1, line.len - name.len - 1 };
    if (!fold_name(name, user->name) || scram_verifier_parse(verifier, &user->verifier) != 0 ||
        find(users, user->name) != NULL)
        free(user);
    else
        HASH_ADD_STR(users->table, name, user);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* With the lock held. A file that is not there holds nobody; one that cannot be read leaves what was known. */
static int refresh(struct users *users)
{
    struct stat now;
    if (stat(users->file, &now) != 0) {
        if (errno != ENOENT)
            return -1;
        forget_all(users);
        users->seen = (struct stat){ 0 };
        return 0;
    }
    if (same_file(&now, &users->seen))
        return 0;
    struct buf content;
    buf_init(&content, FILE_MAX);
    if (durable_read(users->file, &content) != 0) {
        int error = errno;
        buf_free(&content);
        errno = error;
        return -1;
    }
    forget_all(users);
    const char *at = content.data;
    for (size_t left = content.len; left > 0;) {
        const char *end = memchr(at, '\n', left);
        size_t length = end != NULL ? (size_t)(end - at) : left;
        take_line(users, (struct span){ at, length });
        at += end != NULL ? length + 1 : length;
        left -= end != NULL ? length + 1 : length;
    }
    buf_free(&content);
    users->seen = now;
    return 0;
}

int users_open(struct users **result, const char *file, struct buf *error)
{
    struct users *users = mem_alloc(sizeof *users);
    users->file = mem_text(file);
    pthread_mutex_init(&users->lock, NULL);
    buf_init(&users->seed, SEED_TEXT);
    if (RAND_bytes(users->key, sizeof users->key) != 1) {
        buf_add_text(error, _("The system gives no random numbers."));
        users_close(users);
        return -1;
    }
    if (refresh(users) != 0) {
        buf_printf(error, _("%s: the file of users cannot be read: %s."), file, strerror(errno));
        users_close(users);
        return -1;
    }
    *result = users;
    return 0;
}

void users_close(struct users *users)
{
    if (users == NULL)
        return;
    forget_all(users);
    buf_free(&users->seed);
    pthread_mutex_destroy(&users->lock);
    OPENSSL_cleanse(users->key, sizeof users->key);
    free(users->file);
    free(users);
}

/* ---- questions ---- */

bool users_exists(struct users *users, struct span name)
{
    char folded[USERS_NAME_MAX + 1];
    if (!fold_name(name, folded))
        return false;
    pthread_mutex_lock(&users->lock);
    refresh(users);
    bool exists = find(users, folded) != NULL;
    pthread_mutex_unlock(&users->lock);
    return exists;
}

/* A verifier for somebody who does not exist: from the file's seed, so that it stays the same. */
static void pretend(struct users *users, struct span name, struct scram_verifier *verifier)
{
    const void *seed = users->seed.len > 0 ? (const void *)users->seed.data : (const void *)users->key;
    size_t seed_size = users->seed.len > 0 ? users->seed.len : sizeof users->key;
    unsigned size = 0;
    *verifier = (struct scram_verifier){ .iterations = SCRAM_MIN_ITERATIONS, .salt_length = SALT };
    unsigned char digest[EVP_MAX_MD_SIZE];
    HMAC(EVP_sha256(), seed, (int)seed_size, (const unsigned char *)name.at, name.len, digest, &size);
    memcpy(verifier->salt, digest, SALT);
    HMAC(EVP_sha256(), users->key, sizeof users->key, digest, size, verifier->stored_key, &size);
    HMAC(EVP_sha256(), users->key, sizeof users->key, verifier->stored_key, SCRAM_KEY, verifier->server_key, &size);
}

int users_verifier(struct users *users, struct span name, struct scram_verifier *verifier)
{
    char folded[USERS_NAME_MAX + 1];
    bool good = fold_name(name, folded);
    pthread_mutex_lock(&users->lock);
    refresh(users);
    const struct user *user = good ? find(users, folded) : NULL;
    if (user != NULL)
        *verifier = user->verifier;
    else
        pretend(users, good ? span_of(folded) : name, verifier);
    pthread_mutex_unlock(&users->lock);
    return user != NULL ? 0 : -1;
}

static bool same_verifier(const struct scram_verifier *a, const struct scram_verifier *b)
{
    return a->iterations == b->iterations && a->salt_length == b->salt_length &&
           memcmp(a->salt, b->salt, a->salt_length) == 0 && memcmp(a->stored_key, b->stored_key, SCRAM_KEY) == 0;
}

/* Was this password found right before, with this verifier? If remember: note that it was now. */
static bool is_known(struct users *users, const char *name, const struct scram_verifier *verifier,
                     const unsigned char *hash, bool remember)
{
    pthread_mutex_lock(&users->lock);
    struct user *user = find(users, name);
    bool known = user != NULL && same_verifier(&user->verifier, verifier);
    if (known && remember) {
        memcpy(user->right, hash, DIGEST);
        user->known = true;
    }
    known = known && user->known && CRYPTO_memcmp(user->right, hash, DIGEST) == 0;
    pthread_mutex_unlock(&users->lock);
    return known;
}

bool users_check(struct users *users, struct span name, struct span password)
{
    char folded[USERS_NAME_MAX + 1] = "";
    struct scram_verifier verifier;
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (password.len > USERS_PASSWORD_MAX)
        return false;
    fold_name(name, folded);
    bool exists = users_verifier(users, name, &verifier) == 0;
    HMAC(EVP_sha256(), users->key, sizeof users->key, (const unsigned char *)password.at, password.len, hash, &size);
    bool right = exists && is_known(users, folded, &verifier, hash, false);
    if (!right) {
        right = scram_verifier_check(password, &verifier) && exists;
        if (right)
            is_known(users, folded, &verifier, hash, true);
    }
    OPENSSL_cleanse(hash, sizeof hash);
    return right;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int users_list(struct users *users, struct buf *out)
{
    int status = 0;
    pthread_mutex_lock(&users->lock);
    refresh(users);
    size_t count = HASH_COUNT(users->table), i = 0;
    const char **names = mem_grow(NULL, count + 1, sizeof *names);
    for (struct user *user = users->table; user != NULL; user = user->hh.next)
        names[i++] = user->name;
    qsort(names, count, sizeof *names, by_name);
    for (i = 0; i < count; i++)
        status |= buf_printf(out, "%s\n", names[i]);
    pthread_mutex_unlock(&users->lock);
    free(names);
    return status;
}

/* ---- changes ---- */

/* One program at a time changes the file: the lock is on the directory it is in, which stays. */
static int lock_directory(const char *file)
{
    const char *slash = strrchr(file, '/');
    char *directory = slash != NULL ? mem_copy(file, (size_t)(slash - file) + 1) : mem_text(".");
    int fd = durable_make_directory(directory) == 0 ? open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    free(directory);
    if (fd >= 0 && flock(fd, LOCK_EX) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void write_header(struct users *users, struct buf *text)
{
    unsigned char random[SALT];
    if (users->seed.len == 0 && RAND_bytes(random, sizeof random) == 1)
        for (size_t i = 0; i < sizeof random; i++)
            buf_printf(&users->seed, "%02x", random[i]);
    buf_add_text(text, "# Users of this mail server: name:verifier (RFC 5802). To change it: mailserver user\n");
    buf_printf(text, "%s%s\n", seed_mark, buf_text(&users->seed));
}

/* The file as it should be: the others as they are, and `changed` with this verifier (NULL: without him). */
static void write_all(struct users *users, const char *changed, const struct scram_verifier *verifier,
                      struct buf *text)
{
    write_header(users, text);
    for (struct user *user = users->table; user != NULL; user = user->hh.next) {
        if (strcmp(user->name, changed) == 0)
            continue;
        buf_printf(text, "%s:", user->name);
        scram_verifier_write(&user->verifier, text);
        buf_add_text(text, "\n");
    }
    if (verifier == NULL)
        return;
    buf_printf(text, "%s:", changed);
    scram_verifier_write(verifier, text);
    buf_add_text(text, "\n");
}

enum change { ADD, SET, REMOVE };

/* NULL when the change may be made, else why not. */
static const char *change_fault(struct users *users, enum change change, const char *name)
{
    if (refresh(users) != 0)
        return strerror(errno);
    bool exists = find(users, name) != NULL;
    if (change == ADD && exists)
        return _("There is a user of that name already.");
    if (change != ADD && !exists)
        return _("There is no user of that name.");
    return NULL;
}

static int change_file(struct users *users, enum change change, const char *name,
                       const struct scram_verifier *verifier, struct buf *error)
{
    int directory = lock_directory(users->file), status = -1;
    if (directory < 0) {
        buf_printf(error, _("%s: the file of users cannot be changed: %s."), users->file, strerror(errno));
        return -1;
    }
    pthread_mutex_lock(&users->lock);
    const char *fault = change_fault(users, change, name);
    struct buf text;
    buf_init(&text, FILE_MAX);
    if (fault != NULL) {
        buf_printf(error, "%s: %s", name, fault);
    } else {
        write_all(users, name, verifier, &text);
        status = durable_replace(users->file, text.data, text.len, 0600);
        if (status != 0)
            buf_printf(error, _("%s: the file of users cannot be written: %s."), users->file, strerror(errno));
    }
    buf_free(&text);
    pthread_mutex_unlock(&users->lock);
    close(directory);
    return status;
}

static int make_verifier(struct span password, struct scram_verifier *verifier, struct buf *error)
{
    unsigned char salt[SALT];
    if (RAND_bytes(salt, sizeof salt) != 1) {
        buf_add_text(error, _("The system gives no random numbers."));
        return -1;
    }
    struct span span = { (const char *)salt, sizeof salt };
    if (scram_verifier_make(password, span, SCRAM_MIN_ITERATIONS, verifier) == 0)
        return 0;
    buf_add_text(error, _("The password cannot be used: it is not UTF-8 text without control characters."));
    return -1;
}

static int set(struct users *users, enum change change, struct span name, struct span password, struct buf *error)
{
    const char *fault = users_name_fault(name);
    if (fault == NULL)
        fault = users_password_fault(name, password);
    if (fault != NULL) {
        buf_add_text(error, _(fault));
        return -1;
    }
    char *text = span_copy(name);
    struct scram_verifier verifier;
    int status = make_verifier(password, &verifier, error);
    if (status == 0)
        status = change_file(users, change, text, &verifier, error);
    OPENSSL_cleanse(&verifier, sizeof verifier);
    free(text);
    return status;
}

int users_add(struct users *users, struct span name, struct span password, struct buf *error)
{
    return set(users, ADD, name, password, error);
}

int users_set_password(struct users *users, struct span name, struct span password, struct buf *error)
{
    return set(users, SET, name, password, error);
}

int users_remove(struct users *users, struct span name, struct buf *error)
{
    char folded[USERS_NAME_MAX + 1];
    if (fold_name(name, folded))
        return change_file(users, REMOVE, folded, NULL, error);
    buf_add_text(error, _("There is no user of that name."));
    return -1;
}
