#include "smtp_path.h"

#include <string.h>
#include <arpa/inet.h>

#include "smtp_parse.h"
#include "utf8.h"
#include "words.h"

/* atext of RFC 5322 §3.2.3; RFC 6531 §3.3 adds everything beyond ASCII. */
static bool is_atext(char c)
{
    unsigned char u = (unsigned char)c;
    return u > 127 || (u > ' ' && u < 127 && strchr("()<>[]:;@\\,.\"", c) == NULL);
}

static bool is_let_dig(char c)
{
    unsigned char u = (unsigned char)c;
    return u > 127 || (u >= '0' && u <= '9') || ((u | 32) >= 'a' && (u | 32) <= 'z');
}

static bool literal_is_good(struct span literal)
{
    char text[64] = "";
    unsigned char address[16];
    if (literal.len < 3 || literal.len >= sizeof text || literal.at[literal.len - 1] != ']')
        return false;
    memcpy(text, literal.at + 1, literal.len - 2);
    /* RFC 5321 §4.1.3; no other tag than IPv6 was ever registered. */
    if (strncasecmp(text, "IPv6:", 5) == 0)
        return inet_pton(AF_INET6, text + 5, address) == 1;
    return inet_pton(AF_INET, text, address) == 1;
}

bool smtp_domain_is_good(struct span domain)
{
    if (domain.len == 0 || domain.len > SMTP_DOMAIN_MAX)
        return false;
    if (domain.at[0] == '[')
        return literal_is_good(domain);
    size_t label = 0;
    for (size_t i = 0; i < domain.len; i++) {
        char c = domain.at[i], next = i + 1 < domain.len ? domain.at[i + 1] : '.';
        label = c == '.' ? 0 : label + 1;
        bool good = c == '.' ? i > 0 && next != '.' : c == '-' ? label > 1 && next != '.' : is_let_dig(c);
        if (!good || label > 63)
            return false;
    }
    return domain.at[domain.len - 1] != '.' && utf8_valid(domain.at, domain.len);
}

/* How many bytes at the beginning are a local part: a quoted string, or atoms with dots between. 0: none. */
static size_t local_length(struct span text)
{
    size_t i = 0;
    if (text.len > 0 && text.at[0] == '"') {
        for (i = 1; i < text.len && text.at[i] != '"'; i++) {
            if (text.at[i] == '\\')
                i++;
            if (i < text.len && ((unsigned char)text.at[i] < ' ' || text.at[i] == 127))
                return 0;
        }
        return i < text.len ? i + 1 : 0;
    }
    while (i < text.len && (is_atext(text.at[i]) || (text.at[i] == '.' && i > 0 && text.at[i - 1] != '.')))
        i++;
    return i > 0 && text.at[i - 1] == '.' ? 0 : i;
}

static bool has_utf8(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] > 127)
            return true;
    return false;
}

const char *smtp_parse_mailbox(struct span text, struct smtp_path *path)
{
    size_t local = local_length(text);
    path->mailbox = text;
    path->local = (struct span){ text.at, local };
    path->utf8 = has_utf8(text);
    if (local == 0 || !utf8_valid(text.at, local))
        return N_("The part before @ is not written as RFC 5321 §4.1.2 has it.");
    if (local > SMTP_LOCAL_MAX)
        return N_("The part before @ is longer than 64 octets (RFC 5321 §4.5.3.1.1).");
    path->domain = (struct span){ text.at + local, text.len - local };
    /* "Postmaster" alone is the one mailbox that needs no domain (RFC 5321 §4.5.1). */
    if (path->domain.len == 0)
        return span_is_nocase(path->local, "postmaster") ? NULL
                                                         : N_("The address has no @ and domain (RFC 5321 §4.1.2).");
    path->domain.at++;
    path->domain.len--;
    if (text.at[local] != '@' || !smtp_domain_is_good(path->domain))
        return N_("The part after @ is not a domain (RFC 5321 §4.1.2).");
    return NULL;
}

/* "@a,@b:" before the mailbox. */
static const char *skip_route(struct span *inside, struct smtp_path *path)
{
    if (inside->len == 0 || inside->at[0] != '@')
        return NULL;
    const char *colon = memchr(inside->at, ':', inside->len);
    if (colon == NULL)
        return N_("The source route has no colon behind it (RFC 5321 §4.1.2).");
    path->route = (struct span){ inside->at, (size_t)(colon - inside->at) };
    *inside = (struct span){ colon + 1, inside->len - path->route.len - 1 };
    for (struct span rest = path->route; rest.len > 0;) {
        const char *comma = memchr(rest.at, ',', rest.len);
        size_t length = comma != NULL ? (size_t)(comma - rest.at) : rest.len;
        if (rest.at[0] != '@' || !smtp_domain_is_good((struct span){ rest.at + 1, length - 1 }))
            return N_("The source route is not a list of @domains (RFC 5321 §4.1.2).");
        rest = (struct span){ rest.at + length, rest.len - length };
        if (rest.len == 1)
            return N_("The source route is not a list of @domains (RFC 5321 §4.1.2).");
        if (rest.len > 0)
            rest = (struct span){ rest.at + 1, rest.len - 1 };
    }
    return NULL;
}

/* Where the > is that ends the path: not one inside quotes. */
static size_t path_length(struct span text)
{
    bool quoted = false;
    for (size_t i = 1; i < text.len; i++) {
        if (quoted && text.at[i] == '\\')
            i++;
        else if (text.at[i] == '"')
            quoted = !quoted;
        else if (text.at[i] == '>' && !quoted)
            return i + 1;
    }
    return 0;
}

static const char *parse_path(struct span *rest, bool null_allowed, struct smtp_path *path)
{
    if (rest->len > 0 && rest->at[0] == ' ')
        return N_("There must be no space after the colon (RFC 5321 §3.3).");
    if (rest->len == 0 || rest->at[0] != '<')
        return N_("The address must stand in angle brackets (RFC 5321 §4.1.2).");
    size_t length = path_length(*rest);
    if (length == 0)
        return N_("The address has no closing angle bracket (RFC 5321 §4.1.2).");
    if (length > SMTP_PATH_MAX)
        return N_("The path is longer than 256 octets (RFC 5321 §4.5.3.1.3).");
    struct span inside = { rest->at + 1, length - 2 };
    *rest = (struct span){ rest->at + length, rest->len - length };
    if (inside.len == 0)
        return null_allowed ? NULL : N_("Only a sender may be empty (RFC 5321 §4.1.1.3).");
    const char *error = skip_route(&inside, path);
    return error != NULL ? error : smtp_parse_mailbox(inside, path);
}

int smtp_xtext_decode(struct span text, struct buf *out)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < text.len; i++) {
        char c = text.at[i];
        if (c == '+') {
            const char *high = i + 2 < text.len ? memchr(digits, text.at[i + 1], 16) : NULL;
            const char *low = i + 2 < text.len ? memchr(digits, text.at[i + 2], 16) : NULL;
            if (high == NULL || low == NULL)
                return -1;
            c = (char)((high - digits) * 16 + (low - digits));
            i += 2;
        } else if (c < '!' || c > '~' || c == '=') {
            return -1;
        }
        if (buf_add(out, &c, 1) != 0)
            return -1;
    }
    return 0;
}

static bool is_xtext(struct span text, size_t max)
{
    struct buf decoded;
    buf_init(&decoded, 1024);
    bool good = text.len > 0 && text.len <= max && smtp_xtext_decode(text, &decoded) == 0;
    for (size_t i = 0; good && i < decoded.len; i++)
        good = decoded.data[i] >= ' ' && decoded.data[i] <= '~';
    buf_free(&decoded);
    return good;
}

static bool set_size(struct smtp_envelope *envelope, struct span value)
{
    for (size_t i = 0; i < value.len; i++) {
        if (value.at[i] < '0' || value.at[i] > '9')
            return false;
        uint64_t digit = (uint64_t)(value.at[i] - '0');
        bool over = envelope->size > (UINT64_MAX - digit) / 10;
        envelope->size = over ? UINT64_MAX : envelope->size * 10 + digit;
    }
    return value.len > 0 && value.len <= 20;
}

static bool set_body(struct smtp_envelope *envelope, struct span value)
{
    envelope->body = span_is_nocase(value, "8BITMIME") ? SMTP_BODY_8BITMIME : SMTP_BODY_7BIT;
    return envelope->body == SMTP_BODY_8BITMIME || span_is_nocase(value, "7BIT");
}

static bool set_smtputf8(struct smtp_envelope *envelope, struct span value)
{
    envelope->smtputf8 = true;
    return value.at == NULL;
}

static bool set_auth(struct smtp_envelope *envelope, struct span value)
{
    envelope->auth = value;
    return is_xtext(value, 500);
}

static bool set_ret(struct smtp_envelope *envelope, struct span value)
{
    envelope->ret = span_is_nocase(value, "FULL") ? SMTP_RETURN_FULL : SMTP_RETURN_HEADERS;
    return envelope->ret == SMTP_RETURN_FULL || span_is_nocase(value, "HDRS");
}

static bool set_envid(struct smtp_envelope *envelope, struct span value)
{
    envelope->envid = value;
    return is_xtext(value, 100);
}

/* NEVER alone, or a list of the others. */
static bool set_notify(struct smtp_envelope *envelope, struct span value)
{
    static const char *const names[] = { "NEVER", "SUCCESS", "FAILURE", "DELAY" };
    while (value.len > 0) {
        const char *comma = memchr(value.at, ',', value.len);
        size_t length = comma != NULL ? (size_t)(comma - value.at) : value.len;
        unsigned bit = 0;
        for (unsigned i = 0; i < 4; i++)
            if (span_is_nocase((struct span){ value.at, length }, names[i]))
                bit = 1u << i;
        if (bit == 0 || (comma != NULL && length + 1 == value.len))
            return false;
        envelope->notify |= bit;
        size_t used = comma != NULL ? length + 1 : length;
        value = (struct span){ value.at + used, value.len - used };
    }
    return envelope->notify == SMTP_NOTIFY_NEVER ||
           (envelope->notify != 0 && (envelope->notify & SMTP_NOTIFY_NEVER) == 0);
}

static bool set_orcpt(struct smtp_envelope *envelope, struct span value)
{
    envelope->orcpt = value;
    const char *semicolon = value.len > 0 ? memchr(value.at, ';', value.len) : NULL;
    if (semicolon == NULL || semicolon == value.at || value.len > 500)
        return false;
    size_t used = (size_t)(semicolon - value.at) + 1;
    return is_xtext((struct span){ value.at + used, value.len - used }, 500);
}

/* The parameters that we have, and the commands on which they may stand. */
static const struct parameter {
    const char *name;
    bool on_rcpt;
    bool (*set)(struct smtp_envelope *envelope, struct span value); /* false: the value is wrong */
} parameters[] = {
    { "SIZE", false, set_size },   { "BODY", false, set_body },   { "SMTPUTF8", false, set_smtputf8 },
    { "AUTH", false, set_auth },   { "RET", false, set_ret },     { "ENVID", false, set_envid },
    { "NOTIFY", true, set_notify }, { "ORCPT", true, set_orcpt },
};

static int parse_parameter(struct span word, bool rcpt, unsigned *seen, struct smtp_envelope *envelope,
                           const char **error)
{
    const char *equals = memchr(word.at, '=', word.len);
    struct span name = { word.at, equals != NULL ? (size_t)(equals - word.at) : word.len };
    struct span value = { NULL, 0 };
    if (equals != NULL)
        value = (struct span){ equals + 1, word.len - name.len - 1 };
    for (unsigned i = 0; i < sizeof parameters / sizeof parameters[0]; i++) {
        if (parameters[i].on_rcpt != rcpt || !span_is_nocase(name, parameters[i].name))
            continue;
        *error = N_("A parameter is given twice, or its value is wrong.");
        bool twice = (*seen & 1u << i) != 0;
        *seen |= 1u << i;
        return twice || !parameters[i].set(envelope, value) ? 501 : 0;
    }
    *error = N_("A parameter is not known here (RFC 5321 §4.1.1.11).");
    return 555;
}

static int parse_argument(const char *keyword, bool rcpt, struct span argument, struct smtp_envelope *envelope,
                          const char **error)
{
    size_t length = strlen(keyword);
    *envelope = (struct smtp_envelope){ 0 };
    if (argument.len < length || !span_is_nocase((struct span){ argument.at, length }, keyword)) {
        *error = rcpt ? N_("Write RCPT TO:<address> (RFC 5321 §4.1.1.3).")
                      : N_("Write MAIL FROM:<address> (RFC 5321 §4.1.1.2).");
        return 501;
    }
    struct span rest = { argument.at + length, argument.len - length };
    *error = parse_path(&rest, !rcpt, &envelope->path);
    if (*error != NULL)
        return 501;
    *error = N_("After the address, parameters begin with a space (RFC 5321 §4.1.2).");
    if (rest.len > 0 && rest.at[0] != ' ')
        return 501;
    envelope->has_parameters = rest.len > 0;
    unsigned seen = 0;
    for (struct span word = smtp_word(&rest); word.len > 0; word = smtp_word(&rest)) {
        int code = parse_parameter(word, rcpt, &seen, envelope, error);
        if (code != 0)
            return code;
    }
    *error = NULL;
    return 0;
}

int smtp_parse_mail(struct span argument, struct smtp_envelope *envelope, const char **error)
{
    return parse_argument("FROM:", false, argument, envelope, error);
}

int smtp_parse_rcpt(struct span argument, struct smtp_envelope *envelope, const char **error)
{
    return parse_argument("TO:", true, argument, envelope, error);
}

int smtp_local_part(const struct smtp_path *path, struct buf *out)
{
    struct span local = path->local;
    if (local.len < 2 || local.at[0] != '"')
        return buf_add_span(out, local);
    int status = 0;
    for (size_t i = 1; i + 1 < local.len; i++) {
        if (local.at[i] == '\\')
            i++;
        status |= buf_add(out, local.at + i, 1);
    }
    return status;
}
