"""What students begin with, cut out of the kit's own source, which is the reference solution.

lab.conf names the functions: those of `cut` keep their contract (the comment
above them and their head) and lose their body; those of `drop` go altogether,
with their comment; tables of `rows` keep their first row. The house style
makes functions easy to find: head and braces begin in the first column.
"""
import os
import re

from lab import LabMistake
from texts import ROOT, _

YOURS = "    /* Yours. */\n"


def _extent(lines, name, path):
    """(first line of the comment or head, line of "{", line of "}") of a function, counted from 0."""
    head = re.compile(r"^[A-Za-z].*\b" + re.escape(name) + r"\(")
    for begin, line in enumerate(lines):
        if not head.match(line):
            continue
        brace = begin
        while brace < len(lines) and lines[brace] != "{\n" and ";" not in lines[brace]:
            brace += 1
        if brace == len(lines) or lines[brace] != "{\n":
            continue
        end = lines.index("}\n", brace)
        top = begin
        if top > 0 and lines[top - 1].rstrip().endswith("*/"):
            top -= 1
            while not lines[top].lstrip().startswith("/*"):
                top -= 1
        return top, begin, brace, end
    raise LabMistake(_("{}: there is no function {}").format(path, name))


def _parameters(head):
    """Names of a function's parameters."""
    inside = head[head.index("(") + 1:head.rindex(")")]
    if inside.strip() in ("void", ""):
        return []
    plain = re.sub(r"\(\*(\w+)\)\s*\([^()]*\)", r"\1", inside)   # a pointer to a function: its name
    return [re.findall(r"\w+", parameter)[-1] for parameter in plain.split(",")]


def _first_words(statement):
    """Names that a statement uses as values: not functions, members or what stands in quotation marks."""
    plain = re.sub(r'"[^"]*"|(->|\.)\s*\w+', "", statement)
    return set(re.findall(r"\b[a-z_]\w*\b(?!\s*\()", plain))


def _empty(lines, spec, path, stubs):
    """The function `spec` ("name" or "name=value") without its body."""
    name, _equals, value = spec.partition("=")
    _top, begin, brace, end = _extent(lines, name, path)
    parameters = _parameters("".join(lines[begin:brace]))
    stub = next((stub for stub in stubs if _first_words(stub) <= set(parameters)), "")
    unused = "".join(f"    (void){parameter};\n" for parameter in parameters if parameter not in _first_words(stub))
    answer = f"    return {value};\n" if value else ""
    lines[brace + 1:end] = [YOURS + unused + (f"    {stub}\n" if stub else "") + answer]


def _forget(lines, name, path):
    top, _begin, _brace, end = _extent(lines, name, path)
    while end + 1 < len(lines) and lines[end + 1] == "\n":
        end += 1
    del lines[top:end + 1]


def _first_row(lines, name, path):
    """A table keeps its first row."""
    head = re.compile(r"^[a-z].*\b" + re.escape(name) + r"\[.*= \{\n")
    begin = next((i for i, line in enumerate(lines) if head.match(line)), None)
    if begin is None:
        raise LabMistake(_("{}: there is no table {}").format(path, name))
    end = lines.index("};\n", begin)
    lines[begin + 2:end] = [YOURS]


def _unused(text):
    """Included headers and sections of comments that nothing needs any more stay: students will need them."""
    return re.sub(r"\n{3,}", "\n\n", text)


def make(lab, reference=None):
    """{path: text} of the starter's files. reference: {path: text} to cut instead of the kit's own files."""
    files = {}
    for path in lab.settings.get("file", []):
        source = os.path.join(ROOT, path)
        if reference is not None:
            lines = reference[path].splitlines(keepends=True)
        else:
            with open(source, encoding="utf-8") as file:
                lines = file.readlines()
        for name in lab.words("drop"):
            if any(re.match(r"^[A-Za-z].*\b" + re.escape(name) + r"\(", line) for line in lines):
                _forget(lines, name, path)
        for spec in lab.words("cut"):
            if any(re.match(r"^[A-Za-z].*\b" + re.escape(spec.partition("=")[0]) + r"\(", line) for line in lines):
                _empty(lines, spec, path, lab.settings.get("stub", []))
        for name in lab.words("rows"):
            if any(name + "[" in line for line in lines):
                _first_row(lines, name, path)
        files[path] = _unused("".join(lines))
    return files
