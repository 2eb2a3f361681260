#!/usr/bin/env python3
"""mailclient is killed (SIGKILL) at every step of sending: what it sent, or may have sent, or did not, it says itself.

The server is ours, and stops where the test wants; what it has seen is what really happened. At every step the letter
is in the outbox, in a state that is true: "to be sent" only if the server cannot have it, "may have been sent" where
nobody knows (RFC 1047)."""
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import client
import pli

ANSWERS = {"EHLO": "250-localhost\r\n250 SIZE 1000000\r\n", "MAIL": "250 ok\r\n", "RCPT": "250 ok\r\n",
           "DATA": "354 go on\r\n", ".": "250 taken\r\n", "QUIT": "221 bye\r\n"}
STEPS = ("greeting", "EHLO", "MAIL", "RCPT", "DATA", ".", "QUIT")
LETTER = "rachida bonjour\n" * 2000


class Stopping:
    """A server that stops before the answer to a step, says so, and goes on (or never)."""

    def __init__(self, step):
        self.step = step
        self.reached = threading.Event()
        self.taken = []

    def at(self, step, talk, answer):
        if step == self.step:
            self.reached.set()
            talk.connection.recv(1)     # until the client is gone
            raise ConnectionError("gone")
        talk.send(answer)

    def __call__(self, talk):
        self.at("greeting", talk, "220 ready\r\n")
        while True:
            verb = talk.line().split(" ")[0]
            if verb == "DATA":
                self.at(verb, talk, ANSWERS[verb])
                lines = []
                while (line := talk.line()) != ".":
                    lines.append(line)
                self.taken.append("\n".join(lines))
                self.at(".", talk, ANSWERS["."])
            else:
                self.at(verb, talk, ANSWERS.get(verb, "500 what\r\n"))


def outbox(place):
    status, output, errors = client.run("outbox", environment={"XDG_DATA_HOME": place})
    if status != 0 or errors:
        return f"status {status}: {errors}"
    return [tuple(line.split("  ")[:2]) for line in output.splitlines()]


def start(place, port, letter=LETTER):
    child = subprocess.Popen([client.MAILCLIENT, "send", "-s", "test", "--via", f"smtp://127.0.0.1:{port}",
                              "rachida@localhost"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, env={**os.environ, "XDG_DATA_HOME": place,
                                                             "LC_ALL": "C.UTF-8"})
    child.stdin.write(letter.encode())
    child.stdin.close()
    return child


def at_a_step(step, expected):
    """Killed while the server owes the answer to that step."""
    stopping = Stopping(step)
    with tempfile.TemporaryDirectory(prefix="pli-killed-") as place, client.Peer(stopping) as peer:
        child = start(place, peer.port)
        reached = stopping.reached.wait(30 * pli.SLOW)
        running = outbox(place)
        child.send_signal(signal.SIGKILL)
        child.wait()
        left = outbox(place)
        states = [state for _, state in left] if isinstance(left, list) else left
        pli.ok(reached and states == expected, f"killed at {step}: {', '.join(expected)}", left)
        if step != "QUIT":
            pli.ok([state for _, state in running] == ["being sent"], f"until then at {step} it is being sent", running)
            again(place, left, stopping)


def again(place, left, before):
    """What is left goes, as it was, when it is sent again; and leaves the outbox."""
    whole = Stopping("never")
    with client.Peer(whole) as peer:
        for name, _ in left:
            status, _, errors = client.run("outbox", "send", name, "--via", f"smtp://127.0.0.1:{peer.port}",
                                           environment={"XDG_DATA_HOME": place})
            same = before.taken in ([], whole.taken) and len(whole.taken) == 1
            pli.ok(status == 0 and same and whole.taken[0].count("rachida bonjour") == 2000,
                   "sent again it is the same letter, with the same Message-ID", status, errors,
                   *[re.findall("Message-ID.*", text) for text in before.taken + whole.taken])
    pli.same(outbox(place), [], "and the outbox is empty")


def at_any_moment(count):
    """Killed at moments that nobody chose: no state is false."""
    whole = Stopping("never")
    wrong = []
    states = set()
    with client.Peer(whole) as peer:
        with tempfile.TemporaryDirectory(prefix="pli-killed-") as place:
            begun = time.monotonic()
            start(place, peer.port).wait()
            longest = time.monotonic() - begun
        for i in range(count):
            whole.taken.clear()
            with tempfile.TemporaryDirectory(prefix="pli-killed-") as place:
                child = start(place, peer.port)     # its input is all there: it knows the letter from here on
                time.sleep(longest * i / count)
                child.send_signal(signal.SIGKILL)
                child.wait()
                left = outbox(place)
                states.add(", ".join(state for _, state in left) or "nothing")
                folder = os.path.join(place, "pli", "outbox")
                names = [name for name in (os.listdir(folder) if os.path.exists(folder) else []) if ".new" not in name]
                lost = names and not left
                false = whole.taken and [state for _, state in left] == ["to be sent"]
                if lost or false:
                    wrong.append((i, left, names, len(whole.taken)))
    pli.ok(not wrong, f"killed at {count} moments of sending: no state is false ({', '.join(sorted(states))})", *wrong)


if not os.path.exists(client.MAILCLIENT):
    pli.skip_all(f"{client.MAILCLIENT} is not built")
for STEP in STEPS:
    at_a_step(STEP, [{"QUIT": "sent", ".": "may have been sent"}.get(STEP, "to be sent")])
at_any_moment(12)
pli.done()
