#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/durable.h"
#include "io/i18n.h"
#include "server/config_value.h"

struct config {
    atomic_uint owners;
    char *root;
    struct config_value values[CONFIG_COUNT];
};

struct config *config_new(const char *root)
{
    struct config *config = mem_alloc(sizeof *config);
    atomic_init(&config->owners, 1);
    config->root = mem_text(root);
    for (size_t i = 0; i < CONFIG_COUNT; i++)
        config->values[i].raw = mem_text(config_table[i].initial);
    return config;
}

struct config *config_hold(const struct config *config)
{
    struct config *mine = (struct config *)config;
    atomic_fetch_add(&mine->owners, 1);
    return mine;
}

void config_release(const struct config *config)
{
    struct config *mine = (struct config *)config;
    if (mine == NULL || atomic_fetch_sub(&mine->owners, 1) != 1)
        return;
    for (size_t i = 0; i < CONFIG_COUNT; i++)
        config_value_free(&mine->values[i]);
    free(mine->root);
    free(mine);
}

/* ---- settings ---- */

static int find(struct span name)
{
    for (int i = 0; i < CONFIG_COUNT; i++)
        if (span_is(name, config_table[i].name))
            return i;
    return -1;
}

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

/* Dovecot allows a comment after a value and quotes around it; Postfix knows neither. */
static struct span dovecot_value(struct span value)
{
    for (size_t i = 1; i < value.len; i++)
        if (value.at[i] == '#' && isspace((unsigned char)value.at[i - 1]))
            value.len = i;
    value = trim(value);
    if (value.len >= 2 && value.at[0] == '"' && value.at[value.len - 1] == '"')
        value = (struct span){ value.at + 1, value.len - 2 };
    return value;
}

/* One assignment; place is "FILE:LINE" or "-o". */
static int assign(struct config *config, struct span line, const char *place, struct buf *errors)
{
    const char *equals = memchr(line.at, '=', line.len);
    if (equals == NULL) {
        char *shown = config_shown(line);
        buf_printf(errors, _("%s: this is not a setting of the form name = value: %s\n"), place, shown);
        free(shown);
        return -1;
    }
    struct span name = trim((struct span){ line.at, (size_t)(equals - line.at) });
    struct span value = trim((struct span){ equals + 1, line.len - (size_t)(equals + 1 - line.at) });
    int id = find(name);
    if (id < 0) {
        char *shown = config_shown(name);
        buf_printf(errors, _("%s: there is no parameter \"%s\"; see mailserver check-config --all\n"), place, shown);
        free(shown);
        return -1;
    }
    if (config_table[id].origin == CONFIG_DOVECOT)
        value = dovecot_value(value);
    struct config_value *target = &config->values[id];
    free(target->raw);
    free(target->place);
    target->raw = span_copy(value);
    target->place = mem_text(place);
    target->set = true;
    return 0;
}

int config_set(struct config *config, const char *assignment, struct buf *errors)
{
    return assign(config, trim(span_of(assignment)), "-o", errors);
}

/* ---- files ---- */

struct reader {
    struct config *config;
    const char *file;
    struct buf *errors;
    struct buf logical;   /* the setting being collected: continuation lines are added to it */
    unsigned first_line;
    bool in_plugin;       /* between Dovecot's "plugin {" and "}" */
    int status;
};

static void end_setting(struct reader *reader)
{
    if (reader->logical.len == 0)
        return;
    char *place = mem_printf("%s:%u", reader->file, reader->first_line);
    if (assign(reader->config, trim(buf_span(&reader->logical)), place, reader->errors) != 0)
        reader->status = -1;
    free(place);
    buf_clear(&reader->logical);
}

static void fault(struct reader *reader, unsigned number, const char *text)
{
    buf_printf(reader->errors, "%s:%u: %s\n", reader->file, number, text);
    reader->status = -1;
}

/* Dovecot's section plugin { } holds settings with names of their own, as quota_rule: it is read as if it were not. */
static bool is_plugin_bracket(const struct reader *reader, struct span text)
{
    if (reader->in_plugin)
        return span_is(text, "}");
    return text.at[text.len - 1] == '{' && span_is(trim((struct span){ text.at, text.len - 1 }), "plugin");
}

/*
 * postconf(5): a line that begins with white space continues the one before;
 * empty lines and lines whose first character is # are skipped, also between.
 */
static void take_line(struct reader *reader, struct span line, unsigned number)
{
    struct span text = trim(line);
    if (text.len == 0 || text.at[0] == '#')
        return;
    if (memchr(line.at, '\0', line.len) != NULL) {
        fault(reader, number, _("a NUL byte: this is not a text file"));
        return;
    }
    if (is_plugin_bracket(reader, text)) {
        end_setting(reader);
        reader->in_plugin = !reader->in_plugin;
        return;
    }
    if (text.at[text.len - 1] == '{' || span_is(text, "}")) {
        fault(reader, number, _("sections in { } are not read here: write the settings without them"));
        return;
    }
    if (text.at[0] == '!') {
        fault(reader, number, _("other files are not included: write their settings here"));
        return;
    }
    bool continues = isspace((unsigned char)line.at[0]) && reader->logical.len > 0;
    if (!continues) {
        end_setting(reader);
        reader->first_line = number;
    } else if (buf_add(&reader->logical, " ", 1) != 0) {
        return;
    }
    if (buf_add_span(&reader->logical, text) != 0)
        fault(reader, number, _("the setting is too long"));
}

int config_read(struct config *config, const char *file, struct buf *errors)
{
    struct buf content;
    buf_init(&content, 1024 * 1024);
    if (config_load_file(file, &content, errors) != 0) {
        buf_free(&content);
        return -1;
    }
    struct reader reader = { .config = config, .file = file, .errors = errors };
    buf_init(&reader.logical, 64 * 1024);
    const char *at = content.data;
    size_t left = content.len;
    for (unsigned number = 1; left > 0; number++) {
        const char *end = memchr(at, '\n', left);
        size_t length = end != NULL ? (size_t)(end - at) : left;
        take_line(&reader, (struct span){ at, length }, number);
        at += end != NULL ? length + 1 : length;
        left -= end != NULL ? length + 1 : length;
    }
    end_setting(&reader);
    buf_free(&reader.logical);
    buf_free(&content);
    return reader.status;
}

/* ---- values ---- */

/* postconf(5): myhostname is the system's name, mydomain is that without its first part, or "localdomain". */
static void derive_names(struct config *config)
{
    struct config_value *host = &config->values[CONFIG_MYHOSTNAME], *domain = &config->values[CONFIG_MYDOMAIN];
    if (!host->set || *host->raw == '\0') {
        char name[HOST_NAME_MAX + 1] = "";
        if (gethostname(name, sizeof name) != 0 || name[0] == '\0')
            strcpy(name, "localhost");
        name[sizeof name - 1] = '\0';
        free(host->raw);
        if (strchr(name, '.') != NULL)
            host->raw = mem_text(name);
        else
            host->raw = mem_printf("%s.%s", name, domain->set && *domain->raw != '\0' ? domain->raw : "localdomain");
    }
    if (!domain->set || *domain->raw == '\0') {
        const char *dot = strchr(host->raw, '.');
        free(domain->raw);
        domain->raw = mem_text(dot != NULL ? dot + 1 : "localdomain");
    }
}

/* postconf(5): a value of myorigin that begins with a slash is a file whose first line is meant, as /etc/mailname. */
static int read_origin(struct config *config, struct buf *errors)
{
    struct config_value *origin = &config->values[CONFIG_MYORIGIN];
    struct buf content;
    if (origin->raw[0] != '/')
        return 0;
    buf_init(&content, 4096);
    int status = durable_read(origin->raw, &content);
    if (status != 0) {
        buf_printf(errors, _("%s: myorigin: the file %s cannot be read: %s\n"), config_place(config, CONFIG_MYORIGIN),
                   origin->raw, strerror(errno));
    } else {
        free(origin->raw);
        origin->raw = mem_copy(buf_text(&content), strcspn(buf_text(&content), "\r\n"));
    }
    buf_free(&content);
    return status;
}

/* A server on the standard ports is there for others: by default it listens where Postfix and Dovecot do. */
static void derive_interfaces(struct config *config)
{
    struct config_value *smtp = &config->values[CONFIG_INET_INTERFACES], *mailbox = &config->values[CONFIG_LISTEN];
    if (strstr(config->values[CONFIG_PORTS].raw, "standard") == NULL)
        return;
    if (!smtp->set) {
        free(smtp->raw);
        smtp->raw = mem_text("all");
    }
    if (!mailbox->set) {
        free(mailbox->raw);
        mailbox->raw = mem_text("*, ::");
    }
}

/* Finds $name for config_expand: the value as it was written, or NULL. */
static const char *raw_value(void *context, struct span name)
{
    struct config *config = context;
    int id = find(name);
    return id < 0 ? NULL : config->values[id].raw;
}

int config_finish(struct config *config, struct buf *errors)
{
    int status = read_origin(config, errors);
    derive_names(config);
    derive_interfaces(config);
    for (size_t i = 0; i < CONFIG_COUNT; i++)
        if (config_value_finish(&config->values[i], &config_table[i], raw_value, config, config->root, errors) != 0)
            status = -1;
    return status == 0 ? config_check(config, errors) : -1;
}

const char *config_text(const struct config *config, enum config_id id)
{
    return config->values[id].text;
}

long long config_number(const struct config *config, enum config_id id)
{
    return config->values[id].number;
}

bool config_flag(const struct config *config, enum config_id id)
{
    return config->values[id].flag;
}

size_t config_count(const struct config *config, enum config_id id)
{
    return config->values[id].count;
}

const char *config_word(const struct config *config, enum config_id id, size_t i)
{
    return i < config->values[id].count ? config->values[id].words[i] : NULL;
}

const char *config_root(const struct config *config)
{
    return config->root;
}

bool config_is_set(const struct config *config, enum config_id id)
{
    return config->values[id].set;
}

const char *config_place(const struct config *config, enum config_id id)
{
    return config->values[id].set ? config->values[id].place : _("default");
}
