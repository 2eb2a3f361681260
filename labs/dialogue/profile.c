#include "profile.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "files.h"
#include "io/i18n.h"
#include "io/text.h"

enum { MAX_FILE = 1 << 20 };

static struct span trim(struct span text)
{
    while (text.len > 0 && strchr(" \t\r", text.at[text.len - 1]) != NULL)
        text.len--;
    while (text.len > 0 && strchr(" \t", text.at[0]) != NULL)
        text = (struct span){ text.at + 1, text.len - 1 };
    return text;
}

/* "WHAT WHAT  -- WHY": one row for each. */
static int take_rows(struct span value, struct profile_row **rows, size_t *count, struct fault *fault)
{
    const char *dashes = memmem(value.at, value.len, "-- ", 3);
    if (dashes == NULL || dashes == value.at)
        return fault_at(fault, 0, _("a reason belongs here: WHAT -- WHY"));
    struct span what = trim((struct span){ value.at, (size_t)(dashes - value.at) });
    struct span why = trim((struct span){ dashes + 3, value.len - (size_t)(dashes + 3 - value.at) });
    while (what.len > 0) {
        const char *blank = memchr(what.at, ' ', what.len);
        size_t length = blank != NULL ? (size_t)(blank - what.at) : what.len;
        *rows = mem_grow(*rows, *count + 1, sizeof **rows);
        (*rows)[(*count)++] = (struct profile_row){ mem_copy(what.at, length), span_copy(why) };
        what = trim((struct span){ what.at + length, what.len - length });
    }
    return 0;
}

static int take_value(struct span value, struct values *values, struct fault *fault)
{
    const char *blank = memchr(value.at, ' ', value.len);
    if (blank == NULL)
        return fault_at(fault, 0, _("a name and a value belong here"));
    char *name = mem_copy(value.at, (size_t)(blank - value.at));
    values_set(values, name, trim((struct span){ blank, value.len - (size_t)(blank - value.at) }));
    free(name);
    return 0;
}

static int take_line(struct profile *profile, struct span line, struct values *values, struct fault *fault)
{
    const char *colon = memchr(line.at, ':', line.len);
    if (colon == NULL)
        return fault_at(fault, 0, _("a profile has lines name:, lacks:, set: and except:"));
    struct span head = { line.at, (size_t)(colon - line.at) };
    struct span value = trim((struct span){ colon + 1, line.len - head.len - 1 });
    if (span_is(head, "lacks"))
        return take_rows(value, &profile->lacks, &profile->lacks_count, fault);
    if (span_is(head, "except"))
        return take_rows(value, &profile->except, &profile->except_count, fault);
    if (span_is(head, "set"))
        return take_value(value, values, fault);
    if (!span_is(head, "name"))
        return fault_at(fault, 0, _("a profile has lines name:, lacks:, set: and except:"));
    free(profile->name);
    profile->name = span_copy(value);
    return 0;
}

int profile_read(struct profile *profile, const char *path, struct values *values, struct buf *errors)
{
    struct buf text;
    struct fault fault;
    int status = 0, number = 0;
    buf_init(&text, MAX_FILE);
    if (files_read(path, &text) != 0) {
        buf_printf(errors, _("cannot read %s: %s"), path, strerror(errno));
        status = -1;
    }
    for (size_t at = 0; status == 0 && at < text.len; ) {
        const char *lf = memchr(text.data + at, '\n', text.len - at);
        size_t length = lf != NULL ? (size_t)(lf - text.data) - at : text.len - at;
        struct span line = trim((struct span){ text.data + at, length });
        number++;
        at += length + 1;
        if (line.len == 0 || line.at[0] == '#' || take_line(profile, line, values, &fault) == 0)
            continue;
        buf_printf(errors, "%s:%d:%zu: ", path, number, fault.offset + 1);
        text_safe(errors, fault.text, strlen(fault.text));
        status = -1;
    }
    buf_free(&text);
    return status;
}

static void free_rows(struct profile_row *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(rows[i].what);
        free(rows[i].why);
    }
    free(rows);
}

void profile_free(struct profile *profile)
{
    free_rows(profile->lacks, profile->lacks_count);
    free_rows(profile->except, profile->except_count);
    free(profile->name);
    *profile = (struct profile){ .name = NULL };
}

const char *profile_lacks(const struct profile *profile, const char *need)
{
    for (size_t i = 0; i < profile->lacks_count; i++)
        if (strcmp(profile->lacks[i].what, need) == 0)
            return profile->lacks[i].why;
    return NULL;
}

const char *profile_excepts(const struct profile *profile, const char *path, size_t test)
{
    char with_number[4096];
    snprintf(with_number, sizeof with_number, "%s#%zu", path, test);
    for (size_t i = 0; i < profile->except_count; i++) {
        char pattern[4096];
        bool numbered = strchr(profile->except[i].what, '#') != NULL;
        snprintf(pattern, sizeof pattern, "*/%s", profile->except[i].what);
        const char *name = numbered ? with_number : path;
        if (fnmatch(pattern, name, 0) == 0 || fnmatch(pattern + 2, name, 0) == 0)
            return profile->except[i].why;
    }
    return NULL;
}
