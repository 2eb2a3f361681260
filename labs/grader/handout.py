"""scripts/handout: what a student gets for a lab: handout, starter, public tests, and the kit to build with.

    scripts/handout LAB [--student ID] [--lang en|fr] [--output FILE.tar.gz | --output FOLDER]

The starter is cut out of the kit's own source as lab.conf says. Hidden tests,
mutants, references and the objects of the student's own files stay here.
"""
import os
import shutil
import subprocess
import sys
import tarfile

import build
import command
import judge
import lab as labs
import personal
import starter
import texts
from lab import Mistake
from texts import ROOT, _

MAKEFILE = """# make: your program; make check: the public tests; make clean
CC     := gcc
CFLAGS := {cflags}
FILES  := {files}
KIT    := kit/build/labs/kit

{program}: $(FILES:.c=.o) $(KIT)/{program}.a
\t$(CC) -pthread -o $@ $^ {libs}
%.o: %.c
\t$(CC) $(CFLAGS) -I$(KIT)/include -I$(KIT)/include/$(dir $<) -c -o $@ $<
check: {program}
\tkit/scripts/grade {lab} .
clean:
\trm -f {program} $(FILES:.c=.o)
.PHONY: check clean
"""


def _read(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def _public(lab):
    """lab.conf without the tests that stay here."""
    names = [test.name for test in lab.tests if not test.hidden]
    lines = _read(lab.folder, "lab.conf").splitlines(keepends=True)
    return "".join(line for line in lines
                   if not line.startswith("test:") or line.split(":", 1)[1].split("|")[0].strip() in names)


def _copy_kit(lab, kit):
    """The kit as the grader finds it: programs, grader, headers, objects. No server: that is the student's."""
    objects = os.path.join(kit, "build", "labs", "kit")
    shutil.copytree(os.path.join(build.KIT, "include"), os.path.join(objects, "include"))
    for name in ("cflags", "libs"):
        shutil.copy2(os.path.join(build.KIT, name), objects)
    shutil.copyfile(build.archive(lab), os.path.join(objects, lab.settings["program"] + ".a"))
    os.makedirs(os.path.join(kit, "bin"))
    for name in ("dialogue", "mailclient", "visualizer"):
        shutil.copy2(os.path.join(ROOT, "bin", name), os.path.join(kit, "bin"))
    os.makedirs(os.path.join(kit, "scripts"))
    shutil.copy2(os.path.join(ROOT, "scripts", "grade"), os.path.join(kit, "scripts"))
    for name in (("labs", "grader"), ("build", "locale")):
        shutil.copytree(os.path.join(ROOT, *name), os.path.join(kit, *name),
                        ignore=shutil.ignore_patterns("__pycache__"))


def _add_build(lab, folder, files):
    """Starter, tests, Makefile and what they are built with."""
    kit = os.path.join(folder, "kit")
    own = os.path.join(kit, "labs", lab.name)
    files.update(starter.make(lab))
    program = lab.settings["program"]
    files["Makefile"] = MAKEFILE.format(cflags=_read(build.KIT, "cflags").strip(), program=program, lab=lab.name,
                                        libs=_read(build.KIT, "libs").strip(), files=" ".join(lab.settings["file"]))
    _copy_kit(lab, kit)
    judge.make_mail(lab, os.path.join(own, "mail"))
    files[os.path.join("kit", "labs", lab.name, "lab.conf")] = _public(lab)
    for name in ("tests", "include", "letters"):
        if os.path.isdir(os.path.join(lab.folder, name)):
            shutil.copytree(os.path.join(lab.folder, name), os.path.join(folder, name))
            os.symlink(os.path.join("..", "..", "..", name), os.path.join(own, name))


def _questions(lab, values, language):
    """answers.txt, to be filled in."""
    lines = []
    for test in lab.tests:
        if test.kind == "answer":
            lines += [f"# {personal.fill(test.titles[language], values)} ({test.points})", f"{test.name}:", ""]
    return "\n".join(lines)


def _fill(lab, folder, values, language):
    files = {}
    for name in ("README.md", "README.fr.md"):
        files[name] = personal.fill(_read(lab.folder, name), values)
    if lab.settings["kind"] == "build":
        _add_build(lab, folder, files)
    else:
        files["answers.txt"] = _questions(lab, values, language)
    for name, text in files.items():
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)


def main():
    command.language()
    parser = command.Parser("handout", _("Packs what a student gets for a lab."))
    parser.add_argument("lab", help=_("name, number or folder of the lab"))
    parser.add_argument("--student", metavar="ID", help=_("whose it is: some labs ask each student something else"))
    parser.add_argument("--lang", choices=("en", "fr"), help=_("language of the questions"))
    parser.add_argument("--output", metavar="FILE", help=_("a .tar.gz or a folder; default: LAB.tar.gz"))
    arguments = parser.parse_args()
    language = texts.choose(arguments.lang)
    try:
        lab = labs.read(arguments.lab)
        output = arguments.output or lab.name + ".tar.gz"
        folder = output[:-7] + ".unfinished" if output.endswith(".tar.gz") else output
        os.makedirs(folder)
        if lab.settings["kind"] == "build":
            build.prepare()
        _fill(lab, folder, personal.of(lab, arguments.student), language)
        if folder != output:
            with tarfile.open(output, "w:gz") as archive:
                archive.add(folder, lab.name)
            shutil.rmtree(folder)
    except (Mistake, OSError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"handout: {command.said(error)}\n")
        return 1
    print(output)
    return 0
