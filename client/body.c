#include "body.h"

#include <errno.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base64.h"
#include "core/content.h"
#include "core/qp.h"
#include "core/utf8.h"
#include "io/charset.h"
#include "io/i18n.h"

enum { LINE_LIMIT = 998, MAX_TEXT = 64 << 20 };

static const struct { const char *ending; const char *type; } types[] = {
    { "txt", "text/plain; charset=UTF-8" }, { "c", "text/plain; charset=UTF-8" }, { "h", "text/plain; charset=UTF-8" },
    { "md", "text/markdown; charset=UTF-8" }, { "csv", "text/csv" }, { "html", "text/html" }, { "htm", "text/html" },
    { "ics", "text/calendar" }, { "json", "application/json" }, { "xml", "application/xml" },
    { "pdf", "application/pdf" }, { "zip", "application/zip" }, { "gz", "application/gzip" },
    { "tar", "application/x-tar" }, { "png", "image/png" }, { "jpg", "image/jpeg" }, { "jpeg", "image/jpeg" },
    { "gif", "image/gif" }, { "svg", "image/svg+xml" }, { "webp", "image/webp" }, { "mp3", "audio/mpeg" },
    { "eml", "message/rfc822" },
    { "ogg", "audio/ogg" }, { "mp4", "video/mp4" }, { "pcap", "application/vnd.tcpdump.pcap" },
};

const char *body_type_of(const char *name)
{
    const char *dot = strrchr(name, '.');
    for (size_t i = 0; dot != NULL && i < sizeof types / sizeof types[0]; i++)
        if (strcasecmp(dot + 1, types[i].ending) == 0)
            return types[i].type;
    return "application/octet-stream";
}

/* What a text is like. */
struct nature {
    bool ascii;         /* printable, tabs, line ends */
    bool long_lines;
    size_t coded;       /* bytes that quoted-printable would code */
};

static struct nature nature_of(struct span text)
{
    struct nature nature = { .ascii = true };
    size_t line = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.at[i];
        line = c == '\n' ? 0 : line + 1;
        nature.long_lines |= line > LINE_LIMIT;
        bool odd = c > 126 || (c < ' ' && c != '\t' && c != '\r' && c != '\n');
        nature.ascii &= !odd;
        nature.coded += odd || c == '=';
    }
    return nature;
}

/* Lines end with CR LF, the last one too. */
static int canonical(struct span text, struct buf *out)
{
    size_t begin = 0;
    int status = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] != '\n' && text.at[i] != '\r')
            continue;
        status |= buf_add(out, text.at + begin, i - begin) | buf_add(out, "\r\n", 2);
        if (text.at[i] == '\r' && i + 1 < text.len && text.at[i + 1] == '\n')
            i++;
        begin = i + 1;
    }
    if (begin < text.len)
        status |= buf_add(out, text.at + begin, text.len - begin) | buf_add(out, "\r\n", 2);
    return status;
}

int body_utf8(struct span text, struct buf *out)
{
    const char *charset = nl_langinfo(CODESET);
    if (utf8_valid(text.at, text.len))
        return buf_add_span(out, text);
    bool guess = strcasecmp(charset, "UTF-8") == 0 || strncasecmp(charset, "ANSI", 4) == 0;
    return charset_to_utf8(span_of(guess ? "" : charset), text, out);
}

static int write_base64(struct span bytes, struct buf *out)
{
    struct base64_encoder encoder;
    base64_encoder_start(&encoder);
    return base64_encoder_feed(&encoder, bytes, out) | base64_encoder_finish(&encoder, out);
}

static int write_utf8(struct span text, struct buf *out)
{
    struct nature nature = nature_of(text);
    bool base64 = nature.coded * 4 > text.len; /* more codes than letters: nobody would read them */
    int status = buf_printf(out, "Content-Type: text/plain; charset=%s\r\nContent-Transfer-Encoding: %s\r\n\r\n",
                            nature.ascii ? "us-ascii" : "UTF-8", base64 ? "base64" : "quoted-printable");
    return status | (base64 ? write_base64(text, out) : qp_encode(text, QP_TEXT, out));
}

int body_write_text(struct span text, bool plain_ok, struct buf *out)
{
    struct buf utf8, lines;
    buf_init(&utf8, MAX_TEXT);
    buf_init(&lines, MAX_TEXT);
    int status = body_utf8(text, &utf8) | canonical(buf_span(&utf8), &lines);
    struct nature nature = nature_of(buf_span(&lines));
    if (status == 0 && nature.ascii && !nature.long_lines) {
        if (!plain_ok)
            status |= buf_add_text(out, "Content-Type: text/plain; charset=us-ascii\r\n");
        status |= buf_add_text(out, "\r\n") | buf_add_span(out, buf_span(&lines));
    } else if (status == 0) {
        status = plain_ok ? buf_add_text(out, "MIME-Version: 1.0\r\n") : 0;
        status |= write_utf8(buf_span(&lines), out);
    }
    buf_free(&utf8);
    buf_free(&lines);
    return status;
}

static int copy_file(FILE *file, struct buf *out)
{
    struct base64_encoder encoder;
    char piece[57 * 64];
    size_t got;
    int status = 0;
    base64_encoder_start(&encoder);
    while (status == 0 && (got = fread(piece, 1, sizeof piece, file)) > 0)
        status = base64_encoder_feed(&encoder, (struct span){ piece, got }, out);
    return status | base64_encoder_finish(&encoder, out);
}

/* A letter within a letter is not coded (RFC 2046 §5.2.1); its lines end with CR LF like ours. */
static int copy_lines(FILE *file, struct buf *out)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    int status = 0;
    while (status == 0 && (length = getline(&line, &room, file)) > 0) {
        size_t size = (size_t)length;
        while (size > 0 && (line[size - 1] == '\n' || line[size - 1] == '\r'))
            size--;
        status = buf_add(out, line, size) | buf_add_text(out, "\r\n");
    }
    free(line);
    return status;
}

int body_write_file(const char *path, struct buf *out, struct buf *error)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    struct buf utf8;
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        buf_printf(error, _("cannot read the file %s: %s"), path, strerror(errno));
        return -1;
    }
    buf_init(&utf8, 1000);
    body_utf8(span_of(name), &utf8);
    bool letter = strcmp(body_type_of(name), "message/rfc822") == 0;
    int full = buf_printf(out, "Content-Type: %s\r\nContent-Disposition: attachment", body_type_of(name)) |
               content_write_parameter("filename", buf_span(&utf8), out) |
               buf_printf(out, "\r\nContent-Transfer-Encoding: %s\r\n\r\n", letter ? "8bit" : "base64") |
               (letter ? copy_lines(file, out) : copy_file(file, out));
    bool broken = ferror(file) != 0;
    int problem = errno;
    fclose(file);
    buf_free(&utf8);
    if (broken)
        buf_printf(error, _("cannot read the file %s: %s"), path, strerror(problem));
    else if (full != 0)
        buf_printf(error, _("the file %s is too large for a letter"), path);
    return broken || full != 0 ? -1 : 0;
}
