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
import urllib.error
import urllib.request
import xml.dom.minidom

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
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
             if node.getAttribute("class") == "name"]
    table = run("--print", "exchanges", LETTER).stdout.splitlines()[1:]
    pli.same(names, [line.split("\t")[10] for line in table], "with every exchange's name, in order")
    arrows = [node for node in drawing.getElementsByTagName("path") if node.getAttribute("marker-end")]
    ladder = [line for line in run("--print", "ladder", LETTER).stdout.splitlines() if "▸│" in line or "│◂" in line]
    pli.same(len(arrows), len(ladder), "and as many arrows as the ladder has")


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
    for kind in ("html", "svg", "pcapng"):
        wrong = [name for name in SOME if export(kind, out, os.path.join(RECORDINGS, name))]
        pli.same(wrong, [], f"{kind} of fragments, cut packets, unknown and broken things")
    pli.same(sorted(os.listdir(folder)), sorted(["x", "letter.html", "letter.svg", "letter.pcapng", "again.pcapng"]),
             "nothing half-written is left")


class Browser:
    """Headless Chromium, driven as WebDriver says (W3C), with nothing but the standard library."""

    def __init__(self, folder):
        self.process = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True)
        line = next(line for line in self.process.stdout if "successfully on port" in line)
        self.base = "http://127.0.0.1:" + re.search(r"on port (\d+)", line).group(1)
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                 "--disable-component-update", "--disable-sync", f"--user-data-dir={folder}/browser"]
        wishes = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": {"args": flags}}}}
        self.session = "/session/" + self.ask("/session", wishes)["sessionId"]

    def ask(self, path, body=None, method=None):
        request = urllib.request.Request(self.base + path, data=None if body is None else json.dumps(body).encode(),
                                         headers={"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def script(self, text):
        return self.ask(f"{self.session}/execute/sync", {"script": text, "args": []})

    def press(self, key):
        strokes = [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        self.ask(f"{self.session}/actions", {"actions": [{"type": "key", "id": "keys", "actions": strokes}]})

    def end(self):
        try:
            self.ask(self.session, method="DELETE")
        except (OSError, urllib.error.URLError):
            pass
        self.process.terminate()
        self.process.wait()


def in_a_browser(folder):
    if not shutil.which("chromedriver"):
        pli.skip("the page in a browser", "chromedriver is not installed")
        return
    page = os.path.join(folder, "letter.html")
    export("html", page, LETTER)
    browser = Browser(folder)
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
        captures(folder)
        mistakes(folder)
    folder = tempfile.mkdtemp()
    try:
        in_a_browser(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    pli.done()


main()
