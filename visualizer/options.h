/*
 * options.h - what the command line asks of the visualizer.
 */
#ifndef PLI_VISUALIZER_OPTIONS_H
#define PLI_VISUALIZER_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

#include "core/buf.h"
#include "visualizer/export.h"
#include "visualizer/face.h"
#include "visualizer/filter.h"
#include "visualizer/live.h"

enum { MOST_FIELD_OPTIONS = 1000 };

struct options {
    const char *file;           /* NULL: none */
    const char *interface;      /* -i: capture there, live; NULL: no */
    const char *watch;          /* the socket of a wire to be watched; NULL: none */
    const char *write;          /* where a live capture is kept; NULL: in memory */
    struct live_limits limits;  /* of a live capture */
    const char *keylog;         /* NULL: none */
    const char *filter;         /* NULL: none */
    const struct exporter *exporter; /* --export; NULL: none */
    const char *out;            /* where to */
    const struct face *face;    /* --print; NULL: the screen */
    const char *fields[MOST_FIELD_OPTIONS];
    size_t field_count;
    struct exchange_range exchanges;    /* first 0: all */
    uint32_t packet;            /* --packet: to be drawn, or to begin with; 0: none */
    unsigned threads;           /* of a pass; 0: as many as pay */
    bool header, reveal, help, version;
};

/* 0, or -1 and one full sentence (translated) in error: the usage is wrong. */
int options_parse(struct options *options, int argc, char **argv, struct buf *error);
void options_help(FILE *out);

#endif
