"""What tests of the mail server need: a server on free ports, and TAP.

    import os, sys
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
    import pli

    with pli.Server() as server:               # started, ready, gone afterwards
        server.add_user("rachida", "bonjour-2026")
        server.port("smtp"), server.maildir("rachida"), server.certificate
    pli.ok(condition, "what was tried")
    pli.check("what was tried", function)      # which raises nothing and does not answer False
    pli.skip("what was not tried", "why")
    pli.done()                                 # the plan; the exit status

Programs come from the folder BIN (default bin). PLI_SANITIZER=thread runs the
server under setarch -R, since ThreadSanitizer wants less address randomization
than new kernels give.
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
BIN = os.path.join(ROOT, os.environ.get("BIN", "bin"))
MAILSERVER = os.path.join(BIN, "mailserver")
SLOW = 5 if "asan" in BIN or "tsan" in BIN else 1

_results = [0, 0]
_marked = []
_one_at_a_time = threading.Lock()


def mark(program=None, columns=""):
    """In which row and columns of the table of programs (tests/interop/table) the results that follow count."""
    _marked[:] = [program, columns] if program else []


def _record(result):
    if _marked and "PLI_TABLE" in os.environ:
        with open(os.environ["PLI_TABLE"], "a", encoding="utf-8") as file:
            file.write("\t".join((*_marked, result)) + "\n")


def ok(condition, what, *explanations):
    """One result. Explanations are shown when it failed. Several threads may have results."""
    with _one_at_a_time:
        _results[0] += 1
        _record("passed" if condition else "failed")
        if not condition:
            _results[1] += 1
        print(f"{'ok' if condition else 'not ok'} {_results[0]} - {what}")
        if not condition:
            for text in explanations:
                for line in str(text).splitlines():
                    print(f"# {line}")
        sys.stdout.flush()
    return bool(condition)


def same(got, expected, what):
    return ok(got == expected, what, f"expected: {expected!r}", f"received: {got!r}")


def check(what, function):
    try:
        return ok(function() is not False, what, "it answered False")
    except Exception:
        return ok(False, what, traceback.format_exc())


def equal(got, expected):
    """For functions given to check()."""
    assert got == expected, f"expected: {expected!r}\nreceived: {got!r}"


def skip(what, why):
    _results[0] += 1
    _record("skipped: " + why)
    print(f"ok {_results[0]} - {what} # SKIP {why}")
    sys.stdout.flush()


def skip_all(why):
    _record("skipped: " + why)
    print(f"1..0 # SKIP {why}")
    sys.exit(0)


def done():
    print(f"1..{_results[0]}")
    sys.exit(1 if _results[1] else 0)


def installed(*programs):
    """The first of the programs that is not installed, or None."""
    for program in programs:
        if shutil.which(program) is None:
            return program
    return None


def wait_until(condition, seconds=10):
    """Looks until the condition holds. False when the time is over."""
    end = time.monotonic() + seconds * SLOW
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())


def run(*words, stdin=None, timeout=60, environment=None):
    """A program to its end: (status, output, errors)."""
    result = subprocess.run(words, input=stdin, capture_output=True, timeout=timeout * SLOW,
                            env={**os.environ, **(environment or {})})
    return result.returncode, result.stdout.decode("utf-8", "replace"), result.stderr.decode("utf-8", "replace")


def output_of(*words, **options):
    """What a program says, when it succeeds."""
    status, output, errors = run(*words, **options)
    assert status == 0, f"{words} exited with {status}:\n{output}{errors}"
    return output


class Server:
    """A mail server with a root folder of its own."""

    def __init__(self, *options, users=None, root=None, wrapper=(), environment=None):
        self.folder = tempfile.mkdtemp(prefix="pli-server-")
        self.root = root or os.path.join(self.folder, "mail")
        self.options = options
        self.wrapper = tuple(wrapper)
        if os.environ.get("PLI_SANITIZER") == "thread":
            self.wrapper = ("setarch", "-R", *self.wrapper)
        self.environment = {**os.environ, **(environment or {})}
        self.process = None
        self.ports = {}
        for name, password in (users or {}).items():
            self.add_user(name, password)

    def command(self, *words, stdin=None):
        return run(*self.wrapper, MAILSERVER, "--root", self.root, *words, stdin=stdin)

    def add_user(self, name, password):
        status, _, errors = self.command("user", "add", name, stdin=password.encode() + b"\n")
        if status != 0:
            raise RuntimeError(errors)

    def start(self):
        ready = os.path.join(self.folder, "ready")
        if os.path.exists(ready):
            os.unlink(ready)
        with open(self.log_file, "ab") as log, open(self.output_file, "ab") as output:
            self.process = subprocess.Popen(
                [*self.wrapper, MAILSERVER, "--root", self.root, "-o", "ports=free", "--ready-file", ready,
                 *self.options], stdin=subprocess.DEVNULL, stdout=output, stderr=log, env=self.environment)
        if not wait_until(lambda: os.path.exists(ready) or self.process.poll() is not None) or \
                self.process.poll() is not None:
            raise RuntimeError("the server does not start:\n" + self.log())
        self.ports = {}
        with open(ready, encoding="utf-8") as lines:
            for line in lines:
                name, address, port = line.split()
                self.ports.setdefault(name, int(port))
        return self

    @property
    def log_file(self):
        return os.path.join(self.folder, "log")

    @property
    def output_file(self):
        return os.path.join(self.folder, "output")

    def log(self):
        with open(self.log_file, encoding="utf-8", errors="replace") as file:
            return file.read()

    def output(self):
        with open(self.output_file, encoding="utf-8", errors="replace") as file:
            return file.read()

    def port(self, name):
        return self.ports[name]

    def maildir(self, user):
        return os.path.join(self.root, "home", user, "Maildir")

    def letters(self, user, folder=""):
        """Paths of the letters of a folder ("" INBOX, ".Sent" ...), in new/ and cur/, by name."""
        base = os.path.join(self.maildir(user), folder)
        found = []
        for part in ("new", "cur"):
            path = os.path.join(base, part)
            if os.path.isdir(path):
                found += [os.path.join(path, name) for name in os.listdir(path)]
        return sorted(found, key=os.path.basename)

    @property
    def certificate(self):
        return os.path.join(self.root, "tls", "certificate.pem")

    def send(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM):
        """Ends it; answers its exit status."""
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            status = self.process.wait(20 * SLOW)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.process = None
        return status

    def kill(self):
        return self.stop(signal.SIGKILL)

    def remove(self):
        if self.process is not None:
            self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.remove()
            raise

    def __exit__(self, *unused):
        status = self.stop()
        if status != 0:
            ok(False, "the server ends orderly", f"exit status {status}", self.log()[-4000:])
        self.remove()
