"""Plays the tests of a building lab against the student's server, each against a fresh one.

The server runs in the sandbox with a mail folder of its own, in which the
users and letters of lab.conf lie. The judges are ours and stand outside: a
dialogue (the program `dialogue`), or a check, a program that uses a real
client. What the server prints or answers as its exit status counts nothing.
"""
import os
import shutil
import subprocess
import sys
import time

import sandbox
from lab import LabMistake
from recorder import Recorder
from result import FAILED, NOT_RUN, PASSED, Verdict
from texts import ROOT, _, harmless, quoted

BIN = os.path.join(ROOT, "bin")
PATIENCE = "20"          # seconds for the server to be ready, on a loaded machine too
MOST_OF_A_TEST = 60      # seconds for a judge
PATIENCE_FOR_THE_END = 5 # seconds from the end of its sockets to that of the process
MOST_OF_ALL = 300        # seconds for all tests; what was not begun then is not run


def make_mail(lab, root):
    """A server's folder with the users of lab.conf."""
    os.makedirs(root)
    for line in lab.settings.get("user", []):
        name, _blank, password = line.partition(" ")
        run = subprocess.run([os.path.join(BIN, "mailserver"), "--root", root, "user", "add", name],
                             input=password.encode() + b"\n", capture_output=True, check=False)
        if run.returncode != 0:
            raise LabMistake(_("user {}: {}").format(name, run.stderr.decode("utf-8", "replace").strip()))


def check_settings(lab, work):
    """A LabMistake with the line when our own server does not take a setting of lab.conf; nothing where there is none."""
    program, settings = os.path.join(BIN, "mailserver"), lab.settings.get("setting", [])
    if not os.path.isfile(program):
        return

    def complaint(some):
        words = [word for setting in some for word in ("-o", setting)]
        run = subprocess.run([program, "--root", os.path.join(work, "settings"), *words, "check-config"],
                             capture_output=True, text=True, check=False)
        return run.stderr.strip() if run.returncode != 0 else ""
    if settings and complaint(settings):
        for number, setting in zip(lab.lines["setting"], settings):
            if why := complaint([setting]):
                raise lab.wrong(number, harmless(why))
        raise lab.wrong(lab.lines["setting"][-1], harmless(complaint(settings)))


class Place:
    """The folder of a server, made once with its users and copied for each test."""

    def __init__(self, lab, work, safe):
        self.lab, self.safe, self.work = lab, safe, work
        check_settings(lab, work)
        self.template = os.path.join(lab.folder, "mail")
        if not os.path.isdir(self.template):   # a handout has it, since it has no server of ours
            self.template = os.path.join(work, "template")
            make_mail(lab, self.template)

    def fresh(self):
        """The folder for one test: a file system of its own, so that filling it harms nobody else."""
        root = os.path.join(self.work, "mail")
        os.makedirs(root, exist_ok=True)
        if self.safe:
            sandbox.mount_tmpfs(root, "size=64m,nr_inodes=20k,mode=700")
        shutil.copytree(self.template, root, symlinks=True, dirs_exist_ok=True)
        for count, line in enumerate(self.lab.settings.get("letter", [])):
            user, _blank, name = line.partition(" ")
            new = os.path.join(root, "home", user, "Maildir", "new")
            for part in ("tmp", "cur", "new"):
                os.makedirs(os.path.join(os.path.dirname(new), part), exist_ok=True)
            shutil.copyfile(os.path.join(self.lab.folder, name), os.path.join(new, f"{1700000000 + count}.{count}.lab"))
        return root

    def drop(self, root):
        """Unmounting throws away whatever is there; nothing in it is looked at."""
        if self.safe:
            sandbox.unmount(root)
        else:
            shutil.rmtree(root, ignore_errors=True)


class Server:
    """The student's program, running."""

    def __init__(self, lab, program, root, safe):
        self.lab, self.root, self.safe = lab, root, safe
        self.patience = int(lab.settings.get("patience", PATIENCE))
        inside = "/mail" if safe else root
        words = ["/program" if safe else program, "--root", inside, "-o", "ports=free", "-o", "workers=4",
                 "--ready-file", f"{inside}/ready"]
        for setting in lab.settings.get("setting", []):
            words += ["-o", setting]
        self.run = sandbox.Run(words, sandbox.Limits(seconds=MOST_OF_A_TEST + self.patience), [(program, "/program")],
                               [(root, "/mail")], "/mail" if safe else root, safe=safe)
        self.ports = self._await()

    def _await(self):
        ready, end = os.path.join(self.root, "ready"), time.monotonic() + self.patience
        while self.run.running() and time.monotonic() < end:
            ports = _read_ports(ready)
            if ports:
                return ports
            time.sleep(0.01)
        return {}

    def ended(self):
        """Did it end before it was told to? Its socket is gone before its process is: then that is waited for."""
        port, end = self.ports.get(self.lab.settings["service"]), time.monotonic() + PATIENCE_FOR_THE_END
        while self.run.running() and not _listens(port) and time.monotonic() < end:
            time.sleep(0.01)
        return not self.run.running()

    def why_not(self, quotes=True):
        """Why it is not there (any more), and, if it quotes, with what it said."""
        if self.run.why:
            why = self.run.why
        elif self.run.running():
            why = _("it did not begin to listen within {} seconds").format(self.patience)
        else:
            why = _("it ended by itself")
        self.run.stop()
        self.run.wait()
        return _("The server is not there: {}.").format(why) + (self.said() if quotes else "")

    def said(self):
        """All that it said until now; it is stopped for that."""
        self.run.stop()
        self.run.wait()
        whole = bytes(self.run.output)
        _ports, ready, rest = whole.partition(b"\nready\n")
        text = (rest if ready else whole)[-2000:]
        return "\n" + _("It said:") + "\n" + quoted(text) if text.strip() else ""


def _listens(port):
    """Does somebody in this network namespace listen there? Asked without a connection: the server would tell of it."""
    for name in ("/proc/net/tcp", "/proc/net/tcp6"):
        with open(name, encoding="ascii") as file:
            rows = [line.split()[:4] for line in file.readlines()[1:]]
        if any(state == "0A" and int(local.rpartition(":")[2], 16) == port for _row, local, _far, state in rows):
            return True
    return False


def _read_ports(path):
    """{listener: port}. The student's program may have written anything: what is no port is left out."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as file:
            lines = file.read(4096).decode("ascii", "replace").splitlines()
    except OSError:
        return {}
    ports = {}
    for line in lines:
        words = line.split()
        if len(words) == 3 and words[2].isdigit() and 0 < int(words[2]) < 65536:
            ports.setdefault(words[0], int(words[2]))
    return ports


def _lesson(test, language):
    """What a hidden check lets be known: lines `# rfc: ...` and `# hint: ...` (`# hint.fr:`) at its top."""
    found = {}
    with open(test.path, encoding="utf-8", errors="replace") as file:
        for line in file.read(4000).splitlines():
            name, colon, value = line.removeprefix("# ").partition(":")
            if line.startswith("# ") and colon and name in ("rfc", "hint", "hint.fr"):
                found[name] = value.strip()
    hint = found.get("hint.fr" if language == "fr" else "hint", "")
    return "\n".join(filter(None, [found.get("rfc") and _("read: RFC {}").format(found["rfc"]),
                                   hint and _("hint: {}").format(hint)]))


def _asks_packets(test):
    """Does the dialogue have rules about what was on the wire meanwhile?"""
    with open(test.path, encoding="utf-8", errors="replace") as file:
        return test.kind == "dialogue" and any(line.startswith("packets:") for line in file)


class Judge:
    """Asks the judges of all tests of a lab, one after the other. shown: what hidden tests say, too."""

    def __init__(self, lab, program, work, language, values, recorder, safe, shown):
        self.lab, self.program, self.language, self.values = lab, program, language, values
        self.recorder, self.safe, self.shown = recorder, safe, shown
        self.place = Place(lab, work, safe)
        self.accounts = os.path.join(work, "accounts")
        with open(self.accounts, "w", encoding="utf-8") as file:
            file.write("".join(line + "\n" for line in lab.settings.get("user", [])))

    def _words(self, test, server, recording):
        """The judge's command."""
        if test.kind == "check":
            return [test.path]
        words = [os.path.join(BIN, "dialogue"), "--maildir", os.path.join(server.root, "home", "%u", "Maildir"),
                 "--accounts", self.accounts, "--lang", self.language]
        for name, port in server.ports.items():
            words += ["--connect", f"{name}=127.0.0.1:{port}"]
        for name, value in self.values.items():
            words += ["--set", f"{name}={value}"]
        if recording:
            words += ["--capture", recording]
        if self._keeps_silent(test):
            words.append("--discreet")
        return [*words, os.path.relpath(test.path, self.lab.folder)]

    def _keeps_silent(self, test):
        return test.hidden and not self.shown

    def _environment(self, server):
        ports = {f"PORT_{name.upper()}": str(port) for name, port in server.ports.items()}
        mine = {f"PLI_{name.upper()}": value for name, value in self.values.items()}
        path = os.path.dirname(sys.executable) + os.pathsep + os.environ["PATH"]   # checks run with this Python, too
        return {**os.environ, **ports, **mine, "PATH": path, "PLI_BIN": BIN, "PLI_ROOT": server.root,
                "PLI_HOMES": os.path.join(server.root, "home"),
                "LC_ALL": "fr_FR.UTF-8" if self.language == "fr" else "C.UTF-8", "LANGUAGE": self.language,
                "NO_COLOR": "1"}

    def _ask(self, test, server, recording):
        """(passed, the judge's words)"""
        try:
            run = subprocess.run(self._words(test, server, recording), stdin=subprocess.DEVNULL, capture_output=True,
                                 timeout=MOST_OF_A_TEST, env=self._environment(server), cwd=self.lab.folder,
                                 check=False)
        except subprocess.TimeoutExpired:
            return False, _("The test did not end within {} seconds.").format(MOST_OF_A_TEST)
        except OSError as error:
            raise LabMistake(f"{test.path}: {error.strerror}") from None
        if run.returncode not in (0, 1):
            raise LabMistake(f"{test.path}: {harmless(run.stderr + run.stdout).strip()}")
        if test.kind == "check" and self._keeps_silent(test):
            return run.returncode == 0, _lesson(test, self.language)
        return run.returncode == 0, harmless(run.stdout, 20000).strip()

    def _explain(self, test, server, text):
        """Why a test failed. What a server says of a hidden test may be all that the test said to it."""
        if self._keeps_silent(test):
            gone = server.why_not(False) if server.ended() else ""
            return "\n".join(filter(None, [_("This test is hidden; what it says is not shown."), text, gone]))
        return text + ("\n" + server.why_not() if server.ended() else server.said())

    def _one(self, test):
        verdict = Verdict(test.name, test.titles[self.language], test.points, hidden=test.hidden, path=test.path)
        begun = time.monotonic()
        server = Server(self.lab, self.program, self.place.fresh(), self.safe)
        keeps = self.recorder is not None and not self._keeps_silent(test)
        recorder = self.recorder
        if recorder is None and self.safe and _asks_packets(test):
            recorder = Recorder(os.path.join(self.place.work, "recordings"), self.place.work)
        recording = recorder.begin(test.name) if recorder else None
        try:
            if self.lab.settings["service"] not in server.ports:
                verdict.status, verdict.text = FAILED, server.why_not(not self._keeps_silent(test))
            else:
                passed, text = self._ask(test, server, recording)
                verdict.status = PASSED if passed else FAILED
                verdict.text = "" if passed else self._explain(test, server, text)
        finally:
            server.run.stop()
            if recorder:
                recorder.end()
            self.place.drop(server.root)
        if keeps and verdict.status == FAILED:
            verdict.recording, verdict.packet = recorder.keep(server.ports.get(self.lab.settings["service"], 0))
        verdict.seconds = time.monotonic() - begun
        return verdict

    def _why_not_run(self, test, passed, end):
        missing = [name for name in test.after if name not in passed]
        if missing:
            title = next(other.titles[self.language] for other in self.lab.tests if other.name == missing[0])
            return _('It needs "{}", which failed or was not run.').format(title)
        if time.monotonic() > end:
            return _("Time ran out: the tests before it took more than {} seconds.").format(MOST_OF_ALL)
        return ""

    def tests(self):
        """A verdict for each test of the lab, in order."""
        verdicts, passed, end = [], set(), time.monotonic() + MOST_OF_ALL
        for test in self.lab.tests:
            why = self._why_not_run(test, passed, end)
            if why:
                verdicts.append(Verdict(test.name, test.titles[self.language], test.points, NOT_RUN, why, test.hidden,
                                        path=test.path))
                continue
            verdict = self._one(test)
            if verdict.status == PASSED:
                passed.add(test.name)
            verdicts.append(verdict)
        return verdicts
