#!/usr/bin/env python3
"""Programs that only send: msmtp, s-nail (which reads, too), bsd-mailx by our sendmail."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "lib"))
import pli
import programs
from programs import ADDRESS, PASSWORD, USER, WAYS


def letter(number):
    return programs.LETTER.format(number).replace("\r\n", "\n").encode()


def msmtp(server):
    for number, way in enumerate(WAYS):
        pli.mark("msmtp", f"{way} send")
        port = server.port("submissions" if way == "TLS" else "submission")
        tls = ("--tls=off",) if way == "plain" else (
            "--tls=on", f"--tls-starttls={'off' if way == 'TLS' else 'on'}", f"--tls-trust-file={server.certificate}")
        status, output, errors = pli.run(
            "msmtp", "-C", "/dev/null", "--host=localhost", f"--port={port}", "--auth=plain", f"--user={USER}",
            f"--passwordeval=echo {PASSWORD}", f"--from={ADDRESS}", *tls, "-t", stdin=letter(number))
        pli.ok(status == 0 and programs.arrived(server, programs.BODY.format(number), f"<{number}@example.org>"),
               f"msmtp sends, {way}", output, errors)
    pli.mark("msmtp", "STARTTLS send")
    status, output, _ = pli.run("msmtp", "-C", "/dev/null", "--host=localhost", f"--port={server.port('submission')}",
                                "--serverinfo")
    pli.ok(status == 0 and "SIZE" in output and "STARTTLS" in output, "msmtp shows what the server offers", output)


def s_nail(server):
    environment = {"HOME": server.folder, "LC_ALL": "C.UTF-8", "SSL_CERT_FILE": server.certificate}
    common = ("s-nail", "-:/", "-Sv15-compat", "-Sttycharset=utf-8", f"-Sfrom={ADDRESS}", "-Stls-verify=ignore",
              "-Sexpandaddr", "-Ssmtp-auth=plain")
    login = f"{USER}:{PASSWORD}@localhost"
    for way in WAYS:
        pli.mark("s-nail", f"{way} send")
        scheme, port = ("smtps", "submissions") if way == "TLS" else ("smtp", "submission")
        upgrade = ("-Ssmtp-use-starttls",) if way == "STARTTLS" else ()
        status, output, errors = pli.run(
            *common, *upgrade, f"-Smta={scheme}://{login}:{server.port(port)}", "-s", f"été {way}", ADDRESS,
            stdin="rachida bonjour\n".encode(), environment=environment)
        pli.ok(status == 0 and programs.arrived(server, "rachida bonjour", "Subject: =?utf-8?"),
               f"s-nail sends, {way}", output, errors)
    for way in WAYS:
        programs.empty(server)
        programs.deliver(server, 2)
        for protocol in ("imap", "pop3"):
            pli.mark("s-nail", f"{way} receive")
            secure = "s" if way == "TLS" else ""
            upgrade = (f"-S{protocol}-use-starttls",) if way == "STARTTLS" else ()
            url = f"{protocol}{secure}://{login}:{server.port(protocol + secure)}"
            status, output, errors = pli.run(*common, *upgrade, "-R", "-Spop3-bulk-load", "-H", "-f",
                                             url + ("/INBOX" if protocol == "imap" else ""), environment=environment)
            pli.ok(status == 0 and "letter 0" in output and "letter 1" in output,
                   f"s-nail lists by {protocol.upper()}, {way}", output, errors)
        pli.mark("s-nail", f"{way} receive manage")
        copy = os.path.join(server.folder, "copy-" + way)
        secure = "s" if way == "TLS" else ""
        status, output, errors = pli.run(
            *common, *(("-Simap-use-starttls",) if way == "STARTTLS" else ()), "-f",
            f"imap{secure}://{login}:{server.port('imap' + secure)}/INBOX",
            stdin=f"copy 1 {copy}\ndelete 1\nflag 2\nquit\n".encode(), environment=environment)
        text = programs.bytes_of(copy).decode() if os.path.exists(copy) else ""
        pli.ok("rachida bonjour, été 0\n.\n..two dots\n" in text, f"s-nail copies a letter out, {way}", output, errors)
        left = [path.rpartition("/")[2] for path in server.letters(USER)]
        pli.ok(len(left) == 1 and "F" in left[0].partition(":2,")[2], f"s-nail deletes one and flags one, {way}", left,
               output, errors)
    programs.empty(server)


def bsd_mailx(server):
    program, environment = programs.unpacked("usr/bin/bsd-mailx")
    sendmail = os.path.join(server.folder, "sendmail")
    os.symlink(os.path.join(pli.BIN, "mailclient"), sendmail)
    with open(server.folder + "/.mailrc", "w", encoding="utf-8") as file:
        file.write(f"set sendmail={sendmail}\n")
    with open(server.folder + "/password", "w", encoding="utf-8") as file:
        file.write(PASSWORD + "\n")
    environment.update(HOME=server.folder, MAILRC=server.folder + "/.mailrc", LC_ALL="C.UTF-8",
                       MAILCLIENT_VIA=f"smtp://localhost:{server.port('smtp')}")
    pli.mark("bsd-mailx, our sendmail", "plain send")
    status, output, errors = pli.run(program, "-s", "test", ADDRESS, stdin=b"rachida bonjour\n",
                                     environment=environment)
    pli.ok(status == 0 and programs.arrived(server, "Subject: test\n", "rachida bonjour\n"),
           "mail sends the course's letter by our sendmail", output, errors)
    status, output, errors = pli.run(program, "-s", "test", "-c", "nobody-here@localhost", ADDRESS,
                                     stdin=b"rachida bonjour\n", environment=environment)
    programs.empty(server)
    pli.ok("nobody-here" in output + errors, "and hears of a recipient that does not exist", status, output, errors)
    pli.mark("bsd-mailx, our sendmail", "receive manage")
    programs.deliver(server, 2)
    mbox = os.path.join(server.folder, "mbox")
    with open(mbox, "wb") as file:
        for path in server.letters(USER):
            file.write(b"From amine@example.org Tue Nov 24 10:00:00 2026\n"
                       + programs.bytes_of(path).replace(b"\nFrom ", b"\n>From ") + b"\n")
    status, output, errors = pli.run(program, "-f", mbox, stdin=b"print 1\ndelete 1\nquit\n", environment=environment)
    pli.ok("letter 0" in output and "..two dots" in output, "mail reads what was received", output, errors)
    programs.empty(server)


with pli.Server(users={USER: PASSWORD}) as server:
    programs.row("msmtp", lambda: msmtp(server), "msmtp")
    programs.row("s-nail", lambda: s_nail(server), "s-nail")
    programs.row("bsd-mailx, our sendmail", lambda: bsd_mailx(server), packaged="usr/bin/bsd-mailx")
pli.done()
