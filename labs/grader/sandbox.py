"""Where code of strangers runs: bubblewrap, with every limit.

The grader itself runs in namespaces of its own (enter()): a network that is
only a loopback, mounts, and processes; so when it ends, by whatever signal,
everything that it started ends with it, and what lay on its tmpfs is gone.
Inside, a program runs under bubblewrap in one more set of namespaces: it sees
/usr, its own folders and nothing else - no test, no result, no home, no other
submission, no process of the grader. The loopback is shared with the grader,
who talks to the program from the other side of that wire.

Limits: CPU seconds, processes, size of files, open files and what they write
by setrlimit; wall time and memory, of all processes together, by a watchdog.
"""
import ctypes
import dataclasses
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time

from lab import Mistake
from texts import ROOT, _

INSIDE = "PLI_GRADER_INSIDE"
UNSHARE = ("unshare", "--user", "--map-root-user", "--net", "--mount", "--pid", "--ipc", "--fork", "--kill-child",
           "--mount-proc")
PYTHON = (sys.executable, "-S")   # without the packages of others, which the grader does not use
WORK_SIZE = "256m"
MNT_DETACH = 2   # <sys/mount.h>
CLEAN = {"PATH": "/usr/bin:/bin"}   # of bubblewrap itself, whose environment the program can read in /proc/1


@dataclasses.dataclass
class Limits:
    seconds: float = 20        # of wall time
    cpu: int = 10              # seconds, each process
    memory: int = 600 << 20    # octets, all processes together
    processes: int = 60
    file: int = 32 << 20       # octets, each file
    output: int = 64 << 10     # octets that are kept; the rest is thrown away


def missing():
    """Why code of strangers cannot be run safely here; None when it can."""
    for program in ("bwrap", "unshare", "prlimit", "ip"):
        if shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin") is None:
            return _("the program {} is not installed (scripts/setup grade)").format(program)
    trial = subprocess.run([*UNSHARE, "bwrap", "--unshare-user", "--unshare-pid", "--ro-bind", "/usr", "/usr",
                            "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64",
                            "/lib64", "/bin/true"], capture_output=True, timeout=30, check=False)
    if trial.returncode != 0:
        return _("this system gives no user namespaces to you (scripts/netlab doctor tells more): {}").format(
            trial.stderr.decode("utf-8", "replace").strip()[:300])
    return None


def _mount_point():
    """A folder that every system has and under which nothing lies that this run needs."""
    needed = [os.path.realpath(path) for path in (ROOT, os.getcwd(), sys.executable, *sys.argv)]
    return next(place for place in ("/mnt", "/media", "/srv", "/opt", "/home")
                if os.path.isdir(place) and not any(path.startswith(place + "/") for path in needed))


def mount_tmpfs(folder, options):
    """By the system call itself: a program for it would take as long as many a test."""
    if ctypes.CDLL(None, use_errno=True).mount(b"tmpfs", os.fsencode(folder), b"tmpfs", 0, options.encode()) != 0:
        raise OSError(ctypes.get_errno(), f"{folder}: {os.strerror(ctypes.get_errno())}")


def unmount(folder):
    """Its name goes at once, its content when the last user has gone."""
    if ctypes.CDLL(None, use_errno=True).umount2(os.fsencode(folder), MNT_DETACH) != 0:
        raise OSError(ctypes.get_errno(), f"{folder}: {os.strerror(ctypes.get_errno())}")


def enter():
    """Starts the grader anew in its namespaces; inside, prepares them and answers the folder to work in."""
    if os.environ.get(INSIDE) != "1":
        os.environ[INSIDE] = "1"
        os.execvp(UNSHARE[0], [*UNSHARE, *PYTHON, *sys.argv])
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    work = _mount_point()
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    mount_tmpfs(work, f"size={WORK_SIZE},mode=700")
    return work


def _limited(limits, safe):
    """The command that sets a program's limits: doing it here, between fork and exec, would copy the grader for it."""
    processes = [f"--nproc={limits.processes}"] if safe else []   # outside, all processes of the user would count
    return ["/usr/bin/prlimit", f"--cpu={limits.cpu}:{limits.cpu + 1}", f"--fsize={limits.file}", "--core=0",
            "--nofile=256", *processes, "--"]


def _children():
    """{parent: [(process, resident octets)]} of all processes that can be seen."""
    page, tree = resource.getpagesize(), {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            handle = os.open(f"/proc/{name}/stat", os.O_RDONLY)   # often asked: without the costs of open()
        except OSError:
            continue
        try:
            fields = os.read(handle, 4096).rpartition(b")")[2].split()
        except OSError:
            fields = []
        finally:
            os.close(handle)
        if len(fields) > 21:
            tree.setdefault(int(fields[1]), []).append((int(name), int(fields[21]) * page))
    return tree


def _resident(process):
    """Octets of all processes below one."""
    tree, todo, total = _children(), [process], 0
    while todo:
        for child, size in tree.get(todo.pop(), []):
            todo.append(child)
            total += size
    return total


class Run:
    """A program in the sandbox. `why` says which limit ended it, or is empty."""

    def __init__(self, words, limits=None, read=(), write=(), folder="/", environment=None, safe=True):
        self.limits = limits or Limits()
        self.why, self.output, self.cut = "", bytearray(), False
        self.started = time.monotonic()
        bubble = _bubble(read, write, folder, environment or {}) if safe else []
        command = [*bubble, *_limited(self.limits, safe), *words]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            start_new_session=True, env=CLEAN if safe else {**os.environ, **(environment or {})},
            cwd=None if safe else folder)
        self.threads = [threading.Thread(target=self._read, daemon=True),
                        threading.Thread(target=self._watch, daemon=True)]
        for thread in self.threads:
            thread.start()

    def _read(self):
        while data := self.process.stdout.read1(65536):
            room = self.limits.output - len(self.output)
            self.output += data[:max(room, 0)]
            self.cut = self.cut or len(data) > room

    def _watch(self):
        while self.process.poll() is None:
            if time.monotonic() - self.started > self.limits.seconds:
                self._end(_("it ran for more than {} seconds").format(int(self.limits.seconds)))
            elif _resident(self.process.pid) > self.limits.memory:
                self._end(_("it used more than {} megabytes of memory").format(self.limits.memory >> 20))
            time.sleep(0.1)

    def _end(self, why):
        self.why = self.why or why
        self.stop()

    def running(self):
        return self.process.poll() is None

    def wait(self):
        """Its exit status, or minus the signal; all its output is there then."""
        status = self.process.wait()
        self.threads[0].join(5)
        return status

    def stop(self):
        """Ends it and all it has started: bubblewrap's namespace of processes dies with bubblewrap."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


def _bubble(read, write, folder, environment):
    """The command before the command. read, write: (path outside, path inside)."""
    words = ["bwrap", "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try",
             "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--uid", "65534", "--gid", "65534",
             "--hostname", "sandbox", "--clearenv", "--setenv", "PATH", "/usr/bin", "--setenv", "LC_ALL", "C.UTF-8",
             "--ro-bind", "/usr", "/usr", "--symlink", "usr/bin", "/bin", "--symlink", "usr/lib", "/lib",
             "--symlink", "usr/lib64", "/lib64", "--proc", "/proc", "--dev", "/dev",
             "--size", str(64 << 20), "--tmpfs", "/tmp", "--dir", "/etc"]
    for path in ("/etc/ld.so.cache", "/etc/alternatives", "/etc/ssl/openssl.cnf"):
        if os.path.exists(path):
            words += ["--ro-bind", path, path]
    for name, value in environment.items():
        words += ["--setenv", name, value]
    for outside, inside in read:
        words += ["--ro-bind", outside, inside]
    for outside, inside in write:
        words += ["--bind", outside, inside]
    return words + ["--chdir", folder, "--"]


def refuse_or_enter(unsafe):
    """The folder to work in, inside the grader's own world from here on; or a Mistake. Unsafe: None, with a warning."""
    if unsafe:
        sys.stderr.write(_("Without the sandbox the submitted code can do all that you can do: read and delete your "
                           "files, use the network, change its own grade. Only run code that you trust so.\n"))
        return None
    if os.environ.get(INSIDE) != "1":
        why = missing()
        if why:
            raise Mistake(_("submitted code is not run here without protection: {}. --unsafe runs it all the same, "
                            "with your rights").format(why))
    return enter()
