#!/usr/bin/env python3
"""Thunderbird without a screen: a preset profile of three accounts (in the clear, STARTTLS, TLS from the start)
synchronises each inbox, changes it, and sends a letter from each. Marionette, its remote control, gives the orders."""
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "lib"))
import pli
import programs
from programs import PASSWORD, WAYS

SOCKET_TYPES = {"plain": 0, "STARTTLS": 2, "TLS": 3}
USERS = {"plain": "rachida", "STARTTLS": "amine", "TLS": "salma"}
QUIET = {
    "marionette.port": 0, "app.update.enabled": False, "app.donation.eoy.version.viewed": 9999,
    "datareporting.policy.dataSubmissionEnabled": False, "toolkit.telemetry.enabled": False,
    "extensions.update.enabled": False, "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False, "app.normandy.enabled": False,
    "services.settings.server": "http://127.0.0.1:9/", "network.proxy.type": 0, "mail.rights.version": 1,
    "mailnews.start_page.enabled": False, "mail.provider.suppress_dialog_on_startup": True,
    "mail.spotlight.firstRunDone": True, "mail.winsearch.firstRunDone": True, "mail.shell.checkDefaultClient": False,
    "mailnews.database.global.indexer.enabled": False, "mail.biff.show_alert": False,
}
PREPARE = """
    const [password, certificate, users, done] = arguments;
    (async () => {
        const trusted = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB)
            .constructX509FromBase64(certificate);
        const overrides = Cc["@mozilla.org/security/certoverride;1"].getService(Ci.nsICertOverrideService);
        for (const [user, ports] of users) {
            for (const scheme of ["imap", "smtp"]) {
                const login = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
                login.init(`${scheme}://localhost`, null, `${scheme}://localhost`, user, password, "", "");
                await Services.logins.addLoginAsync(login);
            }
            for (const port of ports)
                overrides.rememberValidityOverride("localhost", port, {}, trusted, true);
        }
        for (const account of MailServices.accounts.accounts)
            if (account.incomingServer.type == "imap")
                account.incomingServer.getNewMessages(account.incomingServer.rootFolder, null, null);
        done("prepared");
    })().catch(error => done(String(error)));
"""
INBOX = """
    const account = MailServices.accounts.accounts.find(one => one.incomingServer.username == arguments[0]);
    const inbox = account.incomingServer.rootFolder.descendants.find(folder => folder.name == "Inbox" ||
                                                                    folder.name == "INBOX");
"""
LIST = INBOX + """
    return inbox ? [...inbox.messages].map(letter => letter.mime2DecodedSubject).sort() : [];
"""
PLACE = INBOX + "return inbox.filePath.path;"
DOWNLOAD = INBOX + """
    try {
        inbox.downloadAllForOffline(null, null);
    } catch (error) {
        if (error.result != 0x8055000a) // NS_MSG_FOLDER_BUSY: it does so already
            throw error;
    }
"""
CHANGE = INBOX + """
    const letter = number => [...inbox.messages].find(one => one.subject == "letter " + number);
    inbox.markMessagesFlagged([letter(0)], true);
    inbox.markMessagesRead([letter(1)], true);
    inbox.deleteMessages([letter(2)], null, true, false, null, false);
"""
EXPUNGE = INBOX + "inbox.compact(null, null);"
LOOK = INBOX + "inbox.getNewMessages(null, null);"
SEND = """
    const [user, subject, body, done] = arguments;
    const account = MailServices.accounts.accounts.find(one => one.incomingServer.username == user);
    const create = name => Cc["@mozilla.org/messengercompose/" + name + ";1"].createInstance();
    const fields = create("composefields").QueryInterface(Ci.nsIMsgCompFields);
    Object.assign(fields, { from: `${user}@localhost`, to: `${user}@localhost`, subject, body });
    const wish = create("composeparams").QueryInterface(Ci.nsIMsgComposeParams);
    Object.assign(wish, { composeFields: fields, identity: account.defaultIdentity,
                          format: Ci.nsIMsgCompFormat.PlainText });
    MailServices.compose.initCompose(wish)
        .sendMsg(Ci.nsIMsgSend.nsMsgDeliverNow, account.defaultIdentity, account.key, null, null)
        .then(() => done("sent"), error => done(String(error)));
"""
SERVICES = ('const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");\n')


class Thunderbird:
    """The program in a profile of its own, and the connection by which it is told what to do."""

    def __init__(self, profile):
        self.profile, self.number, self.control = profile, 0, None
        environment = {**os.environ, "HOME": profile, "MOZ_HEADLESS": "1", "LC_ALL": "C.UTF-8"}
        self.process = subprocess.Popen(
            ["thunderbird", "--headless", "--no-remote", "--marionette", "--remote-allow-system-access", "--profile",
             profile], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True)

    def __enter__(self):
        where = os.path.join(self.profile, "MarionetteActivePort")
        assert pli.wait_until(lambda: os.path.exists(where) and programs.bytes_of(where), 60), "it does not start"
        self.control = socket.create_connection(("127.0.0.1", int(programs.bytes_of(where))), timeout=60 * pli.SLOW)
        self._read()
        self.call("WebDriver:NewSession", capabilities={"alwaysMatch": {}})
        self.call("Marionette:SetContext", value="chrome")
        return self

    def _read(self):
        size = b""
        while not size.endswith(b":"):
            size += self.control.recv(1)
        text = b""
        while len(text) < int(size[:-1]):
            text += self.control.recv(int(size[:-1]) - len(text))
        return json.loads(text)

    def call(self, command, **words):
        self.number += 1
        text = json.dumps([0, self.number, command, words]).encode()
        self.control.sendall(b"%d:" % len(text) + text)
        _, _, error, result = self._read()
        assert error is None, f"{command}: {error['error']}: {error['message']}"
        return result

    def run(self, script, *words, asynchronous=False):
        kind = "WebDriver:ExecuteAsyncScript" if asynchronous else "WebDriver:ExecuteScript"
        return self.call(kind, script=SERVICES + script, args=words)["value"]

    def __exit__(self, *unused):
        try:
            self.call("Marionette:Quit", flags=["eForceQuit"])
            self.process.wait(20)
        except (AssertionError, AttributeError, OSError, ValueError, subprocess.TimeoutExpired):
            os.killpg(self.process.pid, 9)
            self.process.wait()


def settings(server):
    """A profile's accounts, as Thunderbird's own assistant writes them."""
    found = dict(QUIET)
    keys = range(1, len(WAYS) + 1)
    found["mail.accountmanager.accounts"] = ",".join(f"account{key}" for key in keys) + ",account9"
    found["mail.accountmanager.defaultaccount"] = "account1"
    found["mail.accountmanager.localfoldersserver"] = "server9"
    found["mail.smtpservers"] = ",".join(f"smtp{key}" for key in keys)
    found["mail.account.account9.server"] = "server9"
    for name, value in (("type", "none"), ("hostname", "Local Folders"), ("userName", "nobody"),
                        ("directory-rel", "[ProfD]Mail/Local Folders")):
        found["mail.server.server9." + name] = value
    for key, way in zip(keys, WAYS):
        user, secure = USERS[way], way == "TLS"
        found[f"mail.account.account{key}.server"] = f"server{key}"
        found[f"mail.account.account{key}.identities"] = f"id{key}"
        rows = {
            f"mail.identity.id{key}": {"useremail": f"{user}@localhost", "fullName": user, "valid": True,
                                       "smtpServer": f"smtp{key}", "fcc": False},
            f"mail.smtpserver.smtp{key}": {"hostname": "localhost", "username": user, "authMethod": 3,
                                           "port": server.port("submissions" if secure else "submission"),
                                           "try_ssl": SOCKET_TYPES[way]},
            f"mail.server.server{key}": {"type": "imap", "hostname": "localhost", "userName": user, "authMethod": 3,
                                         "port": server.port("imaps" if secure else "imap"), "name": way,
                                         "socketType": SOCKET_TYPES[way], "login_at_startup": False,
                                         "offline_download": True, "use_idle": True, "delete_model": 2,
                                         "directory-rel": f"[ProfD]ImapMail/{way}"},
        }
        found.update((f"{group}.{name}", value) for group, row in rows.items() for name, value in row.items())
    return "".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in found.items())


def certificate(server):
    with open(server.certificate, encoding="ascii") as file:
        return "".join(line.strip() for line in file.read().split("-----BEGIN CERTIFICATE-----")[1]
                       .split("-----END")[0].splitlines())


def synchronises(server, mail, way):
    user = USERS[way]
    expected = [f"letter {number}" for number in range(3)]
    pli.mark("Thunderbird", f"{way} receive")
    pli.ok(pli.wait_until(lambda: mail.run(LIST, user) == expected, 30), f"Thunderbird lists the inbox, {way}",
           mail.run(LIST, user))
    kept = mail.run(PLACE, user)
    mail.run(DOWNLOAD, user)

    def whole():
        text = programs.bytes_of(kept).replace(b"\r\n", b"\n").decode() if os.path.exists(kept) else ""
        return all(f"rachida bonjour, été {number}\n.\n..two dots\n" in text for number in range(3))
    pli.ok(pli.wait_until(whole, 30), f"Thunderbird keeps a copy of each letter, {way}")
    pli.mark("Thunderbird", "manage")
    mail.run(CHANGE, user)

    def flags():
        return sorted(path.partition(":2,")[2] for path in server.letters(user))
    pli.wait_until(lambda: len(flags()) == 3 and "T" in flags()[2], 20)
    mail.run(EXPUNGE, user)
    pli.ok(pli.wait_until(lambda: flags() == ["F", "S"], 20), f"Thunderbird flags, reads and deletes letters, {way}",
           flags())


def sends(server, mail, way):
    user = USERS[way]
    pli.mark("Thunderbird", f"{way} send")
    for path in server.letters(user):
        os.unlink(path)
    answer = mail.run(SEND, user, f"été {way}", "rachida bonjour\r\n", asynchronous=True)
    pli.wait_until(lambda: server.letters(user), 20)
    texts = [programs.bytes_of(path).decode() for path in server.letters(user)]
    pli.ok(answer == "sent" and len(texts) == 1 and "Subject: =?UTF-8?" in texts[0] and "rachida bonjour" in texts[0],
           f"Thunderbird sends, {way}", answer, *texts)
    mail.run(LOOK, user)
    pli.ok(pli.wait_until(lambda: len(mail.run(LIST, user)) == 1, 30) and
           mail.run(LIST, user) == [f"été {way}"], f"and finds the new letter, {way}", mail.run(LIST, user))


def tried(server):
    for user in USERS.values():
        if user != programs.USER:
            server.add_user(user, PASSWORD)
        programs.deliver(server, to=f"{user}@localhost")
    profile = tempfile.mkdtemp(prefix="pli-thunderbird-")
    try:
        with open(profile + "/user.js", "w", encoding="utf-8") as file:
            file.write(settings(server))
        with Thunderbird(profile) as mail:
            ports = [[USERS[way], [server.port(name + ("s" if way == "TLS" else "")) for name in
                                   ("imap", "submission")]] for way in WAYS]
            pli.same(mail.run(PREPARE, PASSWORD, certificate(server), ports, asynchronous=True), "prepared",
                     "Thunderbird starts without a screen and takes the accounts")
            for way in WAYS:
                synchronises(server, mail, way)
                sends(server, mail, way)
    finally:
        shutil.rmtree(profile, ignore_errors=True)


with pli.Server(users={programs.USER: PASSWORD}) as server:
    programs.row("Thunderbird", lambda: tried(server), "thunderbird")
pli.done()
