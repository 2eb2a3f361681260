#!/usr/bin/env python3
"""Mail programs with a screen, driven by keys in a terminal of their own: alpine and aerc read a mailbox, flag, save
and delete letters, and send one."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "lib"))
import pli
import programs
from programs import ADDRESS, PASSWORD, USER, WAYS, Screen

SETTINGS = """personal-name=Rachida
user-domain=localhost
customized-hdrs=From: {address}
smtp-server=localhost:{smtp}/user={user}{tls}
inbox-path={{localhost:{imap}/imap/user={user}{tls}}}INBOX
folder-collections=Server {{localhost:{imap}/imap/user={user}{tls}}}[]
last-version-used=9.99
last-time-prune-questioned=999.1
feature-list=disable-password-file-saving,quell-user-lookup-in-passwd-file,quit-without-confirm,
	expunge-without-confirm,enable-flag-cmd,send-without-confirm
default-fcc=""
"""
ACCOUNT = """[lab]
source = {imap}
outgoing = {smtp}
smtp-starttls = {starttls}
from = Rachida <{address}>
"""


def folder_for(server, name, way):
    folder = os.path.join(server.folder, f"{name}-{way}")
    os.makedirs(folder)
    return folder


def flags(server):
    return sorted(path.partition(":2,")[2] for path in server.letters(USER))


def filled(server):
    programs.empty(server, "", ".Archive")
    programs.deliver(server)


def managed(server, name, way):
    """One deleted, one flagged and saved in Archive too, one left as it was."""
    pli.mark(name, "manage")
    kept = [texts for texts in programs.texts_in(os.path.join(server.maildir(USER), ".Archive"))]
    pli.ok(pli.wait_until(lambda: [letter.replace("S", "") for letter in flags(server)] == ["", "F"]) and len(kept) == 1
           and kept[0].endswith(programs.BODY.format(1)), f"{name} flags, saves and deletes letters, {way}",
           flags(server), *kept)


def sent(server, screen, name, way):
    pli.mark(name, f"{way} send")
    pli.ok(programs.arrived(server, f"Subject: from {name}", "rachida bonjour"), f"{name} sends, {way}", screen.text())


def alpine(server):
    for way in WAYS:
        filled(server)
        secure = "s" if way == "TLS" else ""
        folder = folder_for(server, "alpine", way)
        with open(folder + "/pinerc", "w", encoding="utf-8") as file:
            file.write(SETTINGS.format(
                address=ADDRESS, user=USER, imap=server.port("imap" + secure), smtp=server.port("submission" + secure),
                tls={"plain": "/notls", "STARTTLS": "/tls/novalidate-cert", "TLS": "/ssl/novalidate-cert"}[way]))
        with Screen(f"alpine -p {folder}/pinerc -i", folder,
                    {"HOME": folder, "TERM": "xterm", "LC_ALL": "C.UTF-8"}) as screen:
            pli.mark("alpine", f"{way} receive")
            screen.shows("ENTER PASSWORD")
            screen.keys(PASSWORD, "Enter")
            listed = screen.shows("letter 2", seconds=40)
            screen.keys("Enter")
            pli.ok(listed and screen.shows("rachida bonjour, été 0") and "..two dots" in screen.text(),
                   f"alpine lists and shows letters, {way}", screen.text())
            screen.keys("i")
            screen.shows("letter 2")
            screen.keys("D", "*", "*", "S")
            screen.shows("SAVE Msg")
            screen.keys("C-u", "Archive", "Enter")
            screen.shows("Saving DONE", "DEL")
            screen.keys("U", "X")
            screen.shows("expunged")
            managed(server, "alpine", way)
            programs.empty(server)
            screen.keys("C")
            screen.shows("COMPOSE")
            screen.keys(ADDRESS, "Enter", "Enter", "Enter", "from alpine", "Enter", "rachida bonjour", "C-x")
            if screen.shows("ENTER PASSWORD", "Sending", "Send message", seconds=10) and \
                    "Send message" in screen.text():
                screen.keys("Y")
            if screen.shows("ENTER PASSWORD", seconds=10):
                screen.keys(PASSWORD, "Enter")
            sent(server, screen, "alpine", way)


def aerc(server):
    for way in WAYS:
        filled(server)
        folder = folder_for(server, "aerc", way)
        login = f"{USER}:{PASSWORD}@localhost"
        schemes = {"plain": ("imap+insecure", "smtp+plain"), "STARTTLS": ("imap", "smtp+plain"),
                   "TLS": ("imaps", "smtps+plain")}[way]
        secure = "s" if way == "TLS" else ""
        os.makedirs(folder + "/.config/aerc")
        with open(folder + "/.config/aerc/accounts.conf", "w", encoding="utf-8") as file:
            file.write(ACCOUNT.format(imap=f"{schemes[0]}://{login}:{server.port('imap' + secure)}",
                                      smtp=f"{schemes[1]}://{login}:{server.port('submission' + secure)}",
                                      starttls="yes" if way == "STARTTLS" else "no", address=ADDRESS))
        os.chmod(file.name, 0o600)
        with open(folder + "/editor", "w", encoding="utf-8") as file:
            file.write('#!/bin/sh\nprintf "rachida bonjour\\n" >>"$1"\n')
        os.chmod(file.name, 0o755)
        with Screen("aerc", folder, {"HOME": folder, "TERM": "xterm", "LC_ALL": "C.UTF-8", "EDITOR": file.name,
                                     "SSL_CERT_FILE": server.certificate}) as screen:
            pli.mark("aerc", f"{way} receive")
            listed = screen.shows("letter 0", seconds=40)
            screen.keys(":view", "Enter")
            pli.ok(listed and screen.shows("rachida bonjour, été 2"), f"aerc lists and shows letters, {way}",
                   screen.text())
            screen.keys(":close", "Enter")
            screen.shows("letter 0")
            screen.keys(":delete", "Enter")
            screen.shows("deleted")
            screen.keys(":flag", "Enter")
            screen.shows("successful")
            screen.keys(":cp Archive", "Enter")
            screen.shows("copied")
            managed(server, "aerc", way)
            programs.empty(server)
            if way == "plain":
                continue  # it sends nothing in the clear to who offers STARTTLS
            screen.keys(f":compose -H 'To: {ADDRESS}' -H 'Subject: from aerc'", "Enter")
            screen.shows("Send this email?")
            screen.keys("y")
            sent(server, screen, "aerc", way)


with pli.Server(users={USER: PASSWORD}) as server:
    for name, function in (("alpine", alpine), ("aerc", aerc)):
        if pli.installed("tmux"):
            pli.mark(name)
            pli.skip(name, "tmux is not there (scripts/setup check)")
        else:
            programs.row(name, lambda: function(server), name)
pli.done()
