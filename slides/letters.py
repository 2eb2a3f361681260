"""A slide's Markdown as lines for a terminal: what slides/README.md allows, and nothing else.

A line is a list of (style, text); styles are words of paint(). Widths are
columns: wide characters count two, marks none.
"""
import re
import unicodedata

import deck as decks

CODES = {"bold": "1", "dim": "2", "code": "36", "title": "1;34", "scene": "1;32", "emphasis": "3", "link": "4",
         "warn": "1;33", "": ""}
TOKEN = re.compile(r"(?P<code>(`+)(?!`)(.+?)(?<!`)\2(?!`))|\*\*(?P<bold>.+?)\*\*|"
                   r"\*(?P<emphasis>[^*\s](?:.*?[^*\s])?)\*|"
                   r"\[(?P<text>[^\]]+)\]\((?P<target>[^)]+)\)|<(?P<auto>https?://[^>]+)>|\\(?P<escaped>[^\w\s])")


def width(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def paint(line, colours):
    """One line of styled pieces as what the terminal gets."""
    if not colours:
        return "".join(text for _, text in line)
    return "".join(f"\033[{CODES[style]}m{text}\033[0m" if style else text for style, text in line)


def plain(text):
    """Nothing of a file reaches the terminal as a control character."""
    return "".join(c if c >= " " and c != "\x7f" and not "\x80" <= c <= "\x9f" else "\ufffd" for c in text)


def pieces(text, language, style=""):
    """The marks within a paragraph."""
    out, at = [], 0

    def add(raw):
        if raw:
            out.append((style, decks.typeset(raw, language)))
    for found in TOKEN.finditer(text):
        add(text[at:found.start()])
        at = found.end()
        if found.group("code"):
            out.append(("code", found.group(3).strip() or found.group(3)))
        elif found.group("bold"):
            out += pieces(found.group("bold"), language, "bold")
        elif found.group("emphasis"):
            out += pieces(found.group("emphasis"), language, "emphasis")
        elif found.group("text"):
            out += pieces(found.group("text"), language, "link")
            if found.group("target") != found.group("text"):
                out.append(("dim", f" ({found.group('target')})"))
        else:
            out.append(("link" if found.group("auto") else style, found.group("auto") or found.group("escaped")))
    add(text[at:])
    return out


def wrap(marked, columns, first="", later=None):
    """Lines of at most so many columns; words longer than a line are cut."""
    later = first if later is None else later
    lines, line, used = [], [("", first)], width(first)
    fresh = True

    def end():
        nonlocal line, used, fresh
        lines.append(line)
        line, used, fresh = [("", later)], width(later), True
    for style, text in marked:
        for word in re.findall(r"[ \n]+|[^ \n]+", text):
            if word.isspace():
                if not fresh:
                    line.append((style if style == "code" else "", " "))
                    used += 1
                continue
            while used + width(word) > columns:
                if not fresh:
                    while line and line[-1][1] == " ":
                        line.pop()
                    end()
                    continue
                room = max(1, columns - used)
                line.append((style, word[:room]))
                word = word[room:]
                end()
            if word:
                line.append((style, word))
                used += width(word)
                fresh = False
    if not fresh or not lines:
        lines.append(line)
    return lines


def _cells(line):
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def _table(rows, columns, language):
    """Columns as wide as their widest cell, or shares of what there is; a rule below the head."""
    cells = [_cells(row) for row in rows if not re.fullmatch(r"[\s|:\-]+", row)]
    count = max(len(row) for row in cells)
    cells = [row + [""] * (count - len(row)) for row in cells]
    marked = [[pieces(cell, language, "bold" if i == 0 else "") for cell in row] for i, row in enumerate(cells)]
    natural = [max(3, max(sum(width(text) for _, text in row[i]) for row in marked)) for i in range(count)]
    room = max(count * 4, columns - 2 * (count - 1))
    while sum(natural) > room:
        natural[natural.index(max(natural))] -= 1
    lines = []
    for number, row in enumerate(marked):
        wrapped = [wrap(cell, natural[i]) for i, cell in enumerate(row)]
        for k in range(max(len(cell) for cell in wrapped)):
            line = []
            for i, cell in enumerate(wrapped):
                part = cell[k] if k < len(cell) else []
                line += part + [("", " " * (natural[i] - sum(width(text) for _, text in part) + 2))]
            lines.append(line)
        if number == 0:
            lines.append([("dim", "─" * min(columns, sum(natural) + 2 * (count - 1)))])
    return lines


def _beside(left, right, columns):
    lines = []
    for k in range(max(len(left), len(right))):
        one = left[k] if k < len(left) else []
        used = sum(width(text) for _, text in one)
        lines.append(one + [("", " " * max(0, columns - used))] + (right[k] if k < len(right) else []))
    return lines


class Page:
    """Lines, and which of them belong to a figure: figure(alt, name) makes the lines of one."""

    def __init__(self, columns, language, figure):
        self.columns, self.language, self.figure = columns, language, figure

    def lines(self, markdown, columns=None):
        columns = columns or self.columns
        out, at = [], 0
        while at < len(markdown):
            block, at = self._block(markdown, at, columns)
            if block:
                if out:
                    out.append([])
                out += block
        return out

    def _block(self, text, at, columns):
        line = text[at]
        if not line.strip():
            return [], at + 1
        fence = re.match(r"\s*(`{3,}|~{3,})", line)
        if fence:
            end = at + 1
            while end < len(text) and not text[end].strip().startswith(fence.group(1)):
                end += 1
            return [[("", "  "), ("code", plain(code))] for code in text[at + 1:end]], end + 1
        if re.match(r":::+ *(\{\.)?columns", line):
            return self._columns(text, at, columns)
        if line.startswith(":::"):
            return [], at + 1
        if line.lstrip().startswith("|"):
            end = at
            while end < len(text) and text[end].lstrip().startswith("|"):
                end += 1
            return _table(text[at:end], columns, self.language), end
        return self._paragraph(text, at, columns)

    def _columns(self, text, at, columns):
        parts, end = [], at + 1
        while end < len(text) and not re.match(r"::::+ *$", text[end]):
            if text[end].startswith(":::") and "column" in text[end]:
                parts.append([])
            elif parts and not re.match(r"::: *$", text[end]):
                parts[-1].append(text[end])
            end += 1
        if len(parts) == 2 and columns >= 90:
            half = columns // 2 - 2
            return _beside(self.lines(parts[0], half), self.lines(parts[1], half), half + 4), end + 1
        return self.lines([line for part in parts for line in part + [""]], columns), end + 1

    def _paragraph(self, text, at, columns):
        item = re.match(r"(\s*)([-*+]|[0-9]+[.)]) +(.*)", text[at])
        quote = text[at].startswith("> ")
        body, end = [item.group(3) if item else text[at]], at + 1
        while end < len(text) and text[end].strip() and not re.match(
                r"\s*([-*+]|[0-9]+[.)]) |\s*(`{3}|~{3})|:::|\|", text[end]):
            body.append(text[end])
            end += 1
        if quote:
            body = [re.sub(r"^> ?", "", line) for line in body]
        whole = plain(" ".join(line.strip() for line in body))
        figure, scene = decks.FIGURE.fullmatch(whole), decks.SCENE.fullmatch(whole)
        if figure:
            return self.figure(*figure.groups()), end
        if scene:
            return [[("scene", f"▶ {scene.group(1)}"), ("dim", f"   p: scripts/scene {scene.group(2)}")]], end
        first = later = ""
        if item:
            mark = "•" if item.group(2) in "-*+" else item.group(2)
            first = item.group(1) + mark + " "
            later = " " * len(first)
        elif quote:
            first = later = "│ "
        lines = wrap(pieces(whole, self.language), columns, first, later)
        if end < len(text) and item and re.match(r"\s*([-*+]|[0-9]+[.)]) ", text[end]):
            more, end = self._paragraph(text, end, columns)     # items of a list stand close
            lines += more
        return lines, end
