#!/usr/bin/env python3
"""What is held survives: a SYN, a TLS handshake, a letter's DATA, commands of POP3 and IMAP wait on the wire while
their senders lose patience again and again; let go, every dialogue goes on and nothing is lost. Meanwhile netlab timers
tells the clocks of both ends.

HOLD says for how many seconds (4); make hold is the long way: ten minutes.
"""
import os
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli  # noqa: E402

HOLD = float(os.environ.get("HOLD", "4"))
LAB = f"h{os.getpid()}"
NETLAB = [os.path.join(pli.ROOT, "scripts", "netlab"), "--lab", LAB]
VISUALIZER = os.path.join(pli.BIN, "visualizer")
ENVIRONMENT = {**os.environ, "LANGUAGE": "en", "LC_ALL": "C.UTF-8", "BIN": os.path.relpath(pli.BIN, pli.ROOT)}
PASSWORD = "bonjour-2026"

# Four dialogues as far as to where they are to be held, then a fifth that begins only then.
TALK = """
import imaplib, os, poplib, smtplib, ssl, sys, threading, time
os.chdir(sys.argv[1])
text = "From: alice@example.org\\r\\nSubject: held\\r\\n\\r\\n" + "rachida bonjour\\r\\n" * 200
reached = threading.Barrier(4)

def go():
    if reached.wait() == 0:
        open("ready", "w").close()
    while not os.path.exists("go"):
        time.sleep(0.02)

def smtp():
    server = smtplib.SMTP("mail.example.org", 25, timeout=None)
    server.ehlo()
    server.mail("alice@example.org")
    server.rcpt("rachida@localhost")
    go()
    assert server.data(text)[0] == 250
    server.quit()

def pop3():
    server = poplib.POP3("10.0.0.25", 110, timeout=None)
    server.user("rachida")
    server.pass_("%(password)s")
    go()
    assert b"rachida first" in server.retr(1)[1]
    server.quit()

def imap():
    server = imaplib.IMAP4("10.0.0.25", 143, timeout=None)
    server.login("rachida", "%(password)s")
    server.select()
    go()
    assert b"rachida first" in server.fetch("1", "(BODY[])")[1][0][1]
    server.logout()

def imaps():
    anybody = ssl.create_default_context()
    anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
    go()
    server = imaplib.IMAP4_SSL("10.0.0.25", 993, ssl_context=anybody, timeout=None)
    server.login("rachida", "%(password)s")
    server.logout()

def run(name, dialogue):
    dialogue()
    print(name, "well", flush=True)

threads = [threading.Thread(target=run, args=row)
           for row in (("SMTP", smtp), ("POP3", pop3), ("IMAP", imap), ("IMAPS", imaps))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
""" % {"password": PASSWORD}

# What is held: the SYN of one more letter and everything that carries data, so the handshake of TLS too.
HELD = "tcp.len > 0 or (tcp.dstport == 25 and tcp.flags.syn == 1)"


def netlab(*words, text=None):
    return subprocess.run([*NETLAB, *words], input=text, capture_output=True, text=True, env=ENVIRONMENT, timeout=120)


def start(*words, text=None):
    process = subprocess.Popen([*NETLAB, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, env=ENVIRONMENT)
    if text is not None:
        process.stdin.write(text)
    process.stdin.close()
    process.stdin = None
    return process


def send(words):
    return ["run", "alice", "mailclient", "send", "--no-tls", "-s", words, "-f", "alice@example.org", "--via",
            "smtp://mail.example.org:25", "rachida@localhost"]


def held():
    """Packets that the wire holds: number, port, seconds, times that they were sent again."""
    rows = [line.split("\t") for line in netlab("wire", "held").stdout.splitlines()]
    return [(int(row[0]), row[1], float(row[2].split()[0]), int(row[3])) for row in rows if len(row) == 4]


def look_at_timers():
    text = netlab("timers").stdout
    sent_again = re.findall(r"held packet \d+ from alice for [0-9.]+ s; meanwhile it was sent again (\d+)",
                            text)
    pli.ok(len(sent_again) >= 5 and max(map(int, sent_again)) >= 2,
           "netlab timers: what the wire holds, and how often it was sent again", text)
    pli.ok(re.search(r"→ \S+:25 +SYN-SENT\n +sends again in .+ \(\d+ times so far, gives up after 12\)", text),
           "the timer of the SYN, its tries, and when it gives up", text)
    pli.ok(re.search(r"→ 10\.0\.0\.25:110 +ESTAB\n +sends again in .+ gives up after 30\)\n +RTO \d+ ms \(2\^\d+\), ",
                     text) is not None, "the timer of sent data, doubled each time", text)
    pli.ok(re.search(r"^mail +\S*:110 → 10\.0\.0\.10:\d+ +ESTAB\n +(no timer runs|asks in)", text, re.M) is not None,
           "the other end waits without one", text)
    pli.ok("RFC 5321 §4.5.3.2" in text and "RFC 1939 §3" in text and "RFC 9051 §5.4" in text,
           "and how patient the programs are", text)
    one = netlab("timers", "mail").stdout
    pli.ok(re.search("^mail ", one, re.M) and not re.search("^alice ", one, re.M), "the timers of one host", one)
    wrong = netlab("timers", "nobody")
    pli.ok(wrong.returncode != 0 and 'no host "nobody"' in wrong.stderr, "of a host that there is not", wrong.stderr)


def hold(folder):
    talk = start("run", "alice", "python3", "-c", TALK, folder)
    pli.ok(pli.wait_until(lambda: os.path.exists(os.path.join(folder, "ready"))), "four dialogues begin")
    pli.ok(netlab("wire", "hold", HELD).returncode == 0, "the wire holds what carries data, and SYNs to port 25")
    began = time.monotonic()
    open(os.path.join(folder, "go"), "w").close()
    letter = start(*send("late"), text="rachida late\n")
    # Five have something to say; the third repetition of the slowest comes after 7 s, its second after 3.
    pli.ok(pli.wait_until(lambda: len({row[0] for row in held() if row[3] >= 2}) >= 5, 20),
           "five packets are held, each repeated by its sender, and kept as one", held())
    look_at_timers()
    time.sleep(max(0.0, HOLD - (time.monotonic() - began)))
    rows = held()
    print(f"# held for {max(row[2] for row in rows):.0f} s; sent again {', '.join(str(row[3]) for row in rows)} times")
    pli.ok(sum(row[2] > HOLD - 3 for row in rows) >= 5, "and all the time nobody gives up", rows)
    pli.ok(letter.poll() is None and talk.poll() is None, "neither program")
    netlab("wire", "go")
    out, errors = talk.communicate(timeout=90 + HOLD)
    pli.ok(sorted(out.split()) == sorted("SMTP POP3 IMAP IMAPS well well well well".split()),
           "let go, each dialogue goes on to its end", out, errors)
    out, errors = letter.communicate(timeout=90 + HOLD)
    pli.ok(letter.returncode == 0, "the held SYN has made a connection, and the letter is sent", out, errors)


def arrived():
    letters = [netlab("run", "alice", "mailclient", "read", str(number), "--no-tls", "--password-file", "password",
                      "imap://rachida@mail.example.org").stdout for number in (2, 3)]
    held_one = [text for text in letters if "Subject: held" in text] or [""]
    pli.ok(held_one[0].count("rachida bonjour") == 200, "the letter whose DATA was held is whole", *letters)
    pli.ok(any("rachida late" in text for text in letters), "the letter whose SYN was held is there", *letters)


def recorded(recording):
    told = subprocess.run([VISUALIZER, "--print", "consequences", recording], capture_output=True, text=True,
                          env=ENVIRONMENT).stdout
    pli.ok(told.count("lost patience while the packet was kept") >= 5,
           "the recording tells who lost patience, and why nothing was lost", told)


def main():
    doctor = netlab("doctor")
    if doctor.returncode != 0:
        pli.skip_all("the lab network cannot be raised here: scripts/netlab doctor")
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.chmod(folder, 0o777)
        with open("password", "w", encoding="ascii") as file:
            os.chmod("password", 0o600)
            file.write(PASSWORD + "\n")
        try:
            up = netlab("up", "one-server", "--record", "r.pcapng")
            pli.ok(up.returncode == 0, "a lab comes up", up.stderr)
            pli.ok(netlab(*send("first"), text="rachida first\n").returncode == 0, "a letter is there")
            hold(folder)
            arrived()
        finally:
            netlab("down")
        recorded("r.pcapng")
        os.chdir("/")
    pli.done()


main()
