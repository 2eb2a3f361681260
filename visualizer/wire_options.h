/*
 * wire_options.h - what the command line asks of the wire.
 */
#ifndef PLI_VISUALIZER_WIRE_OPTIONS_H
#define PLI_VISUALIZER_WIRE_OPTIONS_H

#include "core/buf.h"
#include "visualizer/wire_switch.h"

enum { WIRE_MAX_KEYLOGS = 16, WIRE_MAX_FAULTS = 64, WIRE_MAX_PLAIN = 2 * WIRE_MAX_PORTS };

struct wire_port_name {
    char *name;
    unsigned segment;
};

struct wire_options {
    struct wire_port_name ports[WIRE_MAX_PORTS];
    unsigned port_count;
    unsigned segments;
    char *plain[WIRE_MAX_PLAIN];
    unsigned plain_count;
    const char *record;     /* or NULL */
    const char *hosts;      /* or NULL */
    const char *keylogs[WIRE_MAX_KEYLOGS];
    unsigned keylog_count;
    const char *faults[WIRE_MAX_FAULTS];
    unsigned fault_count;
    const char *script;     /* a file of faults, or NULL */
    const char *control;    /* path of the socket to listen on, or NULL */
    const char *tell;       /* path of the socket of a running wire: say the words to it; or NULL */
    char *words;            /* what is to be said */
    bool hold;              /* from the first frame on */
    const char *until;      /* a display filter: hold from the first packet on that fits it; or NULL */
};

/* 0, or -1 and one full sentence (translated) in error; wire_options_free() in either case. */
int wire_options_parse(struct wire_options *options, int argc, char **argv, struct buf *error);
void wire_options_free(struct wire_options *options);

#endif
