#include "alias.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/smtp_path.h"
#include "io/durable.h"
#include "server/config.h"
#include "server/policy.h"
#include "server/users.h"

enum { FILE_MAX = 4 * 1024 * 1024, DEPTH_MAX = 20, TARGETS_MAX = 10000 };

struct resolving {
    const struct session *session;
    struct buf file;                 /* of aliases; empty when there is none */
    struct alias_targets *targets;
    const char *path[DEPTH_MAX];     /* the aliases being followed */
    size_t depth;
};

static enum delivery_result follow(struct resolving *resolving, struct span local);

static enum delivery_result add_target(struct resolving *resolving, const char *name)
{
    struct alias_targets *targets = resolving->targets;
    for (size_t i = 0; i < targets->count; i++)
        if (strcmp(targets->names[i], name) == 0)
            return DELIVERY_OK;
    if (targets->count == TARGETS_MAX)
        return DELIVERY_FAILED;
    targets->names = mem_grow(targets->names, targets->count + 1, sizeof *targets->names);
    targets->names[targets->count++] = mem_text(name);
    return DELIVERY_OK;
}

void alias_targets_free(struct alias_targets *targets)
{
    for (size_t i = 0; i < targets->count; i++)
        free(targets->names[i]);
    free(targets->names);
    *targets = (struct alias_targets){ NULL, 0 };
}

/* ---- the file ---- */

static struct span trim(struct span text)
{
    while (text.len > 0 && isspace((unsigned char)text.at[0])) {
        text.at++;
        text.len--;
    }
    while (text.len > 0 && isspace((unsigned char)text.at[text.len - 1]))
        text.len--;
    return text;
}

/* The next line with those that continue it; false at the end. */
static bool next_entry(const struct buf *file, size_t *place, struct span *entry)
{
    size_t start = *place, end = start;
    if (start >= file->len)
        return false;
    do {
        const char *lf = memchr(file->data + end, '\n', file->len - end);
        end = lf != NULL ? (size_t)(lf - file->data) + 1 : file->len;
    } while (end < file->len && (file->data[end] == ' ' || file->data[end] == '\t'));
    *entry = (struct span){ file->data + start, end - start };
    *place = end;
    return true;
}

/* The right side of the alias; false: there is none of that name. */
static bool find_alias(const struct buf *file, const char *name, struct span *members)
{
    struct span entry;
    for (size_t place = 0; next_entry(file, &place, &entry);) {
        const char *colon = memchr(entry.at, ':', entry.len);
        if (entry.at[0] == '#' || colon == NULL)
            continue;
        struct span left = trim((struct span){ entry.at, (size_t)(colon - entry.at) });
        if (!span_is_nocase(left, name))
            continue;
        *members = (struct span){ colon + 1, entry.len - (size_t)(colon + 1 - entry.at) };
        return true;
    }
    return false;
}

/* One address on the right side. */
static enum delivery_result follow_member(struct resolving *resolving, struct span member)
{
    const char *at = memchr(member.at, '@', member.len);
    if (at == NULL)
        return follow(resolving, member);
    struct span local = { member.at, (size_t)(at - member.at) };
    struct span domain = { at + 1, member.len - local.len - 1 };
    if (policy_is_local(resolving->session, domain))
        return follow(resolving, local);
    struct smtp_path path;
    if (smtp_parse_mailbox(member, &path) != NULL)
        return DELIVERY_UNKNOWN;
    char *address = span_copy(member);
    enum delivery_result result = add_target(resolving, address);
    free(address);
    return result;
}

static enum delivery_result follow_members(struct resolving *resolving, struct span members)
{
    enum delivery_result worst = DELIVERY_OK;
    while (members.len > 0) {
        const char *end = memchr(members.at, ',', members.len);
        const char *lf = memchr(members.at, '\n', members.len);
        if (end == NULL || (lf != NULL && lf < end))
            end = lf;
        size_t length = end != NULL ? (size_t)(end - members.at) : members.len;
        struct span member = trim((struct span){ members.at, length });
        if (member.len > 0 && member.at[0] != '#') {
            enum delivery_result result = follow_member(resolving, member);
            worst = worst == DELIVERY_OK ? result : worst;
        }
        size_t taken = end != NULL ? length + 1 : length;
        members = (struct span){ members.at + taken, members.len - taken };
    }
    return worst;
}

/* ---- names ---- */

static bool is_user(const struct resolving *resolving, const char *name)
{
    return users_exists(resolving->session->server->users, span_of(name));
}

static enum delivery_result follow_alias(struct resolving *resolving, const char *name, struct span members)
{
    for (size_t i = 0; i < resolving->depth; i++)
        if (strcmp(resolving->path[i], name) == 0)
            return is_user(resolving, name) ? add_target(resolving, name) : DELIVERY_LOOP;
    if (resolving->depth == DEPTH_MAX)
        return DELIVERY_LOOP;
    resolving->path[resolving->depth++] = name;
    enum delivery_result result = follow_members(resolving, members);
    resolving->depth--;
    return result;
}

static enum delivery_result follow_name(struct resolving *resolving, char *name)
{
    struct span members;
    if (find_alias(&resolving->file, name, &members))
        return follow_alias(resolving, name, members);
    if (is_user(resolving, name))
        return add_target(resolving, name);
    /* rachida+list is rachida's (recipient_delimiter), unless somebody has that very name. */
    const char *delimiters = config_text(resolving->session->config, CONFIG_RECIPIENT_DELIMITER);
    size_t plain = strcspn(name, delimiters);
    if (plain > 0 && name[plain] != '\0') {
        name[plain] = '\0';
        return follow_name(resolving, name);
    }
    /* RFC 5321 §4.5.1: a server has a postmaster. Where nobody is named, the letters are kept all the same. */
    return strcmp(name, "postmaster") == 0 ? add_target(resolving, name) : DELIVERY_UNKNOWN;
}

static enum delivery_result follow(struct resolving *resolving, struct span local)
{
    char name[USERS_NAME_MAX * 2 + 1];
    if (local.len == 0 || local.len >= sizeof name)
        return DELIVERY_UNKNOWN;
    for (size_t i = 0; i < local.len; i++)
        name[i] = (char)tolower((unsigned char)local.at[i]);
    name[local.len] = '\0';
    return strlen(name) == local.len ? follow_name(resolving, name) : DELIVERY_UNKNOWN;
}

enum delivery_result alias_resolve(const struct session *session, struct span local, struct alias_targets *targets)
{
    struct resolving resolving = { .session = session, .targets = targets };
    buf_init(&resolving.file, FILE_MAX);
    durable_read(config_text(session->config, CONFIG_ALIAS_MAPS), &resolving.file);
    enum delivery_result result = follow(&resolving, local);
    buf_free(&resolving.file);
    return result;
}
