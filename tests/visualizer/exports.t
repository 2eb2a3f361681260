#!/usr/bin/env python3
"""visualizer --export: the capture as a page, a drawing, and a richer capture.

What is exported is read again by another program: the page's data as JSON and
the page itself in headless Chromium where there is one, the drawing by an XML
parser, the capture by our own reader and by tshark.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.dom.minidom

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import browser as browsers  # noqa: E402
import pli  # noqa: E402

VISUALIZER = os.path.join(pli.BIN, "visualizer")
RECORDINGS = os.path.join(pli.ROOT, "tests", "recordings")
LETTER = os.path.join(pli.ROOT, "labs", "recordings", "letter.pcapng")
SOME = ("smtp-injection.pcapng", "imap.pcapng", "fragments.pcapng", "snapped.pcap", "vlan.pcap", "tls13.pcapng",
        "dns-broken.pcap", "raw-ipv6.pcap", "cooked2.pcap", "icmp-wrong-checksum.pcap")


def run(*arguments, language="C.UTF-8"):
    environment = dict(os.environ, LC_ALL=language, LANGUAGE="")
    return subprocess.run([VISUALIZER, *arguments], capture_output=True, text=True, errors="replace", timeout=60,
                          env=environment, check=False)


def export(kind, out, path, *more):
    done = run("--export", kind, *more, out, path)
    return done if done.returncode else None


def text_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def data_of(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S).group(1))


def pages(folder):
    out = os.path.join(folder, "letter.html")
    pli.ok(export("html", out, LETTER) is None, "the letter becomes a page")
    page = text_of(out)
    data = data_of(page)
    table = run("--print", "exchanges", LETTER).stdout.splitlines()[1:]
    pli.same([it["number"] for it in data["exchanges"]], list(range(1, len(table) + 1)), "it has every exchange")
    pli.same([[it["osi"], it["name"]] for it in data["exchanges"]],
             [[int(line.split("\t")[7]), line.split("\t")[10]] for line in table], "each at its layer, under its name")
    frames = len(run("--print", "packets", LETTER).stdout.splitlines())
    pli.same(len(data["packets"]), frames, "it has every packet")
    pli.ok(all(packet["exchanges"] for packet in data["packets"] if packet["layers"][-1]["name"] == "SMTP"),
           "each packet of SMTP belongs to an exchange")
    pli.ok("default-src 'none'" in page and not re.search(r'(?:src|href)\s*=\s*"', page),
           "it asks nothing of a network")
    clear = os.path.join(RECORDINGS, "smtp-auth-clear.pcapng")
    secret = secret_of(clear)
    pli.ok(secret, "the recording for this has a password in it")
    export("html", out, clear)
    hidden = text_of(out)
    pli.ok(secret not in hidden and secret.encode().hex() not in hidden, "a password is in none of its texts and bytes")
    export("html", out, clear, "--reveal")
    pli.ok(secret.encode().hex() in text_of(out), "--reveal leaves it in")


def secret_of(path):
    """What stands behind AUTH PLAIN."""
    lines = run("--print", "exchanges", "--reveal", path).stdout
    found = re.search(r"AUTH PLAIN ([A-Za-z0-9+/=]{8,})", lines)
    if found:
        return found.group(1)
    ladder = run("--print", "ladder", "--reveal", path).stdout
    found = re.search(r"AUTH PLAIN ([A-Za-z0-9+/=]{8,})", ladder, re.I)
    return found.group(1) if found else ""


def drawings(folder):
    out = os.path.join(folder, "letter.svg")
    pli.ok(export("svg", out, LETTER) is None, "the letter becomes a drawing")
    drawing = xml.dom.minidom.parse(out)
    names = [node.firstChild.data for node in drawing.getElementsByTagName("text")
             if "name" in node.getAttribute("class").split()]
    table = run("--print", "exchanges", LETTER).stdout.splitlines()[1:]
    pli.same(names, [line.split("\t")[10] for line in table], "with every exchange's name, in order")
    arrows = [node for node in drawing.getElementsByTagName("path") if node.getAttribute("marker-end")]
    ladder = [line for line in run("--print", "ladder", LETTER).stdout.splitlines() if "▸│" in line or "│◂" in line]
    pli.same(len(arrows), len(ladder), "and as many arrows as the ladder has")


def texts_of(path, wanted=""):
    """What is written in a drawing; of a class only, if wanted."""
    nodes = xml.dom.minidom.parse(path).getElementsByTagName("text")
    return ["".join(child.data for child in node.childNodes) for node in nodes
            if not wanted or wanted in node.getAttribute("class").split()]


def parts(folder):
    out = os.path.join(folder, "letter.svg")
    export("svg", out, LETTER, "--exchanges", "9-10")
    pli.same(texts_of(out, "name"), ["envelope", "content transfer"], "a part of the exchanges is drawn")
    table = run("--print", "exchanges", "--exchanges", "9-10", LETTER).stdout.splitlines()
    pli.same([line.split("\t")[0] for line in table], ["number", "9", "10"], "and listed")
    wrong = [value for value in ("0", "x", "7-6", "-3", "1-", "1-2x", "99999999999", "")
             if run("--print", "ladder", "--exchanges", value, LETTER).returncode != 2]
    pli.same(wrong, [], "what is no such part is wrong usage")


def envelopes(folder):
    out = os.path.join(folder, "letter.svg")
    ehlo = next(line.split("\t")[1] for line in run("--print", "exchanges", LETTER).stdout.splitlines()
                if "EHLO" in line)
    pli.ok(export("envelope", out, LETTER, "--packet", ehlo) is None, "a packet is drawn as envelopes")
    texts = texts_of(out)
    names = [text for text in texts if re.match(r"[1-7] (Ethernet|IPv[46]|TCP|SMTP)", text)]
    pli.same([name.split()[0] for name in names], ["2", "3", "4", "7"], "each in the one of the layer below")
    pli.ok("EHLO alice.example.org ↵" in texts, "what is in the innermost is written there", texts)
    pli.ok(all(f"{number} {name}" in texts for number, name in ((7, "Application"), (5, "Session"), (1, "Physical"))),
           "beside it are the layers of the model, the empty ones too")
    frame = run("--print", "fields", "-e", "frame.len", LETTER).stdout.splitlines()[int(ehlo) - 1]
    shares = [int(text.split(": ")[1]) for text in texts if re.fullmatch(r"[0-7]: \d+", text)]
    pli.same(sum(shares), int(frame), "and the bytes of all layers are those of the frame")
    clear = os.path.join(RECORDINGS, "smtp-auth-clear.pcapng")
    packet = next(line.split("\t")[1] for line in run("--print", "exchanges", clear).stdout.splitlines()
                  if "\tauthentication\t" in line)
    export("envelope", out, clear, "--packet", packet)
    hidden = text_of(out)
    export("envelope", out, clear, "--packet", packet, "--reveal")
    pli.ok(secret_of(clear) not in hidden and secret_of(clear) in text_of(out), "a password is shown only on request")
    done = run("--export", "envelope", "--packet", "4000", out, LETTER)
    pli.ok(done.returncode == 1 and "no packet 4000" in done.stderr, "a packet that is not there is told", done.stderr)


def tables(folder):
    out = os.path.join(folder, "letter.svg")
    moves = [line.split("\t") for line in run("--print", "machines").stdout.splitlines()[1:]]
    for protocol in ("SMTP", "POP3", "IMAP"):
        pli.ok(run("--export", "machine", out, protocol.lower()).returncode == 0, f"{protocol}'s states are drawn")
        text = " ".join(texts_of(out))
        mine = [row for row in moves if row[0] == protocol and (row[1] != row[4] or row[3] != "NO" and row[3] != "BAD")]
        words = {part for row in mine for word in (row[1], row[2], row[4]) for part in word.split()}
        pli.same(sorted(word for word in words if word not in text and word.strip("()") not in text), [],
                 "with every state and every command that does something there")
    done = run("--export", "machine", out, "ftp")
    pli.ok(done.returncode == 1 and "smtp, pop3 and imap" in done.stderr, "one that is not there is told", done.stderr)
    pli.ok(run("--export", "models", out).returncode == 0, "the models need no capture")
    texts = texts_of(out)
    pli.ok("Network access" in texts and "Presentation" in texts and "IPv4, IPv6, ICMP, ICMPv6" in texts,
           "both are there, with the protocols", texts)


def sums(folder):
    out = os.path.join(folder, "letter.svg")
    lines = run("--print", "shares", LETTER).stdout.splitlines()
    frames = [int(line) for line in run("--print", "fields", "-e", "frame.len", LETTER).stdout.splitlines()]
    rows = {line[0]: int(line.split()[-4] if "█" in line else line.split()[-3]) for line in lines[1:]}
    pli.same(lines[0], f"{len(frames)} packets, {sum(frames)} bytes", "the shares are of all packets")
    pli.same(sum(rows.values()), sum(frames), "and their sum is all bytes")
    pli.ok(rows["6"] > 0 and rows["7"] > rows["6"] and rows["5"] == 0, "TLS has its share, nobody lives at 5", rows)
    part = run("--print", "shares", "--exchanges", "1", LETTER).stdout.splitlines()
    pli.ok(part[0] == "2 packets, 84 bytes" and "84" in part[6], "of an ARP alone all is of layer 2", part)
    pli.ok(export("shares", out, LETTER) is None and str(rows["7"]) in " ".join(texts_of(out)), "they are drawn")
    pli.ok(export("roles", out, LETTER) is None, "the roles are drawn")
    texts = texts_of(out)
    pli.same([text for text in texts if text in ("MUA", "MTA", "MDA", "MSA")],
             ["MUA", "MTA", "MDA", "MUA", "MUA", "MUA", "MUA", "MSA", "MTA", "MDA"], "from the writer to the readers")
    pli.ok({"SMTP", "POP3", "IMAP", "IMAP, TLS", "port 25"} <= set(texts), "with the protocol of each hop", texts)
    done = run("--export", "roles", out, os.path.join(RECORDINGS, "arp.pcap"))
    pli.ok(done.returncode == 1 and "No letter" in done.stderr, "without a letter there are none", done.stderr)


def captures(folder):
    out, again = os.path.join(folder, "letter.pcapng"), os.path.join(folder, "again.pcapng")
    pli.ok(export("pcapng", out, LETTER) is None, "the letter becomes a capture")
    pli.same(run("--print", "exchanges", out).stdout, run("--print", "exchanges", LETTER).stdout,
             "with the same exchanges, those inside TLS too")
    export("pcapng", again, out)
    with open(out, "rb") as one, open(again, "rb") as two:
        pli.ok(one.read() == two.read(), "exported again it stays the same")
    if not shutil.which("tshark"):
        pli.skip("tshark reads it", "tshark is not installed")
        return
    done = subprocess.run(["tshark", "-r", out, "-T", "fields", "-e", "frame.number", "-e", "frame.comment"],
                          capture_output=True, text=True, check=False)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    commented = [row[1] for row in rows if len(row) > 1 and row[1]]
    pli.ok(done.returncode == 0 and len(rows) == len(run("--print", "packets", LETTER).stdout.splitlines()),
           "tshark reads it", done.stderr)
    pli.ok(any(text.startswith("exchange 1: address resolution; lives at OSI layer 2") for text in commented),
           "and shows what each exchange is", commented[:3])


def noted(folder):
    """Bookmarks and notes travel along."""
    source, page, richer = (os.path.join(folder, name) for name in ("noted.pcapng", "noted.html", "richer.pcapng"))
    shutil.copy(LETTER, source)
    first = run("--print", "fields", "-e", "frame.time_epoch", "-Y", "frame.number == 1", source).stdout.strip()
    with open(source + ".notes", "w", encoding="utf-8") as file:
        file.write(f"Pli notes 1\nrecording {first}\npacket 2 bookmark\npacket 2 note <b>why</b> \u202e?\n"
                   "exchange 2 note café\n")
    pli.ok(export("html", page, source) is None and export("pcapng", richer, source) is None, "notes are exported")
    data = data_of(text_of(page))
    second = data["packets"][1]
    pli.ok(second["bookmark"] and second["note"] == "<b>why</b> <U+202E>?", "the page has them, safe",
           str(second["note"]))
    pli.same([it["note"] for it in data["exchanges"][:3]], [None, "café", None], "and those of exchanges")
    comments = run("--print", "fields", "-e", "frame.comment", richer).stdout
    pli.ok("bookmark" in comments and "note: <b>why</b>" in comments and "note: café" in comments,
           "the capture has them as comments of packets", comments[:2000])
    again = os.path.join(folder, "again.pcapng")
    shutil.copy(source + ".notes", richer + ".notes")
    pli.ok(export("pcapng", again, richer) is None, "exported once more")
    pli.same(run("--print", "fields", "-e", "frame.comment", again).stdout, comments, "none is said twice")


def mistakes(folder):
    out = os.path.join(folder, "x")
    pli.same(run("--export", "poem", out, LETTER).returncode, 2, "an unknown kind is wrong usage")
    pli.same(run("--export", "svg", out).returncode, 2, "so is a missing capture")
    done = run("--export", "svg", os.path.join(folder, "none", "x.svg"), LETTER)
    pli.ok(done.returncode == 1 and "none/x.svg" in done.stderr, "a folder that is not there is told", done.stderr)
    with open(out, "w", encoding="ascii") as file:
        file.write("mine")
    done = run("--export", "html", out, os.path.join(folder, "not-there.pcap"))
    pli.ok(done.returncode == 1 and text_of(out) == "mine", "a capture that is not there leaves the file alone")
    for kind in ("html", "svg", "pcapng", "shares", "envelope"):
        more = ("--packet", "1") if kind == "envelope" else ()
        wrong = [name for name in SOME if export(kind, out, os.path.join(RECORDINGS, name), *more)]
        pli.same(wrong, [], f"{kind} of fragments, cut packets, unknown and broken things")
    pli.same(sorted(os.listdir(folder)), sorted(["x", "letter.html", "letter.svg", "letter.pcapng", "again.pcapng"]),
             "nothing half-written is left")


def in_a_browser(folder):
    if not browsers.available():
        pli.skip("the page in a browser", "chromedriver is not installed")
        return
    page = os.path.join(folder, "letter.html")
    export("html", page, LETTER)
    browser = browsers.Browser(folder)
    try:
        browser.ask(f"{browser.session}/url", {"url": f"file://{page}"})
        where = "return document.getElementById('where').textContent"
        pli.ok(browser.script(where).startswith("packet 1 of "), "in Chromium it opens at the first packet")
        browser.press("\ue014")
        pli.ok(browser.script(where).startswith("packet 2 of "), "the right arrow steps to the next")
        for _ in range(8):
            browser.press("\ue015")
        pli.ok("exchange 9: envelope" in browser.script(where), "the down arrow steps through the exchanges",
               browser.script(where))
        stack = browser.script("return document.getElementById('stack').textContent")
        pli.ok("SMTP" in stack and "TCP" in stack and "Internet" in stack, "both models stand side by side", stack)
        browser.press("3")
        fields = browser.script("return document.getElementById('fieldsTitle').textContent")
        pli.ok("Internet Protocol" in fields, "a digit chooses a layer", fields)
        wrong = browser.script("return document.querySelectorAll('script').length")
        pli.same(wrong, 2, "nothing of the capture became a script")
    finally:
        browser.end()


def main():
    with tempfile.TemporaryDirectory() as folder:
        pages(folder)
        drawings(folder)
        parts(folder)
        envelopes(folder)
        tables(folder)
        sums(folder)
        captures(folder)
        mistakes(folder)
    with tempfile.TemporaryDirectory() as folder:
        noted(folder)
    folder = tempfile.mkdtemp()
    try:
        in_a_browser(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    pli.done()


main()
