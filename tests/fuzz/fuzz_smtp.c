/*
 * SMTP in both directions: the same events however the bytes are cut, every
 * byte in one event, memory bounded; and the arguments of MAIL and RCPT.
 */
#include <stdint.h>
#include <stdlib.h>

#include "core/smtp_parse.h"
#include "core/smtp_path.h"

#define PRIME 1099511628211u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t mix(uint64_t hash, struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.at[i]) * PRIME;
    return hash;
}

static void check_path(struct span argument)
{
    struct smtp_envelope envelope;
    const char *error;
    struct buf local;
    buf_init(&local, SMTP_COMMAND_MAX);
    int code = smtp_parse_mail(argument, &envelope, &error);
    if ((code == 0) != (error == NULL) || (code == 0 && smtp_local_part(&envelope.path, &local) != 0))
        abort();
    buf_clear(&local);
    code = smtp_parse_rcpt(argument, &envelope, &error);
    if ((code == 0) != (error == NULL) || (code == 0 && smtp_local_part(&envelope.path, &local) != 0))
        abort();
    buf_free(&local);
}

static uint64_t digest(const uint8_t *data, size_t size, size_t step, bool from_client, enum smtp_mode mode)
{
    struct smtp_parser parser;
    struct smtp_event event;
    uint64_t hash = 1469598103934665603u, seen = 0;
    smtp_parse_init(&parser, from_client);
    parser.mode = mode;
    for (size_t at = 0; at < size; at += step) {
        smtp_parse_feed(&parser, data + at, step < size - at ? step : size - at);
        while (smtp_parse_next(&parser, &event) != 0) {
            if (event.offset != seen)
                abort();
            seen += event.length;
            hash = mix(hash, event.argument);
            if (event.kind == SMTP_CHUNK) /* its pieces are as they came */
                continue;
            hash = (mix(hash, event.text) ^ event.flags ^ (uint64_t)event.kind << 8 ^ (uint64_t)event.verb << 16 ^
                    event.length << 24 ^ (uint64_t)event.code << 40 ^ (uint64_t)(event.error != NULL) << 60) * PRIME;
            if (event.kind == SMTP_COMMAND)
                check_path(event.argument);
        }
        if (parser.lines.in.len > SMTP_SASL_MAX + 1 + step)
            abort();
    }
    smtp_parse_free(&parser);
    return hash;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (int way = 0; way < 4; way++) {
        bool from_client = way < 3;
        enum smtp_mode mode = from_client ? (enum smtp_mode)way : SMTP_MODE_COMMAND;
        uint64_t whole = digest(data, size, size > 0 ? size : 1, from_client, mode);
        if (digest(data, size, 1, from_client, mode) != whole || digest(data, size, 7, from_client, mode) != whole)
            abort();
    }
    return 0;
}
