#include "visualizer/options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "io/i18n.h"

/* One row for each option: the parser and the help read the same table. */
static const struct row {
    const char *name;
    char letter;                /* 0: none */
    const char *argument;       /* N_(), NULL for none */
    const char *meaning;        /* N_() */
} rows[] = {
    { "print", 'p', N_("KIND"), N_("print instead of opening the screen; see below for the kinds") },
    { "export", 'x', N_("KIND OUT"), N_("write the file OUT instead; see below for the kinds") },
    { "field", 'e', N_("FIELD"), N_("a column of --print fields, named as in Wireshark; give it several times") },
    { "filter", 'Y', N_("FILTER"), N_("only what fits a display filter of Wireshark's: 'tcp.port == 25'; see below") },
    { "header", 'E', NULL, N_("begin --print fields with a line of the names") },
    { "exchanges", 'n', N_("FIRST-LAST"), N_("only these, by number: of the kinds exchanges, ladder, shares and svg") },
    { "packet", 'N', N_("NUMBER"), N_("the packet that --export envelope draws, or that the screen begins with") },
    { "keylog", 'k', N_("FILE"), N_("TLS keys as programs write them to SSLKEYLOGFILE") },
    { "reveal", 'R', NULL, N_("show passwords instead of dots") },
    { "interface", 'i', N_("DEVICE"), N_("show what passes a network device now; in the lab network without root") },
    { "write", 'w', N_("FILE"), N_("keep what -i captures in this file (pcapng)") },
    { "count", 'c', N_("N"), N_("end -i after so many packets") },
    { "duration", 'a', N_("SECONDS"), N_("end -i after so long") },
    { "watch", 'W', N_("SOCKET"), N_("watch and command a running wire: see scripts/netlab watch") },
    { "threads", 'T', N_("N"), N_("work in one thread or two; by itself --print fields takes two for a large file") },
    { "help", 'h', NULL, N_("print this and end") },
    { "version", 'V', NULL, N_("print the version and end") },
};

enum { ROWS = sizeof rows / sizeof rows[0] };

void options_help(FILE *out)
{
    fputs(_("Usage: visualizer [OPTION]... FILE | -i DEVICE | --watch SOCKET\n"
            "Shows the packets of a capture (pcap or pcapng): every exchange, the layer it belongs to, and why.\n"
            "visualizer --wire ... is the wire of the lab network: see visualizer --wire --help.\n"), out);
    fputs("\n", out);
    for (size_t i = 0; i < ROWS; i++) {
        char left[64];
        const char *argument = rows[i].argument;
        snprintf(left, sizeof left, "-%c, --%s%s%s", rows[i].letter, rows[i].name, argument != NULL ? " " : "",
                 argument != NULL ? _(argument) : "");
        fprintf(out, "  %-23s  %s\n", left, _(rows[i].meaning));
    }
    fprintf(out, "\n%s\n", _("Kinds of --print:"));
    for (size_t i = 0; i < face_count; i++)
        fprintf(out, "  %-23s  %s\n", faces[i].name, _(faces[i].meaning));
    fprintf(out, "\n%s\n", _("Kinds of --export:"));
    for (size_t i = 0; i < exporter_count; i++)
        fprintf(out, "  %-23s  %s\n", exporters[i].name, _(exporters[i].meaning));
    fprintf(out, "\n%s\n", _("Filters know every field that --print json shows, and these of the kit's own:"));
    const struct field_row *row;
    for (size_t i = 0; (row = filter_own_field(i)) != NULL; i++)
        fprintf(out, "  %-23s  %s\n", row->name, _(row->meaning));
    fprintf(out, "\n%s\n", _("Keys of your own on the screen: lines such as \"bind x statistics\" or \"unbind P\" in\n"
                             "~/.config/pli/visualizer-keys."));
    fprintf(out, "\n%s\n", _("Bookmarks and notes are kept beside the capture, in FILE.notes."));
}

static void kinds(struct buf *out)
{
    for (size_t i = 0; i < face_count; i++)
        buf_printf(out, "%s%s", i > 0 ? ", " : "", faces[i].name);
}

/* "6" or "6-11"; 0, or -1 when it is neither. */
static int take_range(const char *value, struct exchange_range *range)
{
    static const char digits[] = "0123456789";
    enum { DIGITS_MAX = 9 };
    const size_t first = strspn(value, digits);
    const char *last = value[first] == '-' ? value + first + 1 : value;
    const size_t length = strspn(last, digits);
    if (first < 1 || first > DIGITS_MAX || length < 1 || length > DIGITS_MAX || last[length] != '\0')
        return -1;
    range->first = (unsigned)strtoul(value, NULL, 10);
    range->last = (unsigned)strtoul(last, NULL, 10);
    return range->first >= 1 && range->last >= range->first ? 0 : -1;
}

static int take_numbers(struct options *options, char letter, const char *value, struct buf *error)
{
    struct exchange_range range;
    const bool well = take_range(value, &range) == 0 && (letter == 'n' || strchr(value, '-') == NULL);
    if (!well)
        buf_printf(error, letter == 'n' ? _("%s is neither a number nor two as in 6-11.")
                                        : _("%s is not the number of a packet."), value);
    else if (letter == 'n')
        options->exchanges = range;
    else
        options->packet = range.first;
    return well ? 0 : -1;
}

/* A number above 0, and nothing behind it. */
static int take_number(double *number, char letter, const char *value, struct buf *error)
{
    char *end;
    *number = strtod(value, &end);
    if (end != value && *end == '\0' && *number > 0 && *number <= 1e9)
        return 0;
    buf_printf(error, _("-%c wants a number above 0, not \"%s\"."), letter, value);
    return -1;
}

static int take_limit(struct options *options, char letter, const char *value, struct buf *error)
{
    double number;
    if (take_number(&number, letter, value, error) != 0)
        return -1;
    if (letter == 'a')
        options->limits.seconds = number;
    else if (letter == 'T')
        options->threads = number > 1 ? 2 : 1;
    else if ((options->limits.packets = (uint32_t)number) == 0) {
        buf_printf(error, _("-%c wants a number above 0, not \"%s\"."), letter, value);
        return -1;
    }
    return 0;
}

static int take(struct options *options, char letter, const char *value, struct buf *error)
{
    switch (letter) {
    case 'p':
        options->face = face_find(value);
        if (options->face != NULL)
            return 0;
        buf_printf(error, _("There is no way to print called %s; there are: "), value);
        kinds(error);
        buf_add_text(error, ".");
        return -1;
    case 'x':
        options->exporter = exporter_find(value);
        if (options->exporter != NULL)
            return 0;
        buf_printf(error, _("There is no way to export called %s; see visualizer --help."), value);
        return -1;
    case 'e':
        if (options->field_count == MOST_FIELD_OPTIONS) {
            buf_printf(error, _("More than %d fields were asked for."), MOST_FIELD_OPTIONS);
            return -1;
        }
        options->fields[options->field_count++] = value;
        return 0;
    case 'n': case 'N':
        return take_numbers(options, letter, value, error);
    case 'Y':
        options->filter = value;
        return 0;
    case 'E':
        options->header = true;
        return 0;
    case 'k':
        options->keylog = value;
        return 0;
    case 'R':
        options->reveal = true;
        return 0;
    case 'i':
        options->interface = value;
        return 0;
    case 'w':
        options->write = value;
        return 0;
    case 'W':
        options->watch = value;
        return 0;
    case 'c': case 'a': case 'T':
        return take_limit(options, letter, value, error);
    case 'h':
        options->help = true;
        return 0;
    default:
        options->version = true;
        return 0;
    }
}

static void prepare(struct option *longs, char *shorts)
{
    *shorts++ = ':';
    for (size_t i = 0; i < ROWS; i++) {
        longs[i] = (struct option){ rows[i].name, rows[i].argument != NULL ? required_argument : no_argument, NULL,
                                    rows[i].letter };
        *shorts++ = rows[i].letter;
        if (rows[i].argument != NULL)
            *shorts++ = ':';
    }
    longs[ROWS] = (struct option){ NULL, 0, NULL, 0 };
    *shorts = '\0';
}

/* What does not go together. surplus: an argument too many, or NULL. */
static int check(const struct options *options, const char *surplus, struct buf *error)
{
    bool live = options->interface != NULL || options->watch != NULL;
    if (live && options->file != NULL)
        surplus = options->file;
    if (options->interface != NULL && options->watch != NULL)
        surplus = options->watch;
    if (surplus != NULL)
        buf_printf(error, _("Only one capture at a time: %s is too much."), surplus);
    else if (options->interface == NULL &&
             (options->write != NULL || options->limits.packets != 0 || options->limits.seconds > 0))
        buf_add_text(error, _("-w, -c and -a belong to -i DEVICE."));
    else if (live && options->exporter != NULL)
        buf_add_text(error, _("Only a file can be exported: record one first, with -i DEVICE -w FILE."));
    return error->len > 0 ? -1 : 0;
}

int options_parse(struct options *options, int argc, char **argv, struct buf *error)
{
    struct option longs[ROWS + 1];
    char shorts[2 * ROWS + 2];
    *options = (struct options){ .file = NULL };
    prepare(longs, shorts);
    int letter;
    while ((letter = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
        if (letter == '?' || letter == ':') {
            buf_printf(error, letter == ':' ? _("The option %s needs a value; see visualizer --help.")
                                            : _("There is no option %s; see visualizer --help."), argv[optind - 1]);
            return -1;
        }
        if (take(options, (char)letter, optarg, error) != 0)
            return -1;
    }
    if (options->exporter != NULL && optind < argc)
        options->out = argv[optind++];
    if (optind < argc)
        options->file = argv[optind++];
    return check(options, argc > optind ? argv[optind] : NULL, error);
}
