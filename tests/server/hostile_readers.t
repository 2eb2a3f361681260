#!/usr/bin/env python3
"""What comes from outside to POP3 and IMAP and is no good: one clear answer, and others are served meanwhile."""
import base64
import imaplib
import os
import poplib
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli

PASSWORD = "bonjour-2026"
WAIT = 30 * pli.SLOW
imaplib._MAXLINE = 1 << 30


class Talk:
    """A dialogue, byte by byte."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=WAIT)
        self.file = self.socket.makefile("rb")
        self.greeting = self.file.readline()

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            pass

    def line(self):
        try:
            return self.file.readline()
        except OSError:
            return b""

    def ask(self, data, tag=b"a"):
        """The tagged answer, or BYE, or nothing when it was closed."""
        self.send(data)
        while (line := self.line()) and not line.startswith((tag + b" ", b"* BYE")):
            pass
        return line

    def close(self):
        self.file.close()
        self.socket.close()


def logged_in(server):
    client = imaplib.IMAP4("127.0.0.1", server.port("imap"), timeout=WAIT)
    client.login("rachida", PASSWORD)
    return client


def works(server, what):
    started = time.monotonic()
    client = logged_in(server)
    good = client.select("INBOX")[0] == "OK"
    client.logout()
    reader = poplib.POP3("127.0.0.1", server.port("pop3"), timeout=WAIT)
    good = good and reader.capa() is not None
    reader.quit()
    spent = time.monotonic() - started
    pli.ok(good and spent < 1 * pli.SLOW, what, f"{spent:.2f} s", server.log()[-1000:])


def literals(server):
    for size in (2 ** 64 - 1, 2 ** 64, 2 ** 63, 2 ** 32, 10 ** 30):
        for plus in (b"", b"+"):
            talk = Talk(server.port("imap"))
            answer = talk.ask(b"a LOGIN {%d%s}\r\n" % (size, plus))
            pli.ok(answer.startswith((b"a BAD", b"* BYE")), f"a literal of {size}{plus.decode()} before the login",
                   answer)
            talk.close()
    talk = Talk(server.port("imap"))
    talk.send(b"a LOGIN {100000+}\r\n" + b"x" * 100000 + b"\r\n")
    answer = talk.ask(b"b NOOP\r\n", b"b") if (first := talk.line()).startswith(b"a BAD") else first
    pli.ok(answer.startswith((b"b OK", b"* BYE")), "100,000 octets that nobody asked for are passed over, or it ends",
           answer)
    talk.close()


def names(server):
    before = sorted(os.walk(server.root))[0][1:], sorted(os.listdir(os.path.join(server.root, "home")))
    maildir = server.maildir("rachida")
    client = logged_in(server)
    bad = [b'".."', b'"../../x"', b'"/etc/x"', b'"a/b"', b'"a..b"', b'".x"', b'"' + b"a." * 1000 + b'a"',
           b'"' + b"x" * 5000 + b'"', b"{3+}\r\na\0b", b"{0+}\r\n", b'"&AAA-"', b'"a\\"/../b"']
    for verb in (b"CREATE", b"SELECT", b"SUBSCRIBE", b"DELETE"):
        answers = []
        for name in bad:
            tag = client._new_tag()
            client.send(tag + b" " + verb + b" " + name + b"\r\n")
            while not (line := client.readline()).startswith((tag, b"* BYE")) and line:
                pass
            answers.append(line)
            client.tagged_commands.pop(tag, None)
        pli.ok(all(b" NO " in line or b" BAD " in line for line in answers),
               f"{verb.decode()} of names that lead astray",
               *[f"{name[:30]!r}: {line!r}" for name, line in zip(bad, answers)])
    for name in ("~", "~root", "~root.x"):
        client.create(name)
    client.logout()
    after = sorted(os.walk(server.root))[0][1:], sorted(os.listdir(os.path.join(server.root, "home")))
    strange = [name for name in os.listdir(maildir) if os.path.islink(os.path.join(maildir, name))]
    pli.ok(before == after and not strange, "and nothing was made outside of the mailbox", before, after, strange)


def append(client, text):
    return client.append("INBOX", None, None, text)[0]


def timed(client, items):
    started = time.monotonic()
    answer = client.fetch("*", items)[0]
    return time.monotonic() - started, answer


def nested(depth):
    """multipart in multipart in multipart."""
    head = b"Subject: deep\r\nMIME-Version: 1.0\r\n"
    parts = [b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (one, one) for one in range(depth)]
    return head + b"".join(parts) + b"Content-Type: text/plain\r\n\r\nrachida bonjour\r\n" + \
        b"".join(b"\r\n--b%d--\r\n" % number for number in reversed(range(depth)))


def big_letters(server):
    client = logged_in(server)
    client.select("INBOX")
    pli.same(append(client, nested(10000)), "OK", "a letter of 10,000 parts in each other is taken")
    for items in ("BODYSTRUCTURE", "ENVELOPE", "BODY.PEEK[" + ".".join(["1"] * 200) + "]", "BODY.PEEK[1.MIME]"):
        spent, answer = timed(client, f"({items})")
        pli.ok(answer == "OK" and spent < 5 * pli.SLOW, f"and asked for its {items[:40]}", f"{spent:.1f} s", answer)
    spent = []
    for count in (100000, 500000):
        people = b",\r\n ".join(b"a%d@x" % number for number in range(count))
        letter = b"Subject: many\r\nTo: " + people + b"\r\n\r\nx\r\n"
        append(client, letter)
        client.noop()
        took = [timed(client, "(ENVELOPE)") for _ in range(2)]
        spent.append(min(one for one, _ in took))
        pli.ok(all(answer == "OK" for _, answer in took), f"the ENVELOPE of a letter to {count} people")
    pli.ok(spent[1] < 15 * spent[0] + 0.2, "five times the people take about five times as long", spent)
    client.close()
    client.logout()


def imap_passwords(server):
    talk = Talk(server.port("imap"))
    answers = [talk.ask(b"a LOGIN rachida wrong%d\r\n" % number) for number in range(20)]
    pli.ok(not any(answer.startswith(b"a OK") for answer in answers) and answers[-1] == b"",
           "imap: 20 wrong passwords are not all heard", answers)
    talk.close()


def pop3_passwords(server):
    talk, said = Talk(server.port("pop3")), []
    for number in range(20):
        talk.send(b"USER rachida\r\nPASS wrong%d\r\n" % number)
        said += [talk.line(), talk.line()]
    pli.ok(said[-1] == b"" and not any(b"logged" in line.lower() for line in said), "pop3: likewise", said)
    talk.close()


def smtp_passwords(server):
    talk, answers = Talk(server.port("submission")), []
    talk.ask(b"EHLO c.test\r\n", b"250")
    for number in range(20):
        talk.send(b"AUTH PLAIN " + base64.b64encode(b"\0rachida\0wrong%d" % number) + b"\r\n")
        answers.append(talk.line())
    pli.ok(not any(answer.startswith(b"235") for answer in answers) and answers[-1] == b"", "smtp: likewise", answers)
    talk.close()


def slow_readers(server):
    slow = []
    for number in range(300):
        talk = Talk(server.port("imap" if number % 2 else "pop3"))
        talk.send((b"a LOG", b"USER rach", b"a LOGIN {10+}\r\nra", b"\r")[number % 4])
        slow.append(talk)
    works(server, "three hundred that stop in the middle of a word: others are served in less than a second")
    for talk in slow:
        talk.close()


def memory(server):
    with open(f"/proc/{server.process.pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


with pli.Server("-o", "message_size_limit=30000000", users={"rachida": PASSWORD}) as server:
    works(server, "a login and a look")
    # Each wrong password is answered later than the one before: meanwhile all else is tried.
    guessers = [threading.Thread(target=guess, args=(server,))
                for guess in (imap_passwords, pop3_passwords, smtp_passwords)]
    for guesser in guessers:
        guesser.start()
    literals(server)
    names(server)
    slow_readers(server)
    big_letters(server)
    pli.ok(memory(server) < 900000, "memory stays bounded", memory(server))
    for guesser in guessers:
        guesser.join()
    works(server, "after all that, others are served")
pli.done()
