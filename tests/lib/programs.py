"""What the tests with real mail programs share: users, letters, and the programs that are only unpacked."""
import os
import subprocess
import time

import peers
import pli

USER, PASSWORD = "rachida", "bonjour-2026"
ADDRESS = USER + "@localhost"
WAYS = ("plain", "STARTTLS", "TLS")
LETTER = ("From: amine@example.org\r\nTo: rachida@localhost\r\nSubject: letter {0}\r\nMessage-ID: <{0}@example.org>\r\n"
          "Date: Tue, 24 Nov 2026 10:00:00 +0100\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
          "Content-Transfer-Encoding: 8bit\r\n\r\nrachida bonjour, été {0}\r\n.\r\n..two dots\r\nFrom here\r\nend\r\n")
BODY = "rachida bonjour, été {0}\n.\n..two dots\nFrom here\nend\n"


def unpacked(program):
    """The path of a program of the unpacked packages and the environment in which it finds its libraries."""
    path = os.path.join(peers.UNPACKED, program)
    libraries = ":".join(os.path.join(peers.UNPACKED, "usr/lib", name) for name in os.listdir(
        os.path.join(peers.UNPACKED, "usr/lib"))) if os.path.exists(path) else ""
    return (path if os.path.exists(path) else None), {"LD_LIBRARY_PATH": libraries}


def row(program, function, command=None, packaged=None):
    """Runs a program's tests as its row of the table, or skips it with the reason; a fault ends only this row."""
    pli.mark(program)
    lacking = pli.installed(command) if command else None
    if packaged and not os.path.exists(os.path.join(peers.UNPACKED, packaged)):
        lacking = packaged
    if lacking:
        pli.skip(program, f"{lacking} is not there (scripts/setup interop)")
    else:
        pli.check(f"{program} was tried to the end", function)
    pli.mark()


def deliver(server, count=3, first=0, to=ADDRESS):
    """Letters for the user, by SMTP."""
    import smtplib
    with smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=20 * pli.SLOW) as client:
        for number in range(first, first + count):
            client.sendmail("amine@example.org", [to], LETTER.format(number).encode())


def bytes_of(path):
    with open(path, "rb") as file:
        return file.read()


def arrived(server, *marks, seconds=10):
    """Is exactly one letter, with all these texts in it, in the mailbox in time? It is taken away."""
    pli.wait_until(lambda: server.letters(USER), seconds)
    letters = {path: bytes_of(path).decode("utf-8", "replace") for path in server.letters(USER)}
    for path in letters:
        os.unlink(path)
    if len(letters) == 1 and all(mark in text for text in letters.values() for mark in marks):
        return True
    print(f"# {len(letters)} letters instead of one with {marks}:")
    for text in letters.values():
        print("# " + text.replace("\n", "\n# "))
    return False


def empty(server, *folders):
    for folder in folders or ("",):
        for path in server.letters(USER, folder):
            os.unlink(path)


def texts_in(*folders):
    """The letters below Maildir folders, line ends as \\n, sorted."""
    return sorted(bytes_of(os.path.join(top, name)).replace(b"\r\n", b"\n").decode()
                  for folder in folders for top, _, names in os.walk(folder)
                  if os.path.basename(top) in ("cur", "new") for name in names)


def bodies(texts):
    return sorted(text.split("\n\n", 1)[1] for text in texts)


class Screen:
    """A program in a terminal of its own (tmux), driven by keys."""

    def __init__(self, command, folder, environment):
        self.socket = os.path.join(folder, "tmux")
        settings = " ".join(f"{name}={value}" for name, value in environment.items())
        pli.output_of("tmux", "-S", self.socket, "-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "40",
                      f"env {settings} {command}")

    def text(self):
        return pli.run("tmux", "-S", self.socket, "capture-pane", "-p")[1]

    def keys(self, *keys):
        for key in keys:
            pli.run("tmux", "-S", self.socket, "send-keys", *((key,) if len(key) > 1 and key.isalnum() and
                    key[0].isupper() or key.startswith("C-") else ("-l", key)))
            time.sleep(0.15)

    def shows(self, *texts, seconds=20):
        """Waits until one of the texts is to be seen."""
        return pli.wait_until(lambda: any(text in self.text() for text in texts), seconds)

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True, check=False)
