#!/usr/bin/env python3
"""Display filters beside tshark: the same packets for every filter in tests/visualizer/filters, the same refusals.

tshark reads each recording once, with a listener for each filter (filters/tshark.lua). A line of the list is a
filter; "= FILE" names the recording for those that follow; what is ours alone is tested below against the faces.
"""
import concurrent.futures
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli  # noqa: E402

VISUALIZER = os.path.join(pli.BIN, "visualizer")
HERE = os.path.join(pli.ROOT, "tests", "visualizer", "filters")
RECORDINGS = os.path.join(pli.ROOT, "tests", "recordings")
LETTER = os.path.join(RECORDINGS, "letter.pcapng")
ENVIRONMENT = dict(os.environ, TZ="UTC", LC_ALL="C.UTF-8", LANGUAGE="")


def run(*arguments, language=None):
    environment = dict(ENVIRONMENT, LC_ALL=language, LANGUAGE="") if language else ENVIRONMENT
    return subprocess.run([VISUALIZER, *arguments], capture_output=True, text=True, errors="replace", timeout=60,
                          env=environment, check=False)


def ours(text, path):
    """The numbers of the packets, or "error"."""
    done = run("--print", "fields", "-e", "frame.number", "-Y", text, path)
    return done.stdout.split() if done.returncode == 0 else "error" if done.returncode == 2 else done.stderr


def theirs(filters, path):
    with tempfile.NamedTemporaryFile("w", suffix=".filters", encoding="utf-8") as file:
        file.write("\n".join(filters) + "\n")
        file.flush()
        command = ["tshark", "-n", "-r", path, "-q", "-X", "lua_script:" + os.path.join(HERE, "tshark.lua")]
        done = subprocess.run(command, capture_output=True, text=True, env=dict(ENVIRONMENT, FILTERS=file.name),
                              check=False)
    found = {}
    for line in done.stdout.split("\n"):
        if line.startswith("F\t"):
            _, text, numbers = line.split("\t")
            found[text] = "error" if numbers.startswith("ERROR") else numbers.split()
    return found


def listed():
    """{recording: filters}"""
    groups, name = {}, None
    with open(os.path.join(HERE, "list"), encoding="utf-8") as file:
        for line in file.read().split("\n"):
            if line.startswith("= "):
                name = line[2:]
            elif line.strip():
                groups.setdefault(name, []).append(line)
    return groups


def beside_tshark():
    if shutil.which("tshark") is None:
        pli.skip("the same packets as tshark", "tshark is not installed")
        return
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        groups = listed()
        wanted = {name: pool.submit(theirs, filters, os.path.join(RECORDINGS, name))
                  for name, filters in groups.items()}
        got = {name: list(pool.map(lambda text, path=name: ours(text, os.path.join(RECORDINGS, path)), filters))
               for name, filters in groups.items()}
    for name, filters in groups.items():
        expected = wanted[name].result()
        pli.same(sorted(expected), sorted(set(filters)), f"tshark answers each filter on {name}")
        wrong = [f"{text}: ours {mine}, tshark {expected.get(text)}" for text, mine in zip(filters, got[name])
                 if mine != expected.get(text)]
        hits = sum(1 for text in filters if expected.get(text) not in ("error", []))
        pli.ok(not wrong, f"{len(filters)} filters on {name}, {hits} of which fit something", *wrong)


def column(table, name):
    lines = [line.split("\t") for line in table.splitlines()]
    return [line[lines[0].index(name)] for line in lines[1:]] if lines else []


def our_own():
    """Exchanges and layers, beside what --print exchanges says of all."""
    table = [line.split("\t") for line in run("--print", "exchanges", LETTER).stdout.splitlines()[1:]]
    for text, fits in (
            ('exchange == "envelope"', lambda row: row[10] == "envelope"),
            ('exchange in {"envelope", "content"}', lambda row: row[10] in ("envelope", "content")),
            ("osi.layer == 2", lambda row: row[7] == "2"),
            ('osi.layer == "Presentation"', lambda row: row[7] == "6"),
            ("osi.serves == 5", lambda row: "5" in row[9].split(",")),
            ('tcpip.layer == "Internet"', lambda row: row[8] == "Internet"),
            ("exchange.number in {3..5, 9}", lambda row: row[0] in "3 4 5 9".split()),
            ('exchange.protocol == "DNS" and not exchange.from == "alice"',
             lambda row: row[6] == "DNS" and row[4] != "alice"),
            ('exchange.summary matches "rachida"', lambda row: "rachida" in row[11].lower().split(" [")[0])):
        pli.same(column(run("--print", "exchanges", "-Y", text, LETTER).stdout, "number"),
                 [row[0] for row in table if fits(row)], text)
    numbers = run("--print", "fields", "-e", "frame.number", "-Y", 'exchange == "envelope"', LETTER).stdout.split()
    row = next(row for row in table if row[10] == "envelope")
    pli.ok(numbers and numbers[0] == row[1] and numbers[-1] == row[2], "its packets, from first to last", numbers, row)
    pli.same(ours('exchange == "envelope"', LETTER),
             run("--print", "fields", "-e", "frame.number", "-Y", 'exchange == "enveloppe"', LETTER,
                 language="fr_FR.UTF-8").stdout.split() if french() else numbers, "the user's language names it, too")


def french():
    return run("--help", language="fr_FR.UTF-8").stdout != run("--help").stdout


def faces(folder):
    """-Y means the same to every face."""
    text = "smtp and tcp.dstport == 25"
    numbers = ours(text, LETTER)
    packets = run("--print", "packets", "-Y", text, LETTER).stdout
    pli.same([line.split()[0] for line in packets.splitlines()], numbers, "--print packets")
    layers = run("--print", "layers", "-Y", text, LETTER).stdout
    pli.same(re.findall(r"^packet (\d+)", layers, re.M), numbers, "--print layers")
    objects = run("--print", "json", "-Y", text, LETTER).stdout
    pli.same(re.findall(r'^\{"number":(\d+)', objects, re.M), numbers, "--print json")
    exchanges = column(run("--print", "exchanges", "-Y", text, LETTER).stdout, "number")
    ladder = run("--print", "ladder", "-Y", text, LETTER).stdout
    pli.same(re.findall(r"^ *(\d+) L\d", ladder, re.M), exchanges, "--print ladder has the exchanges of these packets")
    letters = run("--print", "letter", "-Y", "pop", LETTER).stdout
    pli.ok("POP3" in letters and "SMTP" in letters, "--print letter shows a letter with all its hops", letters)
    pli.same(run("--print", "letter", "-Y", "arp", LETTER).stdout, "", "and none that has nothing to do with it")
    out = os.path.join(folder, "some.pcapng")
    run("--export", "pcapng", "-Y", text, out, LETTER)
    pli.same(len(run("--print", "packets", out).stdout.splitlines()), len(numbers), "--export pcapng")
    inside = ours("tls and smtp.req.command", LETTER)
    run("--export", "pcapng", "-Y", "tcp.port == 25", out, LETTER)
    pli.ok(inside and len(ours("tls and smtp.req.command", out)) == len(inside), "with the keys of its TLS")
    out = os.path.join(folder, "some.svg")
    run("--export", "svg", "-Y", text, out, LETTER)
    with open(out, encoding="utf-8") as file:
        pli.same(re.findall(r'x="0" [^>]*class="faint">(\d+)<', file.read()), exchanges, "--export svg")
    out = os.path.join(folder, "some.html")
    run("--export", "html", "-Y", text, out, LETTER)
    with open(out, encoding="utf-8") as file:
        page = file.read()
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S).group(1))
    pli.same([str(it["number"]) for it in data["packets"]], numbers, "--export html")
    pli.same([str(it["number"]) for it in data["exchanges"]], exchanges, "and its exchanges")


def mistakes():
    done = run("--print", "packets", "-Y", "tcp.port == 25 and smtp.nosuch == 3", LETTER)
    pli.ok(done.returncode == 2 and not done.stdout and "column 20 (smtp.nosuch)" in done.stderr,
           "a mistake is wrong usage, with its column, before anything is printed", done.returncode, done.stderr)
    done = run("--print", "packets", "-Y", "x" * 5000, LETTER)
    pli.ok(done.returncode == 2 and "4096" in done.stderr, "a filter has an end", done.stderr[:200])
    done = run("--print", "packets", "-Y", "\033[31m == 3", LETTER)
    pli.ok(done.returncode == 2 and "\033" not in done.stderr, "nothing of it reaches the terminal as it is")
    pli.ok("exchange.number" in run("--help").stdout, "--help names the fields of the kit's own")


def main():
    beside_tshark()
    our_own()
    with tempfile.TemporaryDirectory() as folder:
        faces(folder)
    mistakes()
    pli.done()


main()
