#include "scram.h"

#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "utf8.h"

int scram_take(struct span *text, char name, struct span *value)
{
    if (text->len < 3 || text->at[0] != name || text->at[1] != '=' || text->at[2] == ',')
        return -1;
    const char *comma = memchr(text->at, ',', text->len);
    size_t length = comma != NULL ? (size_t)(comma - text->at) : text->len;
    *value = (struct span){ text->at + 2, length - 2 };
    size_t used = comma != NULL ? length + 1 : length;
    *text = (struct span){ text->at + used, text->len - used };
    return 0;
}

char *scram_name_decode(struct span name)
{
    if (!utf8_valid(name.at, name.len) || memchr(name.at, '\0', name.len) != NULL)
        return NULL;
    char *copy = mem_alloc(name.len + 1);
    size_t length = 0;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        if (c == '=') {
            /* RFC 5802 §5.1: "=" not followed by 2C or 3D: the server MUST fail the authentication. */
            bool comma = name.len - i >= 3 && memcmp(name.at + i, "=2C", 3) == 0;
            bool equal = name.len - i >= 3 && memcmp(name.at + i, "=3D", 3) == 0;
            if (!comma && !equal) {
                free(copy);
                return NULL;
            }
            c = comma ? ',' : '=';
            i += 2;
        }
        copy[length++] = c;
    }
    return copy;
}

int scram_name_write(const char *name, struct buf *out)
{
    int status = 0;
    for (; *name != '\0'; name++) {
        if (*name == ',')
            status |= buf_add_text(out, "=2C");
        else if (*name == '=')
            status |= buf_add_text(out, "=3D");
        else
            status |= buf_add(out, name, 1);
    }
    return status;
}

bool scram_nonce_valid(struct span nonce)
{
    for (size_t i = 0; i < nonce.len; i++)
        if (nonce.at[i] < 0x21 || nonce.at[i] > 0x7e || nonce.at[i] == ',')
            return false;
    return nonce.len > 0;
}
