#!/usr/bin/env python3
"""The dialogues of tests/dialogues against Dovecot and Postfix: what differs, their profiles explain."""
import glob
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import peers
import pli

DIALOGUES = os.path.join(pli.ROOT, "tests", "dialogues")
PASSWORD = "bonjour-2026"


def play(server, profile, users, maildir, groups, services):
    """All dialogues of the groups; how many of each verdict, and the output."""
    files = [os.path.relpath(path, pli.ROOT) for group in groups
             for path in sorted(glob.glob(os.path.join(DIALOGUES, group + ".dialogue")))]
    accounts = os.path.join(server.folder, "accounts")
    with open(accounts, "w", encoding="utf-8") as file:
        file.writelines(f"{user} {PASSWORD}\n" for user in users)
    connect = [word for name in services for word in ("--connect", f"{name}=127.0.0.1:{server.port(name)}")]
    result = subprocess.run(
        [os.path.join(pli.BIN, "dialogue"), "--tap", "--jobs", "8", "--timeout", "10", "--accounts", accounts,
         "--maildir", maildir, "--ca-file", server.certificate, "--profile", os.path.join(DIALOGUES, profile),
         *connect, *files], cwd=pli.ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "en"}, timeout=500)
    skipped = result.stdout.count("# SKIP ")
    passed = sum(line.startswith("ok ") for line in result.stdout.splitlines()) - skipped
    failed = [line for line in result.stdout.splitlines() if not line.startswith("ok ")]
    what = f"{len(files)} files of dialogues with {profile}: {passed} passed, {skipped} do not concern it"
    pli.ok(result.returncode == 0 and passed > skipped, what, *failed[:1500], result.stderr[-2000:])


def dovecot():
    reason = peers.missing("usr/sbin/dovecot")
    if reason:
        pli.skip("dialogues with Dovecot", reason)
        return
    users = [f"u{number:04}" for number in range(600)]
    with peers.Dovecot({user: PASSWORD for user in users}) as server:
        play(server, "dovecot.profile", users, os.path.join(server.folder, "mail", "%u"),
             ("imap/*", "pop3/*", "tls/imap*", "tls/pop3*"), ("imap", "imaps", "pop3", "pop3s"))


def postfix():
    reason = peers.missing("usr/sbin/postfix")
    if reason:
        pli.skip("dialogues with Postfix", reason)
        return
    users = [f"u{number:04}" for number in range(300)]
    with peers.Postfix(users=users) as server:
        play(server, "postfix.profile", users, server.path("/home") + "/%u/Maildir",
             ("smtp/*", "tls/smtp*", "tls/[!ips]*"), ("smtp",))


dovecot()
postfix()
pli.done()
