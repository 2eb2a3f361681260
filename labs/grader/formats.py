"""A result in the formats that others read; their keys are those that they document."""
import base64
import json
import time

from result import FAILED, NOT_RUN, PASSED
from texts import _

LEARN_MOST = 1000000   # octets
STATUS = {PASSED: "pass", FAILED: "fail", NOT_RUN: "error"}


def _status(verdict):
    return {PASSED: _("passed"), FAILED: _("failed"), NOT_RUN: _("not run")}[verdict.status]


def _summary(result):
    return _("{}: {} of {} points; {} tests passed, {} failed, {} not run").format(
        result.title, result.score, result.points, result.count(PASSED), result.count(FAILED), result.count(NOT_RUN))


def _lesson(verdict):
    words = [verdict.text] if verdict.text else []
    if verdict.recording:
        words.append(_("Look at it: visualizer --packet {} {}").format(verdict.packet, verdict.recording))
    return "\n".join(words)


def _json(value):
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def text(result):
    lines = []
    for verdict in result.verdicts:
        lines.append(f"{_status(verdict):9} {verdict.score:3}/{verdict.points:<3} {verdict.name}: {verdict.title}")
        lines += ["    " + line for line in _lesson(verdict).split("\n") if line]
    if result.notes:
        lines += ["", result.notes]
    return "\n".join(lines + ["", _summary(result)]) + "\n"


def gradescope(result):
    """results.json: gradescope-autograders.readthedocs.io, "Autograder Specifications"."""
    tests = [{"name": f"{verdict.name}: {verdict.title}", "number": str(number), "score": verdict.score,
              "max_score": verdict.points, "status": "passed" if verdict.status == PASSED else "failed",
              "output": _lesson(verdict), "output_format": "text", "tags": ["hidden"] if verdict.hidden else ["public"],
              "visibility": "visible", "extra_data": {"verdict": verdict.status}}
             for number, verdict in enumerate(result.verdicts, 1)]
    return _json({"score": result.score, "output": "\n".join(filter(None, [_summary(result), result.notes])),
                  "output_format": "text", "execution_time": round(result.seconds), "visibility": "visible",
                  "stdout_visibility": "hidden", "extra_data": {"lab": result.lab, "student": result.student},
                  "tests": tests})


def autolab(result):
    """The report, and as its last line the scores: docs.autolabproject.com, "Guide for Lab Authors"."""
    scores = {verdict.name: verdict.score for verdict in result.verdicts}
    return text(result) + json.dumps({"scores": scores, "scoreboard": [result.score]}) + "\n"


def github(result):
    """GitHub Classroom's runner: base64 of its JSON."""
    tests = [{"name": f"{verdict.name}: {verdict.title}", "status": STATUS[verdict.status],
              "message": _lesson(verdict), "test_code": verdict.name, "filename": verdict.path, "line_no": 0,
              "score": verdict.score} for verdict in result.verdicts]
    status = "error" if not result.valid else "pass" if result.score == result.points else "fail"
    value = json.dumps({"version": 1, "status": status, "max_score": result.points, "tests": tests})
    return base64.b64encode(value.encode()).decode() + "\n"


def _learn(result, most):
    """most: signs of a lesson."""
    tests = [{"name": verdict.name, "description": verdict.title, "points": verdict.score,
              "max_points": verdict.points, "message": _status(verdict),
              "output": lesson if len(lesson) <= most else lesson[:most] + " ..."}
             for verdict in result.verdicts for lesson in [_lesson(verdict)]]
    value = {"gradable": result.valid, "score": result.score / result.points if result.points else 0,
             "message": _summary(result), "output": result.notes, "tests": tests}
    if not result.valid:
        value["format_errors"] = result.notes   # what is shown of a submission that cannot be graded
    return _json(value)


def prairielearn(result):
    """results.json: docs.prairielearn.com, "External grading"; a megabyte at most."""
    whole, most = _learn(result, LEARN_MOST), LEARN_MOST
    while len(whole.encode()) > LEARN_MOST and most > 100:
        most //= 2
        whole = _learn(result, most)
    return whole


def junit(result):
    """As the schema of Ant's JUnit task has it, the strictest that is in use."""
    import xml.etree.ElementTree as tree   # takes long, and is seldom wanted
    suite = tree.Element("testsuite", name=result.lab, timestamp=time.strftime("%Y-%m-%dT%H:%M:%S"),
                         hostname="localhost", tests=str(len(result.verdicts)), failures=str(result.count(FAILED)),
                         errors="0", skipped=str(result.count(NOT_RUN)), time=f"{result.seconds:.3f}")
    properties = tree.SubElement(suite, "properties")
    for name, value in (("student", result.student), ("score", result.score), ("points", result.points)):
        tree.SubElement(properties, "property", name=name, value=str(value))
    for verdict in result.verdicts:
        case = tree.SubElement(suite, "testcase", classname=result.lab, name=f"{verdict.name}: {verdict.title}",
                               time=f"{verdict.seconds:.3f}")
        if verdict.status != PASSED:
            first = verdict.text.split("\n", 1)[0]
            kind = "failure" if verdict.status == FAILED else "skipped"
            tree.SubElement(case, kind, message=first, type=kind).text = _lesson(verdict)
    tree.SubElement(suite, "system-out").text = "\n".join(filter(None, [_summary(result), result.notes]))
    tree.SubElement(suite, "system-err")
    tree.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tree.tostring(suite, encoding="unicode") + "\n"


def tap(result):
    lines = ["TAP version 13", f"1..{len(result.verdicts)}"]
    for number, verdict in enumerate(result.verdicts, 1):
        title = verdict.title.replace("#", "\\#")
        skipped = " # SKIP " + verdict.text.split("\n", 1)[0] if verdict.status == NOT_RUN else ""
        lines.append(f"{'not ok' if verdict.status == FAILED else 'ok'} {number} - {verdict.name}: {title}{skipped}")
        if verdict.status == FAILED:
            lines += ["  ---", "  message: |", *("    " + line for line in _lesson(verdict).split("\n")), "  ..."]
    return "\n".join(lines) + "\n"


def vpl(result):
    """Moodle's Virtual Programming Lab: a comment between <|-- and --|>, and the grade; vpl.dis.ulpgc.es."""
    def plain(line):
        """A line that its reader does not take for a command."""
        return "> " + line if line.startswith(("-", ">", "<|--", "--|>", "Grade")) else line
    lines = ["<|--"]
    for verdict in result.verdicts:
        lines.append(f"-{_status(verdict)} {verdict.score}/{verdict.points}: {verdict.title}")
        lines += [">" + line for line in _lesson(verdict).split("\n") if line]
    lines += [plain(line) for line in result.notes.split("\n") if line]
    return "\n".join([*lines, "--|>", f"Grade :=>> {result.score}"]) + "\n"


def internal(result):
    """Everything, for grade-class and check-labs."""
    verdicts = [{"name": verdict.name, "title": verdict.title, "status": verdict.status, "points": verdict.points,
                 "score": verdict.score, "text": verdict.text, "hidden": verdict.hidden,
                 "recording": verdict.recording, "packet": verdict.packet} for verdict in result.verdicts]
    return _json({"lab": result.lab, "title": result.title, "student": result.student, "score": result.score,
                  "points": result.points, "valid": result.valid, "notes": result.notes, "tests": verdicts})


FORMATS = {"text": text, "gradescope": gradescope, "autolab": autolab, "github": github,
           "prairielearn": prairielearn, "vpl": vpl, "junit": junit, "tap": tap, "json": internal}
