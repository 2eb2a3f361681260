/*
 * mua_keys.h - the key tables of the mail program's views: for the reference
 * pages and for the user's own keys. Each view's own file has the table.
 */
#ifndef PLI_CLIENT_MUA_KEYS_H
#define PLI_CLIENT_MUA_KEYS_H

#include "io/keys.h"

extern const struct key_table mua_index_keys, mua_pager_keys, mua_parts_keys, mua_folders_keys, mua_compose_keys,
    mua_wire_keys;
extern const struct key_table *const mua_key_tables[];
extern const size_t mua_key_table_count;

#endif
