#!/usr/bin/env python3
"""Many at once on one mailbox: senders, POP3, IMAP sessions that change flags and expunge, sessions that wait in IDLE.

RFC 5321 §4.5.4.2: a server listens all the time, and to several at once.
"""
import imaplib
import os
import poplib
import random
import smtplib
import socket
import ssl
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli

USER, PASSWORD = "rachida", "bonjour-2026"
LETTERS = 20
faults = []


def guarded(function):
    """A thread whose exceptions are faults of the test."""
    def body(*arguments):
        try:
            function(*arguments)
        except Exception as error:
            faults.append(f"{function.__name__}: {error!r}")
    return body


@guarded
def sender(server, number):
    for i in range(LETTERS):
        with smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=60 * pli.SLOW) as client:
            if number % 2:
                client.starttls(context=ssl.create_default_context(cafile=server.certificate))
            client.sendmail("a@example.org", ["rachida@localhost", "amine@localhost"],
                            f"Subject: {number}-{i}\r\n\r\nrachida bonjour\r\n")


@guarded
def imap_user(server, number, stop):
    client = imaplib.IMAP4("127.0.0.1", server.port("imap"), timeout=60 * pli.SLOW)
    client.login(USER, PASSWORD)
    client.select("INBOX")
    chance = random.Random(number)
    while not stop.is_set():
        status, numbers = client.search(None, "UNDELETED")
        numbers = numbers[0].split() if status == "OK" else []
        if numbers:
            any_one = chance.choice(numbers).decode()
            client.fetch(any_one, "(UID FLAGS RFC822.SIZE)")
            client.store(any_one, "+FLAGS", r"(\Seen)")
            if chance.random() < 0.2:
                client.store(any_one, "+FLAGS", r"(\Deleted)")
                client.expunge()
        status, numbers = client.search(None, "UNDELETED")
        if chance.random() < 0.2 and numbers[0]:
            client.copy(numbers[0].split()[0].decode(), "Archive") # the last: numbers may change in its answer
        if chance.random() < 0.2:
            client.append("INBOX", r"(\Flagged)", None, b"Subject: appended\r\n\r\nx\r\n")
        client.noop()
    client.logout()


@guarded
def pop_user(server, stop):
    while not stop.is_set():
        client = poplib.POP3("127.0.0.1", server.port("pop3"), timeout=60 * pli.SLOW)
        client.user("amine")
        client.pass_("salut-2026")
        count = client.stat()[0]
        if count:
            client.retr(1)
            client.dele(1)
        client.quit()


class Idler:
    """An IMAP session in IDLE."""

    def __init__(self, server, user, password):
        self.socket = socket.create_connection(("127.0.0.1", server.port("imap")), timeout=20 * pli.SLOW)
        self.file = self.socket.makefile("rb")
        self.file.readline()
        self.ask(b"a login %s %s\r\n" % (user.encode(), password.encode()))
        self.ask(b"b select INBOX\r\n")
        self.socket.sendall(b"c idle\r\n")
        line = self.file.readline()
        while not line.startswith(b"+"):
            line = self.file.readline()

    def ask(self, line):
        self.socket.sendall(line)
        tag = line.split()[0] + b" "
        answer = self.file.readline()
        while not answer.startswith(tag):
            answer = self.file.readline()
        return answer

    def hears(self, what, seconds=10):
        self.socket.settimeout(seconds * pli.SLOW)
        try:
            while line := self.file.readline():
                if what in line:
                    return True
        except OSError:
            pass
        return False

    def close(self):
        self.file.close()
        self.socket.close()


def idle(server):
    idlers = [Idler(server, "sami", "salut-2026") for _ in range(5)]
    started = time.monotonic()
    with smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=20 * pli.SLOW) as client:
        client.sendmail("a@example.org", ["sami@localhost"], "Subject: x\r\n\r\nx\r\n")
    heard = all(idler.hears(b"EXISTS") for idler in idlers)
    pli.ok(heard, "who waits in IDLE hears of a new letter", server.log()[-2000:])
    pli.ok(time.monotonic() - started < 3 * pli.SLOW, "at once", time.monotonic() - started)
    # Another program puts a letter there and changes its flags, as mutt or Dovecot would.
    path = os.path.join(server.maildir("sami"), "tmp", "1.other.host")
    with open(path, "w", encoding="utf-8") as file:
        file.write("Subject: y\n\ny\n")
    os.rename(path, path.replace("/tmp/1.", "/new/1."))
    pli.ok(all(idler.hears(b"2 EXISTS") for idler in idlers), "and of one that another program put there")
    current = os.path.join(server.maildir("sami"), "cur")
    pli.wait_until(lambda: os.path.exists(os.path.join(current, "1.other.host:2,")))
    os.rename(os.path.join(current, "1.other.host:2,"), os.path.join(current, "1.other.host:2,F"))
    pli.ok(all(idler.hears(rb"\Flagged") for idler in idlers), "and of its flags")
    os.unlink(os.path.join(current, "1.other.host:2,F"))
    pli.ok(all(idler.hears(b"2 EXPUNGE") for idler in idlers), "and that it was removed")
    for idler in idlers:
        idler.close()


def many(server):
    stop = threading.Event()
    senders = [threading.Thread(target=sender, args=(server, number)) for number in range(4)]
    others = [threading.Thread(target=imap_user, args=(server, number, stop)) for number in range(4)]
    others.append(threading.Thread(target=pop_user, args=(server, stop)))
    for thread in senders + others:
        thread.start()
    for thread in senders:
        thread.join()
    stop.set()
    for thread in others:
        thread.join()
    pli.same(faults, [], "four senders, four IMAP sessions and POP3 on the same mailboxes: nobody meets a fault")
    client = imaplib.IMAP4("127.0.0.1", server.port("imap"), timeout=60 * pli.SLOW)
    client.login(USER, PASSWORD)
    count = int(client.select("INBOX")[1][0])
    uids = client.uid("search", None, "ALL")[1][0].split()
    client.logout()
    pli.same((count, len(set(uids))), (len(server.letters(USER)),) * 2, "and the mailbox is what the disk holds")


with pli.Server(users={USER: PASSWORD, "amine": "salut-2026", "sami": "salut-2026"}) as server:
    idle(server)
    many(server)
    log = server.log()
    pli.ok("WARNING" not in log and "ERROR" not in log, "and no sanitizer complained", log[-6000:])
pli.done()
