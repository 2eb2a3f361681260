/*
 * store_role.c - what a folder is for (RFC 6154): by its name, or by what CREATE (USE ...) said, which a file in the
 * folder keeps. So it goes where the folder goes, and ends with it.
 */
#include "server/store_role.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/durable.h"

enum { ROLE_MAX = 100 };

static const char role_file[] = "pli-role";

/* The first ones are made with every store. */
static const struct {
    const char *name, *attribute;
} roles[] = {
    { "Sent", "\\Sent" }, { "Drafts", "\\Drafts" }, { "Trash", "\\Trash" },
    { "Junk", "\\Junk" }, { "Archive", "\\Archive" }, { NULL, "\\Important" },
};

const char *store_role_folder(size_t i)
{
    return i < sizeof roles / sizeof roles[0] ? roles[i].name : NULL;
}

const char *store_role_known(struct span attribute)
{
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        if (span_is_nocase(attribute, roles[i].attribute))
            return roles[i].attribute;
    return NULL;
}

static const char *role_by_name(const char *folder)
{
    for (size_t i = 0; store_role_folder(i) != NULL; i++)
        if (strcmp(roles[i].name, folder) == 0)
            return roles[i].attribute;
    return NULL;
}

const char *store_role(const char *path, const char *folder)
{
    char *file = mem_printf("%s/%s", path, role_file);
    struct buf text;
    buf_init(&text, ROLE_MAX);
    const bool said = durable_read(file, &text) == 0;
    const size_t length = strcspn(buf_text(&text), "\r\n");
    const char *role = said ? store_role_known((struct span){ buf_text(&text), length }) : role_by_name(folder);
    buf_free(&text);
    free(file);
    return role;
}

int store_role_set(const char *path, const char *attribute)
{
    char *file = mem_printf("%s/%s", path, role_file), *line = mem_printf("%s\n", attribute);
    const int status = durable_replace(file, line, strlen(line), 0600);
    free(file);
    free(line);
    return status;
}
