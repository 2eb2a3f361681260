"""A terminal for tests: a program runs in tmux, of a size, is given keys, and its screen is read.

    with Terminal(["bin/visualizer", "letter.pcap"], 80, 24) as terminal:
        terminal.wait("packet 1")              # until that is on the screen, else Timeout
        terminal.keys("n", "Down", "C-l")      # tmux's names; answers the screen when it has come to rest
        terminal.lines()                       # the screen as text, without trailing space

tmux is started on a socket of its own with a fixed configuration, so that
nothing of the user's is read or touched; it is commanded over one connection
(its control mode), since a process for each look would be most of a test's
time. The program's output is also kept byte by byte: what reached the terminal
is in terminal.output().
"""
import os
import shlex
import shutil
import subprocess
import tempfile
import time

SLOW = 4 if "san" in os.environ.get("BIN", "") else 1

CONFIGURATION = """
set -g default-terminal tmux-256color
set -g status off
set -g escape-time 0
set -g remain-on-exit on
set -g history-limit 0
set -g mouse off
set -g set-titles off
"""


class Timeout(Exception):
    pass


def available():
    return shutil.which("tmux") is not None


class Terminal:
    def __init__(self, command, columns, rows, environment=None, ready=None):
        """ready: a text to wait for before the terminal is handed out."""
        self.folder = tempfile.mkdtemp(prefix="pli-screen-")
        self.socket = os.path.join(self.folder, "tmux")
        configuration = os.path.join(self.folder, "tmux.conf")
        with open(configuration, "w") as file:
            file.write(CONFIGURATION)
        settings = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "LANGUAGE": "en", "TZ": "UTC", "HOME": self.folder,
                    "TMPDIR": self.folder}
        settings.update(environment or {})
        words = ["env", "-u", "NO_COLOR", "-u", "COLORFGBG"]
        words += [f"{name}={value}" for name, value in settings.items()] + list(command)
        # The pipe is attached before the program starts. Its end is noted by the shell around it: tmux does not
        # always know the status.
        self._path = {name: os.path.join(self.folder, name) for name in ("go", "pid", "status", "output")}
        self._control = None
        path = {name: shlex.quote(place) for name, place in self._path.items()}
        start = (f"while [ ! -e {path['go']} ]; do sleep 0.02; done; "
                 f"sh -c 'echo $$ >\"$0\"; exec \"$@\"' {path['pid']} {shlex.join(words)}; "
                 f"echo $? >{path['status']}.new; mv {path['status']}.new {path['status']}")
        try:
            self._start(configuration, columns, rows, start, path["output"])
            if ready is not None:
                self.wait(ready)
                self.steady()
        except BaseException:
            self.close()
            raise

    def _start(self, configuration, columns, rows, start, output):
        self._run("-f", configuration, "new-session", "-d", "-x", str(columns), "-y", str(rows), "sh", "-c", start)
        self._control = subprocess.Popen(["tmux", "-u", "-S", self.socket, "-C", "attach-session", "-f",
                                          "no-output,ignore-size"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.DEVNULL, env={**os.environ, "LC_ALL": "C.UTF-8"})
        self._answer()
        self._tmux("pipe-pane", "-O", f"cat > {output}")
        open(self._path["go"], "w").close()
        self.pid = int(self._read("pid"))

    def _read(self, name, seconds=10):
        """A number that the shell writes to a file."""
        end = time.monotonic() + seconds * SLOW
        while True:
            try:
                with open(self._path[name]) as file:
                    text = file.read()
                if text.endswith("\n"):
                    return text
            except FileNotFoundError:
                pass
            if time.monotonic() > end:
                raise Timeout(f"the program has no {name} yet; the screen is\n" + self.text())
            time.sleep(0.02)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _run(self, *arguments):
        result = subprocess.run(["tmux", "-u", "-S", self.socket, *arguments], capture_output=True, text=True,
                                env={**os.environ, "LC_ALL": "C.UTF-8"}, timeout=30 * SLOW)
        if result.returncode != 0:
            raise Timeout(f"tmux {' '.join(arguments)}: {result.stderr}")

    def _tmux(self, *arguments):
        """One command of tmux, as words; what it says."""
        words = " ".join("'" + word.replace("'", "'\"'\"'") + "'" for word in arguments)
        self._control.stdin.write((words + "\n").encode())
        self._control.stdin.flush()
        return self._answer()

    def _answer(self):
        """The lines between %begin and %end; other lines that begin with % are news, which nobody wants."""
        lines = None
        while True:
            line = self._control.stdout.readline().decode("utf-8", "replace")
            word = line.split(" ", 1)[0]
            if not line or (lines is not None and word == "%error"):
                raise Timeout("tmux: " + ("".join(lines or ()) or "it ended"))
            if lines is not None and word == "%end":
                return "".join(lines)
            if lines is not None:
                lines.append(line)
            elif word == "%begin":
                lines = []

    def lines(self, escapes=False):
        text = self._tmux("capture-pane", "-p", *(["-e"] if escapes else []))
        return [line.rstrip() for line in text.split("\n")[:-1]]

    def text(self):
        return "\n".join(self.lines())

    def wait(self, wanted, seconds=10):
        """Until the text is on the screen (or wanted(text) is true); answers the screen."""
        end = time.monotonic() + seconds * SLOW
        while True:
            text = self.text()
            if wanted(text) if callable(wanted) else wanted in text:
                return text
            if time.monotonic() > end:
                raise Timeout(f"waited for {wanted!r}; the screen is\n{text}")
            time.sleep(0.02)

    def _waits(self):
        """Does the program sleep, so that no key is left for it to take?"""
        try:
            with open(f"/proc/{self.pid}/stat") as file:
                return file.read().rsplit(")", 1)[1].split()[0] not in "RD"
        except OSError:
            return True

    def steady(self, seconds=10):
        """Until the program waits for keys and the screen stays the same."""
        end = time.monotonic() + seconds * SLOW
        last, same = None, 0
        while same < 2:
            time.sleep(0.03)
            now = self.text()
            same = same + 1 if now == last and self._waits() else 0
            last = now
            if time.monotonic() > end:
                raise Timeout("the screen does not come to rest:\n" + now)
        return last

    def keys(self, *names):
        if names:
            self._tmux("send-keys", *names)
        return self.steady()

    def type(self, text):
        self._tmux("send-keys", "-l", text)
        return self.steady()

    def resize(self, columns, rows):
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))
        return self.steady()

    def value(self, name):
        """Of a tmux format: "pane_dead", "alternate_on", "cursor_flag", "mouse_any_flag", "pane_title" ..."""
        return self._tmux("display-message", "-p", "#{" + name + "}").strip()

    def signal(self, number):
        os.kill(self.pid, number)

    def ended(self, seconds=10):
        """Waits for the end of the program: its exit status, or minus the signal."""
        status = int(self._read("status", seconds))
        return 128 - status if status > 128 else status

    def output(self):
        with open(self._path["output"], "rb") as file:
            return file.read()

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True, timeout=30)
        if self._control is not None:
            self._control.stdin.close()
            self._control.stdout.close()
            self._control.kill()
            self._control.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


def compare(path, lines):
    """The screen against the golden file: None, or what differs. UPDATE_GOLDENS=1 writes it instead."""
    text = "\n".join(lines).rstrip("\n") + "\n"
    if os.environ.get("UPDATE_GOLDENS"):
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return None
    if not os.path.exists(path):
        return f"there is no {path}: UPDATE_GOLDENS=1 writes it"
    with open(path) as file:
        golden = file.read()
    if golden == text:
        return None
    here, there = text.split("\n"), golden.split("\n")
    different = [f"line {i + 1}\n  expected {there[i] if i < len(there) else '(nothing)'}\n  received "
                 f"{here[i] if i < len(here) else '(nothing)'}"
                 for i in range(max(len(here), len(there)))
                 if i >= len(here) or i >= len(there) or here[i] != there[i]]
    return f"{path}:\n" + "\n".join(different)
