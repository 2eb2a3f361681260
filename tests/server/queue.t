#!/usr/bin/env python3
"""mailserver queue: list, show, flush and remove, with a running server and without."""
import os
import re
import smtplib
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli
from smtp_peer import Peer

SLOWLY = ("-o", "minimal_backoff_time=1000", "-o", "maximal_backoff_time=1000")  # nothing moves by itself
TEXT = "Subject: hello\r\nFrom: a@b.example\r\n\r\nred \x1b[31m\r\n"


def send(server, recipients, text=TEXT):
    with smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=20) as client:
        client.sendmail("rachida@localhost", recipients, text)


def queue(server, *words):
    status, output, errors = server.command("queue", *words)
    return status, output + errors


def ids(server):
    return re.findall(r"^([0-9A-Z]+)  ", queue(server, "list")[1], re.M)


def files(server):
    return [name for name in os.listdir(os.path.join(server.root, "queue")) if name.endswith((".letter", ".envelope"))]


def waits(server, count):
    """That many recipients were tried once, and wait for long."""
    return pli.wait_until(lambda: queue(server, "list")[1].count("next try") == count)


peer = Peer([("RCPT", "450 4.2.0 not\x1b[2J \u202e now")])
with pli.Server("-o", peer.relayhost, *SLOWLY, users={"rachida": "bonjour-2026"}) as server:
    pli.same(queue(server, "list"), (0, "The queue is empty.\n"), "an empty queue says so")
    pli.same(queue(server, "flush"), (0, ""), "there is nothing to hurry in it")

    send(server, ["a@x.example", "b@x.example"])
    pli.ok(waits(server, 2), "a letter that waits is listed, with its recipients", server.log())
    status, listed = queue(server, "list")
    letter = ids(server)[0]
    pli.ok(status == 0 and "<rachida@localhost>" in listed and "a@x.example  waiting" in listed and
           "450 4.2.0 not" in listed, "with sender, state and what the other server said", listed)
    status, shown = queue(server, "show", letter)
    pli.ok(status == 0 and f"id: {letter}\n" in shown and "recipient: b@x.example" in shown and
           "\nSubject: hello\n" in shown, "show prints envelope and letter", shown)
    pli.ok(not re.search("[\x1b\u202e]", listed + shown) and "U+202E" in listed and "red " in shown,
           "nothing that a terminal would obey", shown)

    text = ("Subject: long\r\n\r\n" + ("\u00e9" * 400 + "\r\n") * 100 + "the end\r\n").encode()
    send(server, ["long@x.example"], text)
    waits(server, 3)
    long = next(one for one in ids(server) if one != letter)
    status, shown = server.command("queue", "show", long)[:2]
    lines = shown.split("\n\n")[-1].split("\n")
    pli.ok(status == 0 and len(lines) == 102 and len(set(lines[:100])) == 1 and lines[100:] == ["the end", ""],
           "a letter of many pieces is printed whole", shown[-300:])

    for wrong in ("../../users", "X.envelope", "", ".", "lower", "A" * 24, "A B", "\x1b[2J"):
        for word in ("show", "remove"):
            status, said = queue(server, word, wrong)
            pli.ok(status == 2 and "\x1b" not in said, f"{word} {ascii(wrong)} is refused", status, said)
    for words in ((), ("list", "A"), ("show",), ("remove",), ("flush", "A"), ("eat", "A")):
        pli.same(queue(server, *words)[0], 2, f"queue {' '.join(words)}: wrong words")
    for word in ("show", "remove"):
        pli.same(queue(server, word, "0")[0], 1, f"{word}: there is no such letter")

    pli.same(queue(server, "remove", long), (0, ""), "remove")
    pli.same((ids(server), len(files(server))), ([letter], 2), "takes that letter away, with its file, and no other")
    pli.same(queue(server, "remove", long)[0], 1, "once")

    peer.rules = []
    before = len(peer.letters)
    pli.same(queue(server, "flush"), (0, ""), "flush tells the running server")
    pli.ok(pli.wait_until(lambda: not files(server)) and len(peer.letters) == before + 1, "which sends at once",
           server.log())

    # Without a server.
    peer.rules = [("RCPT", "450 4.2.0 not now")]
    send(server, ["c@x.example"])
    waits(server, 1)
    server.stop()
    pli.ok("c@x.example  waiting" in queue(server, "list")[1], "list needs no server")
    status, said = queue(server, "flush")
    pli.ok(status == 0 and "No server is running" in said, "flush without a server says that there is none", said)
    before, peer.rules = len(peer.letters), []
    server.start()
    pli.ok(pli.wait_until(lambda: not files(server)) and len(peer.letters) == before + 1,
           "and the next server sends at once", server.log())
    server.stop()

    # What cannot be read is told, does not hide the others, and can be removed.
    with open(os.path.join(server.root, "queue", "BAD.envelope"), "w", encoding="utf-8") as file:
        file.write("id: BAD\n\x1b[2J\n")
    for word in ("list", "flush"):
        status, said = queue(server, word)
        pli.ok("\x1b" not in said and (word == "flush" or (status == 1 and "BAD" in said and "line 2" in said)),
               f"{word} with an envelope that is none", said)
    pli.same((queue(server, "remove", "BAD"), files(server)), ((0, ""), []), "it can be removed")

    os.rename(os.path.join(server.root, "queue"), os.path.join(server.root, "away"))
    pli.same(queue(server, "list")[0], 0, "a root that had no queue yet has an empty one")
    status, output, errors = pli.run(pli.MAILSERVER, "--root", os.path.join(server.folder, "none"), "queue", "list")
    pli.ok(status == 1 and output == "" and "none" in errors, "a root that is not there is an error", output, errors)
    server.start()
pli.ok("queue list" in pli.output_of(pli.MAILSERVER, "--help"), "the help names it")
pli.done()
