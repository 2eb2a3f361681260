#!/usr/bin/env python3
"""Ten clients on one mailbox do what comes to their minds, and check every untagged answer.

Each keeps the list of UIDs that the server told it. Numbers must fit that list
at every moment, EXPUNGE must not come while FETCH, STORE or SEARCH is answered
(RFC 9051 §7.5.1), and at the end all ten lists are the same.
PLI_STRESS_SECONDS (4) says how long.
"""
import imaplib
import os
import random
import re
import sys
import threading
import time
import traceback

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli

SECONDS = float(os.environ.get("PLI_STRESS_SECONDS", "4"))
CLIENTS = 10
PASSWORD = "bonjour77"
NUMBERED = re.compile(rb"\* (\d+) (EXISTS|EXPUNGE|FETCH)")
QUIET = ("FETCH", "STORE", "SEARCH")


class Client:
    def __init__(self, port, seed):
        self.random = random.Random(seed)
        self.imap = imaplib.IMAP4("127.0.0.1", port)
        self.imap.login("rachida", PASSWORD)
        self.uids = []      # what the mailbox holds, as far as it was told; None: not told
        self.tag = 0
        self.commands = 0
        self.select()

    def line(self):
        """One response, its literals with it."""
        text = self.imap.readline()
        while (literal := re.search(rb"\{(\d+)\}\r\n$", text)):
            text += self.imap.read(int(literal[1])) + self.imap.readline()
        return text

    def untagged(self, line, command):
        found = NUMBERED.match(line)
        if not found:
            return
        number, what = int(found[1]), found[2]
        if what == b"EXISTS":
            assert number >= len(self.uids), f"{line} with {len(self.uids)} messages"
            self.uids += [None] * (number - len(self.uids))
            return
        assert 1 <= number <= len(self.uids), f"{line} with {len(self.uids)} messages, during {command}"
        if what == b"EXPUNGE":
            assert command.split()[0] not in QUIET, f"EXPUNGE during {command}"
            del self.uids[number - 1]
        elif (uid := re.search(rb"UID (\d+)", line)):
            assert self.uids[number - 1] in (None, int(uid[1])), f"{line} but it was {self.uids[number - 1]}"
            self.uids[number - 1] = int(uid[1])

    def send(self, text):
        self.tag += 1
        self.commands += 1
        self.imap.send(b"x%d %s" % (self.tag, text.encode()))

    def finish(self, command):
        while not (line := self.line()).startswith(b"x%d " % self.tag):
            self.untagged(line, command)
        assert b" BAD " not in line, f"{command}: {line}"

    def do(self, command):
        self.send(command + "\r\n")
        self.finish(command)

    def select(self):
        self.uids = []
        self.do("SELECT INBOX")
        self.do("UID FETCH 1:* (UID)")

    def append(self):
        letter = f"Subject: {self.random.random()}\r\n\r\nbonjour\r\n"
        self.send(f"APPEND INBOX (\\Seen) {{{len(letter)}+}}\r\n{letter}\r\n")
        self.finish("APPEND")

    def idle(self):
        self.send("IDLE\r\n")
        while not (line := self.line()).startswith(b"+"):
            self.untagged(line, "IDLE")
        time.sleep(self.random.random() * 0.05)
        self.imap.send(b"DONE\r\n")
        self.finish("IDLE")

    def step(self):
        if not self.uids or len(self.uids) < 20 and self.random.random() < 0.3:
            return self.append()
        one = self.random.randint(1, len(self.uids))
        flag = self.random.choice(("Flagged", "Seen", "Answered", "Deleted"))
        kinds = {
            self.append: 10, self.idle: 5, self.select: 2,
            f"FETCH {one} (UID FLAGS BODY[])": 18, "UID FETCH 1:* (UID FLAGS)": 10,
            f"STORE {one} +FLAGS (\\{flag})": 20, f"STORE {one} -FLAGS.SILENT (\\{flag})": 5,
            f"STORE {one} +FLAGS.SILENT (\\Deleted)": 8, "EXPUNGE": 6, "SEARCH FLAGGED": 6, f"COPY {one} INBOX": 4,
            f"MOVE {one} Trash": 4, "NOOP": 3, "STATUS INBOX (MESSAGES)": 2,
        }
        chosen = self.random.choices(list(kinds), list(kinds.values()))[0]
        return chosen() if callable(chosen) else self.do(chosen)


def work(port, seed, end, clients, faults):
    try:
        client = Client(port, seed)
        while time.monotonic() < end and not faults:
            client.step()
        clients.append(client)
    except Exception:
        faults.append(f"client {seed}:\n{traceback.format_exc()}")


with pli.Server(users={"rachida": PASSWORD}) as server:
    clients, faults = [], []
    end = time.monotonic() + SECONDS
    threads = [threading.Thread(target=work, args=(server.port("imap"), seed, end, clients, faults))
               for seed in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    commands = sum(client.commands for client in clients)
    pli.ok(not faults, f"{commands} commands of {CLIENTS} clients are answered consistently", *faults,
           server.log()[-2000:])
    for client in clients:
        client.do("NOOP")
        client.do("UID FETCH 1:* (UID)")
    pli.ok(len(clients) == CLIENTS and all(client.uids == clients[0].uids for client in clients),
           "and in the end all see the same messages", *[client.uids for client in clients])
pli.done()
