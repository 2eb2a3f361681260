#include "command_read.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/compose.h"
#include "client/letter.h"
#include "client/order.h"
#include "client/pattern.h"
#include "core/mem.h"
#include "io/i18n.h"
#include "io/text.h"

enum { FROM_COLUMNS = 24 };

static void print_padded(const char *text, size_t columns)
{
    struct buf line;
    char *safe = text_safe_copy(span_of(text));
    buf_init(&line, 10000);
    text_pad(&line, safe, columns);
    fputs(buf_text(&line), stdout);
    buf_free(&line);
    free(safe);
}

static void print_date(int64_t seconds)
{
    char text[32] = "";
    struct tm local;
    time_t time = (time_t)seconds;
    if (localtime_r(&time, &local) != NULL)
        strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local);
    printf("%-16s", text);
}

static void print_row(const struct mail_envelope *letter)
{
    char flags[6] = { (letter->flags & MAIL_SEEN) ? ' ' : 'N', (letter->flags & MAIL_ANSWERED) ? 'r' : ' ',
                      (letter->flags & MAIL_FLAGGED) ? '!' : ' ', (letter->flags & MAIL_DELETED) ? 'D' : ' ', '\0' };
    printf("%4u %s ", letter->number, flags);
    print_date(letter->date);
    printf(" %8llu  ", (unsigned long long)letter->size);
    print_padded(letter->from, FROM_COLUMNS);
    fputs("  ", stdout);
    char *subject = text_safe_copy(span_of(letter->subject));
    printf("%s\n", subject);
    free(subject);
}

/* The letters that --limit asks for; NULL: all. */
static int find_hits(struct run *run, unsigned char **hits)
{
    if (run->options->limit == NULL)
        return RUN_GOOD;
    struct pattern *pattern = pattern_parse(run->options->limit, (int64_t)time(NULL), &run->error);
    if (pattern == NULL)
        return RUN_BAD;
    *hits = mem_alloc(run->source->count + 1);
    int status = source_search(run->source, pattern, *hits) == 0 ? RUN_GOOD : run_failed(run);
    pattern_free(pattern);
    return status;
}

int command_list(struct run *run)
{
    const char *sort = run->options->sort != NULL ? run->options->sort : "arrival";
    bool reverse = strncmp(sort, "reverse-", 8) == 0;
    int order = order_of_name(sort + (reverse ? 8 : 0));
    if (run->options->count > 2)
        return run_wrong(_("list takes one account; see mailclient --help"));
    if (order < 0)
        return run_wrong(_("there is no order \"%s\"; see mailclient --help"),
                         sort);
    if (run_open(run, 1, source_refresh) != 0)
        return RUN_BAD;
    struct conversation_row *rows = mem_grow(NULL, run->source->count + 1, sizeof *rows);
    unsigned char *hits = NULL;
    size_t count = 0;
    int status = find_hits(run, &hits);
    if (status == RUN_GOOD)
        count = order_rows(run->source, (enum order_key)order, reverse, hits, rows);
    for (size_t i = 0; i < count; i++)
        print_row(&run->source->messages[rows[i].letter]);
    free(hits);
    free(rows);
    return status;
}

/* The N of "read N". */
static int letter_number(const struct options *options, unsigned *number)
{
    char *end = NULL;
    const char *word = options->count > 1 ? options->words[1] : "";
    errno = 0;
    unsigned long value = *word >= '0' && *word <= '9' ? strtoul(word, &end, 10) : 0;
    if (errno != 0 || value == 0 || value > UINT32_MAX || *end != '\0')
        return run_wrong(_("%s wants the number of a letter, as list shows it"), options->words[0]);
    if (options->count > 3)
        return run_wrong(_("%s takes a number and one account; see mailclient --help"), options->words[0]);
    *number = (unsigned)value;
    return RUN_GOOD;
}

/* The letter of the command line, raw. */
static int fetch(struct run *run, struct buf *raw, unsigned *number)
{
    int status = letter_number(run->options, number);
    if (status != RUN_GOOD)
        return status;
    if (run_open(run, 2, NULL) != 0)
        return RUN_BAD;
    return source_fetch(run->source, *number, raw) == 0 ? RUN_GOOD : run_failed(run);
}

static void print_field(struct span raw, const char *name)
{
    struct buf value, safe;
    buf_init(&value, 1 << 20);
    buf_init(&safe, 8 << 20);
    if (letter_field(raw, name, &value)) {
        text_safe(&safe, value.data, value.len);
        printf("%s: %s\n", name, buf_text(&safe));
    }
    buf_free(&value);
    buf_free(&safe);
}

static void print_parts(struct span raw)
{
    struct letter_parts parts;
    letter_parts(raw, &parts);
    for (size_t i = 0; i < parts.count; i++) {
        const struct letter_part *part = &parts.rows[i];
        if (part->is_group || part->shown)
            continue;
        char *name = text_safe_copy(span_of(part->name)), *type = text_safe_copy(span_of(part->type));
        printf(_("[part %s: %s, %s, %zu bytes]\n"), *part->number != '\0' ? part->number : "1",
               *name != '\0' ? name : _("without a name"), type, part->size);
        free(name);
        free(type);
    }
    letter_parts_free(&parts);
}

static void print_letter(struct span raw)
{
    static const char *const names[] = { "From", "To", "Cc", "Date", "Subject" };
    struct buf text, safe;
    buf_init(&text, COMPOSE_MAX);
    buf_init(&safe, 5UL * COMPOSE_MAX);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        print_field(raw, names[i]);
    putchar('\n');
    if (letter_text(raw, &text)) {
        text_safe_lines(&safe, text.data, text.len);
        fputs(buf_text(&safe), stdout);
        if (safe.len > 0 && safe.data[safe.len - 1] != '\n')
            putchar('\n');
    }
    print_parts(raw);
    buf_free(&text);
    buf_free(&safe);
}

int command_read(struct run *run)
{
    struct buf raw;
    unsigned number = 0;
    buf_init(&raw, COMPOSE_MAX);
    int status = fetch(run, &raw, &number);
    if (status == RUN_GOOD) {
        print_letter(buf_span(&raw));
        /* Reading is what \Seen means; that it cannot be noted everywhere is no failure. */
        if ((run->source->abilities & MAIL_CAN_FLAG) != 0)
            source_flag(run->source, number, MAIL_SEEN, 0);
    }
    buf_free(&raw);
    return status;
}

int command_get(struct run *run)
{
    struct buf raw;
    unsigned number = 0;
    buf_init(&raw, COMPOSE_MAX);
    int status = fetch(run, &raw, &number);
    if (status == RUN_GOOD && isatty(STDOUT_FILENO)) { /* a terminal must not obey what a letter says */
        struct buf safe;
        buf_init(&safe, 5UL * COMPOSE_MAX);
        text_safe_lines(&safe, raw.data, raw.len);
        fputs(buf_text(&safe), stdout);
        buf_free(&safe);
    } else if (status == RUN_GOOD) {
        fwrite(raw.data, 1, raw.len, stdout);
    }
    buf_free(&raw);
    return status;
}

int command_delete(struct run *run)
{
    unsigned number = 0;
    int status = letter_number(run->options, &number);
    if (status != RUN_GOOD)
        return status;
    if (run_open(run, 2, source_survey) != 0)
        return RUN_BAD;
    bool done = source_flag(run->source, number, MAIL_DELETED, 0) == 0 && source_expunge(run->source) == 0;
    return done ? RUN_GOOD : run_failed(run);
}

static void print_folder(void *context, const struct mail_folder *folder)
{
    char *safe = text_safe_copy(span_of(folder->name));
    (void)context;
    if (folder->selectable)
        puts(safe);
    free(safe);
}

int command_folders(struct run *run)
{
    if (run->options->count > 2)
        return run_wrong(_("folders takes one account; see mailclient --help"));
    if (run_open(run, 1, NULL) != 0)
        return RUN_BAD;
    return source_folders(run->source, print_folder, NULL) == 0 ? RUN_GOOD : run_failed(run);
}
