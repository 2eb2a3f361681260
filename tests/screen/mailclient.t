#!/usr/bin/env python3
"""The mail program on the screen: index and pager as text, writing, and letters that attack the terminal."""
import concurrent.futures
import functools
import os
import re
import shlex
import smtplib
import socket
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]
import client  # noqa: E402
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
         b"<p>Bonjour&nbsp;<b>Rachida</b> "
         b"<a href=\"https://example.org/fes\">F&egrave;s</a></p><p>&eacute;t&eacute; &lt;ici&gt;</p></body></html>\n"),
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


def imap_peer(talk):
    """A server whose every answer is known, so that the wire can be compared: one letter, two folders."""
    letter = "\r\n".join(("From: Alice <alice@example.org>", "To: rachida@localhost", "Subject: test",
                           "Date: " + DATE, "", ""))
    talk.send("* OK [CAPABILITY IMAP4rev1 IDLE UIDPLUS AUTH=PLAIN] mail.example.org ready\r\n")
    while True:
        tag, _, command = talk.line().partition(" ")
        verb = command.upper()
        if verb.startswith("AUTHENTICATE PLAIN"):
            talk.ask("+ \r\n") if len(command.split()) < 3 else None
        elif verb.startswith("SELECT"):
            talk.send("* FLAGS (\\Answered \\Flagged \\Deleted \\Seen)\r\n* 1 EXISTS\r\n* OK [UIDVALIDITY 7] good\r\n"
                      "* OK [UIDNEXT 43] good\r\n")
        elif "HEADER.FIELDS" in verb:
            wanted = command[command.index("BODY"):].replace(".PEEK", "").rstrip(")") + ")"
            wanted = wanted[:wanted.index("]") + 1]
            talk.send(f"* 1 FETCH (UID 42 FLAGS (\\Seen) RFC822.SIZE 1234 "
                      f"INTERNALDATE \"24-Nov-2020 10:02:00 +0000\" "
                      f"{wanted} {{{len(letter)}}}\r\n{letter})\r\n")
        elif verb.startswith("LIST") or verb.startswith("LSUB"):
            talk.send('* LIST () "/" INBOX\r\n* LIST (\\Sent) "/" Sent\r\n')
        elif verb.startswith("STATUS"):
            talk.send(f"* STATUS {command.split()[1]} (MESSAGES 1 UNSEEN 0)\r\n")
        elif verb == "IDLE":
            talk.ask("+ idling\r\n")
        elif verb == "LOGOUT":
            talk.send(f"* BYE bye\r\n{tag} OK bye\r\n")
            return
        talk.send(f"{tag} OK done\r\n")


# View after view: its name, and the keys that lead there from the one before.
LOCAL_VIEWS = (
    ("index", ()), ("index-help", ("?",)), ("sort", ("q", "o")), ("limit", ("Escape", "l")),
    ("tagged", ("Escape", "k", "t")), ("letter", ("k", "k", "Enter")), ("letter-help", ("?",)),
    ("headers", ("q", "h")), ("source", ("e",)),
    ("parts", ("e", "v", "j")), ("parts-help", ("?",)), ("hops", ("q", "q", "H")), ("html", ("q", "h", "j")),
    ("links", ("l",)), ("pop-beside-imap", ("Escape", "&")), ("folders", ("q", "q", "y")), ("folders-help", ("?",)),
    ("compose", ("q", "q", "k", "r")), ("compose-help", ("?",)), ("compose-leave", ("q", "q")),
    ("postponed", ("p", "R")),
)
WIRE_VIEWS = (
    ("imap-index", ()), ("wire", ("w",)), ("wire-help", ("?",)), ("wire-line", ("q", "g", "Enter")),
    ("states", ("q", "M")), ("tls", ("q", "i")), ("pretend", ("q", "q", "P")), ("raw", ("Escape", "X")),
    ("step-ask", ("Escape", "S")), ("step", ("Enter", "F")), ("accounts", ("g", "A")),
)


def views(screen, name, steps):
    for view, keys in steps:
        for key in keys:
            screen.keys(key)
            screen.wait(lambda text: "▸" in text.split("\n")[0])  # an editor had the terminal
        same_as_golden(screen, f"{name}/{view}")


def tour(top, language, columns, rows):
    """Every view, from three starts: a Maildir, a server whose every answer is known, and no account at all."""
    name, home = f"mail-{language}-{columns}x{rows}", os.path.join(top, f"{language}{columns}")
    folder = maildir(os.path.join(home, "letters"))
    environment = {"LANGUAGE": language, "EDITOR": "true", "HOME": home}
    with open_on(folder, columns, rows, environment) as screen:
        views(screen, name, LOCAL_VIEWS)
    with client.Peer(imap_peer) as peer:
        urls = [f"imap://{user}:x@127.0.0.1:{peer.port}" for user in ("rachida", "alice")]
        with terminal.Terminal([MAILCLIENT, *urls], columns, rows, environment, "test") as screen:
            views(screen, name, WIRE_VIEWS)
    with terminal.Terminal([MAILCLIENT], columns, rows, {**environment, "XDG_CONFIG_HOME": home + "/none"},
                           "Pli") as screen:
        views(screen, name, (("wizard", ()),))


def same_as_golden(screen, name):
    lines = [re.sub(r"\d+[.,]\d(?: ms *| ?m?…)", "0.1 ms", line) for line in screen.lines()]
    if re.search("compose|postponed", name):  # who runs the test, and where
        lines = [re.sub(r"^( +(From|De) ?: )[^ ]+@[^ ]+$", r"\1me@here", line) for line in lines]
    path = os.path.join(HERE, "golden", name + ".txt")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    difference = terminal.compare(path, lines)
    pli.ok(difference is None, f"the screen {name}", difference or "")


def flags(folder):
    with open_on(folder, 100, 30) as screen:
        screen.keys("=", "d", "d", "k", "u", "N", "F")
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
        screen.keys("Enter", "h", "k", "h", "e", "v", "j", "q", "H", "q", "q", "r")
        screen.wait("Writing a letter")
        screen.keys("q", "q", "q")
        output = screen.output()
        said = [part for part in (*conversation.HOSTILE, b"\033]0;OWNED") if part in output]
        pli.ok(not said, "no escape sequence of a letter reaches the terminal", *map(repr, said))
        with open(editor + ".draft", "rb") as file:
            draft = file.read()
        pli.ok(b"\033" not in draft and b"\x07" not in draft, "nor the editor of who answers it", repr(draft))
        pli.ok(screen.ended() == 0, "and the program ends well")


def lists(folder):
    """Tags, sorting, folding, searching; the names of commands; keys of one's own; colours and sizes."""
    config = os.path.join(os.path.dirname(folder), "config")
    os.makedirs(os.path.join(config, "pli"))
    with open(os.path.join(config, "pli", "keys"), "w") as file:
        file.write("bind K delete   # mine\nunbind d\n")
    with open_on(folder, 100, 30, {"XDG_CONFIG_HOME": config, "NO_COLOR": "1"}) as screen:
        text = screen.keys("=", "t", "t", ";", "F")
        pli.ok("2 tagged" in text and sum("!*" in line for line in text.split("\n")) == 2,
               "; F flags the letters that are tagged", text)
        text = screen.keys("o", "f")
        senders = [line.split("2020")[1].split()[0] for line in text.split("\n") if "2020" in line]
        pli.ok(senders == sorted(senders, key=str.lower) and "· from ·" in text, "o sorts by sender", text)
        screen.keys(":")
        screen.type("lim")
        text = screen.keys("Tab")
        pli.ok(":limit" in text.replace(" ", ""), ": completes the names of commands", text)
        screen.type(" photos")
        text = screen.keys("Enter")
        pli.ok("only letters with: photos" in text and "HTML only" not in text, "and takes words behind them", text)
        text = screen.keys("K")
        pli.ok("D" in [line[6:10].strip()[-1:] for line in text.split("\n") if "photos" in line][-1] or "D" in text,
               "a key of one's own does what it is bound to", text)
        text = screen.keys("d")
        pli.ok("does nothing here" in text, "and one that was unbound nothing", text)
        pli.ok(not re.search(rb"\033\[([34][0-7]m|[34]8;[25])", screen.output()), "NO_COLOR: no colour is sent")
        text = screen.resize(80, 24)
        pli.ok("photos" in text and len(text.split("\n")) == 24, "the screen follows a new size", text)
    with open(os.path.join(config, "pli", "keys"), "w") as file:
        file.write("bind K delete\n\nbind X nonsense\n")
    with open_on(folder, 100, 30, {"XDG_CONFIG_HOME": config}) as screen:
        text = screen.text()
        pli.ok("keys:3:" in text and "nonsense" in text, "a mistake in the file of keys is told with its line", text)


def crash(folder):
    """A program that is killed loses no draft."""
    state = {"XDG_DATA_HOME": os.path.join(os.path.dirname(folder), "data"), "EDITOR": "", "VISUAL": ""}
    with open_on(folder, 80, 24, state) as screen:
        screen.keys("m")
        screen.type("fatima@example.org")
        screen.keys("Enter")
        screen.type("perdu")
        screen.keys("Enter")
        screen.type("premier mot")
        text = screen.keys("Enter")
        pli.ok("Ctrl-X" in text and "premier mot" in text, "without $EDITOR there is an editor", text)
        drafts = os.path.join(state["XDG_DATA_HOME"], "pli", "outbox")
        pli.wait_until(lambda: any("premier mot" in open(os.path.join(drafts, name)).read()
                                   for name in os.listdir(drafts) if name.endswith(".draft")))
        screen.signal(9)
    with open_on(folder, 80, 24, state) as screen:
        text = screen.keys("R")
        pli.ok("fatima@example.org" in text and "perdu" in text and "premier mot" in text,
               "R brings back what a killed program left", text)


def scene(top):
    """The deck's scene by keys alone: write, send, switch account, read, reply, delete, expunge; the wire tells it."""
    editor = os.path.join(top, "editor")
    with open(editor, "w") as file:
        file.write("#!/bin/sh\nprintf 'rachida bonjour, d\\303\\251j\\303\\240\\n' >> \"$1\"\n")
    os.chmod(editor, 0o755)
    state = {"XDG_DATA_HOME": os.path.join(top, "scene"), "EDITOR": editor}
    with pli.Server() as server:
        server.add_user("alice", "next-summer")
        server.add_user("rachida", "bonjour-2026")
        port = server.port("imap")
        urls = [f"imap://alice:next-summer@127.0.0.1:{port}", f"imap://rachida:bonjour-2026@127.0.0.1:{port}",
                f"pop3://rachida:bonjour-2026@127.0.0.1:{server.port('pop3')}"]
        via = f"smtp://127.0.0.1:{server.port('smtp')}"
        with terminal.Terminal([MAILCLIENT, "--accept-any-certificate", "--via", via, *urls], 120, 40, state,
                               "There are no letters") as screen:
            screen.keys("m")
            screen.type("rachida@localhost")
            screen.keys("Enter")
            screen.type("déjà vu")
            screen.keys("Enter")
            text = screen.wait("Writing a letter")
            text = screen.keys("y")
            text = screen.wait("was sent")
            pli.ok("what just happened · send" in text and "APPEND" in text and "[APPENDUID " in text,
                   "m, y: the letter is sent and filed, and the wire tells", text)
            pli.wait_until(lambda: len(server.letters("rachida")) == 1)
            letter = open(server.letters("rachida")[0], "rb").read()
            pli.ok(b"=?UTF-8?" in letter and b"Message-ID:" in letter and b"\nTo: rachida@localhost" in letter,
                   "it has arrived, complete", letter.decode(errors="replace"))
            text = screen.keys("A")
            pli.ok("rachida@127.0.0.1" in text, "A lists the accounts", text)
            screen.keys("j", "Enter")
            text = screen.wait("déjà vu")
            pli.ok("[SELECTED INBOX]" in text and "what just happened" in text, "in the other account it is there",
                    text)
            text = screen.keys("F")
            pli.ok("1 command · " in text and "§ RFC 9051 §6.4.6" in text, "F is told: what it said, and why", text)
            text = screen.keys("Enter")
            pli.ok("rachida bonjour, déjà" in text and r"+FLAGS.SILENT (\Seen)" in text, "Enter reads it", text)
            text = screen.keys("r")
            screen.wait("Writing a letter")
            text = screen.keys("y")
            pli.ok("was sent" in screen.wait("was sent"), "r, y: it is answered")
            pli.wait_until(lambda: len(server.letters("alice")) == 1)
            text = screen.keys("q", "d")
            pli.ok("1 command" in text and "delete" in text and r"(\Deleted)" in text,
                    "d is told as what it becomes", text)
            text = screen.keys("$")
            pli.ok("EXPUNGE" in text and "no letters" in text, "$ is seen as the commands it becomes", text)
            text = screen.keys("M")
            pli.ok("▸  SELECTED" in text, "M lights the present state", text)
            text = screen.keys("q", "i")
            pli.ok("TLSv1.3" in text and "SHA-256" in text and "What the server can do, after TLS" in text,
                   "i shows what TLS came to, and the capabilities", text)
            screen.keys("q", "w", "G", "k", "k", "k", "k")
            text = screen.keys("Enter")
            pli.ok("§ RFC 9051" in text, "w, Enter: a line of the wire is explained", text)
            dialogue = os.path.join(top, "mail.dialogue")
            screen.keys("q", "e", "C-u")
            screen.type(dialogue)
            screen.keys("Enter")
            text = open(dialogue).read()
            pli.ok("bonjour-2026" not in text and "next-summer" not in text and "connect: imap" in text,
                   "e writes the dialogue, without the passwords", text)
            screen.keys("q", "A", "G", "Enter")
            text = screen.wait("[TRANSACTION]")
            pli.ok("[TRANSACTION]" in text and "C: LIST" in text, "the same by POP3", text)
            screen.keys("q")
            pli.ok(screen.ended() == 0, "and leaves in good order")


def first_start(top):
    """The wizard, the password, a certificate that nobody vouches for: asked, and kept as told."""
    home = os.path.join(top, "home")
    os.makedirs(home)
    with pli.Server() as server:
        server.add_user("rachida", "bonjour-2026")
        with terminal.Terminal([MAILCLIENT], 100, 30, {"HOME": home}, "Welcome") as screen:
            for words in ("Rachida É.", "rachida@localhost"):
                screen.type(words)
                screen.keys("Enter")
            screen.keys("C-u")
            screen.type(f"imaps://rachida@localhost:{server.port('imaps')}")
            screen.keys("Enter", "Enter")
            screen.wait("Password of rachida@localhost")
            text = screen.type("bonjour-2026")
            pli.ok("bonjour" not in text and "****" in text, "a password is not shown", text)
            screen.keys("Enter")
            text = screen.wait("Who is there?")
            pli.ok("SHA-256" in text and "self-signed" in text, "a certificate that does not hold is asked about", text)
            screen.keys("a")
            text = screen.wait("There are no letters")
            accounts = os.path.join(home, ".config", "pli", "accounts")
            pli.ok("trusted by you" in text and "certificate-in = " in open(accounts).read() and
                   "bonjour" not in open(accounts).read(), "and trusted from then on; the password is not kept", text)
            screen.keys("q")
            screen.ended()
        with terminal.Terminal([MAILCLIENT], 100, 30, {"HOME": home}, "Password of") as screen:
            screen.type("bonjour-2026")
            screen.keys("Enter")
            text = screen.wait("There are no letters")
            pli.ok("[SELECTED INBOX]" in text, "the next start knows the account", text)
            screen.keys("q")
            pli.ok(screen.ended() == 0, "and ends well")


def people(top):
    """Who is written to: a mailto: link, the address book; and where a POP3 user's sent letters go."""
    data = os.path.join(top, "people")
    state = {"XDG_DATA_HOME": data, "EDITOR": "true", "VISUAL": ""}
    with pli.Server() as server:
        for name in ("rachida", "amine"):
            server.add_user(name, "bonjour-2026")
        with smtplib.SMTP("127.0.0.1", server.port("smtp")) as smtp:
            smtp.sendmail("fatima@example.org", "rachida@localhost", "From: Fati <fatima@example.org>\n\nx\n")
        url = f"pop3://rachida:bonjour-2026@127.0.0.1:{server.port('pop3')}"
        via = f"smtp://127.0.0.1:{server.port('smtp')}"
        with terminal.Terminal([MAILCLIENT, "--accept-any-certificate", "--via", via,
                                "mailto:amine@localhost?subject=Bonjour%20Amine", url], 100, 30, state,
                               "Writing a letter") as screen:
            text = screen.text()
            pli.ok("amine@localhost" in text and "Bonjour Amine" in text, "a link opens a letter that is begun", text)
            screen.keys("y")
            screen.wait("was sent")
            pli.wait_until(lambda: len(server.letters("amine")) == 1)
            kept = os.path.join(data, "pli", "sent")
            filed = [name for part in ("cur", "new") for name in os.listdir(os.path.join(kept, part))]
            pli.ok(len(filed) == 1, "it is sent, and kept on this machine", *filed)
            screen.keys("a")
            screen.wait("A short name for fatima@example.org")
            screen.keys("Enter")
            pli.ok("fatima is in the address book" in screen.wait("address book"), "a takes the sender", screen.text())
            screen.keys("m")
            screen.type("fat")
            text = screen.keys("Tab")
            pli.ok("fatima" in text.split("\n")[-1], "Tab completes the short name", text)
            screen.keys("Enter")
            screen.type("x")
            screen.keys("Enter")
            text = screen.wait("Writing a letter")
            pli.ok("Fati" in text and "<fatima@example.org>" in text, "it stands for the address", text)


def stepping(top):
    """Commands that stop before they leave; one of the user's own; a capability that is not believed."""
    with pli.Server() as server:
        server.add_user("rachida", "bonjour-2026")
        with smtplib.SMTP("127.0.0.1", server.port("smtp")) as smtp:
            smtp.sendmail("a@example.org", "rachida@localhost", "Subject: pas a pas\n\nx\n")
        url = f"imap://rachida:bonjour-2026@127.0.0.1:{server.port('imap')}"
        with terminal.Terminal([MAILCLIENT, "--accept-any-certificate", url], 120, 30, None, "pas a pas") as screen:
            screen.keys("S")
            screen.type("STORE")
            screen.keys("Enter", "F")
            text = screen.wait("This is about to leave")
            pli.ok("UID STORE 1 +FLAGS.SILENT" in text, "S stops a command before it leaves", text)
            screen.keys("e", "BSpace", "BSpace", "BSpace", "BSpace")
            screen.type("ged \\Answered)")
            screen.keys("Enter")
            text = screen.keys("s")
            text = screen.wait("OK Changed")
            pli.ok("\\Flagged \\Answ" in text, "it leaves as it was edited", text)
            screen.keys("N")
            screen.wait("This is about to leave")
            text = screen.keys("d")
            pli.ok("C: A" in text and "Seen" not in text.split("what just happened")[0].split("Changed")[-1],
                   "or does not leave at all", text)
            screen.keys("S", "X")
            screen.type("GETQUOTAROOT INBOX")
            text = screen.keys("Enter")
            pli.ok("* QUOTAROOT" in text, "X says a command of one's own", text)
            screen.keys("X", "C-u")
            screen.type("LOGOUT")
            text = screen.keys("Enter")
            pli.ok("has to say this" in text, "but none that would confuse who stands where", text)
            screen.keys("q")
            pli.ok(screen.ended() == 0, "and all ends well")


def impatient():
    """A server that says nothing: the screen lives, and Esc gives up."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"imap://rachida:x@127.0.0.1:{silent.getsockname()[1]}"
        with terminal.Terminal([MAILCLIENT, url], 80, 24) as screen:
            screen.wait("Esc gives up")
            begin = time.monotonic()
            screen._tmux("send-keys", "Escape")
            screen.wait("No account is open")
            pli.ok(time.monotonic() - begin < 5 * terminal.SLOW, "Esc gives up at once")
            screen.keys("q")
            pli.ok(screen.ended() == 0, "and the program ends well")


def main():
    if not terminal.available():
        pli.skip_all("tmux is not installed")
    with tempfile.TemporaryDirectory() as top:
        parts = [functools.partial(scene, top), functools.partial(first_start, top), functools.partial(stepping, top),
                 functools.partial(people, top),
                 functools.partial(harmless, os.path.join(top, "hostile")), impatient,
                 *(functools.partial(tour, top, language, *size) for language in ("en", "fr") for size in SIZES),
                 *(functools.partial(part, maildir(os.path.join(top, part.__name__)))
                   for part in (flags, lists, crash))]
        # Each waits most of the time: for a screen to come to rest, for a server to answer.
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            for future in [pool.submit(part) for part in parts]:
                future.result()
    pli.done()


main()
