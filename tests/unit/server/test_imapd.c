/*
 * The IMAP server's session, fed directly: what the client says, and what is
 * answered to the byte (but for what imap_client.h masks). Every dialogue is
 * also played one byte at a time.
 */
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/mem.h"
#include "tests/unit/server/imap_client.h"
#include "tests/unit/unit.h"

/* ---- dialogues: what is said, and all that is answered ---- */

struct turn {
    const char *said, *answered;
};

static void play(const struct turn *turns, size_t step)
{
    imap_begin();
    struct imap_client *client = imap_connect();
    for (; turns->said != NULL; turns++) {
        const size_t size = strlen(turns->said);
        char *answer = imap_say_bytes(client, turns->said, size, step > 0 ? step : size);
        ck_assert_msg(strcmp(answer, turns->answered) == 0, "said     %s\nexpected %s\nreceived %s", turns->said,
                      turns->answered, answer);
        free(answer);
    }
    imap_disconnect(client);
    imap_end();
}

#define CAPABILITIES                                                                                               \
    "CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE IDLE NAMESPACE CHILDREN LIST-EXTENDED LIST-STATUS " \
    "SPECIAL-USE CREATE-SPECIAL-USE STATUS=SIZE UIDPLUS MOVE UNSELECT " \
    "ESEARCH SEARCHRES WITHIN SORT THREAD=ORDEREDSUBJECT " \
    "THREAD=REFERENCES BINARY MULTIAPPEND CONDSTORE QRESYNC " \
    "UTF8=ACCEPT QUOTA QUOTA=RES-STORAGE QUOTA=RES-MESSAGE APPENDLIMIT=10485760"
#define LOGIN { "l LOGIN rachida \"correct horse\"\r\n", "l OK [" CAPABILITIES "] Logged in as rachida\r\n" }
#define SELECT(exists, next)                                                                                          \
    "* FLAGS (" IMAP_FLAGS ")\r\n* OK [PERMANENTFLAGS (" IMAP_FLAGS " \\*)] These are kept\r\n"                       \
    "* " exists " EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY V] Unique identifiers are valid\r\n"                      \
    "* OK [UIDNEXT " next "] The next one\r\n* OK [HIGHESTMODSEQ M] The last change\r\ns OK [READ-WRITE] Open\r\n"

/* RFC 9051 §6.1, §6.2 */
static const struct turn before_login[] = {
    { "a NOOP\r\n", "a OK Done\r\n" },
    { "a capability\r\n",
      "* CAPABILITY IMAP4rev1 IMAP4rev2 LITERAL+ SASL-IR ID ENABLE IDLE STARTTLS AUTH=SCRAM-SHA-256 "
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
    { "a CREATE {3}\r\na\nb\r\n", "+ Send it\r\n"
      "a BAD The arguments are not as they should be: CREATE mailbox [(USE (special-use))]\r\n" },
    { "a CREATE &Jjo!\r\n", "a BAD The arguments are not as they should be: CREATE mailbox [(USE (special-use))]\r\n" },
    { "a CREATE Entw&APw-rfe\r\n", "a OK Done\r\n" },
    { "a ENABLE UTF8=ACCEPT\r\n", "* ENABLED UTF8=ACCEPT\r\na OK Enabled what I can\r\n" },
    { "a LIST \"\" \"Entw\xc3\xbcr*\"\r\n",
      "* LIST (\\HasNoChildren) \".\" \"Entw\xc3\xbcrfe\"\r\na OK That is all\r\n" },
    { "a STATUS \"Entw\xc3\xbcrfe\" (UIDNEXT SIZE)\r\n",
      "* STATUS \"Entw\xc3\xbcrfe\" (UIDNEXT 1 SIZE 0)\r\na OK Done\r\n" },
    { "a STATUS INBOX (NONSENSE)\r\n",
      "a BAD The arguments are not as they should be: STATUS mailbox (MESSAGES UIDNEXT "
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
    { "a UID STORE 3 FLAGS (\\Answered \\Draft)\r\n",
      "* 3 FETCH (UID 3 FLAGS (\\Answered \\Draft))\r\na OK Changed\r\n" },
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
    { "a SELECT none\r\n",
      "* OK [CLOSED] The mailbox before is closed\r\na NO [NONEXISTENT] There is no such mailbox\r\n" },
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
    { "a FETCH 1 (FAST)\r\n",
      "a BAD The arguments are not as they should be: FETCH set (items) [(CHANGEDSINCE n)]\r\n" },
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
    { "a SEARCH FROM ann SUBJECT \"Caf\xc3\xa9\" BODY BONJOUR SENTON 24-Nov-2026\r\n",
      "* SEARCH 1\r\na OK That is all\r\n" },
    { "a SEARCH OR (NOT SEEN) (LARGER 166 SMALLER 168)\r\n", "* SEARCH 1\r\na OK That is all\r\n" },
    { "a SEARCH HEADER message-id \"\" TEXT xyz\r\n", "* SEARCH\r\na OK That is all\r\n" },
    { "a SEARCH CHARSET KLINGON TEXT x\r\n",
      "a NO [BADCHARSET (US-ASCII UTF-8)] That character set is unknown here\r\n" },
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
    imap_begin();
    struct imap_client *client = imap_selected();
    imap_append(client, imap_letter);
    for (size_t i = 0; i < sizeof fetches / sizeof fetches[0]; i++)
        imap_expect(client, fetches[i].said, fetches[i].answered);
    imap_disconnect(client);
    imap_end();
}
END_TEST

UNIT_SUITE(imapd, { dialogues_are_answered, 6 }, { fetch_and_search, 0 })
