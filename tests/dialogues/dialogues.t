#!/usr/bin/env python3
"""Every dialogue of this folder against our server: each with accounts of its own, many at a time.

    tests/dialogues/dialogues.t [FILE.dialogue]...     only these
"""
import glob
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli

HERE = os.path.dirname(os.path.abspath(__file__))
PASSWORD = "bonjour-2026"
ACCOUNTS = 1200
OPTIONS = ("smtpd_client_connection_count_limit=0", "message_size_limit=200000",
           "mynetworks=192.0.2.0/24", "myhostname=mail.example.org", "mydestination=localhost example.org")


def add_accounts(server, path):
    """Many users with one password: the line of the first, again under other names."""
    server.add_user("u0000", PASSWORD)
    users = os.path.join(server.root, "users")
    with open(users, encoding="utf-8") as file:
        lines = file.read().splitlines(keepends=True)
    verifier = next(line for line in lines if line.startswith("u0000:")).split(":", 1)[1]
    names = [f"u{number:04}" for number in range(ACCOUNTS)]
    with open(users, "w", encoding="utf-8") as file:
        file.writelines([line for line in lines if not line.startswith("u0000:")])
        file.writelines(f"{name}:{verifier}" for name in names)
    with open(path, "w", encoding="utf-8") as file:
        file.writelines(f"{name} {PASSWORD}\n" for name in names)


def main():
    files = [os.path.relpath(path) for path in sys.argv[1:] or sorted(glob.glob(os.path.join(HERE, "*", "*.dialogue")))]
    server = pli.Server(*(word for option in OPTIONS for word in ("-o", option)))
    try:
        accounts = os.path.join(server.folder, "accounts")
        add_accounts(server, accounts)
        server.start()
        status = subprocess.run(
            [os.path.join(pli.BIN, "dialogue"), "--tap", "--jobs", "24", "--timeout", str(10 * pli.SLOW),
             "--services", os.path.join(server.folder, "ready"), "--accounts", accounts,
             "--maildir", os.path.join(server.root, "home", "%u", "Maildir"), "--ca-file", server.certificate,
             "--profile", os.path.join(HERE, "pli.profile"), *files], check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "en"}).returncode
        ended = server.stop()
        if ended != 0:
            print(f"# the server ended with status {ended}:\n# " + server.log()[-4000:].replace("\n", "\n# "))
    finally:
        server.remove()
    sys.exit(status or ended)


main()
