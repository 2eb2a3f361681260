#!/usr/bin/env python3
"""Compares --print fields with tshark -T fields, field by field and packet by packet.

Every field name in the decoders' tables that tshark knows, too, is asked of
both programs on every capture: those that come with the tests, those in
$PLI_CAPTURES, and those in ../shared/captures. A difference fails, unless
JUSTIFIED below says why it is right.

    tests/visualizer/tshark_fields.t [-v] [FILE]...
"""
import collections
import concurrent.futures
import glob
import os
import re
import shutil
import subprocess
import sys

BIN = os.environ.get("BIN", "bin")
FEWEST_FIELDS = 120
# Compared when their decoders are through.
LATER = re.compile(r"tcp\.(segment.*|reassembled.*|pdu.size)")

# field, regular expression of the file's name, why.
JUSTIFIED = [
    ("dns.qry.name", "dns-broken", "tshark drops the name of a question that is cut after it"),
    ("udp.checksum.status|udp.payload|data.*|frame.protocols", "^icmp.pcap",
     "tshark does not look into what a redirect quotes"),
    ("ip.fragment", "fragments-overlap", "tshark leaves out a fragment that brings nothing new"),
    (r"ip\.(addr|host|dst|dst_host|src_rt)", "ipv4-options",
     "tshark shows the end of a source route as the destination, we what the header says"),
    ("frame.protocols|data.*", "^llc.pcap", "spanning tree and IS-IS are data here"),
    ("frame.protocols|data.*", "^snapped.pcap", "tshark calls the cut beginning of a letter data-text-lines"),
    ("frame.protocols|data.*", "(ftp__ipv6|http__get|imap).pcap", "FTP, HTTP and DCE/RPC are data here"),
    ("data.*", "pop3.pcap", "tshark does not go on reading a letter after a lost segment"),
    ("frame.interface_name", "^pcapng-", "tshark takes the name of an interface of another section"),
    ("dhcp.option.type", ".", "tshark writes 0 for the end option, whose number is 255 (RFC 2132 §3.2)"),
    ("frame.protocols", "dhcp", "tshark names dhcp again for a vendor's option"),
    ("data.*", "^(tcp|fault)-.*pcapng", "tshark takes port 7000 for a protocol of its own"),
    ("data.*|icmp.data_time.*", "^(arp-ping|fragments|fault-questions).pcapng",
     "ping writes its clock in 16 bytes; tshark reads 8"),
    ("tls.app_data_proto|data.*|frame.protocols", "^tls", "tshark takes what is on port 443 for HTTP"),
    ("tls.record.content_type|smtp.auth.*|smtp.eom|frame.protocols",
     "^(imaps|imap-starttls|smtps|smtp-starttls|smtp-injection)",
     "the client wrote its last secret when its Finished had passed, and tshark does not look for it later"),
    ("tls.*|x509.*", "^tls13", "the keys stand behind the packets, and tshark reads the file once"),
    ("smtp.req.*|smtp.command_line", ".",
     "tshark does not look at commands that follow the final dot in the same segment"),
    ("imf.*", ".", "tshark puts letters together only from DATA, and by POP3 only when the reply tells the size"),
    (r"pop\.(request|response|response.data)", ".", "tshark gives these an empty value"),
    (r"pop\.(request.command|request.data|response.indicator|response.description)", ".",
     "tshark takes an answer in base64 for a command, and a challenge for a letter"),
    (r"imap\.(tag|response|response_tag|response.status|response.command|command|response_to)", ".",
     "tshark takes the first word after a literal for a tag, and the text after + for a status"),
    (r"imap\.(request.*|line|isrequest)", ".", "tshark takes literals, DONE and answers in base64 for commands"),
    (r"tcp\.(analysis|connection).*", "^fault-bits",
     "a packet that passes several cables is one here; tshark takes it for sent again"),
    ("tcp.completeness", "ftp", "tshark misses the SYN of a connection that an FTP reply announced"),
]

# Parts of frame.protocols that are no layers here: what tshark finds in certificates and letters.
NO_LAYERS = re.compile(r":(x509\w+|pkix\w+|pkcs-1|data-text-lines|mime_multipart|media|image-\w+|imf|dcerpc|data)\b")

# Only with these does tshark verify checksums; we always do. (They also keep it from
# putting fragments and segments with wrong checksums together, so they are for these fields only.)
# Each call of tshark takes a second, so they are compared in a few captures only.
VERIFIED = re.compile(r"icmp|tcp-plain|dns-types|ipv6-ext|mail_sender")
VERIFY = ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"]


def our_names():
    """The names in the tables of the sources."""
    names = []
    for path in sorted(glob.glob("visualizer/*.c")):
        with open(path, encoding="utf-8") as source:
            for name in re.findall(r'\{\s*"([a-z0-9_.-]+)",\s*FIELD_', source.read()):
                if name not in names:
                    names.append(name)
    return names


def their_names():
    listing = subprocess.run(["tshark", "-G", "fields"], capture_output=True, text=True, check=True).stdout
    return {line.split("\t")[2] for line in listing.splitlines() if line.startswith("F\t")}


def captures(arguments):
    if arguments:
        return arguments
    places = ["tests/recordings", os.environ.get("PLI_CAPTURES", "../shared/captures")]
    found = []
    for place in places:
        for pattern in ("*.pcap", "*.pcapng", "*.cap"):
            found += sorted(glob.glob(os.path.join(place, "**", pattern), recursive=True))
    return found


def run(command):
    environment = dict(os.environ, TZ="UTC", LC_ALL="C.UTF-8")
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    return [line.split("\t") for line in done.stdout.decode("utf-8", "replace").split("\n")[:-1]]


def both(path, names):
    columns = [part for name in names for part in ("-e", name)]
    verify = VERIFY if ".checksum.status" in names[0] else []
    ours = run([os.path.join(BIN, "visualizer"), "--print", "fields", *columns, path])
    theirs = run(["tshark", "-n", *verify, "-r", path, "-T", "fields", *columns])
    return ours, theirs


def groups(names, path):
    """Names to be asked for together."""
    status = [name for name in names if re.fullmatch(r"(ip|tcp|udp)\.checksum\.status", name)]
    others = [name for name in names if name not in status]
    return ([status] if VERIFIED.search(path) else []) + [others]


def justification(name, path):
    for field, file, why in JUSTIFIED:
        if re.fullmatch(field, name) and re.search(file, os.path.basename(path)):
            return why
    return None


def same(name, left, right):
    """Equal, but for the parts of the stack that only one of the two calls layers."""
    if name == "frame.protocols":
        left, right = (re.sub(r"(:\w+)\1+\b", r"\1", NO_LAYERS.sub("", side)) for side in (left, right))
    return left == right


def compare(path, names):
    """The names with equal values; (name, packet, ours, theirs) of each difference; how many were justified."""
    agreed, different, justified = set(), [], collections.Counter()
    for part in groups(names, path):
        ours, theirs = both(path, part)
        if len(ours) != len(theirs):
            different.append(("number of packets", 0, str(len(ours)), str(len(theirs))))
            return agreed, different, justified
        for number, (mine, yours) in enumerate(zip(ours, theirs), 1):
            for name, left, right in zip(part, mine, yours):
                if same(name, left, right):
                    if left:
                        agreed.add(name)
                elif justification(name, path):
                    justified[name] += 1
                else:
                    different.append((name, number, left, right))
    return agreed, different, justified


def main():
    if shutil.which("tshark") is None:
        print("1..0 # SKIP tshark is not installed")
        return 0
    arguments = [a for a in sys.argv[1:] if a != "-v"]
    files = captures(arguments)
    if not files:
        print("1..0 # SKIP no captures: set PLI_CAPTURES to a folder of pcap files")
        return 0
    known = their_names()
    names = [name for name in our_names() if name in known and not LATER.fullmatch(name)]
    agreed, failed = set(), 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda path: compare(path, names), files))
    for number, (path, (same_here, different, justified)) in enumerate(zip(files, results), 1):
        agreed |= same_here
        failed += bool(different)
        print(f"{'not ok' if different else 'ok'} {number} - {os.path.basename(path)}")
        for name, count in sorted(justified.items()):
            print(f"# justified, {count} times: {name}: {justification(name, path)}")
        shown = collections.Counter()
        for name, packet, left, right in different:
            shown[name] += 1
            if shown[name] <= 3 or "-v" in sys.argv:
                print(f"# {name} packet {packet}: ours '{left[:150]}' tshark '{right[:150]}'")
        for name, count in shown.items():
            print(f"# {name}: {count} differences")
    enough = len(agreed) >= FEWEST_FIELDS or bool(arguments)
    failed += not enough
    print(f"{'ok' if enough else 'not ok'} {len(files) + 1} - {len(agreed)} fields were seen to agree, "
          f"at least {FEWEST_FIELDS} are asked")
    print(f"1..{len(files) + 1}")
    return 1 if failed else 0


sys.exit(main())
