"""Makes a large capture of mail for measuring: the kit's own recordings, many times over.

Every copy of a recording is a client of its own (another address, checksums put
right), begins a little later than the one before, and goes on beside a few
others, so that packets of several connections alternate as on a busy wire. The
same size gives the same bytes.
"""
import heapq
import os
import struct

RECORDINGS = ("smtp-mime", "imap", "smtp-auth-clear", "imap-idle", "pop3")
START = 1700000000 * 1000000
BESIDE = 8              # conversations at a time
APART = 3000            # microseconds between their beginnings


def blocks(data):
    at = 0
    while at + 12 <= len(data):
        kind, size = struct.unpack_from("<II", data, at)
        yield kind, data[at + 8:at + size - 4]
        at += size


def resolution(interface):
    """Ticks per second: the option if_tsresol of an interface."""
    at = 8
    while at + 4 <= len(interface):
        code, size = struct.unpack_from("<HH", interface, at)
        if code == 9:
            power = interface[at + 4]
            return 2 ** (power & 0x7f) if power & 0x80 else 10 ** power
        at += 4 + (size + 3) // 4 * 4
    return 10 ** 6


def frames(path):
    """(microseconds since the first, frame) of the TCP packets over IPv4 on Ethernet."""
    with open(path, "rb") as file:
        data = file.read()
    ticks, result = [], []
    for kind, body in blocks(data):
        if kind == 1:
            ticks.append(resolution(body))
        elif kind == 6:
            interface, high, low, kept = struct.unpack_from("<IIII", body)
            frame = body[20:20 + kept]
            if frame[12:14] == b"\x08\x00" and frame[23] == 6:
                result.append(((high << 32 | low) * 10 ** 6 // ticks[interface], frame))
    return [(time - result[0][0], frame) for time, frame in result]


class Packet:
    """A frame whose client's address can be changed: where it stands, and the checksums without it."""

    def __init__(self, time, frame, client):
        self.time, self.frame = time, frame
        self.place = 26 if frame[26:30] == client else 30
        self.tcp = 14 + (frame[14] & 15) * 4 + 16
        old = sum(struct.unpack(">HH", client))
        # The complement of a checksum is a sum: take the old address out of it (RFC 1624).
        self.sums = [(~struct.unpack_from(">H", frame, at)[0] & 0xffff) + 2 * 0xffff - old for at in (24, self.tcp)]

    def of(self, address, words):
        frame = bytearray(self.frame)
        frame[self.place:self.place + 4] = address
        for at, base in zip((24, self.tcp), self.sums):
            value = base + words
            value = (value & 0xffff) + (value >> 16)
            value = (value & 0xffff) + (value >> 16)
            struct.pack_into(">H", frame, at, ~value & 0xffff)
        return frame


def template(path):
    found = frames(path)
    client = found[0][1][26:30]
    return [Packet(time, frame, client) for time, frame in found]


def conversation(packets, number, start):
    """One copy: (time, tie, bytes to write)."""
    address = struct.pack(">I", 10 << 24 | 1 << 20 | number)
    words = sum(struct.unpack(">HH", address))
    for count, packet in enumerate(packets):
        time, frame = start + packet.time, packet.of(address, words)
        header = struct.pack("<IIII", time // 10 ** 6, time % 10 ** 6, len(frame), len(frame))
        yield time, number << 16 | count, header + frame


def make(path, size, packets=None, recordings="tests/recordings"):
    """size bytes or so, or as many packets. How many packets it has."""
    templates = [template(os.path.join(recordings, name + ".pcapng")) for name in RECORDINGS]
    written = count = number = 0
    start = START
    with open(path + ".new", "wb", buffering=1 << 20) as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        while written < size if packets is None else count < packets:
            group = []
            for _ in range(BESIDE):
                group.append(conversation(templates[number % len(templates)], number, start))
                start += APART
                number += 1
            for start, _, record in heapq.merge(*group):
                out.write(record)
                written += len(record)
                count += 1
                if count == packets:
                    break
    os.rename(path + ".new", path)
    return count


def count(path):
    """How many packets a pcap file of ours has."""
    packets = 0
    with open(path, "rb", buffering=1 << 20) as file:
        file.seek(24)
        while len(header := file.read(16)) == 16:
            file.seek(struct.unpack_from("<I", header, 8)[0], os.SEEK_CUR)
            packets += 1
    return packets
