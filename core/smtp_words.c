#include "smtp_words.h"

#include <string.h>

#include "smtp_parse.h"

static const struct word rows[] = {
    { WORD_VERB, SMTP_EHLO, "EHLO",
      N_("The client says who it is and asks which extensions the server has: the beginning of every dialogue."),
      "RFC 5321 §4.1.1.1" },
    { WORD_VERB, SMTP_HELO, "HELO",
      N_("The client says who it is, the old way, without asking for extensions."), "RFC 5321 §4.1.1.1" },
    { WORD_VERB, SMTP_MAIL, "MAIL",
      N_("Begins a letter and says where a notice of failure is to go: the sender on the envelope, which need not be "
         "the From of the header."), "RFC 5321 §4.1.1.2" },
    { WORD_VERB, SMTP_RCPT, "RCPT",
      N_("Names one recipient on the envelope; once for each. Only these get the letter, whatever its header says."),
      "RFC 5321 §4.1.1.3" },
    { WORD_VERB, SMTP_DATA, "DATA",
      N_("The client wants to send the letter itself: header, empty line, body, ended by a dot alone on a line."),
      "RFC 5321 §4.1.1.4" },
    { WORD_VERB, SMTP_BDAT, "BDAT",
      N_("A piece of the letter follows whose length is announced, so that no final dot and no doubled dots are "
         "needed."), "RFC 3030 §2" },
    { WORD_VERB, SMTP_BDAT_LAST, "BDAT LAST", N_("The last piece of the letter follows."), "RFC 3030 §2" },
    { WORD_VERB, SMTP_RSET, "RSET", N_("The client gives up the letter it began; the connection stays."),
      "RFC 5321 §4.1.1.5" },
    { WORD_VERB, SMTP_VRFY, "VRFY",
      N_("The client asks whether a user exists; many servers do not tell, because of those who collect addresses."),
      "RFC 5321 §4.1.1.6" },
    { WORD_VERB, SMTP_EXPN, "EXPN", N_("The client asks for the members of a mailing list; hardly any server tells."),
      "RFC 5321 §4.1.1.7" },
    { WORD_VERB, SMTP_HELP, "HELP", N_("The client, or the person who types, asks for help."), "RFC 5321 §4.1.1.8" },
    { WORD_VERB, SMTP_NOOP, "NOOP", N_("The client asks for nothing but an answer."), "RFC 5321 §4.1.1.9" },
    { WORD_VERB, SMTP_QUIT, "QUIT", N_("The client ends the dialogue; the server answers before it closes."),
      "RFC 5321 §4.1.1.10" },
    { WORD_VERB, SMTP_AUTH, "AUTH",
      N_("The client logs in with the SASL mechanism it names: what follows are challenges and answers in base64."),
      "RFC 4954 §4" },
    { WORD_VERB, SMTP_STARTTLS, "STARTTLS", N_("The client asks to continue this connection inside TLS."),
      "RFC 3207 §4" },

    { WORD_REPLY, 2, "2xx", N_("The command was done."), "RFC 5321 §4.2.1" },
    { WORD_REPLY, 3, "3xx", N_("So far, so good: the server waits for more of what the client announced."),
      "RFC 5321 §4.2.1" },
    { WORD_REPLY, 4, "4xx", N_("Not now: the same may succeed later, so the client keeps the letter and tries again."),
      "RFC 5321 §4.2.1" },
    { WORD_REPLY, 5, "5xx", N_("No: it will not succeed later either, so the client gives up and tells the sender."),
      "RFC 5321 §4.2.1" },
    { WORD_REPLY, 211, "211", N_("The state of the server, or an answer to HELP."), "RFC 5321 §4.2.3" },
    { WORD_REPLY, 214, "214", N_("Help, for the person who types."), "RFC 5321 §4.2.3" },
    { WORD_REPLY, 220, "220", N_("The server is ready: it has greeted, or TLS may begin."), "RFC 5321 §4.2.3" },
    { WORD_REPLY, 221, "221", N_("The server says goodbye and closes the connection."), "RFC 5321 §4.2.3" },
    { WORD_REPLY, 235, "235", N_("The login succeeded."), "RFC 4954 §6" },
    { WORD_REPLY, 250, "250", N_("The command was done."), "RFC 5321 §4.2.3" },
    { WORD_REPLY, 251, "251", N_("The user is elsewhere; the server will pass the letter on."), "RFC 5321 §4.2.3" },
    { WORD_REPLY, 252, "252", N_("The server does not say whether the user exists, but would take a letter."),
      "RFC 5321 §4.2.3" },
    { WORD_REPLY, 334, "334", N_("A challenge, in base64: the login goes on and the client must answer it."),
      "RFC 4954 §4" },
    { WORD_REPLY, 354, "354", N_("Send the letter now, and end it with a dot alone on a line."), "RFC 5321 §4.2.3" },
    { WORD_REPLY, 421, "421", N_("The server closes the connection now; the client may come back later."),
      "RFC 5321 §4.2.3" },
    { WORD_REPLY, 432, "432", N_("The password must be changed before this login can work."), "RFC 4954 §6" },
    { WORD_REPLY, 450, "450", N_("The mailbox cannot be used at the moment."), "RFC 5321 §4.2.3" },
    { WORD_REPLY, 451, "451", N_("Something went wrong in the server; it may work later."), "RFC 5321 §4.2.3" },
    { WORD_REPLY, 452, "452", N_("There is no room at the moment, or there are too many recipients at once."),
      "RFC 5321 §4.2.3" },
    { WORD_REPLY, 454, "454", N_("TLS or the login is not available at the moment."), "RFC 4954 §6" },
    { WORD_REPLY, 455, "455", N_("The server cannot do at the moment what a parameter asks for."), "RFC 5321 §4.2.3" },
    { WORD_REPLY, 500, "500", N_("The server does not know this command, or the line is not SMTP."),
      "RFC 5321 §4.2.3" },
    { WORD_REPLY, 501, "501", N_("The command is known, but what follows it is wrong."), "RFC 5321 §4.2.3" },
    { WORD_REPLY, 502, "502", N_("The server knows the command but does not have it."), "RFC 5321 §4.2.3" },
    { WORD_REPLY, 503, "503", N_("The command comes at the wrong moment: something must be said before it."),
      "RFC 5321 §4.2.3" },
    { WORD_REPLY, 504, "504", N_("The server does not have what this parameter asks for."), "RFC 5321 §4.2.3" },
    { WORD_REPLY, 521, "521", N_("This host takes no mail at all."), "RFC 7504 §3" },
    { WORD_REPLY, 530, "530", N_("The client must log in, or start TLS, before it may do this."), "RFC 4954 §6" },
    { WORD_REPLY, 534, "534", N_("This mechanism is too weak for this user."), "RFC 4954 §6" },
    { WORD_REPLY, 535, "535", N_("The name or the password is wrong."), "RFC 4954 §6" },
    { WORD_REPLY, 538, "538", N_("This mechanism is allowed inside TLS only."), "RFC 4954 §6" },
    { WORD_REPLY, 550, "550", N_("Refused: there is no such mailbox, or the server may not take this letter."),
      "RFC 5321 §4.2.3" },
    { WORD_REPLY, 551, "551", N_("The user is elsewhere; the client should try there."), "RFC 5321 §4.2.3" },
    { WORD_REPLY, 552, "552", N_("The letter is too big, or the mailbox is full."), "RFC 5321 §4.2.3" },
    { WORD_REPLY, 553, "553", N_("The address is not one that this server allows."), "RFC 5321 §4.2.3" },
    { WORD_REPLY, 554, "554", N_("Refused; as a greeting: there is no mail service here for you."),
      "RFC 5321 §4.2.3" },
    { WORD_REPLY, 555, "555", N_("The server does not know a parameter of MAIL or RCPT."), "RFC 5321 §4.2.3" },
    { WORD_REPLY, 556, "556", N_("The recipient's domain takes no mail at all."), "RFC 7504 §4" },

    { WORD_ITEM, 0, "X.0.0", N_("Nothing more is known than success or failure."), "RFC 3463 §3.1" },
    { WORD_ITEM, 0, "X.1.0", N_("It is about an address."), "RFC 3463 §3.2" },
    { WORD_ITEM, 0, "X.1.1", N_("There is no such mailbox in this domain."), "RFC 3463 §3.2" },
    { WORD_ITEM, 0, "X.1.2", N_("There is no such domain."), "RFC 3463 §3.2" },
    { WORD_ITEM, 0, "X.1.3", N_("The recipient's address is not written as it must be."), "RFC 3463 §3.2" },
    { WORD_ITEM, 0, "X.1.4", N_("The address fits more than one recipient."), "RFC 3463 §3.2" },
    { WORD_ITEM, 0, "X.1.5", N_("The recipient's address is good."), "RFC 3463 §3.2" },
    { WORD_ITEM, 0, "X.1.6", N_("The mailbox has moved, and it is not known where to."), "RFC 3463 §3.2" },
    { WORD_ITEM, 0, "X.1.7", N_("The sender's address is not written as it must be."), "RFC 3463 §3.2" },
    { WORD_ITEM, 0, "X.1.8", N_("The sender's domain does not exist or takes no mail."), "RFC 3463 §3.2" },
    { WORD_ITEM, 0, "X.1.10", N_("The recipient's domain says in the DNS that it takes no mail."), "RFC 7505 §4.1" },
    { WORD_ITEM, 0, "X.2.0", N_("It is about the mailbox."), "RFC 3463 §3.3" },
    { WORD_ITEM, 0, "X.2.1", N_("The mailbox is there but takes no mail."), "RFC 3463 §3.3" },
    { WORD_ITEM, 0, "X.2.2", N_("The mailbox is full."), "RFC 3463 §3.3" },
    { WORD_ITEM, 0, "X.2.3", N_("The letter is bigger than this mailbox takes."), "RFC 3463 §3.3" },
    { WORD_ITEM, 0, "X.2.4", N_("The mailing list could not be expanded."), "RFC 3463 §3.3" },
    { WORD_ITEM, 0, "X.3.0", N_("It is about the mail system at this end."), "RFC 3463 §3.4" },
    { WORD_ITEM, 0, "X.3.1", N_("The disk of the mail system is full."), "RFC 3463 §3.4" },
    { WORD_ITEM, 0, "X.3.2", N_("The mail system takes no mail at the moment, or is shutting down."),
      "RFC 3463 §3.4" },
    { WORD_ITEM, 0, "X.3.3", N_("The mail system lacks a feature that the letter needs."), "RFC 3463 §3.4" },
    { WORD_ITEM, 0, "X.3.4", N_("The letter is bigger than this mail system takes."), "RFC 3463 §3.4" },
    { WORD_ITEM, 0, "X.3.5", N_("The mail system is not configured as it must be."), "RFC 3463 §3.4" },
    { WORD_ITEM, 0, "X.4.0", N_("It is about the network or the way of the letter."), "RFC 3463 §3.5" },
    { WORD_ITEM, 0, "X.4.1", N_("The other host does not answer."), "RFC 3463 §3.5" },
    { WORD_ITEM, 0, "X.4.2", N_("The connection broke."), "RFC 3463 §3.5" },
    { WORD_ITEM, 0, "X.4.3", N_("The DNS, or another directory, did not answer."), "RFC 3463 §3.5" },
    { WORD_ITEM, 0, "X.4.4", N_("It is not known where the letter should go next."), "RFC 3463 §3.5" },
    { WORD_ITEM, 0, "X.4.5", N_("Too much mail at once."), "RFC 3463 §3.5" },
    { WORD_ITEM, 0, "X.4.6", N_("The letter goes round in circles: too many servers have handled it."),
      "RFC 3463 §3.5" },
    { WORD_ITEM, 0, "X.4.7", N_("The letter waited too long and was given up."), "RFC 3463 §3.5" },
    { WORD_ITEM, 0, "X.5.0", N_("It is about the SMTP dialogue."), "RFC 3463 §3.6" },
    { WORD_ITEM, 0, "X.5.1", N_("The command is unknown or comes at the wrong moment."), "RFC 3463 §3.6" },
    { WORD_ITEM, 0, "X.5.2", N_("The line is not SMTP."), "RFC 3463 §3.6" },
    { WORD_ITEM, 0, "X.5.3", N_("Too many recipients."), "RFC 3463 §3.6" },
    { WORD_ITEM, 0, "X.5.4", N_("What follows the command is wrong."), "RFC 3463 §3.6" },
    { WORD_ITEM, 0, "X.5.5", N_("The two sides speak different versions of the protocol."), "RFC 3463 §3.6" },
    { WORD_ITEM, 0, "X.5.6", N_("A line of the login is too long."), "RFC 4954 §6" },
    { WORD_ITEM, 0, "X.6.0", N_("It is about the content of the letter."), "RFC 3463 §3.7" },
    { WORD_ITEM, 0, "X.6.1", N_("The content is of a kind that is not supported."), "RFC 3463 §3.7" },
    { WORD_ITEM, 0, "X.6.2", N_("The content would have to be converted, which is not allowed."), "RFC 3463 §3.7" },
    { WORD_ITEM, 0, "X.6.3", N_("The content would have to be converted, which is not possible here."),
      "RFC 3463 §3.7" },
    { WORD_ITEM, 0, "X.6.4", N_("The content was converted and something of it was lost."), "RFC 3463 §3.7" },
    { WORD_ITEM, 0, "X.6.5", N_("The content could not be converted."), "RFC 3463 §3.7" },
    { WORD_ITEM, 0, "X.6.6", N_("The content of the letter is not available."), "RFC 4468 §5" },
    { WORD_ITEM, 0, "X.6.7", N_("An address has letters beyond ASCII, and the other side does not take them."),
      "RFC 6531 §4.2" },
    { WORD_ITEM, 0, "X.6.8", N_("The reply would need UTF-8, which the client did not ask for."), "RFC 6531 §4.2" },
    { WORD_ITEM, 0, "X.6.9", N_("The header has letters beyond ASCII, and the other side does not take them."),
      "RFC 6531 §4.2" },
    { WORD_ITEM, 0, "X.7.0", N_("It is about security or the server's rules."), "RFC 3463 §3.8" },
    { WORD_ITEM, 0, "X.7.1", N_("The server's rules do not allow it: for instance to relay to another domain."),
      "RFC 3463 §3.8" },
    { WORD_ITEM, 0, "X.7.2", N_("The sender may not write to this mailing list."), "RFC 3463 §3.8" },
    { WORD_ITEM, 0, "X.7.3", N_("The letter would have to be converted from one security system to another."),
      "RFC 3463 §3.8" },
    { WORD_ITEM, 0, "X.7.4", N_("A security feature that is needed is not there."), "RFC 3463 §3.8" },
    { WORD_ITEM, 0, "X.7.5", N_("A ciphered letter could not be deciphered."), "RFC 3463 §3.8" },
    { WORD_ITEM, 0, "X.7.6", N_("The cipher is not supported."), "RFC 3463 §3.8" },
    { WORD_ITEM, 0, "X.7.7", N_("The letter was changed on its way."), "RFC 3463 §3.8" },
    { WORD_ITEM, 0, "X.7.8", N_("The name or the password is wrong."), "RFC 4954 §6" },
    { WORD_ITEM, 0, "X.7.9", N_("The login mechanism is too weak."), "RFC 4954 §6" },
    { WORD_ITEM, 0, "X.7.11", N_("This login mechanism is allowed inside TLS only."), "RFC 4954 §6" },
    { WORD_ITEM, 0, "X.7.12", N_("The password must be changed first."), "RFC 4954 §4" },

    { WORD_CAPABILITY, 0, "SIZE",
      N_("The server tells the biggest letter it takes, and a client may say the size of its own beforehand."),
      "RFC 1870 §4" },
    { WORD_CAPABILITY, 0, "8BITMIME", N_("Letters may have bytes over 127 in their body."), "RFC 6152 §2" },
    { WORD_CAPABILITY, 0, "SMTPUTF8", N_("Addresses and headers may have letters beyond ASCII, in UTF-8."),
      "RFC 6531 §3.1" },
    { WORD_CAPABILITY, 0, "PIPELINING",
      N_("A client may send several commands at once without waiting for each reply; this saves round trips."),
      "RFC 2920 §2" },
    { WORD_CAPABILITY, 0, "CHUNKING", N_("A client may send the letter with BDAT, in pieces of announced length."),
      "RFC 3030 §2" },
    { WORD_CAPABILITY, 0, "BINARYMIME", N_("With BDAT, a letter may have any bytes at all in its body."),
      "RFC 3030 §3" },
    { WORD_CAPABILITY, 0, "STARTTLS", N_("A client may ask to continue inside TLS."), "RFC 3207 §3" },
    { WORD_CAPABILITY, 0, "AUTH", N_("A client may log in with one of the mechanisms that follow."), "RFC 4954 §3" },
    { WORD_CAPABILITY, 0, "ENHANCEDSTATUSCODES",
      N_("Replies carry a second code of three numbers that says more exactly what is the matter."), "RFC 2034 §3" },
    { WORD_CAPABILITY, 0, "DSN", N_("A client may say when it wants reports about delivery, and how much in them."),
      "RFC 3461 §3" },
    { WORD_CAPABILITY, 0, "VRFY", N_("The server answers VRFY."), "RFC 5321 §4.1.1.6" },
    { WORD_CAPABILITY, 0, "EXPN", N_("The server answers EXPN."), "RFC 5321 §4.1.1.7" },
    { WORD_CAPABILITY, 0, "HELP", N_("The server answers HELP."), "RFC 5321 §4.1.1.8" },
    { WORD_CAPABILITY, 0, "LIMITS", N_("The server tells its limits, such as the number of recipients."),
      "RFC 9422 §3" },
    { WORD_CAPABILITY, 0, "DELIVERBY", N_("A client may say by when the letter must be delivered."), "RFC 2852 §2" },
    { WORD_CAPABILITY, 0, "ETRN", N_("A client may ask the server to send what waits for it."), "RFC 1985 §3" },
    { WORD_CAPABILITY, 0, "REQUIRETLS", N_("A client may demand that the letter travels inside TLS all the way."),
      "RFC 8689 §2" },

    { WORD_ITEM, 0, "SIZE=", N_("How many octets the letter will have."), "RFC 1870 §6" },
    { WORD_ITEM, 0, "BODY=", N_("Whether the body has only 7-bit bytes (7BIT), or others too (8BITMIME)."),
      "RFC 6152 §3" },
    { WORD_ITEM, 0, "SMTPUTF8", N_("The letter or its addresses need UTF-8."), "RFC 6531 §3.4" },
    { WORD_ITEM, 0, "AUTH=", N_("Who submitted the letter at first, according to the client."), "RFC 4954 §5" },
    { WORD_ITEM, 0, "RET=", N_("Whether a report of failure returns the whole letter (FULL) or its header (HDRS)."),
      "RFC 3461 §4.3" },
    { WORD_ITEM, 0, "ENVID=", N_("A name for this letter that reports about it will carry."), "RFC 3461 §4.4" },
    { WORD_ITEM, 0, "NOTIFY=", N_("When to report: NEVER, or on SUCCESS, FAILURE, DELAY."), "RFC 3461 §4.1" },
    { WORD_ITEM, 0, "ORCPT=", N_("The address that the sender wrote at first."), "RFC 3461 §4.2" },

    { WORD_ITEM, 250, "250", N_("The letter is the server's now: it must deliver it or tell the sender."),
      "RFC 5321 §4.2.5" },
    { WORD_ITEM, 0, ".", N_("A dot alone on its line ends the letter."), "RFC 5321 §4.1.1.4" },
    { WORD_ITEM, 0, "..",
      N_("A line that begins with a dot gets one more on the wire, so that it is never taken for the end "
         "(dot-stuffing)."), "RFC 5321 §4.5.2" },
    { WORD_ITEM, 0, "*", N_("Instead of an answer to a challenge: the client gives up this login."), "RFC 4954 §4" },
    { WORD_ITEM, 0, "=", N_("An initial answer that is there and empty."), "RFC 4954 §4" },
};

const struct word_table smtp_words = { "SMTP", rows, sizeof rows / sizeof rows[0] };

const struct word *smtp_word_of_reply(int code)
{
    const struct word *word = word_by_id(&smtp_words, WORD_REPLY, code);
    return word != NULL ? word : word_by_id(&smtp_words, WORD_REPLY, code / 100);
}

const struct word *smtp_word_of_enhanced(struct span code)
{
    char name[16] = "X";
    if (code.len < 5 || code.len >= sizeof name)
        return NULL;
    memcpy(name + 1, code.at + 1, code.len - 1);
    const struct word *word = word_by_name(&smtp_words, WORD_ITEM, (struct span){ name, code.len });
    char *detail = strrchr(name, '.');
    if (word != NULL || detail == name + 1)
        return word;
    memcpy(detail, ".0", 3);
    return word_by_name(&smtp_words, WORD_ITEM, span_of(name));
}

const struct word *smtp_word_of_keyword(struct span line)
{
    struct span rest = line;
    struct span keyword = smtp_word(&rest);
    /* "AUTH=LOGIN" is what programs said before there was an RFC. */
    if (keyword.len > 5 && span_is_nocase((struct span){ keyword.at, 5 }, "AUTH="))
        keyword.len = 4;
    return word_by_name(&smtp_words, WORD_CAPABILITY, keyword);
}
