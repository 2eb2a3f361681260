/*
 * filter_lex.c - a filter's words: names and bare literals, strings, signs.
 */
#include "visualizer/filter_parts.h"

#include <ctype.h>
#include <string.h>

#include "io/i18n.h"

static const struct spelling {
    const char *text;
    enum sign sign;
} signs[] = { /* the longer ones first */
    { "===", SIGN_ALL_EQUAL }, { "!==", SIGN_ANY_UNEQUAL }, { "==", SIGN_EQUAL }, { "!=", SIGN_UNEQUAL },
    { "~=", SIGN_ANY_UNEQUAL }, { "<=", SIGN_LESS_EQUAL }, { ">=", SIGN_GREATER_EQUAL }, { "&&", SIGN_AND },
    { "||", SIGN_OR }, { "..", SIGN_RANGE }, { "<", SIGN_LESS }, { ">", SIGN_GREATER },
    { "!", SIGN_NOT }, { "~", SIGN_MATCHES }, { "&", SIGN_BITS }, { "+", SIGN_PLUS }, { "-", SIGN_MINUS },
    { "*", SIGN_TIMES }, { "/", SIGN_DIVIDE }, { "%", SIGN_MODULO }, { "(", SIGN_OPEN }, { ")", SIGN_CLOSE },
    { "{", SIGN_BRACE }, { "}", SIGN_END_BRACE }, { "[", SIGN_BRACKET },
    { "]", SIGN_END_BRACKET }, { ",", SIGN_COMMA }, { "#", SIGN_LAYER },
}, words[] = {
    { "or", SIGN_OR }, { "and", SIGN_AND }, { "not", SIGN_NOT }, { "any", SIGN_ANY },
    { "all", SIGN_ALL }, { "eq", SIGN_EQUAL }, { "any_eq", SIGN_EQUAL }, { "all_eq", SIGN_ALL_EQUAL },
    { "ne", SIGN_UNEQUAL }, { "all_ne", SIGN_UNEQUAL }, { "any_ne", SIGN_ANY_UNEQUAL }, { "lt", SIGN_LESS },
    { "le", SIGN_LESS_EQUAL }, { "gt", SIGN_GREATER }, { "ge", SIGN_GREATER_EQUAL }, { "contains", SIGN_CONTAINS },
    { "matches", SIGN_MATCHES }, { "in", SIGN_IN }, { "bitwise_and", SIGN_BITS },
};

static int hex_digit(char c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c != '\0' ? strchr(digits, tolower((unsigned char)c)) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

/* What stands behind a backslash, as in C. */
static void escape(struct lexer *lexer)
{
    static const char letters[] = "abfnrtv\\\"'", codes[] = "\a\b\f\n\r\t\v\\\"'";
    char c = lexer->text[lexer->at++];
    const char *letter = c != '\0' ? strchr(letters, c) : NULL;
    unsigned value = 0;
    int digits = 0;
    if (letter != NULL)
        value = (unsigned char)codes[letter - letters];
    else if (c == 'x') {
        for (; digits < 2 && hex_digit(lexer->text[lexer->at]) >= 0; digits++)
            value = value * 16 + (unsigned)hex_digit(lexer->text[lexer->at++]);
        if (digits == 0)
            lexer->problem = N_("After \\x come two hexadecimal digits.");
    } else if (c >= '0' && c <= '7') {
        value = (unsigned)(c - '0');
        for (digits = 1; digits < 3 && lexer->text[lexer->at] >= '0' && lexer->text[lexer->at] <= '7'; digits++)
            value = value * 8 + (unsigned)(lexer->text[lexer->at++] - '0');
    } else {
        lexer->problem = N_("There is no such escape; a backslash itself is written \\\\, or use r\"...\".");
        lexer->at -= c == '\0';
    }
    lexer->room[lexer->used++] = (char)value;
}

static void quoted(struct lexer *lexer, struct token *token, char quote, bool raw)
{
    token->kind = quote == '"' ? TOKEN_STRING : TOKEN_CHARACTER;
    token->text = lexer->room + lexer->used;
    while (lexer->text[lexer->at] != quote && lexer->text[lexer->at] != '\0') {
        char c = lexer->text[lexer->at++];
        if (c == '\\' && raw) {
            if (lexer->text[lexer->at] != '"')
                lexer->room[lexer->used++] = c;
            if (lexer->text[lexer->at] != '\0')
                lexer->room[lexer->used++] = lexer->text[lexer->at++];
        } else if (c == '\\')
            escape(lexer);
        else
            lexer->room[lexer->used++] = c;
    }
    token->len = (size_t)(lexer->room + lexer->used - token->text);
    lexer->room[lexer->used++] = '\0';
    if (lexer->text[lexer->at] == '\0')
        lexer->problem = N_("The quotation mark is not closed.");
    else
        lexer->at++;
    if (quote == '\'' && token->len != 1)
        lexer->problem = N_("Between single quotation marks stands one character.");
}

/* Names, numbers, addresses. A hyphen belongs to it between letters and digits, a slash behind an address. */
static void bare(struct lexer *lexer, struct token *token)
{
    const char *text = lexer->text;
    size_t start = lexer->at, at = start;
    bool address = isdigit((unsigned char)text[at]);
    for (; text[at] != '\0'; at++) {
        unsigned char c = (unsigned char)text[at], next = (unsigned char)text[at + 1];
        if (c == ':')
            address = true;
        if (c == '.' && next == '.')
            break;
        if (isalnum(c) || c == '_' || c == '.' || c == ':' || (c == '-' && at > start && isalnum(next)) ||
            (c == '/' && address && at > start && isdigit(next)))
            continue;
        break;
    }
    token->kind = TOKEN_WORD;
    token->len = at - start;
    token->text = lexer->room + lexer->used;
    memcpy(token->text, text + start, token->len);
    lexer->used += token->len;
    lexer->room[lexer->used++] = '\0';
    lexer->at = at;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i].text, token->text) == 0) {
            token->kind = TOKEN_SIGN;
            token->sign = words[i].sign;
        }
}

void lexer_next(struct lexer *lexer, struct token *token)
{
    const char *text = lexer->text;
    while (text[lexer->at] != '\0' && strchr(" \t\r\n", text[lexer->at]) != NULL)
        lexer->at++;
    *token = (struct token){ .kind = TOKEN_END, .start = lexer->at };
    unsigned char c = (unsigned char)text[lexer->at];
    if (c == '"' || c == '\'') {
        lexer->at++;
        quoted(lexer, token, (char)c, false);
    } else if ((c == 'r' || c == 'R') && text[lexer->at + 1] == '"') {
        lexer->at += 2;
        quoted(lexer, token, '"', true);
    } else if (isalnum(c) || c == '_' || c == ':' || (c == '.' && text[lexer->at + 1] != '.'))
        bare(lexer, token);
    else if (c != '\0') {
        token->kind = TOKEN_SIGN;
        token->sign = SIGN_WRONG;
        for (size_t i = 0; i < sizeof signs / sizeof signs[0] && token->sign == SIGN_WRONG; i++)
            if (strncmp(text + lexer->at, signs[i].text, strlen(signs[i].text)) == 0) {
                token->sign = signs[i].sign;
                lexer->at += strlen(signs[i].text);
            }
        lexer->at += token->sign == SIGN_WRONG;
    }
    token->end = lexer->at;
}
