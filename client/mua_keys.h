/*
 * mua_keys.h - the key tables of the mail program's views: for the reference
 * pages. Each view's own file has the table.
 */
#ifndef PLI_CLIENT_MUA_KEYS_H
#define PLI_CLIENT_MUA_KEYS_H

#include "io/keys.h"

extern const struct key_table mua_index_keys, mua_pager_keys;

#endif
