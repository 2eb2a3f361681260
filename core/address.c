#include "address.h"

#include <stdint.h>
#include <string.h>

#include "words.h"

/* Where a decoded piece lies in the scratch buffer, which may still move. */
struct piece {
    size_t offset;
    size_t length;
};

struct item {
    struct piece name, local, domain, route;
    struct span comment;    /* the last one met, raw */
    unsigned flags;
    const char *error;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

/* RFC 5322 §3.2.3, and UTF-8 (RFC 6532 §3.2). */
static bool is_atext(char c)
{
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (unsigned char)c > 127)
        return true;
    return c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL;
}

/* The position after what begins at at with a quote or bracket and ends with end; else the end of the text. */
static size_t after_quoted(struct span text, size_t at, char end)
{
    for (at++; at < text.len; at++) {
        if (text.at[at] == '\\')
            at++;
        else if (text.at[at] == end)
            return at + 1;
    }
    return text.len;
}

/* The position after the comment at at; comments nest (§3.2.2), and a counter is enough for that. */
static size_t after_comment(struct span text, size_t at)
{
    size_t depth = 0;
    for (; at < text.len; at++) {
        char c = text.at[at];
        if (c == '\\')
            at++;
        else if (c == '(')
            depth++;
        else if (c == ')' && --depth == 0)
            return at + 1;
    }
    return text.len;
}

static size_t after_token(struct span text, size_t at)
{
    switch (text.at[at]) {
    case '"': return after_quoted(text, at, '"');
    case '[': return after_quoted(text, at, ']');
    case '(': return after_comment(text, at);
    default: return at + 1;
    }
}

/* The first of the characters in stops from at on, outside of quotes, comments and literals. */
static size_t find(struct span text, size_t at, const char *stops)
{
    while (at < text.len && (text.at[at] == '\0' || strchr(stops, text.at[at]) == NULL))
        at = after_token(text, at);
    return at < text.len ? at : text.len;
}

/* Over white space and comments; the last comment is remembered. */
static void skip(struct span text, size_t *at, struct item *item)
{
    while (*at < text.len) {
        if (text.at[*at] == '(') {
            size_t end = after_comment(text, *at);
            bool closed = text.at[end - 1] == ')';
            item->comment = (struct span){ text.at + *at + 1, end - *at - (closed ? 2 : 1) };
            *at = end;
        } else if (is_blank(text.at[*at])) {
            ++*at;
        } else {
            return;
        }
    }
}

static void add(struct address_walk *walk, struct piece *piece, const char *bytes, size_t size)
{
    if (buf_add(&walk->scratch, bytes, size) == 0)
        piece->length += size;
}

/* The content of a quoted string or comment: without the backslashes, and unfolded. */
static void add_unquoted(struct address_walk *walk, struct piece *piece, struct span raw)
{
    for (size_t i = 0; i < raw.len; i++) {
        if (raw.at[i] == '\r' || raw.at[i] == '\n' || raw.at[i] == '\0')
            continue;
        if (raw.at[i] == '\\' && i + 1 < raw.len)
            i++;
        add(walk, piece, raw.at + i, 1);
    }
}

static void start_piece(const struct address_walk *walk, struct piece *piece)
{
    *piece = (struct piece){ walk->scratch.len, 0 };
}

/* An atom or quoted string at *at; false when neither begins there. */
static bool take_word(struct address_walk *walk, size_t *at, struct piece *piece, bool *quoted)
{
    struct span text = walk->text;
    size_t begin = *at;
    *quoted = begin < text.len && text.at[begin] == '"';
    if (*quoted) {
        *at = after_quoted(text, begin, '"');
        bool closed = *at - begin >= 2 && text.at[*at - 1] == '"';
        add_unquoted(walk, piece, (struct span){ text.at + begin + 1, *at - begin - (closed ? 2 : 1) });
        return true;
    }
    while (*at < text.len && is_atext(text.at[*at]))
        ++*at;
    add(walk, piece, text.at + begin, *at - begin);
    return *at > begin;
}

/* Words with blanks between, up to end: a name (§3.2.5), with dots as §4.1 allows. */
static const char *read_phrase(struct address_walk *walk, size_t at, size_t end, struct item *item)
{
    start_piece(walk, &item->name);
    size_t before = at;
    skip(walk->text, &at, item);
    while (at < end) {
        bool quoted;
        if (at > before && item->name.length > 0)
            add(walk, &item->name, " ", 1);
        if (walk->text.at[at] == '.') {
            add(walk, &item->name, ".", 1);
            item->flags |= ADDRESS_OBSOLETE;
            at++;
        } else if (!take_word(walk, &at, &item->name, &quoted)) {
            return N_("a name holds a character that needs quotes around it");
        } else if (quoted) {
            item->flags |= ADDRESS_NAME_QUOTED;
        }
        before = at;
        skip(walk->text, &at, item);
    }
    return NULL;
}

/* Words with dots between (§3.4.1; with blanks around the dots, §4.4). Stops at what is neither. */
static const char *read_local(struct address_walk *walk, size_t *at, struct item *item)
{
    bool quoted, word_before = false;
    start_piece(walk, &item->local);
    skip(walk->text, at, item);
    size_t begin = *at;
    while (*at < walk->text.len) {
        size_t before = *at;
        if (walk->text.at[*at] == '.') {
            item->flags |= word_before ? 0 : ADDRESS_OBSOLETE; /* two dots, or one in front: seen in the wild */
            word_before = false;
            add(walk, &item->local, ".", 1);
            ++*at;
        } else if (word_before) {
            break;
        } else if (take_word(walk, at, &item->local, &quoted)) {
            word_before = true;
            if (quoted)
                item->flags |= ADDRESS_LOCAL_QUOTED | (before > begin ? ADDRESS_OBSOLETE : 0);
        } else {
            break;
        }
        before = *at;
        skip(walk->text, at, item);
        bool dotted = *at < walk->text.len && (walk->text.at[*at] == '.' || !word_before);
        if (*at > before && dotted)
            item->flags |= ADDRESS_OBSOLETE;
    }
    return *at > begin ? NULL : N_("there is no local part before the @");
}

static const char *read_domain(struct address_walk *walk, size_t *at, struct item *item)
{
    struct span text = walk->text;
    start_piece(walk, &item->domain);
    skip(text, at, item);
    if (*at < text.len && text.at[*at] == '[') {
        size_t end = after_quoted(text, *at, ']');
        item->flags |= ADDRESS_LITERAL;
        add_unquoted(walk, &item->domain, (struct span){ text.at + *at, end - *at });
        bool closed = text.at[end - 1] == ']';
        *at = end;
        return closed ? NULL : N_("the ] after an address in brackets is missing");
    }
    while (*at < text.len && (is_atext(text.at[*at]) || text.at[*at] == '.')) {
        size_t begin = *at;
        while (*at < text.len && (is_atext(text.at[*at]) || text.at[*at] == '.'))
            ++*at;
        add(walk, &item->domain, text.at + begin, *at - begin);
        size_t before = *at;
        skip(text, at, item);
        bool dotted = *at < text.len && (text.at[*at] == '.' || text.at[before - 1] == '.');
        if (*at == before || !dotted)
            break;
        item->flags |= ADDRESS_OBSOLETE;
    }
    return item->domain.length > 0 ? NULL : N_("there is no domain after the @");
}

/* "@a,@b:" before the address proper (§4.4): noted, and of no effect. */
static const char *read_route(struct address_walk *walk, size_t *at, struct item *item)
{
    size_t colon = find(walk->text, *at, ":>");
    if (colon == walk->text.len || walk->text.at[colon] != ':')
        return N_("a route does not end with a colon");
    start_piece(walk, &item->route);
    for (size_t i = *at; i < colon; i++)
        if (!is_blank(walk->text.at[i]))
            add(walk, &item->route, walk->text.at + i, 1);
    item->flags |= ADDRESS_OBSOLETE;
    *at = colon + 1;
    return NULL;
}

/* local@domain, or a local part alone. */
static const char *read_address(struct address_walk *walk, size_t *at, struct item *item)
{
    const char *error = read_local(walk, at, item);
    if (error != NULL)
        return error;
    if (*at < walk->text.len && walk->text.at[*at] == '@') {
        ++*at;
        return read_domain(walk, at, item);
    }
    item->flags |= ADDRESS_NO_DOMAIN;
    return NULL;
}

static const char *read_angle(struct address_walk *walk, size_t *at, struct item *item)
{
    struct span text = walk->text;
    const char *error = NULL;
    ++*at;
    skip(text, at, item);
    if (*at < text.len && text.at[*at] == '>')
        return N_("there is nothing between < and >");
    if (*at < text.len && (text.at[*at] == '@' || text.at[*at] == ','))
        error = read_route(walk, at, item);
    if (error == NULL)
        error = read_address(walk, at, item);
    if (error != NULL)
        return error;
    skip(text, at, item);
    if (*at == text.len || text.at[*at] != '>')
        return N_("the > after an address is missing");
    ++*at;
    item->comment = (struct span){ NULL, 0 }; /* comments inside the brackets name nobody */
    return NULL;
}

/* "john@example.org <john@example.org>": against the grammar, and everywhere. */
static const char *read_address_as_name(struct address_walk *walk, size_t begin, size_t *at, struct item *item)
{
    size_t end = *at;
    while (end > begin && is_blank(walk->text.at[end - 1]))
        end--;
    item->flags = ADDRESS_OBSOLETE;
    start_piece(walk, &item->name);
    add_unquoted(walk, &item->name, (struct span){ walk->text.at + begin, end - begin });
    return read_angle(walk, at, item);
}

static const char *read_mailbox(struct address_walk *walk, size_t *at, struct item *item)
{
    struct span text = walk->text;
    size_t begin = *at;
    size_t stop = find(text, begin, "<@,;");
    const char *error;
    if (stop < text.len && text.at[stop] == '<') {
        error = read_phrase(walk, begin, stop, item);
        *at = stop;
        return error != NULL ? error : read_angle(walk, at, item);
    }
    error = read_address(walk, at, item);
    skip(text, at, item);
    if (error == NULL && *at < text.len && text.at[*at] == '<')
        error = read_address_as_name(walk, begin, at, item);
    return error;
}

void address_start(struct address_walk *walk, struct span text)
{
    *walk = (struct address_walk){ .text = text };
    buf_init(&walk->scratch, SIZE_MAX / 2); /* holds one item at a time: never more than the text twice */
}

void address_finish(struct address_walk *walk)
{
    buf_free(&walk->scratch);
}

static struct span span_at(const struct address_walk *walk, struct piece piece)
{
    return piece.length > 0 ? (struct span){ walk->scratch.data + piece.offset, piece.length } : (struct span){ "", 0 };
}

static void fill(struct address_walk *walk, struct item *item, size_t begin, size_t end, struct address *address)
{
    if (item->name.length == 0 && item->comment.at != NULL && address->kind == ADDRESS_MAILBOX) {
        start_piece(walk, &item->name); /* "mouse@example.org (Minnie)": an old habit */
        add_unquoted(walk, &item->name, item->comment);
        item->flags |= item->name.length > 0 ? ADDRESS_NAME_COMMENT : 0;
    }
    while (end > begin && is_blank(walk->text.at[end - 1]))
        end--;
    address->offset = begin;
    address->length = end - begin;
    for (size_t i = begin; i < end; i++)
        if ((unsigned char)walk->text.at[i] > 127)
            item->flags |= ADDRESS_8BIT;
    address->name = span_at(walk, item->name);
    address->local = span_at(walk, item->local);
    address->domain = span_at(walk, item->domain);
    address->route = span_at(walk, item->route);
    address->flags = item->flags;
    address->error = item->error;
}

/* Over what is between items. true: the end of a group was met, at *at. */
static bool between(struct address_walk *walk)
{
    struct item nobody = { .error = NULL };
    for (;;) {
        skip(walk->text, &walk->at, &nobody);
        if (walk->at == walk->text.len)
            return walk->in_group; /* the ";" is missing */
        if (walk->text.at[walk->at] == ';' && walk->in_group)
            return true;
        if (walk->text.at[walk->at] != ',' && walk->text.at[walk->at] != ';')
            return false;
        walk->at++;
    }
}

static void read_item(struct address_walk *walk, struct item *item, struct address *address)
{
    size_t begin = walk->at;
    size_t stop = find(walk->text, begin, ":<@,;");
    if (stop < walk->text.len && walk->text.at[stop] == ':' && !walk->in_group) {
        address->kind = ADDRESS_GROUP;
        item->error = read_phrase(walk, begin, stop, item);
        walk->at = stop + 1;
        walk->in_group = true;
    } else {
        address->kind = ADDRESS_MAILBOX;
        item->error = read_mailbox(walk, &walk->at, item);
        size_t end = walk->at;
        skip(walk->text, &end, item);
        bool ended = end == walk->text.len || walk->text.at[end] == ',' || walk->text.at[end] == ';';
        if (item->error == NULL && !ended)
            item->error = N_("something that is no address follows one without a comma");
        if (item->error != NULL)
            end = find(walk->text, begin, ",;");
        walk->at = end > walk->at || item->error != NULL ? end : walk->at;
    }
    if (item->error != NULL)
        address->kind = ADDRESS_BAD;
    fill(walk, item, begin, walk->at, address);
}

int address_next(struct address_walk *walk, struct address *address)
{
    struct item item = { .error = NULL };
    bool group_ends = between(walk);
    if (walk->at == walk->text.len && !group_ends)
        return 0;
    buf_clear(&walk->scratch);
    if (!group_ends) {
        read_item(walk, &item, address);
        return 1;
    }
    size_t begin = walk->at;
    walk->in_group = false;
    walk->at += walk->at < walk->text.len;
    address->kind = ADDRESS_GROUP_END;
    fill(walk, &item, begin, walk->at, address);
    return 1;
}

int address_one(struct span text, struct buf *out_local, struct buf *out_domain)
{
    struct address_walk walk;
    struct address address;
    address_start(&walk, text);
    int status = address_next(&walk, &address) && address.kind == ADDRESS_MAILBOX && address.local.len > 0 ? 0 : -1;
    if (status == 0)
        status = buf_add_span(out_local, address.local) | buf_add_span(out_domain, address.domain);
    if (status == 0 && address_next(&walk, &address))
        status = -1;
    address_finish(&walk);
    return status;
}

/* In quotes, with what must be escaped escaped, and no control character (§3.2.4). */
static int write_quoted(struct span text, struct buf *out)
{
    int status = buf_add(out, "\"", 1);
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '"' || c == '\\')
            status |= buf_add(out, "\\", 1);
        status |= (unsigned char)c < ' ' || c == 127 ? buf_add(out, " ", 1) : buf_add(out, &c, 1);
    }
    return status | buf_add(out, "\"", 1);
}

int address_write_local(struct span local, struct buf *out)
{
    bool plain = local.len > 0 && local.at[0] != '.' && local.at[local.len - 1] != '.';
    for (size_t i = 0; i < local.len && plain; i++)
        plain = is_atext(local.at[i]) || (local.at[i] == '.' && local.at[i + 1] != '.');
    return plain ? buf_add_span(out, local) : write_quoted(local, out);
}

static int write_name(struct span name, struct buf *out)
{
    bool plain = true;
    for (size_t i = 0; i < name.len && plain; i++)
        plain = is_atext(name.at[i]) || (name.at[i] == ' ' && i > 0 && i + 1 < name.len && name.at[i - 1] != ' ');
    return plain ? buf_add_span(out, name) : write_quoted(name, out);
}

int address_write_mailbox(struct span name, struct span local, struct span domain, struct buf *out)
{
    int status = 0;
    if (name.len > 0)
        status = write_name(name, out) | buf_add_text(out, " <");
    status |= address_write_local(local, out);
    if (domain.len > 0)
        status |= buf_add_text(out, "@") | buf_add_span(out, domain);
    return name.len > 0 ? status | buf_add_text(out, ">") : status;
}
