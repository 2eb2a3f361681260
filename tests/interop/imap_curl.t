#!/usr/bin/env python3
"""curl against the IMAP server: list, status, fetch, search, append, in the clear, with STARTTLS and TLS."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli
from pli import check, equal

PASSWORD = "bonjour77"

missing = pli.installed("curl")
if missing:
    pli.skip_all(f"{missing} is not installed")
LETTER = "Subject: letter\r\nFrom: amine@localhost\r\n\r\nrachida bonjour\r\n"


def curl(url, *options):
    return pli.output_of("curl", "-sS", "--max-time", "30", "-u", "rachida:" + PASSWORD, url, *options)


pli.mark("curl", "plain receive manage")
with pli.Server(users={"rachida": PASSWORD}) as served:
    plain = f"imap://127.0.0.1:{served.port('imap')}"
    secure = f"imaps://127.0.0.1:{served.port('imaps')}"
    certificate = served.certificate
    letter = served.folder + "/letter"
    with open(letter, "w", newline="") as file:
        file.write(LETTER)
    check("appends a letter", lambda: curl(plain + "/INBOX", "-T", letter))
    check("fetches it by UID", lambda: equal(curl(plain + "/INBOX;UID=1"), LETTER))
    check("fetches one section", lambda: equal(curl(plain + "/INBOX;UID=1;SECTION=TEXT"), "rachida bonjour\r\n"))
    check("lists mailboxes", lambda: '"." "INBOX"' in curl(plain + "/"))
    check("asks STATUS", lambda: "(MESSAGES 1)" in curl(plain + "/INBOX", "-X", "STATUS INBOX (MESSAGES)"))
    check("searches", lambda: equal(curl(plain + "/INBOX?SUBJECT%20letter"), "* SEARCH 1\r\n"))
    check("stores a flag", lambda: r"\Flagged" in curl(plain + "/INBOX", "-X", r"STORE 1 +Flags \Flagged"))
    pli.mark("curl", "STARTTLS receive")
    check("fetches with STARTTLS", lambda: equal(
        curl(plain.replace("127.0.0.1", "localhost") + "/INBOX;UID=1", "--ssl-reqd", "--insecure"), LETTER))
    pli.mark("curl", "TLS receive")
    check("fetches with TLS from the start", lambda: equal(curl(secure + "/INBOX;UID=1", "--insecure"), LETTER))
    pli.mark("curl", "plain receive")
    check("fetches with SASL PLAIN", lambda: equal(
        curl(plain + "/INBOX;UID=1", "--login-options", "AUTH=PLAIN"), LETTER))
    check("is refused with a wrong password", lambda: "denied" in pli.run(
        "curl", "-sS", "-u", "rachida:wrong", plain + "/")[2])
pli.done()
