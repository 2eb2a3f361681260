#!/usr/bin/env python3
"""Cuts and bends captures: no crash, no hang, and an answer for every packet before the damage.

    tests/visualizer/malformed.t [--long]

Every packet of the small recordings is cut at many lengths and has bytes
changed (always the same ones: the random numbers are seeded). The damaged
packets of many recordings go into one file, so that a run of the program tries
thousands of them. Then the files themselves are cut and bent, one run each.
--long (make malformed) does it with several times as much damage.
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
SECONDS = 120
LONG = "--long" in sys.argv
CUTS, BENDS, ROUNDS = (40, 40, 3) if LONG else (10, 10, 1)
TOGETHER = 4000 # damaged packets in one file, about
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
    for length in range(0, len(frame), max(1, len(frame) // CUTS)):
        yield frame[:length]
    for _ in range(BENDS):
        bent = bytearray(frame)
        for _ in range(random.randint(1, 4)):
            bent[random.randrange(len(bent))] = random.choice((0, 1, 0x7f, 0x80, 0xff, random.randrange(256)))
        yield bytes(bent)


def damaged_packets(recordings):
    """Of classic recordings: what makes a file of damaged packets for each kind of link, and whose they are."""
    kinds = {}
    for name, data in recordings:
        if data[:4] == b"\xd4\xc3\xb2\xa1":
            kinds.setdefault(data[:24], []).append((name, data))
    for header, members in kinds.items():
        names, pieces = [], []
        for name, data in members:
            names.append(name)
            pieces += [piece for frame in frames_of(data)[:40] if frame for piece in damaged(frame)]
            if len(pieces) >= TOGETHER or name == members[-1][0]:
                yield names, header + b"".join(
                    struct.pack("<IIII", 1700000000 + number // 20, 0, len(piece), len(piece)) + piece
                    for number, piece in enumerate(pieces))
                names, pieces = [], []


def damaged_files(data):
    """The file itself cut and bent."""
    for _ in range(ROUNDS):
        yield data[:random.randrange(len(data))]
        bent = bytearray(data)
        for _ in range(4):
            bent[random.randrange(len(bent))] = random.randrange(256)
        yield bytes(bent)


def attempts(recordings):
    """(what, face, bytes) of each run."""
    for names, data in damaged_packets(recordings):
        for face in FACES:
            yield f"packets of {names[0]} to {names[-1]}, {' '.join(face)}", face, data
    for number, (name, data) in enumerate(recordings):
        for turn, bent in enumerate(damaged_files(data)):
            # In the short version every second recording is cut, the others are bent.
            if LONG or turn == number % 2:
                yield f"{name}, damaged", FACES[number // 2 % len(FACES)], bent


def main():
    recordings = []
    for path in sorted(glob.glob("tests/recordings/*.pcap*")):
        with open(path, "rb") as source:
            recordings.append((os.path.basename(path), source.read()))
    failed = number = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "damaged")
        for number, (what, face, data) in enumerate(attempts(recordings), 1):
            with open(path, "wb") as out:
                out.write(data)
            problem = run(face, path)
            failed += problem is not None
            print(f"{'ok' if problem is None else 'not ok'} {number} - {what}")
            if problem is not None:
                print("# " + problem.replace("\n", "\n# "))
    print(f"1..{number}")
    return 1 if failed else 0


sys.exit(main())
