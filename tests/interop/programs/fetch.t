#!/usr/bin/env python3
"""Programs that fetch and synchronise: getmail6, fetchmail, offlineimap3."""
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "lib"))
import peers
import pli
import programs
from programs import PASSWORD, USER, WAYS

EXPECTED = sorted(programs.BODY.format(number) for number in range(3))


def folder_for(server, name):
    """A Maildir that nobody may fill."""
    folder = os.path.join(server.folder, name)
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("", "/cur", "/new", "/tmp"):
        os.makedirs(folder + part)
    for top, _, _ in os.walk(folder):
        os.chmod(top, 0o777)
    return folder


def getmail(server):
    os.chmod(server.folder, 0o755)
    for protocol in ("pop3", "imap"):
        for way in ("plain", "TLS"):
            pli.mark("getmail6", f"{way} receive")
            where = folder_for(server, f"getmail-{protocol}-{way}")
            settings = os.path.join(where, "rc")
            kind = {"pop3": "POP3", "imap": "IMAP"}[protocol] + ("SSL" if way == "TLS" else "")
            trust = (f"ca_certs = {server.folder}/trusted.pem\n" if way == "TLS" else "")
            shutil.copy(server.certificate, server.folder + "/trusted.pem")
            os.chmod(server.folder + "/trusted.pem", 0o644)
            with open(settings, "w", encoding="utf-8") as file:
                file.write(f"[retriever]\ntype = Simple{kind}Retriever\nserver = localhost\n{trust}"
                           f"port = {server.port(protocol + ('s' if way == 'TLS' else ''))}\nusername = {USER}\n"
                           f"password = {PASSWORD}\n[destination]\ntype = Maildir\npath = {where}/\n[options]\n"
                           "read_all = false\ndelete = false\nreceived = false\ndelivered_to = false\n")
            os.chmod(settings, 0o644)
            as_nobody = peers.AS_NOBODY if os.geteuid() == 0 else ()
            for time in ("fetches all letters", "fetches nothing the second time"):
                status, output, errors = pli.run(*as_nobody, "getmail", f"--getmaildir={where}", "--rcfile=rc",
                                                 environment={"HOME": where})
                got = programs.bodies(programs.texts_in(where))
                pli.ok(status == 0 and got == EXPECTED, f"getmail {time} by {kind}", status, output, errors, got)


def fetchmail(server):
    program, environment = programs.unpacked("usr/bin/fetchmail")
    for protocol in ("POP3", "IMAP"):
        for way in WAYS:
            pli.mark("fetchmail", f"{way} receive")
            folder = folder_for(server, f"fetchmail-{protocol}-{way}")
            secure = {"plain": "sslproto ''", "STARTTLS": f"sslproto 'auto' sslcertfile {server.certificate}",
                      "TLS": f"ssl sslcertfile {server.certificate}"}[way]
            port = server.port(protocol.lower() + ("s" if way == "TLS" else ""))
            settings = os.path.join(folder, "rc")
            with open(settings, "w", encoding="utf-8") as file:
                file.write(f"set no bouncemail\npoll localhost service {port} protocol {protocol} no dns\n"
                           f' user "{USER}" there with password "{PASSWORD}" is root here keep fetchall {secure}\n'
                           f" mda \"/bin/sh -c 'cat > {folder}/new/$$'\"\n")
            os.chmod(settings, 0o600)
            status, output, errors = pli.run(program, "-f", settings, "--nodetach", "--nosyslog", "--pidfile",
                                             folder + "/pid", environment={**environment, "HOME": folder})
            got = programs.bodies(programs.texts_in(folder))
            pli.ok(status == 0 and got == EXPECTED, f"fetchmail fetches by {protocol}, {way}", status, output, errors,
                   got)
    pli.mark("fetchmail", "manage")
    folder = folder_for(server, "fetchmail-move")
    settings = os.path.join(folder, "rc")
    with open(settings, "w", encoding="utf-8") as file:
        file.write(f"set no bouncemail\npoll localhost service {server.port('pop3')} protocol POP3 uidl no dns\n"
                   f' user "{USER}" there with password "{PASSWORD}" is root here nokeep fetchall sslproto \'\'\n'
                   f" mda \"/bin/sh -c 'cat > {folder}/new/$$'\"\n")
    os.chmod(settings, 0o600)
    status, output, errors = pli.run(program, "-f", settings, "--nodetach", "--nosyslog", "--pidfile",
                                     folder + "/pid", environment={**environment, "HOME": folder})
    pli.ok(status == 0 and programs.bodies(programs.texts_in(folder)) == EXPECTED and not server.letters(USER),
           "fetchmail takes the letters away", status, output, errors, server.letters(USER))


def offlineimap(server):
    for way in WAYS:
        programs.empty(server)
        programs.deliver(server)
        near = os.path.join(server.folder, "offlineimap-" + way)
        os.mkdir(near)
        settings = os.path.join(near, "rc")
        port = server.port("imaps" if way == "TLS" else "imap")
        with open(settings, "w", encoding="utf-8") as file:
            file.write(f"[general]\naccounts = lab\nui = basic\nmetadata = {near}/metadata\n[Account lab]\n"
                       f"localrepository = L\nremoterepository = R\n[Repository L]\ntype = Maildir\nlocalfolders = "
                       f"{near}/mail\n[Repository R]\ntype = IMAP\nremotehost = localhost\nremoteport = {port}\n"
                       f"remoteuser = {USER}\nremotepass = {PASSWORD}\nssl = {'yes' if way == 'TLS' else 'no'}\n"
                       f"starttls = {'yes' if way == 'STARTTLS' else 'no'}\nsslcacertfile = {server.certificate}\n")

        def run():
            # Its STARTTLS hangs now and then, with Dovecot just as often (a race in its IMAP library).
            for _ in range(8 if way == "STARTTLS" else 1):
                try:
                    return pli.run("offlineimap", "-o", "-c", settings, environment={"HOME": near}, timeout=15)
                except subprocess.TimeoutExpired:
                    continue
            return 1, "", "offlineimap hangs"

        def names():
            return sorted(name for top, _, inside in (*os.walk(near + "/mail"), *os.walk(server.maildir(USER)))
                          if os.path.basename(top) in ("cur", "new") for name in inside)

        pli.mark("offlineimap3", f"{way} receive")
        status, output, errors = run()
        got = programs.bodies(programs.texts_in(near + "/mail/INBOX"))
        pli.ok(status == 0 and got == EXPECTED, f"offlineimap fetches all letters, {way}", status, output, errors, got)
        pli.mark("offlineimap3", f"{way} manage")
        before = names()
        run()
        pli.same(names(), before, f"offlineimap changes nothing the second time, {way}")
        inbox = near + "/mail/INBOX"
        local = sorted(os.path.join(top, name) for top, _, inside in os.walk(inbox)
                       if os.path.basename(top) in ("cur", "new") for name in inside)
        base = os.path.basename(local[0]).partition(":2,")[0]
        os.rename(local[0], f"{inbox}/cur/{base}:2,FS")
        os.remove(local[1])
        with open(inbox + "/new/1.made.here", "w", encoding="utf-8") as file:
            file.write(programs.LETTER.format("near").replace("\r\n", "\n"))
        status, output, errors = run()
        far = server.letters(USER)
        pli.ok(status == 0 and len(far) == 3 and any(path.endswith(":2,FS") for path in far) and
               any(programs.BODY.format("near") in text for text in programs.texts_in(server.maildir(USER))),
               f"offlineimap carries new, changed and removed letters to the server, {way}", status, output, errors,
               far)
        flagged = next(path for path in far if path.endswith(":2,FS"))
        os.rename(flagged, flagged[:-2] + "RS")
        status, output, errors = run()
        pli.ok(any(name.endswith(":2,RS") for name in os.listdir(inbox + "/cur")),
               f"offlineimap carries changed flags from the server, {way}", os.listdir(inbox + "/cur"), output, errors)


with pli.Server(users={USER: PASSWORD}) as server:
    programs.deliver(server)
    programs.row("getmail6", lambda: getmail(server), "getmail")
    programs.row("fetchmail", lambda: fetchmail(server), packaged="usr/bin/fetchmail")
    programs.row("offlineimap3", lambda: offlineimap(server), "offlineimap")
pli.done()
