#!/usr/bin/env python3
"""A running wire in the visualizer's own view: what is held is seen before it is delivered, and commanded by keys;
and what passes a host's own device, live."""
import os
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli  # noqa: E402
import terminal  # noqa: E402

LAB = f"w{os.getpid()}"
NETLAB = [os.path.join(pli.ROOT, "scripts", "netlab"), "--lab", LAB]
VISUALIZER = os.path.join(pli.BIN, "visualizer")
ENVIRONMENT = {**os.environ, "LANGUAGE": "en", "LC_ALL": "C.UTF-8", "BIN": os.path.relpath(pli.BIN, pli.ROOT)}
ALICE, MAIL = "10.0.0.10", "10.0.0.25"


def netlab(*words, **how):
    return subprocess.run([*NETLAB, *words], capture_output=True, text=True, env=ENVIRONMENT, timeout=60, **how)


def start(*words):
    return subprocess.Popen([*NETLAB, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env=ENVIRONMENT, start_new_session=True)


def interrupt(process):
    """As Ctrl-C does: to all that the terminal started."""
    os.killpg(process.pid, signal.SIGINT)


def until(condition, seconds=10):
    end = time.monotonic() + seconds * pli.SLOW
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def watch(columns=100, rows=30, ready="LIVE"):
    return terminal.Terminal([*NETLAB, "watch"], columns, rows, {"BIN": ENVIRONMENT["BIN"]}, ready)


def held_and_delivered():
    with watch() as screen:
        text = screen.keys("h")
        pli.ok("HOLDING" in text and netlab("wire", "state").stdout == "holding\t0\n", "h holds", text)
        ping = start("run", "alice", "ping", "-n", "-c", "1", "-W", "60", MAIL)
        text = screen.wait("HELD")
        pli.ok("packet 1, for" in text and "address resolution" in text and "ARP       in Ethernet" in text,
               "what comes is shown in both models while it is held", text)
        pli.ok(netlab("wire", "state").stdout == "holding\t1\n", "it is not delivered yet")
        # ARP there and back, ping there and back, and what else the hosts say: each is held until it is delivered.
        pli.ok(until(lambda: ping.poll() is not None or
                     ("HELD" in screen.text() and screen.keys("Space") and False)) and ping.returncode == 0,
               "delivered packet by packet, the ping arrives", screen.text())
        ping = start("run", "alice", "ping", "-n", "-c", "1", "-W", "60", MAIL)
        screen.wait("HELD")
        # Once is enough, unless the hosts ask for each other's hardware address again meanwhile.
        pli.ok(until(lambda: ping.poll() is not None or ("HELD" in screen.text() and screen.keys("o") and False)) and
               ping.returncode == 0, "or exchange by exchange", screen.text())
        dropped_and_bent(screen)
        os.kill(child(screen.pid), signal.SIGKILL)
        pli.ok(until(lambda: netlab("wire", "state").stdout == "passing\t0\n"),
               "a watcher who dies lets everything go", netlab("wire", "state").stdout)


def dropped_and_bent(screen):
    ping = start("run", "alice", "ping", "-n", "-c", "1", "-W", "1", MAIL)
    screen.wait("HELD")
    screen.keys("D")
    pli.ok(ping.wait(60) == 1, "D drops: no answer", *ping.communicate())
    ping = start("run", "alice", "ping", "-n", "-c", "1", "-W", "1", MAIL)
    screen.wait("HELD")
    text = screen.keys("x")
    pli.ok("a bit to flip" in text and "notice" in text, "x shows its bytes and who will notice", text)
    before = netlab("wire", "held").stdout.split("\t")[0]
    screen.keys("Enter")
    after = netlab("wire", "held").stdout.split("\t")[0]
    pli.ok(before.isdigit() and int(after) > int(before), "the packet with the flipped bit is held in its place",
           before, after)
    screen.keys("Space")
    pli.ok(ping.wait(60) == 1, "and its receiver throws it away", *ping.communicate())


def predicted():
    """What comes is asked about while the real wire holds it; answered, it is delivered."""
    with watch() as screen:
        screen.keys("p")
        dial = start("run", "alice", "python3", "-c", f"""
import socket
try: socket.create_connection(("{MAIL}", 4444), 60)
except ConnectionRefusedError: print("refused")""")
        text = screen.wait("Which flags")
        pli.ok("HELD" in text and netlab("wire", "state").stdout.startswith("holding\t1") and dial.poll() is None,
               "predict: the next packet of a real connection is asked about while it is held", text)
        screen.keys("Enter")
        screen.type("SYN")
        text = screen.keys("Enter")
        pli.ok("Right!" in text and netlab("wire", "held").stdout.count("\n") >= 1, "the answer is judged", text)
        pli.ok(until(lambda: dial.poll() is not None or (screen.keys("s", "n") and False)),
               "question by question, the connection gets its answer", screen.text())
        pli.ok("refused" in dial.communicate()[0], "which is a RST", screen.text())
        screen.keys("q")
        netlab("wire", "go")


def own_wire():
    """visualizer --wire in a terminal is the wire and its view: here between the hosts of a lab that has none."""
    up = netlab("up", "--bridge")
    pli.ok(up.returncode == 0, "a lab without a wire comes up", up.stderr)
    first = re.search(rf'"{LAB}" is up \(process (\d+)\)', netlab("status").stdout)[1]
    enter = ["nsenter", "-t", first, *(["-U", "--preserve-credentials"] if os.getuid() else []), "-n", "--"]
    for port in ("alice", "mail", "dns"):
        subprocess.run([*enter, "ip", "link", "set", "dev", port, "nomaster"], check=True)
    with terminal.Terminal([*enter, VISUALIZER, "--wire", "alice,mail,dns"], 100, 30, None, "LIVE") as screen:
        folder = screen.folder
        pli.ok(netlab("run", "alice", "ping", "-n", "-c", "1", "-W", "9", MAIL).returncode == 0,
               "visualizer --wire in a terminal is a wire, with its view", screen.text())
        screen.keys("h")
        ping = start("run", "alice", "ping", "-n", "-c", "1", "-W", "60", MAIL)
        text = screen.wait("HELD")
        pli.ok(ping.poll() is None, "h holds", text)
        pli.ok(until(lambda: ping.poll() is not None or
                     ("HELD" in screen.text() and screen.keys("Space") and False)) and ping.returncode == 0,
               "Space delivers", screen.text())
        ping = start("run", "alice", "ping", "-n", "-c", "1", "-W", "1", MAIL)
        screen.wait("HELD")
        screen.keys("D")
        pli.ok(ping.wait(60) == 1, "D drops", *ping.communicate())
        screen.keys("!")
        screen.type("fault drop every ICMP")
        screen.keys("Enter")
        screen.keys("h")
        pli.ok(netlab("run", "alice", "ping", "-n", "-c", "1", "-W", "1", MAIL).returncode == 1,
               "a fault is given by key", screen.text())
        screen.keys("Q")
        pli.ok(screen.ended() == 0, "and is left well", screen.text())
        pli.ok(not [name for name in os.listdir(folder) if name.startswith("pli-wire")], "nothing is left of it",
               os.listdir(folder))
    pli.ok(netlab("run", "alice", "ping", "-n", "-c", "1", "-W", "1", MAIL).returncode == 1,
           "the wire ends with its view")
    with terminal.Terminal([*enter, VISUALIZER, "--wire", "alice,nobody"], 100, 30, None, "nobody") as screen:
        pli.ok(screen.ended() == 1 and "The device nobody cannot be used" in str(screen.output()),
               "a wire that cannot begin opens no view, and says why", screen.output())
    netlab("down")


def child(pid):
    """The screen's process: the shell script becomes it."""
    with open(f"/proc/{pid}/comm") as file:
        assert "visualizer" in file.read()
    return pid


def printed():
    stream = start("watch", "--print", "exchanges")
    lines = [stream.stdout.readline()]
    netlab("run", "alice", "python3", "-c", f"""
import socket
try: socket.create_connection(("{MAIL}", 4444), 5)
except ConnectionRefusedError: pass""")
    lines.append(until_line(stream, "4444"))
    pli.ok(lines[0].startswith("number\t") and "\tTCP\t" in lines[1], "--print prints each exchange when it is over",
           *lines)
    interrupt(stream)
    pli.ok(stream.wait(20) == 0, "until Ctrl-C", *stream.communicate())


def until_line(stream, what):
    line = stream.stdout.readline()
    while line and what not in line:
        line = stream.stdout.readline()
    return line


def captured(folder):
    out = os.path.join(folder, "alice.pcapng")
    stream = start("run", "alice", VISUALIZER, "-i", "eth0", "-w", out, "-c", "4", "--print", "packets")
    until(lambda: os.path.exists(out))      # it is made when the device is open
    netlab("run", "alice", "ping", "-n", "-c", "4", "-i", "0.05", "-W", "1", MAIL)
    text, errors = stream.communicate()
    pli.ok(stream.returncode == 0 and text.count("\n") == 4 and "echo request" in text,
           "-i prints what passes a device, as many packets as -c says", text, errors)
    again = subprocess.run([VISUALIZER, "--print", "exchanges", out], capture_output=True, text=True, env=ENVIRONMENT)
    pli.ok(again.returncode == 0 and "\talice.example.org\t" in again.stdout,
           "-w keeps it, with the names that the host knows", again.stdout, again.stderr)
    late = netlab("run", "alice", VISUALIZER, "-i", "eth0", "-a", "0.3", "--print", "exchanges")
    pli.ok(late.returncode == 0 and late.stdout.startswith("number\t"), "-a ends it by time", late.stdout, late.stderr)
    stream = start("run", "alice", "bash", "-c", f"{VISUALIZER} -i eth0 --print exchanges; echo status $?")
    netlab_until(stream)
    interrupt(stream)
    text, errors = stream.communicate(timeout=30)
    pli.ok("status 0" in text and "ping" in text, "Ctrl-C ends it well, and tells what was not over yet", text, errors)
    wrong = netlab("run", "alice", VISUALIZER, "-i", "eth7", "--print", "packets")
    pli.ok(wrong.returncode == 1 and "eth7" in wrong.stderr and "eth0" in wrong.stderr,
           "a device that does not exist: which there are", wrong.stderr)


def netlab_until(stream):
    """Pings until the stream, which began with a line, must have seen one."""
    stream.stdout.readline()
    netlab("run", "alice", "ping", "-n", "-c", "1", "-W", "1", MAIL)


def on_screen():
    command = [*NETLAB, "run", "alice", VISUALIZER, "-i", "eth0"]
    with terminal.Terminal(command, 100, 30, {"BIN": ENVIRONMENT["BIN"]}, "LIVE") as screen:
        netlab("run", "alice", "ping", "-n", "-c", "1", "-W", "1", MAIL)
        text = screen.wait("ping")
        pli.ok("No packet has come" not in text and "eth0" in text, "-i shows on the screen what comes", text)
        screen.keys("Q")
        pli.ok(screen.ended() == 0, "and is left well", screen.text())


def ended():
    with watch() as screen:
        down = netlab("down")
        text = screen.wait("ENDED")
        pli.ok(down.returncode == 0, "when the lab ends, the watcher is told, and keeps what was seen", text)
        screen.keys("Q")
        pli.ok(screen.ended() == 0, "and leaves well", screen.text())


def refused(folder):
    nobody = subprocess.run([*NETLAB, "watch"], capture_output=True, text=True, env=ENVIRONMENT)
    pli.ok(nobody.returncode != 0 and LAB in nobody.stderr, "without a lab there is nothing to watch", nobody.stderr)
    nothing = subprocess.run([VISUALIZER, "--watch", os.path.join(folder, "nothing")], capture_output=True, text=True,
                             env=ENVIRONMENT)
    pli.ok(nothing.returncode == 1 and "no wire to watch" in nothing.stderr, "nor where no wire is", nothing.stderr)
    command = [VISUALIZER, "-i", "lo", "--print", "packets", "-a", "0.1"]
    if os.getuid() == 0:
        command = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--bounding-set=-all", *command]
    right = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT)
    pli.ok(right.returncode == 1 and "no right to look" in right.stderr, "without the right, it says what to do",
           right.stderr)


def main():
    if not terminal.available():
        pli.skip_all("tmux is not installed")
    doctor = netlab("doctor")
    if doctor.returncode != 0:
        pli.skip_all("the lab network cannot be raised here: scripts/netlab doctor")
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        try:
            up = netlab("up")
            pli.ok(up.returncode == 0, "a lab comes up", up.stderr)
            held_and_delivered()
            predicted()
            printed()
            captured(folder)
            on_screen()
            ended()
            own_wire()
        finally:
            netlab("down")
        refused(folder)
    pli.done()


main()
