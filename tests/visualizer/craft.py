"""Makes packets and capture files for the tests, byte by byte, checksums included.

Nothing here is clever: each function puts one header before a payload.
"""
import ipaddress
import struct

MAC_A, MAC_B = "02:00:0a:00:00:0a", "02:00:0a:00:00:19"
A4, B4 = "10.0.0.10", "10.0.0.25"
A6, B6 = "2001:db8::a", "2001:db8::19"
FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32


def mac(text):
    return bytes(int(part, 16) for part in text.split(":"))


def ip(text):
    return ipaddress.ip_address(text).packed


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def eth(payload, kind=0x0800, src=MAC_A, dst=MAC_B, pad=True):
    frame = mac(dst) + mac(src) + struct.pack(">H", kind) + payload
    return frame.ljust(60, b"\0") if pad else frame


def llc(payload, src=MAC_A, dst="01:80:c2:00:00:00"):
    return (mac(dst) + mac(src) + struct.pack(">H", len(payload)) + payload).ljust(60, b"\0")


def vlan(payload, number=5, kind=0x0800, priority=0):
    return struct.pack(">HH", priority << 13 | number, kind) + payload


def sll(payload, kind=0x0800, packet_type=0, src=MAC_A):
    return struct.pack(">HHH", packet_type, 1, 6) + mac(src) + b"\0\0" + struct.pack(">H", kind) + payload


def sll2(payload, kind=0x0800, packet_type=4, src=MAC_A, index=3):
    return struct.pack(">HHIHBB", kind, 0, index, 1, packet_type, 6) + mac(src) + b"\0\0" + payload


def arp(operation, sender_mac, sender, target_mac, target):
    return struct.pack(">HHBBH", 1, 0x0800, 6, 4,
                       operation) + mac(sender_mac) + ip(sender) + mac(target_mac) + ip(target)


def ip4(payload, protocol, src=A4, dst=B4, ident=1, flags=2, offset=0, ttl=64, tos=0, options=b"", length=None):
    words = 5 + len(options) // 4
    total = words * 4 + len(payload) if length is None else length
    header = struct.pack(">BBHHHBBH", 0x40 | words, tos, total, ident, flags << 13 | offset, ttl, protocol, 0)
    header += ip(src) + ip(dst) + options
    return header[:10] + struct.pack(">H", checksum(header)) + header[12:] + payload


def ip6(payload, following, src=A6, dst=B6, hops=64, traffic_class=0, flow=0):
    first = 6 << 28 | traffic_class << 20 | flow
    return struct.pack(">IHBB", first, len(payload), following, hops) + ip(src) + ip(dst) + payload


def pseudo(payload, protocol, src, dst):
    return ip(src) + ip(dst) + struct.pack(">II", len(payload), protocol) + payload


def udp(payload, sport, dport, src=A4, dst=B4):
    header = struct.pack(">HHHH", sport, dport, 8 + len(payload), 0)
    value = checksum(pseudo(header + payload, 17, src, dst)) or 0xffff
    return header[:6] + struct.pack(">H", value) + payload


def tcp(payload=b"", sport=40000, dport=25, seq=0, ack=0, flags=ACK, window=64240, options=b"", src=A4, dst=B4,
        urgent=0):
    options = options.ljust((len(options) + 3) // 4 * 4, b"\0")
    words = 5 + len(options) // 4
    header = struct.pack(">HHIIHHHH", sport, dport, seq & 0xffffffff, ack & 0xffffffff, words << 12 | flags, window, 0,
                         urgent) + options
    value = checksum(pseudo(header + payload, 6, src, dst))
    return header[:16] + struct.pack(">H", value) + header[18:] + payload


def icmp(kind, code, rest):
    message = struct.pack(">BBH", kind, code, 0) + rest
    return message[:2] + struct.pack(">H", checksum(message)) + message[4:]


def icmp6(kind, code, rest, src=A6, dst=B6):
    message = struct.pack(">BBH", kind, code, 0) + rest
    return message[:2] + struct.pack(">H", checksum(pseudo(message, 58, src, dst))) + message[4:]


class Conversation:
    """Both sides of a TCP connection; frames are collected as (time, frame)."""

    def __init__(self, frames, sport=40000, dport=25, client=A4, server=B4, start=1000.0, base=(1000000, 5000000)):
        self.frames, self.time = frames, start
        self.ports, self.hosts = (sport, dport), (client, server)
        self.next = list(base)

    def send(self, side, payload=b"", flags=ACK, wait=0.001, seq=None, ack=None, advance=True, **more):
        self.time += wait
        if seq is None:
            seq = self.next[side]
        if ack is None:
            ack = self.next[1 - side] if flags & ACK else 0
        src, dst = self.hosts[side], self.hosts[1 - side]
        segment = tcp(payload, self.ports[side], self.ports[1 - side], seq, ack, flags, src=src, dst=dst, **more)
        packet = ip6(segment, 6, src, dst) if ":" in src else ip4(segment, 6, src, dst)
        kind = 0x86dd if ":" in src else 0x0800
        self.frames.append((self.time, eth(packet, kind, *((MAC_A, MAC_B) if side == 0 else (MAC_B, MAC_A)))))
        if advance:
            self.next[side] = (seq + len(payload) + bool(flags & (SYN | FIN))) & 0xffffffff

    def open(self, options=b"\x02\x04\x05\xb4\x01\x03\x03\x07", answer=None):
        self.send(0, flags=SYN, options=options)
        self.send(1, flags=SYN | ACK, options=options if answer is None else answer)
        self.send(0)

    def close(self):
        self.send(0, flags=FIN | ACK)
        self.send(1, flags=FIN | ACK)
        self.send(0)


def pcap(path, frames, link=1, nano=False, big=False, snap=262144):
    """frames: (time, bytes) or (time, bytes, length on the wire)."""
    order, ticks = (">" if big else "<"), (1000000000 if nano else 1000000)
    with open(path, "wb") as out:
        out.write(struct.pack(order + "IHHiIII", 0xa1b23c4d if nano else 0xa1b2c3d4, 2, 4, 0, 0, snap, link))
        for time, frame, *length in frames:
            whole = length[0] if length else len(frame)
            frame = frame[:snap]
            seconds = int(time)
            fraction = round((time - seconds) * ticks)
            out.write(struct.pack(order + "IIII", seconds, fraction, len(frame), whole) + frame)


def option(code, value, order="<"):
    return struct.pack(order + "HH", code, len(value)) + value.ljust((len(value) + 3) // 4 * 4, b"\0")


def block(kind, body, order="<"):
    size = len(body) + 12
    return struct.pack(order + "II", kind, size) + body + struct.pack(order + "I", size)


def pcapng_section(order="<", options=b""):
    return block(0x0a0d0d0a, struct.pack(order + "IHHq", 0x1a2b3c4d, 1, 0, -1) + options, order)


def pcapng_interface(link=1, snap=0, options=b"", order="<"):
    return block(1, struct.pack(order + "HHI", link, 0, snap) + options, order)


def pcapng_packet(time, frame, interface=0, ticks=1000000, length=None, options=b"", order="<"):
    stamp = round(time * ticks)
    body = struct.pack(order + "IIIII", interface, stamp >> 32, stamp & 0xffffffff, len(frame),
                       len(frame) if length is None else length)
    return block(6, body + frame.ljust((len(frame) + 3) // 4 * 4, b"\0") + options, order)


def pcapng(path, blocks):
    with open(path, "wb") as out:
        out.write(b"".join(blocks))
