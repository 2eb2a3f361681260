#include "config_value.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/durable.h"
#include "io/i18n.h"
#include "io/text.h"
#include "server/network.h"

enum { VALUE_MAX = 64 * 1024, EXPANSION_DEPTH = 8 };

void config_value_free(struct config_value *value)
{
    for (size_t i = 0; i < value->count; i++)
        free(value->words[i]);
    free(value->words);
    free(value->text);
    free(value->place);
    free(value->raw);
}

char *config_shown(struct span text)
{
    if (text.len > 200)
        text.len = 200;
    return text_safe_copy(text);
}

/* ---- $name ---- */

/* The name after a $: name, {name} or (name). Answers the bytes it takes, 0 when it is none. */
static size_t dollar_name(const char *at, struct span *name)
{
    char close = at[0] == '{' ? '}' : at[0] == '(' ? ')' : '\0';
    size_t start = close != '\0', end = start;
    while (isalnum((unsigned char)at[end]) || at[end] == '_')
        end++;
    *name = (struct span){ at + start, end - start };
    if (name->len == 0 || (close != '\0' && at[end] != close))
        return 0;
    return close != '\0' ? end + 1 : end;
}

/* NULL, or what is wrong, N_(). name: the one that was unknown. */
static const char *expand(const char *raw, config_lookup *lookup, void *context, int depth, struct buf *out,
                          struct span *name)
{
    static const char too_long[] = N_("the value becomes too long");
    if (depth > EXPANSION_DEPTH)
        return N_("the value refers to itself");
    while (*raw != '\0') {
        size_t plain = strcspn(raw, "$");
        if (buf_add(out, raw, plain) != 0)
            return too_long;
        raw += plain;
        if (*raw == '\0')
            break;
        if (raw[1] == '$') {
            if (buf_add(out, "$", 1) != 0)
                return too_long;
            raw += 2;
            continue;
        }
        size_t taken = dollar_name(raw + 1, name);
        if (taken == 0)
            return N_("there is a $ that no name follows; write $$ for the sign itself");
        const char *value = lookup(context, *name);
        if (value == NULL)
            return N_("it refers to a parameter that does not exist");
        const char *wrong = expand(value, lookup, context, depth + 1, out, name);
        if (wrong != NULL)
            return wrong;
        raw += 1 + taken;
    }
    return NULL;
}

/* ---- types: each answers NULL, or what is wrong, N_() ---- */

static const char *finish_number(struct config_value *value)
{
    char *end;
    errno = 0;
    value->number = strtoll(value->text, &end, 10);
    if (!isdigit((unsigned char)value->text[0]) || *end != '\0' || errno != 0)
        return N_("the value must be a number, 0 or greater, in digits only");
    return NULL;
}

/* As in Postfix: a number and s, m, h, d or w; a bare number is in the parameter's own unit. */
static const char *finish_time(struct config_value *value, long long unit)
{
    static const char letters[] = "smhdw";
    static const long long seconds[] = { 1, 60, 3600, 86400, 604800 };
    size_t digits = strspn(value->text, "0123456789"), length = strlen(value->text);
    const char *letter = digits + 1 == length ? strchr(letters, value->text[digits]) : NULL;
    if (digits == 0 || digits > 9 || (digits != length && letter == NULL))
        return N_("the value must be a time such as 30s, 5m, 2h or 1d");
    value->number = strtoll(value->text, NULL, 10) * (letter != NULL ? seconds[letter - letters] : unit);
    return value->number < 4000000000 ? NULL : N_("the time is too long");
}

static const char *finish_flag(struct config_value *value)
{
    value->flag = strcmp(value->text, "yes") == 0;
    return value->flag || strcmp(value->text, "no") == 0 ? NULL : N_("the value must be yes or no");
}

static bool is_choice(const char *word, const char *choices)
{
    size_t length = strlen(word);
    for (const char *at = choices; *at != '\0'; at += strspn(at, " ")) {
        size_t choice = strcspn(at, " ");
        if (choice == length && strncmp(at, word, length) == 0)
            return true;
        at += choice;
    }
    return false;
}

/* Words are separated by commas and white space, as in Postfix. */
static const char *finish_list(struct config_value *value, const struct config_row *row)
{
    static const char separators[] = ", \t\r\n";
    for (const char *at = value->text; *(at += strspn(at, separators)) != '\0';) {
        size_t length = strcspn(at, separators);
        value->words = mem_grow(value->words, value->count + 1, sizeof *value->words);
        char *word = mem_copy(at, length);
        value->words[value->count++] = word;
        if (row->choices != NULL && !is_choice(word, row->choices))
            return N_("one of its words is not known");
        struct network network;
        if (row->type == CONFIG_NETWORKS && network_parse(word, &network) != 0)
            return N_("one of its words is not a network such as 192.0.2.0/24 or [2001:db8::]/32");
        at += length;
    }
    return NULL;
}

static void finish_file(struct config_value *value, const char *root)
{
    const char *path = value->text;
    static const char *const kinds[] = { "<", "hash:", "texthash:", "lmdb:" };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strncmp(path, kinds[i], strlen(kinds[i])) == 0)
            path += strlen(kinds[i]);
    while (isspace((unsigned char)*path))
        path++;
    char *full = *path == '/' || *path == '\0' ? mem_text(path) : mem_printf("%s/%s", root, path);
    free(value->text);
    value->text = full;
}

static const char *finish_type(struct config_value *value, const struct config_row *row, const char *root)
{
    switch (row->type) {
    case CONFIG_TEXT:
        return NULL;
    case CONFIG_NUMBER:
        return finish_number(value);
    case CONFIG_SECONDS:
        return finish_time(value, 1);
    case CONFIG_HOURS:
        return finish_time(value, 3600);
    case CONFIG_DAYS:
        return finish_time(value, 86400);
    case CONFIG_FLAG:
        return finish_flag(value);
    case CONFIG_LIST:
    case CONFIG_NETWORKS:
        return finish_list(value, row);
    case CONFIG_CHOICE:
        return is_choice(value->text, row->choices) ? NULL : N_("this value is not one of those that are allowed");
    case CONFIG_FILE:
        finish_file(value, root);
        return NULL;
    }
    return NULL;
}

int config_value_finish(struct config_value *value, const struct config_row *row, config_lookup *lookup,
                        void *context, const char *root, struct buf *errors)
{
    struct buf out;
    struct span name = { NULL, 0 };
    buf_init(&out, VALUE_MAX);
    const char *wrong = expand(value->raw, lookup, context, 0, &out, &name);
    for (size_t i = 0; i < out.len && wrong == NULL; i++)
        if ((unsigned char)out.data[i] < ' ' && out.data[i] != '\t')
            wrong = N_("there is a control character in the value");
    value->text = mem_text(buf_text(&out));
    buf_free(&out);
    if (wrong == NULL)
        wrong = finish_type(value, row, root);
    if (wrong == NULL)
        return 0;
    char *shown = config_shown(span_of(value->raw));
    buf_printf(errors, "%s: %s = %s: %s", value->place != NULL ? value->place : _("default"), row->name, shown,
               _(wrong));
    if (row->choices != NULL)
        buf_printf(errors, _(" (allowed: %s)"), row->choices);
    buf_add_text(errors, "\n");
    free(shown);
    return -1;
}

/* ---- files ---- */

int config_load_file(const char *file, struct buf *content, struct buf *errors)
{
    if (durable_read(file, content) == 0)
        return 0;
    if (errno == EFBIG)
        buf_printf(errors, _("%s: the file is too large to be a configuration\n"), file);
    else
        buf_printf(errors, _("%s: the configuration cannot be read: %s\n"), file, strerror(errno));
    return -1;
}
