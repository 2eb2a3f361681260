/*
 * SORT and THREAD as commands (RFC 5256): what they take from letters.
 */
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/server/imap_client.h"
#include "tests/unit/unit.h"

static struct imap_client *mailbox_of_four(void)
{
    struct imap_client *client = imap_selected();
    imap_append(client, "From: zoe@x\r\nTo: \"Z\" <alice@a>\r\nSubject: Re: =?UTF-8?Q?=C3=A9t=C3=A9?=\r\n"
                        "Date: Tue, 24 Nov 2026 10:00:00 +0100\r\nMessage-ID: <1@x>\r\nReferences: <2@x>\r\n\r\nb\r\n");
    imap_append(client, "From: Ann <BOB@x>\r\nTo: friends: a@b;\r\nSubject: =?ISO-8859-1?Q?=C9t=E9?=\r\n"
                        "Date: Tue, 24 Nov 2026 09:30:00 +0100\r\nMessage-ID: <\"2\"@x>\r\n\r\nlonger body\r\n");
    imap_append(client, "From: adam@x\r\nCc: x@y\r\nSubject: apple\r\nIn-Reply-To: your letter <1@x> of today\r\n"
                        "Date: Mon, 23 Nov 2026 23:30:00 -0900\r\n\r\nb\r\n");
    imap_append(client, "Subject: Zebra\r\nDate: Tue, 24 Nov 2026 11:00:00 +0300\r\n\r\nb\r\n");
    free(imap_say(client, "x NOOP\r\n"));
    return client;
}

static const struct {
    const char *said, *answered;
} commands[] = {
    { "a SORT (DATE) UTF-8 ALL\r\n", "* SORT 4 2 3 1\r\na OK That is the order\r\n" },
    { "a SORT (REVERSE DATE) UTF-8 ALL\r\n", "* SORT 1 2 3 4\r\na OK That is the order\r\n" },
    { "a SORT (SUBJECT) US-ASCII ALL\r\n", "* SORT 3 1 2 4\r\na OK That is the order\r\n" },
    { "a SORT (SUBJECT DATE) US-ASCII ALL\r\n", "* SORT 3 2 1 4\r\na OK That is the order\r\n" },
    { "a SORT (FROM) UTF-8 ALL\r\n", "* SORT 4 3 2 1\r\na OK That is the order\r\n" },
    { "a SORT (TO) UTF-8 ALL\r\n", "* SORT 3 4 1 2\r\na OK That is the order\r\n" },
    { "a SORT (REVERSE CC ARRIVAL) UTF-8 ALL\r\n", "* SORT 3 1 2 4\r\na OK That is the order\r\n" },
    { "a UID SORT (REVERSE SIZE) UTF-8 1:3 NOT FROM zoe\r\n", "* SORT 2 3\r\na OK That is the order\r\n" },
    { "a SORT (DATE) UTF-8 FLAGGED\r\n", "* SORT\r\na OK That is the order\r\n" },
    { "a SORT (DATE) X-NONE ALL\r\n", "a NO [BADCHARSET (US-ASCII UTF-8)] That character set is unknown here\r\n" },
    { "a SORT (COLOUR) UTF-8 ALL\r\n", "a BAD The arguments are not as they should be: "
      "SORT ([REVERSE] DATE|SUBJECT|FROM|TO|CC|SIZE|ARRIVAL ...) charset keys\r\n" },
    { "a SORT () UTF-8 ALL\r\n", "a BAD The arguments are not as they should be: "
      "SORT ([REVERSE] DATE|SUBJECT|FROM|TO|CC|SIZE|ARRIVAL ...) charset keys\r\n" },
    { "a SORT (REVERSE) UTF-8 ALL\r\n", "a BAD The arguments are not as they should be: "
      "SORT ([REVERSE] DATE|SUBJECT|FROM|TO|CC|SIZE|ARRIVAL ...) charset keys\r\n" },
    { "a THREAD REFERENCES UTF-8 ALL\r\n", "* THREAD (4)(2 1 3)\r\na OK These belong together\r\n" },
    { "a UID THREAD ORDEREDSUBJECT UTF-8 ALL\r\n", "* THREAD (4)(2 1)(3)\r\na OK These belong together\r\n" },
    { "a THREAD REFERENCES UTF-8 FLAGGED\r\n", "* THREAD\r\na OK These belong together\r\n" },
    { "a THREAD MAGIC UTF-8 ALL\r\n",
      "a BAD The arguments are not as they should be: THREAD REFERENCES|ORDEREDSUBJECT charset keys\r\n" },
};

START_TEST(messages_are_ordered)
{
    setlocale(LC_CTYPE, "C.UTF-8"); /* as the server does; letters beyond ASCII have cases then */
    imap_begin();
    struct imap_client *client = mailbox_of_four();
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        imap_expect(client, commands[i].said, commands[i].answered);
    imap_disconnect(client);
    imap_end();
}
END_TEST

UNIT_SUITE(imapd_sort, { messages_are_ordered, 0 })
