#!/usr/bin/env python3
"""mailclient list --sort --limit, search, copy, move, flag, folder: over IMAP, and in the Maildir itself; the cache."""
import os
import smtplib
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import client
import pli

SECRET = "bonjour-2026"
LETTERS = [("b@example.org", "zebra", "<1@x>", "", "one"),
           ("a@example.org", "Re: zebra", "<2@x>", "<1@x>", "two couches"),
           ("c@example.org", "ant", "<3@x>", "", "three")]


def fill(server):
    with smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=30 * pli.SLOW) as smtp:
        for sender, subject, name, parent, body in LETTERS:
            references = f"References: {parent}\r\n" if parent else ""
            smtp.sendmail(sender, ["rachida@localhost"],
                          f"From: {sender}\r\nTo: rachida@localhost\r\nSubject: {subject}\r\nMessage-ID: {name}\r\n"
                          f"{references}Date: Tue, 24 Nov 2026 10:0{len(body) % 10}:00 +0000\r\n\r\n{body}\r\n")


def numbers(*words):
    status, output, errors = client.run(*words)
    return [int(line.split()[0]) for line in output.splitlines()] if status == 0 and errors == "" else (status, errors)


def same(what, got, expected):
    pli.ok(got == expected, what, f"got {got}", f"expected {expected}")


def account(name, url, inbox):
    same(f"{name}: by subject", numbers("list", "--sort", "subject", url), [3, 2, 1])
    same(f"{name}: by sender, turned", numbers("list", "--sort", "reverse-from", url), [3, 1, 2])
    same(f"{name}: limited", numbers("list", "--limit", "~s zebra !~f b@", url), [2])
    same(f"{name}: search in the text", numbers("search", "~b couches | ~f c@", url), [2, 3])
    bad = client.run("search", "~k", url)
    pli.ok(bad[0] == 1 and "~k" in bad[2], f"{name}: a wrong pattern", *bad)
    for words in (("folder", "create", "Été"), ("copy", "1,3", "Été"), ("flag", "1:2", "flagged"),
                  ("flag", "2", "!flagged"), ("folder", "rename", "Été", "Hiver")):
        status, output, errors = client.run(*words, url)
        pli.ok((status, output, errors) == (0, "", ""), f"{name}: {' '.join(words)}", status, output, errors)
    same(f"{name}: flags", numbers("search", "~F", url), [1])
    pli.ok("Hiver" in client.run("folders", url)[1], f"{name}: the folder is there")
    same(f"{name}: moved", client.run("move", "3", "Hiver", url), (0, "", ""))
    same(f"{name}: what is left", numbers("list", url), [1, 2])
    same(f"{name}: what came", numbers("list", inbox("Hiver")), [1, 2, 3])
    same(f"{name}: deleted", client.run("folder", "delete", "Hiver", url), (0, "", ""))
    missing = client.run("copy", "1", "Hiver", url)
    pli.ok(missing[0] == 1 and missing[2].count("\n") == 1, f"{name}: a folder that is not there", *missing)


def maildir_folder(path):
    return lambda name: path + "/." + name


def cache(url, folder):
    place = os.path.join(folder, "cache")
    environment = {"XDG_CACHE_HOME": place}
    first = client.run("list", "--cache", url, environment=environment)
    files = [os.path.join(place, "pli", name) for name in os.listdir(os.path.join(place, "pli"))]
    same("the cache is one file", len(files), 1)
    same("the same list from the cache", client.run("list", "--cache", url, environment=environment), first)
    for damage in (b"", b"PliRows1 and nonsense" * 100, open(files[0], "rb").read()[:-7]):
        with open(files[0], "wb") as file:
            file.write(damage)
        same(f"a cache of {len(damage)} damaged bytes is made anew",
             client.run("list", "--cache", url, environment=environment), first)


with tempfile.TemporaryDirectory(prefix="pli-act-") as folder:
    with pli.Server(users={"rachida": SECRET}) as server:
        fill(server)
        url = f"imap://rachida:{SECRET}@localhost:{server.port('imap')}"
        maildir = os.path.join(folder, "Maildir")
        subprocess.run(["cp", "-r", server.maildir("rachida"), maildir], check=True)
        account("IMAP", url, lambda name: url + "/" + name)
        cache(url, folder)
    account("Maildir", maildir, maildir_folder(maildir))
pli.done()
