#!/usr/bin/env python3
"""Topologies for containerlab and Kathará: the files keep to what these engines read, and the commands in them give
a host the very devices, addresses and routes that it has in the lab that netlab raises.

The commands are carried out, each host's in a network namespace with bare devices; compared is what ip says there and
in the lab. The engines themselves are not started: they want Docker.
"""
import functools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli  # noqa: E402

try:
    import yaml
except ImportError:
    yaml = None

# What the published schema of containerlab allows, of the keys that matter (schemas/clab.schema.json: unknown keys of
# a node or of the whole are mistakes), and lab.conf(5) of Kathará: names of 30 small letters, digits and _.
WHOLE_KEYS = {"name", "prefix", "mgmt", "settings", "topology"}
TOPOLOGY_KEYS = {"nodes", "kinds", "defaults", "links"}
NODE_KEYS = {"image", "kind", "binds", "exec", "network-mode", "env", "ports", "user", "cmd", "labels", "dns"}
ENDPOINT = re.compile(r"^[^\s:]+:eth[0-9]+$")
LAB_LINE = re.compile(r"""^(([a-z0-9_]{1,30})\[(\w+)\]="([^"']+)"|LAB_(NAME|DESCRIPTION)="[^"'=]*"|#.*|)$""")
DEVICE = re.compile(r"^eth[0-9]+$")
NETLAB = os.path.join(pli.ROOT, "scripts", "netlab")
LAB = f"x{os.getpid()}"
WORK = tempfile.mkdtemp(prefix="pli-export-")
TOPOLOGY = """title  A "quoted" title = 1
net    lan-a  10.1.0.0/24  fd01::/64
net    lan-b  10.2.0.0/24  fd02::/64
net    wan    10.0.0.0/24
router ra     lan-a:1  wan:1
router rb     lan-b:1  wan:2
host   my-pc  lan-a:10
host   shared lan-b:25
host   dns    wan:53
host   phone  lan-b:dhcp
domain example.org my-pc shared
mx     example.org shared
dns    dns
dhcp   rb
file   my-pc /etc/motd motd
user   shared rachida it's-2026
mailserver shared -o message_size_limit=1000
start  my-pc sleep 1000
once   my-pc test -e /etc/motd
"""


def netlab(*words):
    return pli.run(NETLAB, "--lab", LAB, *words)


def export(engine, topology):
    folder = os.path.join(WORK, f"{engine}-{os.path.basename(topology)}")
    status, _, errors = netlab("export", engine, topology, folder)
    if status != 0:
        raise RuntimeError(errors)
    return folder


def facts(addresses, routes, routes6):
    """Of what ip -j tells: devices with their addresses, and routes over gateways."""
    devices = {}
    for device in json.loads(addresses):
        if DEVICE.match(device.get("ifname", "")):
            devices[device["ifname"]] = (device["address"], sorted(
                f'{address["local"]}/{address["prefixlen"]}' for address in device.get("addr_info", [])
                if address.get("scope") == "global"))
    return devices, sorted((route["dst"], route["gateway"]) for text in (routes, routes6)
                           for route in json.loads(text or "[]") if "gateway" in route)


ASK = "ip -j addr; echo; ip -j -4 route; echo; ip -j -6 route"


def split(text):
    return facts(*[line for line in text.splitlines() if line.strip()])


@functools.lru_cache
def in_lab(host):
    return split(pli.run(NETLAB, "--lab", LAB, "run", host, "sh", "-c", ASK)[1])


def carried_out(commands, count):
    """What those of the commands make that are about the network, with so many devices."""
    devices = "".join(f"ip link add eth{number} type veth peer name far{number} && ip link set far{number} up\n"
                      for number in range(count))
    ours = "\n".join(line for line in commands if line.startswith("ip "))
    status, out, errors = pli.run("unshare", "-Urn", "sh", "-ec", f"{devices}{ours}\n{ASK}")
    if status != 0:
        raise RuntimeError(errors)
    return split(out)


def same(mine, lab, asks=False):
    """Who asks for an address has none yet; the device is the same."""
    if asks:
        mine, lab = ({name: device[0] for name, device in facts[0].items()} for facts in (mine, lab))
    if mine == lab:
        return True
    print(f"# exported {mine}\n# lab      {lab}")
    return False


def containerlab_form(folder):
    """Does the file keep to the schema? Its nodes' commands are left in the answer."""
    file, = [name for name in os.listdir(folder) if name.endswith(".clab.yml")]
    with open(os.path.join(folder, file), encoding="utf-8") as text:
        whole = yaml.safe_load(text)
    nodes, links = whole["topology"]["nodes"], whole["topology"]["links"]
    assert set(whole) <= WHOLE_KEYS and set(whole["topology"]) <= TOPOLOGY_KEYS
    assert whole["topology"]["defaults"] == {"kind": "linux", "image": "pli-lab", "network-mode": "none"}
    ends = [end for link in links for end in link["endpoints"]]
    assert len(ends) == len(set(ends)) and all(ENDPOINT.match(end) and end.split(":")[0] in nodes for end in ends)
    assert all(len(link["endpoints"]) == 2 for link in links)
    for node in nodes.values():
        assert set(node) <= NODE_KEYS and all(isinstance(line, str) for line in node["exec"])
        assert all(os.path.isdir(os.path.join(folder, bind.split(":")[0])) for bind in node.get("binds", []))
    return nodes, links


def cables(links):
    """Which host is on which switch."""
    return {(one.split(":")[0], two.split(":")[0]) for one, two in (link["endpoints"] for link in links)}


def containerlab(folder, hosts, places):
    nodes, links = containerlab_form(folder)
    fine = cables(links) == places
    for host, devices in hosts.items():
        fine &= same(carried_out(nodes[host]["exec"], devices), in_lab(host), host == "phone")
    return fine


def kathara(folder, hosts, places):
    names = {host: {"shared": "shared_"}.get(host, host.replace("-", "_")) for host in hosts}
    found, lines = set(), []
    with open(os.path.join(folder, "lab.conf"), encoding="utf-8") as file:
        for line in file.read().splitlines():
            match = LAB_LINE.match(line)
            if not match:
                print("# not lab.conf(5):", line)
                return False
            if match[3] and match[3].isdigit():
                assert re.match(r"^\w+$", match[4])
                found.add((match[2], match[4]))
            lines.append(line)
    fine = found == {(names[host], net[3:].replace("-", "_")) for host, net in places}
    for host, devices in hosts.items():
        with open(os.path.join(folder, names[host] + ".startup"), encoding="utf-8") as file:
            fine &= same(carried_out(file.read().splitlines(), devices), in_lab(host), host == "phone")
    return fine and 'ra[sysctl]="net.ipv4.ip_forward=1"' in lines


def services(folder, host):
    """The script of a host is one for bash, and says what the topology says."""
    path = os.path.join(folder, host, "etc/pli/services")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return pli.run("bash", "-n", path)[0] == 0, text


def mail_and_files(folder):
    good, text = services(folder, "shared_")
    also, other = services(folder, "my_pc")
    with open(os.path.join(folder, "my_pc/etc/pli/file-0"), encoding="utf-8") as file:
        motd = file.read()
    password, = re.findall(r"^printf '%s\\n' (.*?) \| mailserver .* user add rachida$", text, re.M)
    return good and also and motd == "bonjour\n" and "cat /etc/pli/file-0 >/etc/motd" in other and \
        pli.run("bash", "-c", "printf %s " + password)[1] == "it's-2026" and \
        re.search(r"^nohup mailserver .*-o message_size_limit=1000 </dev/null", text, re.M) and \
        "nohup sleep 1000" in other and "test -e /etc/motd" in other


def names_are_served(folder):
    with open(os.path.join(folder, "dns/etc/pli/dnsmasq.conf"), encoding="utf-8") as file:
        text = file.read()
    path = os.path.join(WORK, "dnsmasq.conf")
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return pli.run("dnsmasq", "--test", "--conf-file=" + path)[0] == 0 and \
        "mx-host=example.org,shared.example.org,10" in text and "no-daemon" not in text


def refused():
    full = os.path.join(WORK, "full")
    os.makedirs(os.path.join(full, "something"))
    return netlab("export", "containerlab", "letter", full)[0] == 1 and os.listdir(full) == ["something"] and \
        netlab("export", "packet-tracer", "letter", full)[0] == 2 and netlab("export", "kathara")[0] == 2 and \
        netlab("export", "kathara", "nowhere", os.path.join(WORK, "none"))[0] == 1


def tells_losses():
    _, _, errors = netlab("--export", "containerlab", "postfix-dovecot", os.path.join(WORK, "losses"))
    return "not carried over: postfix mail" in errors and "not carried over: await" in errors


def main():
    os.environ["LANGUAGE"] = "en"
    if pli.run(NETLAB, "doctor")[0] != 0:
        pli.skip_all("no lab network here: scripts/netlab doctor")
    path = os.path.join(WORK, "offices.lab")
    with open(path, "w", encoding="utf-8") as file:
        file.write(TOPOLOGY)
    with open(os.path.join(WORK, "motd"), "w", encoding="utf-8") as file:
        file.write("bonjour\n")
    hosts = {"ra": 2, "rb": 2, "my-pc": 1, "shared": 1, "dns": 1, "phone": 1}
    places = {("ra", "sw_lan-a"), ("ra", "sw_wan"), ("rb", "sw_lan-b"), ("rb", "sw_wan"), ("my-pc", "sw_lan-a"),
              ("shared", "sw_lan-b"), ("dns", "sw_wan"), ("phone", "sw_lan-b")}
    # The lab has the network alone: what runs on the hosts is not compared.
    bare = os.path.join(WORK, "bare.lab")
    with open(bare, "w", encoding="utf-8") as file:
        file.write("\n".join(line for line in TOPOLOGY.splitlines()
                             if line.split()[0] not in ("file", "user", "mailserver", "start", "once")))
    if shutil.which("busybox"):
        pli.check("the lab is up", lambda: netlab("up", bare)[0] == 0)
        if yaml:
            pli.check("containerlab: the same devices, addresses, routes and cables",
                      lambda: containerlab(export("containerlab", path), hosts, places))
        else:
            pli.skip("containerlab: the same devices, addresses, routes and cables", "python3-yaml is not installed")
        pli.check("Kathará: the same devices, addresses, routes and cables",
                  lambda: kathara(export("kathara", path), hosts, places))
        netlab("down")
    else:
        pli.skip("the same as in the lab", "busybox is not installed")
        export("kathara", path)
    folder = os.path.join(WORK, "kathara-offices.lab")
    pli.check("mail servers, programs and files are carried over", lambda: mail_and_files(folder))
    pli.check("so are the names", lambda: names_are_served(folder))
    pli.check("what is not is told", tells_losses)
    pli.check("a folder with something in it and unknown engines are refused", refused)


try:
    main()
finally:
    netlab("down")
    shutil.rmtree(WORK, ignore_errors=True)
pli.done()
