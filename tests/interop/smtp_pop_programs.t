#!/usr/bin/env python3
"""curl, swaks and mutt send to the server and read from it, in the clear and under TLS."""
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli

USER, PASSWORD = "rachida", "bonjour-2026"
work = tempfile.mkdtemp(prefix="pli-interop-")
letter = os.path.join(work, "letter.eml")
with open(letter, "w", encoding="utf-8", newline="") as file:
    file.write("From: a@example.org\r\nTo: rachida@localhost\r\nSubject: test\r\n\r\nrachida bonjour\r\n.dot\r\n")


def arrived(server, mark):
    """One letter that holds the mark is in the mailbox; it is taken away."""
    letters = server.letters(USER)
    found = [path for path in letters if mark in open(path, encoding="utf-8", errors="replace").read()]
    for path in letters:
        os.unlink(path)
    return len(letters) == 1 and len(found) == 1


def curl(server):
    if pli.installed("curl"):
        pli.skip("curl", "curl is not installed")
        return
    login = ("-u", f"{USER}:{PASSWORD}", "--cacert", server.certificate)
    envelope = ("--mail-from", "a@example.org", "--mail-rcpt", "rachida@localhost", "-T", letter)
    smtp, pop = f"smtp://localhost:{server.port('submission')}/c.test", f"pop3://localhost:{server.port('pop3')}"
    ways = (("in the clear", smtp, pop, ()),
            ("STARTTLS", smtp, pop, ("--ssl-reqd",)),
            ("TLS from the start", f"smtps://localhost:{server.port('submissions')}/c.test",
             f"pop3s://localhost:{server.port('pop3s')}", ()))
    for way, smtp, pop, options in ways:
        column = {"in the clear": "plain", "STARTTLS": "STARTTLS"}.get(way, "TLS")
        pli.mark("curl", column + " send")
        status, _, errors = pli.run("curl", "-sS", smtp, *login, *options, *envelope)
        pli.same((status, errors), (0, ""), f"curl sends, {way}")
        pli.mark("curl", column + " receive manage")
        status, listed, _ = pli.run("curl", "-sS", pop + "/", *login, *options)
        pli.ok(status == 0 and listed.startswith("1 "), f"curl lists by POP3, {way}", status, listed)
        status, text, errors = pli.run("curl", "-sS", pop + "/1", *login, *options)
        pli.ok(status == 0 and text.endswith("\r\n\r\nrachida bonjour\r\n.dot\r\n"), f"curl reads by POP3, {way}",
               status, text, errors)
        status, _, errors = pli.run("curl", "-sS", pop + "/1", "-X", "DELE", "-I", *login, *options)
        pli.same((status, errors), (0, ""), f"curl deletes, {way}")
        pli.same(server.letters(USER), [], "and the letter is gone")
    pli.mark("curl", "send")
    for mechanism in ("PLAIN", "LOGIN", "SCRAM-SHA-256"):
        status, _, errors = pli.run("curl", "-sS", ways[0][1], *login, "--login-options", f"AUTH={mechanism}",
                                    *envelope)
        if status in (4, 67) and mechanism.startswith("SCRAM"):
            pli.skip(f"curl logs in by {mechanism}", "this curl does not know it")
        else:
            pli.ok(status == 0 and arrived(server, "rachida bonjour"), f"curl logs in by {mechanism}", status, errors)
        for path in server.letters(USER):
            os.unlink(path)
    status, _, errors = pli.run("curl", "-sS", ways[0][1], "-u", f"{USER}:wrong-2026", *envelope)
    pli.same(status, 67, "curl is refused with a wrong password")


def swaks(server):
    if pli.installed("swaks"):
        pli.skip("swaks", "swaks is not installed")
        return
    common = ("swaks", "-f", "b@example.org", "-t", "rachida@localhost", "--helo", "c.test",
              "--body", "rachida bonjour swaks")
    smtp, submission = f"127.0.0.1:{server.port('smtp')}", f"127.0.0.1:{server.port('submission')}"
    pli.mark("swaks", "plain send")
    status, output, errors = pli.run(*common, "--server", smtp)
    pli.ok(status == 0 and arrived(server, "bonjour swaks"), "swaks sends, in the clear", status, output, errors)
    status, output, errors = pli.run(*common, "--server", smtp, "--pipeline")
    pli.ok(status == 0 and arrived(server, "bonjour swaks"), "swaks sends, pipelining", status, output, errors)
    if "TLS not available" in "".join(pli.run("swaks", "--support")[1:]):
        pli.skip("swaks under TLS", "its TLS module is not installed")
    else:
        pli.mark("swaks", "STARTTLS TLS send")
        login = ("-au", USER, "-ap", PASSWORD)
        status, output, errors = pli.run(*common, "--server", submission, "-tls", "-a", "PLAIN", *login)
        pli.ok(status == 0 and arrived(server, "bonjour swaks"), "swaks sends by STARTTLS, AUTH PLAIN", output, errors)
        status, output, errors = pli.run(*common, "--server", f"127.0.0.1:{server.port('submissions')}", "-tlsc",
                                         "-a", "LOGIN", *login)
        pli.ok(status == 0 and arrived(server, "bonjour swaks"), "swaks sends under TLS, AUTH LOGIN", output, errors)
    pli.mark("swaks", "plain send")
    pli.same(pli.run(*common, "--server", smtp, "--quit-after", "RCPT")[0], 0, "swaks asks for a recipient and leaves")
    pli.run(*common, "--server", smtp, "--drop-after", "DATA")
    pli.same(server.letters(USER), [], "nothing is kept of a letter that was not finished")


def mutt(server):
    if pli.installed("mutt", "script"):
        pli.skip("mutt", "mutt or script is not installed")
        return
    home = os.path.join(work, "mutt")
    os.mkdir(home)
    settings = os.path.join(home, "muttrc")
    mbox = os.path.join(home, "mbox")
    with open(settings, "w", encoding="utf-8") as file:
        file.write(f"""set from = "rachida@localhost"
set smtp_url = "smtp://{USER}@localhost:{server.port('submission')}/"
set smtp_pass = "{PASSWORD}"
set pop_user = "{USER}"
set pop_pass = "{PASSWORD}"
set ssl_starttls = yes
set ssl_force_tls = yes
set ssl_verify_host = yes
set certificate_file = "{server.certificate}"
set copy = no
set confirmappend = no
set confirmcreate = no
set pop_delete = yes
set pop_checkinterval = 0
set quit = yes
set move = no
set wait_key = no
set sleep_time = 0
set mbox_type = mbox
""")
    environment = {"HOME": home, "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    pli.mark("mutt", "STARTTLS send receive")
    status, output, errors = pli.run("mutt", "-n", "-F", settings, "-s", "été", "-a", letter, "--", "rachida@localhost",
                                     stdin="rachida bonjour mutt\n".encode(), environment=environment)
    letters = server.letters(USER)
    pli.ok(status == 0 and len(letters) == 1, "mutt sends by STARTTLS, with an attachment", status, output, errors,
           server.log()[-2000:])
    macro = f"push \\\"<tag-pattern>~A<enter><tag-prefix><copy-message>{mbox}<enter><exit>\\\""
    start = f"mutt -n -F {settings} -e"
    status, output, errors = pli.run(
        "timeout", "20", "script", "-qec", f'{start} "{macro}" -f pop://localhost:{server.port("pop3")}/', "/dev/null",
        stdin=b"", environment=environment)
    text = open(mbox, encoding="utf-8", errors="replace").read() if os.path.exists(mbox) else ""
    pli.ok(text.count("\nFrom ") + text.startswith("From ") == 1 and "rachida bonjour mutt" in text,
           "mutt reads by POP3 under STLS", status, output[-2000:], errors, server.log()[-2000:])
    # The very Maildir that the server keeps.
    pli.run("curl", "-sS", f"smtp://localhost:{server.port('smtp')}/c.test", "--mail-from", "a@example.org",
            "--mail-rcpt", "rachida@localhost", "-T", letter)
    local = os.path.join(home, "local.mbox")
    macro = f"push \\\"<tag-pattern>~A<enter><tag-prefix><copy-message>{local}<enter><exit>\\\""
    pli.run("timeout", "20", "script", "-qec", f'{start} "{macro}" -f {server.maildir(USER)}', "/dev/null", stdin=b"",
            environment=environment)
    text = open(local, encoding="utf-8", errors="replace").read() if os.path.exists(local) else ""
    pli.ok("rachida bonjour\n" in text, "mutt reads the Maildir itself", text[-500:])


try:
    with pli.Server(users={USER: PASSWORD}) as server:
        curl(server)
        swaks(server)
        mutt(server)
finally:
    shutil.rmtree(work, ignore_errors=True)
pli.done()
