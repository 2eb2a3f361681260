#!/usr/bin/env python3
"""The commands that the documents show: their programs and options exist, and those of the READMEs run as they stand."""
import glob
import os
import re
import shlex
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli  # noqa: E402

BIN = os.path.abspath(os.environ.get("BIN", "bin"))
DOCUMENTS = sorted(glob.glob("*.md") + glob.glob("docs/*.md") + glob.glob("slides/*.md") + glob.glob("labs/*/*.md"))
COMMAND = re.compile(r"^(?:\$ )?((?:bin|scripts)/[a-z-]+)((?: .*)?)$")
PASSWORD = "bonjour-2026"
# What wants a screen, a second terminal or the lab network is tried by the tests of these.
ELSEWHERE = re.compile(r"^bin/mailserver (user add|--narrate)|^bin/mailclient imap:|^bin/visualizer \S+$")


def commands(path):
    """Of a document: what stands in its blocks of code, and between backquotes."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    for span in re.findall(r"(?<!`)`([^`]+)`(?!`)", text):
        if COMMAND.match(" ".join(span.split())):
            yield " ".join(span.split())
    fenced = False
    for line in text.split("\n"):
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif (fenced or line.startswith("    ")) and COMMAND.match(line.strip()):
            yield re.sub(r"\s{2,}#.*| +# .*", "", line.strip())


HELP = {}


def help_of(program, first):
    """What --help says; of a script without it, what stands in the script."""
    if program not in HELP:
        path = os.path.join(BIN, os.path.basename(program)) if program.startswith("bin/") else program
        status, said, errors = pli.run(path, "--help", environment={**os.environ, "LANGUAGE": "en", "BIN": BIN})
        if status != 0:
            with open(path, encoding="utf-8") as script:
                said = script.read()
        HELP[program] = said + errors
    return HELP[program] if first != "--wire" else pli.run(os.path.join(BIN, "visualizer"), "--wire", "--help")[1]


def wrong(path):
    found = []
    for text in commands(path):
        program, rest = COMMAND.match(text).groups()
        if not os.path.exists(program) and not os.path.exists(os.path.join(BIN, os.path.basename(program))):
            found.append(f"{path}: {program} is no program")
            continue
        words = re.split(r" [|;&<>]+ |; ", rest)[0].split()
        told = help_of(program, words[0] if words else "")
        if program == "scripts/netlab" and words[:1] == ["run"]:
            words = []      # those of another program
        for word in words:
            option = re.match(r"--[a-z][a-z-]+", word)
            if option and not re.search(re.escape(option[0]) + r"(?![a-z-])", told) and option[0] != "--help":
                found.append(f"{path}: {text}: {program} --help does not know {option[0]}")
    return found


def runs(server, folder, line):
    """A line of a README, with the ports of this server."""
    for port, name in (("2525", "smtp"), ("2143", "imap")):
        line = line.replace("localhost:" + port, f"localhost:{server.ports[name]}")
    words = shlex.split(line.replace("imap://rachida@", f"imap://rachida:{PASSWORD}@"))
    program = os.path.join(BIN, os.path.basename(words[0]))
    words = [os.path.join(folder, word) if re.fullmatch(r"[a-z]+\.(html|svg)", word) else
             word.replace("recordings/letter", "labs/recordings/letter") if word.startswith("recordings/") else word
             for word in words[1:]]
    if program.endswith("mailclient"):
        words.append("--accept-any-certificate")
    if program.endswith("mailserver"):
        words = ["--root", server.root, *words]
    return pli.run(program, *words, stdin=b"rachida bonjour\n", environment={**os.environ, "HOME": folder})


def readme(server, path):
    count = 0
    for line in commands(path):
        if not line.startswith("bin/") or ELSEWHERE.match(line) or len(line.split()) < 3:
            continue
        count += 1
        status, said, errors = runs(server, server.folder, line)
        pli.ok(status == 0 and (said or "--export" in line or " send " in line), f"{path}: {line}", said, errors)
    pli.ok(count > 8, f"{path} shows commands")


def main():
    os.chdir(pli.ROOT)
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES"):
        os.environ.pop(name, None)
    os.environ["LANG"] = "C.UTF-8"
    found = [fault for path in DOCUMENTS for fault in wrong(path)]
    pli.same(found, [], f"every command and option in {len(DOCUMENTS)} documents exists")
    server = pli.Server(users={"rachida": PASSWORD})
    try:
        server.start()
        for path in ("README.md", "README.fr.md"):
            readme(server, path)
    finally:
        server.stop()
    pli.done()


main()
