#!/usr/bin/env python3
"""Postfix and OpenSMTPD, each a private instance: they relay to the server, the server relays to them, and mailclient
sends to them."""
import os
import smtplib
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "lib"))
import client
import peers
import pli
import programs
from programs import ADDRESS, PASSWORD, USER


def received(peer, mark):
    """One letter with the mark at the user's of the other server."""
    pli.wait_until(lambda: peer.letters("amine"), 20)
    texts = [text.decode("utf-8", "replace") for text in peer.letters("amine")]
    return len(texts) == 1 and mark in texts[0]


def speaks_tls(peer):
    """Debian 12's OpenSMTPD does not, as a server: its handshake fails inside OpenSSL 3, whoever calls."""
    return pli.run("openssl", "s_client", "-connect", f"localhost:{peer.port('submissions')}", "-CAfile",
                   peer.certificate, stdin=b"QUIT\r\n")[0] == 0


def relays_to_us(name, peer, server):
    pli.mark(name, "STARTTLS send")
    letters = 5
    with smtplib.SMTP("127.0.0.1", peer.port("smtp"), timeout=30) as talk:
        for number in range(letters):
            talk.sendmail("amine@peer.test", [ADDRESS], programs.LETTER.format(number).encode(),
                          mail_options=["BODY=8BITMIME"])
    pli.wait_until(lambda: len(server.letters(USER)) == letters, 30)
    got = programs.bodies(programs.texts_in(server.maildir(USER)))
    pli.same(got, sorted(programs.BODY.format(number) for number in range(letters)),
             f"{name} relays letters to us, byte by byte")
    trace = programs.texts_in(server.maildir(USER))
    pli.ok(trace and all("(TLSv1" in text for text in trace), f"{name} came by STARTTLS", *trace, peer.log())
    programs.empty(server)
    pli.mark(name, "send")
    with smtplib.SMTP("127.0.0.1", peer.port("smtp"), timeout=30) as talk:
        talk.sendmail("amine@peer.test", ["nobody-here@localhost"], programs.LETTER.format(9).encode())
    pli.ok(received(peer, "nobody-here"), f"{name} gets our refusal and returns the letter to its sender", peer.log(),
           *peer.letters("amine"))
    for folder in peer.inboxes("amine"):
        for letter in os.listdir(folder):
            os.unlink(os.path.join(folder, letter))


def takes_from_us(name, peer):
    """Our server has it as relayhost."""
    pli.mark(name, "receive")
    options = (f"relayhost=[127.0.0.1]:{peer.port('smtp')}", "myhostname=here.example", "minimal_backoff_time=1")
    with pli.Server(*(word for option in options for word in ("-o", option)), users={USER: PASSWORD}) as here:
        with smtplib.SMTP("127.0.0.1", here.port("smtp"), timeout=30) as talk:
            talk.sendmail(ADDRESS, ["amine@peer.test"], programs.LETTER.format(7).encode(),
                          mail_options=["BODY=8BITMIME"])
        pli.ok(received(peer, programs.BODY.format(7)), f"we relay a letter to {name}, byte by byte", here.log(),
               peer.log(), *peer.letters("amine"))
        queue = os.path.join(here.root, "queue")
        pli.ok(pli.wait_until(lambda: not any(file.endswith(".letter") for file in os.listdir(queue)), 20) and
               not here.letters(USER), "and nothing of it is left in the queue", here.log(), *os.listdir(queue))
    for folder in peer.inboxes("amine"):
        for letter in os.listdir(folder):
            os.unlink(os.path.join(folder, letter))


def takes_from_client(name, peer, server):
    for way, url, options in (("plain", f"smtp://localhost:{peer.port('smtp')}", ("--no-tls",)),
                              ("STARTTLS", f"smtp://localhost:{peer.port('smtp')}", ("--require-tls",)),
                              ("TLS", f"smtps://localhost:{peer.port('submissions')}", ())):
        pli.mark(f"mailclient to {name}", f"{way} send")
        if way != "plain" and not speaks_tls(peer):
            pli.skip(f"mailclient sends to {name}, {way}", "openssl s_client fails with this server as well")
            continue
        status, _, errors = client.run("send", "-s", "été", "-f", ADDRESS, "--via", url, "--ca-file", peer.certificate,
                                       *options, "amine@peer.test", stdin=f"bonjour {way}\n.\n..\n")
        pli.ok(status == 0 and received(peer, f"bonjour {way}\n.\n..\n"), f"mailclient sends to {name}, {way}", errors,
               peer.log(), *peer.letters("amine"))
        for folder in peer.inboxes("amine"):
            for letter in os.listdir(folder):
                os.unlink(os.path.join(folder, letter))


for name, kind, program in (("Postfix", peers.Postfix, "usr/sbin/postfix"),
                            ("OpenSMTPD", peers.OpenSmtpd, "usr/sbin/smtpd")):
    pli.mark(name)
    why = peers.missing(program)
    if why:
        pli.skip(name, why)
        continue
    with pli.Server("-o", "mynetworks=127.0.0.0/8", users={USER: PASSWORD}) as server:
        with kind(relay=server.port("smtp")) as peer:
            pli.check(f"{name} relays", lambda: relays_to_us(name, peer, server))
            pli.check(f"{name} takes our letters", lambda: takes_from_us(name, peer))
            pli.check(f"{name} receives", lambda: takes_from_client(name, peer, server))
pli.done()
