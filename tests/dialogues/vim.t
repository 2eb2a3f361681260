#!/usr/bin/env python3
"""labs/dialogue/dialogue.vim in a real vim: which words belong to which group, and every word of the language."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli

SYNTAX = os.path.join(pli.ROOT, "labs", "dialogue", "dialogue.vim")
# (line, what stands in it, the group of its first character; "" none)
LINES = (
    ("title: a title", "title", "Header"), ("title.fr: un titre", "title.fr", "Header"),
    ("rfc: 5321 §4.1", "rfc", "Header"),
    ("  row: a b", "row", "Header"), ("connect: smtp", "connect", "Step"), ("[one] connect: imap", "connect", "Step"),
    ("[one] connect: imap", "[one]", "Session"), ("closed", "closed", "Step"), ("any-order", "any-order", "Step"),
    ("maildir: rachida count 1", "maildir", "Step"), ("C: EHLO ${client}", "C:", "Client"),
    ("C: EHLO ${client}", "EHLO", ""), ("C: EHLO ${client}", "${client}", "Value"), ("S: 250 *", "S:", "Server"),
    ("S not: 250 *", "S not", "Server"), ("S?: 250 *", "S?", "Server"), ("[two] S until: .", "S until", "Server"),
    ("C raw: a\\r\\n\\x00", "\\r", "Escape"), ("C raw: a\\r\\n\\x00", "\\x00", "Escape"),
    ("S: x       # why", "# why", "Comment"), ("# a comment", "#", "Comment"), ("C: a#b", "#b", ""),
    ('C: ${base64 "a\\n"}', '"a', "String"), ("nonsense: here", "nonsense", ""),
)


def words_of_the_language():
    """The words that begin a line, as dialogue itself tells them."""
    text = pli.output_of(os.path.join(pli.BIN, "dialogue"), "--help-language", environment={"LC_ALL": "C.UTF-8"})
    other = text.split("Other lines:")[1].split("Functions:")[0]
    return re.findall(r"^  ([a-z.-]+)(:?)", other, re.M)


def groups(lines):
    """The group of the character at each (line, column), both from 1, as vim sees it."""
    folder = tempfile.mkdtemp(prefix="pli-vim-")
    try:
        source, script, found = (os.path.join(folder, name) for name in ("x.dialogue", "ask.vim", "found"))
        with open(source, "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line, _column in lines)
        with open(script, "w", encoding="utf-8") as file:
            file.write("set encoding=utf-8\nsyntax on\nsource " + SYNTAX + "\nlet found = []\n")
            for number, (line, column) in enumerate(lines, 1):
                octets = len(line[:column].encode()) + 1
                file.write(f"call add(found, synIDattr(synID({number}, {octets}, 1), 'name'))\n")
            file.write(f"call writefile(found, '{found}')\nqa!\n")
        subprocess.run(["vim", "-u", "NONE", "-i", "NONE", "-n", "-N", "-es", "-S", script, source],
                       stdin=subprocess.DEVNULL, capture_output=True, timeout=30 * pli.SLOW, check=False)
        with open(found, encoding="utf-8") as file:
            return file.read().splitlines()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if pli.installed("vim"):
    pli.skip_all("vim is not installed")
if "+syntax" not in pli.output_of("vim", "--version"):
    pli.skip_all("this vim knows no syntax files")
words = words_of_the_language()
asked = [(line, line.index(part)) for line, part, _group in LINES] + [(name + colon, 0) for name, colon in words]
seen = groups(asked)
for (line, part, group), got in zip(LINES, seen):
    pli.same(got, "dialogue" + group if group else "", f"{line!r}: {part!r} is {group or 'nothing of its own'}")
unknown = [name for (name, _colon), got in zip(words, seen[len(LINES):])
           if got not in ("dialogueHeader", "dialogueStep")]
pli.same(unknown, [], f"all {len(words)} words of the language are known to it")
pli.done()
