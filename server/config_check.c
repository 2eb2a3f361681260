/*
 * config_check.c - what no parameter can know alone: checks across several
 * of them, the paths that follow from them, and printing the whole.
 */
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "server/config.h"
#include "server/config_value.h"
#include "server/quota.h"

static int wrong(const struct config *config, enum config_id id, struct buf *errors, const char *text)
{
    char *shown = config_shown(span_of(config_text(config, id)));
    buf_printf(errors, "%s: %s = %s: %s\n", config_place(config, id), config_table[id].name, shown, text);
    free(shown);
    return -1;
}

/* A host name as RFC 5321 §4.1.2 allows it; it goes into greetings and headers. */
static bool is_domain(const char *text)
{
    size_t length = strlen(text);
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
    return length > 0 && length <= 255 && strspn(text, letters) == length && strchr(".-", text[0]) == NULL &&
           text[length - 1] != '.' && strstr(text, "..") == NULL;
}

/* Home-relative and inside it: no part is "..". */
static bool stays_inside(const char *path)
{
    for (const char *part = path; part != NULL; part = strchr(part, '/'), part = part != NULL ? part + 1 : NULL)
        if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
            return false;
    return *path != '\0' && *path != '/';
}

/* The part of mail_location after "maildir:", before options like ":LAYOUT=fs". */
static struct span location_path(const struct config *config)
{
    struct span path = span_of(config_text(config, CONFIG_MAIL_LOCATION));
    static const char prefix[] = "maildir:";
    if (path.len < sizeof prefix - 1 || memcmp(path.at, prefix, sizeof prefix - 1) != 0)
        return (struct span){ NULL, 0 };
    path.at += sizeof prefix - 1;
    path.len -= sizeof prefix - 1;
    return path;
}

/* The path with ~ and %u filled in, without slashes at its end; NULL when it has another %. */
static char *fill_path(struct span path, const char *home, struct span user)
{
    struct buf out;
    buf_init(&out, 8192);
    for (size_t i = 0; i < path.len; i++) {
        if (path.at[i] == '~' && i == 0) {
            buf_add_text(&out, home);
        } else if (path.at[i] == '%' && i + 1 < path.len && strchr("unh", path.at[i + 1]) != NULL) {
            i++;
            if (path.at[i] == 'h')
                buf_add_text(&out, home);
            else
                buf_add_span(&out, user);
        } else if (path.at[i] == '%') {
            buf_free(&out);
            return NULL;
        } else {
            buf_add(&out, &path.at[i], 1);
        }
    }
    while (out.len > 1 && out.data[out.len - 1] == '/')
        out.len--;
    char *filled = mem_text(buf_text(&out));
    buf_free(&out);
    return filled;
}

static char *home_of(const struct config *config, struct span user)
{
    return mem_printf("%s/home/%.*s", config_root(config), (int)user.len, user.at);
}

char *config_maildir(const struct config *config, struct span user)
{
    char *home = home_of(config, user);
    char *path = fill_path(location_path(config), home, user);
    free(home);
    return path;
}

static int check_mailbox(const struct config *config, struct buf *errors)
{
    const char *home_mailbox = config_text(config, CONFIG_HOME_MAILBOX);
    size_t length = strlen(home_mailbox);
    if (length == 0 || home_mailbox[length - 1] != '/')
        return wrong(config, CONFIG_HOME_MAILBOX, errors,
                     _("only the Maildir format is kept here: end the value with a slash"));
    if (!stays_inside(home_mailbox))
        return wrong(config, CONFIG_HOME_MAILBOX, errors, _("the path must stay inside the user's home"));

    struct span location = location_path(config);
    struct span user = span_of("user");
    char *read_from = location.at != NULL ? fill_path(location, "/home", user) : NULL;
    if (read_from == NULL || memchr(location.at, ':', location.len) != NULL) {
        free(read_from);
        return wrong(config, CONFIG_MAIL_LOCATION, errors,
                     _("the value must be maildir: and a path, with no options behind it"));
    }
    char *deliver_to = mem_printf("~/%s", home_mailbox);
    char *delivered = fill_path(span_of(deliver_to), "/home", user);
    int status = 0;
    if (strcmp(delivered, read_from) != 0)
        status = wrong(config, CONFIG_MAIL_LOCATION, errors,
                       _("letters are delivered elsewhere (home_mailbox) and would never be seen: "
                         "make both name the same folder"));
    free(deliver_to);
    free(delivered);
    free(read_from);
    return status;
}

static int check_domains(const struct config *config, struct buf *errors)
{
    static const enum config_id names[] = { CONFIG_MYHOSTNAME, CONFIG_MYDOMAIN, CONFIG_MYORIGIN };
    int status = 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (!is_domain(config_text(config, names[i])))
            status = wrong(config, names[i], errors, _("this is not the name of a host or a domain"));
    if (strncmp(config_text(config, CONFIG_SMTPD_BANNER), config_text(config, CONFIG_MYHOSTNAME),
                strlen(config_text(config, CONFIG_MYHOSTNAME))) != 0)
        status = wrong(config, CONFIG_SMTPD_BANNER, errors,
                       _("the greeting must begin with $myhostname (RFC 5321 §4.2)"));
    if (strlen(config_text(config, CONFIG_SMTPD_BANNER)) > 500)
        status = wrong(config, CONFIG_SMTPD_BANNER, errors, _("the greeting is longer than a line may be"));
    return status;
}

/* Like Postfix, refuse to be an open relay: some rule must refuse. */
static bool has_final_rule(const struct config *config, enum config_id list)
{
    static const char *const finals[] = { "reject", "defer", "reject_unauth_destination", "defer_unauth_destination" };
    const char *word;
    for (size_t i = 0; (word = config_word(config, list, i)) != NULL; i++)
        for (size_t j = 0; j < sizeof finals / sizeof finals[0]; j++)
            if (strcmp(word, finals[j]) == 0)
                return true;
    return false;
}

static int check_quota(const struct config *config, struct buf *errors)
{
    struct quota limit;
    const char *counted = config_text(config, CONFIG_QUOTA);
    const char *fault = quota_parse(config_text(config, CONFIG_QUOTA_RULE), &limit);
    if (fault != NULL)
        return wrong(config, CONFIG_QUOTA_RULE, errors, _(fault));
    if (strncmp(counted, "count:", 6) != 0 && strncmp(counted, "maildir:", 8) != 0)
        return wrong(config, CONFIG_QUOTA, errors, _("count: and a name are expected"));
    return 0;
}

int config_check(const struct config *config, struct buf *errors)
{
    int status = check_domains(config, errors);
    if (check_quota(config, errors) != 0)
        status = -1;
    if (check_mailbox(config, errors) != 0)
        status = -1;
    if (strlen(config_text(config, CONFIG_RECIPIENT_DELIMITER)) > 4)
        status = wrong(config, CONFIG_RECIPIENT_DELIMITER, errors, _("one to four signs are expected"));
    if (config_number(config, CONFIG_WORKERS) < 1 || config_number(config, CONFIG_WORKERS) > 1024)
        status = wrong(config, CONFIG_WORKERS, errors, _("a number from 1 to 1024 is expected"));
    if (!has_final_rule(config, CONFIG_SMTPD_RECIPIENT_RESTRICTIONS) &&
        !has_final_rule(config, CONFIG_SMTPD_RELAY_RESTRICTIONS))
        status = wrong(config, CONFIG_SMTPD_RECIPIENT_RESTRICTIONS, errors,
                       _("no rule refuses anybody, so the whole world could send letters through this server: "
                         "put reject at the end"));
    return status;
}

const char *config_origin_name(enum config_origin origin)
{
    static const char *const names[] = { "Postfix", "Dovecot", "Pli" };
    return names[origin];
}

int config_print(const struct config *config, bool all, struct buf *out)
{
    int status = 0;
    for (int i = 0; i < CONFIG_COUNT; i++) {
        const struct config_row *row = &config_table[i];
        if (!all && !config_is_set(config, (enum config_id)i))
            continue;
        status |= buf_printf(out, "# %s: %s\n", config_origin_name(row->origin), _(row->meaning));
        if (row->choices != NULL)
            status |= buf_printf(out, _("# allowed: %s\n"), row->choices);
        status |= buf_printf(out, "%s = %s\n\n", row->name, config_text(config, (enum config_id)i));
    }
    return status;
}
