#!/usr/bin/env python3
"""A server that relays is killed again and again, and the next server is slow and breaks off: nothing is lost.

What was acknowledged with 250 arrives at least once, or is reported if it was refused for good, and never is it
reported when nobody refused it (RFC 5321 §6.1). Whoever is killed between the other side's 250 and the note of it
sends again, likewise with a report (RFC 1047): so there may be one more of a letter for each time that a server was
killed or a connection broken, and no more.
PLI_CRASH_ROUNDS (3) says how often.
"""
import collections
import os
import random
import re
import smtplib
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli
from smtp_peer import Peer

ROUNDS = int(os.environ.get("PLI_CRASH_ROUNDS", "3"))
SEED = int(os.environ.get("PLI_CRASH_SEED", "0")) or random.randrange(1, 1 << 30)
chosen = random.Random(SEED)
FAST = ("-o", "minimal_backoff_time=1", "-o", "maximal_backoff_time=1", "-o", "smtp_tls_security_level=none")
broken = [0]


def mood(answer):
    """Slow, not now, or gone; mostly as it should be."""
    def rule(talk):
        dice = chosen.random()
        if dice < 0.15:
            time.sleep(chosen.random() * 0.2)
        elif dice < 0.25:
            return "451 4.3.0 not now"
        elif dice < 0.33:
            broken[0] += 1
            return None
        return answer
    return rule


REFUSES = ("RCPT TO:<no-", "550 5.1.1 nobody of that name")
HOSTILE = [REFUSES, ("EHLO", mood("250 peer")), ("MAIL", mood("250 fine")), ("RCPT", mood("250 fine")),
           ("DATA", mood("354 go on")), (r"\(dot", mood("250 taken")), (r"\(greeting", mood("220 peer"))]


def sender(server, number, acknowledged, stop):
    """One letter after the other, to one who is there and sometimes to one who is not; number counts them."""
    while not stop.is_set():
        one = next(number)
        people = [f"yes-{one}@x.example"] + ([f"no-{one}@x.example"] if one % 3 == 0 else [])
        try:
            with smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=10 * pli.SLOW) as client:
                client.ehlo("client.example")
                client.sendmail("rachida@localhost", people, f"Subject: number {one};\r\n\r\nbonjour\r\n")
                acknowledged.append(one)
        except (OSError, smtplib.SMTPException):
            pass


def one_life(server, numbers, acknowledged):
    server.start()
    stop = threading.Event()
    threads = [threading.Thread(target=sender, args=(server, number, acknowledged, stop)) for number in numbers]
    for thread in threads:
        thread.start()
    heard = len(peer.heard) + chosen.randint(5, 60)
    pli.wait_until(lambda: len(peer.heard) >= heard, 3)
    time.sleep(chosen.random() * 0.05)
    server.kill()
    stop.set()
    for thread in threads:
        thread.join()


def queued(server):
    folder = os.path.join(server.root, "queue")
    return [name for name in os.listdir(folder) if name.endswith((".letter", ".envelope"))]


peer = Peer(HOSTILE)
server = pli.Server("-o", peer.relayhost, *FAST, users={"rachida": "bonjour-2026"})
try:
    acknowledged = []
    numbers = [iter(range(first, 10 ** 9, 3)) for first in (1, 2, 3)]
    for _ in range(ROUNDS):
        one_life(server, numbers, acknowledged)
    peer.rules = [REFUSES]
    server.start()
    pli.ok(pli.wait_until(lambda: not queued(server), 60 + ROUNDS), f"{len(acknowledged)} letters, {ROUNDS} crashes, "
           f"{broken[0]} broken connections: the queue is empty in the end", f"seed {SEED}", queued(server))
    arrived = collections.Counter(int(re.search(rb"Subject: number (\d+);", text)[1])
                                  for text in peer.letters if b"Subject: number" in text)
    reports = collections.Counter()
    for path in server.letters("rachida"):
        with open(path, encoding="utf-8", errors="replace") as file:
            reports.update(set(re.findall(r"Final-Recipient: rfc822; *(\S+)@x\.example", file.read())))
    lost = [one for one in acknowledged if one not in arrived]
    pli.ok(acknowledged and not lost, "every letter that was acknowledged arrived", f"seed {SEED}", lost)
    silent = [one for one in acknowledged if one % 3 == 0 and f"no-{one}" not in reports]
    pli.ok(not silent, "every refusal was reported", f"seed {SEED}", silent)
    wrong = [name for name in reports if not name.startswith("no-")]
    pli.ok(not wrong, "and nothing else", f"seed {SEED}", wrong)
    again = sum(count - 1 for count in arrived.values()), sum(count - 1 for count in reports.values())
    pli.ok(again[0] <= 20 * ROUNDS + broken[0] and again[1] <= ROUNDS,
           "few came a second time", f"seed {SEED}", again, broken[0])
    print(f"# a second time: {again[0]} letters, {again[1]} reports")
    left = os.listdir(os.path.join(server.root, "queue", "tmp"))
    pli.same(left, [], "and nothing is left in tmp/")
    pli.same(server.stop(), 0, "the server ends orderly")
finally:
    server.remove()
pli.done()
