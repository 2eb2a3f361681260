#include "functions.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base64.h"
#include "core/mem.h"
#include "files.h"
#include "io/i18n.h"

static int too_long(struct fault *fault)
{
    return fault_at(fault, 0, _("the text becomes too long"));
}

static int make_base64(struct values *values, const struct span *arguments, size_t count, struct buf *out,
                       struct fault *fault)
{
    (void)values, (void)count;
    return base64_encode(arguments[0], out) == 0 ? 0 : too_long(fault);
}

static int make_unbase64(struct values *values, const struct span *arguments, size_t count, struct buf *out,
                         struct fault *fault)
{
    (void)values, (void)count;
    return base64_decode(arguments[0], out) == 0 ? 0 : fault_at(fault, 0, _("that is not base64"));
}

/* RFC 4616 §2: message = [authzid] NUL authcid NUL passwd. */
static int make_plain(struct values *values, const struct span *arguments, size_t count, struct buf *out,
                      struct fault *fault)
{
    struct buf message;
    (void)values;
    buf_init(&message, SASL_MAX_MESSAGE);
    int status = count == 3 ? buf_add_span(&message, arguments[2]) : 0;
    status |= buf_add(&message, "", 1) | buf_add_span(&message, arguments[0]) | buf_add(&message, "", 1) |
              buf_add_span(&message, arguments[1]);
    status |= base64_encode(buf_span(&message), out);
    buf_free(&message);
    return status == 0 ? 0 : too_long(fault);
}

static int make_length(struct values *values, const struct span *arguments, size_t count, struct buf *out,
                       struct fault *fault)
{
    (void)values, (void)count;
    return buf_printf(out, "%zu", arguments[0].len) == 0 ? 0 : too_long(fault);
}

static int number_of(struct span text, long *number, struct fault *fault)
{
    char digits[24], *end = NULL;
    snprintf(digits, sizeof digits, "%.*s", (int)(text.len < sizeof digits ? text.len : sizeof digits - 1), text.at);
    errno = 0;
    *number = strtol(digits, &end, 10);
    if (errno == 0 && end != digits && *end == '\0' && text.len < sizeof digits)
        return 0;
    return fault_at(fault, 0, _("\"%s\" is no number"), digits);
}

static int make_repeat(struct values *values, const struct span *arguments, size_t count, struct buf *out,
                       struct fault *fault)
{
    long times;
    (void)values, (void)count;
    if (number_of(arguments[0], &times, fault) != 0)
        return -1;
    for (long i = 0; i < times; i++)
        if (arguments[1].len == 0 || buf_add_span(out, arguments[1]) != 0)
            return too_long(fault);
    return 0;
}

static int make_add(struct values *values, const struct span *arguments, size_t count, struct buf *out,
                    struct fault *fault)
{
    long sum = 0, number;
    (void)values;
    for (size_t i = 0; i < count; i++) {
        if (number_of(arguments[i], &number, fault) != 0)
            return -1;
        if (__builtin_add_overflow(sum, number, &sum))
            return fault_at(fault, 0, _("the sum is too large"));
    }
    return buf_printf(out, "%ld", sum) == 0 ? 0 : too_long(fault);
}

static int change_case(int (*change)(int), struct span text, struct buf *out, struct fault *fault)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = (char)change((unsigned char)text.at[i]);
        if (buf_add(out, &c, 1) != 0)
            return too_long(fault);
    }
    return 0;
}

static int make_upper(struct values *values, const struct span *arguments, size_t count, struct buf *out,
                      struct fault *fault)
{
    (void)values, (void)count;
    return change_case(toupper, arguments[0], out, fault);
}

static int make_lower(struct values *values, const struct span *arguments, size_t count, struct buf *out,
                      struct fault *fault)
{
    (void)values, (void)count;
    return change_case(tolower, arguments[0], out, fault);
}

static int read_named(struct values *values, struct span name, struct buf *out, struct fault *fault)
{
    char path[PATH_MAX];
    if (values_path(values, name, path, sizeof path) == NULL)
        return fault_at(fault, 0, _("the path is too long"));
    if (files_read(path, out) != 0)
        return fault_at(fault, 0, _("cannot read %s: %s"), path, strerror(errno));
    return 0;
}

static int make_file(struct values *values, const struct span *arguments, size_t count, struct buf *out,
                     struct fault *fault)
{
    (void)count;
    return read_named(values, arguments[0], out, fault);
}

/* A letter travels with CR LF at the end of each line, whatever the file has. */
static int make_letter(struct values *values, const struct span *arguments, size_t count, struct buf *out,
                       struct fault *fault)
{
    struct buf raw;
    (void)count;
    buf_init(&raw, out->max);
    int status = read_named(values, arguments[0], &raw, fault);
    if (status == 0 && files_to_wire(buf_span(&raw), out) != 0)
        status = too_long(fault);
    buf_free(&raw);
    return status;
}

static int step_login(struct values *values, struct span challenge, struct buf *out, struct fault *fault)
{
    struct values_login *login = values_login(values);
    struct buf bare;
    int status = 0;
    buf_init(&bare, SASL_MAX_MESSAGE);
    enum sasl_status step = sasl_client_step(login->client, challenge, &bare);
    if (step != SASL_MORE && step != SASL_OK) {
        const char *reason = sasl_client_error(login->client);
        status = fault_at(fault, 0, _("the login by SCRAM fails: %s"),
                          reason != NULL ? _(reason) : _("the challenge is not SCRAM's"));
    } else if (base64_encode(buf_span(&bare), out) != 0) {
        status = too_long(fault);
    }
    buf_free(&bare);
    return status;
}

static int make_scram_first(struct values *values, const struct span *arguments, size_t count, struct buf *out,
                            struct fault *fault)
{
    struct values_login *login = values_login(values);
    unsigned char random[12];
    struct buf nonce;
    (void)count;
    values_login_end(login);
    buf_init(&nonce, sizeof login->nonce - 1);
    if (RAND_bytes(random, sizeof random) != 1)
        return fault_at(fault, 0, _("OpenSSL has no random numbers"));
    for (size_t i = 0; i < sizeof random; i++)
        snprintf(login->nonce + 2 * i, 3, "%02x", random[i]);
    login->user = span_copy(arguments[0]);
    login->password = span_copy(arguments[1]);
    login->credentials = (struct sasl_credentials){ .user = login->user, .password = login->password,
                                                    .nonce = span_of(login->nonce) };
    login->client = sasl_client_new(sasl_find(span_of("SCRAM-SHA-256")), &login->credentials);
    return step_login(values, (struct span){ "", 0 }, out, fault);
}

static int make_scram_next(struct values *values, const struct span *arguments, size_t count, struct buf *out,
                           struct fault *fault)
{
    struct buf challenge;
    int status = -1;
    (void)count;
    if (values_login(values)->client == NULL)
        return fault_at(fault, 0, _("scram-next comes after scram-first"));
    buf_init(&challenge, SASL_MAX_MESSAGE);
    if (base64_decode(arguments[0], &challenge) != 0)
        fault_at(fault, 0, _("the challenge is not base64"));
    else
        status = step_login(values, buf_span(&challenge), out, fault);
    buf_free(&challenge);
    return status;
}

static const struct function table[] = {
    { "base64", "TEXT", 1, 1, N_("the text in base64 (RFC 4648 §4)"), make_base64 },
    { "unbase64", "TEXT", 1, 1, N_("what the base64 text stands for"), make_unbase64 },
    { "plain", "USER PASSWORD [FOR]", 2, 3, N_("the answer of SASL PLAIN, in base64 (RFC 4616)"), make_plain },
    { "scram-first", "USER PASSWORD", 2, 2, N_("the first answer of SASL SCRAM-SHA-256, in base64 (RFC 5802)"),
      make_scram_first },
    { "scram-next", "CHALLENGE", 1, 1,
      N_("the next answer; fails when the server does not prove that it knows the password"), make_scram_next },
    { "length", "TEXT", 1, 1, N_("how many bytes the text has"), make_length },
    { "repeat", "TIMES TEXT", 2, 2, N_("the text so many times"), make_repeat },
    { "add", "NUMBER NUMBER...", 1, 8, N_("the sum"), make_add },
    { "upper", "TEXT", 1, 1, N_("in capital letters"), make_upper },
    { "lower", "TEXT", 1, 1, N_("in small letters"), make_lower },
    { "file", "PATH", 1, 1, N_("the bytes of a file"), make_file },
    { "letter", "PATH", 1, 1, N_("a file with CR LF at the end of each line"), make_letter },
};

const struct function *function_row(size_t row)
{
    return row < sizeof table / sizeof table[0] ? &table[row] : NULL;
}

const struct function *function_find(const char *name)
{
    for (size_t i = 0; function_row(i) != NULL; i++)
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    return NULL;
}
