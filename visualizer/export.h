/*
 * export.h - the ways to take a trace along as a file: one row in export.c for
 * each --export KIND.
 *
 * Like a face, an exporter makes its own pass over a fresh trace. The file is
 * made beside its final name and takes it only when it is complete, so that
 * nothing half-written is left and what was there before is lost only to
 * something whole.
 */
#ifndef PLI_VISUALIZER_EXPORT_H
#define PLI_VISUALIZER_EXPORT_H

#include <stdbool.h>

#include "visualizer/exchange.h"
#include "visualizer/selection.h"
#include "visualizer/trace.h"

struct export_options {
    const char *file;       /* the capture, for its title and for a second reading; or the word instead of one */
    const char *keylog;     /* or NULL */
    bool reveal;            /* show passwords; the packets of pcapng are always whole */
    struct exchange_range exchanges; /* of svg and shares: only these */
    uint32_t packet;        /* of envelope */
    struct selection *selection; /* what -Y lets through; NULL for everything */
};

enum export_source { FROM_CAPTURE, FROM_WORD, FROM_NOTHING };

struct exporter {
    const char *name;       /* --export NAME */
    const char *meaning;    /* N_(), for --help */
    enum export_source source; /* of anything but a capture the trace is NULL */
    /* Writes the file path. 0, or -1 and one full sentence (translated) in error. */
    int (*write)(struct trace *trace, const struct export_options *options, const char *path, struct buf *error);
};

extern const struct exporter exporters[];
extern const size_t exporter_count;
const struct exporter *exporter_find(const char *name);     /* NULL */

/* 0, or -1 and one full sentence in error: the file out is there, whole, or as it was. */
int export_trace(const struct exporter *exporter, struct trace *trace, const struct export_options *options,
                 const char *out, struct buf *error);

int export_html(struct trace *trace, const struct export_options *options, const char *path, struct buf *error);
int export_pcapng(struct trace *trace, const struct export_options *options, const char *path, struct buf *error);
int export_svg(struct trace *trace, const struct export_options *options, const char *path, struct buf *error);
int export_envelope(struct trace *trace, const struct export_options *options, const char *path, struct buf *error);
int export_shares(struct trace *trace, const struct export_options *options, const char *path, struct buf *error);
int export_roles(struct trace *trace, const struct export_options *options, const char *path, struct buf *error);
int export_machine(struct trace *trace, const struct export_options *options, const char *path, struct buf *error);
int export_models(struct trace *trace, const struct export_options *options, const char *path, struct buf *error);

/* Writes text to path. 0, or -1 and one full sentence in error. */
int export_text(const char *path, const struct buf *text, struct buf *error);

#endif
