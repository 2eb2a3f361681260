#include "visualizer/fields.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/mem.h"
#include "core/utf8.h"
#include "io/i18n.h"
#include "visualizer/packet.h"

struct wants *wants_new(void)
{
    struct wants *wants = mem_alloc(sizeof *wants);
    wants->layers_only = true;
    wants->rows = mem_alloc(PROTOCOL_COUNT * sizeof *wants->rows);
    for (size_t i = 0; i < PROTOCOL_COUNT; i++)
        wants->rows[i] = mem_alloc(protocols[i]->row_count + 1);
    return wants;
}

void wants_free(struct wants *wants)
{
    if (wants == NULL)
        return;
    for (size_t i = 0; i < PROTOCOL_COUNT; i++)
        free(wants->rows[i]);
    free(wants->rows);
    free(wants);
}

void wants_everything(struct wants *wants)
{
    wants->info = true;
    wants->values_only = false;
    wants->layers_only = false;
    for (size_t i = 0; i < PROTOCOL_COUNT; i++)
        memset(wants->rows[i], 1, protocols[i]->row_count);
}

void wants_also(struct wants *wants, const struct wants *others)
{
    wants->info |= others->info;
    wants->layers_only &= others->layers_only;
    wants->values_only &= others->values_only;
    wants->stack |= others->stack;
    for (size_t i = 0; i < PROTOCOL_COUNT; i++)
        for (size_t row = 0; row < protocols[i]->row_count; row++)
            wants->rows[i][row] |= others->rows[i][row];
}

bool wants_layer(const struct wants *wants, unsigned protocol)
{
    return !wants->values_only || wants->info || wants->stack ||
           memchr(wants->rows[protocol], 1, protocols[protocol]->row_count) != NULL;
}

/* These tell of all layers of a packet. */
static bool tells_of_stack(const char *name)
{
    return strcmp(name, "frame") == 0 || strcmp(name, "frame.protocols") == 0 || strcmp(name, "_ws.malformed") == 0;
}

int wants_add(struct wants *wants, const char *name)
{
    int found = -1;
    wants->stack |= tells_of_stack(name);
    for (size_t i = 0; i < PROTOCOL_COUNT; i++) {
        bool all = strcmp(protocols[i]->filter, name) == 0;
        if (all)
            found = 0;
        for (size_t row = 0; row < protocols[i]->row_count; row++)
            if (all || strcmp(protocols[i]->rows[row].name, name) == 0) {
                wants->rows[i][row] = 1;
                wants->layers_only = false;
                found = 0;
            }
    }
    return found;
}

size_t fields_find(const char *name, struct field_place *places, size_t max)
{
    size_t count = 0;
    for (unsigned i = 0; i < PROTOCOL_COUNT; i++)
        for (unsigned row = 0; row < protocols[i]->row_count; row++)
            if (strcmp(protocols[i]->rows[row].name, name) == 0) {
                if (count < max)
                    places[count] = (struct field_place){ i, row };
                count++;
            }
    return count;
}

const struct field_row *field_row(const struct field *field)
{
    return &protocols[field->protocol]->rows[field->row];
}

const char *field_label_of(const struct field_row *row, uint64_t value)
{
    if (row->labels != NULL)
        for (const struct field_label *label = row->labels; label->text != NULL; label++)
            if (label->value == value)
                return label->text;
    return NULL;
}

/* --- writing as tshark does ---------------------------------------------------- */

enum { DECIMAL_DIGITS = 20 };

static unsigned count_digits(uint64_t value)
{
    unsigned count = 1;
    for (; value >= 100; value /= 100)
        count += 2;
    return count + (value >= 10);
}

/* At most DECIMAL_DIGITS of them; answers where they end. */
static char *put_decimal(char *text, uint64_t value)
{
    char *const end = text + count_digits(value);
    char *at = end;
    for (; value >= 10; value /= 10)
        *--at = (char)('0' + value % 10);
    *--at = (char)('0' + value);
    return end;
}

static void wrote_until(struct buf *out, const char *end)
{
    out->len = (size_t)(end - out->data);
}

void write_decimal(struct buf *out, uint64_t value)
{
    char *text = buf_room(out, DECIMAL_DIGITS);
    if (text != NULL)
        wrote_until(out, put_decimal(text, value));
}

static void write_digits(struct buf *out, uint64_t value, unsigned count)
{
    static const char hex[] = "0123456789abcdef";
    char *digits = buf_room(out, count);
    if (digits == NULL)
        return;
    for (unsigned i = 0; i < count; i++)
        digits[count - 1 - i] = hex[value >> (4 * i) & 15];
    out->len += count;
}

static void write_hex(struct buf *out, const uint8_t *bytes, size_t size, const char *between)
{
    for (size_t i = 0; i < size; i++) {
        if (i > 0 && between[0] != '\0')
            write_byte(out, between[0]);
        write_digits(out, bytes[i], 2);
    }
}

/* Seconds and nine digits; the sign is before both. */
static void write_seconds(struct buf *out, int64_t time)
{
    uint64_t positive = time < 0 ? 0 - (uint64_t)time : (uint64_t)time;
    char *at = buf_room(out, 1 + DECIMAL_DIGITS + 10);
    if (at == NULL)
        return;
    if (time < 0)
        *at++ = '-';
    at = put_decimal(at, positive / 1000000000);
    *at++ = '.';
    uint64_t fraction = positive % 1000000000;
    for (int digit = 8; digit >= 0; digit--, fraction /= 10)
        at[digit] = (char)('0' + fraction % 10);
    wrote_until(out, at + 9);
}

static void write_date(struct buf *out, int64_t time)
{
    int64_t fraction = time % 1000000000;
    time_t seconds = (time_t)(time / 1000000000);
    if (fraction < 0) {
        fraction += 1000000000;
        seconds--;
    }
    static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    struct tm parts;
    char zone[16] = "";
    if (localtime_r(&seconds, &parts) == NULL)
        return;
    strftime(zone, sizeof zone, "%Z", &parts);
    buf_printf(out, "%s %2d, %d %02d:%02d:%02d.%09d %s", months[parts.tm_mon], parts.tm_mday, parts.tm_year + 1900,
               parts.tm_hour, parts.tm_min, parts.tm_sec, (int)fraction, zone);
}

static void write_control(struct buf *out, uint8_t byte)
{
    static const char escapes[] = "abtnvfr";
    if (byte >= 7 && byte <= 13) {
        char text[2] = { '\\', escapes[byte - 7] };
        buf_add(out, text, 2);
    } else
        buf_printf(out, "\\%03o", byte);
}

/* Control characters are escaped as in C, wrong UTF-8 becomes U+FFFD: what the terminal gets is harmless. */
void write_text(struct buf *out, const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size;) {
        size_t plain = i; /* most of it is nothing special */
        while (plain < size && bytes[plain] >= 0x20 && bytes[plain] < 0x7f)
            plain++;
        if (plain > i) {
            buf_add(out, bytes + i, plain - i);
            i = plain;
            continue;
        }
        uint32_t code;
        size_t length = bytes[i] < 0x80 ? 1 : utf8_read((const char *)bytes + i, size - i, &code);
        bool c1 = length == 2 && bytes[i] == 0xc2 && bytes[i + 1] < 0xa0;
        if (length == 0)
            buf_add_text(out, "\xef\xbf\xbd");
        else if (length == 1 && (bytes[i] < 0x20 || bytes[i] == 0x7f))
            write_control(out, bytes[i]);
        else if (c1)
            buf_printf(out, "\\u%04x", bytes[i + 1]);
        else
            buf_add(out, bytes + i, length);
        i += length > 0 ? length : 1;
    }
}

static void write_ipv4(struct buf *out, const uint8_t *bytes)
{
    char *at = buf_room(out, 16);
    if (at == NULL)
        return;
    for (int i = 0; i < 4; i++) {
        if (i > 0)
            *at++ = '.';
        at = put_decimal(at, bytes[i]);
    }
    wrote_until(out, at);
}

void field_write(const struct field *field, struct buf *out)
{
    const struct field_row *row = field_row(field);
    char address[INET6_ADDRSTRLEN];
    switch (row->type) {
    case FIELD_LABEL:
        write_byte(out, '1');
        break;
    case FIELD_DECIMAL:
    case FIELD_FRAME:
        write_decimal(out, field->value.number);
        break;
    case FIELD_HEX:
        buf_add(out, "0x", 2);
        write_digits(out, field->value.number, row->width * 2U);
        break;
    case FIELD_SIGNED:
        buf_printf(out, "%lld", (long long)field->value.time);
        break;
    case FIELD_BOOLEAN:
        write_byte(out, field->value.number != 0 ? '1' : '0');
        break;
    case FIELD_TIME:
        write_date(out, field->value.time);
        break;
    case FIELD_DURATION:
        write_seconds(out, field->value.time);
        break;
    case FIELD_MILLISECONDS:
        buf_printf(out, "%.15g", (double)field->value.time / 1e6);
        break;
    case FIELD_ETHER:
        if (field->size >= 6)
            write_hex(out, field->value.bytes, 6, ":");
        break;
    case FIELD_IPV4:
        if (field->size >= 4)
            write_ipv4(out, field->value.bytes);
        break;
    case FIELD_IPV6:
        if (field->size >= 16)
            buf_add_text(out, inet_ntop(AF_INET6, field->value.bytes, address, sizeof address));
        break;
    case FIELD_BYTES:
        if (field->size == 0)
            buf_add_text(out, row->width == 0 ? "<MISSING>" : "<none>");
        write_hex(out, field->value.bytes, field->size, "");
        break;
    case FIELD_TEXT:
        write_text(out, field->value.bytes, field->size);
        break;
    }
}

void field_describe(const struct field *field, struct buf *out)
{
    const struct field_row *row = field_row(field);
    const char *label = NULL;
    switch (row->type) {
    case FIELD_LABEL:
        return;
    case FIELD_BOOLEAN:
        buf_add_text(out, field->value.number != 0 ? _("yes") : _("no"));
        return;
    case FIELD_DURATION:
        write_seconds(out, field->value.time);
        buf_add_text(out, " s");
        return;
    case FIELD_MILLISECONDS:
        field_write(field, out);
        buf_add_text(out, " ms");
        return;
    case FIELD_DECIMAL:
    case FIELD_HEX:
        label = field_label_of(row, field->value.number);
        break;
    default:
        break;
    }
    field_write(field, out);
    if (label != NULL)
        buf_printf(out, " (%s)", _(label));
}
