#!/usr/bin/env python3
"""Compares --print fields with tshark -T fields, field by field and packet by packet.

Every field name in the decoders' tables that tshark knows, too, is asked of
both programs on every capture: those that come with the tests, those in
$PLI_CAPTURES, and those in ../shared/captures. A difference fails, unless
JUSTIFIED below says why it is right. tshark takes a second to start, so many
captures are put together for one call (together.py); one with a difference in
this company is looked at again alone, and that counts.

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
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import together  # noqa: E402

BIN = os.environ.get("BIN", "bin")
FEWEST_FIELDS = 120
COMPANIES = 4 # calls of tshark for all captures
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
    ("frame.protocols|data.*", "(ftp__ipv6|http__get|imap).pcap",
     "transferred files and DCE/RPC are data here, the body of HTTP belongs to it"),
    ("frame.protocols|data.*", "^http.pcap", "the body of HTTP belongs to it here"),
    (r"http\.(.*_number|response_for.uri|request_in|time)", "^http.pcap",
     "tshark loses count when two requests come in one segment"),
    (r"(frame.protocols|ftp\..*)", "^ftp.pcap|ftp__ipv6", "tshark reads segments, not lines that two segments share"),
    (r"(frame.protocols|telnet\..*)", "^telnet.pcap",
     "tshark does not put a suboption together that two segments share, and calls its first byte another option"),
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
# They are compared in a few captures only.
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


def both(path, names, verify):
    columns = [part for name in names for part in ("-e", name)]
    ours = run([os.path.join(BIN, "visualizer"), "--print", "fields", *columns, path])
    theirs = run(["tshark", "-n", *(VERIFY if verify else []), "-r", path, "-T", "fields", *columns])
    return ours, theirs


class Seen:
    """Of one capture: names with equal values; (name, packet, ours, theirs) of differences; what is justified."""

    def __init__(self):
        self.agreed, self.different, self.justified = set(), [], collections.Counter()


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


def compare(seen, path, names, ours, theirs):
    if len(ours) != len(theirs):
        seen.different.append(("number of packets", 0, str(len(ours)), str(len(theirs))))
    for number, (mine, yours) in enumerate(zip(ours, theirs), 1):
        for name, left, right in zip(names, mine, yours):
            if same(name, left, right):
                if left:
                    seen.agreed.add(name)
            elif justification(name, path):
                seen.justified[name] += 1
            else:
                seen.different.append((name, number, left, right))


def alone(path, asked):
    seen = Seen()
    for names, verify in asked:
        compare(seen, path, names, *both(path, names, verify))
    return path, seen


def in_company(members, names, verify):
    """members: (path, blocks). What was seen of each, one after the other, in one call of both programs."""
    result = []
    with tempfile.NamedTemporaryFile(suffix=".pcapng") as file:
        counts = together.write(file.name, [blocks for _, blocks in members])
        ours, theirs = both(file.name, names, verify)
    for (path, _), count in zip(members, counts):
        seen = Seen()
        compare(seen, path, names, ours[:count], theirs[:count])
        if len(ours) < count or len(theirs) < count:
            seen.different.append(("number of packets", 0, str(len(ours)), str(len(theirs))))
        ours, theirs = ours[count:], theirs[count:]
        result.append((path, seen))
    return result


def look(files, names, pool):
    """What was seen of each file."""
    status = [name for name in names if re.fullmatch(r"(ip|tcp|udp)\.checksum\.status", name)]
    others = [name for name in names if name not in status]
    blocks = {path: together.read(path) for path in files}
    movable = [path for path in files if blocks[path]]
    verified = [path for path in movable if VERIFIED.search(path)]
    calls = [(movable[turn::COMPANIES], others, False) for turn in range(COMPANIES)] + [(verified, status, True)]
    seen = {path: Seen() for path in files}
    for result in pool.map(lambda call: in_company([(path, blocks[path]) for path in call[0]], *call[1:]),
                           [call for call in calls if call[0]]):
        for path, here in result:
            seen[path].agreed |= here.agreed
            seen[path].justified += here.justified
            seen[path].different += here.different
    again = [path for path in files if not blocks[path] or seen[path].different]
    for path, here in pool.map(lambda path: alone(path, [(others, False)] + (
            [(status, True)] if VERIFIED.search(path) else [])), again):
        seen[path] = here
    return seen, again


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
        results, again = look(files, names, pool)
    for number, path in enumerate(files, 1):
        same_here, different, justified = results[path].agreed, results[path].different, results[path].justified
        agreed |= same_here
        failed += bool(different)
        how = ", alone" if path in again else ""
        print(f"{'not ok' if different else 'ok'} {number} - {os.path.basename(path)}{how}")
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
