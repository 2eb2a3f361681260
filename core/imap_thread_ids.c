/*
 * The message ids of Message-ID, In-Reply-To and References, as threading
 * compares them (RFC 5256 §3): without quotes and white space.
 */
#include "imap_thread.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"

/* Where the id that begins here is closed by ">", which does not count within quotes; or the end of the value. */
static size_t id_end(struct span value, size_t at)
{
    bool quoted = false;
    for (; at < value.len && (quoted || value.at[at] != '>'); at++) {
        if (value.at[at] == '"')
            quoted = !quoted;
        else if (value.at[at] == '\\' && quoted)
            at++;
    }
    return at < value.len ? at : value.len;
}

/* NULL when nothing is left of it. */
static char *normalize(struct span text)
{
    char *id = mem_alloc(text.len + 1), *end = id;
    bool quoted = false;
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.at[i];
        if (c == '"')
            quoted = !quoted;
        else if (c == '\\' && quoted && i + 1 < text.len)
            *end++ = text.at[++i];
        else if (c != '\0' && (quoted || strchr(" \t\r\n", c) == NULL))
            *end++ = c;
    }
    if (end != id)
        return id;
    free(id);
    return NULL;
}

/* The next id from *at on, which it moves behind it; NULL at the end. */
static char *next_id(struct span value, size_t *at)
{
    char *id = NULL;
    for (; *at < value.len && id == NULL; ++*at) {
        if (value.at[*at] != '<')
            continue;
        const size_t end = id_end(value, *at + 1);
        if (end < value.len)
            id = normalize((struct span){ value.at + *at + 1, end - *at - 1 });
        *at = end;
    }
    return id;
}

static void read_ids(struct span value, size_t skip, char ***ids, size_t *count, size_t most)
{
    char *id;
    for (size_t at = 0; *count < most && (id = next_id(value, &at)) != NULL;) {
        if (skip > 0) {
            skip--;
            free(id);
            continue;
        }
        if ((*count & (*count + 1)) == 0)
            *ids = mem_grow(*ids, *count * 2 + 2, sizeof **ids);
        (*ids)[(*count)++] = id;
    }
}

void thread_read_ids(struct span value, char ***ids, size_t *count, size_t most)
{
    read_ids(value, 0, ids, count, most);
}

void thread_read_last_ids(struct span value, char ***ids, size_t *count, size_t most)
{
    size_t total = 0;
    char *id;
    for (size_t at = 0; (id = next_id(value, &at)) != NULL; total++)
        free(id);
    read_ids(value, *count + total > most ? *count + total - most : 0, ids, count, most);
}
