#!/usr/bin/env python3
"""Python's smtplib and poplib send and read: in the clear, by STARTTLS, under TLS from the start."""
import os
import poplib
import smtplib
import ssl
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli

USER, PASSWORD = "rachida", "bonjour-2026"
LETTER = ("From: amine@example.org\r\nTo: rachida@localhost\r\nSubject: {0}\r\n\r\n"
          "rachida bonjour\r\n.\r\n..two\r\nend\r\n")


def send(server, context, way):
    if way == "TLS from the start":
        client = smtplib.SMTP_SSL("localhost", server.port("submissions"), context=context, timeout=20 * pli.SLOW)
    else:
        client = smtplib.SMTP("localhost", server.port("submission"), timeout=20 * pli.SLOW)
        if way == "STARTTLS":
            client.starttls(context=context)
    with client:
        client.login(USER, PASSWORD)
        return client.sendmail("rachida@localhost", ["rachida@localhost"], LETTER.format(way))


def read(server, context, way):
    if way == "TLS from the start":
        client = poplib.POP3_SSL("localhost", server.port("pop3s"), context=context, timeout=20 * pli.SLOW)
    else:
        client = poplib.POP3("localhost", server.port("pop3"), timeout=20 * pli.SLOW)
        if way == "STARTTLS":
            client.stls(context=context)
    client.user(USER)
    client.pass_(PASSWORD)
    count = client.stat()[0]
    unique = client.uidl()[1]
    head = client.top(1, 1)[1]
    text = b"\r\n".join(client.retr(1)[1])
    client.dele(1)
    client.quit()
    return count, unique, head, text


with pli.Server(users={USER: PASSWORD}) as server:
    context = ssl.create_default_context(cafile=server.certificate)
    for way in ("in the clear", "STARTTLS", "TLS from the start"):
        column = {"in the clear": "plain", "STARTTLS": "STARTTLS"}.get(way, "TLS")
        pli.mark("Python smtplib", column + " send")
        pli.same(send(server, context, way), {}, f"smtplib sends, {way}")
        pli.mark("Python poplib", column + " receive manage")
        count, unique, head, text = read(server, context, way)
        body = text.split(b"\r\n\r\n", 1)[-1]
        pli.ok(count == 1 and len(unique) == 1 and body == b"rachida bonjour\r\n.\r\n..two\r\nend" and
               f"Subject: {way}".encode() in head, f"poplib reads the same, {way}", count, unique, head, text)
        pli.same(server.letters(USER), [], "and DELE with QUIT takes it away")
    with smtplib.SMTP("localhost", server.port("smtp"), timeout=20 * pli.SLOW) as client:
        client.sendmail("é@example.org", ["rachida@localhost"], "Subject: é\r\n\r\nbonjour à toi\r\n".encode(),
                        mail_options=["SMTPUTF8", "BODY=8BITMIME"])
        refused = None
        try:
            client.sendmail("a@example.org", ["nobody-here@localhost"], "Subject: x\r\n\r\nx\r\n")
        except smtplib.SMTPRecipientsRefused as error:
            refused = error.recipients["nobody-here@localhost"]
        pli.ok(refused is not None and refused[0] == 550, "who is no user here is refused with 550", refused)
    client = poplib.POP3("localhost", server.port("pop3"), timeout=20 * pli.SLOW)
    client.utf8()
    client.user(USER)
    client.pass_(PASSWORD)
    text = b"\n".join(client.retr(1)[1])
    client.quit()
    pli.ok("bonjour à toi".encode() in text, "letters in UTF-8 come back as they were", text)
    # A letter of megabytes, with every kind of line.
    big = "Subject: big\r\n\r\n" + "".join(f".{i} {'x' * (i % 900)}\r\n" for i in range(5000))
    with smtplib.SMTP("localhost", server.port("smtp"), timeout=60 * pli.SLOW) as client:
        client.sendmail("a@example.org", ["rachida@localhost"], big)
    client = poplib.POP3("localhost", server.port("pop3"), timeout=60 * pli.SLOW)
    client.user(USER)
    client.pass_(PASSWORD)
    number, size = client.list()[1][-1].split()
    text = b"\r\n".join(client.retr(int(number))[1]) + b"\r\n"
    client.quit()
    pli.ok(text.endswith(big.encode()) and int(size) == len(text), "a big letter, and its size is right", size,
           len(text))
    with smtplib.SMTP("localhost", server.port("smtp"), timeout=60 * pli.SLOW) as client:
        answer = None
        try:
            client.sendmail("a@example.org", ["rachida@localhost"], "Subject: x\r\n\r\n" + "x" * 70 + "\r\n" * 6000000)
        except smtplib.SMTPResponseException as error:
            answer = error.smtp_code
        pli.same(answer, 552, "a letter over message_size_limit is refused with 552")
pli.done()
