"""Puts captures one behind the other into one pcapng file, so that a program is started once for many of them.

Interfaces get new numbers; blocks of secrets, names and all that comes with a
packet are kept as they are. What cannot be moved so (big-endian files,
nanosecond or broken ones, several sections) is not taken: read() answers None,
and it has to be looked at alone.
"""
import struct

SECTION, INTERFACE, NAMES, STATISTICS, PACKET, SECRETS = 0x0a0d0d0a, 1, 4, 5, 6, 10


def block(kind, body):
    body += b"\0" * (-len(body) % 4)
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


def classic(data):
    """The blocks of a pcap file."""
    snap, link = struct.unpack_from("<II", data, 16)
    blocks, at = [(INTERFACE, struct.pack("<HHI", link, 0, snap))], 24
    while at < len(data):
        if at + 16 > len(data):
            return None
        seconds, fraction, kept, length = struct.unpack_from("<IIII", data, at)
        time = seconds * 1000000 + fraction
        if at + 16 + kept > len(data):
            return None
        body = struct.pack("<IIIII", 0, time >> 32, time & 0xffffffff, kept, length) + data[at + 16:at + 16 + kept]
        blocks.append((PACKET, body))
        at += 16 + kept
    return blocks


def modern(data):
    """The blocks of a pcapng file with one section."""
    blocks, at = [], 0
    while at + 12 <= len(data):
        kind, size = struct.unpack_from("<II", data, at)
        if size < 12 or at + size > len(data):
            return None
        if (kind == SECTION) != (at == 0) or (at == 0 and data[8:12] != b"\x4d\x3c\x2b\x1a"):
            return None
        if at > 0:
            if kind not in (INTERFACE, NAMES, STATISTICS, PACKET, SECRETS):
                return None
            blocks.append((kind, data[at + 8:at + size - 4]))
        at += size
    return blocks if at == len(data) else None


def read(path):
    """The blocks of a capture, or None."""
    with open(path, "rb") as source:
        data = source.read()
    if data[:4] == b"\xd4\xc3\xb2\xa1":
        return classic(data)
    return modern(data) if data[:4] == b"\n\r\r\n" else None


def write(path, captures):
    """captures: what read() answered. How many packets each one brought."""
    counts, interfaces = [], 0
    with open(path, "wb") as out:
        out.write(block(SECTION, struct.pack("<IHHq", 0x1a2b3c4d, 1, 0, -1)))
        for blocks in captures:
            mine = 0
            for kind, body in blocks:
                if kind in (PACKET, STATISTICS):
                    body = struct.pack("<I", struct.unpack_from("<I", body)[0] + interfaces) + body[4:]
                mine += kind == INTERFACE
                out.write(block(kind, body))
            interfaces += mine
            counts.append(sum(kind == PACKET for kind, _ in blocks))
    return counts
