#!/usr/bin/env python3
"""The visualizer's screens as text, at three sizes; and what may never happen to a terminal.

The parts have terminals of their own and mostly wait for them, so some run side by side.
"""
import concurrent.futures
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lib")]
import conversation  # noqa: E402
import fakewire  # noqa: E402
import pli  # noqa: E402
import terminal  # noqa: E402

VISUALIZER = os.path.join(pli.BIN, "visualizer")
SIDE_BY_SIDE = 4
SIZES = ((80, 24), (120, 40), (200, 60))

# name of the screen, keys that lead to it from the beginning, keys that lead back
SCREENS = (
    ("start", (), ()),
    ("capabilities", ("N", "N", "N", "n"), ()),
    ("why", ("N", "N", "N", "w"), ("q",)),
    ("fields", ("N", "N", "N", "n", "f", "Down", "Down"), ("q",)),
    ("envelope", ("N", "N", "N", "N", "N", "N", "n", "n", "e", "n", "b"), ("q",)),
    ("dialogue", ("N", "N", "d"), ("q",)),
    ("ladder", ("N", "N", "N", "a"), ("q",)),
    ("states", ("N", "N", "N", "n", "s"), ("q",)),
    ("letter-hops", ("l",), ("q",)),
    ("tls", ("t",), ("q",)),
    ("statistics", ("S",), ("q",)),
    ("help", ("?",), ("q",)),
)

# The same on the recording of the letter: through TLS and back by POP3 and IMAP. Packet 31 brings its text.
RECORDING = "tests/recordings/letter.pcapng"
RECORDED = (
    ("recording", ("N", "N", "N"), ()),
    ("recording-tls", ("#", "3", "1", "Enter", "t"), ("q",)),
    ("recording-envelope", ("#", "3", "1", "Enter", "e", "n", "b"), ("q",)),
    ("recording-password", ("#", "6", "6", "Enter", "d", "G"), ("q",)),
    ("recording-ladder", ("#", "2", "7", "Enter", "a"), ("q",)),
    ("recording-letter", ("l",), ("q",)),
    ("recording-statistics", ("S",), ("q",)),
)


def open_on(path, columns, rows, environment=None):
    return terminal.Terminal([VISUALIZER, path], columns, rows, environment,
                             "Enlarge" if columns < 60 else "exchanges")


def goldens(path, columns, rows, screens=SCREENS):
    with open_on(path, columns, rows) as screen:
        for name, there, back in screens:
            screen.keys(*there)
            golden = os.path.join(HERE, "golden", f"{name}-{columns}x{rows}.txt")
            difference = terminal.compare(golden, screen.lines())
            pli.ok(difference is None, f"{name} at {columns}x{rows}", difference or "")
            screen.keys(*back, "g")


def small(path):
    with open_on(path, 20, 5) as screen:
        text = screen.text()
        pli.ok("20x5" in text, "at 20x5 one message says what is needed", text)
        screen.keys("n", "e", "?", "Enter", "F1")
        pli.ok("Enlarge" in screen.text(), "other keys do nothing there", screen.text())
        screen.resize(80, 24)
        pli.ok("packet 1" in screen.wait("packet 1"), "larger, it is usable", screen.text())
        screen.resize(10, 2)
        screen.resize(80, 24)
        screen.keys("Q")
        pli.ok(screen.ended() == 0, "and ends well")


def mono(path):
    with open_on(path, 100, 30, {"NO_COLOR": "1"}) as screen:
        screen.keys("N", "N", "N", "n")
        coloured = [line for line in screen.lines(escapes=True) if re.search(r"\033\[[0-9;]*[34][0-8](;|m)", line)]
        pli.ok(not coloured, "NO_COLOR: no colour", *coloured[:3])
    with open_on(path, 100, 30) as screen:
        text = "\n".join(screen.lines(escapes=True))
        hues = {layer for layer, colour in ((7, 166), (4, 36), (3, 75), (2, 214)) if f"38;5;{colour}m" in text}
        pli.ok(hues == {7, 4, 3, 2}, "with colours, each layer has its hue", str(hues))


def restored(path):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGSEGV):
        script = (f"before=$(stty -g); {VISUALIZER} {path}; status=$?; "
                  "[ \"$before\" = \"$(stty -g)\" ] && echo same settings || echo other settings; "
                  "echo status $status; exec sleep 1000")
        with terminal.Terminal(["sh", "-c", script], 100, 30) as screen:
            screen.wait("exchanges")
            screen.steady()
            with open(f"/proc/{screen.pid}/task/{screen.pid}/children") as file:
                os.kill(int(file.read().split()[0]), number)
            text = screen.wait("status")
            flags = [screen.value(flag) for flag in ("alternate_on", "mouse_any_flag", "keypad_flag")]
            pli.ok("same settings" in text and flags == ["0", "0", "0"] and screen.value("cursor_flag") == "1",
                   f"the terminal is given back when {signal.Signals(number).name} ends the program", text, str(flags))


def harmless(path):
    conversation.hostile(path)
    with open_on(path, 120, 40) as screen:
        screen.keys("n", "n", "n")
        for view in ("e", "f", "d", "a", "s", "t", "w"):
            screen.keys("N", view, "Down", "o", "PageDown", "q")
        screen.keys("G", "g")
        output = screen.output()
        said = [evil for evil in conversation.HOSTILE if evil in output]
        pli.ok(not said, "no escape sequence of the traffic reaches the terminal", *map(repr, said))
        pli.ok("OWNED" not in screen.value("pane_title"), "the window keeps its title")
        controls = [byte for byte in re.sub(rb"\033\[[0-9;?]*[A-Za-z]|\033[()][0AB]|\033[=>78MH]|[\r\n\b\t\x0e\x0f]",
                                            b"", output) if byte < 0x20 or byte == 0x7f]
        pli.ok(not controls, "no control byte either", str(controls))
        screen.keys("Q")
        pli.ok(screen.ended() == 0, "and the program ends well")


def secrets(path):
    with open_on(path, 120, 40) as screen:
        seen = [screen.text()]
        for keys in (("N", "N", "N", "N"), ("f", "Down", "o"), ("q", "d"), ("q", "a"), ("q", "e")):
            seen.append(screen.keys(*keys))
        text = "\n".join(seen)
        pli.ok("AGFsaWNl" not in text, "a password in the clear is hidden on every screen",
               *[line for line in text.split("\n") if "AGFsaWNl" in line])
        pli.ok("AGFsaWNl" in screen.keys("q", "r", "d"), "until it is asked for", screen.text())


def damaged(path):
    cut = path + ".cut"
    with open(path, "rb") as whole, open(cut, "wb") as file:
        file.write(whole.read()[:-300])
    with open_on(cut, 120, 40) as screen:
        pli.ok("damaged" in screen.text() and "SMTP greeting" in screen.text(),
               "of a damaged capture what is before the damage is shown, and that it is damaged", screen.text())
        screen.keys("G", "n", "Q")
        pli.ok(screen.ended() == 1, "and the end says so, too", screen.text())


def animated(path):
    with open_on(path, 100, 30) as screen:
        screen.keys("N", "N", "N", "n", "e")
        first = screen.wait("Ethernet")
        pli.ok("250-SIZE" in screen.wait("8BITMIME"), "on its way in, the packet is opened envelope by envelope", first)
        screen.keys("Enter", "Up")
        pli.ok("closed" in screen.text() and "8BITMIME" not in screen.text(), "steps can be taken back", screen.text())
        pli.ok("8BITMIME" in screen.keys("Down", "Down", "Down", "Down"), "and taken by hand", screen.text())


def moving(path):
    with open_on(path, 100, 30) as screen:
        pli.ok("packet 2 " in screen.keys("n"), "n goes to the next packet", screen.text())
        pli.ok("packet 1 " in screen.keys("b"), "b goes back", screen.text())
        pli.ok("packet 3 " in screen.keys("N"), "N goes to the next exchange", screen.text())
        pli.ok("packet 1 " in screen.keys("B"), "B goes back by one", screen.text())
        screen.keys("#")
        screen.type("9")
        pli.ok("packet 9 " in screen.keys("Enter"), "# goes to a packet", screen.text())
        screen.keys("/")
        screen.type("envelope")
        text = screen.keys("Enter")
        pli.ok("filter: envelope" in text and "greeting" not in text, "/ narrows the list", text)
        screen.keys("/", "C-u", "Enter")
        screen.keys(":")
        screen.type("ladder")
        pli.ok("Ladder" in screen.keys("Enter"), ": does something by its name", screen.text())
        pli.ok("does nothing here" in screen.keys("q", "z"), "a key that does nothing says so", screen.text())
        screen.keys("L")
        pli.ok("FR ▸ EN" in screen.text(), "L changes the language", screen.text())


def counted(_):
    path = os.path.join(pli.ROOT, RECORDING)
    printed = subprocess.run([VISUALIZER, "--print", "shares", path], capture_output=True, text=True,
                             env={**os.environ, "LANGUAGE": "en"}, timeout=60).stdout
    with open_on(path, 100, 40, {"NO_COLOR": "1"}) as screen:
        text = screen.keys("S")
        for line in printed.split("\n")[1:8]:
            layer, count = line[0], line.split()[-3 if "█" not in line else -4]
            pli.ok(re.search(rf"{layer} [A-Z].*\b{count}\b", text), f"layer {layer}: {count} bytes, as printed", text)
        coloured = [line for line in screen.lines(escapes=True) if re.search(r"\033\[[0-9;]*[34][0-8](;|m)", line)]
        pli.ok(not coloured, "NO_COLOR: plots without colour", *coloured[:3])
        french = screen.keys("L")
        pli.ok("Application" in french and "packets" not in french.replace("paquets", ""), "L: plots in French", french)


def bound(path):
    folder = path + ".config"
    os.makedirs(os.path.join(folder, "pli"))
    with open(os.path.join(folder, "pli", "visualizer-keys"), "w", encoding="utf-8") as file:
        file.write("bind x statistics\nunbind S\nbind y \033[31mnothing\n")
    with open_on(path, 120, 40, {"XDG_CONFIG_HOME": folder}) as screen:
        text = screen.text()
        pli.ok("visualizer-keys" in text and "3" in text.split("visualizer-keys")[1], "a wrong line is told", text)
        pli.ok(b"\033[31mnothing" not in screen.output(), "harmless")
        pli.ok("does nothing here" in screen.keys("S"), "a key that is unbound does nothing", screen.text())
        pli.ok("Bytes of each layer" in screen.keys("x"), "a key of the user's does what it is bound to",
               screen.text())
        text = screen.keys("q", "?")
        pli.ok(re.search(r"^\W*x\b.*Statistics:", text, re.M), "help shows it", text)


def noted(path):
    path = shutil.copy(path, path + ".noted")
    kept = path + ".notes"
    with open_on(path, 100, 30) as screen:
        text = screen.keys("n", "n", "m")
        pli.ok("◆" in text and "bookmark is set" in text, "m sets a bookmark, and the list shows it", text)
        screen.keys("N", "N", "i")
        screen.type("Why this \u00e9?")
        text = screen.keys("Enter")
        pli.ok(text.count("¶") == 2 and "── ¶ Why this é?" in text, "i writes a note: in the list, and below it", text)
        screen.keys("I")
        screen.type("to be discussed")
        text = screen.keys("Enter", "f")
        pli.ok("Why this é?" in text and re.search(r"exchange \d+: to be discussed", text),
               "I notes on the exchange; among the fields, both are told", text)
        text = screen.keys("q", "'")
        pli.ok("packet 3 " in text, "' goes to the bookmark", text)
        text = screen.keys("M")
        pli.ok(text.count("¶") == 2 and text.count("◆") == 1, "M lists all", text)
        text = screen.keys("Down", "Enter")
        pli.ok("Why this é?" in text and "packet 3 " not in text, "Enter goes there", text)
        ladder = screen.keys("a").split("\n")
        pli.ok([len([line for line in ladder if re.search(rf"^.{{6,20}}{mark}", line)]) for mark in "◆¶"] == [1, 1],
               "the ladder marks both packets", *ladder)
        screen.keys("q")
        screen.keys("M", "g", "x", "q", "Q")
        pli.ok(screen.ended() == 0, "and the program ends")
    with open(kept, encoding="utf-8") as file:
        lines = file.read().split("\n")
    pli.ok(lines[0] == "Pli notes 1" and len(lines) == 5 and "bookmark" not in lines[2],
           "what was not taken away is kept beside the recording", *lines)
    with open(kept, "wb") as file:
        file.write(b"\033]2;OWNED\007\n" * 3)
    with open_on(path, 100, 30) as screen:
        text = screen.text()
        pli.ok("no notes of Pli's" in text and b"OWNED" not in screen.output(), "a foreign file is told, harmless",
               text)
        text = screen.keys("m")
        pli.ok("until the end" in text and "◆" in text, "bookmarks then last until the end", text)
    with open(kept, "rb") as file:
        pli.ok(file.read().startswith(b"\033]2;OWNED"), "and it is not written over")


def limited(path):
    with open_on(path, 100, 30) as screen:
        screen.keys("&")
        screen.type("smtp.req.comm")
        text = screen.keys("Tab")
        pli.ok("smtp.req.command" in text, "Tab goes on with the name of a field", text)
        screen.type(' == "MAIL" or tcp.flags.sy')
        text = screen.keys("Enter")
        pli.ok("column 31 (tcp.flags.sy)" in text, "a wrong filter says at which column", text)
        screen.keys("C-e")
        text = screen.keys("n", "Enter")
        pli.ok("column" not in text and "display filter: smtp.req.command" in text, "put right, it is used", text)
        screen.keys("&", "C-u")
        screen.type('smtp.req.command in {"MAIL", "DATA"}')
        text = screen.keys("Enter")
        pli.ok("envelope" in text and "greeting" not in text and "three-way" not in text,
               "only exchanges with such packets are listed", text)
        pli.ok("MAIL FROM" in screen.keys("g"), "the first that fits is shown", screen.text())
        text = screen.keys("n")
        pli.ok("DATA" in text and "packet 15 " in text, "n steps to the next that fits", text)
        text = screen.keys("n", "n", "b")
        pli.ok("MAIL FROM" in text, "not beyond it; b steps back to the one before", text)
        text = screen.keys("&", "C-u", "Enter")
        pli.ok("greeting" in text, "an empty filter lists all", text)
    with terminal.Terminal([VISUALIZER, "-Y", "arp", path], 100, 30, None, "exchanges") as screen:
        text = screen.text()
        pli.ok("address resolution" in text and "greeting" not in text, "-Y begins with a filter", text)


# From packet 12 on: a reply, a command; then the summary.
PREDICTED = (
    ("predict", ("#", "1", "2", "Enter", "p"), ()),
    ("predict-answer", ("Enter", "R", "C", "P", "T", "Enter"), ()),
    ("predict-partly", ("n", "Enter", "2", "2", "0", "Enter"), ()),
    ("predict-summary", ("n", "Enter", "Q", "U", "I", "T", "Enter", "m"), ("q", "q")),
)


def predicting(path):
    with open_on(path, 100, 30) as screen:
        screen.keys("#", "9", "Enter", "p")
        text = screen.text()
        pli.ok("Which reply code" in text and "235" not in text and "accepted" not in text,
               "what is asked about is not on the screen", text)
        pli.ok("First an answer" in screen.keys("n"), "there is no way on without looking", screen.text())
        text = screen.keys("s")
        pli.ok("It is 235" in text and "of 1 right" not in text, "shown without an answer, it does not count", text)
        seen = 0
        while "nothing more to ask" not in screen.keys("n", "s") and seen < 50:
            seen += 1
        pli.ok(5 < seen < 50, "at the end there is nothing more to ask", seen, screen.text())
        pli.ok("packet 2" in screen.keys("q"), "q goes back to the list", screen.text())
        screen.keys("#", "9", "Enter", "p", "Enter")
        screen.type("235")
        screen.keys("Enter")
        pli.ok("1 of 1 right" in screen.text(), "a right answer counts", screen.text())
        pli.ok("1 of 1 right, 0 partly" in screen.keys("q"), "and is told when leaving", screen.text())
    # On a wire: about what is held, before it is delivered; what has no question is delivered by itself.
    with fakewire.Wire(path + ".predicted", path, range(10, 20)) as wire, \
            terminal.Terminal([VISUALIZER, "--watch", path + ".predicted"], 100, 30, None, at_rest) as screen:
        text = screen.keys("p")
        pli.ok("Which reply code" in text and "HELD" in text and not wire.said,
               "on a wire, a held packet is asked about", text, wire.said)
        screen.keys("Enter")
        screen.type("235")
        text = screen.keys("Enter")
        pli.ok("Right!" in text and not wire.said, "and shown before it is delivered", text, wire.said)
        screen.keys("n")
        pli.ok("Which command" in screen.text() and wire.said == ["step"], "the next question delivers it",
               screen.text(), wire.said)


WATCHED = (
    ("wire-held", (), ()),
    ("wire-bits", ("x", "Right", "Right", "Tab"), ("q",)),
    ("wire-help", ("?",), ("q",)),
)


def at_rest(text):
    return "HELD" in text and "reading" not in text


def watched(path, columns, rows):
    place = f"{path}-{columns}.wire"
    with fakewire.Wire(place, path, (9, 10, 11)), \
            terminal.Terminal([VISUALIZER, "--watch", place], columns, rows, None, at_rest) as screen:
        for name, there, back in WATCHED:
            screen.keys(*there)
            for _ in range(50): # the wire may have more to tell
                screen.wait(at_rest if not there else lambda text: "reading" not in text)
                screen.steady()
                if "reading" not in screen.text():
                    break
            golden = os.path.join(HERE, "golden", f"{name}-{columns}x{rows}.txt")
            difference = terminal.compare(golden, screen.lines())
            pli.ok(difference is None, f"{name} at {columns}x{rows}", difference or "")
            screen.keys(*back)


def commanded(path):
    place = path + ".commanded"
    with fakewire.Wire(place, path, range(9, 20), before=100) as wire, \
            terminal.Terminal([VISUALIZER, "--watch", place], 120, 40, None, at_rest) as screen:
        pli.ok("packet 9, for 12 s" in screen.text() and "the wire's packet 109" in screen.text(),
               "the oldest held packet is shown", screen.text())
        pli.ok("packet 10," in screen.keys("Space"), "Space delivers it, and goes to the next", screen.text())
        pli.ok("packet 11," in screen.keys("D"), "D drops it", screen.text())
        screen.keys("2", "z", "Enter")
        screen.keys("x", "7", "Right", "Enter")
        pli.ok(wire.said == ["step", "fault drop packet 110", "fault duplicate packet 111",
                             "fault delay packet 111 by 2 s", "fault corrupt bit 7 of byte 55 of packet 111"],
               "drop, duplicate, delay and corrupt are said to the wire, with its own numbers", wire.said)
        del wire.said[:]
        # Packets 11 to 14 are the envelope: MAIL and RCPT, and their replies.
        screen.keys("o")
        screen.wait("packet 15,")
        pli.ok(wire.said == ["step"] * 4, "o delivers to the end of the exchange", wire.said, screen.text())
        screen.keys("!")
        screen.type("list")
        pli.ok("three" in screen.keys("Enter") and "two\u241b[31m" in screen.text(),
               "! tells it anything, and shows what it answers, harmless", screen.text())
        screen.keys("q", "!")
        screen.type("nonsense")
        pli.ok("not understood" in screen.keys("Enter"), "and what it does not understand", screen.text())
        pli.ok("HELD" not in screen.keys("h") and wire.said[-1] == "go", "h lets all go", screen.text())
        screen.keys("!")
        screen.type("vanish")
        screen.keys("Enter")
        pli.ok("ENDED  The wire has ended" in screen.text(), "when the wire ends, what was seen stays", screen.text())
        pli.ok("packet 8 " in screen.keys("#", "8", "Enter"), "and can be looked at", screen.text())
        screen.keys("Q")
        pli.ok(screen.ended() == 0, "and the program ends well")
    with fakewire.Wire(path + ".wrong", path, greeting="HTTP/1.0 200 "):
        refused = subprocess.run([VISUALIZER, "--watch", path + ".wrong"], capture_output=True, text=True,
                                 env={**os.environ, "LANGUAGE": "en"}, timeout=60)
        pli.ok(refused.returncode == 1 and "no wire to watch" in refused.stderr,
               "a socket that is no wire's is refused", refused.stderr)


def parts(folder):
    """(function, arguments...) of everything that is to be tried."""
    path = os.path.join(folder, "letter.pcap")
    recording = os.path.join(pli.ROOT, RECORDING)
    conversation.letter(path)
    for size in SIZES:
        yield from ((goldens, path, *size), (goldens, recording, *size, RECORDED), (goldens, path, *size, PREDICTED),
                    (watched, path, *size))
    for part in (small, mono, restored, damaged, animated, moving, counted, bound, noted, limited, secrets, commanded,
                 predicting):
        yield part, path
    yield harmless, os.path.join(folder, "hostile.pcap")


def main():
    if not terminal.available():
        pli.skip_all("tmux is not installed")
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        for done in [pool.submit(*part) for part in parts(folder)]:
            done.result()
    pli.done()


main()
