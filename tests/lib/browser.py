"""Headless Chromium for tests, driven as WebDriver says (W3C), with nothing but the standard library.

    browser = Browser(folder)              # which keeps its profile there
    browser.open("file:///…")
    browser.press("\\ue014")               # the right arrow; letters as themselves
    browser.script("return document.title")
    browser.end()
"""
import json
import re
import shutil
import subprocess
import urllib.error
import urllib.request

LEFT, UP, RIGHT, DOWN, END, HOME, ESCAPE = "\ue012", "\ue013", "\ue014", "\ue015", "\ue010", "\ue011", "\ue00c"


def available():
    return shutil.which("chromedriver") is not None


class Browser:
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

    def open(self, address):
        self.ask(f"{self.session}/url", {"url": address})

    def size(self, width, height):
        """Of the page itself, without what the window has around it."""
        self.ask(f"{self.session}/window/rect", {"width": width, "height": height})
        inner = self.script("return [innerWidth, innerHeight]")
        self.ask(f"{self.session}/window/rect", {"width": 2 * width - inner[0], "height": 2 * height - inner[1]})

    def windows(self):
        return self.ask(f"{self.session}/window/handles")

    def switch(self, window):
        self.ask(f"{self.session}/window", {"handle": window})

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
