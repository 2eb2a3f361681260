/*
 * tls_keys.c - a hash table from (kind, client random) to secret.
 */
#include "visualizer/tls_keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <uthash.h>

#include "core/mem.h"
#include "io/i18n.h"

enum { KEYS_MAX = 1000000 };

struct key {
    uint8_t kind;
    uint8_t id_size;
    uint8_t id[TLS_RANDOM_SIZE];    /* kind, id_size and id together are the hash key */
    uint8_t size;
    uint8_t secret[TLS_SECRET_MAX];
    UT_hash_handle hh;
};

enum { HASHED = 2 + TLS_RANDOM_SIZE };

struct tls_keys {
    struct key *table;
};

static const struct {
    const char *label;
    enum tls_secret kind;
} labels[] = {
    { "CLIENT_RANDOM", TLS_SECRET_MASTER },
    { "CLIENT_EARLY_TRAFFIC_SECRET", TLS_SECRET_CLIENT_EARLY },
    { "CLIENT_HANDSHAKE_TRAFFIC_SECRET", TLS_SECRET_CLIENT_HANDSHAKE },
    { "SERVER_HANDSHAKE_TRAFFIC_SECRET", TLS_SECRET_SERVER_HANDSHAKE },
    { "CLIENT_TRAFFIC_SECRET_0", TLS_SECRET_CLIENT_TRAFFIC },
    { "SERVER_TRAFFIC_SECRET_0", TLS_SECRET_SERVER_TRAFFIC },
};

struct tls_keys *tls_keys_new(void)
{
    return mem_alloc(sizeof(struct tls_keys));
}

void tls_keys_free(struct tls_keys *keys)
{
    if (!keys)
        return;
    struct key *key, *next;
    HASH_ITER(hh, keys->table, key, next) {
        HASH_DEL(keys->table, key);
        free(key);
    }
    free(keys);
}

size_t tls_keys_count(const struct tls_keys *keys)
{
    return HASH_COUNT(keys->table);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Answers how many bytes the digits gave; -1 when they are not pairs of digits or too many. */
static int hex_bytes(struct span text, uint8_t *out, size_t max)
{
    if (text.len % 2 || text.len / 2 > max)
        return -1;
    for (size_t i = 0; i < text.len / 2; i++) {
        const int high = hex_value(text.at[2 * i]), low = hex_value(text.at[2 * i + 1]);
        if (high < 0 || low < 0)
            return -1;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return (int)(text.len / 2);
}

static struct span next_word(struct span *rest)
{
    while (rest->len && (*rest->at == ' ' || *rest->at == '\t')) {
        rest->at++;
        rest->len--;
    }
    struct span word = { rest->at, 0 };
    while (word.len < rest->len && rest->at[word.len] > ' ')
        word.len++;
    rest->at += word.len;
    rest->len -= word.len;
    return word;
}

static struct span after_prefix(struct span word, const char *prefix)
{
    const size_t size = strlen(prefix);
    if (word.len < size || memcmp(word.at, prefix, size) != 0)
        return (struct span){ NULL, 0 };
    return (struct span){ word.at + size, word.len - size };
}

static int keep(struct tls_keys *keys, enum tls_secret kind, struct span id, struct span secret)
{
    struct key *key = mem_alloc(sizeof *key);
    const int id_size = hex_bytes(id, key->id, sizeof key->id);
    const int size = hex_bytes(secret, key->secret, sizeof key->secret);
    if (id_size < 1 || size < 1 || HASH_COUNT(keys->table) >= KEYS_MAX) {
        free(key);
        return 0;
    }
    key->kind = (uint8_t)kind;
    key->id_size = (uint8_t)id_size;
    key->size = (uint8_t)size;
    struct key *old = NULL;
    HASH_REPLACE(hh, keys->table, kind, HASHED, key, old);
    free(old);
    return 1;
}

static int add_line(struct tls_keys *keys, struct span line)
{
    const struct span label = next_word(&line);
    const struct span first = next_word(&line), second = next_word(&line);
    if (span_is(label, "RSA")) {
        const struct span id = after_prefix(first, "Session-ID:"), secret = after_prefix(second, "Master-Key:");
        return id.at && secret.at && keep(keys, TLS_SECRET_MASTER_OF_SESSION, id, secret);
    }
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (span_is(label, labels[i].label))
            return first.len == 2 * (size_t)TLS_RANDOM_SIZE && keep(keys, labels[i].kind, first, second);
    return 0;
}

size_t tls_keys_add(struct tls_keys *keys, struct span text)
{
    size_t found = 0;
    while (text.len) {
        const char *end = memchr(text.at, '\n', text.len);
        const size_t size = end ? (size_t)(end - text.at) : text.len;
        found += (size_t)add_line(keys, (struct span){ text.at, size });
        text.at += size + (end != NULL);
        text.len -= size + (end != NULL);
    }
    return found;
}

struct span tls_keys_find(const struct tls_keys *keys, enum tls_secret kind, struct span id)
{
    struct key wanted = { .kind = (uint8_t)kind, .id_size = (uint8_t)id.len };
    if (!keys || id.len == 0 || id.len > sizeof wanted.id)
        return (struct span){ NULL, 0 };
    memcpy(wanted.id, id.at, id.len);
    struct key *key = NULL;
    HASH_FIND(hh, keys->table, &wanted.kind, HASHED, key);
    if (!key)
        return (struct span){ NULL, 0 };
    return (struct span){ (const char *)key->secret, key->size };
}

int tls_keys_read(struct tls_keys *keys, const char *path, struct buf *error)
{
    enum { LARGEST = 64 << 20 };
    FILE *file = fopen(path, "re");
    struct buf text;
    buf_init(&text, LARGEST);
    char chunk[4096];
    size_t got = 0;
    while (file != NULL && (got = fread(chunk, 1, sizeof chunk, file)) > 0 && buf_add(&text, chunk, got) == 0)
        ;
    if (file == NULL || ferror(file))
        buf_printf(error, _("The key log %s cannot be read: %s."), path, strerror(errno));
    else if (got > 0)
        buf_printf(error, _("The key log %s is larger than %d MB: that is no key log."), path, LARGEST >> 20);
    else
        tls_keys_add(keys, buf_span(&text));
    if (file != NULL)
        fclose(file);
    buf_free(&text);
    return error->len > 0 ? -1 : 0;
}
