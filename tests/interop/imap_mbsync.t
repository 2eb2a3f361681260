#!/usr/bin/env python3
"""mbsync keeps a local Maildir and the server's mailboxes the same, in both directions, and rests the second time."""
import glob
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli
from pli import check, equal

PASSWORD = "bonjour77"

missing = pli.installed("mbsync", "curl")
if missing:
    pli.skip_all(f"{missing} is not installed")
LETTER = "Subject: letter {}\r\nMessage-ID: <{}@x>\r\nFrom: amine@localhost\r\n\r\nrachida bonjour\r\n"
SETTINGS = """IMAPAccount lab
Host localhost
Port {port}
User rachida
Pass {password}
SSLType {tls}
CertificateFile {certificate}
AuthMechs *

IMAPStore far
Account lab

MaildirStore near
Path {near}/
Inbox {near}/INBOX
SubFolders Verbatim

Channel lab
Far :far:
Near :near:
Patterns *
Create Both
Expunge Both
SyncState *
"""



def names(*tops):
    """All letters in cur/ and new/ below the folders, by their names."""
    return sorted(name for top in tops for folder, _, inside in os.walk(top)
                  if os.path.basename(folder) in ("cur", "new") for name in inside)


def letters(path):
    return names(path + "/cur", path + "/new")


with pli.Server(users={"rachida": PASSWORD}) as served:
    near = served.folder + "/near"
    os.mkdir(near)
    settings = served.folder + "/mbsyncrc"
    url = f"imap://127.0.0.1:{served.port('imap')}"
    far = served.maildir("rachida")

    def configure(tls):
        with open(settings, "w") as file:
            file.write(SETTINGS.format(
                port=served.port("imaps" if tls == "IMAPS" else "imap"), password=PASSWORD, tls=tls, near=near,
                certificate=served.certificate if tls != "None" else "/dev/null"))
        os.chmod(settings, 0o600)

    def curl(path, *options):
        return pli.output_of("curl", "-sS", "-u", "rachida:" + PASSWORD, url + path, *options)

    def append(number):
        letter = served.folder + "/letter"
        with open(letter, "w", newline="") as file:
            file.write(LETTER.format(number, number))
        curl("/INBOX", "-T", letter)

    def sync(tls="None"):
        configure(tls)
        return pli.output_of("mbsync", "-V", "-c", settings, "lab")

    def first():
        for number in range(5):
            append(number)
        sync()
        equal(len(letters(near + "/INBOX")), 5)
        assert os.path.isdir(near + "/Sent/cur")

    def rests():
        before = names(near, far)
        sync()
        equal(names(near, far), before)

    def near_changes():
        paths = sorted(glob.glob(near + "/INBOX/*/*"))
        base = paths[0].rpartition("/")[2].partition(":2,")[0]
        os.rename(paths[0], f"{near}/INBOX/cur/{base}:2,FS")
        with open(near + "/INBOX/new/1.made.here", "w") as file:
            file.write(LETTER.format("near", "near").replace("\r\n", "\n"))
        os.remove(paths[1])
        sync()
        equal(len(letters(far)), 5)
        assert any(name.endswith(":2,FS") for name in letters(far)), letters(far)

    def far_changes():
        curl("/INBOX", "-X", r"STORE 3 +Flags (\Deleted \Seen)")
        curl("/INBOX", "-X", "EXPUNGE")
        curl("/", "-X", "CREATE Projets.2026")
        sync()
        equal(len(letters(near + "/INBOX")), 4)
        assert os.path.isdir(near + "/Projets.2026/cur") or os.path.isdir(near + "/Projets/2026/cur"), os.listdir(near)

    pli.mark("mbsync", "plain receive manage")
    check("fetches all letters and mailboxes", first)
    check("changes nothing the second time", rests)
    check("carries new, changed and removed letters to the server", near_changes)
    check("carries removal and new mailboxes from the server", far_changes)
    check("changes nothing once more", rests)
    pli.mark("mbsync", "STARTTLS")
    check("works with STARTTLS", lambda: sync("STARTTLS"))
    pli.mark("mbsync", "TLS")
    check("works with TLS from the start", lambda: sync("IMAPS"))
pli.done()
