#!/usr/bin/env python3
"""The mail program's screens on Dovecot: read, thread, flag, search, file, move, IDLE, delete; by POP3; sent by Postfix."""
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib")]
import peers  # noqa: E402
import pli  # noqa: E402
import terminal  # noqa: E402

MAILCLIENT = os.path.join(pli.BIN, "mailclient")
LETTERS = (
    b"From: Alice <alice@example.org>\nSubject: cours 3\nMessage-ID: <1@a>\n\nles couches\n",
    b"From: Fatima <fatima@example.org>\nSubject: Re: cours 3\nMessage-ID: <2@a>\nReferences: <1@a>\n\noui\n",
    b"From: Nobody <n@example.org>\nSubject: photos\nMessage-ID: <3@a>\n\nvoici\n",
)


def put(folder, number, letter):
    """Into new/, as a delivery does: written elsewhere first."""
    paths = [os.path.join(folder, part, f"{1790000000 + number}.M{number}P1.peer") for part in ("tmp", "new")]
    with open(paths[0], "wb") as file:
        file.write(b"Date: Tue, 24 Nov 2020 10:0%d:00 +0000\n" % number + letter)
    os.chown(paths[0], peers.NOBODY, peers.NOBODY)
    os.rename(*paths)


def maildir(folder):
    for part in ("", "cur", "new", "tmp"):
        os.makedirs(os.path.join(folder, part), exist_ok=True)
        os.chown(os.path.join(folder, part), peers.NOBODY, peers.NOBODY)
    for number, letter in enumerate(LETTERS, 1):
        put(folder, number, letter)


def by_imap(url, folder):
    with terminal.Terminal([MAILCLIENT, "--accept-any-certificate", url], 120, 40, None, "photos") as screen:
        text = screen.text()
        pli.ok("└─▸ Re: cours 3" in text and "Trash" in text and "TLSv1.3" in text,
               "folders and threads of Dovecot", text)
        text = screen.keys("F")
        pli.ok("STORE" in text and "1 command" in text, "F is one command", text)
        screen.keys("l")
        screen.type("~b couches")
        screen.keys("Enter")
        text = screen.wait("SEARCH")
        pli.ok("cours 3" in text and "photos" not in text, "l ~b: the server searches the texts", text)
        screen.keys("l", "C-u", "Enter")
        screen.keys("*", "C")
        screen.type("Sent")
        screen.keys("Enter")
        text = screen.wait("copied to Sent")
        pli.ok("COPY" in text, "C copies to another folder", text)
        screen.wait("C: A", 15)
        screen.wait("IDLE", 15)
        put(folder, 4, b"From: Late <l@example.org>\nSubject: tard\n\nx\n")
        pli.ok("tard" in screen.wait("tard", 20), "a new letter is told by IDLE")
        screen.keys("*", "d", "$")
        text = screen.wait("EXPUNGE")
        pli.ok("tard" not in text.split("IMAP NOT")[0], "d and $ remove it", text)
        screen.keys("q")
        pli.ok(screen.ended() == 0, "and leaves in good order")


def by_pop3(url):
    with terminal.Terminal([MAILCLIENT, "--accept-any-certificate", url], 120, 40, None, "cours 3") as screen:
        text = screen.keys("Enter")
        pli.ok("RETR" in text or "[TRANSACTION]" in text, "the same letters by POP3", text)
        screen.keys("q", "q")
        pli.ok(screen.ended() == 0, "and leaves in good order")


def sent_by_postfix(url, folder, top):
    """Written on the screen, taken by Postfix, delivered there, filed in Dovecot's Sent; the outbox is empty again."""
    data, editor = os.path.join(top, "data"), os.path.join(top, "editor")
    with open(editor, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\nprintf 'rachida bonjour, d\\303\\251j\\303\\240\\n.\\n' >> \"$1\"\n")
    os.chmod(editor, 0o755)
    with peers.Postfix() as postfix:
        via = f"smtp://127.0.0.1:{postfix.port('smtp')}"
        with terminal.Terminal([MAILCLIENT, "--accept-any-certificate", "--via", via, url], 120, 40,
                               {"XDG_DATA_HOME": data, "EDITOR": editor}, "photos") as screen:
            screen.keys("m")
            screen.type("amine@peer.test")
            screen.keys("Enter")
            screen.type("par Postfix")
            screen.keys("Enter")
            screen.wait("Writing a letter")
            screen.keys("y")
            text = screen.wait("was sent", 30)
            pli.ok("APPEND" in text, "y: Postfix takes it, and it is filed", text)
            screen.keys("*", "s")
            screen.type("Trash")
            screen.keys("Enter")
            text = screen.wait("moved to Trash")
            pli.ok(" MOVE" in text, "s moves a letter, by MOVE", text)
            screen.keys("x")
        pli.wait_until(lambda: postfix.letters("amine"))
        arrived = postfix.letters("amine")[0]
        names = [name for name in os.listdir(os.path.join(folder, ".Sent", "cur")) if name.endswith("S")]
        copies = []
        for name in names:
            with open(os.path.join(folder, ".Sent", "cur", name), "rb") as file:
                copies.append(file.read().replace(b"\r\n", b"\n"))
        same = [copy for copy in copies if b"par Postfix" in copy]
        body = same[0].split(b"\n\n", 1)[1] if same else b"?"
        pli.ok(len(same) == 1 and arrived.replace(b"\r\n", b"\n").endswith(body) and b"d=C3=A9j=C3=A0" in arrived,
               "what Postfix delivered is what Dovecot keeps, and it is read already", arrived, *copies)
        pli.same(os.listdir(os.path.join(data, "pli", "outbox")), [], "the outbox is empty")


def main():
    if not terminal.available():
        pli.skip_all("tmux is not installed")
    missing = peers.missing("usr/sbin/dovecot")
    if missing:
        pli.skip_all(missing)
    with tempfile.TemporaryDirectory(prefix="pli-mua-") as top:
        os.chmod(top, 0o755)
        folder = os.path.join(top, "Maildir")
        maildir(folder)
        with peers.Dovecot({"rachida": "bonjour-2026"}, {"rachida": folder}) as dovecot:
            by_imap(f"imap://rachida:bonjour-2026@127.0.0.1:{dovecot.port('imap')}", folder)
            missing = peers.missing("usr/sbin/postfix")
            if missing:
                pli.skip("sent by Postfix", missing)
            else:
                sent_by_postfix(f"imap://rachida:bonjour-2026@127.0.0.1:{dovecot.port('imap')}", folder, top)
            by_pop3(f"pop3://rachida:bonjour-2026@127.0.0.1:{dovecot.port('pop3')}")
    pli.done()


main()
