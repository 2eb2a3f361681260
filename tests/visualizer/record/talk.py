#!/usr/bin/env python3
"""What the scenes need that no ready program does: small clients and servers.

    talk.py FUNCTION ARGUMENT...
"""
import imaplib
import os
import poplib
import smtplib
import socket
import ssl
import struct
import sys
import time
from email.message import EmailMessage

USER, PASSWORD = "rachida", "bonjour-2026"


def letter(subject="test", text="rachida bonjour\n", ident="talk.1"):
    message = EmailMessage()
    message["From"] = "Alice <alice@example.org>"
    message["To"] = "rachida@localhost"
    message["Subject"] = subject
    message["Message-ID"] = f"<{ident}@alice.example.org>"
    message["Date"] = "Tue, 24 Nov 2026 10:00:00 +0100"
    message.set_content(text)
    return message


def tls_context():
    """The lab's server has a certificate that it made itself."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.keylog_filename = os.environ["SSLKEYLOGFILE"]
    return context


# --- UDP and TCP -----------------------------------------------------------------------


def datagram(host, port):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sender:
        sender.settimeout(2)
        sender.connect((host, int(port)))
        sender.send(b"anybody there?")
        try:
            sender.recv(100)
        except ConnectionRefusedError:
            pass


def listen(port, ready, **options):
    listener = socket.create_server(("0.0.0.0", int(port)))
    if "buffer" in options:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, options["buffer"])
    open(ready, "w", encoding="ascii").close()
    connection, _ = listener.accept()
    return connection


def receive(port, ready):
    with listen(port, ready) as connection:
        while connection.recv(65536):
            pass


def receive_slowly(port, ready):
    """Reads nothing until the sender cannot go on."""
    with listen(port, ready, buffer=2048) as connection:
        time.sleep(1.2)
        while connection.recv(65536):
            pass


def receive_reset(port, ready):
    with listen(port, ready) as connection:
        connection.recv(100)
        try:
            connection.recv(100)
        except ConnectionResetError:
            pass


def send_some(host, port):
    with socket.create_connection((host, int(port)), 20) as connection:
        connection.sendall(b"bonjour\n")


def send_more(host, port):
    with socket.create_connection((host, int(port)), 20) as connection:
        connection.sendall(b"bonjour, " * 1600)


def send_much(host, port):
    with socket.create_connection((host, int(port)), 20) as connection:
        connection.sendall(b"bonjour, " * 2000)


def send_and_reset(host, port):
    with socket.create_connection((host, int(port)), 20) as connection:
        connection.sendall(b"bonjour\n")
        time.sleep(0.2)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def keep_alive(host, port):
    with socket.create_connection((host, int(port)), 20) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
        connection.sendall(b"bonjour\n")
        time.sleep(2.5)


# --- SMTP ----------------------------------------------------------------------------------


class Lines:
    """A connection on which lines are said one by one, or several at once."""

    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), 20)
        self.file = self.socket.makefile("rb")

    def say(self, *lines):
        self.socket.sendall(b"".join(line.encode() + b"\r\n" for line in lines))

    def reply(self):
        while (line := self.file.readline())[3:4] == b"-":
            pass
        return line.decode()

    def ask(self, line):
        self.say(line)
        return self.reply()


def refusals(host):
    smtp = Lines(host, 25)
    smtp.reply()
    for line in ("RCPT TO:<rachida@localhost>", "EHLO alice.example.org", "MAIL FROM:<alice@example.org>",
                 "RCPT TO:<nobody@localhost>", "RCPT TO:<somebody@elsewhere.example>", "DATA", "BONJOUR", "RSET",
                 "VRFY rachida", "NOOP", "HELP", "QUIT"):
        smtp.ask(line)


def pipelining(host):
    smtp = Lines(host, 25)
    smtp.reply()
    smtp.ask("EHLO alice.example.org")
    smtp.say("MAIL FROM:<alice@example.org>", "RCPT TO:<rachida@localhost>", "DATA")
    for _ in range(3):
        smtp.reply()
    text = letter(text="..two dots, one of them doubled\n.\nrachida bonjour\n").as_string()
    smtp.say(*text.replace("\n.", "\n..").split("\n"), ".", "QUIT")
    smtp.reply()
    smtp.reply()


def bdat(host):
    smtp = Lines(host, 25)
    smtp.reply()
    smtp.ask("EHLO alice.example.org")
    smtp.ask("MAIL FROM:<alice@example.org>")
    smtp.ask("RCPT TO:<rachida@localhost>")
    data = letter().as_string().replace("\n", "\r\n").encode()
    half = len(data) // 2
    smtp.socket.sendall(b"BDAT %d\r\n" % half + data[:half])
    smtp.reply()
    smtp.socket.sendall(b"BDAT %d LAST\r\n" % (len(data) - half) + data[half:])
    smtp.reply()
    smtp.ask("QUIT")


def send(smtp, ident="talk.1"):
    smtp.send_message(letter(ident=ident), "alice@example.org", ["rachida@localhost"])
    smtp.quit()


def submit(host, port, mechanism):
    smtp = smtplib.SMTP(host, int(port), "alice.example.org")
    smtp.ehlo()
    smtp.user, smtp.password = USER, PASSWORD
    smtp.auth(mechanism, getattr(smtp, "auth_" + mechanism.lower()))
    send(smtp, "submit." + mechanism)


def submit_starttls(host, port):
    smtp = smtplib.SMTP(host, int(port), "alice.example.org")
    smtp.starttls(context=tls_context())
    smtp.login(USER, PASSWORD)
    send(smtp, "starttls")


def submit_tls(host, port):
    smtp = smtplib.SMTP_SSL(host, int(port), "alice.example.org", context=tls_context())
    smtp.login(USER, PASSWORD)
    send(smtp, "smtps")


def injection(host):
    smtp = Lines(host, 25)
    smtp.reply()
    smtp.ask("EHLO alice.example.org")
    smtp.say("STARTTLS", "MAIL FROM:<mallory@example.org>")
    smtp.reply()
    with tls_context().wrap_socket(smtp.socket) as inside:
        inside.sendall(b"EHLO alice.example.org\r\n")
        inside.recv(1000)
        inside.sendall(b"QUIT\r\n")
        inside.recv(1000)


def mime(host):
    message = letter(subject="Les photos de Fès, été 2026", text="Voilà les photos.\nÀ bientôt !\n", ident="mime")
    message.add_attachment(bytes(range(64)), maintype="image", subtype="png", filename="fès.png")
    with smtplib.SMTP(host, 25, "alice.example.org") as smtp:
        smtp.send_message(message, "alice@example.org", ["rachida@localhost"])


# --- POP3 -----------------------------------------------------------------------------------


def pop3_dialogue(pop3):
    pop3.user(USER)
    pop3.pass_(PASSWORD)
    count, _ = pop3.stat()
    pop3.list()
    pop3.uidl()
    for number in range(1, count + 1):
        pop3.retr(number)
        pop3.dele(number)
    pop3.quit()


def pop3(host):
    connection = poplib.POP3(host, 110)
    connection.capa()
    pop3_dialogue(connection)


def pop3_stls(host):
    connection = poplib.POP3(host, 110)
    connection.stls(tls_context())
    pop3_dialogue(connection)


# --- IMAP -----------------------------------------------------------------------------------


def imap_dialogue(connection):
    connection.login(USER, PASSWORD)
    connection.list()
    connection.select("INBOX")
    connection.fetch("1:*", "(FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    connection.fetch("1", "(BODY[])")


def imap(host):
    connection = imaplib.IMAP4(host, 143)
    imap_dialogue(connection)
    connection.uid("SEARCH", "UNSEEN")
    connection.store("2", "+FLAGS", r"(\Deleted \Seen)")
    connection.expunge()
    connection.create("Archive")
    connection.copy("1", "Archive")
    connection.append("Archive", r"(\Seen)", None, letter(ident="appended").as_bytes().replace(b"\n", b"\r\n"))
    connection.status("Archive", "(MESSAGES UIDNEXT)")
    connection.noop()
    connection.close()
    connection.logout()


def imap_idle(host):
    """Waits for news while another client sends a letter."""
    idle = Lines(host, 143)

    def until(start):
        while not (line := idle.file.readline()).startswith(start):
            pass
        return line

    until(b"* OK")
    idle.say(f"a1 LOGIN {USER} {PASSWORD}")
    until(b"a1 ")
    idle.say("a2 SELECT INBOX")
    until(b"a2 ")
    idle.say("a3 IDLE")
    until(b"+")
    send(smtplib.SMTP(host, 25, "alice.example.org"), "while.idle")
    until(b"* 2 EXISTS")
    idle.say("DONE")
    until(b"a3 ")
    idle.say("a4 LOGOUT")
    until(b"a4 ")


def imap_starttls(host):
    connection = imaplib.IMAP4(host, 143)
    connection.starttls(tls_context())
    imap_dialogue(connection)
    connection.logout()


def imaps(host):
    connection = imaplib.IMAP4_SSL(host, 993, ssl_context=tls_context())
    imap_dialogue(connection)
    connection.logout()


# --- under the wire's faults ---------------------------------------------------------------


def greet(port, ready):
    with listen(port, ready) as connection:
        connection.sendall(b"220 welcome\r\n")
        while connection.recv(100):
            pass


def greeted(host, port, patience=60):
    with socket.create_connection((host, int(port)), float(patience)) as connection:
        while not connection.recv(100).endswith(b"\n"):
            pass


def impatient(host, port):
    """Two SYNs go out in two and a half seconds; then another connection is tried."""
    try:
        greeted(host, port, 2.5)
    except TimeoutError:
        greeted(host, port)


def swallow(port, ready):
    with listen(port, ready) as connection:
        while connection.recv(65536):
            pass


def pour(host, port):
    with socket.create_connection((host, int(port)), 30) as connection:
        connection.sendall(b"a drop in the ocean\n" * 500)


if __name__ == "__main__":
    globals()[sys.argv[1]](*sys.argv[2:])
