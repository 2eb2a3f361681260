/*
 * filter_literal.c - what a literal means where it stands: 25 is a number beside
 * tcp.port, a byte beside eth.src[0], and the text "25" beside smtp.req.command.
 */
#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "io/i18n.h"
#include "visualizer/filter_parts.h"

static bool fail(struct filter_parser *parser, const struct node *literal, const char *reason)
{
    return parser_fail(parser, literal->start, literal->end, reason);
}

/* --- numbers -------------------------------------------------------------------------------- */

static int digit_of(char c)
{
    return isdigit((unsigned char)c) ? c - '0' : isalpha((unsigned char)c) ? tolower((unsigned char)c) - 'a' + 10 : 99;
}

/* 25, 0x19, 031, 0b11001; false: not a number, or too large. */
static bool read_number(const char *text, uint64_t *number)
{
    unsigned base = 10;
    if (text[0] == '0' && text[1] != '\0') {
        base = tolower((unsigned char)text[1]) == 'x' ? 16 : tolower((unsigned char)text[1]) == 'b' ? 2 : 8;
        text += base == 8 ? 1 : 2;
    }
    if (*text == '\0')
        return false;
    for (*number = 0; *text != '\0'; text++) {
        const unsigned digit = (unsigned)digit_of(*text);
        if (digit >= base || *number > (UINT64_MAX - digit) / base)
            return false;
        *number = *number * base + digit;
    }
    return true;
}

static bool find_label(const struct node *literal, const struct field_row *row, uint64_t *number)
{
    if (row == NULL || row->labels == NULL)
        return false;
    for (const struct field_label *label = row->labels; label->text != NULL; label++)
        if (strcasecmp(label->text, literal->text) == 0 || strcasecmp(_(label->text), literal->text) == 0) {
            *number = label->value;
            return true;
        }
    return false;
}

static bool become_number(struct filter_parser *parser, struct node *literal, const struct field_row *row)
{
    struct value *value = &literal->value;
    const unsigned width = row != NULL ? row->width : 8;
    if (literal->character)
        value->number = (unsigned char)literal->text[0];
    else if (!(!literal->quoted && read_number(literal->text, &value->number)) &&
             !find_label(literal, row, &value->number))
        return fail(parser, literal, row != NULL && row->labels != NULL
                                         ? N_("This is neither a number nor the name of one of its values.")
                                         : N_("A number is expected here: 25, 0x19, 031 or 0b11001."));
    if (literal->minus) {
        if (value->number > INT64_MAX)
            return fail(parser, literal, N_("This number is too large."));
        value->kind = literal->type = VALUE_SIGNED;
        value->time = -(int64_t)value->number;
        return true;
    }
    if (width > 0 && width < 8 && value->number >> (8 * width) != 0)
        return fail(parser, literal, N_("This number is larger than the field can be."));
    return true;
}

static bool become_boolean(struct filter_parser *parser, struct node *literal, const struct field_row *row)
{
    static const struct { const char *text; bool value, quoted; } words[] = {
        { "True", true, false }, { "TRUE", true, false }, { "False", false, false }, { "FALSE", false, false },
        { "Set", true, true }, { "Not set", false, true }, { "Yes", true, true }, { "No", false, true },
        { "True", true, true }, { "False", false, true },
    };
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (literal->quoted == words[i].quoted && (words[i].quoted ? strcasecmp(words[i].text, literal->text)
                                                                   : strcmp(words[i].text, literal->text)) == 0) {
            literal->value.number = words[i].value;
            return true;
        }
    if ((literal->quoted || !read_number(literal->text, &literal->value.number)) &&
        !find_label(literal, row, &literal->value.number))
        return fail(parser, literal, N_("Here True, False, 1 or 0 is expected."));
    literal->value.number = literal->value.number != 0;
    return true;
}

/* --- bytes ------------------------------------------------------------------------------------- */

/* "02:00", "02-00", "0200.0001", "ff", "4548", "0x45": over the text itself, which is longer. */
static bool read_bytes(struct node *literal)
{
    const char *text = literal->text;
    uint8_t *out = (uint8_t *)literal->text;
    size_t count = 0;
    text += text[0] == ':' || (text[0] == '0' && tolower((unsigned char)text[1]) == 'x' ? 1 : 0);
    text += tolower((unsigned char)text[0]) == 'x';
    if (digit_of(text[0]) < 16 && text[1] == '\0') {
        out[count++] = (uint8_t)digit_of(text[0]);
        text++;
    }
    while (*text != '\0') {
        const int high = digit_of(text[0]), low = high < 16 ? digit_of(text[1]) : 99;
        if (low >= 16)
            return false;
        out[count++] = (uint8_t)(high << 4 | low);
        text += 2;
        if (*text != '\0' && strchr(":-.", *text) != NULL)
            text++;
    }
    literal->value.bytes = out;
    literal->value.size = count;
    return count > 0;
}

static bool become_bytes(struct filter_parser *parser, struct node *literal, enum value_kind kind, bool contains)
{
    const bool address = kind == VALUE_ETHER;
    if (address && literal->quoted && !literal->character)
        return fail(parser, literal, N_("An address stands here without quotation marks: 02:00:00:00:00:01."));
    if (literal->quoted) {
        literal->value.bytes = (const uint8_t *)literal->text;
        literal->value.size = literal->len;
    } else if (literal->minus || !read_bytes(literal))
        return fail(parser, literal, N_("Bytes are written in hexadecimal, 02:00:5e, or as a text in quotes."));
    if (address && !contains && literal->value.size != 6)
        return fail(parser, literal, N_("An address of Ethernet has six bytes: 02:00:00:00:00:01."));
    return true;
}

static bool become_address(struct filter_parser *parser, struct node *literal, int family)
{
    const unsigned bits = family == AF_INET ? 32 : 128;
    char text[INET6_ADDRSTRLEN + 1] = "";
    const char *slash = strchr(literal->text, '/');
    const size_t size = slash != NULL ? (size_t)(slash - literal->text) : strlen(literal->text);
    uint64_t prefix = bits;
    if (size < sizeof text)
        memcpy(text, literal->text, size);
    if (literal->quoted || literal->minus || inet_pton(family, text, literal->address) != 1)
        return fail(parser, literal, family == AF_INET ? N_("An IPv4 address is expected here: 10.0.0.1 or 10.0.0.0/8.")
                                                       : N_("An IPv6 address is expected here: fd00::1 or fd00::/8."));
    if (slash != NULL && (!read_number(slash + 1, &prefix) || prefix > bits))
        return fail(parser, literal, N_("The prefix is longer than the address."));
    literal->value.bytes = literal->address;
    literal->value.size = bits / 8;
    literal->value.ignored = bits - (unsigned)prefix;
    return true;
}

static bool become_duration(struct filter_parser *parser, struct node *literal, int64_t scale)
{
    if (literal->quoted || !literal_duration(literal->text, scale, &literal->value.time))
        return fail(parser, literal, N_("A time in decimal notation is expected here: 0.25."));
    if (literal->minus)
        literal->value.time = -literal->value.time;
    return true;
}

bool literal_become(struct filter_parser *parser, struct node *literal, enum value_kind kind,
                    const struct field_row *row, bool contains)
{
    const enum value_kind wanted = kind == VALUE_ETHER && contains ? VALUE_BYTES : kind;
    literal->type = literal->value.kind = wanted;
    switch (kind) {
    case VALUE_NUMBER: case VALUE_SIGNED:
        literal->type = literal->value.kind = VALUE_NUMBER;
        return become_number(parser, literal, row);
    case VALUE_BOOLEAN:
        return become_boolean(parser, literal, row);
    case VALUE_TIME:
        return (!literal->minus && literal_time(literal->text, &literal->value.time)) ||
               fail(parser, literal, N_("A date is expected here: \"2026-11-24 10:00:00.5\", or with Z behind it."));
    case VALUE_DURATION:
        return become_duration(parser, literal, 1000000000);
    case VALUE_MILLISECONDS:
        return become_duration(parser, literal, 1000000);
    case VALUE_ADDRESS4:
        return become_address(parser, literal, AF_INET);
    case VALUE_ADDRESS6:
        return become_address(parser, literal, AF_INET6);
    case VALUE_ETHER: case VALUE_BYTES: case VALUE_PROTOCOL:
        return become_bytes(parser, literal, kind, contains);
    case VALUE_TEXT:
        literal->value.bytes = (const uint8_t *)literal->text;
        literal->value.size = literal->len;
        return !literal->minus || fail(parser, literal, N_("A text with a sign stands in quotation marks."));
    case VALUE_NONE:
        break;
    }
    return fail(parser, literal, N_("This field has no value: it is there, or it is not."));
}
