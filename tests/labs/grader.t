#!/usr/bin/env python3
"""The grader's parts, its formats, a recording of a failed test, and a class that is interrupted and taken up again."""
import base64
import concurrent.futures
import csv
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as tree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli

sys.path.insert(0, os.path.join(pli.ROOT, "labs", "grader"))
import build
import formats
import judge
import lab as labs
import observe
import personal
import starter
import submission
from result import FAILED, NOT_RUN, PASSED, Result, Verdict

FORGE = os.path.join(pli.ROOT, "tests", "labs", "forge")
GRADE = os.path.join(pli.ROOT, "scripts", "grade")
SOURCE = os.path.join(pli.ROOT, "server", "pop3d_maildrop.c")
work = tempfile.mkdtemp(prefix="pli-grader-")


def folder_of(name, files):
    folder = os.path.join(work, name)
    for path, text in files.items():
        os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
        with open(os.path.join(folder, path), "w", encoding="utf-8") as file:
            file.write(text)
    return folder


def mistakes():
    """A lab that is written wrongly is told with file and line."""
    good = "title: T\nkind: build\n"
    for number, (text, part) in enumerate((("colour: blue\n", "lab.conf:3: "), ("  more\n", None),
                                           ("test: a | x | b | c\n", "lab.conf:3: "),
                                           ("test: a | 1 | b | c\n", "a.dialogue"),
                                           ("test: a | 1 | b |\n", "lab.conf:3: "),
                                           ("test: A! | 1 | b | c\n", "lab.conf:3: "),
                                           ("title: again\n", "twice"), ("", "file"),
                                           ("minutes: long\n", "lab.conf:3: "),
                                           ("letter: rachida no-such-file\n", "lab.conf:3: "),
                                           ("personal: n: number 9 1\n", "lab.conf:3: "),
                                           ("service: gopher\n", "lab.conf:3: "),
                                           ("rule: r | 1 | a | b | present x\n" * 2, "lab.conf:4: "))):
        folder = folder_of(f"bad{number}", {"lab.conf": good + text})
        try:
            labs.read(folder)
            pli.ok(part is None, f"a lab with {text!r}")
        except labs.Mistake as error:
            pli.ok(part is None or part in str(error), f"a lab with {text!r} is refused, and where is said", error)
    status, _, errors = pli.run(GRADE, "no-such-lab", work)
    pli.ok(status == 2 and "no-such-lab" in errors, "a lab that there is not", errors)
    for words, part in ((("--output", os.path.join(work, "none", "x")), "none: No such"),
                        (("--hidden", os.path.join(work, "none")), "none: No such")):
        status, output, errors = pli.run(GRADE, FORGE, work, *words, environment={"LANGUAGE": "en"})
        pli.ok(status == 1 and part in errors and "Traceback" not in errors and not output,
               f"a folder that there is not, for {words[0]}", status, output, errors)
    for script in ("grade", "grade-class", "handout", "check-labs"):
        status, output, errors = pli.run(os.path.join(pli.ROOT, "scripts", script), "--nothing",
                                         environment={"LANGUAGE": "fr"})
        pli.ok(status == 2 and errors.replace("\u00a0", " ").startswith("Usage : ") and not output,
               f"{script} says its usage in French", errors)


def both_languages():
    """Every lab, test, rule and question has a title in French, too, and so has the dialogue that is a test."""
    for path in sorted(glob.glob(os.path.join(pli.ROOT, "labs", "*", "lab.conf"))):
        lab = labs.read(os.path.dirname(path))
        faults = [] if lab.settings.get("title.fr") else ["lab.conf: title.fr"]
        faults += [f"lab.conf:{test.line}" for test in lab.tests
                   if not test.titles["fr"] or test.titles["fr"] == test.titles["en"]]
        for name in (test.path for test in lab.tests if test.kind == "dialogue"):
            with open(name, encoding="utf-8") as file:
                text = file.read()
            if len(re.findall(r"(?m)^title: ", text)) != len(re.findall(r"(?m)^title\.fr: \S", text)):
                faults.append(name)
        pli.ok(lab.tests and not faults, f"{lab.name}: all titles are in both languages", *faults)


OBSERVE = "title: T\nkind: observe\nfile: a.pcapng\npersonal: n: a, b\n"
RULES = (("rule", "present smtp.req.comand == 1", "column 1"), ("rule", "count many tcp", "count"),
         ("rule", "before tcp => ((", "column"), ("rule", "sometimes tcp", "sometimes"), ("rule", "present {m}", "m"),
         ("answer", "value ip.sorce tcp", "ip.sorce"), ("answer", "exchange colour envelope", "colour"),
         ("answer", "exchange osi envelop", "envelop"), ("answer", "values tcp.port", "values"))


def own_mistakes():
    """What is wrong about a lab is never told as a mistake of the submission: no grade, and the line of lab.conf."""
    for number, (word, judgement, part) in enumerate(RULES):
        good = "present tcp" if word == "rule" else "number tcp"
        lab = labs.read(folder_of(f"rule{number}", {"lab.conf": f"{OBSERVE}{word}: r | 1 | {{n}} | b | {good}\n"
                                                                f"{word}: s | 1 | a | b | {judgement}\n"}))
        try:
            observe.verify(lab, {"n": "a"}, work)
            pli.ok(False, f"{word}: {judgement} is refused")
        except labs.LabMistake as error:
            pli.ok("lab.conf:6: " in str(error) and part in str(error),
                   f"{word}: {judgement}: {error}", error)
    lab = folder_of("rule0", {"a.pcapng": "no capture"})
    status, output, errors = pli.run(GRADE, lab, lab, "--unsafe")
    pli.ok(status == 2 and not output and "lab.conf:6: " in errors, "no grade for a submission to it", output, errors)
    status, output, errors = pli.run(os.path.join(pli.ROOT, "scripts", "check-labs"), lab)
    pli.ok(status == 2 and "lab.conf:6: " in output + errors, "check-labs says so, too", output, errors)
    empty = folder_of("without", {"nothing.txt": "nothing"})
    output = pli.output_of(GRADE, os.path.join(pli.ROOT, "labs", "01-layers"), empty, "--student", "s1", "--unsafe")
    pli.ok("layers " in output and "{word}" not in output, "what cannot be graded is told as the student's own", output)
    own = os.path.join(work, "setting")
    shutil.copytree(FORGE, own)
    with open(os.path.join(own, "lab.conf"), "a", encoding="utf-8") as file:
        file.write("setting: colour=blue\n")
    try:
        judge.check_settings(labs.read(own), work)
        pli.ok(False, "a setting that the server does not know is refused")
    except labs.LabMistake as error:
        pli.ok("lab.conf:" in str(error) and "colour" in str(error), f"a setting that nobody knows: {error}")


def parts():
    lab = labs.read(FORGE)
    text = starter.make(lab)["server/pop3d_maildrop.c"]
    pli.ok("mailbox_remove" not in text and "void pop3d_quit(" in text and "RFC 1939 §6" in text,
           "the starter has the contracts, and not the answers", text)
    conf = ("title: T\nkind: observe\nfile: a.pcapng\npersonal: n: number 1000 9999\npersonal: who: a, b, c, d\n"
            "rule: r | 1 | a | b | present x\n")
    one = labs.read(folder_of("own", {"lab.conf": conf}))
    values = [personal.of(one, f"s{number}") for number in range(200)]
    pli.ok(values == [personal.of(one, f"s{number}") for number in range(200)] and
           len({value["n"] for value in values}) > 150 and {value["who"] for value in values} == set("abcd") and
           all(1000 <= int(value["n"]) <= 9999 for value in values), "each student's own values, always the same")
    pli.same(personal.fill("{who}@x {n} {else}", {"who": "a", "n": "1"}), "a@x 1 {else}", "values are filled in")
    files = {"a.c": "1", "x/server/a.c": "2", "server/b.c": "3", "deep/down/c.c": "4"}
    taken = submission.take(folder_of("taken", files), ["server/a.c", "server/b.c", "core/c.c"])
    pli.same([taken[name] for name in ("server/a.c", "server/b.c", "core/c.c")], [b"2", b"3", b"4"],
             "the file that is meant is found wherever it lies")
    for wanted, names in (("server/a.c", {"x/a.c": "", "y/a.c": ""}), ("server/a.c", {"b.c": ""})):
        try:
            submission.take(folder_of(f"unclear{len(names)}", names), [wanted])
            pli.ok(False, f"{list(names)} is unclear")
        except labs.Mistake as error:
            pli.ok("a.c" in str(error), f"{list(names)} is not what was asked for: {error}")


def result():
    verdicts = [Verdict("good", "It <works> & more", 2, PASSED), Verdict("bad", "It fails # here", 3, FAILED,
                                                                        "line 1\nline 2", True, "/tmp/x.pcapng"),
                Verdict("later", "It waits", 1, NOT_RUN, "It needs bad")]
    return Result("06-pop3", "POP3", "s1", "en", verdicts, "a note", True, 1.5)


# What the schema says of each element: attributes that must be there and how they look, those that may be; the order
# of its children, as a regular expression.
NUMBER, SECONDS, ANY = r"\d+", r"\d+\.\d+", r"(?s).*"
SCHEMA = {
    "testsuite": ({"name": r"\S.*", "timestamp": r"\d{4}(-\d\d){2}T\d\d(:\d\d){2}", "hostname": r"\S+",
                   "tests": NUMBER, "failures": NUMBER, "errors": NUMBER, "time": SECONDS}, {"skipped": NUMBER},
                  r"properties (testcase )*system-out system-err "),
    "properties": ({}, {}, r"(property )*"),
    "property": ({"name": r"\S+", "value": ANY}, {}, ""),
    "testcase": ({"name": r"\S.*", "classname": r"\S+", "time": SECONDS}, {}, r"((skipped|error|failure) )?"),
    "failure": ({"type": ANY}, {"message": ANY}, ""), "skipped": ({}, {"message": ANY, "type": ANY}, ""),
    "system-out": ({}, {}, ""), "system-err": ({}, {}, ""),
}


def against_schema(element, tag):
    """What an element and those below have that the schema has not, and the other way round."""
    needed, allowed, children = SCHEMA[tag]
    faults = [f"{tag}: {name} is missing" for name in needed if name not in element.keys()]
    for name, value in element.items():
        if re.fullmatch({**needed, **allowed}.get(name, "never"), value) is None:
            faults.append(f"{tag}: {name}={value!r}")
    found = "".join(child.tag + " " for child in element)
    if re.fullmatch(children, found) is None:
        return [*faults, f"{tag}: children {found}"]
    return faults + [fault for child in element for fault in against_schema(child, child.tag)]


def all_formats():
    value = result()
    scope = json.loads(formats.gradescope(value))
    pli.ok(set(scope) == {"score", "output", "output_format", "execution_time", "visibility", "stdout_visibility",
                          "extra_data", "tests"} and all(set(test) == {
                              "name", "number", "score", "max_score", "status", "output", "output_format", "tags",
                              "visibility", "extra_data"} for test in scope["tests"]) and scope["score"] == 2 and
           [test["status"] for test in scope["tests"]] == ["passed", "failed", "failed"], "Gradescope's keys", scope)
    last = json.loads(formats.autolab(value).rstrip("\n").rsplit("\n", 1)[-1])
    pli.same(last, {"scores": {"good": 2, "bad": 0, "later": 0}, "scoreboard": [2]}, "Autolab's last line")
    github = json.loads(base64.b64decode(formats.github(value)))
    pli.ok(set(github) == {"version", "status", "max_score", "tests"} and github["version"] == 1 and
           github["status"] == "fail" and github["max_score"] == 6 and all(
               set(test) == {"name", "status", "message", "test_code", "filename", "line_no", "score"} and
               test["status"] in ("pass", "fail", "error") for test in github["tests"]),
           "GitHub Classroom's keys", github)
    learn = json.loads(formats.prairielearn(value))
    pli.ok(set(learn) == {"gradable", "score", "message", "output", "tests"} and abs(learn["score"] - 1 / 3) < 1e-9 and
           all(set(test) == {"name", "description", "points", "max_points", "message", "output"}
               for test in learn["tests"]), "PrairieLearn's keys", learn)
    endless = [Verdict("good", "It", 2, NOT_RUN, "\u20ac" * 2000000)]
    refused = Result("06-pop3", "POP3", "s1", "en", endless, "No archive", False)
    written = formats.prairielearn(refused)
    learn = json.loads(written)
    pli.ok(learn["gradable"] is False and learn["format_errors"] == "No archive" and learn["score"] == 0,
           "what cannot be graded is told to PrairieLearn as such", written[:2000])
    pli.ok(100000 < len(written.encode()) <= 1000000 and learn["tests"][0]["output"].endswith(" ..."),
           "and never more than the megabyte that it takes", len(written.encode()))
    suite = tree.fromstring(formats.junit(value).split("\n", 1)[1])
    pli.ok(suite.get("tests") == "3" and suite.get("failures") == "1" and suite.get("skipped") == "1" and
           [case[0].tag for case in suite.findall("testcase") if len(case)] == ["failure", "skipped"], "JUnit",
           formats.junit(value))
    pli.same(against_schema(suite, "testsuite"), [], "JUnit: attributes and order as in the schema of Ant's task")
    lines = formats.tap(value).split("\n")
    pli.ok(lines[0] == "TAP version 13" and lines[1] == "1..3" and lines[2].startswith("ok 1 - good") and
           "not ok 2 - bad: It fails \\# here" in lines and "ok 3 - later: It waits # SKIP It needs bad" in lines,
           "TAP 13", lines)
    if pli.installed("prove"):
        pli.skip("prove reads the TAP", "prove is not installed")
    else:
        path = os.path.join(folder_of("tap", {"result.tap": formats.tap(value)}), "result.tap")
        _, output, errors = pli.run("prove", "--exec", "cat", path)
        pli.ok("Failed 1/3 subtests" in output + errors and "Failed test:  2" in output + errors and
               "Parse errors" not in output + errors, "prove reads the TAP", output, errors)
    lines = formats.vpl(value).splitlines()
    pli.ok(lines[0] == "<|--" and lines[-2:] == ["--|>", "Grade :=>> 2"] and ">line 2" in lines, "Moodle VPL", lines)
    pli.ok("2 of 6 points" in formats.text(value) and "line 2" in formats.text(value), "text", formats.text(value))


def grade(folder, *options):
    status, output, errors = pli.run(GRADE, FORGE, folder, "--format", "json", "--lang", "en", *options, timeout=200)
    assert status == 0, errors
    return json.loads(output)


def hidden(reference):
    """Of a hidden test that fails its author learns what to read, and nothing of what it says."""
    wrong = reference.replace('POP3_LIST, "%zd %llu", i + 1', 'POP3_LIST, "%zd %llu", i + 2')
    bad = folder_of("hidden", {"pop3d_maildrop.c": wrong})
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        plain, revealed = pool.map(lambda options: grade(bad, *options), ((), ("--reveal",)))
    found, shown = (result["tests"][1] for result in (plain, revealed))
    pli.ok(found["status"] == shown["status"] == "failed" and "RFC 1939 §5" in found["text"] and
           not any(part in found["text"] for part in ("LIST", "84", "rachida")),
           "a hidden test that fails shows what to read, and not its dialogue", found)
    pli.ok("C: LIST 1" in shown["text"] and "RFC 1939 §5" in shown["text"], "--reveal shows all", shown)


def grading():
    with open(SOURCE, encoding="utf-8") as file:
        reference = file.read()
    good = folder_of("reference", {"pop3d_maildrop.c": reference})
    found = grade(good)
    pli.ok(found["score"] == 2, "a good submission", found)
    bad = folder_of("mutant", {"pop3d_maildrop.c": reference.replace("count++;", "count += 2;")})
    recorded = "--interface" in pli.output_of(os.path.join(pli.BIN, "visualizer"), "--help")
    found = grade(bad, *(("--recordings", os.path.join(work, "recordings")) if recorded else ()))
    test = found["tests"][0]
    pli.ok(found["score"] == 0 and test["status"] == "failed" and found["tests"][1]["status"] == "not run" and
           all(part in test["text"] for part in ("+OK 2 ", "RFC 1939 §5", "TRANSACTION")),
           "a failed test shows what came instead, the state and the RFC section; what depends on it is not run", found)
    status, output, _ = pli.run(os.path.join(pli.BIN, "visualizer"), "--print", "exchanges", test["recording"])
    if not recorded:
        pli.skip("its recording opens in the visualizer", "this visualizer does not capture")
    else:
        pli.ok(status == 0 and "POP3" in output, "its recording opens in the visualizer", test["recording"], output)
        wrong = pli.output_of(os.path.join(pli.BIN, "visualizer"), "--print", "fields", "-Y",
                              f"frame.number == {test['packet']}", "-e", "pop.response.description", test["recording"])
        pli.same(wrong.strip(), "2 84", "and it names the packet in which the wrong answer is")
    hidden(reference)
    crash = grade(folder_of("crash", {"pop3d_maildrop.c": reference.replace("count++;", "abort();")}))["tests"][0]
    pli.ok("it ended by itself" in crash["text"] and "closed" in crash["text"],
           "a server that ends during a test is told of as such", crash)
    french = pli.output_of(GRADE, FORGE, bad, "--lang", "fr", timeout=200)
    pli.ok("0 sur 2 points" in french.replace("\u00a0", " ") and "échoué" in french, "and in French", french)
    own = os.path.join(work, "packets")
    shutil.copytree(FORGE, own)
    with open(os.path.join(own, "lab.conf"), "a", encoding="utf-8") as file:
        file.write("test: packets | 1 | Rules about packets | Règles sur les paquets | after stat\n")
    shutil.copyfile(os.path.join(FORGE, "tests", "stat.dialogue"), os.path.join(own, "tests", "packets.dialogue"))
    with open(os.path.join(own, "tests", "packets.dialogue"), "a", encoding="utf-8") as file:
        file.write('C: QUIT\nS: +OK*\nclosed\n'
                   'packets: before pop.request.command == "USER" -- pop.request.command == "STAT"\n')
    output = pli.output_of(GRADE, own, good, "--lang", "en", timeout=200)
    pli.ok("3 of 3 points" in output, "rules about packets are judged, too", output)
    broken = grade(folder_of("broken", {"pop3d_maildrop.c": "int main(void) { return x; }\n"}))
    pli.ok(broken["score"] == 0 and "does not compile" in broken["notes"] and "| " in broken["notes"],
           "what does not compile is shown", broken)
    unsafe = pli.run(GRADE, FORGE, good, "--unsafe", "--lang", "en", "--format", "json", timeout=200)
    pli.ok(json.loads(unsafe[1])["score"] == 2 and "Without the sandbox" in unsafe[2], "--unsafe works, and warns",
           *unsafe)
    return reference


def classroom(reference):
    folder = os.path.join(work, "class")
    for number in range(6):
        text = reference if number % 2 == 0 else starter.make(labs.read(FORGE))["server/pop3d_maildrop.c"]
        folder_of(f"class/s{number}", {"pop3d_maildrop.c": text})
    os.symlink("s0", os.path.join(folder, ".hidden"))
    with open(os.path.join(work, "roster.csv"), "w", encoding="utf-8") as file:
        file.write("username,idnumber,email\ns0,1000,s0@example.org\ns1,=1+1,s1@example.org\n")
    words = [os.path.join(pli.ROOT, "scripts", "grade-class"), FORGE, folder, "--jobs", "2", "--roster",
             os.path.join(work, "roster.csv"), "--lang", "en"]
    run = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    done = folder + ".results"

    def some():
        return os.path.isdir(done) and any(name.endswith(".json") for name in os.listdir(done))

    def times():
        return {name: os.stat(os.path.join(done, name)).st_mtime_ns for name in os.listdir(done)
                if name.endswith(".json")}
    pli.wait_until(lambda: some() or run.poll() is not None, 120)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    before = times()
    status, output, errors = pli.run(*words, timeout=400)
    after = times()
    pli.ok(status == 0 and 0 < len(before) and len(after) == 6 and all(after[name] == before[name] for name in before),
           "a class that was interrupted is taken up where it was", status, before, after, errors)
    with open(os.path.join(done, "grades.csv"), encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    pli.ok(rows[0] == ["username", "idnumber", "email", "forge", "forge feedback"] and
           [row[3] for row in rows[1:]] == ["2", "0"] * 3 and rows[1][1:3] == ["1000", "s0@example.org"] and
           rows[2][1] == "'=1+1", "the grades for Moodle", rows)
    with open(os.path.join(done, "report.svg"), encoding="utf-8") as file:
        drawing = tree.fromstring(file.read())
    drawn = "".join(drawing.itertext())
    bars = [element for element in drawing if element.tag.endswith("rect")]
    pli.ok("A hidden test" in drawn and "3 + 0" in drawn and "0 + 3" in drawn and len(bars) == 1 + 2 + 2 + 2,
           "and as a drawing", drawn, len(bars))
    pli.ok("STAT" in output and "6 submissions, 6 graded" in output, "the report", output)
    if pli.installed("sim_c"):
        pli.skip("copies are found", "similarity-tester is not installed")
    else:
        pli.ok("100 %  s2 pop3d_maildrop.c  <  s0 pop3d_maildrop.c" in output or
               "100 %  s0 pop3d_maildrop.c  <  s2 pop3d_maildrop.c" in output, "copies are found", output)


def handout():
    folder = os.path.join(work, "handout")
    pli.output_of(os.path.join(pli.ROOT, "scripts", "handout"), "06", "--output", folder, timeout=300)
    names = [os.path.join(place, name) for place, _, found in os.walk(folder) for name in found]
    pli.ok(not any("hidden" in name or "mutants" in name or name.endswith("bin/mailserver") for name in names),
           "a handout has no hidden test, no mutant, no reference", names)
    status, output, errors = pli.run("make", "-s", "-C", folder, "mailserver", timeout=300)
    pli.ok(status == 0 and not output and not errors, "the starter builds there, without a warning", output, errors)
    status, output, errors = pli.run("make", "-s", "-C", folder, "check", timeout=300)
    pli.ok(status == 0 and "0 of " in output, "make check plays the public tests", output, errors)
    shutil.copyfile(SOURCE, os.path.join(folder, "server", "pop3d_maildrop.c"))
    status, output, errors = pli.run("make", "-s", "-C", folder, "check", timeout=300)
    pli.ok(status == 0 and "0 failed, 0 not run" in output, "which the reference passes", output, errors)


build.prepare()
try:
    mistakes()
    both_languages()
    own_mistakes()
    parts()
    all_formats()
    if pli.installed("bwrap", "prlimit", "unshare"):
        pli.skip("submissions are run", "bubblewrap is not installed")
    else:
        text = grading()
        if pli.installed("parallel"):
            pli.skip("a class", "GNU parallel is not installed")
        else:
            classroom(text)
        handout()
finally:
    shutil.rmtree(work, ignore_errors=True)
pli.done()
