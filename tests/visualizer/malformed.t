#!/usr/bin/env python3
"""Cuts and bends captures: no crash, no hang, and an answer for every packet before the damage.

Every small recording is cut at many lengths and has bytes changed (always the
same ones: the random numbers are seeded). Many damaged packets go into one
file, so that a run of the program tries hundreds of them.
"""
import glob
import os
import random
import struct
import subprocess
import sys
import tempfile

BIN = os.environ.get("BIN", "bin")
FACES = (["--print", "json"], ["--print", "exchanges"], ["--print", "layers"], ["--print", "consequences-json"])
SECONDS = 60
random.seed(20261124)


def run(arguments, path):
    try:
        done = subprocess.run([os.path.join(BIN, "visualizer"), *arguments, path], capture_output=True, timeout=SECONDS,
                              check=False)
    except subprocess.TimeoutExpired:
        return f"it did not end within {SECONDS} seconds"
    errors = done.stderr.decode("utf-8", "replace")
    if done.returncode not in (0, 1) or "Sanitizer" in errors or "runtime error" in errors:
        return f"exit status {done.returncode}: {errors[-1500:]}"
    if any(byte < 32 and byte not in (9, 10) or byte == 127 for byte in done.stdout):
        return "a control byte in the output"
    return None


def frames_of(data):
    """The packets of a classic little-endian pcap file."""
    at, frames = 24, []
    while at + 16 <= len(data):
        size = struct.unpack_from("<I", data, at + 8)[0]
        frames.append(data[at + 16:at + 16 + size])
        at += 16 + size
    return frames


def damaged(frame):
    """The packet cut everywhere, and with changed bytes."""
    for length in range(0, len(frame), max(1, len(frame) // 40)):
        yield frame[:length]
    for _ in range(40):
        bent = bytearray(frame)
        for _ in range(random.randint(1, 4)):
            bent[random.randrange(len(bent))] = random.choice((0, 1, 0x7f, 0x80, 0xff, random.randrange(256)))
        yield bytes(bent)


def damaged_packets(data, path):
    with open(path, "wb") as out:
        out.write(data[:24])
        for number, frame in enumerate(frames_of(data)[:40]):
            for piece in damaged(frame) if frame else ():
                out.write(struct.pack("<IIII", 1700000000 + number, 0, len(piece), len(piece)) + piece)


def damaged_files(data, path, rounds):
    """The file itself cut and bent: yields after each that was written."""
    for _ in range(rounds):
        with open(path, "wb") as out:
            out.write(data[:random.randrange(len(data))])
        yield
        bent = bytearray(data)
        for _ in range(4):
            bent[random.randrange(len(bent))] = random.randrange(256)
        with open(path, "wb") as out:
            out.write(bytes(bent))
        yield


def main():
    files = sorted(glob.glob("tests/recordings/*.pcap*"))
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "damaged")
        for number, name in enumerate(files, 1):
            with open(name, "rb") as source:
                data = source.read()
            problems = []
            classic = data[:4] == b"\xd4\xc3\xb2\xa1"
            if classic:
                damaged_packets(data, path)
                problems += [run(face, path) for face in FACES]
            rounds = 3 if classic else 1 # there are many of the others
            problems += [run(FACES[number % len(FACES)], path) for _ in damaged_files(data, path, rounds)]
            problems = [problem for problem in problems if problem]
            failed += bool(problems)
            print(f"{'not ok' if problems else 'ok'} {number} - {os.path.basename(name)}, damaged")
            for problem in problems[:2]:
                print("# " + problem.replace("\n", "\n# "))
    print(f"1..{len(files)}")
    return 1 if failed else 0


sys.exit(main())
