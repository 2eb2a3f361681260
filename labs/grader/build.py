"""The student's files compiled and linked into the real program, inside the sandbox.

What they are linked with was made by `make lab-kit`: headers, and an archive
of the program's objects, from which those of the student's own files are taken
out. No source and no reference is in sight of the compiler.
"""
import contextlib
import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess

import sandbox
from lab import Mistake
from texts import ROOT, _, quoted

KIT = os.path.join(ROOT, "build", "labs", "kit")
LIMITS = sandbox.Limits(seconds=60, cpu=30, memory=1 << 30, processes=40, file=64 << 20)


class Failed(Exception):
    """The submission does not build; the text is for its author."""


@contextlib.contextmanager
def _alone():
    """Nobody else makes a part of the kit meanwhile."""
    os.makedirs(os.path.join(ROOT, "build", "labs"), exist_ok=True)
    with open(os.path.join(ROOT, "build", "labs", "lock"), "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def prepare():
    """Makes what submissions are built with, if it is not there; one at a time."""
    with _alone():
        subprocess.run(["make", "-s", "-C", ROOT, "lab-kit"], check=True, stdout=subprocess.DEVNULL)


def _flags(name):
    with open(os.path.join(KIT, name), encoding="utf-8") as file:
        return shlex.split(file.read())


def _whole(lab):
    return os.path.join(KIT, lab.settings["program"] + ".a")


def is_ready(lab):
    return lab.settings["kind"] != "build" or os.path.isfile(_whole(lab))


def archive(lab):
    """The path of an archive: the program's objects without those that the student writes. Made once for all."""
    whole = _whole(lab)
    if not os.path.isfile(whole):
        raise Mistake(_("{} is missing: make lab-kit").format(whole))
    objects = [os.path.basename(name)[:-2] + ".o" for name in lab.settings["file"]]
    own = os.path.join(KIT, f"without-{hashlib.sha256(' '.join(objects).encode()).hexdigest()[:16]}.a")
    with _alone():
        if not os.path.isfile(own):
            shutil.copyfile(whole, own + ".new")
            subprocess.run(["ar", "d", own + ".new", *objects], check=True)
            subprocess.run(["strip", "--strip-debug", own + ".new"], check=True)   # links four times as fast
            os.replace(own + ".new", own)
    return own


def _compiler(words, work, safe, read=()):
    places = [(os.path.join(work, "source"), "/source"), (os.path.join(KIT, "include"), "/include"), *read]
    if safe:
        return sandbox.Run(words, LIMITS, places, [(os.path.join(work, "out"), "/out")], "/source")
    for outside, inside in sorted([*places, (os.path.join(work, "out"), "/out")], key=lambda pair: -len(pair[1])):
        words = [word.replace(inside, outside, 1) if word.startswith((inside, "-I" + inside)) else word
                 for word in words]
    return sandbox.Run(words, LIMITS, folder=os.path.join(work, "source"), safe=False)


def _finish(run, what):
    status = run.wait()
    if run.why or status != 0:
        why = run.why or _("the compiler answered {}").format(status)
        raise Failed(f"{what}: {why}\n{quoted(bytes(run.output))}")
    return bytes(run.output)


def program(lab, files, work, safe):
    """(path of the program, warnings as bytes). Failed: with what the compiler says."""
    for name in ("source", "out"):
        os.makedirs(os.path.join(work, name), exist_ok=True)
    said, objects = b"", []
    for name, content in files.items():
        path = os.path.join(work, "source", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content)
        made = "/out/" + name.replace("/", "-")[:-2] + ".o"
        words = ["/usr/bin/gcc", *_flags("cflags"), "-I/include",
                 "-I/include/" + os.path.dirname(name), "-c", name, "-o", made]
        said += _finish(_compiler(words, work, safe), _("{} does not compile").format(os.path.basename(name)))
        objects.append(made)
    linker = ["/usr/bin/gcc", "-pthread", "-o", "/out/program", *objects, "/kit.a", *_flags("libs")]
    _finish(_compiler(linker, work, safe, [(archive(lab), "/kit.a")]), _("the program cannot be linked"))
    return os.path.join(work, "out", "program"), said
