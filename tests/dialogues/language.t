#!/usr/bin/env python3
"""The runner of dialogues, against servers and clients that do as the test says."""
import json
import os
import re
import shutil
import smtplib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import client
import pli

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "visualizer"))
import craft

DIALOGUE = os.path.join(pli.BIN, "dialogue")
work = tempfile.mkdtemp(prefix="pli-dialogue-")


def write(name, text):
    path = os.path.join(work, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def dialogue(*words, environment=None, timeout=60):
    return pli.run(DIALOGUE, *words, timeout=timeout,
                   environment={"LC_ALL": "C.UTF-8", "LANGUAGE": "en", **(environment or {})})


def against(play, text, *options, title="title: t\n"):
    """Runs one dialogue against a server that plays: (status, output, the result as JSON)."""
    path = write("one.dialogue", title + text)
    result = os.path.join(work, "result.json")
    if os.path.exists(result):
        os.unlink(result)
    with client.Peer(play) as peer:
        status, output, errors = dialogue("--connect", f"127.0.0.1:{peer.port}", "--json", result, *options, path)
    if not os.path.exists(result):
        return status, output + errors, None
    with open(result, encoding="utf-8") as file:
        return status, output + errors, json.load(file)["dialogues"][0]


def passes(what, play, text, *options):
    status, output, _ = against(play, text, *options)
    pli.ok(status == 0, what, status, output)


def fails(what, play, text, *marks, options=()):
    """The failure must be told with all these marks."""
    status, output, _ = against(play, text, "--timeout", "2", *options)
    pli.ok(status == 1 and all(mark in output for mark in marks), what, status, output, marks)


def says(*pieces):
    """A server that sends the pieces as they are, then waits for the client to leave."""
    def play(talk):
        for piece in pieces:
            talk.send(piece)
        talk.file.read()
    return play


def echo(talk):
    for line in talk.file:
        talk.send(line)


def patterns():
    passes("any order, any number, optional lines",
           says("* 3 EXISTS\r\n* FLAGS (\\Seen)\r\n* 1 x\r\n* 2 x\r\na OK done\r\n"),
           "connect: imap\nany-order\nS: * FLAGS (\\Seen)\nS: * 3 EXISTS\nS*: * *\nend\nS?: never\nS: a OK *\n")
    fails("a line that is missing among those in any order", says("* 3 EXISTS\r\na OK\r\n"),
          "connect: imap\nany-order\nS: * FLAGS *\nS: * 3 EXISTS\nend\n", "expected  * FLAGS *", "received  a OK",
          "▸")
    passes("captured values are used later", echo, "connect: raw\nset: x 7\nC: uid=${x};\nS: uid=${uid=*};\n"
           "C: ${add ${uid} 1}\nS: /^(?<next>8)$/\nsame: ${next} 8\nless: ${uid} ${next}\ndiffer: a b\n")
    passes("a whole reply", says("250-a\r\n250-b\r\n250 c\r\n220 next\r\n"), "connect: smtp\nS: 250*b*\nS: 220 next\n")
    passes("a reply that must not match", says("250-a\r\n250 c\r\n"), "connect: smtp\nS reply not: *STARTTLS*\n")
    fails("and that does", says("250-STARTTLS\r\n250 c\r\n"), "connect: smtp\nS reply not: *STARTTLS*\n",
          "anything but *STARTTLS*")
    passes("lines passed over", says("a\r\nb\r\nc\r\nd\r\n"), "connect: raw\nS until: c\nS: d\n")
    fails("a bare LF", says("220 hello\n"), "connect: smtp\nS: 220 hello\n", "bare LF")
    fails("two different things", echo, "connect: raw\nC: x\nS: x\nsame: a b\n", "expected  a", "received  b")


def failure_is_a_lesson():
    def play(talk):
        talk.send("220 here\r\n")
        talk.ask("")
        talk.send("250 fine\r\n")
        talk.line()
        talk.send("250 \x1b[31mred\x07 \u202eevil\r\n")
        talk.file.read()
    status, output, result = against(play,
                                     "rfc: 5321 §4.1.4\nhint: think\nconnect: smtp\nS: 220 *\nC: EHLO c\nS: 250*\n"
                                           "C: RCPT TO:<a@b>\nS: 503 *\n")
    pli.ok(status == 1 and "one.dialogue:9:4: S: 503 *" in output and "expected  503 *" in output
           and "state     READY" in output and "read      RFC 5321 §4.1.4" in output and "hint      think" in output,
           "a failure tells place, expectation, state, RFC and hint", output)
    pli.ok("\x1b" not in output and "\x07" not in output and "\u202e" not in output and "␛[31m" in output,
           "and what came is shown, not obeyed", output)
    pli.ok(re.search(r"▸ +6  S: 250", output) is not None, "the first illegal line is marked", output)
    failure = result["failure"]
    pli.ok(failure["line"] == 9 and failure["expected"] == "503 *" and failure["state"] == "READY"
           and {"RCPT", "250", "503"} <= {word["name"] for word in failure["words"]}
           and [step["illegal"] for step in result["steps"]][-1], "JSON has it too", json.dumps(failure))
    pli.same(result["rfc"], [{"number": 5321, "section": "4.1.4"}], "with the RFC sections as data")
    path = write("fr.dialogue", "title: t\ntitle.fr: le titre\nconnect: raw\nS: x\n")
    output = dialogue("--lang", "fr", "--connect", "127.0.0.1:1", path)[1]
    pli.ok("le titre" in output, "in French the title is French", output)
    status, output, _ = against(says("no\r\n"), "connect: raw\nS: yes\n", "--tap")
    pli.ok(output.startswith("not ok 1 - ") and output.rstrip().endswith("1..1") and
           all(line.startswith(("not ok", "# ", "1..")) for line in output.splitlines()), "TAP", output)
    status, output, _ = against(says("x\r\nok 2 - forged\r\n# 1..5\r\n"), "connect: raw\nS: x\nS: y\n", "--tap")
    pli.ok(not any(line.startswith("ok") for line in output.splitlines()), "what came cannot be taken for a result",
           output)


def bytes_on_the_wire():
    seen = []

    def play(talk):
        while data := talk.connection.recv(1000):
            seen.append(data)
    path = write("bytes.dialogue",
                 "title: t\nconnect: raw\nC raw: a\\nb\\0\\xff\nC: one\\|two\nC bytewise: xyz\nclose\n")
    with client.Peer(play) as peer:
        status, output, _ = dialogue("--connect", f"127.0.0.1:{peer.port}", path)
        pli.wait_until(lambda: b"".join(seen).endswith(b"xyz\r\n"))
    pli.same((status, b"".join(seen)), (0, b"a\nb\0\xffone" b"two\r\nxyz\r\n"),
             "raw bytes, cut and bytewise: all of them")
    pli.ok(len(seen) >= 2 and not any(b"onetwo" in piece for piece in seen), "and cut where it says", seen)
    letter = write("letter", "Subject: x\n\n.\n..two\nend\n")
    passes("a letter from a file, its dots doubled", echo, f"connect: raw\nC data: {letter}\n"
           "S: Subject: x\nS: \nS: ..\nS: ...two\nS: end\nS: .\n")
    passes("exact bytes of the other side", says(b"a\nb\0c"), "connect: raw\nS raw: a\\nb\\0c\n")
    fails("other bytes", says(b"a\nb\0d"), "connect: raw\nS raw: a\\nb\\0c\n", "not the bytes")


def limits():
    started = time.monotonic()
    fails("silence where a line belongs", says(""), "within: 0.3\nconnect: smtp\nS: 220 *\n", "nothing came within 0.3")
    fails("the whole takes too long", says(""), "time: 0.5\nconnect: smtp\nS: 220 *\n", "nothing came")
    pli.ok(time.monotonic() - started < 5 * pli.SLOW, "no wait is longer than it may be")
    passes("silence where it belongs", says(""), "connect: raw\nsilence: 0.1\npause: 0.1\n")
    fails("a word where silence belongs", says("x\r\n"), "connect: raw\nsilence: 1\n", "something came", "received  x")
    fails("half a line", says("22"), "connect: smtp\nwithin: 0.3\nS: 220 *\n", "received  22")
    passes("closed", lambda talk: talk.send("bye\r\n"), "connect: raw\nS: bye\nclosed\n")
    fails("not closed", says(""), "within: 0.3\nconnect: raw\nclosed\n", "did not close")
    fails("not closed, but talking", says("x\r\n"), "connect: raw\nclosed\n", "goes on talking")
    fails("closed too early", lambda talk: None, "connect: smtp\nS: 220 *\n", "closed the connection instead")

    def flood(talk):
        try:
            while True:
                talk.send(b"A" * 65536)
        except OSError:
            pass
    fails("a line without end", flood, "connect: raw\nS: x\n", "far more than the dialogue expects")
    pli.ok(client.largest_child() < (1200 if pli.SLOW > 1 else 200) << 20, "and it costs little memory",
           client.largest_child())

    def lines(talk):
        try:
            while True:
                talk.send(b"* x\r\n" * 10000)
        except OSError:
            pass
    fails("lines without end", lines, "time: 1\nconnect: raw\nS until: y\n", "because")
    status, output, errors = dialogue("--connect", "127.0.0.1:1", write("x.dialogue", "title: t\nconnect: raw\nS: x\n"))
    pli.ok(status == 1 and "no connection to 127.0.0.1 port 1" in output, "nobody there", output, errors)


def tls():
    certificate = client.Certificate("DNS:mail.test")
    context = certificate.context()

    def play(talk):
        talk.send("220 here\r\n")
        talk.ask("")
        talk.send("250 STARTTLS\r\n")
        talk.line()
        talk.send("220 go on\r\n")
        talk.start_tls(context)
        talk.ask("")
        talk.send("250 fine\r\n")
        talk.file.read()
    opening = "connect: smtp\nS: 220 *\nC: EHLO c\nS: 250*\nC: STARTTLS\nS: 220*\n"
    passes("STARTTLS and what it came to", play,
           opening + "state: TLS HANDSHAKE\ntls: version=1.3 name=mail.test\nstate: CONNECTED\n"
           "tls-is: version=TLSv1.3 name=mail.test trusted=yes cipher=*\nC: EHLO c\nS: 250*\nstate: READY\n",
           "--ca-file", certificate.file)
    fails("a certificate for another name", play, opening + "tls: name=localhost\ntls-is: name=localhost\n",
          "expected  name=localhost", "received  mail.test")
    fails("a certificate nobody vouches for", play, opening + "tls: name=mail.test\ntls-is: trusted=yes\n",
          "self-signed")
    passes("a handshake that must fail", play, opening + "tls: version=1.0 fails\n")
    fails("and does not", play, opening + "tls: fails\n", "should fail")

    def injected(talk):
        talk.send("220 here\r\n")
        talk.ask("")
        talk.send("250 STARTTLS\r\n")
        talk.line()
        talk.send("220 go on\r\n250 injected\r\n")
        talk.file.read()
    fails("bytes in the clear behind the 220", injected, opening + "pause: 0.2\nsilence: 0\ntls\n", "because")

    def implicit(talk):
        talk.start_tls(context)
        talk.send("* OK here\r\n")
        talk.file.read()
    passes("TLS from the first byte on", implicit, "connect: imaps\ntls-is: version=TLSv1.*\nS: * OK *\n"
           "state: NOT AUTHENTICATED\n")
    certificate.remove()


def several_sessions():
    def play(talk):
        talk.send("hello\r\n")
        echo(talk)
    passes("two sessions at once", play, "[a] connect: raw\n[b] connect: raw\n[a] S: hello\n[b] S: hello\nC: to b\n"
           "[a] C: to a\nS: to a\n[b] S: to b\n")


def listens(text, *options):
    """A dialogue that waits for a client: (process, port)."""
    ready = tempfile.mktemp(dir=work)
    process = subprocess.Popen([DIALOGUE, "--listen", "0", "--ready-file", ready, "--timeout", "10", *options,
                                write("listening.dialogue", text)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               text=True)
    pli.wait_until(lambda: os.path.exists(ready) and os.path.getsize(ready) > 0 or process.poll() is not None)
    if not os.path.exists(ready):
        return process, 0
    with open(ready, encoding="utf-8") as file:
        return process, int(file.read())


def clients_under_tls():
    """We are the server and have the certificate, at once or after STARTTLS; the client is Python's."""
    certificate = client.Certificate("DNS:mail.test")
    ours = ("--certificate", certificate.file, "--key", certificate.key)
    trusting = ssl.create_default_context(cafile=certificate.file)
    said = "S: 220 here\nC: /(?i)^ehlo /\nS: 250-here\nS: 250 STARTTLS\nC: /(?i)^starttls$/\nS: 220 go on\ntls:\n"
    process, port = listens("title: t\nconnect: smtp\n" + said +
                            "C: /(?i)^ehlo /\nS: 250 here\nC: /(?i)^quit$/\nS: 221 bye\nclosed\n", *ours)
    with smtplib.SMTP("127.0.0.1", port, "client.example", 10 * pli.SLOW) as talk:
        talk._host = "mail.test"    # the name that the certificate is for
        talk.starttls(context=trusting)
        answer = talk.ehlo()
        talk.quit()
    output = process.communicate(timeout=30 * pli.SLOW)[0]
    pli.ok(process.returncode == 0 and answer[0] == 250, "a client is tested under STARTTLS", answer, output)
    process, port = listens("title: t\nconnect: imaps\nS: * OK\nC: a NOOP\nS: a OK\nclose\n", *ours)
    with socket.create_connection(("127.0.0.1", port), timeout=10 * pli.SLOW) as plain, \
            trusting.wrap_socket(plain, server_hostname="mail.test") as talk:
        greeting = talk.recv(100)
        talk.sendall(b"a NOOP\r\n")
        answer = greeting + talk.recv(100)
    output = process.communicate(timeout=30 * pli.SLOW)[0]
    pli.ok(process.returncode == 0 and answer == b"* OK\r\na OK\r\n", "and under TLS from the start", answer, output)
    process, port = listens("title: t\nconnect: smtp\n" + said)
    with socket.create_connection(("127.0.0.1", port), timeout=10 * pli.SLOW) as talk:
        talk.sendall(b"EHLO x\r\nSTARTTLS\r\n")
        output = process.communicate(timeout=30 * pli.SLOW)[0]
    pli.ok(process.returncode == 1 and "--certificate" in output, "without a certificate the reason is said", output)
    certificate.remove()


def clients():
    """We are the server, and test a client."""
    ready = os.path.join(work, "ready")
    path = write("client.dialogue", "title: a client\nconnect: smtp\nS: 220 here\nC: EHLO ${name=*}\nS: 250-here\n"
                 "S: 250 PIPELINING\nC: MAIL FROM:<${from=*}>*\nS: 250 fine\nC: RCPT TO:<*>\nS: 250 fine\nC: DATA\n"
                 "S: 354 go on\nC until: .\nS: 250 taken\nC: QUIT\nS: 221 bye\nclosed\nsame: ${from} a@example.org\n")
    process = subprocess.Popen([DIALOGUE, "--listen", "0", "--ready-file", ready, "--timeout", "10", path],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    pli.wait_until(lambda: os.path.exists(ready) and os.path.getsize(ready) > 0)
    with open(ready, encoding="utf-8") as file:
        port = file.read().strip()
    status, output, errors = client.run("send", "-f", "a@example.org", "-s", "test", "--via",
                                        f"smtp://127.0.0.1:{port}",
                                        "b@example.org", stdin="bonjour\n")
    output, _ = process.communicate(timeout=30 * pli.SLOW)
    pli.ok(process.returncode == 0 and status == 0, "a client is tested: ours sends a letter", output, errors)
    process = subprocess.Popen([DIALOGUE, "--listen", "0", "--ready-file", ready, "--timeout", "5",
                                write("bad.dialogue", "title: t\nconnect: smtp\nS: 220 here\nC: EHLO *\n")],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with open(ready, encoding="utf-8") as file:
        pli.wait_until(lambda: file.seek(0) == 0 and file.read().strip() not in ("", port))
        file.seek(0)
        port = file.read().strip()
    with socket.create_connection(("127.0.0.1", int(port)), timeout=5 * pli.SLOW) as talk:
        talk.recv(100)
        talk.sendall(b"HELLO\r\n")
        output, _ = process.communicate(timeout=30 * pli.SLOW)
    pli.ok(process.returncode == 1 and "received  HELLO" in output, "and one that does not speak SMTP", output)


def mailboxes():
    maildir = os.path.join(work, "home", "rachida", "Maildir")
    write("letter", "Subject: x\n\nbonjour\n")
    options = ("--maildir", os.path.join(work, "home", "%u", "Maildir"), "--timeout", "1")
    os.makedirs(os.path.join(work, "home", "rachida"))
    passes("letters are delivered and found", says(""),
           "deliver: rachida letter times=2\ndeliver: rachida/.Sent letter "
           "flags=S\nconnect: raw\nmaildir: rachida count 2\nmaildir: rachida new 2\nmaildir: rachida tmp 0\n"
           "maildir: rachida contains bon*our\nmaildir: rachida lacks absent\nmaildir: rachida mode 0600\n"
           "maildir: rachida/.Sent flags S\nmaildir: rachida/.Trash folder no\nmaildir: rachida/.Sent folder yes\n",
               *options)
    pli.same(sorted(len(os.listdir(os.path.join(maildir, part))) for part in ("new", "cur", "tmp")), [0, 0, 2],
             "they are where they belong")
    for rule, found in (("count 3", "received  2"), ("contains absent", "0 of them"), ("flags S", "received  - -"),
                        ("mode 0644", "received  0600 0600"), ("lacks bonjour", "2 of them")):
        fails(f"a Maildir without {rule}", says(""), f"within: 0.2\nconnect: raw\nmaildir: rachida {rule}\n", found,
              options=options)

    def later(talk):
        talk.send("ok\r\n")
        threading.Timer(0.3, lambda: shutil.copy(os.path.join(work, "letter"), os.path.join(maildir, "new",
                                                                                            "3"))).start()
        talk.file.read()
    passes("a letter that comes later is waited for", later, "connect: raw\nS: ok\nmaildir: rachida count 3\n",
           *options)
    status, output, result = against(says(""), "connect: raw\nmaildir: rachida count 1\n")
    pli.ok(status == 3 and result["verdict"] == "not run", "without --maildir it is not run", output)


def servers_differ():
    profile = write("profile",
                    "name: Brief\nlacks: AUTH  -- no passwords here\nset: code 250\nexcept: o*.dialogue#2 -- why\n")
    for text, verdict, reason in (("needs: AUTH\nconnect: raw\n", "not run", "no passwords here"),
                                  ("needs: DSN\nconnect: raw\nS: ${code} x\n", "passed", "")):
        status, output, result = against(says("250 x\r\n"), text, "--profile", profile)
        pli.ok(status == (0 if verdict == "passed" else 3) and result["verdict"] == verdict and
               reason in result["reason"], f"profile: {verdict}", output)
    rows = write("one-rows.dialogue",
                 "title: ${verb}\ncolumns: verb answer\nrow: A a\nrow: B b\nrow: \"C c\" x\nconnect: raw\n"
                 "C: ${verb}\nS: ${answer}\n")

    def lower(talk):
        for line in talk.file:
            talk.send(line.lower())
    with client.Peer(lower) as peer:
        status, output, _ = dialogue("--connect", f"127.0.0.1:{peer.port}", "--profile", profile, "--tap", "--jobs",
                                     "3",
                                     rows)
    lines = [line for line in output.splitlines() if not line.startswith("#")]
    pli.ok(status == 1 and lines[0].startswith("ok 1 - ") and "# SKIP" in lines[1] and "why" in lines[1]
           and lines[2].startswith("not ok 3 - ") and lines[3] == "1..3",
           "rows are tests of their own, told in order", output)
    accounts = write("accounts", "ann one\nbob two\n")
    path = write("account.dialogue",
                 "title: ${user}\ncolumns: n\nrow: 1\nrow: 2\nrow: 3\nconnect: raw\nC: ${user} ${password}\n"
                 "S: ${user} ${password}\n")
    with client.Peer(echo) as peer:
        status, output, _ = dialogue("--connect", f"127.0.0.1:{peer.port}", "--accounts", accounts, "--tap", path)
    pli.ok(status == 0 and output.count("# SKIP") == 1 and "no account is left" in output,
           "each takes an account of its own", output)


def packets():
    """The server records what it says and hears, as a pcap file, packet by packet."""
    capture = os.path.join(work, "capture.pcap")

    def play(talk):
        frames = []
        wire = craft.Conversation(frames, sport=talk.connection.getpeername()[1])
        wire.open()
        talk.send("220 here\r\n")
        wire.send(1, b"220 here\r\n", craft.PSH | craft.ACK)
        for line in talk.file:
            wire.send(0, line, craft.PSH | craft.ACK)
            talk.send("250 fine\r\n")
            wire.send(1, b"250 fine\r\n", craft.PSH | craft.ACK)
        wire.close()
        time.sleep(0.3)     # the recording lags behind
        craft.pcap(capture + ".new", frames)
        os.rename(capture + ".new", capture)

    def rule(text):
        if os.path.exists(capture):
            os.unlink(capture)
        return against(play, "connect: smtp\nS: 220 *\nC: EHLO c\nS: 250*\nC: MAIL FROM:<a@b>\nS: 250*\nclose\n"
                             f"packets: {text}\n", "--capture", capture)
    for text in ('never smtp.req.command == "AUTH"', 'count 1 smtp.req.command == "MAIL"', "count >=3 smtp",
                 "count <=3 tcp.flags.syn == 1 && tcp.port == ${port}",
                 'before smtp.req.command == "EHLO" -- smtp.req.command == "MAIL"'):
        status, output, _ = rule(text)
        pli.ok(status == 0, f"packets: {text}", output)
    for text, mark in (('never smtp.req.command == "EHLO"', "received  1, the first is packet"),
                       ('count 2 smtp.req.command == "MAIL"', "expected  2"),
                       ('before smtp.req.command == "MAIL" -- smtp.req.command == "EHLO"', "in this order"),
                       ('before smtp.req.command == "AUTH" -- smtp.req.command == "MAIL"', "in this order"),
                       ("never no.such.field", "no.such.field"), ("count many tcp", "many"),
                       ("perhaps tcp", "never, count")):
        status, output, _ = rule(text)
        pli.ok(status == 1 and mark in output, f"packets that break the rule: {text}", status, output)
    status, output, result = against(says("220 x\r\n"), "connect: smtp\nS: 220 *\nclose\npackets: never smtp\n")
    pli.ok(status == 3 and result["verdict"] == "not run", "without --capture it is not run", output)


def mistakes():
    for words, mark in (((), "--help"), (("--wrong",), "--wrong"), (("--jobs", "0", "x"), "--jobs"),
                        (("--connect", "nowhere", "x"), "HOST:PORT"), (("--profile", "/nonexistent", "x"),
                                                                       "nonexistent"),
                        (("--listen", "0", "--connect", "a:1", "x"), "contradict"), (("/nonexistent",), "/nonexistent"),
                        ((work,), "irectory"), (("--timeout", "x", "y"), "--timeout"), (("--lang", "de", "y"),
                                                                                        "--lang")):
        status, output, errors = dialogue(*words)
        pli.ok(status == 2 and mark in errors and not output, f"wrong usage: {words}", status, errors)
    status, output, errors = dialogue("--connect", "127.0.0.1:1", write("good.dialogue", "title: t\nconnect: raw\n"),
                                      write("bad.dialogue", "title: t\nnonsense\n"))
    pli.ok(status == 2 and "bad.dialogue:2:1: " in errors and not output, "one wrong file, and none is run", errors)
    status, output, _ = dialogue("--help-language")
    pli.ok(status == 0 and "any-order" in output and "${base64" in output, "--help-language", output)
    pli.ok(dialogue("--version")[0] == 0 and dialogue("--help")[0] == 0, "--version, --help")
    status, output, _ = dialogue("--list", write("l.dialogue", "title: t\nrfc: 1939 §7\nconnect: raw\n"))
    pli.ok(status == 0 and output.endswith("\t1\tRFC 1939 §7\tt\n"), "--list", output)
    pli.same(dialogue("--connect", "127.0.0.1:1", "--json", "/nonexistent/x", write("g.dialogue",
                                                                                    "title: t\nset: a b\n"))[0],
             1, "a JSON file that cannot be written is a failure")


try:
    for part in (patterns, failure_is_a_lesson, bytes_on_the_wire, limits, tls, several_sessions, clients,
                 clients_under_tls, mailboxes, servers_differ, packets, mistakes):
        part()
finally:
    shutil.rmtree(work, ignore_errors=True)
pli.done()
