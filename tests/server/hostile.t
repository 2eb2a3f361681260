#!/usr/bin/env python3
"""What comes from outside and is no good: one clear answer, nothing lost, others served meanwhile."""
import os
import poplib
import smtplib
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli

LETTER = "Subject: test\r\n\r\nrachida bonjour\r\n"


class Talk:
    """A dialogue, byte by byte."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=20 * pli.SLOW)
        self.file = self.socket.makefile("rb")
        self.greeting = self.file.readline()

    def send(self, data):
        self.socket.sendall(data)

    def line(self):
        return self.file.readline()

    def reply(self):
        """The last line of a reply of one or more lines."""
        line = self.file.readline()
        while line[3:4] == b"-":
            line = self.file.readline()
        return line

    def ask(self, data):
        self.send(data)
        return self.reply()

    def close(self):
        self.file.close()
        self.socket.close()


def works(server, what):
    """Others are served as if nothing had been."""
    before = len(server.letters("rachida"))
    with smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=20 * pli.SLOW) as client:
        client.sendmail("a@example.org", ["rachida@localhost"], LETTER)
    pli.same(len(server.letters("rachida")), before + 1, what)


def lines(server):
    for name, prefix in (("smtp", b"5"), ("pop3", b"-ERR")):
        talk = Talk(server.port(name))
        talk.send(b"A" * 1000000 + b"\r\n")
        answer = talk.line()
        pli.ok(answer.startswith(prefix), f"{name}: a line of 1 MB", answer)
        answer = talk.ask(b"NOOP\r\n") if name == "smtp" else talk.ask(b"CAPA\r\n")
        pli.ok(answer[:3] in (b"250", b"+OK", b""), f"{name}: and the dialogue goes on or is closed", answer)
        talk.close()
        talk = Talk(server.port(name))
        answer = talk.ask(b"NOOP\0 x\r\n")
        pli.ok(answer.startswith(prefix), f"{name}: a NUL in a command", answer)
        talk.close()


def bare_line_feeds(server):
    before = len(server.letters("rachida"))
    for end in (b"\n.\n", b"\n.\r\n", b"\r.\r\n"):
        talk = Talk(server.port("smtp"))
        for command in (b"EHLO c.test", b"MAIL FROM:<a@example.org>", b"RCPT TO:<rachida@localhost>", b"DATA"):
            talk.ask(command + b"\r\n")
        # SMTP smuggling: were this the end of data, a second letter would follow.
        talk.send(b"Subject: x\r\n\r\nbody" + end + b"MAIL FROM:<evil@example.org>\r\nRCPT TO:<rachida@localhost>\r\n"
                  b"DATA\r\nsmuggled\r\n.\r\n")
        answer = talk.reply()
        pli.ok(answer.startswith(b"5"), f"data with {end!r} is refused as a whole", answer)
        talk.close()
    pli.same(len(server.letters("rachida")), before, "and no letter was kept")
    talk = Talk(server.port("smtp"))
    for command in (b"EHLO c.test", b"MAIL FROM:<a@example.org>", b"RCPT TO:<rachida@localhost>", b"DATA"):
        talk.ask(command + b"\r\n")
    answer = talk.ask(b"Subject: x\r\n\r\nbo\0dy\r\n.\r\n")
    pli.ok(answer.startswith(b"5"), "data with a NUL is refused", answer)
    talk.close()


def passwords(server):
    client = poplib.POP3("127.0.0.1", server.port("pop3"), timeout=30 * pli.SLOW)
    try:
        client.user("rachida")
        answer = client.pass_("wrong-2026")
    except poplib.error_proto as error:
        answer = error.args[0]
    pli.ok(answer.startswith(b"-ERR") and b"password" in answer.lower(), "pop3: a wrong password", answer)
    client.close()
    with smtplib.SMTP("127.0.0.1", server.port("submission"), timeout=30 * pli.SLOW) as client:
        try:
            answer = client.login("rachida", "wrong-2026")
        except smtplib.SMTPAuthenticationError as error:
            answer = (error.smtp_code, error.smtp_error)
    pli.ok(answer[0] == 535, "smtp: a wrong password", answer)
    answers = []
    for name, password in (("nobody-here", "wrong-2026"), ("rachida", "wrong-2026")):
        client = poplib.POP3("127.0.0.1", server.port("pop3"), timeout=30 * pli.SLOW)
        try:
            client.user(name)
            client.pass_(password)
        except poplib.error_proto as error:
            answers.append(error.args[0])
        client.close()
    pli.ok(len(answers) == 2 and answers[0] == answers[1], "who is no user is not told from a wrong password", answers)
    pli.ok("wrong-2026" not in server.log(), "no password is in the log")


def slow_senders(server):
    slow = []
    for _ in range(200):
        talk = Talk(server.port("smtp"))
        talk.send(b"EHLO slo")
        slow.append(talk)
    for talk in slow[:50]:
        talk.send(b"w.test\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<rachida@localhost>\r\nDATA\r\nSubj")
    started = time.monotonic()
    works(server, "two hundred senders stop in the middle: others are served")
    spent = time.monotonic() - started
    pli.ok(spent < 1 * pli.SLOW, "in less than a second", f"{spent:.2f} s")
    for talk in slow:
        talk.close()


def unread_answers(server):
    """A client that asks and asks and never reads: its answers must not pile up in memory."""
    talk = Talk(server.port("smtp"))
    talk.socket.settimeout(2)
    sent = 0
    try:
        while sent < 200 * 1000 * 1000:
            sent += talk.socket.send(b"NOOP\r\n" * 10000)
    except (socket.timeout, OSError):
        pass
    with open(f"/proc/{server.process.pid}/status", encoding="utf-8") as status:
        memory = next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    pli.ok(sent < 100 * 1000 * 1000 and memory < 600000, "who does not read is not read from", sent, memory)
    talk.close()


def tls(server):
    with socket.create_connection(("127.0.0.1", server.port("pop3s")), timeout=20) as connection:
        connection.settimeout(20 * pli.SLOW)
        connection.sendall(b"USER rachida\r\n" * 10)
        received = b""
        try:
            while piece := connection.recv(1000):
                received += piece
        except OSError:
            pass
        pli.ok(b"+OK" not in received, "plain text where TLS is expected: an alert, and the end", received)
    talk = Talk(server.port("smtp"))
    talk.ask(b"EHLO c.test\r\n")
    talk.send(b"STARTTLS\r\nMAIL FROM:<injected@example.org>\r\n")
    answer = talk.reply()
    rest = b""
    try:
        talk.socket.settimeout(3)
        rest = talk.socket.recv(1000)
    except OSError:
        pass
    pli.ok(answer.startswith((b"220", b"5")) and b"250" not in rest, "what follows STARTTLS in the clear is not obeyed",
           answer, rest)
    talk.close()


with pli.Server("-o", "smtpd_client_connection_count_limit=0", users={"rachida": "bonjour-2026"}) as server:
    works(server, "a letter arrives")
    lines(server)
    bare_line_feeds(server)
    passwords(server)
    slow_senders(server)
    unread_answers(server)
    tls(server)
    works(server, "after all that, a letter arrives")
pli.done()
