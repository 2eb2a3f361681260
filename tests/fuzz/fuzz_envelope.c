/*
 * The envelope of a queued letter, which a person may have edited: an answer for whatever stands there, and what was
 * read is written so that it is read again as the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "server/queue_envelope.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_or_abort(const struct queue_envelope *envelope, struct buf *out)
{
    buf_init(out, QUEUE_ENVELOPE_MAX);
    if (queue_envelope_write(envelope, out) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf error, once, twice;
    buf_init(&error, 1000);
    struct queue_envelope *envelope = queue_envelope_read((struct span){ (const char *)data, size }, &error);
    if ((envelope == NULL) != (error.len > 0))
        abort();
    if (envelope != NULL) {
        int64_t next;
        if (queue_envelope_waiting(envelope, &next) > envelope->count || !queue_id_is_good(envelope->id))
            abort();
        write_or_abort(envelope, &once);
        struct queue_envelope *again = queue_envelope_read(buf_span(&once), &error);
        if (again == NULL)
            abort();
        write_or_abort(again, &twice);
        if (once.len != twice.len || memcmp(once.data, twice.data, once.len) != 0)
            abort();
        queue_envelope_free(again);
        buf_free(&once);
        buf_free(&twice);
    }
    queue_envelope_free(envelope);
    buf_free(&error);
    return 0;
}
