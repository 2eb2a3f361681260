#!/usr/bin/env python3
"""What the slides and the FAQs state about the kit is so: numbers are those of the recordings, programs and their
options exist, files, scenes and recordings are there, and both languages cite the same sources."""
import collections
import glob
import os
import re
import subprocess

BIN = os.environ.get("BIN", "bin")
LETTER = "labs/recordings/letter.pcapng"
TEXTS = sorted(glob.glob("slides/[0-9]*.md") + glob.glob("docs/faq-*.md"))
results = 0


def ok(passed, what, why=""):
    global results
    results += 1
    print(f"{'ok' if passed else 'not ok'} {results} - {what}")
    if not passed:
        print("\n".join(f"# {line}" for line in str(why).splitlines()))


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def visualizer(*words):
    return subprocess.run([f"{BIN}/visualizer", *words], capture_output=True, text=True, check=True,
                          env={**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "en"}).stdout


def fields(*names):
    words = [word for name in names for word in ("-e", name)]
    return [line.split("\t") for line in visualizer("--print", "fields", *words, LETTER).splitlines()]


def layers_of(packet):
    """The lengths of a packet's headers, outermost first, without the frame itself; and its length."""
    lines = visualizer("--print", "layers", LETTER).split(f"\npacket {packet}\n")[1].split("\npacket ")[0].splitlines()
    lengths = [int(re.match(r".{32}\S+ +(\d+)  ", line)[1]) for line in lines]
    return lengths[1:], lengths[0]


def on_slide(topic, *what):
    """Each text stands in both languages of the topic."""
    missing = [f"{path}: {word}" for path in glob.glob(f"slides/{topic}.*.md") for word in what
               if word not in text_of(path).replace(",", ".") + text_of(path)]
    both = len(glob.glob(f"slides/{topic}.*.md")) == 2
    ok(both and not missing, f"{topic} says {', '.join(what)}", "\n".join(missing))


def numbers():
    first = fields("frame.len", "frame.time_relative")[:28]
    on_slide("01-introduction", f"**{len(first)} pa", str(sum(int(row[0]) for row in first)),
             f"{float(first[-1][1]) * 1000:.1f} milli", f"**{len('rachida bonjour') + 2} ")
    exchanges = visualizer("--print", "exchanges", LETTER).splitlines()
    ok(exchanges[12].split("\t")[2] == "28", "the letter's connection ends with packet 28", exchanges[12])
    for topic, packet in (("07-encapsulation", 21), ("07-encapsulation", 3)):
        lengths, whole = layers_of(packet)
        lengths = lengths[:4]
        on_slide(topic, " + ".join(map(str, lengths)) + f" = **{whole} ")
    lengths, whole = layers_of(106)
    on_slide("07-encapsulation", f"{lengths[4]} ", f"**{whole - sum(lengths[:3])}**")
    letters = re.search(r"250 2\.0\.0 Letter (\w+)", "\n".join(exchanges))[1]
    on_slide("02-mail-server", letters)
    on_slide("17-reading", letters)
    on_slide("10-imap", re.search(r"\[UIDVALIDITY (\d+)\]", visualizer("--print", "packets", LETTER))[0],
             "{379}")
    fetched = [row.split("\t")[-1] for row in exchanges if "RETR" in row]
    ok(fetched == ['RETR 1 "test" → 379 bytes'], "the letter has 379 bytes on its way out", fetched)


def ladder():
    """The ladder of the READMEs is that of the recording that ships."""
    for path, language in (("README.md", "en"), ("README.fr.md", "fr")):
        shown = text_of(path).split("```\n             alice ")[1].split("```")[0].splitlines()[2:]
        drawn = subprocess.run([f"{BIN}/visualizer", "--print", "ladder", LETTER], capture_output=True, text=True,
                               check=True, env={**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": language}).stdout
        lacking = [line for line in shown if line.rstrip() not in [row.rstrip() for row in drawn.splitlines()]]
        ok(len(shown) >= 20 and not lacking, f"the ladder of {path} is that of the recording", "\n".join(lacking))


def sources():
    for english in sorted(glob.glob("slides/[0-9]*.en.md")):
        cited = [collections.Counter(re.findall(r"RFC \d+|§[\d.]*\d|CVE-[\d-]+|X\.\d{3}", text_of(path)))
                 for path in (english, english.replace(".en.", ".fr."))]
        if "20-sources" in english:     # tables of bare numbers; the notes differ in wording
            cited = [set(re.findall(r"\b\d{3,4}\b", text_of(path)))
                     for path in (english, english.replace(".en.", ".fr."))]
        ok(cited[0] == cited[1], f"{os.path.basename(english)} cites the same in French",
           f"{set(cited[0]) ^ set(cited[1]) or cited}")


def things():
    missing = []
    for path in TEXTS:
        text = text_of(path)
        for name in re.findall(r"(?<![\w/])((?:labs|tests|core|server|visualizer|scripts|slides)/[\w./-]*\w)", text):
            if not os.path.exists(name) and not glob.glob(name + "*"):
                missing.append(f"{path}: {name}")
        for name in re.findall(r"\.scene scene=([\w-]+)", text):
            if not os.path.exists(f"labs/scenes/{name}.scene"):
                missing.append(f"{path}: scene {name}")
        for name in re.findall(r"netlab up ([\w-]+)", text):
            if not os.path.exists(f"labs/topologies/{name}.lab"):
                missing.append(f"{path}: topology {name}")
    ok(not missing, "all files, scenes and topologies that are named exist", "\n".join(missing))


def options():
    """Of each command of the kit, every option stands in its help."""
    helps, wrong, seen = {}, [], 0
    for path in TEXTS:
        text = re.sub(r"\\\n\s*", " ", text_of(path))
        for program, rest in re.findall(r"\b(mailserver|mailclient|visualizer|netlab|scripts/(?:scene|setup|demo))\b"
                                        r"((?: [^|\n`]*)?)", text):
            program, rest = os.path.basename(program), re.split(r"mailclient|mailserver|\bput\b|, ", rest)[0]
            place = f"{BIN}/{program}" if os.path.exists(f"{BIN}/{program}") else f"scripts/{program}"
            if program not in helps:
                helps[program] = subprocess.run([place, "--help"], capture_output=True, text=True,
                                                env={**os.environ, "LANGUAGE": "en", "LC_ALL": "C.UTF-8"}).stdout
            for option in re.findall(r"(?<= )--[a-z][\w-]*", rest):
                seen += 1
                if option not in helps[program] and option not in ("--help", "--all"):
                    wrong.append(f"{path}: {program} {option}")
    ok(seen > 40 and not wrong, f"{seen} options that are shown exist", "\n".join(wrong))


def settings():
    """The very lines of the course are on the slides, and the server reads them."""
    for language in ("en", "fr"):
        blocks = re.findall(r"^```\n(.*?)^```", text_of(f"slides/16-installing.{language}.md"), re.M | re.S)
        lines = [block for block in blocks if re.match(r"[a-z_]+ = ", block)]
        folder = os.path.join("build", "facts")
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/slides.cf", "w", encoding="utf-8") as file:
            file.write("".join(lines))
        done = subprocess.run([f"{BIN}/mailserver", "--root", f"{folder}/root", "--config", f"{folder}/slides.cf",
                               "check-config"], capture_output=True, text=True)
        read = done.returncode == 0 and "smtpd_recipient_restrictions = permit_mynetworks" in done.stdout
        ok(read and len(lines) == 4, f"the server reads the settings of the slides ({language})", done.stderr or lines)


numbers()
ladder()
sources()
things()
options()
settings()
print(f"1..{results}")
