#include "imap_tree.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "mem.h"

/* With its head a block has 1024 bytes: enough for most lines, and allocators are quickest up to there. */
enum { BLOCK_SIZE = 992 };

struct imap_block {
    struct imap_block *older;
    size_t used, size;
    _Alignas(max_align_t) char bytes[];
};

void imap_tree_init(struct imap_tree *tree, unsigned max_nodes, size_t max_bytes)
{
    *tree = (struct imap_tree){ .root = { .type = IMAP_LIST }, .max_nodes = max_nodes, .max_bytes = max_bytes };
}

void imap_tree_free(struct imap_tree *tree)
{
    while (tree->blocks != NULL) {
        struct imap_block *block = tree->blocks;
        tree->blocks = block->older;
        free(block);
    }
    imap_tree_init(tree, tree->max_nodes, tree->max_bytes);
}

static void *take(struct imap_tree *tree, size_t size)
{
    const size_t align = _Alignof(max_align_t);
    size = (size + align - 1) / align * align;
    struct imap_block *block = tree->blocks;
    if (block == NULL || block->size - block->used < size) {
        const size_t room = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        block = mem_alloc(sizeof *block + room);
        block->size = room;
        block->older = tree->blocks;
        tree->blocks = block;
    }
    void *taken = block->bytes + block->used;
    block->used += size;
    return taken;
}

struct imap_node *imap_tree_node(struct imap_tree *tree)
{
    if (tree->nodes >= tree->max_nodes)
        return NULL;
    tree->nodes++;
    struct imap_node *node = take(tree, sizeof *node); /* blocks are born zeroed and never reused */
    node->text.at = "";
    return node;
}

char *imap_tree_text(struct imap_tree *tree, size_t size)
{
    if (size > tree->max_bytes - tree->bytes)
        return NULL;
    tree->bytes += size;
    return take(tree, size);
}

/* RFC 9051 §9: atom-specials = "(" ")" "{" SP CTL list-wildcards quoted-specials resp-specials */
static bool is_atom_char(unsigned char c)
{
    return c > ' ' && c < 0x7f && strchr("(){%*\"\\]", c) == NULL;
}

static bool all(struct span span, const char *also)
{
    for (size_t i = 0; i < span.len; i++) {
        const char c = span.at[i];
        if (!is_atom_char((unsigned char)c) && (c == '\0' || strchr(also, c) == NULL))
            return false;
    }
    return span.len > 0;
}

bool imap_is(const struct imap_node *node, const char *word)
{
    return node != NULL && node->type == IMAP_WORD && span_is_nocase(node->text, word);
}

bool imap_is_nil(const struct imap_node *node)
{
    return imap_is(node, "NIL");
}

bool imap_is_string(const struct imap_node *node)
{
    return node != NULL && (node->type == IMAP_QUOTED || (node->type == IMAP_LITERAL && !node->streamed));
}

bool imap_is_nstring(const struct imap_node *node)
{
    return imap_is_string(node) || imap_is_nil(node);
}

bool imap_is_atom(const struct imap_node *node)
{
    return node != NULL && node->type == IMAP_WORD && all(node->text, "");
}

bool imap_is_astring(const struct imap_node *node)
{
    return imap_is_string(node) || (node != NULL && node->type == IMAP_WORD && all(node->text, "]"));
}

bool imap_is_pattern(const struct imap_node *node)
{
    return imap_is_string(node) || (node != NULL && node->type == IMAP_WORD && all(node->text, "]%*"));
}

bool imap_is_flag(const struct imap_node *node)
{
    if (node == NULL || node->type != IMAP_WORD || imap_is(node, "\\Recent"))
        return false;
    struct span name = node->text;
    if (name.len > 0 && name.at[0] == '\\') {
        name.at++;
        name.len--;
    }
    return all(name, "");
}

bool imap_is_list(const struct imap_node *node)
{
    return node != NULL && node->type == IMAP_LIST;
}

bool imap_span_number(struct span span, uint64_t max, uint64_t *number)
{
    uint64_t value = 0;
    for (size_t i = 0; i < span.len; i++) {
        if (span.at[i] < '0' || span.at[i] > '9')
            return false;
        const uint64_t digit = (uint64_t)(span.at[i] - '0');
        if (value > (max - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *number = value;
    return span.len > 0;
}

bool imap_number(const struct imap_node *node, uint64_t max, uint64_t *number)
{
    return node != NULL && node->type == IMAP_WORD && imap_span_number(node->text, max, number);
}
