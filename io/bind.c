#include "bind.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/i18n.h"
#include "io/text.h"

#define LINE_MAX_BYTES 1000

static const struct key_row *find(const struct key_table *const *tables, size_t count, const char *name)
{
    const struct key_row *row = NULL;
    for (size_t i = 0; i < count && row == NULL; i++)
        row = keys_find_name(tables[i], name);
    return row;
}

/* What is wrong with a line, said about word; NULL when all is well. */
static const char *obey(char *line, const struct key_table *const *tables, size_t count, const char **word)
{
    char *rest = NULL, *verb = strtok_r(line, " \t\r\n", &rest);
    if (verb == NULL || *verb == '#')
        return NULL;
    bool bind = strcmp(verb, "bind") == 0;
    *word = verb;
    if (!bind && strcmp(verb, "unbind") != 0)
        return N_("\"%s\" is neither bind nor unbind");
    const char *name = strtok_r(NULL, " \t\r\n", &rest);
    const char *at = name != NULL ? name : "";
    int key = keys_next(&at);
    *word = name != NULL ? name : "";
    if (key == KEYS_NONE || *at != '\0')
        return N_("\"%s\" is no key: they are written as on the help screen, like x, Ctrl-X, F5 or PageDown");
    const char *command = bind ? strtok_r(NULL, " \t\r\n", &rest) : NULL;
    const char *more = strtok_r(NULL, " \t\r\n", &rest);
    *word = more != NULL ? more : command != NULL ? command : "";
    if (more != NULL && *more != '#')
        return N_("\"%s\" is too much");
    if (bind && (command == NULL || find(tables, count, command) == NULL))
        return N_("\"%s\" is no command: the help screen shows their names");
    return keys_bind(key, command) ? NULL : N_("there are too many lines like this");
}

static int complain(const char *path, unsigned number, const char *problem, const char *word, struct buf *error)
{
    char *safe = text_safe_copy(span_of(word));
    buf_printf(error, "%s:%u: ", path, number);
    buf_printf(error, _(problem), safe);
    free(safe);
    return -1;
}

int bind_read(const char *path, const struct key_table *const *tables, size_t count, struct buf *error)
{
    char line[LINE_MAX_BYTES];
    int status = 0;
    FILE *file = fopen(path, "re");
    if (file == NULL && errno == ENOENT)
        return 0;
    if (file == NULL) {
        buf_printf(error, _("cannot read the keys in %s: %s"), path, strerror(errno));
        return -1;
    }
    for (unsigned number = 1; status == 0 && fgets(line, sizeof line, file) != NULL; number++) {
        const char *word = "", *problem = obey(line, tables, count, &word);
        if (problem != NULL)
            status = complain(path, number, problem, word, error);
    }
    fclose(file);
    return status;
}
