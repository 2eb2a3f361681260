#!/usr/bin/env python3
"""The slides: the decks keep their rules, build the same twice, and are presented in a terminal and in a browser.

What needs pandoc or Chromium is skipped without them (scripts/setup slides). ALL_SLIDES=1 builds and measures all
topics (make slides-test) instead of three.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.dom.minidom

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lib"), os.path.join(HERE, "..", "..", "slides")]
import browser as browsers  # noqa: E402
import deck as decks  # noqa: E402
import figure as figures  # noqa: E402
import letters  # noqa: E402
import pli  # noqa: E402
import terminal  # noqa: E402

ALL = bool(os.environ.get("ALL_SLIDES"))     # all topics, which takes a while; otherwise three

GOOD = "% Title\n\n## One\n\ntext\n\n::: notes\nwhat is said\n:::\n"
MISTAKES = (    # what is added to GOOD, and what is said about it
    ("\n<b>bold</b>\n", "raw HTML"),
    ("\n# Large\n", "a heading that is not ##"),
    ("\n### Small\n", "a heading that is not ##"),
    ("\n![](figures/models.svg)\n", "a figure stands alone"),
    ("\nsee ![models](figures/models.svg)\n", "a figure stands alone"),
    ("\n![cat](cat.png)\n", "a picture that is not"),
    ("\n[Play: letter]{.scene scene=letter} now\n", "a scene is a paragraph of its own"),
    ("\n## Two {minutes=long}\n", "only {minutes=N}"),
    ("\n::: notes\nnever closed\n", "not closed"),
    ("\n```\nnever closed\n", "not closed"),
    ("\n::: notes\n## Two\n", "the notes before it are not closed"),
)


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return path


def complaint(text, folder):
    try:
        decks.Deck(write(os.path.join(folder, "01-x.en.md"), text))
    except decks.Mistake as mistake:
        return str(mistake)
    return ""


def rules(folder):
    status, output, errors = pli.run(os.path.join(pli.ROOT, "scripts", "slides"), "--check")
    pli.ok(status == 0 and not output, "the decks keep the rules, and the languages are in step", output + errors)
    pli.same(complaint(GOOD, folder), "", "a deck that keeps them is read")
    wrong = [(added, said) for added, wanted in MISTAKES for said in [complaint(GOOD + added, folder)]
             if wanted not in said or not re.search(r"01-x\.en\.md:[0-9]+: ", said)]
    pli.same(wrong, [], "each mistake is told with its line")
    pli.same(complaint(GOOD + "\n`<b>` and\n\n```\n# code <i>\n```\n", folder), "", "what is code may be anything")
    found = decks.Deck(write(os.path.join(folder, "01-x.en.md"), GOOD + "\n## Two {minutes=3.5}\n\n- a\n"))
    pli.same([(slide.title, slide.minutes) for slide in found.slides], [("One", 2.0), ("Two", 3.5)],
             "titles and minutes are known")
    pli.same(found.slides[0].notes, ["what is said"], "notes are no part of the slide")
    write(os.path.join(folder, "01-x.fr.md"), GOOD)
    write(os.path.join(folder, "02-y.fr.md"), GOOD)
    said = list(decks.steps(folder))
    pli.ok(len(said) == 2 and "02-y" in said[0] and "2 slides in English, 1 in French" in said[1],
           "languages out of step are told", said)
    lost = decks.Deck(write(os.path.join(folder, "03-z.en.md"), GOOD + "\n![no](figures/no-such.svg)\n\n"
                            "[Play: no]{.scene scene=no-such}\n"))
    pli.same(len(list(decks.references(lost, decks.figures()))), 2, "a figure and a scene that nobody has are told")
    for row in ("a | ladder | /etc/passwd |", "a | ladder | labs/recordings/../x |", "a | poem | |",
                "a | machine | ftp |", "a | ladder | labs/recordings/letter.pcapng | 0", "a | ladder"):
        try:
            decks.figures(write(os.path.join(folder, "figures"), row + "\n"))
            pli.ok(False, f"the row {row!r} is refused")
        except decks.Mistake as mistake:
            pli.ok("figures:1: " in str(mistake), f"the row {row!r} is refused", mistake)


def drawings(folder):
    """One of each kind; or every row."""
    rows = list(decks.figures().values())
    if not ALL:
        rows = list({row.kind: row for row in rows}.values())
    wrong = []
    for row in rows:
        path = os.path.join(folder, row.name)
        figures.draw(row, "fr" if row.kind == "models" else "en", path)
        drawn = xml.dom.minidom.parse(path + ".svg").getElementsByTagName("text")
        with open(path + ".txt", encoding="utf-8") as file:
            if len(drawn) < 4 or len(file.read().split("\n")) < 3:
                wrong.append(row.name)
    pli.same(wrong, [], f"{len(rows)} figures are drawn, and say something in letters too")


def in_letters():
    for language in decks.LANGUAGES:
        status, output, errors = pli.run(os.path.join(pli.ROOT, "scripts", "present"), "--lang", language, "--print",
                                         "mail-server", "smtp", "pop-and-imap")
        lines = output.split("\n")
        titles = [decks.typeset(slide.title, language) for deck in decks.decks(
            language, ["mail-server", "smtp", "pop-and-imap"]) for slide in deck.slides]
        plain = re.sub(r"[`*]", "", "\n".join(titles)).split("\n")
        pli.ok(status == 0 and all(any(title[:60] in line for line in lines) for title in plain),
               f"every slide is printed ({language})", errors or [title for title in plain if title not in lines])
        pli.same([line for line in lines if letters.width(line) > 80], [], "in at most 80 columns")
    page = letters.Page(30, "en", lambda alt, name: [[("", name)]])
    hostile = page.lines(["a \033]0;x\007 **b\x9b31m**", "", "| a | b |", "|---|", "| c | d | e |", "",
                          "- " + "x" * 90])
    text = "\n".join(letters.paint(line, False) for line in hostile)
    pli.ok(not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", text), "no control character of a file reaches the terminal")
    pli.ok(max(letters.width(line) for line in text.split("\n")) <= 30, "what is too long is cut", text)
    status, _, errors = pli.run(os.path.join(pli.ROOT, "scripts", "present"), "no-such-topic")
    pli.ok(status == 1 and "no-such-topic" in errors and "08-smtp" in errors, "an unknown topic is told", errors)
    pli.same(pli.run(os.path.join(pli.ROOT, "scripts", "present"), "--bogus")[0], 2, "an unknown option is wrong usage")


def in_a_terminal():
    if not terminal.available():
        pli.skip("the presenter", "tmux is not installed")
        return
    command = [os.path.join(pli.ROOT, "scripts", "present"), "--rehearse", "smtp"]
    bin_folder = {"BIN": os.environ.get("BIN", "bin")}
    total = len(decks.decks("en", ["smtp"])[0].slides)
    scene = next(i for i, slide in enumerate(decks.decks("en", ["smtp"])[0].slides, 1) if slide.scenes)
    with terminal.Terminal(command, 100, 40, bin_folder, f"1/{total}") as screen:
        pli.ok("┃" in screen.text() and "talk 0:0" in screen.text(), "a rehearsal shows notes and time", screen.text())
        screen.keys("Right", "Right")
        pli.ok(f"3/{total}" in screen.wait(f"3/{total}"), "the arrows step")
        screen.keys("L")
        pli.ok("SMTP : " in screen.wait("exposé").replace("\u00a0", " "), "L changes the language", screen.text())
        screen.keys("L", "n")
        pli.ok("┃" not in screen.wait(lambda text: "┃" not in text), "n hides the notes")
        screen.keys("?")
        pli.ok("play the slide's scene" in screen.wait("Keys").replace("’", "'"), "? shows the keys", screen.text())
        screen.keys("x", "o", "End")
        pli.ok(f"▸{total:4}  " in screen.wait(f"▸{total:4}"), "the overview lists the slides", screen.text())
        screen.keys("Enter")
        screen.wait(f"{total}/{total}")
        screen.keys("Home", *["Right"] * (scene - 1))
        screen.wait(f"{scene}/{total}")
        screen.keys("P")
        screen.wait("packets ·")
        pli.ok(True, "P opens the recording of the scene")
        screen.keys("q")
        screen.wait(f"{scene}/{total}")
        screen.resize(80, 24)
        screen.wait(f"{scene}/{total}")
        pli.ok(max(letters.width(line) for line in screen.lines()) <= 80, "it follows the size of the terminal")
        screen.keys("q")
        pli.same(screen.ended(), 0, "q ends it")
        pli.ok("together" in screen.output().decode(errors="replace"), "with a table of the times")


def build(out, *words):
    return pli.run(os.path.join(pli.ROOT, "scripts", "slides"), "--no-pdf", "--out", out, *words,
                   timeout=600 if ALL else 120)


def links(folder):
    """Of every page: what is linked and not there."""
    lost = []
    for path in glob.glob(os.path.join(folder, "**", "*.html"), recursive=True):
        with open(path, encoding="utf-8") as file:
            page = file.read()
        targets = re.findall(r'(?:href|src)="([^"#]+)"', page) + re.findall(r'data-(?:next|previous)="([^"]+)"', page)
        for target in targets:
            if not target.startswith(("data:", "https://", "http://", "mailto:")) and \
                    not os.path.exists(os.path.join(os.path.dirname(path), target)):
                lost.append(f"{os.path.basename(path)}: {target}")
        if re.search(r'src="(?!data:)', page) or "default-src 'none'" not in page:
            lost.append(f"{os.path.basename(path)}: asks something of a network")
    return lost


def pages(folder):
    one, two = os.path.join(folder, "one"), os.path.join(folder, "two")
    some = () if ALL else ("roles", "smtp", "pop3")
    status, _, errors = build(one, *some)
    pli.ok(status == 0, "the pages are built", errors)
    pli.same(links(one), [], "every link and figure is there, and nothing is asked of a network")
    status, _, errors = build(two, "--lang", "fr", "smtp", "roles")
    again = sorted(glob.glob(os.path.join(two, "fr", "**", "*.*"), recursive=True))
    mine = [path for path in again if os.path.basename(path) not in ("deck.html", "index.html", "03-roles.html",
                                                                      "08-smtp.html")]
    different = [path for path in mine if subprocess.run(
        ["cmp", "-s", path, os.path.join(one, os.path.relpath(path, two))], check=False).returncode]
    pli.ok(status == 0 and len(mine) > 4 and not different, "built again, figures and scenes are the same",
           errors, different)
    shutil.move(two, two + "-before")
    build(two, "--lang", "fr", "smtp", "roles")
    pli.same(pli.run("diff", "-r", two, two + "-before")[1], "", "and so is every page")
    for language in decks.LANGUAGES:
        with open(os.path.join(one, language, "deck.html"), encoding="utf-8") as file:
            page = file.read()
        slides = sum(len(deck.slides) + 1 for deck in decks.decks(language, some))
        pli.same(page.count('<section class="slide'), slides, f"all {slides} slides are in the whole deck ({language})")


# What of each slide runs out of it, or is too small: letters of less than 22 pixels, figures of less than 45 %.
MEASURE = """return slides.map((slide, i) => {
    const wrong = [], boxes = [slide, ...slide.querySelectorAll('.column, pre, table')];
    if (boxes.some(b => b.scrollWidth > b.clientWidth + 1 || b.getBoundingClientRect().right >
        slide.getBoundingClientRect().right + 1)) wrong.push('too wide');
    if (boxes.some(b => b.scrollHeight > b.clientHeight + 1 && b.tagName !== 'TABLE')) wrong.push('too high');
    const foot = slide.querySelector('.foot').offsetTop;
    for (const child of slide.children)
        if (!child.matches('.foot, .notes') && child.offsetTop + child.offsetHeight > foot + 1)
            wrong.push('under the foot');
    if (parseFloat(getComputedStyle(slide).fontSize) < 22) wrong.push('small letters');
    for (const img of slide.querySelectorAll('img')) {
        const scale = Math.min(img.clientWidth / img.naturalWidth, img.clientHeight / img.naturalHeight);
        if (scale < 0.45) wrong.push(`a figure at ${Math.round(scale * 100)} %`);
    }
    return wrong.length ? `${i + 1} ${slide.dataset.title}: ${wrong.join(', ')}` : null;
}).filter(text => text)"""


def in_a_browser(folder):
    if not browsers.available():
        pli.skip("the pages in a browser", "chromedriver is not installed")
        return
    browser = browsers.Browser(folder)
    try:
        browser.size(1280, 720)
        for language in decks.LANGUAGES:
            browser.open(f"file://{folder}/one/{language}/deck.html")
            pli.same(browser.script(MEASURE), [], f"no slide runs over at 1280x720 ({language})")
        browser.open(f"file://{folder}/one/en/08-smtp.html")
        keys(browser)
    finally:
        browser.end()


def keys(browser):
    now = "return now"
    pli.same(browser.script(now), 0, "a topic begins with its title")
    browser.press(browsers.RIGHT)
    browser.press(" ")
    pli.same(browser.script(now), 2, "arrow and space go on")
    browser.press(browsers.LEFT)
    pli.same(browser.script(now), 1, "and back")
    pli.same(browser.script("return location.hash"), "#2", "the address tells the slide")
    seen = "return slides.filter(s => getComputedStyle(s).visibility === 'visible').length"
    pli.same(browser.script(seen), 1, "one slide is seen")
    browser.press("o")
    pli.ok(browser.script(seen) > 5, "o shows them all")
    browser.press(browsers.RIGHT)
    browser.press("o")
    pli.ok(browser.script(seen) == 1 and browser.script(now) == 2, "and o goes to the chosen one")
    browser.press("n")
    notes = "const n = document.getElementById('notes'); return [n.offsetHeight, n.textContent.trim()]"
    height, text = browser.script(notes)
    pli.ok(height > 100 and "labs/recordings" in text, "n shows the notes", text)
    browser.press("n")
    browser.press("s")
    pli.ok(pli.wait_until(lambda: len(browser.windows()) == 2), "s opens a window for the speaker")
    first, desk = browser.windows()
    browser.switch(desk)
    title = browser.script("return document.getElementById('here').textContent")
    pli.ok(title.startswith("3/") and "labs/recordings" in browser.script("return document.body.textContent"),
           "with the notes of the slide", title)
    browser.press(browsers.RIGHT)
    pli.ok(browser.script("return document.getElementById('here').textContent").startswith("4/"),
           "whose keys move the slides")
    browser.switch(first)
    pli.same(browser.script(now), 3, "in the other window")
    browser.press(browsers.END)
    browser.press(browsers.RIGHT)
    pli.ok(pli.wait_until(lambda: "/09-" in browser.script("return location.href")),
           "after the last comes the next topic")
    browser.press(browsers.LEFT)
    pli.ok(pli.wait_until(lambda: "/08-smtp" in browser.script("return location.href") and browser.script(
        "return now === slides.length - 1")), "and before it, the last slide of the one before")


def main():
    for part in (rules, drawings):
        with tempfile.TemporaryDirectory() as folder:
            part(folder)
    in_letters()
    in_a_terminal()
    folder = tempfile.mkdtemp()
    try:
        if shutil.which("pandoc"):
            pages(folder)
            in_a_browser(folder)
        else:
            pli.skip("the pages", "pandoc is not installed")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    pli.done()


main()
