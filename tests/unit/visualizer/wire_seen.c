#include "wire_seen.h"

#include <string.h>

#include "tests/unit/unit.h"

static const char *const names[] = { "alice", "mail" };

static void see_sent(void *context, unsigned port, const uint8_t *data, size_t length)
{
    struct seen *seen = context;
    buf_printf(&seen->sent, "%s:%c ", names[port], data[length - 1]);
}

static void see_recorded(void *context, unsigned port, int64_t time, const uint8_t *data, size_t length,
                         const char *comment)
{
    struct seen *seen = context;
    (void)port, (void)time, (void)data, (void)length;
    seen->recorded++;
    if (comment != NULL)
        buf_printf(&seen->comments, "%s\n", comment);
}

static void see_note(void *context, unsigned port, const char *sentence, struct wire_note *note)
{
    struct seen *seen = context;
    (void)port;
    note->at = 77;
    wire_note_write(&seen->comments, sentence, note);
    buf_add_text(&seen->comments, "\n");
}

struct wire_core *seen_start(struct seen *seen, const char *fault)
{
    memset(seen, 0, sizeof *seen);
    buf_init(&seen->sent, 65536);
    buf_init(&seen->comments, 65536);
    struct wire_out out = { seen, see_sent, see_recorded, see_note };
    struct wire_core *core = wire_core_new(&out);
    wire_core_add_port(core, names[0], 0);
    wire_core_add_port(core, names[1], 0);
    if (fault != NULL) {
        struct wire_fault parsed;
        struct buf error;
        buf_init(&error, 1024);
        ck_assert_msg(wire_fault_parse(&parsed, fault, &error) == 0, "%s: %s", fault, buf_text(&error));
        buf_free(&error);
        wire_core_add_fault(core, &parsed);
    }
    return core;
}

void seen_stop(struct wire_core *core, struct seen *seen)
{
    wire_core_free(core);
    buf_free(&seen->sent);
    buf_free(&seen->comments);
}
