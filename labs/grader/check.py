"""scripts/check-labs: that grades mean something.

For each lab the reference must score everything, the starter next to nothing
and compile without a warning, and each mutant - a mistake that students really
make, as a patch of the reference - must lose exactly the tests that it names:

    loses: dots top            the first line of mutants/NAME.patch
"""
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

import build
import command
import judge
import lab as labs
import observe
import personal
import sandbox
import starter
import texts
from lab import LabMistake, Mistake
from result import PASSED
from texts import ROOT, _

STARTER_MOST = 0.1   # of the points


def write(folder, files):
    """{path: text} below a folder."""
    for path, text in files.items():
        target = os.path.join(folder, path)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "w", encoding="utf-8") as file:
            file.write(text)


def reference(lab):
    files = {}
    for path in lab.settings["file"]:
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            files[path] = file.read()
    return files


def mutants(lab):
    """{name: (tests that it loses, path of the patch)}"""
    folder, found = os.path.join(lab.folder, "mutants"), {}
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        path = os.path.join(folder, name)
        with open(path, encoding="utf-8") as file:
            words = file.readline().split()
        if not words or words[0] != "loses:":
            raise LabMistake(f'{path}:1: the first line is "loses: TEST ..."')
        unknown = set(words[1:]) - {test.name for test in lab.tests}
        if unknown or len(words) < 2:
            raise LabMistake(f"{path}:1: {' '.join(sorted(unknown)) or 'nothing'} is not a test of the lab")
        found[name.rsplit(".", 1)[0]] = (set(words[1:]), path)
    return found


def patched(lab, patch):
    """The reference with a mutant's mistake in it."""
    with tempfile.TemporaryDirectory() as folder:
        write(folder, reference(lab))
        done = subprocess.run(["patch", "-p1", "--quiet", "--fuzz=0", "-i", patch], cwd=folder, capture_output=True,
                              text=True, check=False)
        if done.returncode != 0:
            raise LabMistake(f"{patch}: it does not fit the reference any more:\n{done.stdout}{done.stderr}")
        files = {}
        for path in lab.settings["file"]:
            with open(os.path.join(folder, path), encoding="utf-8") as file:
                files[path] = file.read()
        return files


def grade(lab, files):
    """The internal result of a submission of these files."""
    with tempfile.TemporaryDirectory() as folder:
        write(folder, files)
        return grade_folder(lab, folder)


def grade_folder(lab, folder, student=None):
    done = subprocess.run([*sandbox.PYTHON, os.path.join(ROOT, "scripts", "grade"), lab.folder, folder, "--format",
                           "json", "--lang", "en", "--reveal", *(["--student", student] if student else [])],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise (LabMistake if done.returncode == 2 else Mistake)(done.stderr.strip())
    return json.loads(done.stdout)


def _lost(result):
    return {test["name"] for test in result["tests"] if test["status"] != PASSED}


def _why(result, names):
    return "\n".join(f"{test['name']}: {test['status']}\n{test['text']}" for test in result["tests"]
                     if test["name"] in names)


def _judge_reference(lab):
    result = grade(lab, reference(lab))
    lost = _lost(result)
    return not lost and result["points"] > 0, _why(result, lost) + result["notes"]


def _judge_starter(lab):
    result = grade(lab, starter.make(lab))
    good = result["score"] <= STARTER_MOST * result["points"] and not result["notes"]
    return good, f"{result['score']} of {result['points']} points\n{result['notes']}"


def _judge_mutant(lab, loses, patch):
    result = grade(lab, patched(lab, patch))
    lost = _lost(result)
    return lost == loses, "\n".join([f"lost without being named: {sorted(lost - loses)}",
                                     f"named but not lost: {sorted(loses - lost)}", result["notes"],
                                     _why(result, lost ^ loses)])


def _judge_solved(lab, student):
    """Labs that observe bring a program that does the work: solve STUDENT FOLDER."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([os.path.join(lab.folder, "solve"), student, folder], capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            return False, done.stdout + done.stderr
        result = grade_folder(lab, folder, student)
        lost = _lost(result)
        return not lost, _why(result, lost) + result["notes"]


def cases(lab, short):
    """(what is claimed, function that answers (true?, explanation))"""
    if lab.settings["kind"] == "observe":
        for student in ("s1001", "s1002")[:1 if short else 2]:
            yield f"{lab.name}: the work done for {student} scores everything", lambda s=student: _judge_solved(lab, s)
        return
    yield f"{lab.name}: the reference scores everything", lambda: _judge_reference(lab)
    yield f"{lab.name}: the starter scores next to nothing, without a warning", lambda: _judge_starter(lab)
    for name, (loses, patch) in list(mutants(lab).items())[:1 if short else None]:
        yield (f"{lab.name}: the mutant {name} loses {', '.join(sorted(loses))}",
               lambda loses=loses, patch=patch: _judge_mutant(lab, loses, patch))


def _try(judge):
    """(true?, explanation, is the lab itself wrong?)"""
    try:
        return *judge(), False
    except LabMistake as error:
        return False, str(error), True
    except Mistake as error:
        return False, str(error), False


def _all():
    return sorted(entry for entry in os.listdir(os.path.join(ROOT, "labs"))
                  if os.path.isfile(os.path.join(ROOT, "labs", entry, "lab.conf")))


def read(folder):
    """The lab, whose own mistakes are found before anything is graded."""
    lab = labs.read(folder)
    with tempfile.TemporaryDirectory() as work:
        if lab.settings["kind"] == "observe":
            observe.verify(lab, personal.of(lab, "s1001"), work)
        else:
            judge.check_settings(lab, work)
    return lab


def main():
    """TAP, for all labs or those that are named. 2: a lab is written wrongly."""
    texts.choose(None)
    parser = command.Parser("check-labs", _("Proves that grades mean something: of each lab the reference scores "
                                            "everything, the starter next to nothing, and each known mistake loses "
                                            "what it should. Prints TAP."))
    parser.add_argument("lab", nargs="*", help=_("names, numbers or folders of labs; default: all"))
    parser.add_argument("--short", action="store_true", help=_("of the known mistakes only the first of each lab"))
    arguments = parser.parse_args()
    build.prepare()
    try:
        claims = [claim for folder in arguments.lab or _all() for claim in cases(read(folder), arguments.short)]
    except LabMistake as error:
        sys.stderr.write(f"check-labs: {error}\n")
        return 2
    failed, wrong = 0, False
    with concurrent.futures.ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
        judged = pool.map(_try, [judge for _claim, judge in claims])
        for number, ((claim, _judge), (good, text, is_wrong)) in enumerate(zip(claims, judged), 1):
            failed, wrong = failed + (not good), wrong or is_wrong
            print(f"{'ok' if good else 'not ok'} {number} - {claim}", flush=True)
            for line in [] if good else text.strip().splitlines():
                print(f"# {line}")
    print(f"1..{len(claims)}")
    return 2 if wrong else 1 if failed or not claims else 0
