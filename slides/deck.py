"""The decks: reads slides/NN-topic.LANGUAGE.md and slides/figures, for the builder, the presenter and the tests.

A deck is Pandoc's Markdown with a few rules of its own (slides/README.md).
What breaks a rule is reported as a Mistake with file and line.
"""
import os
import re

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
SLIDES = os.path.join(ROOT, "slides")
RECORDED = os.path.join(ROOT, "labs", "recordings", "scenes")
LANGUAGES = ("en", "fr")
MINUTES = 2.0   # of a slide that does not say

NAME = r"[a-z0-9][a-z0-9-]*"
FILE = re.compile(rf"^([0-9]{{2}}-{NAME})\.(en|fr)\.md$")
FIGURE = re.compile(rf"!\[([^\]]*)\]\(figures/({NAME})\.svg\)")
SCENE = re.compile(rf"\[([^\]]*)\]\{{\.scene scene=({NAME})\}}")
KINDS = {   # kind: what its source is, what its options are
    "ladder": ("recording", r"([1-9][0-9]*(-[1-9][0-9]*)?)?"),
    "encapsulation": ("recording", r"[1-9][0-9]*"),
    "machine": (("smtp", "pop3", "imap"), ""),
    "models": ("", ""),
    "layers": ("recording", r"([1-9][0-9]*(-[1-9][0-9]*)?)?"),
    "roles": ("recording", ""),
}


class Mistake(Exception):
    pass


def language_of(environment=os.environ):
    """As the programs choose it."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return "fr" if environment[name].startswith("fr") else "en"
    return "en"


class Slide:
    def __init__(self, title, line, minutes=MINUTES):
        self.title, self.line, self.minutes = title, line, minutes
        self.lines, self.notes = [], []     # of Markdown

    @property
    def figures(self):
        return [name for line in self.lines for _, name in FIGURE.findall(line)]

    @property
    def scenes(self):
        return [name for line in self.lines for _, name in SCENE.findall(line)]


class Deck:
    def __init__(self, path):
        self.path = path
        found = FILE.match(os.path.basename(path))
        if not found:
            raise Mistake(f"{path}: the name is not NN-topic.en.md or NN-topic.fr.md")
        self.topic, self.language = found.groups()
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        self.slides = []
        self._read(self.text.split("\n"))

    def _wrong(self, line, what):
        raise Mistake(f"{os.path.relpath(self.path, ROOT)}:{line}: {what}")

    def _read(self, lines):
        if not lines[0].startswith("% ") or not lines[0][2:].strip():
            self._wrong(1, "the first line is not % Title")
        self.title = lines[0][2:].strip()
        fenced, notes = None, None      # the fence of code that is open; the line where notes began
        for number, line in enumerate(lines[1:], 2):
            fence = re.match(r"\s*(`{3,}|~{3,})", line)
            if fence and (fenced is None or line.strip().startswith(fenced)):
                fenced = fence.group(1) if fenced is None else None
            elif fenced is None and line.startswith("## "):
                if notes:
                    self._wrong(number, "the notes before it are not closed")
                self.slides.append(self._slide(number, line[3:]))
                continue
            elif fenced is None:
                self._judge(number, line)
            if not self.slides:
                if line.strip():
                    self._wrong(number, "text before the first slide")
            elif fenced is None and notes is None and re.match(r":::+ *(\{\.notes\}|notes) *$", line):
                notes = number
            elif fenced is None and notes and re.match(r":::+ *$", line):
                notes = None
            else:
                (self.slides[-1].notes if notes else self.slides[-1].lines).append(line)
        if notes or fenced:
            self._wrong(len(lines), "something is not closed: notes or code")
        if not self.slides:
            self._wrong(len(lines), "there is no slide")

    def _slide(self, number, title):
        minutes = MINUTES
        found = re.match(r"^(.*\S)\s*\{([^}]*)\}\s*$", title)
        if found:
            title = found.group(1)
            said = re.match(r"^minutes=([0-9]+(?:\.[0-9]+)?)$", found.group(2).strip())
            if not said:
                self._wrong(number, "behind the title only {minutes=N} is known")
            minutes = float(said.group(1))
        return Slide(title.strip(), number, minutes)

    def _judge(self, number, line):
        """What else is not allowed; code within the line does not count."""
        line = re.sub(r"(`+).+?\1", "", line)
        if re.match(r"#($|[^#])|###", line):
            self._wrong(number, "a heading that is not ##")
        if re.search(r"</?[A-Za-z][A-Za-z0-9]*(\s[^>]*)?/?>|<!--", line):
            self._wrong(number, "raw HTML")
        rest = FIGURE.sub("", line)
        if "![" in rest:
            self._wrong(number, "a picture that is not ![alt](figures/NAME.svg)")
        if FIGURE.search(line) and (rest.strip() or not FIGURE.search(line).group(1).strip()):
            self._wrong(number, "a figure stands alone in its paragraph, with a text for those who do not see it")
        if ".scene" in SCENE.sub("", line) or SCENE.search(line) and SCENE.sub("", line).strip():
            self._wrong(number, "a scene is a paragraph of its own: [Play: NAME]{.scene scene=NAME}")


def decks(language, topics=(), folder=SLIDES):
    """In order. A topic may be named without its number."""
    names = sorted(name for name in os.listdir(folder) if FILE.match(name) and FILE.match(name).group(2) == language)
    found = [Deck(os.path.join(folder, name)) for name in names]
    if not topics:
        return found
    wanted = [deck for deck in found if deck.topic in topics or deck.topic[3:] in topics]
    known = {deck.topic for deck in wanted} | {deck.topic[3:] for deck in wanted}
    for topic in topics:
        if topic not in known:
            raise Mistake(f"{topic}: " + {"en": "there is no such topic; there are ",
                                          "fr": "il n'y a pas de tel sujet ; il y a "}[language_of()] +
                          ", ".join(deck.topic for deck in found))
    return wanted


class Figure:
    def __init__(self, name, kind, source, options, line):
        self.name, self.kind, self.source, self.options, self.line = name, kind, source, options, line


def figures(path=os.path.join(SLIDES, "figures")):
    """The table, by name."""
    rows = {}
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if not line.strip() or line.startswith("#"):
                continue
            cells = [cell.strip() for cell in line.split("|")]
            where = f"{os.path.relpath(path, ROOT)}:{number}"
            if len(cells) != 4:
                raise Mistake(f"{where}: a row is NAME | kind | source | options")
            row = Figure(*cells, number)
            if not re.fullmatch(NAME, row.name) or row.name in rows:
                raise Mistake(f"{where}: {row.name!r} is no name, or is there twice")
            if row.kind not in KINDS:
                raise Mistake(f"{where}: no kind {row.kind!r}; there are {', '.join(KINDS)}")
            source, options = KINDS[row.kind]
            if source == "recording":
                if not re.match(r"(labs|tests)/recordings/", row.source) or ".." in row.source or \
                        not os.path.isfile(os.path.join(ROOT, row.source)):
                    raise Mistake(f"{where}: {row.source!r} is not a recording of the kit")
            elif row.source not in (source if isinstance(source, tuple) else (source,)):
                raise Mistake(f"{where}: the source {row.source!r} does not fit {row.kind}")
            if not re.fullmatch(options, row.options):
                raise Mistake(f"{where}: the options {row.options!r} do not fit {row.kind}")
            rows[row.name] = row
    return rows


def scenes():
    """Names of the scenes that there are."""
    folder = os.path.join(ROOT, "labs", "scenes")
    return sorted(name[:-6] for name in os.listdir(folder) if name.endswith(".scene"))


def recorded(name):
    """Is the scene there for rooms without a lab?"""
    return all(os.path.isfile(os.path.join(RECORDED, f"{name}.{kind}")) for kind in ("pcapng", "en.txt", "fr.txt"))


def references(deck, table):
    """What the deck names and nobody has: texts with file and line."""
    known = set(scenes())
    for slide in deck.slides:
        where = f"{os.path.relpath(deck.path, ROOT)}:{slide.line}"
        yield from (f"{where}: slides/figures has no {name}" for name in slide.figures if name not in table)
        yield from (f"{where}: there is no scene {name}" for name in slide.scenes if name not in known)


def unrecorded(deck):
    """Its scenes that cannot be had without a lab: texts with file and line. The pages name them without a link."""
    for slide in deck.slides:
        yield from (f"{os.path.relpath(deck.path, ROOT)}:{slide.line}: the scene {name} is not recorded: "
                    f"scripts/recordings {name}" for name in slide.scenes if not recorded(name))


def steps(folder=SLIDES):
    """Where the two languages are out of step: texts that name both files."""
    english, french = (decks(language, folder=folder) for language in LANGUAGES)
    names = [{deck.topic for deck in some} for some in (english, french)]
    yield from (f"slides/{topic}: in one language only" for topic in sorted(names[0] ^ names[1]))
    others = {deck.topic: deck for deck in french}
    for deck in english:
        other = others.get(deck.topic)
        if other is None:
            continue
        if len(deck.slides) != len(other.slides):
            yield f"slides/{deck.topic}: {len(deck.slides)} slides in English, {len(other.slides)} in French"
            continue
        for one, two in zip(deck.slides, other.slides):
            if (one.figures, one.scenes, one.minutes) != (two.figures, two.scenes, two.minutes):
                yield f"slides/{deck.topic}: line {one.line} in English and {two.line} in French: other figures, " \
                      "scenes or minutes"


def typeset(text, language):
    """Typed plainly, set well: in French the no-break spaces, in English the quotes; in both apostrophes, and what
    is to stay in one line."""
    text = re.sub(r"(?<=\w)'(?=\w)", "\u2019", text)
    text = re.sub(r"\b(RFC) (?=[0-9])| (?=§)", lambda found: (found.group(1) or "") + "\u00a0", text)
    if language == "en":
        text = re.sub(r'(?<![\w"])"([^"\n]+)"(?!\w)', "\u201c\\1\u201d", text)
    else:
        text = re.sub(r" ([;!?»])", "\u202f\\1", text)
        text = text.replace(" :", "\u00a0:").replace("« ", "«\u202f")
    return text
