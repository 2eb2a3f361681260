#!/usr/bin/env python3
"""Where letters for other domains go: RFC 5321 §5.1, §5.2, §3.6.2 and RFC 7505, asked of a name server of our own.

The test makes itself a network: a loopback without anything else, a name server on it, mail servers on port 25.
"""
import os
import shutil
import smtplib
import socket
import socketserver
import struct
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli
from smtp_peer import Peer

A, CNAME, MX, AAAA = 1, 5, 15, 28
NO_NAME, FAILS = object(), object()
# What the name server says: name -> list of (type, value), or a failure.
ZONE = {
    "first.test": [(MX, (10, "one.test")), (MX, (20, "two.test"))],
    "fallback.test": [(MX, (10, "dead.test")), (MX, (20, "two.test"))],
    "dangling.test": [(MX, (10, "nowhere.test")), (MX, (20, "two.test"))],
    "implicit.test": [(A, "127.0.0.2")],
    "six.test": [(MX, (10, "onlysix.test"))],
    "nomail.test": [(MX, (0, ""))],
    "empty.test": [(MX, (10, "nowhere.test"))],
    "www.test": [(CNAME, "first.test")],
    "nick.test": [(MX, (10, "nickname.test"))],
    "nickname.test": [(CNAME, "two.test")],
    "around.test": [(CNAME, "around.test")],
    "circle.test": [(MX, (10, "mail.here.test")), (MX, (20, "two.test"))],
    "backup.test": [(MX, (10, "two.test")), (MX, (20, "mail.here.test"))],
    "broken.test": FAILS,
    "one.test": [(A, "127.0.0.2")],
    "two.test": [(A, "127.0.0.3")],
    "dead.test": [(A, "127.0.0.4")],
    "onlysix.test": [(AAAA, "::1")],
    "mail.here.test": [(A, "127.0.0.9")],
}


def wire(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".") if part) + b"\0"


def value(kind, data):
    if kind == MX:
        return struct.pack("!H", data[0]) + wire(data[1])
    if kind == CNAME:
        return wire(data)
    return socket.inet_pton(socket.AF_INET if kind == A else socket.AF_INET6, data)


def records(name, kind, depth=8):
    """The answer of a server that follows nicknames: (name, type, value)."""
    rows = ZONE.get(name, NO_NAME)
    if rows in (NO_NAME, FAILS):
        return rows
    found = [(name, one, data) for one, data in rows if one in (kind, CNAME)]
    if found and found[0][1] == CNAME and kind != CNAME:
        if depth == 0:
            return FAILS
        rest = records(found[0][2], kind, depth - 1)
        return found + rest if isinstance(rest, list) else rest
    return found


class Names(socketserver.BaseRequestHandler):
    def handle(self):
        packet, reply = self.request
        labels, at = [], 12
        while packet[at]:
            labels.append(packet[at + 1:at + 1 + packet[at]].decode().lower())
            at += 1 + packet[at]
        question = packet[12:at + 5]
        kind = struct.unpack("!H", packet[at + 1:at + 3])[0]
        found = records(".".join(labels), kind)
        code = 3 if found is NO_NAME else 2 if found is FAILS else 0
        found = found if isinstance(found, list) else []
        answer = packet[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(found), 0, 0) + question
        for name, one, data in found:
            data = value(one, data)
            answer += wire(name) + struct.pack("!HHIH", one, 1, 60, len(data)) + data
        reply.sendto(answer, self.client_address)


def inside():
    """In namespaces of our own."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    folder = tempfile.mkdtemp(prefix="pli-names-")
    files = {"resolv.conf": "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n",
             "hosts": "127.0.0.1 localhost\n", "nsswitch.conf": "hosts: files dns\n"}
    for name, text in files.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)
        subprocess.run(["mount", "--bind", os.path.join(folder, name), os.path.realpath("/etc/" + name)], check=True)
    server = socketserver.ThreadingUDPServer(("127.0.0.1", 53), Names)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    peers = {"one": Peer(address=("127.0.0.2", 25)), "two": Peer(address=("127.0.0.3", 25)),
             "six": Peer(address=("::1", 25))}
    try:
        routes(peers)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    pli.done()


def routes(peers):
    options = ("myhostname=mail.here.test", "mydestination=here.test", "smtp_connect_timeout=2",
               "minimal_backoff_time=600", "smtp_tls_security_level=none")
    words = [word for option in options for word in ("-o", option)]
    with pli.Server(*words, users={"rachida": "bonjour-2026"}) as here:
        def send(domain):
            with smtplib.SMTP("127.0.0.1", here.port("smtp"), timeout=20) as client:
                client.sendmail("rachida@here.test", [f"bob@{domain}"], "Subject: x\r\n\r\nx\r\n")

        def arrives(domain, where, what):
            before = len(peers[where].letters)
            send(domain)
            pli.ok(pli.wait_until(lambda: len(peers[where].letters) > before), what, here.log()[-1500:])

        def answered(domain, pattern, what):
            send(domain)
            pli.ok(pli.wait_until(lambda: any(f"bob@{domain}" in line and pattern in line
                                              for line in here.log().splitlines())), what, here.log()[-1500:])

        arrives("first.test", "one", "the MX with the lowest preference takes the letter")
        arrives("fallback.test", "two", "when it does not answer, the next one")
        arrives("dangling.test", "two", "an MX host that does not exist is passed by")
        arrives("implicit.test", "one", "without an MX the domain itself takes it")
        arrives("six.test", "six", "an MX host that has only an IPv6 address")
        arrives("www.test", "one", "a nickname (CNAME) of a domain is followed to its MX")
        arrives("nick.test", "two", "an MX that names a nickname, against RFC 2181 §10.3, works all the same")
        arrives("backup.test", "two", "the servers before ourselves in the list are tried")
        answered("circle.test", "5.4.6", "what is as far away as we are is not: that would be a circle")
        answered("nomail.test", "5.1.10", "a null MX (RFC 7505) takes no mail: the letter goes back at once")
        answered("absent.test", "5.1.2", "a domain that does not exist, likewise")
        answered("empty.test", "5.4.4", "and one whose only MX has no address")
        answered("broken.test", "4.4.3", "a name server that fails: the letter waits")
        answered("around.test", "4.4.3", "a nickname of itself, likewise")
        pli.ok(pli.wait_until(lambda: len(here.letters("rachida")) == 4), "each that went back is reported once",
               len(here.letters("rachida")))


if len(sys.argv) > 1:
    inside()
NAMESPACES = ["unshare", "--user", "--map-root-user", "--mount", "--net"]
if os.geteuid() == 0:
    NAMESPACES = ["unshare", "--mount", "--net"]
if pli.installed("unshare", "ip") or subprocess.run(NAMESPACES + ["true"], capture_output=True).returncode != 0:
    pli.skip_all("no network and mounts of one's own can be had here (unshare)")
sys.stdout.flush()
os.execvp("unshare", [*NAMESPACES, sys.executable, os.path.abspath(__file__), "inside"])
