#include "server/quota.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/words.h"
#include "server/config.h"
#include "server/mailbox.h"

static const char rule_form[] = N_("a rule such as *:storage=100M:messages=1000 is expected");

/* Digits and a unit: B, k, M, G, T as Dovecot has them; a bare number has the unit `scale`. Answers what follows. */
static const char *read_amount(const char *at, uint64_t scale, bool with_unit, uint64_t *amount)
{
    static const char units[] = "BkMGT";
    char *end;
    if (!isdigit((unsigned char)*at))
        return NULL;
    errno = 0;
    const unsigned long long number = strtoull(at, &end, 10);
    const char *unit = with_unit && *end != '\0' ? strchr(units, *end == 'K' ? 'k' : *end) : NULL;
    if (unit != NULL) {
        scale = (uint64_t)1 << 10 * (unit - units);
        end += *end != '\0';
    }
    if (errno != 0 || number > (uint64_t)INT64_MAX / scale)
        return NULL;
    *amount = number * scale;
    return end;
}

const char *quota_parse(const char *rule, struct quota *limit)
{
    static const char storage[] = ":storage=", messages[] = ":messages=";
    *limit = (struct quota){ 0 };
    if (*rule == '\0')
        return NULL;
    if (*rule++ != '*')
        return rule_form;
    while (rule != NULL && *rule != '\0') {
        if (strncmp(rule, storage, sizeof storage - 1) == 0)
            rule = read_amount(rule + sizeof storage - 1, 1024, true, &limit->octets); /* Dovecot: kibibytes */
        else if (strncmp(rule, messages, sizeof messages - 1) == 0)
            rule = read_amount(rule + sizeof messages - 1, 1, false, &limit->messages);
        else
            rule = NULL;
    }
    return rule != NULL ? NULL : rule_form;
}

struct quota quota_limit(const struct config *config)
{
    struct quota limit;
    quota_parse(config_text(config, CONFIG_QUOTA_RULE), &limit); /* config_check has found it good */
    return limit;
}

const char *quota_root(const struct config *config)
{
    const char *value = config_text(config, CONFIG_QUOTA);
    return value + strcspn(value, ":") + 1;
}

bool quota_is_set(const struct quota *limit)
{
    return limit->octets > 0 || limit->messages > 0;
}

enum store_result quota_used(struct store *store, struct quota *used)
{
    struct store_folder *folders;
    size_t count;
    *used = (struct quota){ 0 };
    enum store_result result = store_list(store, &folders, &count);
    if (result != STORE_OK)
        return result;
    for (size_t i = 0; i < count && result == STORE_OK; i++) {
        uint64_t octets = 0;
        size_t messages = 0;
        if (!folders[i].exists)
            continue;
        result = store_holds(store, folders[i].name, &octets, &messages);
        if (result == STORE_NOT_FOUND) /* deleted by another session meanwhile */
            result = STORE_OK;
        used->octets += octets;
        used->messages += messages;
    }
    store_list_free(folders, count);
    return result;
}

enum store_result quota_allows(struct store *store, const struct quota *limit, const struct quota *more)
{
    struct quota used;
    if (!quota_is_set(limit))
        return STORE_OK;
    enum store_result result = quota_used(store, &used);
    if (result != STORE_OK)
        return result;
    if ((limit->octets > 0 && used.octets + more->octets > limit->octets) ||
        (limit->messages > 0 && used.messages + more->messages > limit->messages))
        return STORE_OVER_QUOTA;
    return STORE_OK;
}
