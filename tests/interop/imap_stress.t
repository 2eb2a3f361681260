#!/usr/bin/env python3
"""Ten clients on one mailbox do what comes to their minds, and check every untagged answer.

Each keeps the list of UIDs that the server told it. Numbers must fit that list at every moment, UIDs ascend, a UID
always means the same letter, EXPUNGE does not come while FETCH, STORE or SEARCH is answered (RFC 9051 §7.5.1), and
what vanished while a client was away (RFC 7162 §3.2.5) is all that is missing when it comes back. At the end all ten
see the same messages with the same flags, and what was added is there unless somebody was told of its end.
Every other client has ENABLEd QRESYNC, and hears VANISHED instead of EXPUNGE.
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
NUMBERED = re.compile(rb"\* (\d+) (EXISTS|EXPUNGE|FETCH|RECENT)")
QUIET = ("FETCH", "STORE", "SEARCH")


def uid_set(text):
    """The numbers of "3,5:7"."""
    found = []
    for part in text.split(b","):
        first, _, last = part.partition(b":")
        found += range(int(first), int(last or first) + 1)
    return found


class Shared:
    """What all clients together know."""

    def __init__(self):
        self.lock = threading.Lock()
        self.letters = {}       # UID -> text
        self.added, self.ended = set(), set()
        self.unknown = []       # UIDs between which one lay that went before anybody was told its own

    def holds(self, uid, text):
        with self.lock:
            assert self.letters.setdefault(uid, text) == text, f"UID {uid} was another letter"

    def adds(self, uids):
        with self.lock:
            self.added.update(uids)

    def ends(self, uids):
        with self.lock:
            self.ended.update(uids)


class Client:
    def __init__(self, port, seed, shared):
        self.random, self.shared, self.resyncs = random.Random(seed), shared, seed % 2 == 1
        self.imap = imaplib.IMAP4("127.0.0.1", port)
        self.imap.login("rachida", PASSWORD)
        self.uids = []      # what the mailbox holds, as far as it was told; None: not told
        self.flags = {}
        self.vanished = []
        self.tag = self.commands = self.modseq = self.validity = 0
        if self.resyncs:
            self.do("ENABLE QRESYNC")
        self.select()

    def line(self):
        """One response, its literals with it."""
        text = self.imap.readline()
        while (literal := re.search(rb"\{(\d+)\}\r\n$", text)):
            text += self.imap.read(int(literal[1])) + self.imap.readline()
        assert text, "the server closed the connection"
        return text

    def removed(self, number, command):
        assert command.split()[0] not in QUIET, f"EXPUNGE during {command}"
        if self.uids[number - 1] is not None:
            self.shared.ends([self.uids[number - 1]])
        else:
            before = [uid for uid in self.uids[:number] if uid is not None]
            after = [uid for uid in self.uids[number:] if uid is not None]
            self.shared.unknown.append((max(before, default=0), min(after, default=1 << 32)))
        del self.uids[number - 1]

    def fetched(self, number, line):
        uid = re.search(rb"[( ]UID (\d+)", line)
        if not uid:
            return
        uid = int(uid[1])
        assert self.uids[number - 1] in (None, uid), f"{line} but it was {self.uids[number - 1]}"
        self.uids[number - 1] = uid
        known = [one for one in self.uids if one is not None]
        assert known == sorted(set(known)), f"UIDs do not ascend: {known}"
        if (flags := re.search(rb"FLAGS \((.*?)\)", line)):
            self.flags[uid] = set(flags[1].split()) - {b"\\Recent"}
        if (body := re.search(rb"BODY\[\] \{\d+\}\r\n(.*?bonjour\r\n)", line, re.S)):
            self.shared.holds(uid, body[1])

    def place(self, uid, line):
        """The number of the message with this UID, which may be one of those that were only counted so far."""
        if uid in self.uids:
            return self.uids.index(uid) + 1
        at = max((i + 1 for i, one in enumerate(self.uids) if one is not None and one < uid), default=0)
        assert at < len(self.uids) and self.uids[at] is None, f"{line} with {self.uids}"
        return at + 1

    def untagged(self, line, command):
        if line.startswith(b"* VANISHED"):
            assert self.resyncs, line
            uids = uid_set(line.split()[-1])
            if b"(EARLIER)" in line:
                self.vanished += uids
                return
            for uid in uids:
                self.shared.ends([uid])
                self.removed(self.place(uid, line), command)
            return
        if (code := re.match(rb"\* OK \[(HIGHESTMODSEQ|UIDVALIDITY) (\d+)\]", line)):
            if code[1] == b"HIGHESTMODSEQ":
                self.modseq = int(code[2])
            else:
                assert self.validity in (0, int(code[2])), line
                self.validity = int(code[2])
        found = NUMBERED.match(line)
        if not found:
            return
        number, what = int(found[1]), found[2]
        if what == b"EXISTS":
            assert number >= len(self.uids), f"{line} with {len(self.uids)} messages"
            self.uids += [None] * (number - len(self.uids))
        elif what == b"RECENT":
            assert number <= len(self.uids), f"{line} with {len(self.uids)} messages"
        else:
            assert 1 <= number <= len(self.uids), f"{line} with {len(self.uids)} messages, during {command}"
            assert what == b"FETCH" or not self.resyncs, f"{line} after ENABLE QRESYNC"
            if what == b"EXPUNGE":
                self.removed(number, command)
            else:
                self.fetched(number, line)

    def send(self, text):
        self.tag += 1
        self.commands += 1
        self.imap.send(b"x%d %s" % (self.tag, text.encode()))

    def finish(self, command):
        while not (line := self.line()).startswith(b"x%d " % self.tag):
            self.untagged(line, command)
            self.note(line)
        assert b" BAD " not in line, f"{command}: {line}"
        self.note(line)
        return line

    def note(self, line):
        """New letters, by the codes that tell them: a MOVE's goes elsewhere."""
        if (code := re.search(rb"\[APPENDUID \d+ (\S+)\]", line)):
            self.shared.adds(uid_set(code[1]))
        elif (code := re.search(rb"\[COPYUID \d+ \S+ (\S+)\]", line)) and line.startswith(b"x"):
            self.shared.adds(uid_set(code[1]))

    def do(self, command):
        self.send(command + "\r\n")
        return self.finish(command)

    def select(self):
        self.uids, self.flags = [], {}
        self.do("SELECT INBOX")
        self.do("UID FETCH 1:* (UID FLAGS)")

    def resync(self):
        """Away and back: what VANISHED (EARLIER) tells, and nothing else, is gone."""
        if not self.resyncs or None in self.uids:
            return self.select()
        before, self.vanished, since = self.uids, [], self.modseq
        self.do("UNSELECT")
        time.sleep(self.random.random() * 0.02)
        self.uids = []
        self.do(f"SELECT INBOX (QRESYNC ({self.validity} {since}))")
        left = [uid for uid in before if uid not in self.vanished]
        self.vanished = []
        self.shared.ends(set(before) - set(left))
        assert len(self.uids) >= len(left), f"{len(self.uids)} messages, but {len(left)} did not vanish"
        for at, uid in enumerate(left):
            assert self.uids[at] in (None, uid), f"message {at + 1} is {self.uids[at]}, expected {uid}"
            self.uids[at] = uid
        return self.do("UID FETCH 1:* (UID FLAGS)")

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
        uid = self.uids[one - 1] or 1
        flag = self.random.choice(("Flagged", "Seen", "Answered", "Deleted"))
        kinds = {
            self.append: 10, self.idle: 5, self.select: 2, self.resync: 4,
            f"FETCH {one} (UID FLAGS BODY[])": 18, "UID FETCH 1:* (UID FLAGS)": 10,
            f"STORE {one} +FLAGS (\\{flag})": 15, f"STORE {one} -FLAGS.SILENT (\\{flag})": 5,
            f"UID STORE {uid} FLAGS (\\{flag} $Label{one})": 5,
            f"STORE {one} +FLAGS.SILENT (\\Deleted)": 8, "EXPUNGE": 6, f"UID EXPUNGE {uid}:*": 2, "SEARCH FLAGGED": 6,
            f"COPY {one} INBOX": 4, f"MOVE {one} Trash": 4, "NOOP": 3, "STATUS INBOX (MESSAGES)": 2,
        }
        chosen = self.random.choices(list(kinds), list(kinds.values()))[0]
        if callable(chosen):
            return chosen()
        if chosen.startswith("MOVE"):
            return self.move(chosen)
        return self.do(chosen)

    def move(self, command):
        """Its COPYUID is about the other mailbox."""
        self.send(command + "\r\n")
        while not (line := self.line()).startswith(b"x%d " % self.tag):
            self.untagged(line, command)
        assert b" BAD " not in line, f"{command}: {line}"


def work(port, seed, end, clients, faults, shared):
    try:
        client = Client(port, seed, shared)
        while time.monotonic() < end and not faults:
            client.step()
        clients.append(client)
    except Exception:
        faults.append(f"client {seed}:\n{traceback.format_exc()}")


with pli.Server(users={"rachida": PASSWORD}) as server:
    clients, faults, shared = [], [], Shared()
    end = time.monotonic() + SECONDS
    threads = [threading.Thread(target=work, args=(server.port("imap"), seed, end, clients, faults, shared))
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
        client.do("UID FETCH 1:* (UID FLAGS)")
    pli.ok(len(clients) == CLIENTS and all(client.uids == clients[0].uids for client in clients),
           "and in the end all see the same messages", *[client.uids for client in clients])
    flags = [{uid: client.flags.get(uid) for uid in client.uids} for client in clients]
    pli.ok(bool(clients) and all(one == flags[0] for one in flags), "with the same flags", *flags)
    lost = shared.added - shared.ended - set(clients[0].uids if clients else ())
    lost = {uid for uid in lost if not any(low < uid < high for low, high in shared.unknown)}
    back = shared.ended & set(clients[0].uids if clients else ())
    pli.ok(shared.added and not lost and not back,
           "every message that was added is there, or its end was told", lost, back)
pli.done()
