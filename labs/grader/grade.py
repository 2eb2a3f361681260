"""scripts/grade: one submission to one lab, and a result that can be trusted."""
import errno
import os
import shutil
import sys
import tempfile
import time

import build
import command
import formats
import judge
import lab as labs
import observe
import personal
import sandbox
import submission
import texts
from lab import LabMistake, Mistake
from recorder import Recorder
from result import NOT_RUN, Result, Verdict
from texts import _


def _arguments():
    parser = command.Parser("grade", _(
        "Grades a submission: builds and runs it in a sandbox, judges it from outside, and says what to learn."))
    parser.add_argument("lab", help=_("name, number or folder of the lab"))
    parser.add_argument("submission", help=_("folder or archive (zip, tar) that was handed in"))
    parser.add_argument("--student", metavar="ID", help=_("whose it is: some labs ask each student something else"))
    parser.add_argument("--hidden", metavar="DIR", help=_("where the hidden tests are; default: hidden/ of the lab"))
    parser.add_argument("--lang", choices=("en", "fr"), help=_("language of the feedback"))
    parser.add_argument("--format", choices=sorted(formats.FORMATS), default="text", metavar="FORMAT",
                        help=_("of the result: %s") % ", ".join(formats.FORMATS))
    parser.add_argument("--output", metavar="FILE", help=_("where the result goes; default: standard output"))
    parser.add_argument("--recordings", metavar="DIR", help=_("keep a recording of each failed test there"))
    parser.add_argument("--reveal", action="store_true",
                        help=_("for teachers: show the dialogues of hidden tests that failed, too"))
    parser.add_argument("--unsafe", action="store_true", help=_("without the sandbox: only for code that you trust"))
    return parser.parse_args()


def _nothing_run(lab, language, values, why):
    return [Verdict(test.name, personal.fill(test.titles[language], values), test.points, NOT_RUN, why, test.hidden,
                    path=test.path) for test in lab.tests]


def _check_folders(arguments):
    """A Mistake for what could not be read or written: before the work, not after it."""
    output = arguments.output and (os.path.dirname(arguments.output) or ".")
    for path in filter(None, (arguments.hidden, output)):
        if not os.path.isdir(path):
            raise Mistake(f"{path}: {os.strerror(errno.ENOTDIR if os.path.exists(path) else errno.ENOENT)}")


def _grade(lab, arguments, language, work, safe):
    values = personal.of(lab, arguments.student)
    result = Result(lab.name, lab.title(language), arguments.student or "", language)
    try:
        files = submission.take(arguments.submission, lab.settings.get("file", []))
        if lab.settings["kind"] == "observe":
            observe.verify(lab, values, work)
            result.verdicts = observe.tests(lab, files, work, language, values, safe)
        else:
            program, said = build.program(lab, files, work, safe)
            if said.strip():
                result.notes = _("The compiler warns:") + "\n" + texts.quoted(said)
            recorder = Recorder(arguments.recordings, work) if arguments.recordings and safe else None
            shown = arguments.reveal or lab.settings.get("show-hidden") == "yes"
            result.verdicts = judge.Judge(lab, program, work, language, values, recorder, safe, shown).tests()
    except submission.Refused as error:
        result.valid = False
        result.notes = str(error)
        result.verdicts = _nothing_run(lab, language, values, _("The submission could not be graded."))
    except build.Failed as error:
        result.notes = str(error)
        result.verdicts = _nothing_run(lab, language, values, _("The submission does not build."))
    return result


def _write(text, path):
    if path is None:
        sys.stdout.write(text)
        return
    unfinished = f"{path}.{os.getpid()}"
    with open(unfinished, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(unfinished, path)


def main():
    language = command.language()
    arguments = _arguments()
    work = None
    try:
        _check_folders(arguments)
        lab = labs.read(arguments.lab, arguments.hidden)
        if not build.is_ready(lab):   # the first grading in a fresh tree
            build.prepare()
        inside = sandbox.refuse_or_enter(arguments.unsafe)
        work = tempfile.mkdtemp(dir=inside)
        begun = time.monotonic()
        result = _grade(lab, arguments, language, work, inside is not None)
        result.seconds = time.monotonic() - begun
        _write(formats.FORMATS[arguments.format](result), arguments.output)
        return 0
    except LabMistake as error:
        sys.stderr.write(_("grade: the lab itself is wrong, nothing was graded: {}").format(error) + "\n")
        return 2
    except (Mistake, OSError) as error:
        sys.stderr.write(f"grade: {command.said(error)}\n")
        return 1
    finally:
        if work:
            shutil.rmtree(work, ignore_errors=True)
