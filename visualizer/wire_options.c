#include "wire_options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "io/i18n.h"

enum option_code { OPTION_WIRE = 256, OPTION_PLAIN, OPTION_RECORD, OPTION_KEYLOG, OPTION_HOSTS,
                   OPTION_FAULT, OPTION_SCRIPT, OPTION_CONTROL, OPTION_TELL, OPTION_HOLD, OPTION_UNTIL };

static const struct option long_options[] = {
    { "wire", required_argument, NULL, OPTION_WIRE },
    { "wire-plain", required_argument, NULL, OPTION_PLAIN },
    { "record", required_argument, NULL, OPTION_RECORD },
    { "keylog", required_argument, NULL, OPTION_KEYLOG },
    { "hosts", required_argument, NULL, OPTION_HOSTS },
    { "fault", required_argument, NULL, OPTION_FAULT },
    { "script", required_argument, NULL, OPTION_SCRIPT },
    { "control", required_argument, NULL, OPTION_CONTROL },
    { "wire-tell", required_argument, NULL, OPTION_TELL },
    { "hold", no_argument, NULL, OPTION_HOLD },
    { "until", required_argument, NULL, OPTION_UNTIL },
    { NULL, 0, NULL, 0 },
};

static int add_ports(struct wire_options *options, char *list, struct buf *error)
{
    char *rest = NULL;
    for (char *name = strtok_r(list, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest)) {
        if (options->port_count == WIRE_MAX_PORTS) {
            buf_printf(error, _("A wire joins at most %d ports."), WIRE_MAX_PORTS);
            return -1;
        }
        options->ports[options->port_count++] = (struct wire_port_name){ mem_text(name), options->segments };
    }
    options->segments++;
    return 0;
}

static int add_plain(struct wire_options *options, char *list, struct buf *error)
{
    char *rest = NULL;
    for (char *name = strtok_r(list, ",", &rest); name != NULL; name = strtok_r(NULL, ",", &rest)) {
        if (options->plain_count == WIRE_MAX_PLAIN) {
            buf_printf(error, _("At most %d devices can be prepared at a time."), WIRE_MAX_PLAIN);
            return -1;
        }
        options->plain[options->plain_count++] = mem_text(name);
    }
    return 0;
}

static int add_keylog(struct wire_options *options, const char *path, struct buf *error)
{
    if (options->keylog_count == WIRE_MAX_KEYLOGS) {
        buf_printf(error, _("At most %d key logs can be followed."), WIRE_MAX_KEYLOGS);
        return -1;
    }
    options->keylogs[options->keylog_count++] = path;
    return 0;
}

static int add_fault(struct wire_options *options, const char *text, struct buf *error)
{
    if (options->fault_count == WIRE_MAX_FAULTS) {
        buf_printf(error, _("At most %d faults can be given."), WIRE_MAX_FAULTS);
        return -1;
    }
    options->faults[options->fault_count++] = text;
    return 0;
}

static int take(struct wire_options *options, int code, struct buf *error)
{
    switch (code) {
    case OPTION_WIRE:
        return add_ports(options, optarg, error);
    case OPTION_PLAIN:
        return add_plain(options, optarg, error);
    case OPTION_KEYLOG:
        return add_keylog(options, optarg, error);
    case OPTION_RECORD:
        options->record = optarg;
        return 0;
    case OPTION_HOSTS:
        options->hosts = optarg;
        return 0;
    case OPTION_FAULT:
        return add_fault(options, optarg, error);
    case OPTION_SCRIPT:
        options->script = optarg;
        return 0;
    case OPTION_CONTROL:
        options->control = optarg;
        return 0;
    case OPTION_TELL:
        options->tell = optarg;
        return 0;
    case OPTION_HOLD:
        options->hold = true;
        return 0;
    case OPTION_UNTIL:
        options->until = optarg;
        return 0;
    default:
        buf_add_text(error,
                     _("Usage: visualizer --wire PORT[,PORT...] [--record FILE] [--keylog FILE] [--hosts FILE] "
                       "[--fault TEXT] [--script FILE] [--hold] [--until FILTER] [--control SOCKET]"));
        return -1;
    }
}

int wire_options_parse(struct wire_options *options, int argc, char **argv, struct buf *error)
{
    memset(options, 0, sizeof *options);
    int code;
    optind = 1;
    while ((code = getopt_long(argc, argv, "", long_options, NULL)) != -1)
        if (take(options, code, error) != 0)
            return -1;
    if (options->tell != NULL) {
        struct buf words;
        buf_init(&words, 4096);
        for (int i = optind; i < argc; i++)
            buf_printf(&words, "%s%s", i > optind ? " " : "", argv[i]);
        options->words = mem_text(buf_text(&words));
        buf_free(&words);
        return 0;
    }
    if (optind < argc) {
        buf_printf(error, _("\"%s\" is not an option of the wire."), argv[optind]);
        return -1;
    }
    if (options->port_count + options->plain_count == 0) {
        buf_add_text(error, _("The wire has no port: name the devices that it is to join, as in --wire alice,mail."));
        return -1;
    }
    return 0;
}

void wire_options_free(struct wire_options *options)
{
    for (unsigned i = 0; i < options->port_count; i++)
        free(options->ports[i].name);
    for (unsigned i = 0; i < options->plain_count; i++)
        free(options->plain[i]);
    free(options->words);
}
