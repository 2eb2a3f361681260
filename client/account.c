#include "account.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/mem.h"
#include "core/utf8.h"
#include "io/i18n.h"

static const struct scheme {
    const char *name;
    enum account_protocol protocol;
    enum account_tls tls;
    const char *port;
} schemes[] = {
    { "imap", ACCOUNT_IMAP, ACCOUNT_TLS_OFFERED, "143" },
    { "imaps", ACCOUNT_IMAP, ACCOUNT_TLS_IMPLICIT, "993" },
    { "pop3", ACCOUNT_POP3, ACCOUNT_TLS_OFFERED, "110" },
    { "pop", ACCOUNT_POP3, ACCOUNT_TLS_OFFERED, "110" },     /* RFC 2384 */
    { "pop3s", ACCOUNT_POP3, ACCOUNT_TLS_IMPLICIT, "995" },
    { "smtp", ACCOUNT_SMTP, ACCOUNT_TLS_OFFERED, "25" },
    { "smtps", ACCOUNT_SMTP, ACCOUNT_TLS_IMPLICIT, "465" },  /* RFC 8314 §7.3 */
    { "submissions", ACCOUNT_SMTP, ACCOUNT_TLS_IMPLICIT, "465" },
    { "submission", ACCOUNT_SMTP, ACCOUNT_TLS_OFFERED, "587" },
};

static const struct scheme *scheme_of(const char *name, size_t length)
{
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (strlen(schemes[i].name) == length && strncasecmp(schemes[i].name, name, length) == 0)
            return &schemes[i];
    return NULL;
}

static int hex_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* %-decoded (RFC 3986 §2.1). NULL: a broken code, a control character, or not UTF-8. */
static char *decode(struct span text)
{
    char *out = mem_alloc(text.len + 1);
    size_t length = 0;
    bool good = true;
    for (size_t i = 0; i < text.len && good; i++) {
        char c = text.at[i];
        if (c == '%') {
            good = text.len - i >= 3 && hex_of(text.at[i + 1]) >= 0 && hex_of(text.at[i + 2]) >= 0;
            if (good)
                c = (char)(hex_of(text.at[i + 1]) << 4 | hex_of(text.at[i + 2]));
            i += 2;
        }
        good = good && (unsigned char)c >= ' ' && c != 127;
        out[length++] = c;
    }
    if (good && utf8_valid(out, length))
        return out;
    free(out);
    return NULL;
}

static int parse_port(struct span text, struct account *account)
{
    char *end = NULL;
    char *copy = span_copy(text);
    long port = text.len > 0 && text.len < 6 && text.at[0] != '-' && text.at[0] != '+' ? strtol(copy, &end, 10) : 0;
    if (port < 1 || port > 65535 || *end != '\0') {
        free(copy);
        return -1;
    }
    free(account->port);
    account->port = copy;
    account->port_given = true;
    return 0;
}

/* "host", "host:port", "[::1]:port". */
static int parse_host(struct span text, struct account *account)
{
    struct span host = text;
    if (text.len > 0 && text.at[0] == '[') {
        const char *end = memchr(text.at, ']', text.len);
        if (end == NULL)
            return -1;
        host = (struct span){ text.at + 1, (size_t)(end - text.at) - 1 };
        text = (struct span){ end + 1, text.len - host.len - 2 };
    } else {
        const char *colon = text.len > 0 ? memchr(text.at, ':', text.len) : NULL;
        host.len = colon != NULL ? (size_t)(colon - text.at) : text.len;
        text = (struct span){ text.at + host.len, text.len - host.len };
    }
    if (text.len > 0 && (text.at[0] != ':' || parse_port((struct span){ text.at + 1, text.len - 1 }, account) != 0))
        return -1;
    account->host = decode(host);
    return account->host != NULL && *account->host != '\0' ? 0 : -1;
}

/* ";AUTH=PLAIN": how to log in (RFC 5092 §3, RFC 2384 §4); "*": as we like. */
static int parse_login(struct span option, struct account *account)
{
    if (option.len < 6 || strncasecmp(option.at, ";AUTH=", 6) != 0)
        return -1;
    option = (struct span){ option.at + 6, option.len - 6 };
    if (span_is(option, "*"))
        return 0;
    account->login = decode(option);
    return account->login != NULL && *account->login != '\0' ? 0 : -1;
}

/* "user", "user:password", "user;AUTH=PLAIN:password". */
static int parse_user(struct span text, struct account *account)
{
    const char *colon = memchr(text.at, ':', text.len);
    size_t length = colon != NULL ? (size_t)(colon - text.at) : text.len;
    struct span user = { text.at, length };
    const char *option = memchr(user.at, ';', user.len);
    if (option != NULL) {
        user.len = (size_t)(option - user.at);
        if (parse_login((struct span){ option, length - user.len }, account) != 0)
            return -1;
    }
    account->user = decode(user);
    if (account->user == NULL || *account->user == '\0')
        return -1;
    if (colon == NULL)
        return 0;
    account->password = decode((struct span){ colon + 1, text.len - length - 1 });
    return account->password != NULL ? 0 : -1;
}

static const char *parse_rest(struct span rest, struct account *account)
{
    size_t length = 0;
    while (length < rest.len && strchr("/?#", rest.at[length]) == NULL)
        length++;
    struct span authority = { rest.at, length };
    struct span path = { rest.at + length, rest.len - length };
    size_t at = authority.len;
    while (at > 0 && authority.at[at - 1] != '@') /* the last one: users are often written with their domain */
        at--;
    if (at > 0 && parse_user((struct span){ authority.at, at - 1 }, account) != 0)
        return N_("the user or the password in the URL cannot be read: write %40 for @ and %2F for /");
    if (parse_host((struct span){ authority.at + at, authority.len - at }, account) != 0)
        return N_("the host or the port in the URL cannot be read: scheme://user@host:port/folder");
    if (path.len > 0 && path.at[0] == '/')
        path = (struct span){ path.at + 1, path.len - 1 };
    if (path.len > 0 && (path.at[0] == '?' || path.at[0] == '#'))
        return N_("the URL has a part behind the folder that is not understood");
    account->folder = path.len > 0 ? decode(path) : mem_text("INBOX");
    return account->folder != NULL ? NULL : N_("the folder in the URL cannot be read");
}

int account_parse(const char *text, struct account *account, struct buf *error)
{
    *account = (struct account){ .protocol = ACCOUNT_MAILDIR };
    const char *colon = strstr(text, "://");
    if (colon == NULL) {
        if (strncmp(text, "maildir:", 8) == 0)
            text += 8;
        account->folder = mem_text(text);
        if (*text != '\0')
            return 0;
        buf_add_text(error, _("an account is a URL like imap://user@host, or the path of a Maildir"));
        return -1;
    }
    const struct scheme *scheme = scheme_of(text, (size_t)(colon - text));
    if (scheme == NULL) {
        buf_printf(error, _("%.*s: is no protocol that is known here: use imap, imaps, pop3, pop3s, smtp, smtps or "
                            "submission"), (int)(colon - text), text);
        return -1;
    }
    account->protocol = scheme->protocol;
    account->tls = scheme->tls;
    account->port = mem_text(scheme->port);
    const char *problem = parse_rest(span_of(colon + 3), account);
    if (problem == NULL)
        return 0;
    buf_add_text(error, _(problem));
    return -1;
}

void account_set_password(struct account *account, const char *password)
{
    char *copy = mem_text(password);
    if (account->password != NULL)
        explicit_bzero(account->password, strlen(account->password));
    free(account->password);
    account->password = copy;
}

void account_free(struct account *account)
{
    account_set_password(account, NULL);
    free(account->host);
    free(account->port);
    free(account->user);
    free(account->login);
    free(account->folder);
    free(account->ca_file);
    free(account->cache);
    free(account->fingerprint);
    *account = (struct account){ .protocol = ACCOUNT_MAILDIR };
}

/* What is no letter, digit or mark of RFC 3986 §2.3 is coded. */
static int write_coded(const char *text, const char *also, struct buf *out)
{
    int status = 0;
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     strchr("-._~", c) != NULL || strchr(also, c) != NULL;
        status |= plain ? buf_add(out, text, 1) : buf_printf(out, "%%%02X", c);
    }
    return status;
}

int account_write(const struct account *account, struct buf *out)
{
    if (account->protocol == ACCOUNT_MAILDIR)
        return buf_add_text(out, account->folder);
    const char *name = "";
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0] && *name == '\0'; i++) {
        bool implicit = account->tls == ACCOUNT_TLS_IMPLICIT;
        if (schemes[i].protocol == account->protocol && (schemes[i].tls == ACCOUNT_TLS_IMPLICIT) == implicit)
            name = schemes[i].name;
    }
    int status = buf_printf(out, "%s://", name);
    if (account->user != NULL)
        status |= write_coded(account->user, "", out);
    if (account->login != NULL)
        status |= buf_add_text(out, ";AUTH=") | write_coded(account->login, "+", out);
    if (account->user != NULL)
        status |= buf_add_text(out, "@");
    bool brackets = strchr(account->host, ':') != NULL;
    status |= buf_printf(out, brackets ? "[%s]:%s" : "%s:%s", account->host, account->port);
    if (account->protocol != ACCOUNT_IMAP)
        return status;
    return status | buf_add_text(out, "/") | write_coded(account->folder, "/", out);
}
