#include "server/queue_command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/mem.h"
#include "io/i18n.h"
#include "io/text.h"
#include "server/queue.h"

enum { PIECE = 64 * 1024, ERROR_MAX = 2000 };

struct queue_context {
    char *folder;
    const char *id;             /* of show and remove */
    char (*ids)[QUEUE_ID_MAX + 1];
    size_t count, room;
};

/* ---- helpers ---- */

static int complain_about(const char *id, const char *what)
{
    char *line = mem_printf("%s: %s\n", id, what);
    complain(line);
    free(line);
    return EXIT_BAD;
}

static void print_safe(const char *text)
{
    char *safe = text_safe_copy(span_of(text));
    fputs(safe, stdout);
    free(safe);
}

static void print_time(int64_t when)
{
    struct buf text;
    buf_init(&text, 100);
    queue_time_write(when, &text);
    fputs(buf_text(&text), stdout);
    buf_free(&text);
}

static int end_of_output(int status)
{
    return fflush(stdout) == 0 && !ferror(stdout) ? status : complain(_("The output cannot be written.\n"));
}

/* NULL: it is gone (*status stays), or it cannot be used (which is told, and *status is EXIT_BAD). */
static struct queue_envelope *load(const struct queue_context *context, const char *id, int *status)
{
    struct buf error;
    buf_init(&error, ERROR_MAX);
    struct queue_envelope *envelope = queue_load(context->folder, id, &error);
    if (envelope == NULL && errno != ENOENT) {
        char *line = mem_printf(_("its envelope cannot be used: %s"), buf_text(&error));
        *status = complain_about(id, line);
        free(line);
    }
    buf_free(&error);
    return envelope;
}

static void add_id(void *data, const char *id)
{
    struct queue_context *context = data;
    if (context->count == context->room) {
        context->room = context->room * 2 + 16;
        context->ids = mem_grow(context->ids, context->room, sizeof *context->ids);
    }
    memcpy(context->ids[context->count++], id, strlen(id) + 1);
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* The letters as they are now, by id. A root without a queue has had none; a root that is not there is a mistake. */
static int find_letters(struct queue_context *context)
{
    if (queue_each(context->folder, add_id, context) == 0) {
        if (context->count > 0)
            qsort(context->ids, context->count, sizeof *context->ids, compare_ids);
        return EXIT_GOOD;
    }
    int error = errno;
    char *root = mem_text(context->folder);
    *strrchr(root, '/') = '\0';
    bool none = error == ENOENT && access(root, F_OK) == 0;
    free(root);
    return none ? EXIT_GOOD : complain_about(context->folder, strerror(error));
}

/* ---- list ---- */

static void print_recipient(const struct queue_recipient *recipient)
{
    const struct queue_try *last = queue_recipient_last(recipient);
    printf("    ");
    print_safe(recipient->address);
    printf("  %s", queue_state_name(recipient->state));
    if (recipient->state == QUEUE_WAITING && recipient->tries > 0) {
        printf("  %s ", _("next try"));
        print_time(recipient->next);
    }
    putchar('\n');
    if (last == NULL)
        return;
    printf("        ");
    print_safe(last->host != NULL ? last->host : "-");
    if (last->code != 0)
        printf(" %d", last->code);
    printf(" %s ", last->status);
    print_safe(last->code != 0 ? last->said : _(last->said)); /* without a reply, the text is ours */
    putchar('\n');
}

static void print_letter(const struct queue_envelope *envelope)
{
    printf("%s  ", envelope->id);
    print_time(envelope->arrived);
    printf("  %llu  <", (unsigned long long)envelope->size);
    print_safe(envelope->sender);
    printf(">%s%s\n", envelope->held ? "  " : "", envelope->held ? _("held") : "");
    for (size_t i = 0; i < envelope->count; i++)
        print_recipient(&envelope->recipients[i]);
}

static int command_list(struct queue_context *context)
{
    int status = find_letters(context);
    if (status == EXIT_GOOD && context->count == 0)
        puts(_("The queue is empty."));
    for (size_t i = 0; i < context->count; i++) {
        struct queue_envelope *envelope = load(context, context->ids[i], &status);
        if (envelope != NULL)
            print_letter(envelope);
        queue_envelope_free(envelope);
    }
    return end_of_output(status);
}

/* ---- show ---- */

/* How much of a full buffer to print, so that no line or else no UTF-8 character is cut. */
static size_t cut_of(const char *data, size_t size)
{
    for (size_t i = size; i > 0; i--)
        if (data[i - 1] == '\n')
            return i;
    size_t cut = size - 1;
    while (cut > size - 4 && ((unsigned char)data[cut] & 0xc0) == 0x80)
        cut--;
    return cut;
}

static void print_lines(const char *data, size_t size)
{
    struct buf safe;
    buf_init(&safe, 16 * PIECE);
    text_safe_lines(&safe, data, size);
    fwrite(buf_text(&safe), 1, safe.len, stdout);
    buf_free(&safe);
}

static int print_file(int fd)
{
    char *data = mem_alloc(PIECE);
    size_t used = 0;
    ssize_t got;
    while ((got = read(fd, data + used, PIECE - used)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            break;
        used += (size_t)got;
        if (used < PIECE)
            continue;
        size_t cut = cut_of(data, used);
        print_lines(data, cut);
        memmove(data, data + cut, used - cut);
        used -= cut;
    }
    print_lines(data, used);
    free(data);
    return got < 0 ? -1 : 0;
}

static void print_envelope(const struct queue_envelope *envelope)
{
    struct buf text;
    buf_init(&text, QUEUE_ENVELOPE_MAX);
    queue_envelope_write(envelope, &text);
    for (struct span rest = buf_span(&text); rest.len > 0;) { /* by pieces: what is safe may be longer */
        size_t size = rest.len <= PIECE ? rest.len : cut_of(rest.at, PIECE);
        print_lines(rest.at, size);
        rest = (struct span){ rest.at + size, rest.len - size };
    }
    putchar('\n');
    buf_free(&text);
}

static int command_show(struct queue_context *context)
{
    int status = EXIT_GOOD, letter = queue_open_letter(context->folder, context->id), error = errno;
    struct queue_envelope *envelope = load(context, context->id, &status);
    if (envelope == NULL && status == EXIT_GOOD)
        status = complain_about(context->id, _("there is no such letter in the queue"));
    if (envelope != NULL) {
        print_envelope(envelope);
        if (letter < 0)
            status = complain_about(context->id, strerror(error));
        else if (print_file(letter) != 0)
            status = complain_about(context->id, strerror(errno));
    }
    if (letter >= 0)
        close(letter);
    queue_envelope_free(envelope);
    return end_of_output(status);
}

/* ---- flush ---- */

/* Everybody who waits is due now. Letters that went meanwhile need nothing. */
static int hurry(const struct queue_context *context, const char *id)
{
    int status = EXIT_GOOD, lock = queue_lock(context->folder, id);
    bool changed = false;
    if (lock < 0)
        return errno == ENOENT ? EXIT_GOOD : complain_about(id, strerror(errno));
    struct queue_envelope *envelope = load(context, id, &status);
    int64_t now = (int64_t)time(NULL);
    for (size_t i = 0; envelope != NULL && i < envelope->count; i++) {
        struct queue_recipient *recipient = &envelope->recipients[i];
        if (recipient->state == QUEUE_WAITING && recipient->next > now) {
            recipient->next = now;
            changed = true;
        }
    }
    if (changed && queue_save(context->folder, envelope) != 0)
        status = complain_about(id, strerror(errno));
    queue_envelope_free(envelope);
    close(lock);
    return status;
}

static int command_flush(struct queue_context *context)
{
    int status = find_letters(context);
    for (size_t i = 0; i < context->count; i++)
        if (hurry(context, context->ids[i]) != EXIT_GOOD)
            status = EXIT_BAD;
    if (context->count == 0)
        return status;
    int rung = queue_ring(context->folder);
    if (rung < 0)
        status = complain_about(context->folder, strerror(errno));
    else if (rung == 0)
        puts(_("No server is running here: the letters are tried as soon as it starts."));
    return end_of_output(status);
}

/* ---- remove ---- */

/* Also a letter whose envelope cannot be read, and an envelope whose letter is missing. */
static int command_remove(struct queue_context *context)
{
    int status = EXIT_GOOD, lock = queue_lock(context->folder, context->id);
    if (lock < 0 && errno != ENOENT)
        status = complain_about(context->id, strerror(errno));
    else if (queue_remove(context->folder, context->id) != 0)
        status = complain_about(context->id, errno == ENOENT ? _("there is no such letter in the queue")
                                                             : strerror(errno));
    if (lock >= 0)
        close(lock);
    return status;
}

/* ---- the words ---- */

static const struct {
    const char *name;
    int words;
    int (*run)(struct queue_context *context);
} commands[] = {
    { "list", 2, command_list },
    { "show", 3, command_show },
    { "flush", 2, command_flush },
    { "remove", 3, command_remove },
};

static int run(const struct arguments *arguments, int (*command)(struct queue_context *context))
{
    struct queue_context context = { .id = arguments->word_count > 2 ? arguments->words[2] : NULL };
    if (context.id != NULL && !queue_id_is_good(context.id)) { /* it becomes part of a path */
        complain(_("that is no ID of a letter: it consists of digits and capital letters\n"));
        return EXIT_USAGE;
    }
    context.folder = queue_folder(arguments->root);
    int status = command(&context);
    free(context.folder);
    free(context.ids);
    return status;
}

int queue_command(const struct arguments *arguments)
{
    for (size_t i = 0; arguments->word_count > 1 && i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(arguments->words[1], commands[i].name) == 0 && arguments->word_count == commands[i].words)
            return run(arguments, commands[i].run);
    complain(_("usage: mailserver [--root DIR] queue list|flush, or queue show|remove ID\n"));
    return EXIT_USAGE;
}
