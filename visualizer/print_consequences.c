/*
 * print_consequences.c - the faults that the wire struck, each with what came
 * of it: for people, and as JSON for programs.
 */
#include "visualizer/print_exchange.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "io/i18n.h"
#include "io/text.h"
#include "visualizer/consequence.h"

enum { LABEL = 12 };

struct work {
    struct selection *selection;    /* a story is told when its packet is let through */
    struct exchange_list *list;
    struct consequences *all;
};

static void take(void *context, const struct packet *packet)
{
    struct work *work = context;
    exchange_packet(work->list, packet);
    consequences_packet(work->all, packet);
    selection_packet(work->selection, packet);
}

static void collect(struct work *work, struct trace *trace, const struct print_options *options)
{
    const struct exchange_options how = { .reveal = options->reveal };
    struct wants *wants = wants_new();
    work->list = exchange_list_new(&how);
    work->all = consequences_new(work->list, trace);
    exchange_wants(wants);
    consequences_wants(wants);
    selection_wants(options->selection, wants);
    work->selection = options->selection;
    exchange_names(work->list, trace);
    face_pass(trace, NULL, take, work, wants);
    exchange_finish(work->list);
    consequences_finish(work->all);
    wants_free(wants);
}

static void let_go(struct work *work)
{
    consequences_free(work->all);
    exchange_list_free(work->list);
}

static double seconds(int64_t time)
{
    return (double)time / 1e9;
}

/* --- for people ----------------------------------------------------------------------- */

static const char *const done[WIRE_DEED_COUNT] = {
    [WIRE_DEED_DROP] = N_("dropped"),           [WIRE_DEED_HOLD] = N_("held"),
    [WIRE_DEED_DELAY] = N_("delayed"),          [WIRE_DEED_DUPLICATE] = N_("delivered twice"),
    [WIRE_DEED_CORRUPT] = N_("corrupted"),      [WIRE_DEED_REORDER] = N_("kept behind others"),
    [WIRE_DEED_LIMIT] = N_("slowed down"),      [WIRE_DEED_REWRITE] = N_("rewritten"),
    [WIRE_DEED_AGAIN] = N_("repeated"),         [WIRE_DEED_RELEASE] = N_("released"),
    [WIRE_DEED_CHANGE] = N_("changed"),
};

static const struct {
    const char *label;      /* N_() */
    const char *none;       /* N_() */
    const char *word;       /* for programs */
} roles[] = {
    [CONSEQUENCE_NOTICED] = { N_("noticed"), N_("nobody noticed"), "noticed" },
    [CONSEQUENCE_REPAIRED] = { N_("repaired"), N_("nobody repaired it"), "repaired" },
    [CONSEQUENCE_UNNOTICED] = { N_("unnoticed"), NULL, "unnoticed" },
};

static void label(struct buf *line, const char *text)
{
    buf_add_text(line, "  ");
    text_pad(line, text, LABEL);
}

static void print_head(const struct consequence_story *story, int64_t start, FILE *out)
{
    fprintf(out, _("Packet %u, at %.6f s: %s → %s, %s"), story->packet, seconds(story->time - start), story->from,
            story->to, story->protocol);
    if (story->what[0] != '\0')
        fprintf(out, " %s", story->what);
    if (story->bytes > 0)
        fprintf(out, ngettext(", %u byte", ", %u bytes", story->bytes), story->bytes);
    if (story->struck > 1)
        fprintf(out, ngettext("; and %u more packet", "; and %u more packets", story->struck - 1), story->struck - 1);
    fputc('\n', out);
}

static void print_deeds(const struct consequence_story *story, FILE *out)
{
    for (size_t i = 0; i < story->deed_count; i++) {
        const struct consequence_deed *deed = &story->deeds[i];
        struct buf line;
        buf_init(&line, 1 << 14);
        label(&line, i == 0 ? _("the wire") : "");
        buf_add_text(&line, _(done[deed->deed]));
        if (i > 0)
            buf_printf(&line, _(" after %.3f s"), seconds(deed->at - story->time));
        if (deed->text[0] != '\0')
            buf_printf(&line, ": %s", deed->text);
        fprintf(out, "%s\n", buf_text(&line));
        buf_free(&line);
    }
    if (story->kept == 0 || story->deeds[0].deed == WIRE_DEED_LIMIT)
        return;
    struct buf line;
    buf_init(&line, 4096);
    label(&line, "");
    if (story->went_on)
        buf_printf(&line, _("kept for %.3f s, then it went on"), seconds(story->kept));
    else
        buf_printf(&line, _("kept for %.3f s; it never went on"), seconds(story->kept));
    fprintf(out, "%s\n", buf_text(&line));
    buf_free(&line);
}

static void who(const struct consequence *consequence, struct buf *line)
{
    const struct layer_row *row = consequence->row;
    if (consequence->host != NULL)
        buf_printf(line, _("%s at %s"), _(consequence->protocol), consequence->host);
    else
        buf_add_text(line, _(consequence->protocol));
    buf_printf(line, " (OSI %d %s, TCP/IP %s)", row->osi, _(layers_osi(row->osi)->name),
               _(layers_tcpip(row->tcpip)->name));
}

static void print_one(const struct consequence *consequence, const char *name, FILE *out)
{
    const char *rfc = consequence_rfc(consequence);
    struct buf line;
    buf_init(&line, 1 << 14);
    label(&line, name);
    who(consequence, &line);
    buf_printf(&line, ": %s", _(consequence_sentence(consequence->kind)));
    if (consequence->detail != NULL)
        buf_printf(&line, ": \"%s\"", consequence->detail);
    if (consequence->packet != 0 && consequence->after > 0)
        buf_printf(&line, _(" (packet %u, after %.3f s)"), consequence->packet, seconds(consequence->after));
    else if (consequence->packet != 0)
        buf_printf(&line, _(" (packet %u)"), consequence->packet);
    else if (consequence->after > 0)
        buf_printf(&line, _(" (%.3f s late)"), seconds(consequence->after));
    if (consequence->count > 1)
        buf_printf(&line, ngettext(", %u time", ", %u times", consequence->count), consequence->count);
    if (rfc != NULL)
        buf_printf(&line, " %s", rfc);
    fprintf(out, "%s\n", buf_text(&line));
    buf_free(&line);
}

static void print_role(const struct consequence_story *story, enum consequence_role role, FILE *out)
{
    bool any = false;
    for (size_t i = 0; i < story->count; i++)
        if (consequence_role_of(story->list[i].kind) == role) {
            print_one(&story->list[i], any ? "" : _(roles[role].label), out);
            any = true;
        }
    if (!any && roles[role].none != NULL && (role != CONSEQUENCE_REPAIRED || story->harmed))
        fprintf(out, "  %s\n", _(roles[role].none));
}

static void print_story(const struct consequence_story *story, int64_t start, FILE *out)
{
    print_head(story, start, out);
    print_deeds(story, out);
    if (story->exchange != NULL) {
        struct buf line;
        buf_init(&line, 1 << 14);
        label(&line, _("part of"));
        buf_printf(&line, "%u %s: %s", story->exchange->number, _(story->exchange->name), story->exchange->summary);
        fprintf(out, "%s\n", buf_text(&line));
        buf_free(&line);
    }
    if (story->again > 0) {
        struct buf line;
        buf_init(&line, 4096);
        label(&line, _("sent again"));
        buf_printf(&line, ngettext("%u time because of this", "%u times because of this", story->again),
                   story->again);
        fprintf(out, "%s\n", buf_text(&line));
        buf_free(&line);
    }
    for (int role = CONSEQUENCE_NOTICED; role <= CONSEQUENCE_UNNOTICED; role++)
        print_role(story, (enum consequence_role)role, out);
}

int print_consequences(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error)
{
    struct work work;
    (void)error;
    collect(&work, trace, options);
    const int64_t start = exchange_start_time(work.list);
    const size_t count = consequences_count(work.all), more = consequences_more(work.all);
    if (count == 0)
        fprintf(out, "%s\n", _("The wire struck no fault in this recording."));
    const char *between = "";
    for (size_t i = 0; i < count; i++) {
        if (!selection_has(work.selection, consequences_at(work.all, i)->packet))
            continue;
        fputs(between, out);
        print_story(consequences_at(work.all, i), start, out);
        between = "\n";
    }
    if (more > 0)
        fprintf(out, ngettext("%zu further fault is not told.\n", "%zu further faults are not told.\n", more), more);
    let_go(&work);
    return 0;
}

/* --- for programs --------------------------------------------------------------------- */

static void set_time(json_t *object, const char *name, int64_t time)
{
    char text[48];
    snprintf(text, sizeof text, "%lld.%09lld", (long long)(time / 1000000000), (long long)(time % 1000000000));
    json_object_set_new(object, name, json_string(text));
}

static json_t *deed_object(const struct consequence_deed *deed)
{
    json_t *object = json_object();
    json_object_set_new(object, "deed", json_string(wire_deed_word(deed->deed)));
    json_object_set_new(object, "fault", json_integer((json_int_t)deed->fault));
    json_object_set_new(object, "text", json_string(deed->text));
    set_time(object, "time", deed->at);
    return object;
}

static json_t *consequence_object(const struct consequence *consequence)
{
    const struct layer_row *row = consequence->row;
    json_t *object = json_object();
    json_object_set_new(object, "how", json_string(consequence_word(consequence->kind)));
    if (consequence->host != NULL)
        json_object_set_new(object, "host", json_string(consequence->host));
    json_object_set_new(object, "protocol", json_string(consequence->protocol));
    json_object_set_new(object, "osi", json_integer(row->osi));
    json_object_set_new(object, "tcpip", json_string(layers_tcpip(row->tcpip)->name));
    if (consequence->packet != 0)
        json_object_set_new(object, "packet", json_integer(consequence->packet));
    json_object_set_new(object, "count", json_integer(consequence->count));
    json_object_set_new(object, "after", json_real(seconds(consequence->after)));
    if (consequence->detail != NULL)
        json_object_set_new(object, "said", json_string(consequence->detail));
    if (consequence_rfc(consequence) != NULL)
        json_object_set_new(object, "rfc", json_string(consequence_rfc(consequence)));
    return object;
}

static json_t *role_array(const struct consequence_story *story, enum consequence_role role)
{
    json_t *array = json_array();
    for (size_t i = 0; i < story->count; i++)
        if (consequence_role_of(story->list[i].kind) == role)
            json_array_append_new(array, consequence_object(&story->list[i]));
    return array;
}

static json_t *story_object(const struct consequence_story *story)
{
    json_t *object = json_object(), *deeds = json_array();
    json_object_set_new(object, "packet", json_integer(story->packet));
    set_time(object, "time", story->time);
    json_object_set_new(object, "from", json_string(story->from));
    json_object_set_new(object, "to", json_string(story->to));
    json_object_set_new(object, "protocol", json_string(story->protocol));
    json_object_set_new(object, "what", json_string(story->what));
    json_object_set_new(object, "bytes", json_integer(story->bytes));
    if (story->exchange != NULL)
        json_object_set_new(object, "exchange", json_integer(story->exchange->number));
    for (size_t i = 0; i < story->deed_count; i++)
        json_array_append_new(deeds, deed_object(&story->deeds[i]));
    json_object_set_new(object, "deeds", deeds);
    json_object_set_new(object, "struck", json_integer(story->struck));
    json_object_set_new(object, "harmed", json_boolean(story->harmed));
    json_object_set_new(object, "wentOn", json_boolean(story->went_on));
    json_object_set_new(object, "kept", json_real(seconds(story->kept)));
    json_object_set_new(object, "sentAgain", json_integer(story->again));
    for (int role = CONSEQUENCE_NOTICED; role <= CONSEQUENCE_UNNOTICED; role++)
        json_object_set_new(object, roles[role].word, role_array(story, (enum consequence_role)role));
    return object;
}

int print_consequences_json(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error)
{
    struct work work;
    (void)error;
    collect(&work, trace, options);
    fputs("[\n", out);
    const char *between = "";
    for (size_t i = 0; i < consequences_count(work.all); i++) {
        if (!selection_has(work.selection, consequences_at(work.all, i)->packet))
            continue;
        json_t *object = story_object(consequences_at(work.all, i));
        fputs(between, out);
        between = ",\n";
        json_dumpf(object, out, JSON_COMPACT | JSON_REAL_PRECISION(9));
        json_decref(object);
    }
    fputs(*between != '\0' ? "\n]\n" : "]\n", out);
    let_go(&work);
    return 0;
}
