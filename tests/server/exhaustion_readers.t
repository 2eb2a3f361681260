#!/usr/bin/env python3
"""No room for who reads: a full disk, no inodes, no descriptors. IMAP says NO, POP3 -ERR, what needs no room works, and
all is as before when there is room again."""
import imaplib
import os
import poplib
import shutil
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli
import small_disk

PASSWORD = "bonjour-2026"
USERS = {"rachida": PASSWORD, "amine": PASSWORD}
LETTER = b"Subject: test\r\n\r\nrachida bonjour\r\n"
BIG = LETTER + (b"x" * 70 + b"\r\n") * 3000


def connect(server):
    imaplib._MAXLINE = 10000000
    client = imaplib.IMAP4("127.0.0.1", server.port("imap"), timeout=30 * pli.SLOW)
    client.login("rachida", PASSWORD)
    return client


def answer(command, *words):
    """The kind of a tagged answer: OK, NO, BAD, or what went wrong with the connection."""
    try:
        return command(*words)[0]
    except (imaplib.IMAP4.error, OSError) as error:
        return repr(error)


def pop3(server, user="rachida"):
    """Login, list and quit: the first line that is no +OK, or "+OK"."""
    try:
        client = poplib.POP3("127.0.0.1", server.port("pop3"), timeout=30 * pli.SLOW)
        client.user(user)
        client.pass_(PASSWORD)
        client.list()
        client.quit()
        return "+OK"
    except (poplib.error_proto, OSError) as error:
        return str(error)


def is_refusal(text):
    """RFC 3206 §4: a fault of the server that will pass."""
    return "-ERR [SYS/TEMP]" in text or "-ERR [IN-USE]" in text


def with_room(server, client, what):
    answers = (answer(client.append, "Sent", None, None, BIG), answer(client.create, '"After that"'),
               answer(client.store, "1", "FLAGS", "(\\Answered)"), pop3(server), pop3(server, "amine"))
    pli.same(answers, ("OK", "OK", "OK", "+OK", "+OK"), f"{what}: with room again all is done, on the same connection")


def without_room(server, client, what, inodes):
    """Commands that need room, and those that need none, while there is none. Folders and links need an inode only."""
    refused = {"APPEND": answer(client.append, "Sent", None, None, BIG)}
    if inodes:
        refused.update(CREATE=answer(client.create, "New"), COPY=answer(client.copy, "1", "Trash"))
    pli.same(refused, dict.fromkeys(refused, "NO"), f"{what}: what needs room is answered NO")
    left = [name for top, _, names in os.walk(server.maildir("rachida")) if top.endswith("tmp") for name in names]
    folders = [name for name in os.listdir(server.maildir("rachida")) if name.startswith(".New")]
    pli.same((left, folders), ([], []), f"{what}: and nothing is left of it")
    served = {"FETCH": answer(client.fetch, "1", "(FLAGS BODY.PEEK[])"), "SEARCH": answer(client.search, None, "ALL"),
              "LIST": answer(client.list), "STATUS": answer(client.status, "Sent", "(MESSAGES)")}
    pli.same(served, dict.fromkeys(served, "OK"), f"{what}: what needs none is served")


def disk(what, options, fill, empty):
    with small_disk.small_disk(options) as folder:
        if folder is None:
            pli.skip(what, "a small file system cannot be mounted here")
            return
        with pli.Server(root=os.path.join(folder, "mail"), users=USERS) as server:
            client = connect(server)
            client.append("INBOX", None, None, LETTER)
            client.append("INBOX", None, None, LETTER)
            client.select()
            filler = fill(folder)
            without_room(server, client, what, "inodes" in options)
            stored = answer(client.store, "1", "+FLAGS", "(\\Flagged)")
            told = client.fetch("1", "(FLAGS)")[1][0]
            pli.ok(stored == ("OK" if b"\\Flagged" in told else "NO"), f"{what}: STORE says what became of the flag",
                   stored, told)
            login = [pop3(server, user) for user in USERS]
            pli.ok(all(text == "+OK" or is_refusal(text) for text in login),
                   f"{what}: POP3 serves, or says -ERR for now", *login)
            client.store("2", "+FLAGS", "(\\Deleted)")
            pli.same(answer(client.expunge), "OK", f"{what}: letters can be removed")
            pli.same(len(server.letters("rachida")), 1, f"{what}: and are")
            empty(filler)
            with_room(server, client, what)
            client.logout()


def no_descriptors():
    with pli.Server(users=USERS, wrapper=("prlimit", "--nofile=100:100")) as server:
        client = connect(server)
        client.append("INBOX", None, None, LETTER)
        client.select()
        crowd = []
        for _ in range(120):
            connection = socket.socket()
            connection.settimeout(0.3)
            try:
                connection.connect(("127.0.0.1", server.port("imap")))
                crowd.append(connection)
                connection.recv(1000)
            except OSError:
                break
        answers = [answer(client.select, f'"{name}"') for name in ("Sent", "Junk", "Trash", "Drafts", "Archive")]
        answers += [answer(client.append, "Sent", None, None, BIG), answer(client.create, "New")]
        pli.ok(set(answers) <= {"OK", "NO"}, "no descriptors: each command is answered OK or NO", answers)
        for connection in crowd:
            connection.close()
        pli.ok(pli.wait_until(lambda: pop3(server) == "+OK", 20), "no descriptors: it resumes when there are some")
        client.select()
        with_room(server, client, "no descriptors")
        client.logout()


small_disk.in_own_mounts()
disk("a full disk", "size=3m", small_disk.fill, os.unlink)
disk("no inodes", "size=20m,nr_inodes=200", small_disk.fill_inodes, shutil.rmtree)
if shutil.which("prlimit"):
    no_descriptors()
else:
    pli.skip("no file descriptors", "prlimit is not installed")
pli.done()
