#!/usr/bin/env python3
"""Python's imaplib against the server: STARTTLS, TLS, and every command that it has a method for."""
import imaplib
import os
import ssl
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli
from pli import check, equal

PASSWORD = "bonjour77"

LETTER = (b"From: amine@localhost\r\nTo: rachida@localhost\r\nSubject: test\r\n"
          b"Date: Tue, 24 Nov 2026 10:00:00 +0100\r\n\r\nrachida bonjour\r\n")


def trusting():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def good(answer):
    equal(answer[0], "OK")
    return answer[1]


def connect(server):
    client = imaplib.IMAP4("127.0.0.1", server.port("imap"))
    good(client.login("rachida", PASSWORD))
    return client


def wrong_password(server):
    client = imaplib.IMAP4("127.0.0.1", server.port("imap"))
    try:
        client.login("rachida", "wrong")
    except imaplib.IMAP4.error as error:
        assert "AUTHENTICATIONFAILED" in str(error)
    else:
        return False
    client.logout()


def starttls(server):
    client = imaplib.IMAP4("127.0.0.1", server.port("imap"))
    assert "STARTTLS" in client.capabilities
    good(client.starttls(trusting()))
    assert "STARTTLS" not in client.capabilities
    good(client.login("rachida", PASSWORD))
    client.logout()


def implicit_tls(server):
    client = imaplib.IMAP4_SSL("127.0.0.1", server.port("imaps"), ssl_context=trusting())
    good(client.authenticate("PLAIN", lambda _: b"\0rachida\0" + PASSWORD.encode()))
    client.logout()


def append_and_fetch(client):
    equal(good(client.select("INBOX")), [b"0"])
    good(client.append("INBOX", r"(\Flagged)", '"24-Nov-2026 10:02:00 +0100"', LETTER))
    good(client.append("INBOX", None, None, LETTER))
    good(client.noop())
    equal(client.response("EXISTS")[1][-1], b"2")
    data = good(client.fetch("1", "(FLAGS INTERNALDATE RFC822.SIZE BODY.PEEK[])"))
    equal(data[0][1], LETTER)
    assert rb"\Flagged" in data[0][0] and b"RFC822.SIZE %d" % len(LETTER) in data[0][0], data
    assert b'"24-Nov-2026 09:02:00 +0000"' in data[0][0]
    data = good(client.fetch("2", "(BODY[TEXT])"))
    equal(data[0][1], b"rachida bonjour\r\n")
    assert rb"\Seen" in data[0][0]


def search(client):
    equal(good(client.search(None, "FLAGGED")), [b"1"])
    equal(good(client.search(None, "UNSEEN")), [b"1"])
    equal(good(client.search(None, "SUBJECT", '"TEST"', "BODY", "bonjour")), [b"1 2"])
    equal(good(client.uid("SEARCH", None, "SENTSINCE", "25-Nov-2026")), [b""])


def store_copy_expunge(client):
    assert rb"\Deleted" in good(client.store("1", "+FLAGS", r"(\Deleted)"))[0]
    good(client.copy("1:2", "Sent"))
    equal(good(client.status("Sent", "(MESSAGES UNSEEN)")), [b'"Sent" (MESSAGES 2 UNSEEN 1)'])
    equal(good(client.expunge()), [b"1"])
    good(client.uid("MOVE", "2", "Trash"))
    equal(good(client.search(None, "ALL")), [b""])
    good(client.close())


def folders(client):
    good(client.create("Projets.2026"))
    good(client.subscribe("Projets.2026"))
    equal(len(good(client.list('""', "Projets*"))), 2)
    assert any(b"Projets.2026" in line for line in good(client.lsub()))
    good(client.rename("Projets", "Archives"))
    equal(good(client.list('""', "Archives.%")), [rb'(\HasNoChildren) "." "Archives.2026"'])
    good(client.delete("Archives.2026"))
    equal(client.select("Archives.2026")[0], "NO")
    good(client.namespace())


def idle(server):
    """imaplib has no IDLE before Python 3.14: spoken by hand."""
    waiting = connect(server)
    waiting.select("INBOX")
    waiting.send(b"x IDLE\r\n")
    assert waiting.readline().startswith(b"+")
    other = connect(server)
    later = threading.Timer(0.2, lambda: other.append("INBOX", None, None, LETTER))
    later.start()
    begin = time.time()
    waiting.sock.settimeout(20)
    assert waiting.readline().endswith(b"EXISTS\r\n")
    assert time.time() - begin < 5, "the news came late"
    waiting.send(b"DONE\r\n")
    while not (line := waiting.readline()).startswith(b"x OK"):
        assert line.startswith(b"*"), line
    later.join()  # the news may be faster than the answer to APPEND
    other.logout()
    waiting.logout()


with pli.Server(users={"rachida": PASSWORD}) as served:
    check("a wrong password is refused", lambda: wrong_password(served))
    pli.mark("Python imaplib", "STARTTLS")
    check("STARTTLS, then LOGIN", lambda: starttls(served))
    pli.mark("Python imaplib", "TLS")
    check("TLS from the start, then AUTHENTICATE PLAIN", lambda: implicit_tls(served))
    pli.mark("Python imaplib", "plain receive manage")
    main = connect(served)
    check("letters are appended and fetched", lambda: append_and_fetch(main))
    check("SEARCH finds by flag, header, body and date", lambda: search(main))
    check("STORE, COPY, EXPUNGE, MOVE, CLOSE", lambda: store_copy_expunge(main))
    check("mailboxes are made, listed, renamed and removed", lambda: folders(main))
    check("LOGOUT says BYE", lambda: equal(main.logout()[0], "BYE"))
    check("IDLE tells at once what another session did", lambda: idle(served))
pli.done()
