#!/usr/bin/env python3
"""
A program in the sandbox ends within a second after its limit, whatever it does, and all that it has started with it.
A clock that sleeps beside it says how late this machine itself is: so much more is allowed.
"""
import os
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli

sys.path.insert(0, os.path.join(pli.ROOT, "labs", "grader"))
import sandbox

WALL = 1         # second that each may run
LATE = 1         # second after which it must be gone

# name: what a shell is told
WALL_LIMIT = {
    "computing": "while :; do :; done",
    "sleeping": "sleep 1000",
    "forking": "f() { f & f & }; while :; do f; done 2>/dev/null",
    "ignoring every signal": "trap '' TERM HUP INT QUIT XCPU ALRM PIPE; while :; do sleep 1000; done",
    "leaving its session": "for i in 1 2 3 4 5; do setsid sh -c \"trap '' TERM HUP; sleep 1000; sleep 1000\" & done; wait",
    "stopping itself": "kill -STOP $$; sleep 1000",
    "printing": "while :; do echo ok 1 - passed; done",
}


class Clock:
    """How late the machine wakes those who sleep, and a core those who want it; at worst, in seconds."""

    def __init__(self):
        self.late, self.ends = 0.0, threading.Event()
        self.thread = threading.Thread(target=self._watch)

    def _watch(self):
        before = time.monotonic()
        while not self.ends.wait(0.05):
            now = time.monotonic()
            self.late = max(self.late, now - before - 0.05)
            before = now

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.ends.set()
        self.thread.join()


def others():
    """Processes in this namespace besides this one, its first, which inherits what has ended without a parent."""
    try:
        while os.waitpid(-1, os.WNOHANG) != (0, 0):
            pass
    except ChildProcessError:
        pass
    return [name for name in os.listdir("/proc") if name.isdigit() and int(name) != os.getpid()]


def timed(what, code, limits, word):
    """Runs it alone: how long after the limit it was gone."""
    with Clock() as clock:
        run = sandbox.Run(["/usr/bin/sh", "-c", code], limits)
        run.wait()
        while others() and time.monotonic() - run.started < limits.seconds + 10:
            time.sleep(0.01)
        seconds = time.monotonic() - run.started - limits.seconds
    pli.ok(seconds < LATE + 4 * clock.late, f"{what}: gone within a second after its limit",
           f"it took {seconds:.2f} s more; the clock was {clock.late:.2f} s late", others())
    pli.ok(word in run.why and seconds > -0.01, f"{what}: and not before, for that reason", run.why, seconds)


def processor():
    """Seconds of the processor, which a program that ignores the warning does not get more of either."""
    with Clock() as clock:
        run = sandbox.Run(["/usr/bin/sh", "-c", "trap '' XCPU; while :; do :; done"], sandbox.Limits(seconds=60, cpu=1))
        run.wait()
        seconds = time.monotonic() - run.started
    pli.ok(0.9 < seconds < 20 + 4 * clock.late and not run.why,
           "the limit of the processor ends it, before that of time",
           f"{seconds:.2f} s")


def memory():
    """Memory of all processes together."""
    with Clock() as clock:
        run = sandbox.Run(["/usr/bin/sh", "-c", "for i in 1 2; do yes | tr -d '\\n' | tail -n 1 & done; wait"],
                          sandbox.Limits(seconds=30, memory=100 << 20))
        run.wait()
        seconds = time.monotonic() - run.started
    pli.ok("megabytes" in run.why and seconds < 10 + 4 * clock.late, "a memory hog ends soon", run.why, seconds)


os.environ["LANGUAGE"] = "en"
if os.environ.get(sandbox.INSIDE) != "1":
    reason = sandbox.missing()
    if reason:
        pli.skip_all(reason)
sandbox.enter()
for each, script in WALL_LIMIT.items():
    timed(each, script, sandbox.Limits(seconds=WALL), "more than 1 seconds")
processor()
memory()
pli.ok(pli.wait_until(lambda: not others(), 10), "no process is left", others())
pli.done()
