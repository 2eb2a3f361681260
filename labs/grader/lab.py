"""A lab's folder and its lab.conf.

lab.conf has lines `name: value`; a line that begins with a space goes on with
the one before; # begins a comment. What the names mean is in the table NAMES.
A test is a row of five parts, separated by bars:

    test: NAME | POINTS | title | titre | after NAME NAME ...

Its file is tests/NAME.dialogue or tests/NAME.check, or in hidden/ what
students do not get to see. Rules and answers of labs that observe have their
judgement in the place of a file (observe.py):

    rule:   NAME | POINTS | title | titre | present smtp.req.command == "MAIL"
    answer: NAME | POINTS | question | question | value EXPRESSION
"""
import dataclasses
import os
import re

from texts import N_, ROOT, _

NAMES = {
    "title": "in English", "title.fr": "in French",
    "kind": "build or observe",
    "minutes": "how long it takes",
    "file": "path of a source file that the student writes; several lines",
    "cut": "functions that lose their bodies in the starter; `name=value` for what they answer then",
    "stub": "a statement that stands in their place, where its words are parameters of the function; several lines",
    "drop": "functions that the starter has not at all",
    "rows": "tables that lose their rows in the starter",
    "program": "which program the student's files are linked into",
    "service": "the listener that dialogues connect to: pop3, smtp ...",
    "patience": "seconds that the server has to begin (20)",
    "setting": "name=value for the server; several lines",
    "user": "name and password; several lines",
    "letter": "user and a file whose letter lies in the inbox before each test; several lines",
    "personal": "NAME: choices separated by commas, or number LOW HIGH; several lines",
    "show-hidden": "yes: students see the dialogues of hidden tests that fail (no: only what to read, and the hint)",
    "test": "see above", "rule": "see above", "answer": "see above",
}
KINDS, PROGRAMS = ("build", "observe"), ("mailserver",)
SERVICES = ("smtp", "submission", "submissions", "pop3", "pop3s", "imap", "imaps")
SEVERAL = {"file", "stub", "setting", "user", "letter", "personal", "test", "rule", "answer"}


class Mistake(Exception):
    """Something that the reader can put right; the text says where."""


class LabMistake(Mistake):
    """The lab itself is wrong: no submission can be graded fairly, so none is."""


@dataclasses.dataclass
class Test:
    name: str
    points: int
    titles: dict
    after: list
    kind: str            # dialogue, check, rule, answer
    line: int = 0        # of lab.conf
    path: str = ""       # of the file
    judgement: str = ""
    hidden: bool = False


@dataclasses.dataclass
class Lab:
    name: str
    folder: str
    settings: dict
    tests: list
    lines: dict          # {name: numbers of its lines}

    def title(self, language):
        return self.settings.get("title.fr" if language == "fr" else "title", self.settings["title"])

    def words(self, name):
        return self.settings.get(name, "").split()

    def wrong(self, number, text):
        """The mistake in this line of lab.conf."""
        return _wrong(os.path.join(self.folder, "lab.conf"), number, text)

    @property
    def points(self):
        return sum(test.points for test in self.tests)


def _wrong(path, number, text):
    return LabMistake(f"{path}:{number}: {text}")


def _lines(path):
    """(number, name, value) of each setting."""
    found = []
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.read().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LabMistake(f"{path}: {error}") from None
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line[0].isspace():
            if not found:
                raise _wrong(path, number, _("there is no setting that this line could go on with"))
            found[-1][2] += " " + line.strip()
            continue
        name, colon, value = line.partition(":")
        if not colon or name.strip() not in NAMES:
            raise _wrong(path, number, _('"{}" is not a setting of a lab; {} are').format(
                name.strip()[:40], ", ".join(NAMES)))
        found.append([number, name.strip(), value.strip()])
    return found


def _is_letter(folder, value):
    user, _blank, name = value.partition(" ")
    return user and os.path.isfile(os.path.join(folder, name.strip()))


def _is_personal(_folder, value):
    numbers = re.fullmatch(r"\w+: *number (\d+) (\d+)", value)
    if numbers:
        return int(numbers[1]) <= int(numbers[2])
    return re.fullmatch(r"\w+: *(?!number\b)[^,\s][^,]*(,[^,]*\S)*", value)


# What a value must be: (function of the lab's folder and the value, the complaint).
SHAPES = {
    "kind": (lambda _folder, value: value in KINDS, N_("expected: build or observe")),
    "program": (lambda _folder, value: value in PROGRAMS, N_("there is no such program to build here")),
    "service": (lambda _folder, value: value in SERVICES, N_("there is no such service")),
    "minutes": (lambda _folder, value: value.isdigit(), N_("expected: a number")),
    "patience": (lambda _folder, value: value.isdigit() and int(value) > 0, N_("expected: a number of seconds")),
    "show-hidden": (lambda _folder, value: value in ("yes", "no"), N_("expected: yes or no")),
    "setting": (lambda _folder, value: "=" in value, N_("expected: NAME=VALUE")),
    "user": (lambda _folder, value: len(value.split(" ", 1)) == 2, N_("expected: NAME PASSWORD")),
    "letter": (_is_letter, N_("expected: USER FILE, and the file must be in the lab's folder")),
    "personal": (_is_personal, N_("expected: NAME: CHOICE, CHOICE ... or NAME: number LOW HIGH")),
}


def _file_of(folder, name, hidden_folder):
    """(path, hidden, kind) of a test's file."""
    for place, hidden in ((os.path.join(folder, "tests"), False), (hidden_folder, True)):
        for kind in ("dialogue", "check"):
            path = os.path.join(place, f"{name}.{kind}")
            if os.path.isfile(path):
                return path, hidden, kind
    return None


def _test(path, number, word, value, folder, hidden_folder):
    parts = [part.strip() for part in value.split("|", 4)]
    if len(parts) < 4 or not re.fullmatch(r"[a-z0-9-]+", parts[0]) or not parts[1].isdigit() or "" in parts[2:4]:
        raise _wrong(path, number, _("expected: NAME | POINTS | title | titre | ..."))
    name, points, english, french = parts[:4]
    rest = parts[4] if len(parts) > 4 else ""
    test = Test(name, int(points), {"en": english, "fr": french}, [], word, number)
    if word != "test":
        test.judgement = rest
        return test
    words = rest.split()
    if words and words[0] != "after":
        raise _wrong(path, number, _('"{}" is not known here; "after NAME ..." may stand here').format(words[0][:40]))
    test.after = words[1:]
    found = _file_of(folder, name, hidden_folder)
    if found is None:
        raise _wrong(path, number, _("there is neither a {0}.dialogue nor a {0}.check in tests/ or hidden/").format(
            name))
    test.path, test.hidden, test.kind = found
    return test


def find(name):
    """The folder of a lab: a path, a name as in labs/, or its number."""
    labs = os.path.join(ROOT, "labs")
    if os.path.isfile(os.path.join(name, "lab.conf")):
        return os.path.realpath(name)
    for entry in sorted(os.listdir(labs)):
        if os.path.isfile(os.path.join(labs, entry, "lab.conf")) and name in (entry, *entry.split("-", 1)):
            return os.path.join(labs, entry)
    raise LabMistake(_('there is no lab "{}" in {}').format(name[:80], labs))


def _is_whole(path, settings, tests):
    """A LabMistake when something is missing, or when two settings do not go together."""
    needed = ("title", "kind", "file")
    if settings.get("kind") == "build":
        needed += ("program", "service", "user")
    for name in needed:
        if name not in settings:
            raise LabMistake(_('{}: "{}" is missing').format(path, name))
    if not tests:
        raise LabMistake(_("{}: there are no tests").format(path))
    kinds = {"build": ("dialogue", "check"), "observe": ("rule", "answer")}[settings["kind"]]
    odd = next((test for test in tests if test.kind not in kinds), None)
    if odd is not None:
        raise _wrong(path, odd.line, _("labs of the kind {} have no such tests").format(settings["kind"]))
    if settings["kind"] == "observe" and not any("pcap" in name for name in settings["file"]):
        raise LabMistake(_("{}: no file is a capture (.pcap, .pcapng)").format(path))
    users = {line.split(" ", 1)[0] for line in settings.get("user", [])}
    for line in settings.get("letter", []):
        if line.split(" ", 1)[0] not in users:
            raise LabMistake(_('{}: letter: "{}" is not a user').format(path, line.split(" ", 1)[0]))


def read(name, hidden_folder=None):
    folder = find(name)
    path = os.path.join(folder, "lab.conf")
    hidden_folder = hidden_folder or os.path.join(folder, "hidden")
    settings, tests, lines = {}, [], {}
    for number, word, value in _lines(path):
        lines.setdefault(word, []).append(number)
        if word in ("test", "rule", "answer"):
            test = _test(path, number, word, value, folder, hidden_folder)
            unknown = [other for other in test.after if other not in [known.name for known in tests]]
            if unknown or test.name in [known.name for known in tests]:
                raise _wrong(path, number, _('"{}" must be the name of one earlier test').format(
                    unknown[0] if unknown else test.name))
            tests.append(test)
            continue
        good, complaint = SHAPES.get(word, (lambda _folder, value: value, N_("something must stand here")))
        if not good(folder, value):
            raise _wrong(path, number, f"{word}: {_(complaint)}")
        if word in SEVERAL:
            settings.setdefault(word, []).append(value)
        elif word in settings:
            raise _wrong(path, number, _('"{}" is said twice').format(word))
        else:
            settings[word] = value
    _is_whole(path, settings, tests)
    return Lab(os.path.basename(folder), folder, settings, tests, lines)
