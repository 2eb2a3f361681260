#!/usr/bin/env python3
"""
What is packed for other people's systems: each package has the files that its system asks for, and their scripts give
the result that it reads. They are run as they are, but for the folders that belong to the system and for what builds
the kit; a small lab stands in the place of the one that was packed.
"""
import base64
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli

sys.path.insert(0, os.path.join(pli.ROOT, "labs", "grader"))
import build

SCRIPT = os.path.join(pli.ROOT, "scripts", "autograder")
FORGE = os.path.join(pli.ROOT, "tests", "labs", "forge")
SOURCE = os.path.join(pli.ROOT, "server", "pop3d_maildrop.c")
SYSTEMS = ("gradescope", "autolab", "github", "prairielearn", "vpl", "slurm", "kubernetes")
work = tempfile.mkdtemp(prefix="pli-autograder-")


def text_of(*path):
    with open(os.path.join(*path), encoding="utf-8") as file:
        return file.read()


def script(name, text, **replaced):
    """A script of a package, with folders of its system replaced: its path."""
    for before, after in {"scripts/setup build grade": "true", "06-pop3": FORGE, **replaced}.items():
        text = text.replace(before, after)
    path = os.path.join(work, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, 0o755)
    return path


def place(*names):
    path = os.path.join(work, *names)
    os.makedirs(path, exist_ok=True)
    return path


def kit_in(folder, name):
    """In the place of the packed kit an archive of a link to this one, which is built."""
    path = os.path.join(folder, name)
    with tarfile.open(path, "w:gz" if name.endswith("gz") else "w") as archive:
        entry = tarfile.TarInfo("kit")
        entry.type, entry.linkname = tarfile.SYMTYPE, pli.ROOT
        archive.addfile(entry)


def run(*words, folder=work, **environment):
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=200 * pli.SLOW,
                          env={**os.environ, "LANGUAGE": "en", **environment})
    return done.stdout, f"{words} {done.returncode}\n{done.stdout}\n{done.stderr}"


def names_in(path):
    if path.endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            return archive.namelist()
    with tarfile.open(path) as archive:
        return archive.getnames()


def packages():
    """All are packed side by side. {system: folder}"""
    def pack(system):
        return run(SCRIPT, system, "06", "--output", os.path.join(work, "packed", system))
    place("packed")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        said = dict(zip(SYSTEMS, pool.map(pack, SYSTEMS)))
    found = {system: os.path.join(work, "packed", system) for system in SYSTEMS}
    pli.ok(all(said[system][0].strip() == found[system] for system in SYSTEMS), "every system has its package", said)
    zipped = names_in(os.path.join(found["gradescope"], "gradescope.zip"))
    pli.ok({"setup.sh", "run_autograder"} <= set(zipped), "Gradescope's zip has its two scripts at its root", zipped)
    for system, name in (("gradescope", "kit.tar.gz"), ("autolab", "autograde.tar"),
                         ("prairielearn", "tests/kit.tar.gz"), ("vpl", "kit.tar.gz")):
        packed = set(names_in(os.path.join(found[system], name)))
        pli.ok({"kit/scripts/grade", "kit/Makefile", "kit/labs/06-pop3/lab.conf", "kit/labs/grader/grade.py"} <= packed
               and any(entry.startswith("kit/labs/06-pop3/hidden/") for entry in packed) and
               not any(entry.startswith(("kit/bin/", "kit/build/")) for entry in packed),
               f"{system}: the kit in it has the grader and the hidden tests", sorted(packed)[:20])
    return found


def mistakes():
    for words, status, part in ((("moon", "06"), 2, "Usage"), (("slurm",), 2, "Usage"),
                                (("slurm", "no-such-lab"), 1, "no-such-lab"),
                                (("slurm", "06", "--colour", "red"), 2, "Usage"),
                                (("slurm", "06", "--output", work), 1, "there already")):
        done = subprocess.run([SCRIPT, *words], capture_output=True, text=True, cwd=work,
                              env={**os.environ, "LANGUAGE": "en"})
        pli.ok(done.returncode == status and part in done.stderr and not done.stdout,
               f"refused: {' '.join(words)}".replace(work, "FOLDER"), done.returncode, done.stdout, done.stderr)


def gradescope(packed, good):
    top = place("autograder")
    for name in ("source", "results"):
        place("autograder", name)
    os.symlink(pli.ROOT, os.path.join(top, "source", "kit"))
    shutil.copytree(good, os.path.join(top, "submission"))
    with open(os.path.join(top, "submission_metadata.json"), "w", encoding="utf-8") as file:
        json.dump({"users": [{"email": "sami@example.org"}]}, file)
    program = text_of(packed, "run_autograder")
    said = run(script("run_autograder", program, **{"/autograder/": top + "/"}))
    result = json.loads(text_of(top, "results", "results.json"))
    wrong = program.replace("06-pop3", "no-such-lab")
    run(script("run_wrong", wrong, **{"/autograder/": top + "/"}))
    refused = json.loads(text_of(top, "results", "results.json"))
    return [(result["score"] == 2 and result["extra_data"]["student"] == "sami@example.org",
             "Gradescope: results.json has the points, of that student", result, *said),
            (refused["score"] == 0 and "no-such-lab" in refused["output"], "and why nothing could be graded", refused)]


def autolab(packed, good):
    folder = place("autolab")
    kit_in(folder, "autograde.tar")
    with tarfile.open(os.path.join(folder, "handin.tar"), "w") as archive:
        archive.add(good, "handin")
    script("autolab/Makefile", text_of(packed, "autograde-Makefile"))
    output, said = run("make", "-s", folder=folder)
    last = output.strip().rsplit("\n", 1)[-1]
    return [(last == json.dumps({"scores": {"stat": 1, "secret": 1}, "scoreboard": [2]}),
             "Autolab: the last line are the scores", last, said)]


def github(packed, good):
    workflow = text_of(packed, ".github", "workflows", "classroom.yml")
    steps = re.findall(r"(?m)^        run: \|\n((?:          .*\n)+)", workflow)
    os.symlink(pli.ROOT, os.path.join(place("runner"), "kit"))
    text = re.sub(r"(?m)^          ", "", steps[1]).replace("${{ github.actor }}", "sami")
    said = run("bash", "-e", script("step", text), folder=good, RUNNER_TEMP=place("runner"),
               GITHUB_OUTPUT=os.path.join(work, "github.output"))
    name, _equals, value = text_of(work, "github.output").strip().partition("=")
    result = json.loads(base64.b64decode(value))
    return [("\nname: Autograding Tests\n" in workflow and "\n  run-autograding-tests:\n" in workflow and
             "PLI_RESULTS: \"${{ steps.pli.outputs.result }}\"" in workflow and
             "\n          runners: pli\n" in workflow,
             "GitHub Classroom: the names by which it finds the points", workflow),
            (name == "result" and result["max_score"] == 2 and sum(test["score"] for test in result["tests"]) == 2,
             "and the points themselves", result, *said)]


def prairielearn(packed, good):
    info = json.loads(text_of(packed, "info.json"))
    top = place("grade")
    shutil.copytree(good, os.path.join(top, "student"))
    kit_in(place("grade", "tests"), "kit.tar.gz")
    folders = {"/grade/": top + "/", "-C /tmp": f"-C {top}", "/tmp/kit": f"{top}/kit"}
    said = run(script("learn", text_of(packed, "tests", "run.sh"), **folders))
    result = json.loads(text_of(top, "results", "results.json"))
    options = info["externalGradingOptions"]
    return [(info["gradingMethod"] == "External" and options["entrypoint"] == "/grade/tests/run.sh" and
             0 < options["timeout"] <= 600 and options["image"], "PrairieLearn: what its question says", info),
            (result["gradable"] and result["score"] == 1, "and its result", result, *said)]


def vpl(packed, good):
    folder = place("vpl")
    kit_in(folder, "kit.tar.gz")
    shutil.copyfile(os.path.join(good, "pop3d_maildrop.c"), os.path.join(folder, "pop3d_maildrop.c"))
    script("vpl/vpl_evaluate.sh", text_of(packed, "vpl_evaluate.sh"))
    script("vpl/vpl_run.sh", text_of(packed, "vpl_run.sh"))
    seen = []
    for name in ("./vpl_evaluate.sh", "./vpl_run.sh"):
        run(name, folder=folder)
        seen.append(run("./vpl_execution", folder=folder, MOODLE_USER_ID="7"))
    (evaluated, said), (shown, told) = seen
    return [(evaluated.startswith("<|--\n") and evaluated.endswith("--|>\nGrade :=>> 2\n"), "Moodle VPL: the grade",
             said), ("2 of 2 points" in shown and "Grade" not in shown, "and a text without one", told)]


def arrays(folder, command, **environment):
    """Runs a task for each submission of a class: what grade-class finds of them."""
    said = [run(*command, folder=pli.ROOT, **{name: str(first + number) for name, first in environment.items()})[1]
            for number in range(2)]
    return sorted(os.listdir(folder + ".results")), said


def a_class(name, good):
    """Names as classes have them: dots in them, and archives."""
    folder = place(name)
    shutil.copytree(good, os.path.join(folder, "jean.dupont"))
    shutil.make_archive(os.path.join(folder, "sami.b"), "zip", good)
    return folder


def slurm(packed, good):
    folder = a_class("slurm", good)
    found, said = arrays(folder, [script("batch", text_of(packed, "grade.sbatch")), folder], SLURM_ARRAY_TASK_ID=1)
    output, told = run(os.path.join(pli.ROOT, "scripts", "grade-class"), FORGE, folder)
    rows = text_of(folder + ".results", "grades.csv")
    return [(found == ["jean.dupont.json", "sami.b.json"], "Slurm: a task grades each submission", found, *said),
            ("2 submissions, 2 graded" in output and re.findall(r"(?m)^(\S+),,,2,", rows) == ["jean.dupont", "sami.b"],
             "and grade-class takes all that is there", rows, told)]


def kubernetes(packed, good):
    folder = a_class("pods", good)
    job = text_of(packed, "job.yaml")
    place("pods.results")
    block = re.search(r"(?m)^            - \|\n((?:              .*\n)+)", job)[1]
    text = re.sub(r"(?m)^              ", "", block)
    found, said = arrays(folder, ["bash", "-c", text_of(script("pod", text, **{"/class": folder}))],
                         JOB_COMPLETION_INDEX=0)
    return [(found == ["jean.dupont.json", "sami.b.json"], "Kubernetes: a pod grades each submission", found, *said)]


if pli.installed("git", "tar"):
    pli.skip_all("git is not installed")
try:
    where = packages()
    mistakes()
    if pli.installed("bwrap", "gcc", "prlimit", "unshare"):
        pli.skip("submissions are graded as those systems would", "bubblewrap and its company are not installed")
    else:
        build.prepare()
        shutil.copyfile(SOURCE, os.path.join(place("good"), "pop3d_maildrop.c"))
        with concurrent.futures.ThreadPoolExecutor(2) as runners:
            for results in runners.map(lambda system: globals()[system](where[system], os.path.join(work, "good")),
                                       SYSTEMS):
                for true, what, *explained in results:
                    pli.ok(true, what, *explained)
finally:
    shutil.rmtree(work, ignore_errors=True)
pli.done()
