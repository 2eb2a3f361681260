#!/usr/bin/env python3
"""mailclient fetch: letters of a POP3 account come into a Maildir once, stay on the server or go; nothing is lost."""
import glob
import os
import signal
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import client
import pli

SECRET = "bonjour-2026"


def letter(number):
    return f"Subject: {number}\r\n\r\nrachida bonjour\r\n.dot\r\n".encode()


def bodies(maildir):
    found = []
    for part in ("cur", "new"):
        for name in os.listdir(os.path.join(maildir, part)):
            with open(os.path.join(maildir, part, name), "rb") as file:
                found.append(file.read())
    return sorted(found)


def deliver(server, number):
    with open(os.path.join(server.maildir("rachida"), "new", f"{1700000000 + number}.M1P{number}.x"), "wb") as file:
        file.write(letter(number))


def fetches(what, count, maildir, *words):
    status, output, errors = client.run("fetch", maildir, *words)
    pli.ok((status, errors) == (0, "") and output.split()[:1] == [str(count)], what, status, output, errors)


def with_our_server(folder):
    maildir = os.path.join(folder, "kept")
    with pli.Server(users={"rachida": SECRET}) as server:
        url = f"pop3://rachida:{SECRET}@localhost:{server.port('pop3')}"
        for number in (1, 2, 3):
            deliver(server, number)
        fetches("three letters", 3, maildir, url)
        pli.same(bodies(maildir), [letter(number) for number in (1, 2, 3)], "they are what was there")
        fetches("each once", 0, maildir, url)
        deliver(server, 4)
        fetches("and what is new", 1, maildir, url)
        pli.same(len(server.letters("rachida")), 4, "they stay on the server")
        deliver(server, 5)
        fetches("one, and all go from the server", 1, maildir, "--delete-fetched", url)
        pli.same((len(server.letters("rachida")), len(bodies(maildir))), (0, 5), "they are here, and only here")
        for words in (("fetch",), ("fetch", maildir, f"imap://rachida:{SECRET}@localhost:{server.port('imap')}")):
            status, output, errors = client.run(*words)
            pli.ok(status == 2 and "POP3" in errors, f"{len(words)} words: it says what it wants", status, errors)


class Pop:
    """A POP3 server with three letters; names(n) is what UIDL calls them. stop: it waits there until it is killed."""

    def __init__(self, names, stop=None):
        self.names, self.stop, self.cut = names, stop, None
        self.deleted, self.committed = [], []
        self.reached = threading.Event()

    def __call__(self, talk):
        self.deleted.clear()
        line = talk.ask("+OK\r\n")
        while True:
            if line == self.cut:
                return
            if line == self.stop:
                self.reached.set()
                talk.connection.recv(1)
                return
            verb, _, rest = line.partition(" ")
            answer = "+OK\r\n"
            if verb == "CAPA":
                answer = "+OK\r\nUSER\r\n" + ("UIDL\r\n" if self.names else "") + ".\r\n"
            elif verb == "LIST":
                answer = "+OK\r\n" + "".join(f"{n} {len(letter(n))}\r\n" for n in (1, 2, 3)) + ".\r\n"
            elif verb == "UIDL":
                answer = "+OK\r\n" + "".join(f"{n} {self.names(n)}\r\n" for n in (1, 2, 3)) + ".\r\n"
            elif verb == "RETR":
                answer = "+OK\r\n" + letter(int(rest)).decode().replace("\r\n.", "\r\n..") + ".\r\n"
            elif verb == "DELE":
                self.deleted.append(int(rest))
            elif verb == "QUIT":
                self.committed += self.deleted
            line = talk.ask(answer)


def url_of(peer):
    return f"pop3://rachida:{SECRET}@127.0.0.1:{peer.port}"


def odd_servers(folder):
    before = set(os.listdir(folder))
    names = Pop(lambda n: ("../../../evil", "/etc/passwd", ".")[n - 1])
    maildir = os.path.join(folder, "odd")
    with client.Peer(names) as peer:
        fetches("names that are paths", 3, maildir, url_of(peer))
        fetches("each of these once, too", 0, maildir, url_of(peer))
    pli.ok(set(os.listdir(folder)) - before == {"odd"} and len(bodies(maildir)) == 3, "they name nothing on the disk")
    nameless = Pop(None)
    maildir = os.path.join(folder, "nameless")
    with client.Peer(nameless) as peer:
        status, _, errors = client.run("fetch", maildir, url_of(peer))
        pli.ok(status == 1 and "--delete-fetched" in errors, "without UIDL letters cannot stay", status, errors)
        fetches("but go", 3, maildir, "--delete-fetched", url_of(peer))
    pli.same(nameless.committed, [1, 2, 3], "all were deleted")


def broken_off(folder):
    """The connection goes while a letter in the middle comes: what was here before is not fetched again."""
    server = Pop(lambda n: f"uid{n}")
    maildir = os.path.join(folder, "broken")
    with client.Peer(server) as peer:
        fetches("all three", 3, maildir, url_of(peer))
        with open(glob.glob(os.path.join(maildir, "pli-fetched.*"))[0], "r+", encoding="ascii") as file:
            known = file.read().split()
            file.seek(0)
            file.truncate()
            file.write("uid1\nuid3\n")
        server.cut = "RETR 2"
        status, _, _ = client.run("fetch", maildir, url_of(peer))
        server.cut = None
        pli.ok(status == 1 and known == ["uid1", "uid2", "uid3"], "a broken connection is told", status, known)
        fetches("then only what is missing comes", 1, maildir, url_of(peer))


def killed(folder):
    """Killed at any step: what went from the server is here."""
    for stop in ("RETR 2", "DELE 1", "DELE 3", "QUIT"):
        server = Pop(lambda n: f"uid{n}", stop)
        maildir = os.path.join(folder, "killed-" + stop.replace(" ", "-"))
        with client.Peer(server) as peer:
            child = subprocess.Popen([client.MAILCLIENT, "fetch", maildir, "--delete-fetched", url_of(peer)],
                                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            reached = server.reached.wait(30 * pli.SLOW)
            child.send_signal(signal.SIGKILL)
            child.wait()
            here = len(bodies(maildir))
            pli.ok(reached and server.committed == [] and here == (1 if stop == "RETR 2" else 3),
                   f"killed at {stop}: nothing went that is not here", here, server.committed)
            server.stop = None
            status, _, errors = client.run("fetch", maildir, "--delete-fetched", url_of(peer))
            pli.ok(status == 0 and set(bodies(maildir)) == {letter(n) for n in (1, 2, 3)} and
                   server.committed == [1, 2, 3], "the next time finishes it", status, errors, server.committed)


if not os.path.exists(client.MAILCLIENT):
    pli.skip_all(f"{client.MAILCLIENT} is not built")
with tempfile.TemporaryDirectory(prefix="pli-fetch-") as FOLDER:
    with_our_server(FOLDER)
    odd_servers(FOLDER)
    broken_off(FOLDER)
    killed(FOLDER)
pli.done()
