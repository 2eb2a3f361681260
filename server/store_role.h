/*
 * store_role.h - special uses of folders (RFC 6154): \Sent, \Drafts, ...
 */
#ifndef PLI_SERVER_STORE_ROLE_H
#define PLI_SERVER_STORE_ROLE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"

/* The folders that are made with a store: "Sent", ...; NULL after the last. */
const char *store_role_folder(size_t i);

/* The attribute as it is written here, "\\Sent"; NULL: no folder can have it. */
const char *store_role_known(struct span attribute);

/* Of the folder of that name at this path; NULL: none. */
const char *store_role(const char *path, const char *folder);

/* 0, or -1 with errno. */
int store_role_set(const char *path, const char *attribute);

#endif
