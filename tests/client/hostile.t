#!/usr/bin/env python3
"""Servers that mean no good, or know no better: mailclient ends with one clear sentence, soon, in bounded memory,
and no control character of theirs reaches the terminal."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import client
import pli

END = "\r\n"
ESCAPE = "\x1b]0;owned\x07\x1b[31m\x9b2J"
MOST_MEMORY = (900 if "asan" in pli.BIN else 300) << 20
MOST_SECONDS = 15

READ = ("read", "1")
LIST = ("list",)
SEND = ("send", "rachida@localhost")


def flood(talk, line, most=1 << 30):
    """The same again and again, until the client has enough."""
    block = (line if isinstance(line, bytes) else line.encode()) * (1 + 65536 // len(line))
    sent = 0
    while sent < most:
        talk.send(block)
        sent += len(block)


def literal(text):
    return f"{{{len(text.encode())}}}{END}{text}"


def says(*lines):
    """A server that says these lines whatever it hears, waiting for a line of the client between them."""
    def play(talk):
        for line in lines:
            talk.send(line)
            talk.line()
    return play


# ---- IMAP up to a point ----

def imap_login(talk, capabilities="IMAP4rev1"):
    talk.send(f"* OK [CAPABILITY {capabilities}] hi\r\n")
    tag = talk.line().split()[0]
    talk.send(f"{tag} OK in\r\n")
    tag = talk.line().split()[0]                                        # CAPABILITY, once more
    talk.send(f"* CAPABILITY {capabilities}\r\n{tag} OK\r\n")


def imap_select(talk, exists=1):
    imap_login(talk)
    tag = talk.line().split()[0]
    talk.send(f"* {exists} EXISTS\r\n{tag} OK\r\n")


def imap_fetch(talk, *responses):
    """A mailbox of one letter; responses answer FETCH."""
    imap_select(talk)
    tag = talk.line().split()[0]
    for response in responses:
        talk.send(response.replace("TAG", tag) if isinstance(response, str) else response)
    talk.line()


def imap_list(talk, *responses):
    imap_select(talk)
    tag = talk.line().split()[0]
    for response in responses:
        talk.send(response.replace("TAG", tag))
    talk.line()


def imap_literal(size):
    return lambda talk: (imap_fetch_start(talk, size), flood(talk, "x" * 1000))


def imap_fetch_start(talk, size):
    imap_select(talk)
    talk.line()
    talk.send(f"* 1 FETCH (BODY[] {{{size}}}\r\n")


def imap_starttls(certificate, injected):
    def play(talk):
        talk.send("* OK [CAPABILITY IMAP4rev1 STARTTLS] hi\r\n")
        tag = talk.line().split()[0]
        talk.send(f"{tag} OK go\r\n{injected}")
        talk.start_tls(certificate.context())
        talk.line()
    return play


# ---- POP3 and SMTP up to a point ----

def pop3_login(talk):
    talk.send("+OK hi\r\n")
    talk.ask("")
    talk.ask("+OK\r\nUSER\r\nTOP\r\nUIDL\r\n.\r\n")                     # USER
    talk.ask("+OK\r\n")                                                 # PASS
    return talk.ask("+OK\r\n")


def pop3_list(talk, listing, *responses):
    pop3_login(talk)
    talk.ask(listing)
    for response in responses:
        talk.ask(response)


def pop3_flood(line):
    def play(talk):
        pop3_login(talk)
        talk.send("+OK\r\n")
        flood(talk, line)
    return play


def smtp_ready(talk, *keywords):
    talk.ask("220 hi\r\n")
    lines = ["x", *keywords]
    for keyword in lines[:-1]:
        talk.send(f"250-{keyword}\r\n")
    return talk.ask(f"250 {lines[-1]}\r\n")


def smtp_starttls(certificate, injected):
    def play(talk):
        smtp_ready(talk, "STARTTLS")
        talk.send("220 go\r\n" + injected)
        talk.start_tls(certificate.context())
        talk.line()
    return play


def smtp_answers(*answers):
    def play(talk):
        smtp_ready(talk)
        for answer in answers:
            talk.ask(answer)
        talk.line()
    return play


def silent(talk):
    talk.line()


# ---- the rows: what it does, the scheme, the command, the server, what is said about it ----

def rows(certificate):
    greet = "* OK [CAPABILITY IMAP4rev1] hi\r\n"
    return [
        ("garbage for a greeting", "smtp", SEND, says(b"\x00\xff\x1b[2J\x07 garbage\r\n"), "does not speak SMTP"),
        ("garbage for a greeting", "pop3", LIST, says(b"\x00\xff\x1b[2J\x07 garbage\r\n"), "does not speak POP3"),
        ("garbage for a greeting", "imap", LIST, says(b"\x00\xff\x1b[2J\x07 garbage\r\n"), "does not speak IMAP"),
        ("another protocol", "imap", LIST, says("220 mail ESMTP\r\n"), "does not speak IMAP"),
        ("another protocol", "pop3", LIST, says("* OK IMAP\r\n"), "does not speak POP3"),
        ("another protocol", "smtp", SEND, says("+OK POP3\r\n"), "does not speak SMTP"),
        ("a line that never ends", "smtp", SEND, lambda talk: flood(talk, "2" * 1000), "line does not end"),
        ("a line that never ends", "pop3", LIST, lambda talk: flood(talk, "+" * 1000), "line does not end"),
        ("a line that never ends", "imap", LIST, lambda talk: flood(talk, "*" * 1000), "does not"),
        ("a reply that never ends", "smtp", SEND, lambda talk: flood(talk, "220-and\r\n"), "reply does not end"),
        ("silence", "smtp", SEND, silent, "no answer from 127.0.0.1 within 1 seconds"),
        ("silence", "imap", LIST, silent, "no answer from 127.0.0.1 within 1 seconds"),
        ("the end at once", "pop3", LIST, lambda talk: None, "closed the connection"),
        ("the end at once", "imaps", LIST, lambda talk: None, "closed the connection"),
        ("the end after EHLO", "smtp", SEND, says("220 hi\r\n"), "closed the connection"),
        ("garbage instead of TLS", "imaps", LIST, says(b"* OK hi\r\n"), "TLS handshake"),
        ("a list of capabilities that never ends", "pop3", LIST,
         lambda talk: (talk.ask("+OK hi\r\n"), talk.send("+OK\r\n"), flood(talk, "A B\r\n", 100 << 20),
                       talk.send(".\r\n"), talk.line()), ""),
        ("escape sequences in a refusal", "smtp", SEND, smtp_answers(f"550 {ESCAPE} no\r\n"), "refuses the letter"),
        ("escape sequences in a refusal", "pop3", LIST, says(f"-ERR {ESCAPE} no\r\n"), "does not want to talk"),
        ("escape sequences in a refusal", "imap", LIST, says(f"* BYE {ESCAPE} no\r\n"), "does not want to talk"),
        ("escape sequences in a refused login", "imap", LIST,
         lambda talk: talk.ask(f"{talk.ask(greet).split()[0]} NO {ESCAPE} no\r\n"), "refuses the user name"),
        ("escape sequences in a letter", "imap", READ,
         lambda talk: imap_fetch(talk, f"* 1 FETCH (BODY[] {literal(f'Subject: x{END}{END}{ESCAPE}')})\r\n",
                                 "TAG OK\r\n", "TAG OK\r\n"), None),
        ("escape sequences in a list", "imap", LIST,
         lambda talk: imap_list(talk, "* 1 FETCH (UID 1 FLAGS () BODY[HEADER.FIELDS (X)] "
                                      f"{literal(f'Subject: {ESCAPE}{END}{END}')})\r\nTAG OK\r\n"), None),
        ("words put into the server's mouth before TLS", "smtp", SEND, smtp_starttls(certificate, "250 x\r\n"),
         "injecting"),
        ("words put into the server's mouth before TLS", "imap", LIST, imap_starttls(certificate, "* PREAUTH x\r\n"),
         "injecting"),
        ("words put into the server's mouth before TLS", "pop3", LIST,
         lambda talk: (talk.ask("+OK hi\r\n"), talk.ask("+OK\r\nSTLS\r\n.\r\n"),
                       talk.ask("+OK go\r\n-ERR injected\r\n")), "injecting"),
        ("PREAUTH, so that TLS is never asked for", "imap", (*LIST, "--require-tls"),
         says("* PREAUTH hi\r\n", "* CAPABILITY IMAP4rev1\r\nA1 OK\r\n"), "no TLS (STARTTLS)"),
        ("STARTTLS taken away", "smtp", (*SEND, "--require-tls"), smtp_answers(), "does not offer STARTTLS"),
        ("a certificate for another name", "imap", (*LIST, "--require-tls", "--ca-file", certificate.file),
         imap_starttls(certificate, ""), "IP address mismatch"),
        ("a number of letters from nowhere", "imap", LIST,
         lambda talk: (imap_select(talk, 4294967295), talk.ask("* 4294967295 FETCH (UID 1)\r\nA4 OK\r\n"),
                       talk.ask("* 4294967295 FETCH (UID 4294967295)\r\nA5 OK\r\n")), None),
        ("a literal of 4 GB", "imap", READ, imap_literal(4294967295), "too large"),
        ("a literal of 2^63", "imap", READ, imap_literal(2 ** 63), ""),
        ("a letter that never ends", "pop3", READ, pop3_flood("rachida bonjour\r\n"), "too large"),
        ("a letter that is one line, without an end", "pop3", READ, pop3_flood("rachida bonjour "), "too large"),
        ("an answer to another command", "imap", LIST, says(greet, "X9 OK what?\r\n"), "a command that was not said"),
        ("challenges without an end", "imap", (*LIST, "--auth", "PLAIN"),
         lambda talk: (talk.ask("* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] hi\r\n"), flood(talk, "+ \r\n", 1 << 20)), ""),
        ("a login without a proof", "imap", LIST,
         lambda talk: talk.ask(f"{talk.ask(greet.replace(']', ' AUTH=SCRAM-SHA-256]')).split()[0]} OK in\r\n"),
         "without having proved"),
        ("354 instead of 250", "smtp", SEND, smtp_answers("354 go\r\n"), "does not fit"),
        ("421 in the middle", "smtp", SEND, smtp_answers("421 4.3.2 down\r\n"), "ends the dialogue"),
        ("lists within lists", "imap", LIST, lambda talk: imap_list(talk, "* 1 FETCH " + "(" * 100000 + "\r\n"), ""),
        ("a list of letters that is none", "pop3", LIST,
         lambda talk: pop3_list(talk, "+OK\r\n-1 x\r\n" + "9" * 100 + " 1\r\nx\r\n.\r\n"), None),
    ]


def attempt(row):
    what, scheme, words, play, sentence = row
    with client.Peer(play) as peer:
        user = "u:secret@" if scheme != "smtp" else ""
        url = f"{scheme}://{user}127.0.0.1:{peer.port}"
        where = ["--via", url] if words[0] == "send" else [url]
        begun = time.monotonic()
        try:
            status, output, errors = client.run(*words, "--timeout", "1", *where, stdin="x\n", timeout=40)
        except UnicodeDecodeError:
            pli.ok(False, f"{scheme}: {what}", "what was printed is not UTF-8")
            return
        seconds = time.monotonic() - begun
    expected = 0 if sentence is None else 1
    one = errors.count("\n") == 1 and errors.startswith("mailclient: ") or sentence is None and errors == ""
    pli.ok(status == expected and one and (sentence or "") in errors and client.safe(output) and client.safe(errors) and
           "secret" not in errors and seconds < MOST_SECONDS * pli.SLOW, f"{scheme}: {what}",
           f"status {status}, {seconds:.1f} s", ascii(output[:500]), ascii(errors[:1000]))


if not os.path.exists(client.MAILCLIENT):
    pli.skip_all(f"{client.MAILCLIENT} is not built")
if pli.installed("openssl"):
    pli.skip_all("openssl is not installed")
certificate = client.Certificate("DNS:other.test")
try:
    for row in rows(certificate):
        attempt(row)
    pli.ok(client.largest_child() < MOST_MEMORY, "memory stayed within bounds", f"{client.largest_child() >> 20} MB")
finally:
    certificate.remove()
pli.done()
