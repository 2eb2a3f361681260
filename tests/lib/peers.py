"""Other people's mail servers, each a private instance that ends with the test.

    with peers.Dovecot(users={"rachida": "bonjour-2026"}) as dovecot:
        dovecot.port("imap"), dovecot.maildir("rachida"), dovecot.certificate
    with peers.Postfix(relay=port) as postfix: ...
    with peers.OpenSmtpd(relay=port) as opensmtpd: ...

They come from Debian's packages, unpacked (not installed) by `scripts/setup interop` into build/interop/root, and
run in a mount namespace with a root of its own: /usr and /etc are the system's under those of the unpacked
packages, what they write goes to the test's folder. So each finds its files at the places compiled into it, packages
that exclude each other run side by side, and nothing else is touched. A process namespace ends all of a server's
processes with the first. It takes the rights of root; missing() says what is not there.

TMPDIR is the same inside and outside, so Maildirs can be shared.
"""
import os
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile

import pli

UNPACKED = os.path.join(pli.ROOT, "build", "interop", "root")
NOBODY = 65534
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
ACCOUNTS = {"postfix": 901, "postdrop": 902, "opensmtpd": 903, "opensmtpq": 904, "dovecot": 905, "dovenull": 906}
LAYERS = """set -e
cd {folder}/system
mount -t overlay overlay -o lowerdir={unpacked}/usr:/usr usr
mount -t overlay overlay -o lowerdir={unpacked}/etc:/etc,upperdir={folder}/etc,workdir={folder}/work etc
for part in /dev /sys {shared}; do
    mkdir -p .$part
    mount --rbind $part .$part
done
mount -t proc proc proc
"""
_known = {}


def missing(program):
    """Why a program of the unpacked packages ("usr/sbin/postfix") cannot be run, or None."""
    if not os.path.exists(os.path.join(UNPACKED, program)):
        return f"{program} is not unpacked (scripts/setup interop)"
    if os.geteuid() != 0:
        return "only root can give it a system of its own"
    if "layers" not in _known:
        with tempfile.TemporaryDirectory(prefix="pli-layers-") as folder:
            status, _, errors = pli.run(*layered(folder, "true"))
        _known["layers"] = None if status == 0 else f"no layered system can be had: {errors.strip()}"
    return _known["layers"]


def layered(folder, script):
    """The command line that runs a script in a system of its own."""
    system = os.path.join(folder, "system")
    for part in ("etc", "work", *(f"system/{name}" for name in ("usr", "etc", "proc", "run", "root", "home", "var"))):
        os.makedirs(os.path.join(folder, part), exist_ok=True)
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        if os.path.islink("/" + name) and not os.path.islink(f"{system}/{name}"):
            os.symlink(os.readlink("/" + name), f"{system}/{name}")
    if not os.path.islink(f"{system}/var/run"):
        os.symlink("/run", f"{system}/var/run")
    setting = LAYERS.format(unpacked=UNPACKED, folder=folder, shared=f"{tempfile.gettempdir()} {pli.ROOT}")
    return ("unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c",
            f"{setting}exec chroot {system} sh -c {shlex.quote(script)}")


_given = set()


def free_port():
    """A port that nobody had a moment ago, and that nobody was given here before: the kernel may offer one twice."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as listening:
            port = listening.getsockname()[1]
        if port not in _given:
            _given.add(port)
            return port


def answers(port, start=b""):
    """Does a server greet on that port?"""
    try:
        with socket.create_connection(("127.0.0.1", port), 2) as connection:
            connection.settimeout(5)
            return connection.recv(512).startswith(start)
    except OSError:
        return False


class Peer:
    """A server in a system of its own. A class says its files, and the command that stays in the foreground."""

    command = ""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="pli-peer-")
        os.chmod(self.folder, 0o755)
        self.ports = {}
        self.process = None

    def port(self, name):
        return self.ports[name]

    def path(self, path):
        """Where a file of the server's system is to be found from outside: one that it or write() made."""
        return self.folder + path if path.startswith("/etc/") else f"{self.folder}/system{path}"

    def write(self, path, text, mode=0o644):
        """A file of the server's system."""
        full = self.path(path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(full, mode)

    def accounts(self, users=()):
        """The system's accounts and those that the servers want."""
        for name in ("passwd", "group"):
            with open("/etc/" + name, encoding="utf-8") as file:
                kept = [line for line in file if line.split(":")[0] not in (*ACCOUNTS, *users)]
            for user, number in {**ACCOUNTS, **{user: 920 + i for i, user in enumerate(users)}}.items():
                home = f"/home/{user}"
                kept.append(f"{user}:x:{number}:{number}::{home}:/bin/false\n" if name == "passwd"
                            else f"{user}:x:{number}:\n")
            self.write("/etc/" + name, "".join(kept))
        self.write("/etc/mailname", "peer.test\n")
        self.write("/etc/hosts", "127.0.0.1 localhost peer.test\n")

    def certify(self):
        """A certificate of its own for localhost."""
        self.certificate = os.path.join(self.folder, "certificate.pem")
        pli.output_of("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-keyout", os.path.join(self.folder, "key.pem"), "-out", self.certificate, "-days", "2",
                      "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")

    def start(self, *greeting):
        with open(os.path.join(self.folder, "output"), "ab") as output:
            self.process = subprocess.Popen(layered(self.folder, self.command), stdin=subprocess.DEVNULL,
                                            stdout=output, stderr=output)
        if not pli.wait_until(lambda: all(answers(port) for port in greeting) or self.process.poll() is not None, 30) \
                or self.process.poll() is not None:
            log = self.log()
            self.stop()
            raise RuntimeError(f"{type(self).__name__} does not start:\n{log}")
        return self

    def log(self):
        with open(os.path.join(self.folder, "output"), encoding="utf-8", errors="replace") as file:
            return file.read()[-6000:]

    def stop(self):
        """unshare ends its child by SIGKILL when it ends itself; that child is the first of its namespace."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None
        pli.wait_until(lambda: not self.living(), 10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def living(self):
        """Is a process left whose root is this system?"""
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                if os.readlink(f"/proc/{entry}/root").startswith(self.folder):
                    return True
            except OSError:
                continue
        return False

    def __enter__(self):
        return self

    def __exit__(self, *unused):
        self.stop()


class Dovecot(Peer):
    """POP3 and IMAP. Letters belong to NOBODY, since Dovecot serves none of root's. maildirs: {"rachida": path} shares
    a Maildir that another server keeps. A password may be given with its scheme: "{SCRAM-SHA-256}..."."""

    command = "exec dovecot -F -c /etc/dovecot/dovecot.conf"

    def __init__(self, users, maildirs=None, settings=""):
        super().__init__()
        self.accounts()
        self.certify()
        self.maildirs = {user: (maildirs or {}).get(user, f"{self.folder}/mail/{user}") for user in users}
        os.makedirs(self.folder + "/mail", exist_ok=True)
        os.chown(self.folder + "/mail", NOBODY, NOBODY)
        self.ports = {name: free_port() for name in ("imap", "imaps", "pop3", "pop3s")}
        self.write("/etc/dovecot/users", "".join(
            f"{user}:{'' if password.startswith('{') else '{PLAIN}'}{password}:{NOBODY}:{NOBODY}::{self.folder}::"
            f"userdb_mail=maildir:{self.maildirs[user]}\n"
            for user, password in users.items()))
        listeners = "".join(
            "service {0}-login {{\n inet_listener {0} {{\n address = 127.0.0.1\n port = {1}\n }}\n inet_listener {0}s "
            "{{\n address = 127.0.0.1\n port = {2}\n ssl = yes\n }}\n}}\n".format(
                name, self.ports[name], self.ports[name + "s"]) for name in ("imap", "pop3"))
        self.write("/etc/dovecot/dovecot.conf", f"""protocols = imap pop3
log_path = /dev/stderr
ssl = yes
ssl_cert = <{self.certificate}
ssl_key = <{self.folder}/key.pem
ssl_dh =
disable_plaintext_auth = no
auth_mechanisms = plain login scram-sha-256
maildir_very_dirty_syncs = no
mail_max_userip_connections = 100
namespace inbox {{
 inbox = yes
 separator = .
 mailbox Sent {{
  auto = create
 }}
 mailbox Trash {{
  auto = create
 }}
}}
passdb {{
 driver = passwd-file
 args = /etc/dovecot/users
}}
userdb {{
 driver = passwd-file
 args = /etc/dovecot/users
}}
{listeners}{settings}""")
        self.start(self.ports["imap"], self.ports["pop3"])

    def maildir(self, user):
        return self.maildirs[user]


class Postfix(Peer):
    """An MTA for the domain peer.test. relay: the port to which it sends all other domains."""

    command = "postfix start && exec sleep 100000"
    port_names = ("smtp", "submissions")

    def __init__(self, relay=None, users=("amine",), settings=""):
        super().__init__()
        self.settings = settings
        self.accounts(users)
        self.certify()
        self.ports = {name: free_port() for name in self.port_names}
        self.users = users
        self.configure(relay)
        self.start(self.ports["smtp"])

    def configure(self, relay):
        for name, mode in (("spool/postfix", 0o755), ("lib/postfix", 0o700), ("mail", 0o1777)):
            os.makedirs(self.path("/var/" + name), mode)
        os.chown(self.path("/var/lib/postfix"), ACCOUNTS["postfix"], ACCOUNTS["postfix"])
        for number, user in enumerate(self.users):
            os.makedirs(self.path(f"/home/{user}"))
            os.chown(self.path(f"/home/{user}"), 920 + number, 920 + number)
        self.write("/etc/postfix/main.cf", f"""compatibility_level = 3.6
maillog_file = /dev/stdout
myhostname = peer.test
mydestination = peer.test
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
home_mailbox = Maildir/
alias_maps =
local_recipient_maps =
smtputf8_enable = yes
smtpd_tls_cert_file = {self.certificate}
smtpd_tls_key_file = {self.folder}/key.pem
smtpd_tls_security_level = may
smtp_tls_security_level = may
smtp_tls_loglevel = 1
relayhost = {f"[127.0.0.1]:{relay}" if relay else ""}
minimal_backoff_time = 2s
queue_run_delay = 2s
{self.settings}""")
        self.write("/etc/postfix/master.cf", f"""127.0.0.1:{self.ports["smtp"]} inet n - n - - smtpd
127.0.0.1:{self.ports["submissions"]} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
local unix - n n - - local
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
""")

    def inboxes(self, user):
        """The folders in which the letters lie that it delivered to a user of its own."""
        return [folder for part in ("new", "cur") if os.path.isdir(folder := self.path(f"/home/{user}/Maildir/{part}"))]

    def letters(self, user):
        texts = []
        for path in sorted(os.path.join(folder, name) for folder in self.inboxes(user) for name in os.listdir(folder)):
            with open(path, "rb") as file:
                texts.append(file.read())
        return texts


class OpenSmtpd(Postfix):
    """Likewise OpenBSD's MTA."""

    command = "exec smtpd -d -f /etc/smtpd.conf"

    def configure(self, relay):
        for name, mode in (("lib/opensmtpd/empty", 0o755), ("spool/smtpd", 0o711)):
            os.makedirs(self.path("/var/" + name), mode)
        for number, user in enumerate(self.users):
            os.makedirs(self.path(f"/home/{user}"))
            os.chown(self.path(f"/home/{user}"), 920 + number, 920 + number)
        os.chmod(self.folder + "/key.pem", 0o600)
        self.write("/etc/smtpd.conf", f"""pki peer.test cert "{self.certificate}"
pki peer.test key "{self.folder}/key.pem"
listen on 127.0.0.1 port {self.ports["smtp"]} tls pki peer.test hostname peer.test
listen on 127.0.0.1 port {self.ports["submissions"]} smtps pki peer.test hostname peer.test
action "here" maildir
action "away" relay{f' host "smtp+tls://127.0.0.1:{relay}" tls no-verify' if relay else ""}
match from any for domain "peer.test" action "here"
match from any for any action "away"
""", 0o600)
