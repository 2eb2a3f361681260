"""The class report as a drawing (SVG): which tests fail most, and how many points how often.

Bars stand beside each other in one scale each, with their numbers written out,
so the drawing can be read without colours, too.
"""
import re
import xml.etree.ElementTree as tree

from result import FAILED, NOT_RUN, PASSED
from texts import _

WIDTH, MARGIN, ROW, LABEL, TITLE = 900, 16, 20, 360, 44    # pixels
COLOURS = {FAILED: "#b3261e", NOT_RUN: "#d9a441", PASSED: "#3f7d4e"}
FONT = "font-family:sans-serif;font-size:12px"


def _element(parent, name, text=None, **attributes):
    element = tree.SubElement(parent, name, {key.replace("_", "-"): str(value) for key, value in attributes.items()})
    element.text = text
    return element


def _bar(parent, x, y, width, colour):
    if width > 0:
        _element(parent, "rect", x=round(x, 1), y=y + 3, width=round(width, 1), height=ROW - 6, fill=colour)


def _heading(parent, y, text):
    _element(parent, "text", text, x=MARGIN, y=y + 14, style="font-size:14px;font-weight:bold")
    return y + ROW + 6


def _short(title, most=54):
    """A title that fits; what differs from student to student is left open."""
    text = re.sub(r"\{\w+\}", "…", title)
    return text if len(text) <= most else text[:most - 1] + "…"


def _legend(parent, y):
    x = LABEL
    for status, name in ((FAILED, _("failed")), (NOT_RUN, _("not run"))):
        _bar(parent, x, y, 14, COLOURS[status])
        _element(parent, "text", name, x=x + 20, y=y + 14)
        x += 110
    return y + ROW


def _tests(parent, y, lab, graded, language):
    """A bar for each test: those who failed it, then those of whom it was not run."""
    y = _legend(parent, _heading(parent, y, _("How many failed each test:")))
    room = WIDTH - LABEL - MARGIN - 70
    for test in lab.tests:
        states = [found["status"] for result in graded for found in result["tests"] if found["name"] == test.name]
        failed, skipped = states.count(FAILED), states.count(NOT_RUN)
        wide = room * failed / len(graded)
        _element(parent, "text", _short(test.titles[language]), x=LABEL - 8, y=y + 14, text_anchor="end")
        _bar(parent, LABEL, y, wide, COLOURS[FAILED])
        _bar(parent, LABEL + wide, y, room * skipped / len(graded), COLOURS[NOT_RUN])
        end = LABEL + room * (failed + skipped) / len(graded)
        _element(parent, "text", f"{failed} + {skipped}", x=round(end + 6, 1), y=y + 14)
        y += ROW
    return y + ROW


def _points(parent, y, lab, graded):
    """A bar for each number of points, also for those that nobody has."""
    y = _heading(parent, y, _("How many points how often:"))
    scores = [result["score"] for result in graded]
    most = max(scores.count(score) for score in scores)
    room = WIDTH - LABEL - MARGIN - 70
    for score in range(lab.points, -1, -1):
        count = scores.count(score)
        _element(parent, "text", str(score), x=LABEL - 8, y=y + 14, text_anchor="end")
        _bar(parent, LABEL, y, room * count / most, COLOURS[PASSED])
        if count:
            _element(parent, "text", str(count), x=round(LABEL + room * count / most + 6, 1), y=y + 14)
        y += ROW
    return y


def draw(lab, graded, language):
    """The drawing as text. graded: internal results (formats.internal), at least one."""
    root = tree.Element("svg", xmlns="http://www.w3.org/2000/svg", style=FONT, lang=language)
    _element(root, "title", lab.title(language))
    ground = _element(root, "rect", x=0, y=0, width=WIDTH, fill="white")
    _element(root, "text", lab.title(language), x=MARGIN, y=26, style="font-size:17px;font-weight:bold")
    height = _points(root, _tests(root, TITLE, lab, graded, language), lab, graded) + MARGIN
    ground.set("height", str(height))
    root.set("viewBox", f"0 0 {WIDTH} {height}")
    root.set("width", str(WIDTH))
    root.set("height", str(height))
    tree.indent(root)
    return tree.tostring(root, encoding="unicode") + "\n"
