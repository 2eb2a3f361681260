"""The figures of the slides: what the visualizer draws, and the same in letters for a terminal."""
import os
import re
import subprocess

import deck as decks

VISUALIZER = os.path.join(decks.ROOT, os.environ.get("BIN", "bin"), "visualizer")


class Failure(Exception):
    pass


def run(words, language=None, text=None):
    """A program's output; what it complains about becomes a Failure."""
    environment = dict(os.environ)
    if language:
        environment.update(LC_ALL="C.UTF-8", LANGUAGE=language, NO_COLOR="1", TZ="UTC")
    try:
        done = subprocess.run(words, input=text, capture_output=True, text=True, env=environment, check=False)
    except FileNotFoundError:
        raise Failure({"en": "{} is not there: make", "fr": "{} n'est pas là : make"}[decks.language_of()]
                      .format(words[0])) from None
    if done.returncode != 0:
        raise Failure(f"{' '.join(words[:4])} …: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def commands(row):
    """Words for the visualizer: those that draw it, OUT for the file, and those that print its twin in letters."""
    source = os.path.join(decks.ROOT, row.source)
    some = ["--exchanges", row.options] if row.options else []
    return {
        "ladder": (["--export", "svg", *some, "OUT", source], ["--print", "ladder", *some, source]),
        "encapsulation": (["--export", "envelope", "--packet", row.options, "OUT", source],
                          ["--print", "layers", source]),
        "machine": (["--export", "machine", "OUT", row.source], ["--print", "machines"]),
        "models": (["--export", "models", "OUT"], ["--print", "models"]),
        "layers": (["--export", "shares", *some, "OUT", source], ["--print", "shares", *some, source]),
        "roles": (["--export", "roles", "OUT", source], ["--print", "letter", source]),
    }[row.kind]


def _machine(table, protocol):
    """State by state: where to, by which commands."""
    rows = [line.split("\t") for line in table.splitlines()[1:] if line.startswith(protocol.upper() + "\t")]
    lines = []
    for state in dict.fromkeys(row[1] for row in rows):
        lines.append(state)
        for after in dict.fromkeys(row[4] for row in rows if row[1] == state):
            verbs = dict.fromkeys(row[2] for row in rows if (row[1], row[4]) == (state, after))
            lines.append(f"    {'↺' if after == state else '─▸ ' + after:18} {' '.join(verbs)}")
    return "\n".join(lines) + "\n"


def in_letters(row, language):
    """The figure for a terminal."""
    text = run([VISUALIZER, *commands(row)[1]], language)
    if row.kind == "encapsulation":
        return re.split(r"^(?=\S)", text, flags=re.M)[int(row.options)]
    if row.kind == "machine":
        return _machine(text, row.source)
    if row.kind == "models":    # the two models, without the list of exchanges that follows
        return "\n\n".join(part.strip("\n") for part in text.split("\n\n")[:4]) + "\n"
    return text.strip("\n") + "\n"


def draw(row, language, path):
    """Makes path.svg and path.txt."""
    run([VISUALIZER, *[path + ".svg" if word == "OUT" else word for word in commands(row)[0]]], language)
    with open(path + ".txt", "w", encoding="utf-8") as file:
        file.write(in_letters(row, language))
