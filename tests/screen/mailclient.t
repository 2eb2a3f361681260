#!/usr/bin/env python3
"""The mail program on the screen: index and pager as text, writing, and letters that attack the terminal."""
import os
import shlex
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]
import conversation  # noqa: E402
import pli  # noqa: E402
import terminal  # noqa: E402

MAILCLIENT = os.path.join(pli.BIN, "mailclient")
SIZES = ((80, 24), (120, 40), (200, 60))
DATE = "Tue, 24 Nov 2020 10:02:00 +0000"  # long ago: the index shows the year, whatever today is

LETTERS = (
    ("S", b"From: Alice <alice@example.org>\nTo: rachida@localhost\nSubject: test\nMessage-ID: <1@alice>\n\n"
          b"rachida bonjour\n"),
    ("RS", b"From: =?ISO-8859-1?Q?Doe=2C_Alice_=C9.?= <alice@example.org>\nTo: rachida@localhost\n"
           b"Subject: =?UTF-8?B?cGhvdG9zIGRlIEbDqHM=?=\nMessage-ID: <2@alice>\nReferences: <0@alice>\n"
           b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\n"
           b"Content-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n"
           b"Voil=E0 les photos de F=E8s, avec une ligne assez longue pour que le pager =\n"
           b"doive la couper quelque part entre deux mots, comme il se doit.\n\n> citation\n-- \nAlice\n--b\n"
           b"Content-Type: image/jpeg; name=fes.jpg\nContent-Disposition: attachment; filename=fes.jpg\n"
           b"Content-Transfer-Encoding: base64\n\n/9j/4AAQ\n--b--\n"),
    ("", b"From: Mr Example <mr@example.org>\nTo: rachida@localhost\nSubject: HTML only\n"
         b"Content-Type: text/html; charset=utf-8\n\n<html><head><style>p{}</style></head><body>"
         b"<p>Bonjour&nbsp;<b>Rachida</b></p><p>&eacute;t&eacute; &lt;ici&gt;</p></body></html>\n"),
    ("FS", b"From: nobody@example.org\nTo: rachida@localhost\n\nneither name nor subject\n"),
)


def maildir(folder, letters=LETTERS):
    for part in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(folder, part))
    for number, (flags, letter) in enumerate(letters):
        with open(os.path.join(folder, "cur", f"{1606212000 + number}.M1P1.mail:2,{flags}"), "wb") as file:
            file.write(b"Date: " + DATE.encode() + b"\n" + letter)
    return folder


def open_on(folder, columns, rows, environment=None, *options):
    # The path is short and always the same, for the title line.
    command = f"cd {shlex.quote(os.path.dirname(folder))} && exec {shlex.quote(MAILCLIENT)} " + \
              shlex.join([*options, "./" + os.path.basename(folder)])
    return terminal.Terminal(["sh", "-c", command], columns, rows, environment,
                             "Enlarge" if columns < 50 else "Pli mail")


def goldens(folder):
    for columns, rows in SIZES:
        with open_on(folder, columns, rows) as screen:
            for name, keys in (("index", ()), ("letter", ("k", "k", "Enter")), ("headers", ("h",)),
                               ("html", ("h", "j")), ("mail-help", ("?",))):
                screen.keys(*keys)
                golden = os.path.join(HERE, "golden", f"{name}-{columns}x{rows}.txt")
                difference = terminal.compare(golden, screen.lines())
                pli.ok(difference is None, f"{name} at {columns}x{rows}", difference or "")


def flags(folder):
    with open_on(folder, 100, 30) as screen:
        screen.keys("g", "d", "d", "k", "u", "N", "F")
        names = sorted(os.listdir(os.path.join(folder, "cur")))
        pli.ok([name.split(":2,")[1] for name in names] == ["ST", "RS", "FS", "FS"],
               "d, u, N and F set the Maildir's flags", *names)
        text = screen.keys("q")
        pli.ok("Remove the 1 letter" in text, "leaving asks about what is marked as deleted", text)
        screen.keys("y")
        pli.ok(screen.ended() == 0 and len(os.listdir(os.path.join(folder, "cur"))) == len(LETTERS) - 1,
               "and removes it when told so")
    with open_on(folder, 100, 30) as screen:
        screen.keys("l")
        screen.type("photos")
        text = screen.keys("Enter")
        pli.ok("photos" in text and "HTML only" not in text, "l lists only letters with a word", text)
        screen.keys("l", "C-u", "Enter", "/")
        screen.type("html")
        text = screen.keys("Enter")
        pli.ok(any("HTML only" in line and "▸" in line for line in text.split("\n")), "/ finds a letter", text)
    with open_on(folder, 20, 5) as screen:
        pli.ok("20x5" in screen.text(), "at 20x5 one message says what is needed", screen.text())
        screen.keys("q")
        pli.ok(screen.ended() == 0, "and q ends")


def harmless(folder):
    evil = b"".join(part for part in conversation.HOSTILE)
    letters = [("", b"From: " + evil + b" <x@example.org>\nSubject: " + evil + b"\n\n" + evil + b"\n"),
               ("", b"From: =?utf-8?B?G11bMDtPV05FRAc=?= <x@example.org>\nSubject: =?utf-8?Q?=1B[2J=1B]0;OWNED=07?=\n"
                    b"Content-Type: text/plain; charset=\"utf-8\x1b[31m\"\nContent-Transfer-Encoding: base64\n\n"
                    b"G10wO09XTkVEBxtbMko=\n")]
    maildir(folder, letters)
    editor = os.path.join(os.path.dirname(folder), "leave-it")
    with open(editor, "w") as file:
        file.write("#!/bin/sh\ncp \"$1\" \"$0.draft\"\n")
    os.chmod(editor, 0o755)
    with open_on(folder, 100, 30, {"EDITOR": editor}) as screen:
        screen.keys("Enter", "h", "k", "h", "q", "r")
        screen.wait("(s)end")
        screen.keys("q", "q")
        output = screen.output()
        said = [part for part in (*conversation.HOSTILE, b"\033]0;OWNED") if part in output]
        pli.ok(not said, "no escape sequence of a letter reaches the terminal", *map(repr, said))
        with open(editor + ".draft", "rb") as file:
            draft = file.read()
        pli.ok(b"\033" not in draft and b"\x07" not in draft, "nor the editor of who answers it", repr(draft))
        pli.ok(screen.ended() == 0, "and the program ends well")


def writing(top):
    editor = os.path.join(top, "editor")
    with open(editor, "w") as file:
        file.write("#!/bin/sh\nprintf 'rachida bonjour, d\\303\\251j\\303\\240\\n' >> \"$1\"\n")
    os.chmod(editor, 0o755)
    with pli.Server() as server:
        server.add_user("rachida", "bonjour-2026")
        via = f"smtp://127.0.0.1:{server.port('smtp')}"
        folder = maildir(os.path.join(top, "writing"), LETTERS[:1])
        with open_on(folder, 100, 30, {"EDITOR": editor}, "--via", via) as screen:
            screen.keys("m")
            screen.type("rachida@localhost")
            screen.keys("Enter")
            screen.type("déjà vu")
            screen.keys("Enter")
            screen.wait("(s)end")
            screen.keys("s")
            pli.ok("was sent" in screen.wait("was sent"), "m writes a letter with the editor, and sends it")
            pli.wait_until(lambda: len(server.letters("rachida")) == 1)
            letter = open(server.letters("rachida")[0], "rb").read()
            pli.ok(b"=?UTF-8?" in letter and b"Message-ID:" in letter and b"\nTo: rachida@localhost" in letter,
                   "it has arrived, complete", letter.decode(errors="replace"))
            screen.keys("q")
            screen.ended()
        url = f"imap://rachida:bonjour-2026@127.0.0.1:{server.port('imap')}"
        with terminal.Terminal([MAILCLIENT, "--accept-any-certificate", url], 120, 40) as screen:
            text = screen.wait("déjà vu")
            pli.ok("C: " in text and "S: " in text, "over IMAP, the index shows what passes on the wire", text)
            text = screen.keys("Enter")
            pli.ok("rachida bonjour, déjà" in text, "and the letter is read", text)
            text = screen.keys("q", "d", "$")
            pli.ok("EXPUNGE" in text and "no letters" in text, "$ is seen as the commands it becomes", text)
            screen.keys("q")
            pli.ok(screen.ended() == 0, "and leaves in good order")


def main():
    if not terminal.available():
        pli.skip_all("tmux is not installed")
    with tempfile.TemporaryDirectory() as top:
        goldens(maildir(os.path.join(top, "letters")))
        flags(maildir(os.path.join(top, "flags")))
        harmless(os.path.join(top, "hostile"))
        writing(top)
    pli.done()


main()
