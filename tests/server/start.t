#!/usr/bin/env python3
"""Starting and stopping the mail server: without any configuration, as an ordinary user, and with every mistake."""
import os
import poplib
import pwd
import shutil
import signal
import smtplib
import socket
import ssl
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli

work = tempfile.mkdtemp(prefix="pli-start-")
os.chmod(work, 0o755)


def mailserver(*words, stdin=None, wrapper=()):
    environment = {"LANGUAGE": "en", "LC_ALL": "C.UTF-8"}
    thread = ("setarch", "-R") if os.environ.get("PLI_SANITIZER") == "thread" else ()
    return pli.run(*wrapper, *thread, pli.MAILSERVER, *words, stdin=stdin, environment=environment)


def without_configuration(server):
    server.add_user("rachida", "bonjour-2026")
    server.start()
    names = ["smtp", "submission", "submissions", "pop3", "pop3s", "imap", "imaps"]
    pli.ok(all(name in server.ports for name in names), "it starts without any configuration, on seven ports",
           server.ports)
    output = server.output().splitlines()
    pli.ok(len(output) > len(names) and output[-1] == "ready", "it prints a line for each port, then \"ready\"",
           output)
    for name in names:
        with socket.create_connection(("127.0.0.1", server.port(name)), timeout=10) as connection:
            connection.settimeout(10 * pli.SLOW)
            if not name.endswith("s"):
                greeting = connection.recv(1000)
                pli.ok(greeting[:4] in (b"220 ", b"+OK ", b"* OK"), f"{name} greets", greeting)
    mode = os.stat(os.path.join(server.root, "tls", "key.pem")).st_mode & 0o777
    pli.same(mode, 0o600, "the private key can be read by nobody else")
    server.send(signal.SIGHUP)
    pli.ok(pli.wait_until(lambda: "read again" in server.log()), "SIGHUP reads the settings again", server.log())
    with socket.create_connection(("127.0.0.1", server.port("smtp")), timeout=10) as idle:
        idle.settimeout(10 * pli.SLOW)
        idle.recv(1000)
        pli.same(server.stop(), 0, "SIGTERM ends it with status 0")
        rest = idle.recv(1000)
        pli.ok(rest.startswith(b"421 ") and idle.recv(100) == b"", "and it takes leave of who is there", rest)


def transcripts():
    """A file for each dialogue, from the moment on when the settings ask for them; no password is in it."""
    settings = os.path.join(work, "transcripts.cf")
    with open(settings, "w", encoding="utf-8") as file:
        file.write("mail_name = Pli\n")
    with pli.Server("--config", settings, users={"rachida": "bonjour-2026"}) as server:
        folder = os.path.join(server.root, "told")
        with smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=20 * pli.SLOW) as client:
            client.noop()
        with open(settings, "a", encoding="utf-8") as file:
            file.write("transcripts = told\n")
        server.send(signal.SIGHUP)
        pli.wait_until(lambda: "read again" in server.log())
        client = poplib.POP3("127.0.0.1", server.port("pop3"), timeout=20 * pli.SLOW)
        client.user("rachida")
        client.pass_("bonjour-2026")
        client.quit()
        with smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=20 * pli.SLOW) as client:
            client.starttls(context=ssl._create_unverified_context())
            client.sendmail("a@example.org", ["rachida@localhost"], "Subject: x\r\n\r\nrachida bonjour\r\n")

        def told():
            texts = {}
            for name in os.listdir(folder) if os.path.isdir(folder) else ():
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    texts[name[len("2026-11-24-000000-"):].rpartition("-")[0]] = file.read()
            return texts
        pli.wait_until(lambda: sorted(told()) == ["pop3", "smtp"] and "QUIT" in told()["smtp"])
        texts = told()
        pli.ok(sorted(texts) == ["pop3", "smtp"] and "C: USER rachida" in texts["pop3"] and
               "AUTHORIZATION -> " in texts["pop3"] and "bonjour-2026" not in texts["pop3"],
               "transcripts are written from SIGHUP on, the password masked", *texts.values())
        pli.ok("TLS" in texts["smtp"] and "C: rcpt TO:<rachida@localhost>" in texts["smtp"] and
               "rachida bonjour" not in texts["smtp"], "also of what TLS covers, without the letters", texts["smtp"])
        modes = {os.stat(os.path.join(folder, name)).st_mode & 0o777 for name in os.listdir(folder)}
        pli.same(modes, {0o600}, "and nobody else can read them")


def as_ordinary_user():
    if os.geteuid() != 0:
        pli.skip("the same as an ordinary user", "this is one already")
        return
    nobody = pwd.getpwnam("nobody")
    home = os.path.join(work, "nobody")
    os.mkdir(home)
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    wrapper = ("setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups")
    if pli.run(*wrapper, "test", "-x", pli.MAILSERVER)[0] != 0:
        pli.skip("the same as an ordinary user", "others may not look into this folder")
        return
    server = pli.Server(root=os.path.join(home, "mail"), wrapper=wrapper)
    os.chmod(server.folder, 0o777)
    server.add_user("rachida", "bonjour-2026")
    server.start()
    owner = os.stat(server.maildir("rachida")).st_uid
    pli.ok(owner == nobody.pw_uid and server.stop() == 0, "the same as an ordinary user", server.log())
    server.remove()


def mistakes():
    root = os.path.join(work, "mistakes")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, _, errors = mailserver("--root", root, "-o", f"ports=free smtp={port}")
        pli.ok(status == 1 and errors.count("\n") == 1 and f"port {port}" in errors and "-o ports=smtp=" in errors,
               "a port in use: one message that says what to do", status, errors)
    locked = os.path.join(work, "file")
    with open(locked, "w", encoding="utf-8") as file:
        file.write("not a folder\n")
    status, _, errors = mailserver("--root", os.path.join(locked, "mail"), "-o", "ports=free")
    pli.ok(status == 1 and errors.count("\n") == 1 and "--root" in errors,
           "a root folder that cannot be made: one message that says what to do", status, errors)
    if os.geteuid() == 0:
        wrapper = ("setpriv", "--reuid=65534", "--clear-groups")
    else:
        wrapper = ()
    closed = os.path.join(work, "closed")
    os.mkdir(closed, 0o500 if not wrapper else 0o700)
    if pli.run(*wrapper, "test", "-x", pli.MAILSERVER)[0] == 0:
        status, _, errors = mailserver("--root", closed, "-o", "ports=free", wrapper=wrapper)
        pli.ok(status == 1 and errors.count("\n") == 1 and closed in errors and "--root" in errors,
               "a root folder that is not writable: one message", status, errors)
    else:
        pli.skip("a root folder that is not writable", "others may not look into this folder")
    status, _, errors = mailserver("--wrong")
    pli.ok(status == 2 and "--help" in errors, "a wrong option: status 2", status, errors)
    status, _, errors = mailserver("dance")
    pli.ok(status == 2 and "dance" in errors, "a wrong command: status 2", status, errors)
    status, output, _ = mailserver("--version")
    pli.ok(status == 0 and "Pli" in output, "--version", output)
    status, output, _ = mailserver("--help")
    pli.ok(status == 0 and "2525" in output and "--narrate" in output, "--help names options and ports", output)


def settings():
    deck = os.path.join(work, "main.cf")
    with open(deck, "w", encoding="utf-8") as file:
        file.write("""# From the course, word for word
myhostname = mail.example.org
mydomain = example.org
myorigin = $mydomain
inet_interfaces = all
inet_protocols = all
mydestination = $myhostname, localhost.$mydomain, localhost, $mydomain
mynetworks = 192.168.1.0/24, 127.0.0.0/8
home_mailbox = Maildir/
smtpd_banner = $myhostname ESMTP
message_size_limit = 10485760
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_sasl_auth_enable = yes
smtpd_sasl_security_options = noanonymous
smtpd_sasl_local_domain = $myhostname
smtpd_recipient_restrictions = permit_mynetworks,
    permit_auth_destination,
    permit_sasl_authenticated, reject
""")
    dovecot = os.path.join(work, "dovecot.conf")
    with open(dovecot, "w", encoding="utf-8") as file:
        file.write("listen = *, ::\ndisable_plaintext_auth = no\nauth_mechanisms = plain login\n"
                   "mail_location = maildir:~/Maildir\nssl = yes   # also\n")
    status, output, errors = mailserver("--config", deck, "--config", dovecot, "check-config")
    pli.ok(status == 0 and "myorigin = example.org" in output and "disable_plaintext_auth = no" in output,
           "the course's Postfix and Dovecot lines are understood", output, errors)
    with pli.Server("--config", deck, "--config", dovecot, "-o", "inet_interfaces=loopback-only",
                    "-o", "listen=127.0.0.1", users={"rachida": "bonjour-2026"}) as server:
        with socket.create_connection(("127.0.0.1", server.port("smtp")), timeout=10) as connection:
            connection.settimeout(10 * pli.SLOW)
            pli.same(connection.recv(1000), b"220 mail.example.org ESMTP\r\n", "and they have their meaning")
    with open(deck, "w", encoding="utf-8") as file:
        file.write("""# What Debian 12 writes when Postfix is installed as "Internet Site"
smtpd_banner = $myhostname ESMTP $mail_name (Debian/GNU)
biff = no
append_dot_mydomain = no
readme_directory = no
compatibility_level = 3.6
smtpd_tls_cert_file=%s/tls/certificate.pem
smtpd_tls_key_file=%s/tls/key.pem
smtpd_tls_security_level=may
smtp_tls_CApath=/etc/ssl/certs
smtp_tls_security_level=may
smtp_tls_session_cache_database = btree:${data_directory}/smtp_scache
smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination
myhostname = mail.example.org
alias_maps = hash:%s/aliases
alias_database = hash:%s/aliases
myorigin = %s/mailname
mydestination = $myhostname, localhost.example.org, localhost
relayhost =
mynetworks = 127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128
mailbox_size_limit = 0
recipient_delimiter = +
inet_interfaces = all
inet_protocols = all
""" % ((work,) * 5))
    with open(dovecot, "w", encoding="utf-8") as file:
        file.write("plugin {\n  quota = maildir:User quota\n  quota_rule = *:storage=1G\n}\nssl = yes\n")
    status, _, errors = mailserver("--config", deck, "check-config")
    pli.ok(status == 1 and "mailname" in errors and "myorigin" in errors,
           "a file that myorigin names and that is not there", errors)
    with open(os.path.join(work, "mailname"), "w", encoding="utf-8") as file:
        file.write("example.net\n")
    status, output, errors = mailserver("--config", deck, "--config", dovecot, "check-config")
    pli.ok(status == 0 and "myorigin = example.net" in output and "/smtp_scache" in output and
           "quota_rule = *:storage=1G" in output, "Debian's own main.cf is understood, and a plugin section", output,
           errors)
    bad = os.path.join(work, "bad.cf")
    with open(bad, "w", encoding="utf-8") as file:
        file.write("myhostname = mail.example.org\n\nmessage_size_limit = many\nmynetworcs = 127.0.0.0/8\nnonsense\n")
    status, _, errors = mailserver("--config", bad, "--root", work, "check-config")
    lines = errors.splitlines()
    pli.ok(status == 1 and any("bad.cf:4:" in line and "mynetworcs" in line for line in lines) and
           any("bad.cf:5:" in line for line in lines), "unknown and bad lines are errors with file and line", errors)
    with open(bad, "w", encoding="utf-8") as file:
        file.write("myhostname = mail.example.org\n\nmessage_size_limit = many\n")
    status, _, errors = mailserver("--config", bad, "--root", work)
    pli.ok(status == 1 and "bad.cf:3:" in errors and "number" in errors, "bad values too, and it does not start",
           errors)
    status, _, errors = mailserver("--config", os.path.join(work, "absent.cf"), "check-config")
    pli.ok(status == 1 and "absent.cf" in errors, "a file that is not there", errors)
    status, _, errors = mailserver("-o", "smtpd_recipient_restrictions=permit_mynetworks", "check-config")
    pli.ok(status == 1 and "reject" in errors, "rules that refuse nobody would make an open relay", errors)


def users():
    root = ("--root", os.path.join(work, "users"))
    for name, password, part in (("rachida", "short", "8"), ("rachida", "xxRachida99", "name"),
                                 ("../evil", "bonjour-2026", "name"), ("Rachida", "bonjour-2026", "small"),
                                 ("", "bonjour-2026", "empty"), ("rachida", "bonjour\x01-2026", "control")):
        status, _, errors = mailserver(*root, "user", "add", name, stdin=password.encode() + b"\n")
        pli.ok(status == 1 and part in errors and errors.count("\n") == 1,
               f"user add refuses {name!r} with {password!r}, and says why", status, errors)
    pli.same(mailserver(*root, "user", "add", "rachida", stdin=b"bonjour-2026\n")[0], 0, "user add")
    status, _, errors = mailserver(*root, "user", "add", "rachida", stdin=b"bonjour-2026\n")
    pli.ok(status == 1 and "already" in errors, "but not twice", errors)
    mailserver(*root, "user", "add", "amine", stdin=b"salut-2026\n")
    pli.same(mailserver(*root, "user", "list")[1], "amine\nrachida\n", "user list")
    file = os.path.join(work, "users", "users")
    with open(file, encoding="utf-8") as text:
        content = text.read()
    pli.ok("bonjour" not in content and os.stat(file).st_mode & 0o777 == 0o600, "no password is in the file", content)
    pli.same(mailserver(*root, "user", "passwd", "rachida", stdin=b"autre-2026\n")[0], 0, "user passwd")
    pli.same(mailserver(*root, "user", "remove", "amine")[0], 0, "user remove")
    pli.same(mailserver(*root, "user", "list")[1], "rachida\n", "and it is gone")
    status, _, errors = mailserver(*root, "user", "remove", "amine")
    pli.ok(status == 1 and "no user" in errors, "who is not there cannot be removed", errors)
    pli.same(mailserver(*root, "user", "add")[0], 2, "a name is needed")


try:
    plain = pli.Server()
    try:
        without_configuration(plain)
    finally:
        plain.remove()
    transcripts()
    as_ordinary_user()
    mistakes()
    settings()
    users()
finally:
    shutil.rmtree(work, ignore_errors=True)
pli.done()
