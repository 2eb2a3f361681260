#include "imap_lexer.h"

#include <string.h>

#include "words.h"

#define SYNTAX_SPACE N_("Exactly one space separates the words of IMAP, and none stands at the end of the line.")
#define SYNTAX_BYTE                                                                                                    \
    N_("A byte that IMAP does not allow in a word stands here; such texts are quoted or sent as literals.")
#define SYNTAX_QUOTED                                                                                                  \
    N_("A quoted string ends with a quote on the same line, and only quotes and backslashes follow a backslash.")
#define SYNTAX_CLOSE N_("A closing parenthesis or bracket has no opening one.")
#define SYNTAX_OPEN N_("A parenthesis or bracket is not closed at the end of the line.")
#define SYNTAX_DEPTH N_("Lists within lists are nested deeper than this program follows.")
#define SYNTAX_MANY N_("The line holds more words than this program takes.")
#define SYNTAX_LITERAL N_("A literal is announced as {length}, at the end of the line.")
#define SYNTAX_HUGE N_("The literal is announced with a length that IMAP does not allow.")

enum place { AT_START, AFTER_SPACE, AFTER_ITEM, AFTER_LIST };

/* What one call works on. */
struct work {
    struct imap_lexer *lexer;
    struct imap_tree *tree;
    const char *at, *end;
    enum place place;
    struct imap_announced *literal;
};

static void start(struct imap_lexer *lexer, struct imap_node *root)
{
    lexer->depth = 0;
    lexer->after_literal = false;
    lexer->open[0].list = root;
    lexer->open[0].last = NULL;
}

void imap_lexer_init(struct imap_lexer *lexer, struct imap_tree *tree, bool from_server, unsigned max_depth)
{
    lexer->max_depth = max_depth < IMAP_DEPTH_MAX ? max_depth : IMAP_DEPTH_MAX;
    lexer->from_server = from_server;
    lexer->sections = false;
    start(lexer, &tree->root);
}

static enum imap_type innermost(const struct work *work)
{
    return work->lexer->open[work->lexer->depth].list->type;
}

/* A node as last child of the innermost list. */
static struct imap_node *append(struct work *work, enum imap_type type)
{
    struct imap_node *node = imap_tree_node(work->tree);
    if (node == NULL)
        return NULL;
    node->type = type;
    struct imap_lexer *lexer = work->lexer;
    if (lexer->open[lexer->depth].last == NULL)
        lexer->open[lexer->depth].list->child = node;
    else
        lexer->open[lexer->depth].last->next = node;
    lexer->open[lexer->depth].last = node;
    lexer->open[lexer->depth].list->count++;
    return node;
}

static const char *open_list(struct work *work, struct imap_node *list)
{
    struct imap_lexer *lexer = work->lexer;
    if (lexer->depth >= lexer->max_depth)
        return SYNTAX_DEPTH;
    lexer->depth++;
    lexer->open[lexer->depth].list = list;
    lexer->open[lexer->depth].last = NULL;
    work->place = AT_START;
    return NULL;
}

/* BODY[...]<0.9>: the part of a message's text that is wanted (RFC 9051 §6.4.5). */
static const char *read_partial(struct work *work)
{
    const char *end = memchr(work->at, '>', (size_t)(work->end - work->at));
    if (end == NULL)
        return SYNTAX_OPEN;
    struct imap_node *node = append(work, IMAP_PARTIAL);
    if (node == NULL)
        return SYNTAX_MANY;
    node->text = (struct span){ work->at + 1, (size_t)(end - work->at) - 1 };
    work->at = end + 1;
    return NULL;
}

static const char *close_list(struct work *work)
{
    struct imap_lexer *lexer = work->lexer;
    const bool section = *work->at == ']';
    if (lexer->depth == 0 || innermost(work) != (section ? IMAP_SECTION : IMAP_LIST))
        return SYNTAX_CLOSE;
    if (work->place == AFTER_SPACE)
        return SYNTAX_SPACE;
    work->at++;
    if (section && work->at < work->end && *work->at == '<') {
        const char *error = read_partial(work);
        if (error != NULL)
            return error;
    }
    lexer->depth--;
    work->place = AFTER_LIST;
    return NULL;
}

/* RFC 9051 §9 quoted. The text is unescaped where it stands: it only gets shorter. */
static const char *read_quoted(struct work *work)
{
    struct imap_node *node = append(work, IMAP_QUOTED);
    if (node == NULL)
        return SYNTAX_MANY;
    char *to = (char *)work->at + 1; /* the tree's own copy of the line */
    node->text.at = to;
    for (const char *from = work->at + 1; from < work->end; from++) {
        if (*from == '"') {
            node->text.len = (size_t)(to - node->text.at);
            work->at = from + 1;
            work->place = AFTER_ITEM;
            return NULL;
        }
        if (*from == '\\' && (++from == work->end || (*from != '"' && *from != '\\')))
            return SYNTAX_QUOTED;
        *to++ = *from;
    }
    return SYNTAX_QUOTED;
}

/* {5} {5+} ~{5} from the brace on; true when it is one and ends at end. */
static bool read_announcement(const char *at, const char *end, struct imap_announced *literal)
{
    *literal = (struct imap_announced){ .synchronizing = true };
    if (at < end && *at == '~') {
        literal->binary = true;
        at++;
    }
    if (at >= end || *at++ != '{' || at >= end || end[-1] != '}')
        return false;
    end--;
    if (end > at && end[-1] == '+') {
        literal->synchronizing = false;
        end--;
    }
    for (const char *digit = at; digit < end; digit++)
        if (*digit < '0' || *digit > '9')
            return false;
    if (!imap_span_number((struct span){ at, (size_t)(end - at) }, INT64_MAX, &literal->size))
        literal->size = UINT64_MAX; /* more than number64 can say (§9): nobody will send that */
    literal->found = end > at;
    return literal->found;
}

static const char *read_literal(struct work *work)
{
    if (work->literal == NULL || !read_announcement(work->at, work->end, work->literal))
        return SYNTAX_LITERAL;
    if (work->literal->size == UINT64_MAX)
        return SYNTAX_HUGE;
    struct imap_node *node = append(work, IMAP_LITERAL);
    if (node == NULL)
        return SYNTAX_MANY;
    node->size = work->literal->size;
    node->binary = work->literal->binary;
    work->literal->node = node;
    work->at = work->end;
    work->place = AFTER_ITEM;
    return NULL;
}

static bool is_section_name(struct span name)
{
    return span_is_nocase(name, "BODY") || span_is_nocase(name, "BODY.PEEK") || span_is_nocase(name, "BINARY") ||
           span_is_nocase(name, "BINARY.PEEK") || span_is_nocase(name, "BINARY.SIZE");
}

static bool in_word(const struct work *work, unsigned char c)
{
    if (c <= ' ' || c == 0x7f || c == '(' || c == ')' || c == '{' || c == '"')
        return false;
    if (c > 0x7f)
        return work->lexer->from_server; /* some send names in UTF-8 unasked */
    return c != ']' || innermost(work) != IMAP_SECTION;
}

static const char *read_word(struct work *work)
{
    const char *begin = work->at;
    while (work->at < work->end && in_word(work, (unsigned char)*work->at)) {
        const struct span name = { begin, (size_t)(work->at - begin) };
        if (*work->at == '[' && work->lexer->sections && is_section_name(name)) {
            struct imap_node *section = append(work, IMAP_SECTION);
            if (section == NULL)
                return SYNTAX_MANY;
            section->text = name;
            work->at++;
            return open_list(work, section);
        }
        work->at++;
    }
    if (work->at == begin)
        return SYNTAX_BYTE;
    struct imap_node *node = append(work, IMAP_WORD);
    if (node == NULL)
        return SYNTAX_MANY;
    node->text = (struct span){ begin, (size_t)(work->at - begin) };
    work->place = AFTER_ITEM;
    return NULL;
}

static const char *read_item(struct work *work)
{
    const char c = *work->at;
    /* §9 envelope, body-type-mpart, thread-list: "(" comes right after ")" there. */
    const bool adjacent = work->lexer->from_server && work->place == AFTER_LIST && c == '(';
    if (work->place != AT_START && work->place != AFTER_SPACE && !adjacent)
        return SYNTAX_SPACE;
    if (c == '"')
        return read_quoted(work);
    if (c == '{' || (c == '~' && work->at + 1 < work->end && work->at[1] == '{'))
        return read_literal(work);
    if (c != '(')
        return read_word(work);
    struct imap_node *list = append(work, IMAP_LIST);
    if (list == NULL)
        return SYNTAX_MANY;
    work->at++;
    return open_list(work, list);
}

static const char *read_space(struct work *work)
{
    if (work->place == AT_START || work->place == AFTER_SPACE)
        return SYNTAX_SPACE;
    work->at++;
    /* A server's "* SEARCH " with nothing found is forgiven. */
    if (work->at < work->end || !work->lexer->from_server || work->lexer->depth > 0)
        work->place = AFTER_SPACE;
    return NULL;
}

/* One thing: an item, a space, the end of a list. */
static const char *read_next(struct work *work)
{
    const char c = *work->at;
    if (c == ' ')
        return read_space(work);
    if (c == ')' || (c == ']' && innermost(work) == IMAP_SECTION))
        return close_list(work);
    return read_item(work);
}

/*
 * FETCH is the only command and response in which brackets are syntax; a
 * mailbox may well be called "BODY[1]". It is known by the third word at the
 * latest: "a FETCH", "a UID FETCH", "* 1 FETCH".
 */
static void notice_fetch(struct imap_lexer *lexer, const struct imap_tree *tree)
{
    if (lexer->sections || lexer->depth > 0 || tree->root.count > 3)
        return;
    const struct imap_node *second = tree->root.child == NULL ? NULL : tree->root.child->next;
    const struct imap_node *third = second == NULL ? NULL : second->next;
    lexer->sections = lexer->from_server
                          ? imap_is(third, "FETCH")
                          : imap_is(second, "FETCH") || (imap_is(second, "UID") && imap_is(third, "FETCH"));
}

const char *imap_lexer_line(struct imap_lexer *lexer, struct imap_tree *tree, struct span line,
                            struct imap_announced *literal)
{
    *literal = (struct imap_announced){ .found = false };
    char *copy = imap_tree_text(tree, line.len);
    if (copy == NULL)
        return SYNTAX_MANY;
    if (line.len > 0)
        memcpy(copy, line.at, line.len);
    struct work work = { .lexer = lexer, .tree = tree, .at = copy, .end = copy + line.len, .literal = literal,
                         .place = lexer->after_literal ? AFTER_ITEM : AT_START };
    while (work.at < work.end) {
        const char *error = read_next(&work);
        if (error != NULL)
            return error;
        notice_fetch(lexer, tree);
    }
    if (work.place == AFTER_SPACE)
        return SYNTAX_SPACE;
    if (literal->found)
        lexer->after_literal = true;
    else if (lexer->depth > 0)
        return SYNTAX_OPEN;
    return NULL;
}

const char *imap_lexer_code(struct imap_tree *tree, struct span text, size_t *used)
{
    struct imap_lexer lexer = { .max_depth = IMAP_DEPTH_MAX, .from_server = true };
    tree->root.type = IMAP_SECTION; /* so that a bracket ends words */
    start(&lexer, &tree->root);
    struct work work = { .lexer = &lexer, .tree = tree, .at = text.at, .end = text.at + text.len };
    const char *error = NULL;
    while (error == NULL && work.at < work.end && (*work.at != ']' || lexer.depth > 0))
        error = read_next(&work);
    tree->root.type = IMAP_LIST;
    if (error == NULL && (work.at == work.end || lexer.depth > 0))
        error = SYNTAX_OPEN;
    *used = (size_t)(work.at - text.at);
    return error;
}

bool imap_lexer_announced(struct span line, struct imap_announced *literal)
{
    *literal = (struct imap_announced){ .found = false };
    for (size_t i = line.len; i-- > 0;)
        if (line.at[i] == '{')
            return read_announcement(line.at + i, line.at + line.len, literal);
    return false;
}
