/*
 * mail_kind.h - what SMTP, POP3 and IMAP add to the common stream decoder of
 * mail_stream.c: their fields, and which content is a letter. For these files
 * only.
 */
#ifndef PLI_VISUALIZER_MAIL_KIND_H
#define PLI_VISUALIZER_MAIL_KIND_H

#include "visualizer/mail_stream.h"

/* A run of events of one direction that lies in one slice, with its layer pushed. */
struct mail_run {
    struct packet *packet;
    struct slice bytes;             /* the layer's */
    uint64_t base;                  /* the watch's offset of bytes.at[0] */
    const struct watch_event *events;
    size_t count;
    enum direction direction;
    void *memory;                   /* the kind's, from run to run of the connection */
};

struct mail_kind {
    const char *name;
    enum watch_protocol watch;
    enum protocol_id protocol;
    size_t memory_size;             /* zeroed at the beginning */
    void (*close)(void *memory);    /* or NULL */
    /* Adds the fields of the run to the current layer. */
    void (*fields)(const struct mail_run *run);
    /* Sees each event, in order, before anything is made of it; or NULL. */
    void (*observe)(const struct watch_event *event, void *memory);
    /* Is the content that belongs to this event a letter (a header and a body), and if so, is it whole now? */
    bool (*begins_letter)(const struct watch_event *event, void *memory);
    bool (*ends_letter)(const struct watch_event *event, void *memory);
};

void *mail_open(struct stream *stream, const struct mail_kind *kind);
void mail_data(void *state, struct packet *packet, const struct stream_data *data);
void mail_gap(void *state, struct packet *packet, enum direction direction, uint64_t length);
void mail_close(void *state);

/* Where an event's raw bytes begin in the run's slice, and how many of them are there. */
size_t mail_event_at(const struct mail_run *run, const struct watch_event *event);
size_t mail_event_size(const struct mail_run *run, const struct watch_event *event);
/* Where a span inside event->text begins in the run's slice. */
size_t mail_span_at(const struct mail_run *run, const struct watch_event *event, struct span part);

/* The event's line for a one-line view: secrets are masked. */
void mail_info(const struct mail_run *run, const struct watch_event *event);

#endif
