/*
 * config_value.h - the value of one parameter: from the text that somebody
 * wrote to what the server uses, and the checks that need several of them.
 * Used by config.c only; everybody else reads config.h.
 */
#ifndef PLI_SERVER_CONFIG_VALUE_H
#define PLI_SERVER_CONFIG_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "server/config.h"

struct config_value {
    char *raw;      /* as written, $names and all */
    bool set;       /* by a file or an option */
    char *place;    /* "FILE:LINE"; NULL for a default */
    char *text;     /* expanded */
    char **words;   /* of a list */
    size_t count;
    long long number;
    bool flag;
};

void config_value_free(struct config_value *value);

/* Answers the text of $name, or NULL when there is no such parameter. */
typedef const char *config_lookup(void *context, struct span name);

/* Fills all but raw, set and place. 0, or -1 with a line in errors. */
int config_value_finish(struct config_value *value, const struct config_row *row, config_lookup *lookup,
                        void *context, const char *root, struct buf *errors);

/* What no parameter can know alone: that letters are read where they are delivered, and so on. */
int config_check(const struct config *config, struct buf *errors);

/* Reads a whole file; a full sentence in errors when that fails. */
int config_load_file(const char *file, struct buf *content, struct buf *errors);

/* Text from a file made safe to show, shortened; free() it. */
char *config_shown(struct span text);

/* Where a parameter was set: "main.cf:12", "-o", or "default". */
const char *config_place(const struct config *config, enum config_id id);

#endif
