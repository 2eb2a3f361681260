#!/usr/bin/env python3
"""Letters for other servers: queued, sent on, tried again, given up with a report.

RFC 5321 §3.6.2, §4.5.4, §4.5.4.1: the queue and its strategy. RFC 5321 §4.5.5: reports have no sender and make no
reports. RFC 5321 §6.1: who took a letter delivers or reports it. RFC 5321 §2.3.11: what stands before the @ is the
other server's matter. RFC 5321 §3.4, §3.9.1: an alias may lead there.
"""
import os
import re
import smtplib
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli
from smtp_peer import Peer

FAST = ("-o", "minimal_backoff_time=1", "-o", "maximal_backoff_time=2", "-o", "smtp_connect_timeout=5")
TEXT = "Subject: hello\r\nFrom: a@b.example\r\n\r\n.dot\r\nbonjour\r\n"


def send(server, recipients, text=TEXT, sender="rachida@localhost", mail=(), rcpt=(), port="smtp"):
    with smtplib.SMTP("127.0.0.1", server.port(port), timeout=20) as client:
        client.ehlo("client.example")
        client.sendmail(sender, recipients, text, mail_options=list(mail), rcpt_options=list(rcpt))


def queue(server):
    folder = os.path.join(server.root, "queue")
    return sorted(name for name in os.listdir(folder) if name.endswith((".letter", ".envelope")))


def empties(server, seconds=15):
    return pli.wait_until(lambda: not queue(server), seconds)


def reports(server, user="rachida"):
    return [open(path, encoding="utf-8").read() for path in server.letters(user)]


USERS = {"rachida": "bonjour-2026"}

# Two real servers, TLS between them.
with pli.Server(users={"bob": "salut-2026"}) as far:
    with pli.Server("-o", f"relayhost=[127.0.0.1]:{far.port('smtp')}", "-o", "mydestination=here.example", *FAST,
                    users=USERS) as server:
        send(server, ["bob@localhost"], sender="rachida@here.example")
        pli.ok(pli.wait_until(lambda: far.letters("bob")) and empties(server), "a letter arrives at the other server",
               server.log(), far.log())
        text = open(far.letters("bob")[0], encoding="utf-8").read()
        pli.ok("\n.dot\nbonjour\n" in text and text.startswith("Return-Path: <rachida@here.example>"),
               "whole, with its sender", text)
        pli.ok("TLS" in text.split("\n.dot")[0], "and it went under TLS", text)

# A smart host that wants a login (RFC 4954): each mechanism, by name and address, and a wrong password.
with pli.Server("-o", "mynetworks=192.0.2.0/24", users={"bob": "salut-2026"}) as far:
    host = f"[127.0.0.1]:{far.port('submission')}"
    with pli.Server("-o", f"relayhost={host}", "-o", "mydestination=here.example", "-o", "smtp_sasl_auth_enable=yes",
                    "-o", "smtp_sasl_password_maps=passwords", *FAST, users=USERS) as server:
        def logs_in(password):
            with open(os.path.join(server.root, "passwords"), "w", encoding="utf-8") as file:
                file.write(f"# the providers\n[mx.else.example]:587 else:x\n{host} bob:{password}\n")
            os.chmod(os.path.join(server.root, "passwords"), 0o600)

        logs_in("wrong-2026")
        send(server, ["bob@localhost"], sender="rachida@here.example")
        pli.ok(pli.wait_until(lambda: "<bob@localhost>: deferred" in server.log()) and queue(server),
               "a smart host that refuses our password: the letter waits", server.log())
        logs_in("salut-2026")
        pli.ok(empties(server, 20) and len(far.letters("bob")) == 1, "with the right one it is taken", server.log())
        text = open(far.letters("bob")[0], encoding="utf-8").read()
        pli.ok(" with ESMTPSA id " in text, "after a login, under TLS", text)
        pli.ok("-2026" not in server.log() + far.log(), "and no log knows the passwords")

# A peer that we lead.
peer = Peer()
with pli.Server("-o", peer.relayhost, *FAST, users=USERS) as server:
    send(server, ["a@x.example", "b@x.example"], mail=["RET=HDRS", "ENVID=id+2Bx"],
         rcpt=["NOTIFY=FAILURE,DELAY", "ORCPT=rfc822;old@x.example"])
    pli.ok(empties(server) and len(peer.letters) == 1, "one transaction for two recipients", peer.heard)
    pli.ok(any(re.fullmatch(r"MAIL FROM:<rachida@localhost> SIZE=\d+ RET=HDRS ENVID=id\+2Bx",
           line) for line in peer.heard),
           "size, RET and ENVID are passed on", peer.heard)
    pli.ok("RCPT TO:<b@x.example> NOTIFY=FAILURE,DELAY ORCPT=rfc822;old@x.example" in peer.heard,
           "NOTIFY and ORCPT are passed on", peer.heard)
    pli.ok(b"\r\n..dot\r\n" in peer.letters[0], "dots are stuffed", peer.letters)

    with open(os.path.join(server.root, "aliases"), "w", encoding="utf-8") as file:
        file.write("team: rachida, Far.Away@x.example\n")
    send(server, ["Odd.Name+X=1@x.example", "team@localhost"])
    pli.ok(empties(server) and "RCPT TO:<Odd.Name+X=1@x.example>" in "\n".join(peer.heard) and
           "RCPT TO:<Far.Away@x.example>" in "\n".join(peer.heard) and len(server.letters("rachida")) == 1,
           "names at other servers are passed on letter by letter, those behind an alias too", peer.heard)
    os.unlink(server.letters("rachida")[0])

    # 4xx first, then it is taken.
    peer.rules = [("RCPT", lambda talk: "450 4.2.0 not now" if talk.server.connections < 4 else "250 ok")]
    before = len(peer.letters)
    send(server, ["later@x.example"])
    pli.ok(empties(server) and sum(text != b"" for text in peer.letters) == before + 1,
           "what is refused for now is tried again", server.log())

    # One refused for good, the other taken.
    peer.rules = [("RCPT TO:<no@", "550 5.1.1 nobody\x1b[31m here")]
    send(server, ["no@x.example", "yes@x.example"], mail=["ENVID=abc"])
    pli.ok(empties(server) and pli.wait_until(lambda: server.letters("rachida")), "a refused recipient is reported",
           server.log())
    report = reports(server)[0]
    for piece in ("Return-Path: <>", "multipart/report; report-type=delivery-status", "Action: failed", "Status: 5.1.1",
                  "Final-Recipient: rfc822;no@x.example", "Diagnostic-Code: smtp; 550 5.1.1 nobody",
                         "Original-Envelope-Id: abc",
                  "Content-Type: message/rfc822", "Subject: hello", "Auto-Submitted: auto-replied"):
        pli.ok(piece in report, f"the report has {piece}", report)
    pli.ok("yes@x.example" not in report.split("Subject: hello")[0] and "\x1b" not in report, "and nothing else",
           report)

    # No report where none is wanted; one about a report goes to the postmaster.
    peer.rules = [("RCPT", "550 5.1.1 no")]
    send(server, ["no@x.example"], rcpt=["NOTIFY=NEVER"])
    empties(server)
    pli.same(len(reports(server)), 1, "NOTIFY=NEVER is obeyed")
    send(server, ["no@x.example"], sender="")
    empties(server)
    pli.ok(len(reports(server)) == 1 and pli.wait_until(lambda: server.letters("postmaster")),
           "a report that cannot be delivered goes to the postmaster", server.log())

    # Success: this peer has DSN, so it would report; one without it leaves that to us.
    peer.rules, peer.offer = [], ("PIPELINING",)
    send(server, ["s@x.example"], rcpt=["NOTIFY=SUCCESS"])
    empties(server)
    pli.ok(pli.wait_until(lambda: any("Action: relayed" in text for text in reports(server))), "relayed is reported")
    send(server, ["rachida@localhost"], rcpt=["NOTIFY=SUCCESS"])
    pli.ok(any("Action: delivered" in text for text in reports(server)), "a local delivery is reported where asked for")
    send(server, ["z@x.example"], text="Subject: \xe9\r\n\r\n\xe9\r\n".encode("utf-8"))
    pli.ok(empties(server) and pli.wait_until(lambda: any("Status: 5.6.3" in text for text in reports(server))),
           "8-bit text that the peer cannot take comes back", server.log())

    # A connection serves several letters.
    peer.offer = ("PIPELINING",)
    count, letters = peer.connections, len(peer.letters)
    gate = threading.Event()
    peer.rules = [("MAIL", lambda talk: gate.wait(10) and "250 ok")]
    for number in range(60):
        send(server, [f"n{number}@x.example"])
    gate.set()
    pli.ok(empties(server) and len(peer.letters) == letters + 60 and peer.connections - count < 40,
           "several letters go over one connection", peer.connections - count, len(peer.letters) - letters)

# Gone for good: a warning, then a report.
peer = Peer()
port = peer.server_address[1]
peer.shutdown()
peer.server_close()
with pli.Server("-o", f"relayhost=[127.0.0.1]:{port}", *FAST, "-o", "maximal_queue_lifetime=4s",
                "-o", "delay_warning_time=1s", users=USERS) as server:
    send(server, ["gone@x.example"])
    pli.ok(empties(server, 20) and pli.wait_until(lambda: any("Action: failed" in text for text in reports(server))),
           "a letter for a server that is gone comes back", server.log())
    pli.ok(any("Action: delayed" in text and "Will-Retry-Until" in text for text in reports(server)),
           "after a warning", server.log())

# Down for a while, and stopped meanwhile: the queue is taken up again.
peer = Peer([("\\(greeting", "421 not now")])
with pli.Server("-o", peer.relayhost, *FAST, users=USERS) as server:
    send(server, ["bob@x.example"])
    pli.ok(pli.wait_until(lambda: "deferred" in server.log()), "a server that says 421 is tried later", server.log())
    server.kill()
    peer.rules = []
    pli.same(len(queue(server)), 2, "letter and envelope are files")
    server.start()
    pli.ok(empties(server) and len(peer.letters) == 1, "after a crash the queue is taken up, and the letter sent once",
           server.log())

# Bad servers.
FLOOD = "250-" + "x" * 400


def flood(talk):
    for _ in range(100000):
        talk.say(FLOOD)
    return None


def silence(talk):
    threading.Event().wait(30)
    return None


for name, rules in {"closes at once": [("\\(greeting", lambda talk: None)], "floods": [("EHLO", flood)],
                    "speaks garbage": [("EHLO", "\x00\xff nonsense")], "closes after MAIL": [("MAIL",
                           lambda talk: None)],
                    "closes after DATA": [("DATA", lambda talk: None)],
                    "is silent": [("MAIL", silence)], "closes after the dot": [("\\(dot", lambda talk: None)]}.items():
    peer = Peer(rules)
    with pli.Server("-o", peer.relayhost, *FAST, "-o", "smtp_mail_timeout=1", users=USERS) as server:
        send(server, ["bob@x.example"])
        pli.ok(pli.wait_until(lambda: "deferred" in server.log(), 20), f"a server that {name}: tried later",
               server.log())
        peer.rules = []
        pli.ok(empties(server) and peer.letters, f"a server that {name}: in the end it arrives", server.log())
pli.done()
