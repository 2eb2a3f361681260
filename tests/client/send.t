#!/usr/bin/env python3
"""mailclient send and sendmail against our server: plain, STARTTLS, TLS, logging in, refusals, MIME."""
import email
import email.policy
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import client
import pli

SECRET = "bonjour-2026"


def newest(server, user="rachida"):
    """The letter that came last, as Python's own mail library reads it."""
    path = max(server.letters(user), key=os.path.getmtime)
    with open(path, "rb") as file:
        return email.message_from_binary_file(file, policy=email.policy.default)


def sends(server, what, *words, stdin="rachida bonjour\n", to="rachida@localhost", environment=None):
    """Sends; answers the letter that arrived, or None."""
    before = len(server.letters("rachida"))
    status, output, errors = client.run("send", *words, to, stdin=stdin, environment=environment)
    arrived = len(server.letters("rachida")) - before
    pli.ok((status, arrived, output, errors) == (0, 1, "", ""), what, f"status {status}, {arrived} letters", errors)
    return newest(server) if arrived else None


def refused(what, sentence, *words, stdin="x\n", status=1, environment=None):
    got, output, errors = client.run(*words, stdin=stdin, environment=environment)
    pli.ok(got == status and sentence in errors and output == "" and client.safe(errors), what,
           f"status {got}", errors)


def letters(server, via):
    letter = sends(server, "the deck's letter, by STARTTLS since it is offered", "-s", "test", "--via", via)
    pli.ok(letter and letter["subject"] == "test" and letter["to"] == "rachida@localhost" and
           letter.get_content() == "rachida bonjour\n" and letter["mime-version"] is None and
           letter["message-id"] and letter["date"] and "TLSv1.3" in letter["received"],
           "it is a plain message with all it needs", letter)
    letter = sends(server, "in the clear, when told so", "-s", "test", "--no-tls", "--via", via)
    pli.ok(letter and "TLS" not in letter["received"], "it came without TLS", letter)
    letter = sends(server, "a subject, a name and a text beyond ASCII", "-s", "Été à Fès", "-f",
                   "Rachida É. <rachida@localhost>", "--via", via, stdin="Élève à Fès\n.\n..\nFrom here\n")
    pli.ok(letter and letter["subject"] == "Été à Fès" and
           letter["from"].addresses[0].display_name == "Rachida É." and
           letter.get_content() == "Élève à Fès\n.\n..\nFrom here\n", "they come out as they went in", letter)
    with tempfile.NamedTemporaryFile(prefix="été ", suffix=".png") as file:
        file.write(bytes(range(256)) * 300)
        file.flush()
        letter = sends(server, "an attachment", "-s", "x", "-a", file.name, "-a", "LICENSE", "--via", via)
        parts = list(letter.iter_attachments()) if letter else []
        pli.ok(len(parts) == 2 and parts[0].get_filename() == os.path.basename(file.name) and
               parts[0].get_content() == bytes(range(256)) * 300 and parts[0].get_content_type() == "image/png" and
               letter.get_body().get_content() == "rachida bonjour\n", "it comes out as it went in", letter)
    letter = sends(server, "an empty text, no subject", "--via", via, stdin="")
    pli.ok(letter and letter["subject"] is None and letter.get_content() == "", "nothing was added", letter)
    letter = sends(server, "a line of 100,000 characters", "--via", via, stdin="x" * 100000)
    pli.ok(letter and letter.get_content() == "x" * 100000 + "\n", "it comes out as it went in")
    # RFC 5321 §7.2: who gets a blind copy stands on the envelope alone.
    letter = sends(server, "copies", "-c", "Amine <amine@localhost>", "-b", "amine@localhost", "--via", via)
    pli.ok(letter and letter["cc"] == "Amine <amine@localhost>" and letter["bcc"] is None and
           len(server.letters("amine")) == 1, "each got one, and nobody sees the blind one", letter)


def logins(server):
    account = f"rachida:{SECRET}@localhost:"
    trust = ("--ca-file", server.certificate)
    for scheme, port, options in (("submission", "submission", trust), ("submission", "submission", ("--no-tls",)),
                                  ("smtps", "submissions", trust), ("submissions", "submissions", trust)):
        sends(server, f"{scheme}: with a login, {options[0]}", *options, "--via",
              f"{scheme}://{account}{server.port(port)}")
    for how in ("PLAIN", "LOGIN", "SCRAM-SHA-256"):
        sends(server, f"logging in by {how}", "--auth", how, *trust, "--via",
              f"submission://{account}{server.port('submission')}")
    with tempfile.NamedTemporaryFile("w") as file:
        file.write(SECRET + "\n")
        file.flush()
        sends(server, "the password from a file", "--password-file", file.name, *trust, "--via",
              f"submission://rachida@localhost:{server.port('submission')}")
    via = f"submission://localhost:{server.port('submission')}"
    refused("submission without a login", "530", "send", "--via", via, "rachida@localhost")
    refused("a wrong password", "535", "send", "--via", via.replace("//", "//rachida:wrong@"), "rachida@localhost")
    refused("no password and nobody to ask", "--password-file", "send", "--via", via.replace("//", "//rachida@"),
            "rachida@localhost")
    refused("a certificate that nobody vouches for", "self-signed", "send", "--via",
            f"smtps://{account}{server.port('submissions')}", "rachida@localhost")
    sends(server, "the same, when told to take any", "--accept-any-certificate", "--via",
          f"smtps://{account}{server.port('submissions')}")


def failures(server, via):
    refused("a recipient nobody knows", "550 5.1.1", "send", "--via", via, "nobody@localhost")
    before = len(server.letters("rachida"))
    refused("one of two", "nobody@localhost: 550", "send", "--via", via, "nobody@localhost", "rachida@localhost")
    pli.same(len(server.letters("rachida")), before + 1, "the other gets it")
    refused("a letter that is too large", "larger than the server takes", "send", "--via", via, "rachida@localhost",
            stdin="x" * 79 + "\n" + ("y" * 79 + "\n") * 140000)
    refused("nobody listens", "connection refused by 127.0.0.1 port 9:", "send", "--via", "smtp://127.0.0.1:9",
            "rachida@localhost")
    refused("no address", "no mail address", "send", "--via", via, "rachida@@localhost")
    refused("an address with a command in it", "no mail address", "send", "--via", via,
            "a@localhost>\r\nRCPT TO:<b@localhost")
    refused("no recipient", "at least one address", "send", "--via", via, status=2)
    refused("a file that is not there", "/nowhere", "send", "-a", "/nowhere", "--via", via, "rachida@localhost")
    refused("an option that is not there", "--bogus", "send", "--bogus", status=2)
    refused("a protocol that does not send", "smtp:", "send", "--via", "pop3://x:y@localhost", "rachida@localhost")
    refused("a proxy of nothing", "http: is no protocol", "send", "--via", "http://x", "rachida@localhost")


def sendmail(server, via):
    folder = tempfile.mkdtemp()
    program = os.path.join(folder, "sendmail")
    os.symlink(client.MAILCLIENT, program)
    environment = {"MAILCLIENT_VIA": via}
    raw = b"From: a@localhost\nTo: Rachida <rachida@localhost>\nBcc: amine@localhost\nSubject: raw\n\nline\n.\nrest\n"
    try:
        before = len(server.letters("amine"))
        status, output, errors = pli.run(program, "-t", "-i", stdin=raw, environment=environment)
        letter = newest(server)
        pli.ok((status, output, errors) == (0, "", "") and letter["subject"] == "raw" and letter["bcc"] is None and
               letter["message-id"] and letter.get_content() == "line\n.\nrest\n" and
               len(server.letters("amine")) == before + 1, "sendmail -t -i", status, errors, letter)
        status, _, errors = pli.run(program, "-f", "b@localhost", "rachida", stdin=raw, environment=environment)
        letter = newest(server)
        pli.ok(status == 0 and letter["return-path"] == "<b@localhost>" and letter.get_content() == "line\n",
               "sendmail -f SENDER RECIPIENT, up to the dot", status, errors, letter)
        status, _, errors = pli.run(program, "-oi", "-f", "<>", "rachida@localhost", stdin=b"just text\n",
                                    environment=environment)
        letter = newest(server)
        pli.ok(status == 0 and letter["return-path"] == "<>" and letter.get_content() == "just text\n",
               "a text without a header, from nobody", status, errors, letter)
        status, _, errors = pli.run(program, "-bs", stdin=b"", environment=environment)
        pli.ok(status == 2 and "-bs" in errors, "sendmail -bs is said not to be there", errors)
    finally:
        os.unlink(program)
        os.rmdir(folder)


def transcript(server, via):
    with tempfile.NamedTemporaryFile("r") as file:
        client.run("send", "--transcript", file.name, "--auth", "PLAIN", "--no-tls", "--via",
                   f"submission://rachida:{SECRET}@localhost:{server.port('submission')}", "rachida@localhost",
                   stdin="rachida bonjour\n")
        lines = file.read().splitlines()
    pli.ok(all(line[:3] in ("C: ", "S: ") for line in lines) and "C: AUTH PLAIN ********" in lines and
           "C: rachida bonjour" in lines and "C: ." in lines and SECRET not in "".join(lines),
           "the transcript shows the dialogue and no secret", *lines)


if not os.path.exists(client.MAILCLIENT):
    pli.skip_all(f"{client.MAILCLIENT} is not built")
with pli.Server(users={"rachida": SECRET, "amine": "salut-2026"}) as server:
    VIA = f"smtp://localhost:{server.port('smtp')}"
    letters(server, VIA)
    logins(server)
    failures(server, VIA)
    sendmail(server, VIA)
    transcript(server, VIA)
pli.done()
