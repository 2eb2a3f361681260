#!/usr/bin/env python3
"""Dovecot reads and writes the very Maildir that our server serves at the same time: each sees what the other does."""
import imaplib
import os
import stat
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "lib"))
import peers
import pli
import programs
from programs import PASSWORD, USER

NAME = "Dovecot, one Maildir"


def share(server):
    """Dovecot serves nobody of root's: the Maildir and its files must be writable for both."""
    for top, _, names in os.walk(server.folder):
        if os.geteuid() == 0 and top.startswith(server.maildir(USER)):
            os.chown(top, peers.NOBODY, peers.NOBODY)
            for name in names:
                os.chown(os.path.join(top, name), peers.NOBODY, peers.NOBODY)
        elif not top.startswith(server.maildir(USER)):
            os.chmod(top, stat.S_IMODE(os.stat(top).st_mode) | 0o111)


def client(port):
    imap = imaplib.IMAP4("127.0.0.1", port, timeout=30)
    imap.login(USER, PASSWORD)
    return imap


def texts(imap):
    """UID -> (flags, subject) of the mailbox that is selected."""
    found = {}
    for part in imap.uid("FETCH", "1:*", "(UID FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]:
        if isinstance(part, tuple):
            head = part[0].decode()
            flags = set(imaplib.ParseFlags(part[0])) - {b"\\Recent"}
            found[int(head.split("UID ")[1].split()[0].rstrip(")"))] = (flags, part[1].strip())
    return found


def lists(dovecot, name):
    imap = client(dovecot.port("imap"))
    found = any(name in line for line in imap.list()[1])
    imap.logout()
    return found


def both(server, dovecot):
    def same(what):
        share(server)
        for imap in (ours, theirs):
            imap.noop()
            imap.noop()
        mine, other = texts(ours), texts(theirs)
        return pli.ok(sorted((sorted(flags), subject) for flags, subject in mine.values()) ==
                      sorted((sorted(flags), subject) for flags, subject in other.values()), what, mine, other)

    pli.mark(NAME, "receive")
    ours, theirs = client(server.port("imap")), client(dovecot.port("imap"))
    ours.select("INBOX")
    theirs.select("INBOX")
    pli.ok(len(texts(theirs)) == 3 and same("Dovecot sees the letters that our server took"), "there are three")
    pli.mark(NAME, "manage")
    ours.store("1", "+FLAGS", r"(\Flagged \Seen)")
    same("flags that we set are Dovecot's")
    theirs.store("2", "+FLAGS", r"(\Answered \Deleted)")
    same("flags that Dovecot sets are ours")
    theirs.append("INBOX", r"(\Seen)", None, programs.LETTER.format(3).encode())
    same("a letter that Dovecot adds is ours")
    ours.append("INBOX", r"(\Draft)", None, programs.LETTER.format(4).encode())
    share(server)
    same("a letter that we add is Dovecot's")
    theirs.expunge()
    same("what Dovecot expunges is gone here")
    ours.store("1", "+FLAGS.SILENT", r"(\Deleted)")
    ours.expunge()
    same("what we expunge is gone there")
    theirs.create("Made.There")
    pli.ok(any(b"Made.There" in line for line in ours.list()[1]), "a mailbox that Dovecot makes is ours", ours.list())
    ours.create("Made.Here")
    share(server)
    # A session of Dovecot's keeps the list that it read for a while; and all of them do within the same second.
    pli.ok(pli.wait_until(lambda: lists(dovecot, b"Made.Here")), "and one that we make is Dovecot's")
    theirs.subscribe("Made.There")
    pli.ok(any(b"Made.There" in line for line in ours.lsub()[1] if line), "subscriptions are shared", ours.lsub())
    for imap in (ours, theirs):
        imap.logout()


pli.mark(NAME)
why = peers.missing("usr/sbin/dovecot")
if why:
    pli.skip_all(why)
with pli.Server(users={USER: PASSWORD}) as server:
    programs.deliver(server)
    share(server)
    with peers.Dovecot({USER: PASSWORD}, {USER: server.maildir(USER)}) as dovecot:
        pli.check(f"{NAME} was tried to the end", lambda: both(server, dovecot))
pli.done()
