/*
 * The IMAP server's session, fed directly: what the client says, and what is
 * answered to the byte (but for UIDVALIDITY, which is written V, and the
 * modification numbers, written M). Every dialogue is also played one byte at
 * a time.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "server/imapd.h"
#include "tests/unit/server/dialogue.h"
#include "tests/unit/unit.h"

static struct place place;
static const struct listener listener = { .name = "imap", .ops = &imapd_ops };

static void begin(void)
{
    static const char *const settings[] = { NULL };
    place_open(&place, settings);
}

static void end(void)
{
    place_close(&place);
}

struct client {
    struct session session;
    bool closed;
    enum session_answer answer;
};

static void drain(struct client *client, struct buf *out, struct buf *all)
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

static struct client *connect_client(void)
{
    struct client *client = mem_alloc(sizeof *client);
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

static void disconnect(struct client *client)
{
    imapd_ops.close(&client->session);
    free(client);
}

static char *say_bytes(struct client *client, const char *text, size_t size, size_t step)
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

static char *say(struct client *client, const char *text)
{
    return say_bytes(client, text, strlen(text), strlen(text));
}

static char *wake(struct client *client, enum session_wake why)
{
    struct buf out, all;
    buf_init(&out, SESSION_OUT_MAX);
    buf_init(&all, 1 << 26);
    client->answer = imapd_ops.wake(&client->session, why, &out);
    drain(client, &out, &all);
    buf_free(&out);
    return masked(&all);
}

static void expect(struct client *client, const char *text, const char *expected)
{
    char *answer = say(client, text);
    ck_assert_str_eq(answer, expected);
    free(answer);
}

static struct client *logged_in(void)
{
    struct client *client = connect_client();
    free(say(client, "l LOGIN rachida \"correct horse\"\r\n"));
    return client;
}

static struct client *selected(void)
{
    struct client *client = logged_in();
    free(say(client, "s SELECT INBOX\r\n"));
    return client;
}

static void append(struct client *client, const char *letter)
{
    char *command = mem_printf("z APPEND INBOX {%zu+}\r\n%s\r\n", strlen(letter), letter);
    char *answer = say(client, command);
    ck_assert_msg(strstr(answer, "z OK") != NULL, "%s", answer);
    free(answer);
    free(command);
}

/* ---- dialogues: what is said, and all that is answered ---- */

struct turn {
    const char *said, *answered;
};

static void play(const struct turn *turns, size_t step)
{
    begin();
    struct client *client = connect_client();
    for (; turns->said != NULL; turns++) {
        const size_t size = strlen(turns->said);
        char *answer = say_bytes(client, turns->said, size, step > 0 ? step : size);
        ck_assert_msg(strcmp(answer, turns->answered) == 0, "said     %s\nexpected %s\nreceived %s", turns->said,
                      turns->answered, answer);
        free(answer);
    }
    disconnect(client);
    end();
}

#define CAPABILITIES                                                                                               \
    "CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE IDLE NAMESPACE CHILDREN LIST-EXTENDED LIST-STATUS " \
    "SPECIAL-USE STATUS=SIZE UIDPLUS MOVE UNSELECT ESEARCH SEARCHRES WITHIN BINARY MULTIAPPEND CONDSTORE QRESYNC " \
    "UTF8=ACCEPT APPENDLIMIT=10485760"
#define LOGIN { "l LOGIN rachida \"correct horse\"\r\n", "l OK [" CAPABILITIES "] Logged in as rachida\r\n" }
#define FLAGS "\\Answered \\Flagged \\Deleted \\Seen \\Draft $Forwarded"
#define SELECT(exists, next)                                                                                          \
    "* FLAGS (" FLAGS ")\r\n* OK [PERMANENTFLAGS (" FLAGS " \\*)] These are kept\r\n* " exists " EXISTS\r\n"          \
    "* 0 RECENT\r\n* OK [UIDVALIDITY V] Unique identifiers are valid\r\n* OK [UIDNEXT " next "] The next one\r\n"     \
    "* OK [HIGHESTMODSEQ M] The last change\r\ns OK [READ-WRITE] Open\r\n"

/* RFC 9051 §6.1, §6.2 */
static const struct turn before_login[] = {
    { "a NOOP\r\n", "a OK Done\r\n" },
    { "a capability\r\n", "* CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE IDLE STARTTLS AUTH=SCRAM-SHA-256 "
                          "AUTH=PLAIN AUTH=LOGIN\r\na OK That is what I can do\r\n" },
    { "a ID NIL\r\nb ID (\"name\" \"x\" \"y\" NIL)\r\n", "* ID (\"name\" \"Pli\" \"version\" \"" PLI_VERSION
      "\")\r\na OK Pleased to meet you\r\n* ID (\"name\" \"Pli\" \"version\" \"" PLI_VERSION
      "\")\r\nb OK Pleased to meet you\r\n" },
    { "a SELECT INBOX\r\n", "a BAD SELECT is not allowed in the state NOT AUTHENTICATED\r\n" },
    { "a FETCH 1 FLAGS\r\n", "a BAD FETCH is not allowed in the state NOT AUTHENTICATED\r\n" },
    { "a XYZZY\r\n", "a BAD This server has no command XYZZY\r\n" },
    { "a LOGIN rachida\r\n", "a BAD The arguments are not as they should be: LOGIN name password\r\n" },
    { "a LOGIN rachida wrong\r\n", "a NO [AUTHENTICATIONFAILED] The name or the password is wrong\r\n" },
    { "a LOGIN {7}\r\nrachida {9+}\r\nwrong wro\r\n",
      "+ Send it\r\na NO [AUTHENTICATIONFAILED] The name or the password is wrong\r\n" },
    { "a LOGIN {5000}\r\n", "a BAD [TOOBIG] The literal is larger than this command takes\r\n" },
    { "a LOGIN {2000+}\r\n", "" },
    { "\r\n", "" },
    { NULL, NULL },
};

static const struct turn logging_in[] = {
    LOGIN,
    { "a LOGIN rachida \"correct horse\"\r\n", "a BAD LOGIN is not allowed in the state AUTHENTICATED\r\n" },
    { "a STARTTLS\r\n", "a BAD STARTTLS is not allowed in the state AUTHENTICATED\r\n" },
    { "a LOGOUT\r\n", "* BYE Good bye\r\na OK Logged out\r\n" },
    { NULL, NULL },
};

/* RFC 9051 §6.2.2, RFC 4959 */
static const struct turn authenticating[] = {
    { "a AUTHENTICATE PLAIN\r\n", "+ \r\n" },
    { "*\r\n", "a BAD Given up, as you wish\r\n" },
    { "a AUTHENTICATE PLAIN =\r\n", "a BAD That is not what the mechanism expects\r\n" },
    { "a AUTHENTICATE PLAIN !\r\n", "a BAD That is not base64\r\n" },
    { "a AUTHENTICATE NONE\r\n", "a NO [CANNOT] CAPABILITY tells which mechanisms are offered\r\n" },
    { "a AUTHENTICATE PLAIN\r\n", "+ \r\n" },
    { "AHJhY2hpZGEAd3Jvbmc=\r\n", "a NO [AUTHENTICATIONFAILED] The name or the password is wrong\r\n" },
    { "a AUTHENTICATE LOGIN\r\n", "+ VXNlcm5hbWU6\r\n" },
    { "cmFjaGlkYQ==\r\n", "+ UGFzc3dvcmQ6\r\n" },
    { "Y29ycmVjdCBob3JzZQ==\r\n", "a OK [" CAPABILITIES "] Logged in as rachida\r\n" },
    { NULL, NULL },
};

static const struct turn initial_response[] = {
    { "a AUTHENTICATE PLAIN AHJhY2hpZGEAY29ycmVjdCBob3JzZQ==\r\n", "a OK [" CAPABILITIES "] Logged in as rachida\r\n" },
    { NULL, NULL },
};

/* RFC 9051 §6.3.4 to §6.3.9 */
static const struct turn mailboxes[] = {
    LOGIN,
    { "a CREATE Work.2026\r\n", "a OK Done\r\n" },
    { "a CREATE Work.2026\r\n", "a NO [ALREADYEXISTS] There is a mailbox of that name\r\n" },
    { "a CREATE INBOX\r\n", "a NO [ALREADYEXISTS] There is a mailbox of that name\r\n" },
    { "a LIST \"\" Wo*\r\n", "* LIST (\\NonExistent \\Noselect \\HasChildren) \".\" \"Work\"\r\n"
                             "* LIST (\\HasNoChildren) \".\" \"Work.2026\"\r\na OK That is all\r\n" },
    { "a LIST Work. %\r\n", "* LIST (\\HasNoChildren) \".\" \"Work.2026\"\r\na OK That is all\r\n" },
    { "a LIST \"\" \"\"\r\n", "* LIST (\\Noselect) \".\" \"\"\r\na OK Levels are separated by a dot\r\n" },
    { "a LIST \"\" inbox\r\n", "* LIST (\\HasNoChildren) \".\" \"INBOX\"\r\na OK That is all\r\n" },
    { "a LIST (SPECIAL-USE) \"\" (Sent Trash nothing)\r\n",
      "* LIST (\\HasNoChildren \\Sent) \".\" \"Sent\"\r\n* LIST (\\HasNoChildren \\Trash) \".\" \"Trash\"\r\n"
      "a OK That is all\r\n" },
    { "a SUBSCRIBE Work.2026\r\n", "a OK Done\r\n" },
    { "a LSUB \"\" Work%\r\n", "* LSUB (\\Noselect) \".\" \"Work\"\r\na OK That is all\r\n" },
    { "a LIST (SUBSCRIBED RECURSIVEMATCH) \"\" Work%\r\n",
      "* LIST (\\NonExistent \\Noselect \\HasChildren) \".\" \"Work\" (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n"
      "a OK That is all\r\n" },
    { "a LIST (RECURSIVEMATCH) \"\" *\r\n",
      "a BAD The arguments are not as they should be: LIST [(options)] reference pattern [RETURN (options)]\r\n" },
    { "a LIST \"\" Work.* RETURN (SUBSCRIBED STATUS (MESSAGES UNSEEN))\r\n",
      "* LIST (\\HasNoChildren \\Subscribed) \".\" \"Work.2026\"\r\n"
      "* STATUS \"Work.2026\" (MESSAGES 0 UNSEEN 0)\r\na OK That is all\r\n" },
    { "a RENAME Work Labour\r\n", "a OK Done\r\n" },
    { "a DELETE Labour.2026\r\n", "a OK Done\r\n" },
    { "a DELETE Labour.2026\r\n", "a NO [NONEXISTENT] There is no such mailbox\r\n" },
    { "a DELETE inbox\r\n", "a NO [CANNOT] INBOX cannot be deleted\r\n" },
    { "a UNSUBSCRIBE Work.2026\r\n", "a OK Done\r\n" },
    { "a CREATE a/../../b\r\n", "a NO [CANNOT] A mailbox cannot have that name\r\n" },
    { "a CREATE \"../x\"\r\n", "a NO [CANNOT] A mailbox cannot have that name\r\n" },
    { "a CREATE {3}\r\na\nb\r\n", "+ Send it\r\na BAD The arguments are not as they should be: CREATE mailbox\r\n" },
    { "a CREATE &Jjo!\r\n", "a BAD The arguments are not as they should be: CREATE mailbox\r\n" },
    { "a CREATE Entw&APw-rfe\r\n", "a OK Done\r\n" },
    { "a ENABLE UTF8=ACCEPT\r\n", "* ENABLED UTF8=ACCEPT\r\na OK Enabled what I can\r\n" },
    { "a LIST \"\" \"Entw\xc3\xbcr*\"\r\n", "* LIST (\\HasNoChildren) \".\" \"Entw\xc3\xbcrfe\"\r\na OK That is all\r\n" },
    { "a STATUS \"Entw\xc3\xbcrfe\" (UIDNEXT SIZE)\r\n",
      "* STATUS \"Entw\xc3\xbcrfe\" (UIDNEXT 1 SIZE 0)\r\na OK Done\r\n" },
    { "a STATUS INBOX (NONSENSE)\r\n", "a BAD The arguments are not as they should be: STATUS mailbox (MESSAGES UIDNEXT "
                                       "UIDVALIDITY UNSEEN DELETED SIZE ...)\r\n" },
    { "a NAMESPACE\r\n", "* NAMESPACE ((\"\" \".\")) NIL NIL\r\na OK All is yours\r\n" },
    { NULL, NULL },
};

/* RFC 9051 §6.3.12, §6.4.3, §6.4.6 to §6.4.9 */
static const struct turn letters[] = {
    LOGIN,
    { "s SELECT INBOX\r\n", SELECT("0", "1") },
    { "a FETCH 1 FLAGS\r\n", "a BAD The mailbox has only 0 messages\r\n" },
    { "a FETCH 1:* FLAGS\r\n", "a OK That is all\r\n" },
    { "a UID FETCH 1:* FLAGS\r\n", "a OK That is all\r\n" },
    { "a APPEND INBOX (\\Seen) \"24-Nov-2026 10:02:00 +0100\" {22+}\r\nSubject: one\r\n\r\nfirst\n\r\n",
      "* 1 EXISTS\r\n* 0 RECENT\r\na OK [APPENDUID V 1] Added\r\n" },
    { "a APPEND INBOX {16+}\r\nSubject: two\r\n\r\n () {14+}\r\nSubject: 3\r\n\r\n\r\n",
      "* 3 EXISTS\r\n* 0 RECENT\r\na OK [APPENDUID V 2:3] Added\r\n" },
    { "a APPEND none {4}\r\n", "a NO [TRYCREATE] There is no such mailbox\r\n" },
    { "a APPEND none {4+}\r\nabcd\r\n", "a NO [TRYCREATE] There is no such mailbox\r\n" },
    { "a APPEND INBOX {0+}\r\n\r\n", "a NO An empty letter cancels the command\r\n" },
    { "a APPEND INBOX {99999999}\r\n", "a NO [TOOBIG] A letter may have 10485760 bytes here\r\n" },
    { "a APPEND INBOX x\r\n",
      "a BAD The arguments are not as they should be: APPEND mailbox [(flags)] [\"date\"] {length}\r\n" },
    { "a APPEND INBOX (\\Seen) \"yesterday\" {1}\r\n",
      "a BAD The arguments are not as they should be: APPEND mailbox [(flags)] [\"date\"] {length}\r\n" },
    { "a FETCH 1:3 (UID FLAGS INTERNALDATE RFC822.SIZE)\r\nb UID FETCH 2 FLAGS\r\n", NULL },
    { "a STORE 2 +FLAGS (\\Deleted)\r\n", "* 2 FETCH (FLAGS (\\Deleted))\r\na OK Changed\r\n" },
    { "a STORE 2,3 -FLAGS.SILENT \\Seen \\Flagged\r\n", "a OK Changed\r\n" },
    { "a UID STORE 3 FLAGS (\\Answered \\Draft)\r\n", "* 3 FETCH (UID 3 FLAGS (\\Answered \\Draft))\r\na OK Changed\r\n" },
    { "a STORE 1 +FLAGS (\\Recent)\r\n",
      "a BAD A flag is \\Seen, \\Answered, \\Flagged, \\Deleted, \\Draft or a keyword\r\n" },
    { "a STORE 1 +FLAGS (\\Mine)\r\n",
      "a BAD There is no system flag of that name; keywords begin without a backslash\r\n" },
    { "a SEARCH DELETED\r\nb UID SEARCH UNSEEN NOT DELETED\r\n", "* SEARCH 2\r\na OK That is all\r\n* SEARCH 3\r\n"
                                                                  "b OK That is all\r\n" },
    { "a COPY 1,3 Sent\r\n", "a OK [COPYUID V 1,3 1:2] Copied\r\n" },
    { "a COPY 1 none\r\n", "a NO [TRYCREATE] There is no such mailbox\r\n" },
    { "a UID COPY 77 Sent\r\n", "a OK Copied\r\n" },
    { "a UID EXPUNGE 1\r\n", "a OK Removed\r\n" },
    { "a EXPUNGE\r\n", "* 2 EXPUNGE\r\na OK Removed\r\n" },
    { "a MOVE 2 Trash\r\n", "* OK [COPYUID V 3 1] There they are\r\n* 2 EXPUNGE\r\na OK Moved\r\n" },
    { "a UID MOVE 3 Trash\r\n", "a OK Moved\r\n" },
    { "a STORE 1 +FLAGS \\Deleted\r\n", "* 1 FETCH (FLAGS (\\Deleted \\Seen))\r\na OK Changed\r\n" },
    { "a CLOSE\r\n", "a OK Closed\r\n" },
    { "a CLOSE\r\n", "a BAD CLOSE is not allowed in the state AUTHENTICATED\r\n" },
    { "s SELECT INBOX\r\n", SELECT("0", "4") },
    { "a SELECT none\r\n", "* OK [CLOSED] The mailbox before is closed\r\na NO [NONEXISTENT] There is no such mailbox\r\n" },
    { "a CHECK\r\n", "a BAD CHECK is not allowed in the state AUTHENTICATED\r\n" },
    { NULL, NULL },
};

static void play_both_ways(const struct turn *turns)
{
    struct turn copy[64];
    size_t count = 0;
    for (; turns->said != NULL; turns++) /* rows without an answer are looked at elsewhere */
        if (turns->answered != NULL)
            copy[count++] = *turns;
    copy[count] = (struct turn){ NULL, NULL };
    play(copy, 0);
    play(copy, 1);
}

START_TEST(dialogues_are_answered)
{
    static const struct turn *const dialogues[] = { before_login, logging_in,  authenticating,
                                                    initial_response, mailboxes, letters };
    play_both_ways(dialogues[_i]);
}
END_TEST

static const char letter[] = "From: \"Ann \\\"B\\\"\" <ann@x.example>\r\nTo: rachida@localhost\r\n"
                             "Subject: =?UTF-8?Q?caf=C3=A9?=\r\nDate: Tue, 24 Nov 2026 10:00:00 +0100\r\n"
                             "Message-ID: <1@x>\r\n\r\nrachida bonjour\r\n";

static const struct turn fetches[] = {
    { "a FETCH 1 ENVELOPE\r\n",
      "* 1 FETCH (ENVELOPE (\"Tue, 24 Nov 2026 10:00:00 +0100\" \"=?UTF-8?Q?caf=C3=A9?=\" "
      "((\"Ann \\\"B\\\"\" NIL \"ann\" \"x.example\")) ((\"Ann \\\"B\\\"\" NIL \"ann\" \"x.example\")) "
      "((\"Ann \\\"B\\\"\" NIL \"ann\" \"x.example\")) ((NIL NIL \"rachida\" \"localhost\")) NIL NIL NIL \"<1@x>\"))\r\n"
      "a OK That is all\r\n" },
    { "a FETCH 1 BODY.PEEK[HEADER.FIELDS (subject \"to\")]\r\n",
      "* 1 FETCH (BODY[HEADER.FIELDS (subject \"to\")] {57}\r\nTo: rachida@localhost\r\nSubject: =?UTF-8?Q?caf=C3=A9?=\r\n\r\n"
      ")\r\na OK That is all\r\n" },
    { "a FETCH 1 (BODY.PEEK[TEXT]<8.100> BODY.PEEK[TEXT]<100.5>)\r\n",
      "* 1 FETCH (BODY[TEXT]<8> {9}\r\nbonjour\r\n BODY[TEXT]<100> {0}\r\n)\r\na OK That is all\r\n" },
    { "a FETCH 1 (BODY.PEEK[1] BODY.PEEK[2] BODY.PEEK[1.HEADER])\r\n",
      "* 1 FETCH (BODY[1] {17}\r\nrachida bonjour\r\n BODY[2] NIL BODY[1.HEADER] NIL)\r\na OK That is all\r\n" },
    { "a FETCH 1 BODYSTRUCTURE\r\n", "* 1 FETCH (BODYSTRUCTURE (\"TEXT\" \"PLAIN\" (\"charset\" \"us-ascii\") NIL NIL "
                                     "\"7BIT\" 17 1 NIL NIL NIL NIL))\r\na OK That is all\r\n" },
    { "a FETCH 1 (FLAGS BODY[TEXT])\r\n",
      "* 1 FETCH (FLAGS (\\Seen) BODY[TEXT] {17}\r\nrachida bonjour\r\n)\r\na OK That is all\r\n" },
    { "a FETCH 1 (RFC822.SIZE BINARY.SIZE[1] BINARY.PEEK[1])\r\n",
      "* 1 FETCH (RFC822.SIZE 167 BINARY.SIZE[1] 17 BINARY[1] {17}\r\nrachida bonjour\r\n)\r\na OK That is all\r\n" },
    { "a FETCH 1 (FAST)\r\n", "a BAD The arguments are not as they should be: FETCH set (items) [(CHANGEDSINCE n)]\r\n" },
    { "a FETCH 1 BODY[MIME]\r\n",
      "a BAD The arguments are not as they should be: FETCH set (items) [(CHANGEDSINCE n)]\r\n" },
    { "a FETCH 1 BODY[0]\r\n",
      "a BAD The arguments are not as they should be: FETCH set (items) [(CHANGEDSINCE n)]\r\n" },
    { "a FETCH 1 BODY[]<0.0>\r\n",
      "a BAD The arguments are not as they should be: FETCH set (items) [(CHANGEDSINCE n)]\r\n" },
    { "a FETCH 2 FLAGS\r\n", "a BAD The mailbox has only 1 messages\r\n" },
    { "a FETCH 1:2:3 FLAGS\r\n",
      "a BAD The arguments are not as they should be: a set of messages is like 1,3:5,7:*\r\n" },
    { "a FETCH 1 (FLAGS) (CHANGEDSINCE 9999)\r\n", "a OK That is all\r\n" },
    { "a UID FETCH 1 (FLAGS) (CHANGEDSINCE 1 VANISHED)\r\n", "a BAD ENABLE QRESYNC must come before\r\n" },
    { "a SEARCH FROM ann SUBJECT \"Caf\xc3\xa9\" BODY BONJOUR SENTON 24-Nov-2026\r\n", "* SEARCH 1\r\na OK That is all\r\n" },
    { "a SEARCH OR (NOT SEEN) (LARGER 166 SMALLER 168)\r\n", "* SEARCH 1\r\na OK That is all\r\n" },
    { "a SEARCH HEADER message-id \"\" TEXT xyz\r\n", "* SEARCH\r\na OK That is all\r\n" },
    { "a SEARCH CHARSET KLINGON TEXT x\r\n", "a NO [BADCHARSET (US-ASCII UTF-8)] That character set is unknown here\r\n" },
    { "a SEARCH RETURN (SAVE COUNT) ALL\r\nb FETCH $ UID\r\n", "* ESEARCH (TAG \"a\") COUNT 1\r\na OK That is all\r\n"
                                                              "* 1 FETCH (UID 1)\r\nb OK That is all\r\n" },
    { "a SEARCH RETURN () UNSEEN\r\n", "* ESEARCH (TAG \"a\")\r\na OK That is all\r\n" },
    { "a SEARCH\r\n",
      "a BAD The arguments are not as they should be: search keys, such as UNSEEN FROM name SINCE 1-Jan-2026\r\n" },
    { "a SEARCH NOT\r\n",
      "a BAD The arguments are not as they should be: search keys, such as UNSEEN FROM name SINCE 1-Jan-2026\r\n" },
    { "a SEARCH SINCE 31-Foo-2026\r\n",
      "a BAD The arguments are not as they should be: search keys, such as UNSEEN FROM name SINCE 1-Jan-2026\r\n" },
};

START_TEST(fetch_and_search)
{
    begin();
    struct client *client = selected();
    append(client, letter);
    for (size_t i = 0; i < sizeof fetches / sizeof fetches[0]; i++)
        expect(client, fetches[i].said, fetches[i].answered);
    disconnect(client);
    end();
}
END_TEST

/* RFC 9051 §5.2, §7.5.1: what another session does is told, and an EXPUNGE only when it may be. */
START_TEST(sessions_see_each_other)
{
    begin();
    struct client *a = selected();
    append(a, letter);
    append(a, letter);
    struct client *b = selected();
    expect(a, "x STORE 1 +FLAGS (\\Flagged $Label)\r\n", "* 1 FETCH (FLAGS (\\Flagged $Label))\r\n"
           "* FLAGS (" FLAGS " $Label)\r\n* OK [PERMANENTFLAGS (" FLAGS " $Label \\*)] These are kept\r\nx OK Changed\r\n");
    char *news = say(b, "x NOOP\r\n");
    ck_assert_ptr_nonnull(strstr(news, "* FLAGS (" FLAGS " $Label)"));
    ck_assert_ptr_nonnull(strstr(news, "* 1 FETCH (UID 1 FLAGS (\\Flagged $Label))"));
    free(news);
    expect(a, "x STORE 1 +FLAGS.SILENT \\Deleted\r\ny EXPUNGE\r\n", "x OK Changed\r\n* 1 EXPUNGE\r\ny OK Removed\r\n");
    news = say(b, "x FETCH 2 UID\r\ny SEARCH ALL\r\nz STORE 2 +FLAGS.SILENT \\Seen\r\n");
    ck_assert_ptr_null(strstr(news, "EXPUNGE\r\n"));
    ck_assert_ptr_nonnull(strstr(news, "* 2 FETCH (UID 2)"));
    free(news);
    news = say(b, "x FETCH 1 BODY[]\r\n");
    ck_assert_ptr_nonnull(strstr(news, "x NO [EXPUNGEISSUED]"));
    free(news);
    expect(b, "x NOOP\r\n", "* 1 EXPUNGE\r\nx OK Done\r\n");
    disconnect(a);
    disconnect(b);
    end();
}
END_TEST

START_TEST(idle_tells_at_once)
{
    begin();
    struct client *a = selected(), *b = selected();
    expect(a, "i IDLE\r\n", "+ You will hear what happens\r\n");
    ck_assert_int_eq(a->answer, SESSION_WAIT);
    append(b, letter);
    char *news = wake(a, SESSION_CHANGED);
    ck_assert_ptr_nonnull(strstr(news, "* 1 EXISTS\r\n"));
    free(news);
    expect(a, "done\r\n", "i OK You have the turn\r\n");
    expect(a, "i IDLE\r\nNOOP\r\n", "+ You will hear what happens\r\ni BAD IDLE ends with DONE\r\n");
    expect(a, "i NOOP\r\n", "i OK Done\r\n");
    news = wake(a, SESSION_TIMEOUT);
    ck_assert_str_eq(news, "* BYE You were silent for too long\r\n");
    ck_assert(a->closed);
    free(news);
    disconnect(a);
    disconnect(b);
    end();
}
END_TEST

/* RFC 9051 §6.2.1: what is injected behind STARTTLS is dropped. */
START_TEST(starttls_drops_what_follows)
{
    begin();
    struct client *client = connect_client();
    expect(client, "a STARTTLS\r\nb NOOP\r\n", "a OK Begin TLS now\r\n");
    expect(client, "c NOOP\r\n", "c OK Done\r\n");
    disconnect(client);
    end();
}
END_TEST

/* RFC 7162 */
START_TEST(condstore_and_qresync)
{
    begin();
    struct client *client = selected();
    append(client, letter);
    append(client, letter);
    append(client, letter);
    expect(client, "x ENABLE QRESYNC\r\n", "x BAD ENABLE is not allowed in the state SELECTED\r\n");
    expect(client, "x UNSELECT\r\ny ENABLE QRESYNC\r\n", "x OK Left\r\n* ENABLED QRESYNC\r\ny OK Enabled what I can\r\n");
    free(say(client, "s SELECT INBOX\r\n"));
    expect(client, "x STORE 1 (UNCHANGEDSINCE 0) +FLAGS \\Seen\r\n", "x OK [MODIFIED 1] Somebody else changed these first\r\n");
    expect(client, "x STORE 2 +FLAGS.SILENT \\Deleted\r\n", "* 2 FETCH (UID 2 MODSEQ (M))\r\nx OK Changed\r\n");
    expect(client, "x EXPUNGE\r\n", "* VANISHED 2\r\nx OK Removed\r\n");
    expect(client, "x UID FETCH 1:9 (FLAGS) (CHANGEDSINCE 99999 VANISHED)\r\n", "* VANISHED (EARLIER) 2\r\nx OK That is all\r\n");
    expect(client, "x FETCH 1 MODSEQ\r\ny SEARCH MODSEQ 1\r\n",
           "* 1 FETCH (MODSEQ (M))\r\nx OK That is all\r\n* SEARCH 1 2 (MODSEQ M)\r\ny OK That is all\r\n");
    disconnect(client);
    end();
}
END_TEST

/* A letter of 5 MB goes through 1 MiB of output at most, and by pieces. */
START_TEST(big_letters_stay_bounded)
{
    begin();
    struct client *client = selected();
    struct buf big;
    buf_init(&big, 1 << 23);
    buf_add_text(&big, "Subject: big\r\n\r\n");
    while (big.len < 5000000)
        buf_add_text(&big, "0123456789012345678901234567890123456789012345678901234567890123456789\r\n");
    append(client, buf_text(&big));
    char *answer = say(client, "x FETCH 1 BODY.PEEK[]\r\n");
    char *expected = mem_printf("* 1 FETCH (BODY[] {%zu}\r\n%s)\r\nx OK That is all\r\n", big.len, buf_text(&big));
    ck_assert_int_eq(strcmp(answer, expected), 0);
    free(answer);
    free(expected);
    buf_free(&big);
    disconnect(client);
    end();
}
END_TEST

/* Hostile lines: an answer, or the end, and never more. */
START_TEST(bad_input_is_survived)
{
    begin();
    struct client *client = connect_client();
    char *answer = say(client, "a LOGIN {18446744073709551615+}\r\n");
    ck_assert_int_eq(strncmp(answer, "* BYE ", 6), 0);
    ck_assert(client->closed);
    free(answer);
    disconnect(client);
    client = connect_client();
    for (int i = 0; i < 30 && !client->closed; i++)
        free(say(client, "\r\n"));
    ck_assert(client->closed);
    disconnect(client);
    client = connect_client();
    for (int i = 0; i < 30 && !client->closed; i++)
        free(say(client, "a LOGIN rachida wrong\r\n"));
    ck_assert(client->closed);
    disconnect(client);
    client = connect_client();
    char *line = mem_alloc(1 << 20);
    memset(line, 'x', 1 << 20);
    free(say_bytes(client, line, 1 << 20, 4096));
    answer = say(client, "\r\n");
    ck_assert_int_eq(strncmp(answer, "* BYE ", 6), 0);
    free(answer);
    free(line);
    disconnect(client);
    end();
}
END_TEST

UNIT_SUITE(imapd, { dialogues_are_answered, 6 }, { fetch_and_search, 0 }, { sessions_see_each_other, 0 },
           { idle_tells_at_once, 0 }, { starttls_drops_what_follows, 0 }, { condstore_and_qresync, 0 },
           { big_letters_stay_bounded, 0 }, { bad_input_is_survived, 0 })
