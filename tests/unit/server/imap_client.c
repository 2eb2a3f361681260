#include "imap_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "server/imapd.h"
#include "tests/unit/server/dialogue.h"
#include "tests/unit/unit.h"

const char imap_letter[] = "From: \"Ann \\\"B\\\"\" <ann@x.example>\r\nTo: rachida@localhost\r\n"
                             "Subject: =?UTF-8?Q?caf=C3=A9?=\r\nDate: Tue, 24 Nov 2026 10:00:00 +0100\r\n"
                             "Message-ID: <1@x>\r\n\r\nrachida bonjour\r\n";

static struct place place;
static const struct listener listener = { .name = "imap", .ops = &imapd_ops };

void imap_begin_with(const char *const *settings)
{
    place_open(&place, settings);
}

void imap_begin(void)
{
    static const char *const settings[] = { NULL };
    imap_begin_with(settings);
}

void imap_end(void)
{
    place_close(&place);
}

static void drain(struct imap_client *client, struct buf *out, struct buf *all)
{
    while (true) {
        ck_assert_uint_le(out->len, SESSION_OUT_MAX);
        buf_add(all, out->data, out->len);
        buf_clear(out);
        if (client->answer != SESSION_MORE)
            break;
        client->answer = imapd_ops.more(&client->session, out);
    }
    if (client->answer == SESSION_START_TLS) /* no TLS here: as if it stood */
        client->answer = imapd_ops.tls_started(&client->session, out);
    client->closed = client->answer == SESSION_CLOSE;
}

/* Digits after the words become one letter. */
static void mask(struct buf *text, const char *after, char letter)
{
    char *at = (char *)buf_text(text);
    const size_t len = strlen(after);
    while ((at = strstr(at, after)) != NULL) {
        at += len;
        const size_t digits = strspn(at, "0123456789");
        if (digits == 0)
            continue;
        *at = letter;
        memmove(at + 1, at + digits, strlen(at + digits) + 1);
    }
    text->len = strlen(text->data);
}

static char *masked(struct buf *all)
{
    mask(all, "UIDVALIDITY ", 'V');
    mask(all, "[APPENDUID ", 'V');
    mask(all, "[COPYUID ", 'V');
    mask(all, "MODSEQ ", 'M');
    mask(all, "MODSEQ (", 'M');
    char *text = mem_text(buf_text(all));
    buf_free(all);
    return text;
}

struct imap_client *imap_connect(void)
{
    struct imap_client *client = mem_alloc(sizeof *client);
    struct buf out, all;
    buf_init(&out, SESSION_OUT_MAX);
    buf_init(&all, 1 << 26);
    client->session = (struct session){ .server = &place.server, .config = place.config, .listener = &listener };
    client->session.peer.ss_family = AF_INET;
    ((struct sockaddr_in *)&client->session.peer)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    snprintf(client->session.peer_text, sizeof client->session.peer_text, "127.0.0.1");
    client->answer = imapd_ops.open(&client->session, &out);
    drain(client, &out, &all);
    buf_free(&out);
    buf_free(&all);
    return client;
}

void imap_disconnect(struct imap_client *client)
{
    imapd_ops.close(&client->session);
    free(client);
}

char *imap_say_bytes(struct imap_client *client, const char *text, size_t size, size_t step)
{
    struct buf out, all;
    buf_init(&out, SESSION_OUT_MAX);
    buf_init(&all, 1 << 26);
    for (size_t at = 0; at < size && !client->closed; at += step) {
        client->answer = imapd_ops.input(&client->session, text + at, size - at < step ? size - at : step, &out);
        drain(client, &out, &all);
    }
    buf_free(&out);
    return masked(&all);
}

char *imap_say(struct imap_client *client, const char *text)
{
    return imap_say_bytes(client, text, strlen(text), strlen(text));
}

char *imap_wake(struct imap_client *client, enum session_wake why)
{
    struct buf out, all;
    buf_init(&out, SESSION_OUT_MAX);
    buf_init(&all, 1 << 26);
    client->answer = imapd_ops.wake(&client->session, why, &out);
    drain(client, &out, &all);
    buf_free(&out);
    return masked(&all);
}

void imap_expect(struct imap_client *client, const char *text, const char *expected)
{
    char *answer = imap_say(client, text);
    ck_assert_str_eq(answer, expected);
    free(answer);
}

struct imap_client *imap_logged_in(void)
{
    struct imap_client *client = imap_connect();
    free(imap_say(client, "l LOGIN rachida \"correct horse\"\r\n"));
    return client;
}

struct imap_client *imap_selected(void)
{
    struct imap_client *client = imap_logged_in();
    free(imap_say(client, "s SELECT INBOX\r\n"));
    return client;
}

void imap_append(struct imap_client *client, const char *letter)
{
    char *command = mem_printf("z APPEND INBOX {%zu+}\r\n%s\r\n", strlen(letter), letter);
    char *answer = imap_say(client, command);
    ck_assert_msg(strstr(answer, "z OK") != NULL, "%s", answer);
    free(answer);
    free(command);
}
