#include "client/letter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/header.h"
#include "core/html_text.h"
#include "core/mem.h"
#include "core/mime.h"
#include "core/utf8.h"
#include "io/charset.h"
#include "io/durable.h"
#include "io/i18n.h"

enum { NAME_MAX_BYTES = 200, MAX_COPIES = 1000, PART_MAX = 256 << 20 };

bool letter_field(struct span raw, const char *name, struct buf *out)
{
    struct header_field field;
    return header_find(raw, name, &field) && charset_header(field.value, out) == 0;
}

static void part_text(const struct mime_part *part, struct span body, struct buf *out)
{
    struct buf decoded, text;
    const struct content_parameter *charset = content_parameter(&part->type, "charset");
    buf_init(&decoded, out->max);
    buf_init(&text, out->max);
    content_decode(part->encoding, body, &decoded);
    charset_to_utf8(span_of(charset != NULL ? charset->value : NULL), buf_span(&decoded), &text);
    if (content_is(&part->type, "text", "html"))
        html_text(buf_span(&text), out);
    else
        buf_add_span(out, buf_span(&text));
    buf_free(&decoded);
    buf_free(&text);
}

bool letter_text(struct span raw, struct buf *out)
{
    struct mime_tree tree;
    mime_parse(raw, &tree);
    long readable = mime_readable(&tree);
    if (readable >= 0)
        part_text(&tree.parts[readable], mime_body(&tree, (size_t)readable, raw), out);
    mime_free(&tree);
    return readable >= 0;
}

/* --- parts ------------------------------------------------------------------------------- */

static bool is_group(const struct mime_part *part)
{
    return part->is_multipart || (part->is_message && part->children > 0);
}

/* Senders write names in RFC 2231, in encoded words where these have no place, or in raw bytes: all are read. */
static char *part_name(const struct mime_part *part)
{
    const struct content_parameter *name = mime_filename(part);
    struct buf out;
    if (name == NULL)
        return mem_text("");
    buf_init(&out, 8192);
    if (name->charset != NULL)
        charset_to_utf8(span_of(name->charset), (struct span){ name->value, name->length }, &out);
    else
        charset_header((struct span){ name->value, name->length }, &out);
    char *text = mem_text(buf_text(&out));
    buf_free(&out);
    return text;
}

static struct letter_part describe(const struct mime_tree *tree, size_t index, long readable)
{
    const struct mime_part *part = &tree->parts[index];
    const struct content_parameter *charset = content_parameter(&part->type, "charset");
    struct buf number;
    buf_init(&number, 1000);
    mime_number(tree, index, &number);
    struct letter_part row = {
        .number = mem_text(buf_text(&number)), .depth = part->depth,
        .type = mem_printf("%s/%s", part->type.type, part->type.subtype != NULL ? part->type.subtype : ""),
        .charset = mem_text(charset != NULL ? charset->value : ""),
        .encoding = content_encoding_name(part->encoding), .name = part_name(part), .size = part->body_length,
        .is_text = content_is(&part->type, "text", NULL), .is_group = is_group(part),
        .shown = (long)index == readable,
    };
    row.attached = !row.is_group && !row.shown &&
                   ((part->disposition.type != NULL && strcmp(part->disposition.type, "attachment") == 0) ||
                    *row.name != '\0');
    buf_free(&number);
    return row;
}

void letter_parts(struct span raw, struct letter_parts *parts)
{
    struct mime_tree tree;
    mime_parse(raw, &tree);
    long readable = mime_readable(&tree);
    *parts = (struct letter_parts){ mem_grow(NULL, tree.count, sizeof *parts->rows), tree.count };
    for (size_t i = 0; i < tree.count; i++)
        parts->rows[i] = describe(&tree, i, readable);
    mime_free(&tree);
}

void letter_parts_free(struct letter_parts *parts)
{
    for (size_t i = 0; i < parts->count; i++) {
        free(parts->rows[i].number);
        free(parts->rows[i].type);
        free(parts->rows[i].charset);
        free(parts->rows[i].name);
    }
    free(parts->rows);
    *parts = (struct letter_parts){ NULL, 0 };
}

void letter_others(struct span raw, void (*each)(void *context, const char *name, const char *type, size_t size),
                   void *context)
{
    struct letter_parts parts;
    letter_parts(raw, &parts);
    for (size_t i = 0; i < parts.count; i++)
        if (!parts.rows[i].is_group && !parts.rows[i].shown)
            each(context, parts.rows[i].name, parts.rows[i].type, parts.rows[i].size);
    letter_parts_free(&parts);
}

bool letter_part_text(struct span raw, size_t index, struct buf *out)
{
    struct mime_tree tree;
    mime_parse(raw, &tree);
    bool is = index < tree.count && content_is(&tree.parts[index].type, "text", NULL);
    if (is)
        part_text(&tree.parts[index], mime_body(&tree, index, raw), out);
    mime_free(&tree);
    return is;
}

int letter_part_bytes(struct span raw, size_t index, struct buf *out)
{
    struct mime_tree tree;
    int status = -1;
    mime_parse(raw, &tree);
    if (index == 0 && is_group(&tree.parts[0]))
        status = buf_add_span(out, raw);
    else if (index < tree.count)
        status = content_decode(tree.parts[index].encoding, mime_body(&tree, index, raw), out);
    mime_free(&tree);
    return status;
}

/* --- saving ------------------------------------------------------------------------------- */

/* What a name may not hold: a path, or what confuses people and shells. Everything else stays, in any language. */
static bool is_harmless(uint32_t code, bool first)
{
    bool control = code < ' ' || (code >= 0x7f && code < 0xa0);
    bool turns = (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
                 (code >= 0x2066 && code <= 0x2069) || code == 0xfeff;
    return !control && !turns && code != '/' && code != '\\' && !(first && (code == '.' || code == '-' || code == '~'));
}

char *letter_safe_name(const char *name, const char *type)
{
    static const struct { const char *type, *name; } usual[] = {
        { "text/plain", "part.txt" }, { "text/html", "part.html" }, { "message/rfc822", "letter.eml" },
    };
    struct buf out;
    buf_init(&out, NAME_MAX_BYTES);
    size_t length = strlen(name);
    for (size_t i = 0, taken; i < length; i += taken) {
        uint32_t code = 0;
        taken = utf8_read(name + i, length - i, &code);
        bool good = taken > 0 && is_harmless(code, out.len == 0);
        taken = taken > 0 ? taken : 1;
        if ((good ? buf_add(&out, name + i, taken) : out.len > 0 ? buf_add(&out, "_", 1) : 0) != 0)
            break;
    }
    while (out.len > 0 && strchr(" .", out.data[out.len - 1]) != NULL)
        out.len--;
    const char *text = out.len > 0 ? buf_text(&out) : "part.bin";
    for (size_t i = 0; out.len == 0 && i < sizeof usual / sizeof usual[0]; i++)
        if (strcmp(type, usual[i].type) == 0)
            text = usual[i].name;
    char *copy = mem_text(text);
    buf_free(&out);
    return copy;
}

/* O_EXCL: what is there stays there, and a link laid out for us is not followed. */
static int write_new(const char *path, struct span bytes)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return -1;
    int status = durable_write(fd, bytes.at, bytes.len), problem = errno;
    if (close(fd) != 0 && status == 0) {
        status = -1;
        problem = errno;
    }
    if (status != 0)
        unlink(path);
    errno = problem;
    return status;
}

int letter_part_save_as(struct span raw, size_t index, const char *path, struct buf *error)
{
    struct buf bytes;
    buf_init(&bytes, PART_MAX);
    errno = EFBIG;
    int status = letter_part_bytes(raw, index, &bytes);
    if (status == 0)
        status = write_new(path, buf_span(&bytes));
    if (status != 0)
        buf_printf(error, _("cannot save %s: %s"), path, strerror(errno));
    buf_free(&bytes);
    return status;
}

int letter_part_save(struct span raw, size_t index, const char *folder, char **path, struct buf *error)
{
    struct letter_parts parts;
    struct buf unheard;
    int status = -1;
    letter_parts(raw, &parts);
    const struct letter_part *part = index < parts.count ? &parts.rows[index] : &parts.rows[0];
    char *name = letter_safe_name(part->name, part->type);
    const char *dot = strrchr(name, '.');
    int stem = dot != NULL && dot != name ? (int)(dot - name) : (int)strlen(name);
    buf_init(&unheard, 10000);
    *path = NULL;
    for (unsigned i = 1; i <= MAX_COPIES && status != 0; i++) {
        free(*path);
        *path = i == 1 ? mem_printf("%s/%s", folder, name)
                       : mem_printf("%s/%.*s-%u%s", folder, stem, name, i, name + stem);
        buf_clear(&unheard);
        status = letter_part_save_as(raw, index, *path, &unheard);
        if (status != 0 && errno != EEXIST)
            break;
    }
    if (status != 0) {
        buf_add_span(error, buf_span(&unheard));
        free(*path);
        *path = NULL;
    }
    buf_free(&unheard);
    free(name);
    letter_parts_free(&parts);
    return status;
}
