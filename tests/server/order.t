#!/usr/bin/env python3
"""
The 250 after the final dot comes last: each letter was forced to the disk in tmp/, given its place in new/, and the
folder new/ was forced to the disk, in this order, before the server answered. A killed server cannot show that (the
system keeps what was only written); the system calls can.
"""
import os
import re
import shutil
import smtplib
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli

CALLS = "fsync,fdatasync,rename,renameat,renameat2,link,linkat,sendto,sendmsg,write,writev"
USERS = ("rachida", "amine")


def watch(server, trace):
    """strace beside the running server, once it follows all threads; None where it may not."""
    log = os.path.join(server.folder, "strace")
    with open(log, "wb") as errors:
        tracer = subprocess.Popen(["strace", "-f", "-y", "-s", "300", "-e", "trace=" + CALLS, "-o", trace, "-p",
                                   str(server.process.pid)], stderr=errors, stdin=subprocess.DEVNULL)
    pli.wait_until(lambda: tracer.poll() is not None or "attached" in open(log, encoding="utf-8").read())
    return tracer if tracer.poll() is None else None


def first(lines, pattern, after):
    """The number of the first line from after on that fits; None."""
    return next((i for i in range(after, len(lines)) if re.search(pattern, lines[i])), None)


def steps(lines, user):
    """Where in the trace each step for the user's mailbox stands, in the order in which they must come."""
    synced = first(lines, r"f(data)?sync\(\d+<[^>]*/Maildir/tmp/[^>]*>\) += 0", 0)
    placed = first(lines, rf"(link|rename)\w*\(.*/{user}/Maildir/new/[^\"]*\".*\) = 0", (synced or 0) + 1)
    folder = first(lines, rf"fsync\(\d+<[^>]*/{user}/Maildir/new>\) += 0", (placed or 0) + 1)
    answer = first(lines, r"(sendto|sendmsg|write\w*)\(.*\"250 2\.0\.0 Letter", 0)
    return [synced, placed, folder, answer]


def main():
    if shutil.which("strace") is None:
        print("1..0 # SKIP strace is not installed")
        return
    if os.environ.get("PLI_SANITIZER") == "thread":
        print("1..0 # SKIP strace and the thread sanitizer do not go together")
        return
    with pli.Server(users={user: "bonjour-2026" for user in USERS}) as server:
        trace = os.path.join(server.folder, "trace")
        tracer = watch(server, trace)
        if tracer is None:
            print("1..0 # SKIP this system lets nobody follow the system calls of another process")
            return
        with smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=60) as client:
            client.sendmail("a@example.org", [f"{user}@localhost" for user in USERS], "Subject: order\r\n\r\nhello\r\n")
        tracer.terminate()
        tracer.wait()
        with open(trace, encoding="utf-8", errors="replace") as file:
            lines = file.read().split("\n")
        for user in USERS:
            found = steps(lines, user)
            pli.ok(None not in found and found == sorted(found),
                   f"{user}: letter to the disk, into new/, new/ to the disk, and only then 250", found,
                   "\n".join(line[:150] for line in lines))
    pli.done()


main()
