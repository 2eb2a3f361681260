/*
 * face.h - the ways to print a trace: one row in face.c for each --print KIND.
 *
 * A face makes its own pass over the trace, which is fresh, and writes to out.
 */
#ifndef PLI_VISUALIZER_FACE_H
#define PLI_VISUALIZER_FACE_H

#include <stdbool.h>
#include <stdio.h>

#include "visualizer/exchange.h"
#include "visualizer/selection.h"
#include "visualizer/trace.h"

struct print_options {
    const char *const *fields;      /* -e, in their order */
    size_t field_count;
    bool header;                    /* a first line with names (-E header=y) */
    bool reveal;                    /* show passwords */
    struct exchange_range exchanges; /* of exchanges, ladder and shares: only these */
    struct selection *selection;    /* what -Y lets through; NULL for everything */
};

struct face {
    const char *name;               /* --print NAME */
    const char *meaning;            /* N_(), for --help */
    /* 0, or -1 and one full sentence (translated) in error. */
    int (*print)(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error);
    bool alone;                     /* it needs no capture: trace is NULL */
};

extern const struct face faces[];
extern const size_t face_count;
const struct face *face_find(const char *name);     /* NULL */

int print_packets(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error);
int print_fields(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error);
int print_layers(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error);
int print_json(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error);

int print_exchanges(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error);
int print_ladder(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error);
int print_consequences(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error);
int print_consequences_json(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error);
int print_letter(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error);
int print_models(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error);
int print_shares(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error);
int print_machines(struct trace *trace, const struct print_options *options, FILE *out, struct buf *error);

/* Listens with wants, and goes over the whole trace, if it grows, until it ends; the listener hears of what the
 * selection lets through. */
void face_pass(struct trace *trace, struct selection *selection, trace_listener *listener, void *context,
               const struct wants *wants);

#endif
