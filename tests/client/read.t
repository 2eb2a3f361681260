#!/usr/bin/env python3
"""mailclient list, read, get, delete and folders: IMAP, POP3 and a Maildir, plain, STARTTLS, TLS, wrong passwords."""
import os
import smtplib
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import client
import pli

SECRET = "bonjour-2026"

PLAIN = "From: Alice <alice@example.org>\r\nTo: rachida@localhost\r\nSubject: test\r\n" \
        "Date: Tue, 24 Nov 2026 10:02:00 +0100\r\nMessage-ID: <1@example.org>\r\n\r\nrachida bonjour\r\n.dot\r\n"
ACCENTS = "From: =?iso-8859-1?q?=C9l=E8ve?= <eleve@example.org>\r\nTo: rachida@localhost\r\n" \
          "Subject: =?utf-8?b?w4l0w6k=?= =?utf-8?q?_=C3=A0_F=C3=A8s?=\r\nMIME-Version: 1.0\r\n" \
          "Date: Tue, 24 Nov 2026 10:03:00 +0100\r\n" \
          "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n" \
          "Content-Transfer-Encoding: quoted-printable\r\n\r\n=C9l=E8ve\r\n--b\r\nContent-Type: image/png\r\n" \
          "Content-Disposition: attachment; filename*=utf-8''%C3%A9t%C3%A9.png\r\n" \
          "Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--\r\n"
ESCAPES = "From: \x1b]0;owned\x07 <evil@example.org>\r\nTo: rachida@localhost\r\n" \
          "Subject: =?utf-8?q?=1B[2J=1B[31mred=C2=9B0m?=\r\nDate: Tue, 24 Nov 2026 10:04:00 +0100\r\n\r\n" \
          "\x1b[2Jgone\x1b]52;c;aGVsbG8=\x07\x9b31m\r\n"


def fill(server):
    with smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=30 * pli.SLOW) as smtp:
        for letter in (PLAIN, ACCENTS, ESCAPES):
            smtp.sendmail("a@example.org", ["rachida@localhost"], letter.encode("latin-1"))


def good(what, words, *contains, environment=None):
    status, output, errors = client.run(*words, environment=environment)
    missing = [text for text in contains if text not in output]
    pli.ok(status == 0 and errors == "" and not missing and client.safe(output), what, f"status {status}",
           f"missing: {missing}", output, errors)
    return output


def bad(what, words, sentence, status=1):
    got, output, errors = client.run(*words)
    pli.ok(got == status and sentence in errors and output == "" and client.safe(errors), what, f"status {got}",
           output, errors)


def protocol(name, url, options, missing):
    output = good(f"{name}: list", ["list", *options, url], "   1 ", "2026-11-24", "Alice", "test", "Élève",
                  "Été à Fès", "   3 ")
    pli.ok(len(output.splitlines()) == 3, f"{name}: one line for each letter", output)
    good(f"{name}: read", ["read", "1", *options, url], "From: Alice <alice@example.org>\n", "Subject: test\n",
         "\n\nrachida bonjour\n.dot\n")
    good(f"{name}: read one with accents and a file", ["read", *options, "2", url], "From: Élève <eleve@example.org>",
         "Subject: Été à Fès", "\nÉlève\n", "été.png", "image/png")
    good(f"{name}: read one that talks to the terminal", ["read", "3", *options, url], "red", "gone")
    got = pli.run(client.MAILCLIENT, "get", "1", *options, url)
    pli.ok(got[0] == 0 and got[1].replace("\r\n", "\n").endswith(PLAIN.replace("\r\n", "\n")),
           f"{name}: get it as it was sent", *got)
    bad(f"{name}: a letter that is not there", ["read", "4", *options, url], missing)


def safe_protocols(server):
    def url(scheme, port, user="rachida", password=SECRET, rest=""):
        return f"{scheme}://{user}:{password}@localhost:{server.port(port)}{rest}"

    trust = ("--ca-file", server.certificate)
    protocol("IMAP, STARTTLS", url("imap", "imap"), (), "letter 4 is not there")
    protocol("POP3, in the clear", url("pop3", "pop3"), ("--no-tls",), "refuses")
    for scheme, port in (("imaps", "imaps"), ("pop3s", "pop3s")):
        good(f"{scheme}, with the certificate", ["read", "1", *trust, url(scheme, port)], "rachida bonjour")
        bad(f"{scheme}, without", ["read", "1", url(scheme, port)], "self-signed certificate")
        good(f"{scheme}, taking any", ["read", "1", "--accept-any-certificate", url(scheme, port)], "rachida bonjour")
        bad(f"{scheme} to a port without TLS", ["list", url(scheme, scheme[:4])], "TLS handshake")
        bad(f"{scheme[:4]}: a wrong password", ["list", url(scheme[:4], scheme[:4], password="wrong")],
            "refuses the user name or the password")
    for how, scheme in (("LOGIN", "imap"), ("PLAIN", "imap"), ("SCRAM-SHA-256", "imap"), ("USER", "pop3"),
                        ("PLAIN", "pop3"), ("LOGIN", "pop3"), ("SCRAM-SHA-256", "pop3")):
        with tempfile.NamedTemporaryFile("r") as file:
            good(f"{scheme}, logging in by {how}",
                 ["read", "1", "--no-tls", "--auth", how, "--transcript", file.name, url(scheme, scheme)],
                 "rachida bonjour")
            lines = file.read()
        pli.ok(SECRET not in lines and "S: " in lines and "C: " in lines, "without the password in the transcript",
               lines)
    good("POP3, STLS required", ["read", "1", "--require-tls", *trust, url("pop3", "pop3")], "rachida bonjour")
    bad("a way to log in that is not there", ["list", "--auth", "GSSAPI", url("imap", "imap")], "way to log in")
    bad("a folder that is not there", ["list", url("imap", "imap", rest="/Nowhere")], "refuses")
    bad("a folder by POP3", ["folders", url("pop3", "pop3")], "POP3 cannot do that")
    bad("SMTP is not for reading", ["list", "smtp://localhost"], "imap: or pop3:")
    good("folders", ["folders", url("imap", "imap")], "INBOX\n", "Sent\n")
    status, _, errors = pli.run("sh", "-c", '"$0" get 1 "$1" >/dev/full', client.MAILCLIENT, url("pop3", "pop3"))
    pli.ok(status == 1 and "No space" in errors, "a full disk behind the output is said", status, errors)
    for scheme, dialogue in (("pop3", ["USER", "PASS", "RETR", "QUIT"]), ("imap", ["LOGIN", "SELECT", "FETCH", "STORE",
                                                                                 "LOGOUT"])):
        _, _, lines = client.run("read", "1", "--no-tls", "--auth", "USER" if scheme == "pop3" else "LOGIN",
                                 "--transcript", "-", url(scheme, scheme))
        said = [word for word in lines.split() if word in dialogue]
        pli.ok([word for word in dict.fromkeys(said)] == dialogue and "LIST" not in said,
               f"{scheme}: one letter takes no more than {', '.join(dialogue)}", lines)
    good("the account from the environment", ["read", "1"], "rachida bonjour",
         environment={"MAILCLIENT_ACCOUNT": url("imap", "imap")})
    bad("nobody listens", ["list", "pop3://x:y@127.0.0.1:9"], "connection refused by 127.0.0.1 port 9:")
    bad("no number", ["read", "one", url("imap", "imap")], "number of a letter", status=2)
    bad("too many words", ["list", "a", "b"], "one account", status=2)


def maildir(server):
    path = server.maildir("rachida")
    protocol("Maildir", path, (), "no letter 4")
    good("Maildir: folders", ["folders", path], "INBOX\n")
    bad("no Maildir", ["list", server.folder], "is no Maildir")
    bad("nothing at all", ["list", os.path.join(server.folder, "nothing")], "is no Maildir")


def flags_and_deletion(server):
    account = f"imap://rachida:{SECRET}@localhost:{server.port('imap')}"
    pop = f"pop3://rachida:{SECRET}@localhost:{server.port('pop3')}"
    output = good("what was read is not new any more", ["list", account])
    pli.ok(all(" N " not in line for line in output.splitlines()), "no N in the list", output)
    good("delete by POP3", ["delete", "1", pop])
    good("it is gone, the others moved up", ["read", "1", account], "Élève")
    good("delete by IMAP", ["delete", "1", account])
    good("delete in the Maildir", ["delete", "1", server.maildir("rachida")])
    pli.same(server.letters("rachida"), [], "nothing is left")
    pli.same(good("an empty list", ["list", account]), "", "says nothing")


if not os.path.exists(client.MAILCLIENT):
    pli.skip_all(f"{client.MAILCLIENT} is not built")
status, output, errors = client.run("--help")
pli.ok(status == 0 and "MAILCLIENT_ACCOUNT" in output and errors == "", "--help", output, errors)
status, output, errors = client.run("--version")
pli.ok(status == 0 and output.startswith("mailclient (Pli) ") and errors == "", "--version", output, errors)
with pli.Server(users={"rachida": SECRET}) as server:
    fill(server)
    safe_protocols(server)
    maildir(server)
    flags_and_deletion(server)
pli.done()
