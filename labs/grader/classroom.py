"""scripts/grade-class: all submissions of a class, by GNU parallel, on one machine or many.

One submission is one entry of the folder: a folder or an archive, named as its
author. Each is graded by scripts/grade, whose result is kept in the results'
folder; what has a result that is newer than the submission is not graded
again, so a run that was interrupted goes on where it was.
"""
import csv
import json
import os
import re
import shutil
import subprocess
import sys

import build
import check
import command
import plot
import sandbox
import submission
from lab import LabMistake, Mistake
from result import FAILED, NOT_RUN
from texts import ROOT, _

ENDS = re.compile(r"\.(zip|tar|tgz|tbz2|txz|tar\.(gz|bz2|xz))$")
COLUMNS = ("username", "idnumber", "email")
ALIKE = 60      # per cent of a file found in another one, from which on a pair is reported
BAR = 40        # columns


def _students(folder):
    """{ID: path of the submission}"""
    found = {}
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if not name.startswith(".") and (os.path.isdir(path) or ENDS.search(name)):
            student = ENDS.sub("", name)
            if not name.isprintable():
                raise Mistake(_("{}: the name of a submission has signs that cannot be printed").format(folder))
            if student in found:
                raise Mistake(_('{} has two submissions: "{}" and "{}"').format(
                    student, os.path.basename(found[student]), name))
            found[student] = path
    if not found:
        raise Mistake(_("{}: there are no submissions: folders or archives, one for each student").format(folder))
    return found


def _roster(path):
    """{username: row}; Moodle exports such lists of participants."""
    if path is None:
        return {}
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or "username" not in rows[0]:
        raise Mistake(_("{}: the first line must name the columns, one of them username").format(path))
    return {row["username"]: row for row in rows}


def _newest(path):
    times = [os.lstat(path).st_mtime]
    if os.path.isdir(path):
        for place, _folders, names in os.walk(path):
            times += [os.lstat(os.path.join(place, name)).st_mtime for name in names]
    return max(times)


def _is_graded(result, path):
    return os.path.exists(result) and os.path.getmtime(result) >= _newest(path)


def _result(results, student):
    return os.path.join(results, student + ".json")


def _grade(lab, students, results, arguments):
    """Runs what has no result yet. The number of those that could not be graded at all."""
    todo = [student for student in students if not _is_graded(_result(results, student), students[student])]
    if not todo:
        return 0
    language = ["--lang", arguments.lang] if arguments.lang else []
    words = ["parallel", "--will-cite", "--colsep", "\t", "--jobs", arguments.jobs,
             "--joblog", os.path.join(results, "joblog")]
    if sys.stderr.isatty():
        words.append("--bar")
    if arguments.sshloginfile:
        words += ["--sshloginfile", arguments.sshloginfile, "--workdir", os.getcwd()]
    else:
        words += sandbox.PYTHON
    words += [os.path.join(ROOT, "scripts", "grade"), lab.folder, "{2}", "--student", "{1}", "--format", "json",
              "--output", "{3}", *language]
    rows = "".join(f"{student}\t{students[student]}\t{_result(results, student)}\n" for student in todo)
    return subprocess.run(words, input=rows, text=True, check=False).returncode


def _load(results, students):
    loaded = {}
    for student in students:
        try:
            with open(_result(results, student), encoding="utf-8") as file:
                loaded[student] = json.load(file)
        except (OSError, ValueError):
            loaded[student] = None
    return loaded


def _feedback(result):
    if result is None:
        return _("not graded")
    lines = [result["notes"]] if result["notes"] else []
    for test in result["tests"]:
        lines.append(f"{test['score']}/{test['points']} {test['title']}")
        if test["text"]:
            lines.append(test["text"])
    return "\n".join(lines)


def _cell(text):
    """A table program takes what begins so for a formula."""
    return "'" + text if text and text[0] in "=+-@\t\r" else text


def _write_csv(path, lab, loaded, roster):
    with open(path, "w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow([*COLUMNS, lab.name, f"{lab.name} feedback"])
        for student, result in loaded.items():
            row = roster.get(student, {})
            table.writerow([_cell(student), _cell(row.get("idnumber", "")), _cell(row.get("email", "")),
                            "" if result is None else result["score"], _cell(_feedback(result))])


def _keep(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def _open(title):
    """What differs from student to student is left open."""
    return re.sub(r"\{\w+\}", "…", title)


def _bar(part, whole):
    return "█" * round(BAR * part / whole) if whole else ""


def _report(lab, loaded, language):
    graded = [result for result in loaded.values() if result is not None]
    lines = [lab.title(language), "",
             _("{} submissions, {} graded, {} not valid").format(
                 len(loaded), len(graded), sum(not result["valid"] for result in graded))]
    if not graded:
        return "\n".join(lines) + "\n"
    scores = sorted(result["score"] for result in graded)
    lines += [_("points: least {}, middle {}, most {} of {}").format(
        scores[0], scores[len(scores) // 2], scores[-1], lab.points), "", _("How many failed each test:")]
    for test in lab.tests:
        states = [found["status"] for result in graded for found in result["tests"] if found["name"] == test.name]
        failed, skipped = states.count(FAILED), states.count(NOT_RUN)
        bar = _bar(failed + skipped, len(graded))
        lines.append(f"  {failed:4} (+{skipped:3}) {bar:{BAR}} {_open(test.titles[language])}")
    lines += ["", _("How many points how often:")]
    for score in range(lab.points, -1, -1):
        if score in scores:
            lines.append(f"  {score:4} {scores.count(score):5} {_bar(scores.count(score), len(graded))}")
    return "\n".join(lines) + "\n"


def _sources(lab, students, folder):
    """The files that were handed in, and the reference, under numbers: {number: (whose, name)}."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    names = {}
    for student, path in [*students.items(), ("(reference)", ROOT)]:
        try:
            taken = {name: None for name in lab.settings["file"]} if path == ROOT else \
                submission.take(path, lab.settings["file"])
        except Mistake:
            continue
        for name, content in taken.items():
            if content is None:
                with open(os.path.join(ROOT, name), "rb") as file:
                    content = file.read()
            number = f"{len(names):06}.c"
            names[number] = (student, os.path.basename(name))
            with open(os.path.join(folder, number), "wb") as file:
                file.write(content)
    return names


def _alike(lab, students, results):
    """Pairs of sources that have much in common, as Debian's similarity-tester sees it."""
    if shutil.which("sim_c") is None:
        return _("Similarity was not looked at: install similarity-tester.") + "\n"
    folder = os.path.join(results, "sources")
    names = _sources(lab, students, folder)
    run = subprocess.run(["sim_c", "-i", "-e", "-p", "-t", str(ALIKE)], cwd=folder, input="\n".join([*names, ""]),
                         capture_output=True, text=True, errors="replace", check=False)
    pairs = re.findall(r"^(\d+\.c) consists for (\d+) % of (\d+\.c) material", run.stdout, re.M)
    lines = [_("Sources of which {} % or more are found in another one; what is common to all came with the "
               "lab.").format(ALIKE)]
    for one, part, other in sorted(pairs, key=lambda pair: -int(pair[1])):
        (student, name), (source, its) = names[one], names[other]
        if student != source:
            lines.append(f"  {part:>3} %  {student} {name}  <  {source} {its}")
    return "\n".join(lines) + "\n"


def _arguments():
    parser = command.Parser("grade-class", _("Grades all submissions of a class."))
    parser.add_argument("lab", help=_("name, number or folder of the lab"))
    parser.add_argument("folder", help=_("one folder or archive for each student"))
    parser.add_argument("--jobs", metavar="N", default="200%",
                        help=_("how many at once; default: two for each core, since a grading often waits"))
    parser.add_argument("--sshloginfile", metavar="FILE", help=_("machines that help, as GNU parallel wants them"))
    parser.add_argument("--csv", metavar="FILE", help=_("grades for Moodle; default: grades.csv of the results"))
    parser.add_argument("--roster", metavar="FILE", help=_("CSV with the columns username, idnumber, email"))
    parser.add_argument("--results", metavar="DIR", help=_("where results are kept; default: FOLDER.results"))
    parser.add_argument("--lang", choices=("en", "fr"), help=_("language of the feedback"))
    return parser.parse_args()


def main():
    language = command.language()
    arguments = _arguments()
    try:
        if shutil.which("parallel") is None:
            raise Mistake(_("GNU parallel is not installed (scripts/setup grade)"))
        lab = check.read(arguments.lab)
        students = _students(os.path.realpath(arguments.folder))
        roster = _roster(arguments.roster)
        results = arguments.results or os.path.realpath(arguments.folder) + ".results"
        os.makedirs(results, exist_ok=True)
        if lab.settings["kind"] == "build":
            build.prepare()
        failed = _grade(lab, students, results, arguments)
        loaded = _load(results, students)
        _write_csv(arguments.csv or os.path.join(results, "grades.csv"), lab, loaded, roster)
        report = _report(lab, loaded, language)
        if lab.settings["kind"] == "build":
            report += "\n" + _alike(lab, students, results)
        _keep(os.path.join(results, "report.txt"), report)
        graded = [result for result in loaded.values() if result is not None]
        if graded:
            _keep(os.path.join(results, "report.svg"), plot.draw(lab, graded, language))
            report += "\n" + _("The same as a drawing: {}").format(os.path.join(results, "report.svg")) + "\n"
        sys.stdout.write(report)
        return 1 if failed or None in loaded.values() else 0
    except LabMistake as error:
        sys.stderr.write(_("grade-class: the lab itself is wrong, nothing was graded: {}").format(error) + "\n")
        return 2
    except (Mistake, OSError, subprocess.CalledProcessError) as error:
        sys.stderr.write(f"grade-class: {command.said(error)}\n")
        return 1
