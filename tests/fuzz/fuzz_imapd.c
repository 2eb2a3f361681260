/*
 * The IMAP server's session with a mailbox open: whatever the client says,
 * every answer is made of lines that our own parser of responses reads, and
 * the session can be closed at any moment. The mailbox is made anew when it
 * has grown.
 */
#include <arpa/inet.h>
#include <ftw.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/imap_parse.h"
#include "core/scram_verifier.h"
#include "io/log.h"
#include "server/config.h"
#include "server/imapd.h"
#include "server/users.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ROUNDS_WITH_ONE_MAILBOX = 200, OUTPUT_MAX = 64 << 20 };

static const char letter[] = "From: =?utf-8?q?a?= <a@b>\r\nTo: x: b@c, \"d\" <e@f>;\r\n"
                             "Date: Tue, 24 Nov 2026 10:00:00 +0100\r\n"
                             "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\r\ntext\r\n--o\r\n"
                             "Content-Type: message/rfc822\r\n\r\nSubject: in\r\n\r\ndeep\r\n--o\r\n"
                             "Content-Transfer-Encoding: base64\r\n\r\nAAEC\r\n--o--\r\n";

static char root[40];
static struct server server;
static struct config *config;
static unsigned rounds;
static const struct listener listener = { .name = "imap", .ops = &imapd_ops };

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

static void forget(void)
{
    if (root[0] != '\0')
        nftw(root, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

static void make_place(void)
{
    char file[64];
    struct scram_verifier verifier;
    struct buf text;
    buf_init(&text, 4096);
    snprintf(root, sizeof root, "%s/pli-fuzz-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(root) == NULL || scram_verifier_make(span_of("p"), span_of("salt"), 1, &verifier) != 0)
        abort();
    snprintf(file, sizeof file, "%s/users", root);
    buf_add_text(&text, "u:");
    scram_verifier_write(&verifier, &text);
    FILE *users = fopen(file, "w");
    if (users == NULL)
        abort();
    fprintf(users, "%s\n", buf_text(&text));
    fclose(users);
    config = config_new(root);
    server = (struct server){ .root = root, .log = log_new(-1) };
    if (config_finish(config, &text) != 0 || users_open(&server.users, file, &text) != 0)
        abort();
    buf_free(&text);
}

static void leave_place(void)
{
    users_close(server.users);
    log_free(server.log);
    config_release(config);
    forget();
}

/* The first answers are ours to check; a literal that is refused or a cut end leaves the rest to chance. */
static void check_output(struct imap_parse *parse, struct buf *out)
{
    struct imap_event event;
    imap_parse_feed(parse, out->data, out->len);
    buf_clear(out);
    for (int status; (status = imap_parse_next(parse, &event)) != 0;)
        if (status < 0) {
            fprintf(stderr, "answer that is no IMAP: %.*s\n%s\n", (int)event.line.len, event.line.at, event.error);
            abort();
        }
}

static bool say(struct session *session, struct imap_parse *parse, const void *bytes, size_t size)
{
    static struct buf out = { .max = SESSION_OUT_MAX };
    size_t sent = 0;
    enum session_answer answer = imapd_ops.input(session, bytes, size, &out);
    while (true) {
        sent += out.len;
        check_output(parse, &out);
        if (answer != SESSION_MORE || sent > OUTPUT_MAX)
            break;
        answer = imapd_ops.more(session, &out);
    }
    session->pause = 0;
    return answer == SESSION_CONTINUE || answer == SESSION_WAIT;
}

static bool say_text(struct session *session, struct imap_parse *parse, const char *text)
{
    return say(session, parse, text, strlen(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char append[64];
    struct imap_parse parse;
    struct buf out;
    if (rounds == 0) {
        make_place();
        atexit(forget);
    } else if (rounds % ROUNDS_WITH_ONE_MAILBOX == 0) {
        leave_place();
        make_place();
    }
    rounds++;
    struct session session = { .server = &server, .config = config, .listener = &listener };
    ((struct sockaddr_in *)&session.peer)->sin_family = AF_INET;
    ((struct sockaddr_in *)&session.peer)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    imap_parse_init(&parse, IMAP_FROM_SERVER, &imap_limits_response);
    buf_init(&out, SESSION_OUT_MAX);
    imapd_ops.open(&session, &out);
    check_output(&parse, &out);
    buf_free(&out);
    snprintf(append, sizeof append, "a APPEND INBOX {%zu+}\r\n", strlen(letter));
    if (say_text(&session, &parse, "a LOGIN u p\r\n") && say_text(&session, &parse, append) &&
        say_text(&session, &parse, letter) && say_text(&session, &parse, "\r\na SELECT INBOX\r\n") &&
        say(&session, &parse, data, size))
        imapd_ops.wake(&session, SESSION_TIMEOUT, &out);
    buf_free(&out);
    imapd_ops.close(&session);
    imap_parse_free(&parse);
    return 0;
}
