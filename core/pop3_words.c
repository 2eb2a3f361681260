#include "pop3_words.h"

#include "machine.h"
#include "pop3_parse.h"

static const struct word rows[] = {
    { WORD_VERB, POP3_USER, "USER",
      N_("The client says whose mailbox it wants; the password follows with PASS."), "RFC 1939 §7" },
    { WORD_VERB, POP3_PASS, "PASS",
      N_("The client gives the password of the user it named just before; without TLS anyone on the way can read it."),
      "RFC 1939 §7" },
    { WORD_VERB, POP3_APOP, "APOP",
      N_("The client proves that it knows the password by a digest (MD5) over it and the time stamp of the greeting, "
         "so that the password itself is not sent."), "RFC 1939 §7" },
    { WORD_VERB, POP3_AUTH, "AUTH",
      N_("The client logs in with the SASL mechanism it names: what follows are challenges and answers in base64."),
      "RFC 5034 §4" },
    { WORD_VERB, POP3_STLS, "STLS",
      N_("The client asks to continue this connection inside TLS."), "RFC 2595 §4" },
    { WORD_VERB, POP3_CAPA, "CAPA",
      N_("The client asks which extensions the server has; the answer is a list, one capability a line."),
      "RFC 2449 §5" },
    { WORD_VERB, POP3_LANG, "LANG",
      N_("The client chooses the language of the server's texts, or asks which there are."), "RFC 6856 §3.2" },
    { WORD_VERB, POP3_UTF8, "UTF8",
      N_("The client says that it understands messages with UTF-8 in their headers."), "RFC 6856 §2.1" },
    { WORD_VERB, POP3_STAT, "STAT",
      N_("The client asks how many messages there are and how many octets they are together."), "RFC 1939 §5" },
    { WORD_VERB, POP3_LIST, "LIST",
      N_("The client asks for the size of each message, or of the one it names."), "RFC 1939 §5" },
    { WORD_VERB, POP3_UIDL, "UIDL",
      N_("The client asks for the identifiers that stay the same from session to session: so a program that leaves "
         "mail on the server knows what it has fetched before."), "RFC 1939 §7" },
    { WORD_VERB, POP3_RETR, "RETR",
      N_("The client fetches a whole message; it stays on the server unless DELE and QUIT follow."), "RFC 1939 §5" },
    { WORD_VERB, POP3_TOP, "TOP",
      N_("The client fetches the header of a message and the first lines of its body."), "RFC 1939 §7" },
    { WORD_VERB, POP3_DELE, "DELE",
      N_("The client marks a message for deletion; it is removed only when the session ends by QUIT."), "RFC 1939 §5" },
    { WORD_VERB, POP3_NOOP, "NOOP",
      N_("The client asks for nothing but an answer: a sign of life that resets the server's patience."),
      "RFC 1939 §5" },
    { WORD_VERB, POP3_RSET, "RSET",
      N_("The client takes back all deletion marks of this session."), "RFC 1939 §5" },
    { WORD_VERB, POP3_QUIT, "QUIT",
      N_("The client ends the session; now, and only now, the server removes the marked messages."), "RFC 1939 §6" },

    { WORD_REPLY, OUTCOME_OK, "+OK", N_("The server did what was asked."), "RFC 1939 §3" },
    { WORD_REPLY, OUTCOME_NO, "-ERR", N_("The server refuses, or could not do what was asked; nothing changed."),
      "RFC 1939 §3" },
    { WORD_REPLY, OUTCOME_MORE, "+",
      N_("A challenge, in base64: the login goes on and the client must answer it."), "RFC 5034 §4" },
    { WORD_REPLY, -1, "IN-USE",
      N_("The password was right, but another session has this mailbox open: POP3 gives it to one at a time."),
      "RFC 2449 §8.1.2" },
    { WORD_REPLY, -1, "LOGIN-DELAY",
      N_("This user logged in a moment ago and must wait before the next login."), "RFC 2449 §8.1.1" },
    { WORD_REPLY, -1, "SYS/TEMP",
      N_("The trouble is the server's and will likely pass: the same password may work later."), "RFC 3206 §4" },
    { WORD_REPLY, -1, "SYS/PERM",
      N_("The trouble is the server's and somebody must repair it: tell the administrator."), "RFC 3206 §4" },
    { WORD_REPLY, -1, "SYS", N_("The trouble is the server's, not the user's name or password."), "RFC 3206 §4" },
    { WORD_REPLY, -1, "AUTH", N_("The name or the password is wrong, or this login is not allowed."), "RFC 3206 §5" },
    { WORD_REPLY, -1, "UTF8",
      N_("This needs UTF-8: the client must say UTF8 first, or the message cannot be shown without it."),
      "RFC 6856 §5" },

    { WORD_CAPABILITY, 0, "TOP", N_("The server has TOP, to look at a message without fetching all of it."),
      "RFC 2449 §6.1" },
    { WORD_CAPABILITY, 0, "USER", N_("A client may log in with USER and PASS."), "RFC 2449 §6.2" },
    { WORD_CAPABILITY, 0, "SASL", N_("A client may log in with AUTH and one of the mechanisms that follow."),
      "RFC 2449 §6.3" },
    { WORD_CAPABILITY, 0, "RESP-CODES",
      N_("A reply's text that begins with a bracket begins with a code that programs can read, such as [IN-USE]."),
      "RFC 2449 §6.4" },
    { WORD_CAPABILITY, 0, "LOGIN-DELAY", N_("The least number of seconds between two logins of the same user."),
      "RFC 2449 §6.5" },
    { WORD_CAPABILITY, 0, "PIPELINING",
      N_("A client may send several commands at once without waiting for each answer; this saves round trips."),
      "RFC 2449 §6.6" },
    { WORD_CAPABILITY, 0, "EXPIRE", N_("How many days messages may stay on the server before it removes them itself."),
      "RFC 2449 §6.7" },
    { WORD_CAPABILITY, 0, "UIDL", N_("The server has UIDL, so that a client recognizes messages it has fetched."),
      "RFC 2449 §6.8" },
    { WORD_CAPABILITY, 0, "IMPLEMENTATION", N_("Which program the server is; nothing may depend on it."),
      "RFC 2449 §6.9" },
    { WORD_CAPABILITY, 0, "STLS", N_("A client may ask with STLS to continue inside TLS."), "RFC 2595 §4" },
    { WORD_CAPABILITY, 0, "AUTH-RESP-CODE",
      N_("The code [AUTH] tells a wrong name or password from all other reasons to refuse a login."), "RFC 3206 §6" },
    { WORD_CAPABILITY, 0, "UTF8",
      N_("Messages may have UTF-8 in their headers for a client that says UTF8; with USER, names and passwords too."),
      "RFC 6856 §2" },
    { WORD_CAPABILITY, 0, "LANG", N_("A client may choose the language of the server's texts."), "RFC 6856 §3" },

    { WORD_ITEM, 0, ".", N_("A dot alone on its line ends a reply of several lines."), "RFC 1939 §3" },
    { WORD_ITEM, 0, "..",
      N_("A line that begins with a dot gets one more on the wire, so that it is never taken for the end "
         "(dot-stuffing)."), "RFC 1939 §3" },
    { WORD_ITEM, 0, "*", N_("Instead of an answer to a challenge: the client gives up this login."), "RFC 5034 §4" },
    { WORD_ITEM, 0, "=", N_("An initial answer that is there and empty."), "RFC 5034 §4" },
};

const struct word_table pop3_words = { "POP3", rows, sizeof rows / sizeof rows[0] };

const struct word *pop3_word_of_code(struct span code)
{
    for (;;) {
        const struct word *word = word_by_name(&pop3_words, WORD_REPLY, code);
        while (word == NULL && code.len > 0 && code.at[code.len - 1] != '/')
            code.len--;
        if (word != NULL || code.len == 0)
            return word;
        code.len--;
    }
}
