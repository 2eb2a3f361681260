#include "mime.h"

#include <stdlib.h>
#include <string.h>

#include "header.h"
#include "mem.h"

enum { MAX_BOUNDARY = 256 }; /* RFC 2046 §5.1.1 says 70 */

enum mode { IN_HEADER, IN_BODY };

/* A multipart that is being read. */
struct open_multipart {
    size_t part;
    const char *boundary;   /* in the part's own parameters */
    size_t boundary_length;
};

struct parser {
    struct span message;
    struct mime_tree *tree;
    size_t capacity;
    struct open_multipart open[MIME_MAX_DEPTH + 1];
    size_t open_count;
    size_t current;         /* the part whose header or body the next line belongs to */
    enum mode mode;
    size_t at;              /* the beginning of the present line */
    size_t line_number;     /* lines before it */
};

static struct mime_part *part_at(struct parser *parser, size_t index)
{
    return &parser->tree->parts[index];
}

static void flag(struct parser *parser, size_t index, unsigned flags)
{
    part_at(parser, index)->flags |= flags;
    parser->tree->flags |= flags;
}

/* A part whose header begins at offset; it becomes the current one. */
static void begin_part(struct parser *parser, size_t parent, size_t offset)
{
    struct mime_tree *tree = parser->tree;
    if (tree->count == parser->capacity) {
        parser->capacity = parser->capacity > 0 ? parser->capacity * 2 : 4;
        tree->parts = mem_grow(tree->parts, parser->capacity, sizeof *tree->parts);
    }
    struct mime_part *part = &tree->parts[tree->count];
    *part = (struct mime_part){ .parent = parent, .header_offset = offset };
    if (tree->count > 0) {
        part->depth = tree->parts[parent].depth + 1;
        part->index = ++tree->parts[parent].children;
    }
    parser->current = tree->count++;
    parser->mode = IN_HEADER;
}

/* RFC 2045 §5.2 and RFC 2046 §5.1.5: what a part is that does not say it. */
static void default_type(struct parser *parser, struct mime_part *part)
{
    const struct mime_part *parent = part_at(parser, part->parent);
    bool digest = parent != part && content_is(&parent->type, "multipart", "digest");
    content_type_parse(span_of(digest ? "message/rfc822" : "text/plain; charset=us-ascii"), &part->type);
    part->type.flags |= CONTENT_MISSING;
}

/* The fields that say what the part is. The first of each counts. */
static void interpret(struct parser *parser, struct mime_part *part)
{
    struct header_walk walk;
    struct header_field field;
    bool encoding = false;
    header_start(&walk, (struct span){ parser->message.at + part->header_offset, part->header_length });
    while (header_next(&walk, &field)) {
        if (part->type.type == NULL && span_is_nocase(field.name, "Content-Type")) {
            content_type_parse(field.value, &part->type);
        } else if (part->disposition.type == NULL && span_is_nocase(field.name, "Content-Disposition")) {
            content_disposition_parse(field.value, &part->disposition);
        } else if (!encoding && span_is_nocase(field.name, "Content-Transfer-Encoding")) {
            part->encoding = content_encoding_parse(field.value);
            encoding = true;
        }
    }
    if (part->type.type == NULL)
        default_type(parser, part);
    if (part->disposition.type == NULL)
        part->disposition.flags = CONTENT_MISSING;
    part->is_multipart = content_is(&part->type, "multipart", NULL);
    part->is_message = content_is(&part->type, "message", "rfc822") || content_is(&part->type, "message", "global");
}

static void open_multipart(struct parser *parser, size_t index)
{
    const struct content_parameter *boundary = content_parameter(&part_at(parser, index)->type, "boundary");
    if (boundary == NULL || boundary->length == 0 || boundary->length > MAX_BOUNDARY) {
        flag(parser, index, MIME_NO_BOUNDARY);
        part_at(parser, index)->is_multipart = false;
        return;
    }
    parser->open[parser->open_count++] = (struct open_multipart){ index, boundary->value, boundary->length };
}

/* The header of the current part ends at end; body says whether the part goes on with a body there. */
static void end_header(struct parser *parser, size_t end, size_t lines, bool body)
{
    size_t index = parser->current;
    struct mime_part *part = part_at(parser, index);
    part->header_length = end - part->header_offset;
    part->body_offset = end;
    part->body_lines = lines; /* before the body; end_part turns it into those of the body */
    interpret(parser, part);
    parser->mode = IN_BODY;
    if (!body)
        return;
    bool coded = part->encoding == CONTENT_BASE64 || part->encoding == CONTENT_QP;
    bool container = part->is_multipart || (part->is_message && !coded);
    if (container && part->depth >= MIME_MAX_DEPTH) {
        flag(parser, index, MIME_TOO_DEEP);
        container = false;
    }
    if (!container)
        return;
    if (part->is_multipart)
        open_multipart(parser, index);
    else if (parser->tree->count < MIME_MAX_PARTS)
        begin_part(parser, index, end);
    else
        flag(parser, index, MIME_TOO_MANY);
}

/* The part's body ends at end, which is where a boundary's line break begins, or the message ends. */
static void end_part(struct parser *parser, size_t index, size_t end, size_t lines)
{
    struct mime_part *part = part_at(parser, index);
    size_t begin = part->body_offset;
    part->body_length = end > begin ? end - begin : 0;
    part->body_lines = part->body_length > 0 && lines > part->body_lines ? lines - part->body_lines : 0;
}

/* Ends the current part and all those around it, up to but not including the multipart that holds them. */
static void end_parts(struct parser *parser, size_t holder, size_t end, size_t lines)
{
    if (parser->mode == IN_HEADER) { /* cut off before its empty line */
        size_t from = part_at(parser, parser->current)->header_offset;
        end_header(parser, end > from ? end : from, lines, false);
    }
    size_t index = parser->current;
    while (index != holder) {
        end_part(parser, index, end, lines);
        if (index == 0)
            break;
        index = part_at(parser, index)->parent;
    }
}

enum delimiter { NO_DELIMITER, DELIMITER, CLOSE_DELIMITER };

/* "--boundary" or "--boundary--", with nothing but white space behind it (RFC 2046 §5.1.1). */
static enum delimiter match(struct span line, const struct open_multipart *open)
{
    if (line.len < open->boundary_length + 2 || memcmp(line.at + 2, open->boundary, open->boundary_length) != 0)
        return NO_DELIMITER;
    struct span rest = { line.at + 2 + open->boundary_length, line.len - 2 - open->boundary_length };
    if (rest.len == 0)
        return DELIMITER;
    return span_is(rest, "--") ? CLOSE_DELIMITER : NO_DELIMITER;
}

/* The line break before a boundary belongs to it. */
static size_t before_break(const struct parser *parser)
{
    size_t at = parser->at;
    if (at > 0 && parser->message.at[at - 1] == '\n')
        at--;
    return at > 0 && at < parser->at && parser->message.at[at - 1] == '\r' ? at - 1 : at;
}

/* A boundary of the multipart at level of the stack: all that is open within it ends. */
static void at_boundary(struct parser *parser, size_t level, enum delimiter delimiter, size_t next)
{
    size_t holder = parser->open[level].part;
    size_t end = before_break(parser);
    size_t lines = parser->line_number - (end < parser->at ? 1 : 0);
    for (size_t i = level + 1; i < parser->open_count; i++)
        flag(parser, parser->open[i].part, MIME_UNCLOSED);
    end_parts(parser, holder, end, lines);
    parser->current = holder;
    parser->mode = IN_BODY;
    parser->open_count = level + (delimiter == DELIMITER ? 1 : 0);
    if (delimiter == DELIMITER)
        begin_part(parser, holder, next);
}

/* Is the line a boundary of a multipart that is open? The innermost one counts. */
static bool take_boundary(struct parser *parser, struct span line, size_t next)
{
    while (line.len > 0 && (line.at[line.len - 1] == ' ' || line.at[line.len - 1] == '\t'))
        line.len--;
    for (size_t level = parser->open_count; level-- > 0;) {
        enum delimiter delimiter = match(line, &parser->open[level]);
        if (delimiter == NO_DELIMITER)
            continue;
        if (delimiter == DELIMITER && parser->tree->count >= MIME_MAX_PARTS) {
            flag(parser, parser->open[level].part, MIME_TOO_MANY);
            return false;
        }
        at_boundary(parser, level, delimiter, next);
        return true;
    }
    return false;
}

static void take_line(struct parser *parser, size_t next)
{
    struct span line = { parser->message.at + parser->at, next - parser->at };
    if (line.len > 0 && line.at[line.len - 1] == '\n')
        line.len--;
    if (line.len > 0 && line.at[line.len - 1] == '\r')
        line.len--;
    bool ended = next > parser->at && parser->message.at[next - 1] == '\n';
    if (line.len >= 2 && line.at[0] == '-' && line.at[1] == '-' && take_boundary(parser, line, next))
        return;
    if (parser->mode == IN_HEADER && line.len == 0 && ended)
        end_header(parser, next, parser->line_number + 1, true);
}

void mime_parse(struct span message, struct mime_tree *tree)
{
    struct parser *parser = mem_alloc(sizeof *parser);
    *tree = (struct mime_tree){ .count = 0 };
    parser->message = message;
    parser->tree = tree;
    begin_part(parser, 0, 0);
    while (parser->at < message.len) {
        const char *lf = memchr(message.at + parser->at, '\n', message.len - parser->at);
        size_t next = lf != NULL ? (size_t)(lf - message.at) + 1 : message.len;
        take_line(parser, next);
        parser->line_number += lf != NULL;
        parser->at = next;
    }
    for (size_t i = 0; i < parser->open_count; i++)
        flag(parser, parser->open[i].part, MIME_UNCLOSED);
    end_parts(parser, SIZE_MAX, message.len, parser->line_number);
    free(parser);
}

void mime_free(struct mime_tree *tree)
{
    for (size_t i = 0; i < tree->count; i++) {
        content_free(&tree->parts[i].type);
        content_free(&tree->parts[i].disposition);
    }
    free(tree->parts);
    *tree = (struct mime_tree){ .count = 0 };
}

/*
 * The component that the part adds to the number of what is around it: its
 * index in a multipart; 1 for a message within that is no multipart, since
 * its body is numbered as if it were the only part; 0 for none.
 */
static unsigned component(const struct mime_tree *tree, size_t index)
{
    const struct mime_part *part = &tree->parts[index];
    if (tree->parts[part->parent].is_message)
        return part->is_multipart ? 0 : 1;
    return part->index;
}

int mime_number(const struct mime_tree *tree, size_t part, struct buf *out)
{
    unsigned components[MIME_MAX_DEPTH + 2];
    size_t count = 0;
    for (size_t index = part; index != 0 && count <= MIME_MAX_DEPTH; index = tree->parts[index].parent) {
        unsigned number = component(tree, index);
        if (number > 0)
            components[count++] = number;
    }
    if (part != 0 && !tree->parts[0].is_multipart)
        components[count++] = 1; /* the message's only body has a number, too */
    int status = 0;
    while (count-- > 0)
        status |= buf_printf(out, "%u%s", components[count], count > 0 ? "." : "");
    return status;
}

static long child(const struct mime_tree *tree, size_t parent, unsigned index)
{
    for (size_t i = parent + 1; i < tree->count; i++)
        if (tree->parts[i].parent == parent && tree->parts[i].index == index)
            return (long)i;
    return -1;
}

/* The part that number names within context: a message or a multipart. */
static long step(const struct mime_tree *tree, size_t context, unsigned number)
{
    if (tree->parts[context].is_multipart)
        return child(tree, context, number);
    return number == 1 ? (long)context : -1;
}

/* Where the numbers below a part count from: the message within a message part; -1 when it has nothing below. */
static long inside(const struct mime_tree *tree, size_t part)
{
    if (tree->parts[part].is_multipart)
        return (long)part;
    return tree->parts[part].is_message ? child(tree, part, 1) : -1;
}

static int take_number(struct span *text, unsigned *number)
{
    size_t at = 0;
    *number = 0;
    while (at < text->len && at < 7 && text->at[at] >= '0' && text->at[at] <= '9')
        *number = *number * 10 + (unsigned)(text->at[at++] - '0');
    bool more = at + 1 < text->len && text->at[at] == '.';
    if (at == 0 || *number == 0 || text->at[0] == '0' || (at < text->len && !more))
        return -1;
    at += more;
    *text = (struct span){ text->at + at, text->len - at };
    return 0;
}

long mime_find(const struct mime_tree *tree, struct span number)
{
    long part = 0, context = 0;
    while (number.len > 0) {
        unsigned component;
        if (context < 0 || take_number(&number, &component) != 0)
            return -1;
        part = step(tree, (size_t)context, component);
        if (part < 0)
            return -1;
        context = inside(tree, (size_t)part);
    }
    return part;
}

struct span mime_header(const struct mime_tree *tree, size_t part, struct span message)
{
    return (struct span){ message.at + tree->parts[part].header_offset, tree->parts[part].header_length };
}

struct span mime_body(const struct mime_tree *tree, size_t part, struct span message)
{
    return (struct span){ message.at + tree->parts[part].body_offset, tree->parts[part].body_length };
}

static bool is_attached(const struct mime_tree *tree, size_t index)
{
    for (; index != 0; index = tree->parts[index].parent)
        if (content_is(&tree->parts[index].disposition, "attachment", NULL) || tree->parts[index].is_message)
            return true;
    return false;
}

long mime_readable(const struct mime_tree *tree)
{
    static const char *const subtypes[] = { "plain", "html", NULL };
    for (size_t wanted = 0; wanted < 3; wanted++)
        for (size_t i = 0; i < tree->count; i++)
            if (content_is(&tree->parts[i].type, "text", subtypes[wanted]) && !is_attached(tree, i))
                return (long)i;
    return -1;
}

const struct content_parameter *mime_filename(const struct mime_part *part)
{
    const struct content_parameter *name = content_parameter(&part->disposition, "filename");
    return name != NULL ? name : content_parameter(&part->type, "name");
}
