"""Judges a capture and a student's answers about it: labs in which one looks.

A rule is about the packets of the capture, in the visualizer's filters:

    present FILTER           at least one packet fits
    never FILTER             none does
    count LOW..HIGH FILTER   so many do; HIGH may be left out
    before FILTER => FILTER  the first that fits the one comes before the first that fits the other

An answer is compared with what the student's own capture says:

    value FIELD FILTER       one of the field's values in the first packet that fits; FIELD/OTHER: or of another
    values FIELD FILTER      one of them in any packet that fits
    number FILTER            how many packets fit
    overhead FILTER          octets of the first frame that fits that are not carried by TCP for the application
    exchange COLUMN NAME     the column (osi, tcpip, serves, first, protocol ...) of the first exchange of this name
    one of WORD, WORD ...    any of these

A mistake in one of these lines is the lab's, so all are tried on an empty capture before any student's (verify()).
The visualizer reads strangers' bytes, so it runs in the sandbox like their code.
"""
import glob
import os
import re
import subprocess

import sandbox
from personal import fill, unknown
from result import FAILED, NOT_RUN, PASSED, Verdict
from submission import Refused
from texts import ROOT, _, harmless

EMPTY = b"\xd4\xc3\xb2\xa1\2\0\4\0" + bytes(8) + b"\0\0\4\0\1\0\0\0"   # a capture of no packet
RECORDINGS, NAME_COLUMN = os.path.join(ROOT, "labs", "recordings"), 10
LIMITS = sandbox.Limits(seconds=30, cpu=20, memory=1 << 30, output=4 << 20)


class Capture:
    """Asks the visualizer about a capture."""

    def __init__(self, path, safe):
        self.path, self.safe = path, safe

    def ask(self, *options):
        """The lines that the visualizer prints, split at tabs."""
        program = os.path.join(ROOT, "bin", "visualizer")
        if self.safe:
            run = sandbox.Run(["/visualizer", *options, "/capture"], LIMITS,
                              [(program, "/visualizer"), (self.path, "/capture")], safe=True)
        else:
            run = sandbox.Run([program, *options, self.path], LIMITS, safe=False)
        status, said = run.wait(), run.output.decode("utf-8", "replace")
        if run.why or status != 0:
            raise Refused(run.why or harmless(said.strip(), 500))
        return [line.split("\t") for line in said.splitlines()]

    def numbers(self, pattern):
        """Numbers of the packets that fit."""
        return [int(line[0]) for line in self.ask("--print", "fields", "-Y", pattern, "-e", "frame.number")]

    def fields(self, field, pattern):
        """The values of a field, a list for each packet that fits."""
        found = self.ask("--print", "fields", "-Y", pattern, "-e", field)
        return [line[0].split(",") for line in found if line[0]]

    def exchanges(self):
        lines = self.ask("--print", "exchanges")
        return [dict(zip(lines[0], line)) for line in lines[1:]]


def _present(capture, rest):
    return (True, "") if capture.numbers(rest) else (False, _("No packet of your capture fits: {}").format(rest))


def _never(capture, rest):
    found = capture.numbers(rest)
    return (False, _("Packet {} should not be there: {}").format(found[0], rest)) if found else (True, "")


def _count(capture, rest):
    bounds, _blank, pattern = rest.partition(" ")
    low, _dots, high = bounds.partition("..")
    found = len(capture.numbers(pattern))
    good = int(low) <= found and (not high or found <= int(high))
    return good, "" if good else _("{} packets fit, {} were expected: {}").format(found, bounds, pattern)


def _before(capture, rest):
    first, _arrow, second = (part.strip() for part in rest.partition("=>"))
    one, two = capture.numbers(first), capture.numbers(second)
    if not one or not two:
        return False, _("No packet of your capture fits: {}").format(second if one else first)
    return one[0] < two[0], _("Packet {} comes before packet {}, and it should be the other way round: {}").format(
        two[0], one[0], rest)


RULES = {"present": _present, "never": _never, "count": _count, "before": _before}


def _value(capture, rest):
    fields, _blank, pattern = rest.partition(" ")
    found = [values for field in fields.split("/") for values in capture.fields(field, pattern)[:1]]
    return found[0] if found else []


def _values(capture, rest):
    field, _blank, pattern = rest.partition(" ")
    return [value for values in capture.fields(field, pattern) for value in values]


def _number(capture, rest):
    return [str(len(capture.numbers(rest)))]


def _exchange(capture, rest):
    column, _blank, name = rest.partition(" ")
    for exchange in capture.exchanges():
        if exchange["exchange"] == name:
            return [exchange[column]]
    return []


def _overhead(capture, rest):
    frame, payload = _value(capture, "frame.len " + rest), _value(capture, "tcp.len " + rest)
    return [str(int(frame[0]) - int(payload[0]))] if frame and payload else []


def _one_of(_capture, rest):
    return [word.strip() for word in rest.removeprefix("of ").split(",")]


ANSWERS = {"value": _value, "values": _values, "number": _number, "exchange": _exchange, "one": _one_of,
           "overhead": _overhead}


FORMS = {
    "rule": {"present": r"(?P<filter>.+)", "never": r"(?P<filter>.+)", "count": r"\d+\.\.\d* (?P<filter>.+)",
             "before": r"(?P<filter>.+?) *=> *(?P<other>.+)"},
    "answer": {"value": r"(?P<field>[^\s/]+)(/(?P<field2>[^\s/]+))? (?P<filter>.+)",
               "values": r"(?P<field>\S+) (?P<filter>.+)", "number": r"(?P<filter>.+)", "overhead": r"(?P<filter>.+)",
               "exchange": r"(?P<column>\S+) (?P<exchange>.+)", "one": r"of .+"},
}


def _parts(lab, test, values):
    """{filter, field ...: what stands there} of a rule or an answer, with the student's own values."""
    for text in (test.judgement, *test.titles.values()):
        for name in unknown(text, values):
            raise lab.wrong(test.line, _('there is no "personal: {}: ..."').format(name))
    kind, _blank, rest = fill(test.judgement, values).partition(" ")
    if kind not in FORMS[test.kind]:
        raise lab.wrong(test.line, _('"{}" is not known here; {} are').format(kind, ", ".join(FORMS[test.kind])))
    found = re.fullmatch(FORMS[test.kind][kind], rest)
    if found is None:
        raise lab.wrong(test.line, _('this is not how "{}" is written; see labs/grader/observe.py').format(kind))
    return {name: text for name, text in found.groupdict().items() if text}


def _complaint(path, filters, fields):
    """What the visualizer has against them, or ""."""
    words = [os.path.join(ROOT, "bin", "visualizer"), "--print", "fields"]
    for field in fields or ["frame.number"]:
        words += ["-e", field]
    if filters:
        words += ["-Y", " or ".join(f"({pattern})" for pattern in filters) if len(filters) > 1 else filters[0]]
    run = subprocess.run([*words, path], capture_output=True, text=True, check=False)
    return "" if run.returncode == 0 else run.stderr.strip()


def _kept(parts, *names):
    return [parts[name] for name in names if name in parts]


def _exchanges(*options):
    """The table that the visualizer prints of an own recording."""
    run = subprocess.run([os.path.join(ROOT, "bin", "visualizer"), "--print", "exchanges", *options],
                         capture_output=True, text=True, check=True)
    return [line.split("\t") for line in run.stdout.splitlines()]


def _is_exchange(name):
    """Does one of the kit's own recordings show an exchange of this name? That of the letter has nearly all."""
    return any(name == row[NAME_COLUMN] for path in [os.path.join(RECORDINGS, "letter.pcapng"), *sorted(
        glob.glob(os.path.join(RECORDINGS, "scenes", "*.pcapng")))] for row in _exchanges(path))


def verify(lab, values, work):
    """A LabMistake with the line when a filter, a field, a column or an exchange is written wrongly."""
    path = os.path.join(work, "empty")
    with open(path, "wb") as file:
        file.write(EMPTY)
    rows = [(test, _parts(lab, test, values)) for test in lab.tests]
    filters = [text for _test, parts in rows for text in _kept(parts, "filter", "other")]
    fields = [text for _test, parts in rows for text in _kept(parts, "field", "field2")]
    columns = _exchanges(path)[0]
    whole = _complaint(path, filters, fields)
    for test, parts in rows:
        complaint = whole and _complaint(path, _kept(parts, "filter"), _kept(parts, "field", "field2")) or \
            "other" in parts and _complaint(path, _kept(parts, "other"), [])
        if complaint:
            raise lab.wrong(test.line, complaint)
        if "column" in parts and parts["column"] not in columns:
            raise lab.wrong(test.line, _('"{}" is not a column; {} are').format(parts["column"], ", ".join(columns)))
        if "exchange" in parts and not _is_exchange(parts["exchange"]):
            raise lab.wrong(test.line, _('no recording of the kit shows an exchange "{}"; visualizer --print '
                                         'exchanges shows how they are called').format(parts["exchange"]))


def read_answers(content):
    """{name: answer} of lines `name: answer`; what is not one is passed over."""
    answers = {}
    for line in content.decode("utf-8", "replace").splitlines():
        found = re.fullmatch(r"\s*([a-z0-9-]+)\s*:\s*(.*?)\s*", line)
        if found and not line.lstrip().startswith("#"):
            answers[found[1]] = found[2]
    return answers


def _plain(answer):
    """Differences that do not matter: capitals, blanks, brackets, a dot at the end."""
    plain = re.sub(r"[\s<>\"']+", " ", answer).strip()
    return (plain.rstrip(".") or plain).casefold()


def _judge(test, capture, answers, values):
    """(status, text)"""
    kind, _blank, rest = fill(test.judgement, values).partition(" ")
    if test.kind == "rule":
        good, text = RULES[kind](capture, rest)
        return (PASSED, "") if good else (FAILED, text)
    given = answers.get(test.name, "")
    if not given:
        return NOT_RUN, _("There is no answer.")
    right = ANSWERS[kind](capture, rest)
    if not right:
        return FAILED, _("Your capture does not show what is asked, so no answer to it can be right.")
    if _plain(given) in [_plain(word) for word in right]:
        return PASSED, ""
    return FAILED, _('Your answer "{}" is not what your own capture shows.').format(harmless(given, 200))


def tests(lab, files, work, language, values, safe):
    """A verdict for each rule and answer of the lab, in order."""
    path = os.path.join(work, "capture")
    name = next(file for file in lab.settings["file"] if "pcap" in file)
    with open(path, "wb") as file:
        file.write(files[name])
    capture = Capture(path, safe)
    answers = next((read_answers(files[file]) for file in files if file != name), {})
    capture.ask("--print", "exchanges")   # refused when it is no capture
    verdicts = []
    for test in lab.tests:
        verdict = Verdict(test.name, fill(test.titles[language], values), test.points)
        verdict.status, verdict.text = _judge(test, capture, answers, values)
        verdicts.append(verdict)
    return verdicts
