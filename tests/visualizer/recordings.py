#!/usr/bin/env python3
"""Makes the small recordings of tests/recordings that no real network would give us on one day.

    tests/visualizer/recordings.py [FOLDER]

Every file is about one thing, which its name says. They are kept in the
repository; run this again after a change here.
"""
import os
import struct
import sys

from craft import (A4, A6, ACK, B4, B6, FIN, MAC_A, MAC_B, PSH, RST, SYN, URG, Conversation, arp, eth, icmp, icmp6, ip,
                   ip4, ip6, llc, mac, option, pcap, pcapng, pcapng_interface, pcapng_packet, pcapng_section, sll, sll2,
                   tcp, udp, vlan)

FOLDER = sys.argv[1] if len(sys.argv) > 1 else "tests/recordings"


def path(name):
    return os.path.join(FOLDER, name)


def timed(frames, start=1700000000.0, step=0.01):
    return [(start + i * step, frame) for i, frame in enumerate(frames)]


def label(name):
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".") if part) + b"\0"


def query(name, kind, ident=0x1234, flags=0x0100, extra=b"", additional=0, klass=1):
    return (struct.pack(">HHHHHH", ident, flags, 1, 0, 0, additional) + label(name) + struct.pack(">HH", kind, klass) +
            extra)


def record(name, kind, data, ttl=300, klass=1):
    return name + struct.pack(">HHIH", kind, klass, ttl, len(data)) + data


def answer(name, kind, records, ident=0x1234, flags=0x8180, authority=(), additional=()):
    return (struct.pack(">HHHHHH", ident, flags, 1, len(records), len(authority), len(additional)) + label(name) +
            struct.pack(">HH", kind, 1) + b"".join(records) + b"".join(authority) + b"".join(additional))


def dns_pair(name, kind, records, ident, **more):
    ask = ip4(udp(query(name, kind, ident), 40000 + ident, 53), 17)
    reply = ip4(udp(answer(name, kind, records, ident, **more), 53, 40000 + ident, B4, A4), 17, B4, A4)
    return [eth(ask), eth(reply, src=MAC_B, dst=MAC_A)]


def links():
    datagram = ip4(udp(query("example.org", 1), 40001, 53), 17)
    datagram6 = ip6(udp(query("example.org", 28), 40001, 53, A6, B6), 17)
    request = arp(1, MAC_A, A4, "00:00:00:00:00:00", B4)
    reply = arp(2, MAC_B, B4, MAC_A, A4)
    probe = arp(1, MAC_A, "0.0.0.0", "00:00:00:00:00:00", A4)
    announcement = arp(1, MAC_A, A4, "00:00:00:00:00:00", A4)
    gratuitous = arp(2, MAC_A, A4, MAC_A, A4)
    pcap(path("arp.pcap"), timed([eth(request, 0x0806, dst="ff:ff:ff:ff:ff:ff"), eth(reply, 0x0806, MAC_B, MAC_A),
                                  eth(probe, 0x0806, dst="ff:ff:ff:ff:ff:ff"),
                                  eth(announcement, 0x0806, dst="ff:ff:ff:ff:ff:ff"),
                                  eth(gratuitous, 0x0806, dst="ff:ff:ff:ff:ff:ff")]))
    pcap(path("vlan.pcap"), timed([eth(vlan(datagram, 5, priority=3), 0x8100), eth(vlan(datagram6, 4094, 0x86dd),
                                                                                   0x8100),
                                   eth(vlan(vlan(datagram, 7), 100, 0x8100), 0x8100),
                                   eth(vlan(request, 9, 0x0806), 0x8100)]))
    pcap(path("llc.pcap"), timed([llc(b"\x42\x42\x03" + bytes(35)), llc(b"\xaa\xaa\x03\0\0\0\x08\0" + datagram),
                                  llc(b"\xfe\xfe\x03\x83" + bytes(20))]))
    pcap(path("cooked.pcap"), timed([sll(datagram), sll(datagram6, 0x86dd, 4), sll(request, 0x0806, 1)]), link=113)
    pcap(path("cooked2.pcap"), timed([sll2(datagram), sll2(datagram6, 0x86dd, 0), sll2(request, 0x0806, 1)]), link=276)
    pcap(path("loopback-null.pcap"), timed([struct.pack("<I", 2) + datagram, struct.pack("<I", 30) + datagram6]),
         link=0)
    pcap(path("loopback-loop.pcap"), timed([struct.pack(">I", 2) + datagram, struct.pack(">I", 24) + datagram6]),
         link=108, big=True)
    pcap(path("raw.pcap"), timed([datagram, datagram6]), link=101, nano=True)
    pcap(path("raw-ipv4.pcap"), timed([datagram]), link=228)
    pcap(path("raw-ipv6.pcap"), timed([datagram6]), link=229, nano=True, big=True)
    pcap(path("snapped.pcap"), timed([eth(datagram), eth(datagram6, 0x86dd), eth(ip4(tcp(b"x" * 400), 6))]), snap=64)


def containers():
    datagram = eth(ip4(udp(query("example.org", 1), 40001, 53), 17))
    for name, order in (("pcapng-little.pcapng", "<"), ("pcapng-big.pcapng", ">")):
        pcapng(path(name), [
            pcapng_section(order, option(1, b"a comment of the section", order) + option(0, b"", order)),
            pcapng_interface(1, 0, option(2, b"veth0", order) + option(9, b"\x09", order) + option(0, b"", order),
                             order),
            pcapng_interface(101, 0, option(3, b"a tunnel", order) + option(9, b"\x8a", order) +
                             option(14, struct.pack(order + "q", 100), order) + option(0, b"", order), order),
            pcapng_packet(1700000000.123456, datagram, 0, 10**9, order=order),
            pcapng_packet(1700000000.25, datagram[14:], 1, 1024, order=order,
                          options=option(1, b"a comment of the packet", order) + option(0, b"", order)),
            pcapng_section(order), pcapng_interface(1, order=order),
            pcapng_packet(1700000001.5, datagram, order=order)])


def ipv4():
    ping = icmp(8, 0, struct.pack(">HH", 77, 1) + bytes(range(56)))
    pong = icmp(0, 0, struct.pack(">HH", 77, 1) + bytes(range(56)))
    alert, route = b"\x94\x04\0\0", b"\x07\x0b\x08" + ip("10.0.0.1") + ip("10.0.1.1") + b"\0"
    timestamps = b"\x44\x0c\x0d\x00" + bytes(8)
    loose = b"\x83\x07\x04" + ip("10.0.0.2") + b"\x01"
    frames = [eth(ip4(ping, 1, options=alert)), eth(ip4(pong, 1, B4, A4, options=route), src=MAC_B, dst=MAC_A),
              eth(ip4(ping, 1, options=timestamps, tos=0xb9)), eth(ip4(ping, 1, options=loose, flags=0)),
              eth(ip4(ping, 1, options=b"\x01\x01\x01\x00"))]
    pcap(path("ipv4-options.pcap"), timed(frames))
    whole = udp(b"f" * 3000, 40000, 9)
    cuts = [(whole[0:1480], 0, 1), (whole[1480:2960], 185, 1), (whole[2960:], 370, 0)]

    def cut(piece, ident):
        data, offset, more = piece
        return eth(ip4(data, 17, ident=ident, flags=more, offset=offset))
    in_order = [cut(piece, 10) for piece in cuts]
    backward = [cut(piece, 11) for piece in reversed(cuts)]
    twice = [cut(cuts[0], 12), cut(cuts[0], 12), cut(cuts[1], 12), cut(cuts[2], 12)]
    conflict = [cut(cuts[0], 13), cut((b"g" * 1480, 0, 1), 13), cut(cuts[1], 13), cut(cuts[2], 13)]
    hole = [cut(cuts[0], 14), cut(cuts[2], 14)]
    tiny = [eth(ip4(ping[i:i + 8], 1, ident=15, flags=int(i + 8 < len(ping)), offset=i // 8))
            for i in range(0, len(ping), 8)]
    pcap(path("ipv4-fragments.pcap"), timed(in_order + backward + hole + tiny))
    pcap(path("ipv4-fragments-overlap.pcap"), timed(twice + conflict))
    pcap(path("ipv4-in-ipv4.pcap"), timed([eth(ip4(ip4(ping, 1), 4)), eth(ip4(ip6(udp(b"x", 1, 2, A6, B6), 17), 41))]))


def icmps():
    quoted = ip4(udp(b"question", 40000, 9), 17)
    quoted_tcp = ip4(tcp(b"", flags=SYN, seq=5), 6)[:28]
    rest = bytes(4)
    frames = [eth(ip4(icmp(kind, code, rest + quoted), 1, B4, A4), src=MAC_B, dst=MAC_A)
              for kind, code in ((3, 0), (3, 1), (3, 3), (3, 13), (11, 0), (12, 0), (4, 0))]
    frames += [eth(ip4(icmp(3, 4, struct.pack(">HH", 0, 1400) + quoted_tcp), 1, B4, A4)),
               eth(ip4(icmp(5, 1, ip("10.0.0.254") + quoted), 1, B4, A4)),
               eth(ip4(icmp(13, 0, struct.pack(">HHIII", 1, 2, 3, 4, 5)), 1)),
               eth(ip4(icmp(10, 0, rest), 1)),
               eth(ip4(icmp(9, 0, struct.pack(">BBH", 1, 2, 1800) + ip("10.0.0.1") + bytes(4)), 1))]
    for number in (1, 2, 3):
        body = struct.pack(">HH", 99, number) + b"abcdefgh"
        frames += [eth(ip4(icmp(8, 0, body), 1)), eth(ip4(icmp(0, 0, body), 1, B4, A4), src=MAC_B, dst=MAC_A)]
    pcap(path("icmp.pcap"), timed(frames))
    broken = bytearray(eth(ip4(icmp(8, 0, struct.pack(">HH", 1, 1)), 1)))
    broken[-20] ^= 1
    pcap(path("icmp-wrong-checksum.pcap"), timed([bytes(broken)]))

    link = b"\x01\x01" + mac(MAC_A)
    target = b"\x02\x01" + mac(MAC_B)
    prefix = struct.pack(">BBBBIII", 3, 4, 64, 0xc0, 86400, 14400, 0) + ip("2001:db8::")
    route = struct.pack(">BBBBI", 24, 2, 48, 0x08, 600) + ip("2001:db8:1::")[:8]
    rdnss = struct.pack(">BBHI", 25, 3, 0, 600) + ip(B6)
    dnssl = struct.pack(">BBHI", 31, 3, 0, 600) + (label("example.org") + label("lan")).ljust(16, b"\0")[:16].ljust(16)
    mtu = struct.pack(">BBHI", 5, 1, 0, 1500)
    group = "ff02::1:ff00:19"

    def message(kind, code, body, src=A6, dst=B6, hops=255):
        return eth(ip6(icmp6(kind, code, body, src, dst), 58, src, dst, hops), 0x86dd)
    frames = [message(135, 0, rest + ip(B6) + link, A6, group), message(136, 0, b"\x60\0\0\0" + ip(B6) + target, B6,
                                                                        A6),
              message(133, 0, rest + link, "fe80::a", "ff02::2"),
              message(134, 0, struct.pack(">BBHII", 64, 0xc8, 1800, 30000, 1000) + link + mtu + prefix + route + rdnss,
                      "fe80::1", "ff02::1"),
              message(137, 0, rest + ip("fe80::2") + ip(B6) + target, "fe80::1", A6),
              message(128, 0, struct.pack(">HH", 7, 1) + b"ping", hops=64),
              message(129, 0, struct.pack(">HH", 7, 1) + b"ping", B6, A6, 64),
              message(1, 4, rest + ip6(udp(b"x", 40000, 9, A6, B6), 17), B6, A6, 64),
              message(2, 0, struct.pack(">I", 1280) + ip6(udp(b"x", 40000, 9, A6, B6), 17), "2001:db8::1", A6, 64),
              message(3, 0, rest + ip6(udp(b"x", 40000, 9, A6, B6), 17), "2001:db8::1", A6, 64),
              message(4, 1, struct.pack(">I", 40) + ip6(udp(b"x", 40000, 9, A6, B6), 17), B6, A6, 64),
              message(130, 0, struct.pack(">HH", 10000, 0) + ip("::"), "fe80::1", "ff02::1", 1),
              message(130, 0, struct.pack(">HH", 10000, 0) + ip(group) + struct.pack(">BBH", 0x0a, 125, 1) + ip(A6),
                      "fe80::1", "ff02::1", 1),
              message(131, 0, rest + ip(group), "fe80::a", group, 1),
              message(132, 0, rest + ip(group), "fe80::a", "ff02::2", 1),
              message(143, 0, struct.pack(">HH", 0, 2) + struct.pack(">BBH", 4, 0, 0) + ip(group) +
                      struct.pack(">BBH", 3, 0, 1) + ip("ff02::fb") + ip(A6), "fe80::a", "ff02::16", 1)]
    pcap(path("icmpv6.pcap"), timed(frames))
    del dnssl
    # A lifetime of 0: whoever says that is no default router (any more), whatever it tells of the net.
    pcap(path("no-default-router.pcap"), timed([
        message(134, 0, struct.pack(">BBHII", 64, 0xc8, lifetime, 30000, 1000) + told, router, "ff02::1")
        for router, lifetime, told in (("fe80::1", 1800, link + prefix), ("fe80::1", 0, link + prefix),
                                       ("fe80::2", 1800, link), ("fe80::2", 0, link))]))


def ipv6():
    body = udp(b"hello", 40000, 9, A6, B6)

    def frame(packet):
        return eth(packet, 0x86dd)
    hop = struct.pack(">BB", 17, 0) + b"\x05\x02\x00\x00\x01\x00"
    destination = struct.pack(">BB", 17, 0) + b"\x04\x01\x04\x01\x01\x00"
    both = struct.pack(">BB", 60, 0) + b"\x05\x02\x00\x01\x01\x00" + destination + body
    segments = struct.pack(">BBBBBBH", 17, 4, 4, 1, 1, 0, 0) + ip("2001:db8::1") + ip("2001:db8::2") + \
        udp(b"hello", 40000, 9, A6, "2001:db8::1")
    mobile = struct.pack(">BBBBI", 17, 2, 2, 1, 0) + ip("2001:db8::77") + \
        udp(b"hello", 40000, 9, A6, "2001:db8::77")
    unknown = struct.pack(">BB", 17, 1) + b"\x1e\x06abcdef\x00\x00\x00\x01\x00\x00"
    pcap(path("ipv6-extensions.pcap"), timed([
        frame(ip6(hop + body, 0)), frame(ip6(destination + body, 60)), frame(ip6(both, 0)), frame(ip6(segments, 43)),
        frame(ip6(mobile, 43)), frame(ip6(unknown + body, 60)), frame(ip6(b"", 59)),
        frame(ip6(body, 17, traffic_class=0xb9, flow=0x12345)),
        frame(ip6(body, 17, "fe80::200:aff:fe00:a", B6))]))
    whole = udp(b"f" * 2500, 40000, 9, A6, B6)
    pieces = [(whole[0:1232], 0, 1), (whole[1232:2464], 154, 1), (whole[2464:], 308, 0)]

    def fragment(piece, ident):
        data, offset, more = piece
        return frame(ip6(struct.pack(">BBHI", 17, 0, offset << 3 | more, ident) + data, 44))
    pcap(path("ipv6-fragments.pcap"), timed([fragment(piece, 1) for piece in pieces] +
                                            [fragment(piece, 2) for piece in reversed(pieces)] +
                                            [fragment((body, 0, 0), 3)] + [fragment(pieces[0], 4)]))


def tcps():
    """Application bytes go to ports that nobody decodes, so that only TCP is looked at."""
    stamps = b"\x08\x0a\0\0\0\x01\0\0\0\0\x01\x01"
    frames = []
    talk = Conversation(frames, 40001, 9999, start=1700000000.0)
    talk.open(b"\x02\x04\x05\xb4\x04\x02\x08\x0a\0\0\0\1\0\0\0\0\x01\x03\x03\x07")
    talk.send(0, b"a" * 100, ACK | PSH, options=b"\x01\x01" + stamps[:10])
    talk.send(1)
    talk.send(1, b"b" * 1000)
    talk.send(1, b"c" * 500, ACK | PSH)
    talk.send(0)
    talk.close()
    pcap(path("tcp-plain.pcap"), frames)

    frames = []
    talk = Conversation(frames, 40002, 9999)
    talk.open()
    talk.send(0, b"a" * 100)
    talk.send(1)
    talk.send(0, b"b" * 100, wait=0.001)
    talk.send(0, b"b" * 100, seq=talk.next[0] - 100, wait=0.3, advance=False)           # retransmission
    talk.send(1)
    talk.send(0, b"b" * 100, seq=talk.next[0] - 100, wait=0.3, advance=False)           # spurious
    talk.send(1)
    first = talk.next[0]
    talk.send(0, b"d" * 100, seq=first + 100, advance=False)                            # a hole before
    for _ in range(3):
        talk.send(1, options=b"\x01\x01\x05\x0a" + struct.pack(">II", first + 100, first + 200), ack=first)
    talk.send(0, b"c" * 100, seq=first, wait=0.0005, advance=False)                     # fast retransmission
    talk.next[0] = first + 200
    talk.send(1)
    first = talk.next[0]
    talk.send(0, b"f" * 100, seq=first + 100, wait=0.1, advance=False)
    talk.send(0, b"e" * 100, seq=first, wait=0.0002, advance=False)                     # out of order
    talk.next[0] = first + 200
    talk.send(1)
    talk.send(0, b"z", seq=talk.next[0] - 1, wait=5, advance=False)                     # keep-alive
    talk.send(1)
    talk.send(0, seq=talk.next[0] - 1, wait=5, advance=False)
    talk.send(1)
    talk.close()
    pcap(path("tcp-losses.pcap"), frames)

    frames = []
    talk = Conversation(frames, 40003, 9999)
    talk.open(b"\x02\x04\x05\xb4")
    talk.send(1, window=300)
    talk.send(0, b"x" * 300)                                                            # window full
    talk.send(1, window=0)                                                              # zero window
    talk.send(0, b"y", wait=1, advance=False)                                           # probe
    talk.send(1, window=0)
    talk.send(0, b"y", wait=2, advance=False)
    talk.send(1, window=0)
    talk.send(1, window=4000, wait=1)                                                   # update
    talk.send(0, b"y" * 500)
    talk.send(1, window=8000)
    talk.send(1, window=16000)
    talk.send(0, flags=RST | ACK)
    pcap(path("tcp-window.pcap"), frames)

    frames = []
    talk = Conversation(frames, 40004, 9999)
    talk.open()
    talk.send(0, b"once")
    talk.close()
    talk.next = [3000000, 9000000]
    talk.open()                                                                         # ports used again
    talk.send(0, b"twice")
    talk.send(1)
    talk.send(1, flags=RST)
    refused = Conversation(frames, 40005, 9998, start=1010.0)
    for _ in range(2):
        refused.send(0, flags=SYN, advance=False, wait=1)
        refused.send(1, flags=RST | ACK, ack=refused.next[0] + 1, seq=0, advance=False)
    late = Conversation(frames, 40006, 9997, start=1020.0)
    late.send(1, b"the capture began too late", ACK | PSH)
    late.send(0)
    late.send(0, b"urgent", ACK | PSH | URG, urgent=3)
    late.send(0, b"!", ACK | PSH, seq=late.next[0] + 1000, wait=0.1)                    # lost
    late.send(1, ack=late.next[0] + 5000)                                               # acknowledges the unseen
    wrap = Conversation(frames, 40007, 9996, start=1030.0, base=(0xfffffff0, 0xffffff00))
    wrap.open()
    for _ in range(4):
        wrap.send(0, b"round" * 2)
        wrap.send(1, b"and round" * 10)
    wrap.close()
    pcap(path("tcp-connections.pcap"), frames)


def names():
    pointer = b"\xc0\x0c"
    types = [
        ("example.org", 1, [record(pointer, 1, ip("192.0.2.1")), record(pointer, 1, ip("192.0.2.2"))]),
        ("example.org", 28, [record(pointer, 28, ip(A6))]),
        ("www.example.org", 1, [record(pointer, 5, b"\x03web\xc0\x10"), record(b"\x03web\xc0\x10", 1,
                                                                               ip("192.0.2.3"))]),
        ("example.org", 15, [record(pointer, 15, b"\0\x0a\x04mail\xc0\x0c"), record(pointer, 15,
                                                                                    b"\0\x14\x02mx\xc0\x0c")]),
        ("example.org", 2, [record(pointer, 2, b"\x02ns\xc0\x0c")]),
        ("example.org", 6, [record(pointer, 6, b"\x02ns\xc0\x0c\x0ahostmaster\xc0\x0c" +
                                   struct.pack(">IIIII", 2026112401, 7200, 900, 1209600, 300))]),
        ("1.2.0.192.in-addr.arpa", 12, [record(pointer, 12, label("host.example.org"))]),
        ("example.org", 16, [record(pointer, 16, b"\x0bv=spf1 -all\x03two")]),
        ("_imap._tcp.example.org", 33, [record(pointer, 33, struct.pack(">HHH", 0, 5,
                                                                        143) + label("mail.example.org"))]),
        ("example.org", 13, [record(pointer, 13, b"\x03PDP\x04UNIX")]),
        ("example.org", 35, [record(pointer, 35, struct.pack(">HH", 1, 2) + b"\x01u\x07E2U+sip\x06!^.*$!" + b"\0")]),
        ("example.org", 39, [record(pointer, 39, label("example.net"))]),
        ("example.org", 257, [record(pointer, 257, b"\x80\x05issueca.example"), record(pointer, 257,
                                                                                       b"\0\x05iodefmailto:x")]),
        ("_25._tcp.mail.example.org", 52, [record(pointer, 52, b"\x03\x01\x01" + bytes(range(32)))]),
        ("example.org", 65, [record(pointer, 65, struct.pack(">H", 1) + b"\0" + b"\0\x01\0\x06\x02h2\x02h3" +
                                    b"\0\x03\0\x02\x01\xbb" + b"\0\x04\0\x04" + ip(B4) + b"\0\x06\0\x10" + ip(B6))]),
        ("example.org", 43, [record(pointer, 43, struct.pack(">HBB", 4711, 13, 2) + bytes(32))]),
        ("example.org", 48, [record(pointer, 48, struct.pack(">HBB", 257, 3, 13) + bytes(range(64)))]),
        ("example.org", 46, [record(pointer, 46, struct.pack(">HBBIIIH", 1, 13, 2, 300, 1700000000, 1690000000, 4711) +
                                    label("example.org") + bytes(range(64)))]),
        ("example.org", 50, [record(pointer, 50, b"\x01\x01\0\x0a\x04abcd\x14" + bytes(range(20)) + b"\0\x01\x40")]),
        ("host.example.org", 44, [record(pointer, 44, b"\x04\x02" + bytes(range(32)))]),
        ("example.org", 17, [record(pointer, 17, label("root.example.org") + label("info.example.org"))]),
        ("example.org", 65280, [record(pointer, 65280, b"private")]),
    ]
    frames = []
    for number, (name, kind, records) in enumerate(types, 1):
        frames += dns_pair(name, kind, records, number)
    frames += dns_pair("nowhere.example.org", 1, [], 100, flags=0x8183,
                       authority=[record(label("example.org"), 6, label("ns.example.org") + label("h.example.org") +
                                         struct.pack(">IIIII", 1, 2, 3, 4, 5))])
    edns = record(b"\0", 41, b"\0\x08\0\x07\0\x01\x18\0\x0a\0\0" + b"\0\x0a\0\x10" + bytes(range(16)) +
                  b"\0\x0f\0\x06\0\x12nope", klass=1232, ttl=0x00008000)
    frames.append(eth(ip4(udp(query("example.org", 1, 200, extra=edns, additional=1), 40200, 53), 17)))
    frames.append(eth(ip4(udp(query("example.org", 1, 200, extra=edns, additional=1), 40200, 53), 17)))
    frames.append(eth(ip4(udp(answer("example.org", 1, [record(pointer, 1, ip(B4))], 200, additional=[edns]), 53, 40200,
                              B4, A4), 17, B4, A4)))
    frames.append(eth(ip4(udp(answer("example.org", 1, [record(pointer, 1, ip(B4))], 201), 53, 40201, B4, A4), 17, B4,
                          A4)))
    frames.append(eth(ip4(udp(query("printer.local", 1, 0, 0, klass=0x8001), 5353, 5353, dst="224.0.0.251"), 17,
                          dst="224.0.0.251", ttl=255)))
    pcap(path("dns-types.pcap"), timed(frames))

    loop = struct.pack(">HHHHHH", 1, 0x0100, 1, 0, 0, 0) + b"\xc0\x0c\0\x01\0\x01"
    bad_label = struct.pack(">HHHHHH", 1, 0x0100, 1, 0, 0, 0) + b"\x80abc\0\x01\0\x01"
    short = struct.pack(">HHHHHH", 1, 0x8180, 1, 40, 0, 0) + label("a.b") + b"\0\x01"
    pcap(path("dns-broken.pcap"), timed([eth(ip4(udp(body, 40000, 53), 17)) for body in (loop, bad_label, short,
                                                                                         b"abc")]))

    frames = []
    talk = Conversation(frames, 40100, 53)
    talk.open()
    ask = query("example.org", 252, 5)
    whole = struct.pack(">H", len(ask)) + ask
    talk.send(0, whole[:1], ACK | PSH)
    talk.send(0, whole[1:20], ACK | PSH)
    talk.send(0, whole[20:] + whole, ACK | PSH)
    talk.send(1)
    big = answer("example.org", 252, [record(pointer, 16, b"\xc8" + b"t" * 200)] * 12, 5)
    stream = struct.pack(">H", len(big)) + big
    for at in range(0, len(stream), 1400):
        talk.send(1, stream[at:at + 1400], ACK | PSH)
    talk.send(0)
    talk.close()
    pcap(path("dns-over-tcp.pcap"), frames)


def dhcps():
    def message(kind, code, ident, your="0.0.0.0", extra=b""):
        fixed = struct.pack(">BBBBIHH", kind, 1, 6, 0, ident, 0, 0x8000) + bytes(4) + ip(your) + bytes(8)
        fixed += mac(MAC_A).ljust(16, b"\0") + bytes(192) + b"\x63\x82\x53\x63"
        return fixed + bytes([53, 1, code]) + extra + b"\xff"

    def frame(body, sport, dport, src, dst):
        return eth(ip4(udp(body, sport, dport, src, dst), 17, src, dst), dst="ff:ff:ff:ff:ff:ff")
    client = bytes([61, 7, 1]) + mac(MAC_A) + bytes([55, 4, 1, 3, 6, 15]) + b"\x0c\x05alice" + b"\x3c\x03pli"
    server = (bytes([54, 4]) + ip(B4) + bytes([51, 4]) + struct.pack(">I", 3600) + bytes([58, 4]) +
              struct.pack(">I", 1800) + bytes([59, 4]) + struct.pack(">I", 3150) + bytes([1, 4]) + ip("255.255.255.0") +
              bytes([28, 4]) + ip("10.0.0.255") + bytes([3, 4]) + ip("10.0.0.1") + bytes([6, 8]) + ip(B4) +
              ip("10.0.0.26") + b"\x0f\x0bexample.org" + bytes([26, 2]) + struct.pack(">H", 1500) + bytes([42,
                                                                                                           4]) + ip(B4))
    name = b"\x51\x08\x05\0\0\x05alice"[:10]
    relay = b"\x52\x0a\x01\x04port\x02\x02ab"
    everybody = "255.255.255.255"
    pcap(path("dhcp.pcap"), timed([
        frame(message(1, 1, 0x11223344, extra=client), 68, 67, "0.0.0.0", everybody),
        frame(message(2, 2, 0x11223344, A4, server), 67, 68, B4, everybody),
        frame(message(1, 3, 0x11223344, extra=bytes([50, 4]) + ip(A4) + bytes([54, 4]) + ip(B4) + client + relay), 68,
              67,
              "0.0.0.0", everybody),
        frame(message(2, 5, 0x11223344, A4, server), 67, 68, B4, everybody),
        frame(message(2, 6, 0x11223344, extra=bytes([54, 4]) + ip(B4) + b"\x38\x04none"), 67, 68, B4, everybody),
        frame(message(1, 7, 0x11223344, extra=bytes([54, 4]) + ip(B4) + b"\0\0\0"), 68, 67, A4, B4)]))
    del name


def dhcpv6s():
    client, server = "fe80::a", "fe80::19"

    def option(code, value):
        return struct.pack(">HH", code, len(value)) + value

    def message(kind, ident, *options):
        return bytes([kind]) + struct.pack(">I", ident)[1:] + b"".join(options)

    def frame(body, src=client, dst="ff02::1:2", sport=546, dport=547):
        return eth(ip6(udp(body, sport, dport, src, dst), 17, src, dst), 0x86dd)
    mine = option(1, struct.pack(">HHI", 1, 1, 700000000) + mac(MAC_A))
    its = option(2, struct.pack(">HH", 3, 1) + mac(MAC_B))
    times = struct.pack(">II", 1800, 2880)
    given = option(5, ip(A6) + struct.pack(">II", 3600, 7200))
    wanted = option(6, struct.pack(">HHH", 23, 24, 39)) + option(8, struct.pack(">H", 12))
    name = option(39, b"\x01\x05alice\x07example\x03org\0")
    served = (option(23, ip(B6) + ip("2001:db8::1a")) + option(24, label("example.org") + label("mail.example.org")) +
              option(7, b"\xff") + option(31, ip(B6)) + option(13, b"\0\0all is well"))
    prefix = option(25, b"\0\0\0\x07" + times + option(26, struct.pack(">IIB", 3600, 7200, 56) + ip("2001:db8:7::")))
    solicit = message(1, 0x10203, mine, option(3, b"\0\0\0\x05" + bytes(8)), wanted, name, option(14, b""))
    pcap(path("dhcpv6.pcap"), timed([
        frame(solicit),
        frame(message(2, 0x10203, mine, its, option(3, b"\0\0\0\x05" + times + given), served), server, client,
              547, 546),
        frame(message(3, 0x10204, mine, its, option(3, b"\0\0\0\x05" + times + given), wanted, prefix)),
        frame(message(7, 0x10204, its, mine, option(3, b"\0\0\0\x05" + times + given), served, prefix), server, client,
              547, 546),
        frame(message(11, 0x10205, mine, wanted, option(15, b"\0\x03lab\0\x02io"),
                      option(16, struct.pack(">I", 40000) + b"\0\x03pli"),
                      option(17, struct.pack(">IHH", 40000, 1, 2) + b"ab"))),
        frame(message(7, 0x10205, its, mine, option(4, b"\0\0\0\x09"), option(13, b"\0\x02none left"),
                      option(27, ip(B6)), option(22, ip(B6))), server, client, 547, 546),
        frame(b"\x0c\0" + ip("2001:db8::1") + ip(client) + option(9, solicit) + option(18, b"eth1") +
              option(38, b"room 7"), "2001:db8::1", "2001:db8::19", 547),
        frame(message(10, 0, its, mine, option(19, b"\x05"), option(2, struct.pack(">HI", 2, 40000) + b"machine"),
                      option(2, struct.pack(">H", 4) + bytes(range(16)))), server, client, 547, 546),
        frame(message(1, 0x10206, mine, option(3, b"\0\0"), wanted)),
        frame(message(1, 0x10207, mine)[:-3])]))


def texts():
    def dialogue(port, turns):
        """turns: (who speaks, in how many segments, what)"""
        talk = Conversation(frames, 40200 + port % 100, port)
        talk.open()
        for side, segments, said in turns:
            step = -(-len(said) // segments)
            for at in range(0, len(said), step):
                talk.send(side, said[at:at + step], ACK | PSH)
            talk.send(1 - side)
        talk.close()
    frames = []
    page = b"<p>rachida bonjour</p>\n"
    answer_head = b"HTTP/1.1 200 OK\r\nServer: pli\r\nContent-Type: text/html\r\n"
    dialogue(80, [
        (0, 1, b"GET /mail?user=rachida&box=INBOX HTTP/1.1\r\nHost: mail.example.org\r\nUser-Agent: curl/7.88\r\n"
               b"Accept: */*\r\n\r\n"),
        (1, 3, answer_head + b"Content-Length: %d\r\n\r\n" % len(page) + page),
        (0, 2, b"HEAD / HTTP/1.1\r\nHost: mail.example.org\r\nAuthorization: Basic cmFjaGlkYTpib25qb3Vy\r\n\r\n"),
        (1, 1, b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"mail\"\r\nContent-Length: 99\r\n\r\n"),
        (0, 1, b"GET /1 HTTP/1.1\r\nHost: a\r\nCookie: id=7\r\n\r\n" b"GET /2 HTTP/1.1\r\nHost: a\r\n\r\n"),
        (1, 2, b"HTTP/1.1 304 Not Modified\r\nDate: Mon, 05 Jan 2026 10:00:00 GMT\r\n\r\n"),
        (1, 4, answer_head + b"Transfer-Encoding: chunked\r\n\r\n5\r\n<p>ra\r\n12\r\nchida bonjour</p>\n\r\n0\r\n\r\n"),
        (0, 1, b"POST /send HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\nto=rach"),
        (1, 1, b"HTTP/1.1 404\r\nConnection: close\r\n\r\nno such page"),
    ])
    pcap(path("http.pcap"), frames)

    frames = []
    dialogue(21, [
        (1, 1, b"220-Welcome\r\n220 ftp.example.org ready\r\n"),
        (0, 1, b"USER rachida\r\n"), (1, 1, b"331 Password, please\r\n"),
        (0, 1, b"PASS bonjour-2026\r\n"), (1, 1, b"230 Welcome\r\n"),
        (0, 1, b"PASV\r\n"), (1, 1, b"227 Entering Passive Mode (10,0,0,25,195,80)\r\n"),
        (0, 1, b"RETR letter\r\n"), (1, 2, b"150 Opening\r\n"), (1, 1, b"226 Done\r\n"),
        (0, 1, b"QUIT\r\n"), (1, 1, b"221 Bye\r\n"),
    ])
    pcap(path("ftp.pcap"), frames)

    frames = []
    dialogue(23, [
        (1, 1, b"\xff\xfd\x18\xff\xfd\x1f\xff\xfb\x01"),
        (0, 1, b"\xff\xfb\x18\xff\xfb\x1f\xff\xfa\x1f\0\x50\0\x18\xff\xf0\xff\xfd\x01"),
        (1, 1, b"\xff\xfa\x18\x01\xff\xf0"),
        (0, 2, b"\xff\xfa\x18\0xterm\xff\xf0"),
        (1, 1, b"login: "), (0, 1, b"rachida\r\n"), (1, 1, b"rachida\r\nPassword: "), (0, 1, b"bonjour\r\n"),
        (1, 1, b"\r\nYou have mail.\r\n$ "), (0, 1, b"\xff\xf4"),
    ])
    pcap(path("telnet.pcap"), frames)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    for make in (links, containers, ipv4, icmps, ipv6, tcps, names, dhcps, dhcpv6s, texts):
        make()


main()
