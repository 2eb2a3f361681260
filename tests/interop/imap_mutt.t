#!/usr/bin/env python3
"""mutt and neomutt: send letters; driven by keys, read a mailbox, copy letters out, flag and delete, save elsewhere."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli
from pli import check, equal

PASSWORD = "bonjour77"

missing = pli.installed("script", "curl")
if missing:
    pli.skip_all(f"{missing} is not installed")
LETTER = ("Subject: letter {}\r\nMessage-ID: <{}@x>\r\nFrom: amine@localhost\r\nTo: rachida@localhost\r\n\r\n"
          "bonjour {}\r\n")
SETTINGS = """set imap_user=rachida imap_pass={password}
set ssl_force_tls=no ssl_starttls={starttls} ssl_verify_host=no ssl_verify_dates=no
set certificate_file={certificates}
set imap_authenticators="{mechanism}"
set header_cache="" message_cachedir="" wait_key=no confirmappend=no confirmcreate=no
set move=no quit=yes delete=yes sleep_time=0
set imap_check_subscribed=no mark_old=no timeout=1
"""


def tried(program):
    with pli.Server(users={"rachida": PASSWORD}) as served:
        url = f"imap://127.0.0.1:{served.port('imap')}"
        environment = {"HOME": served.folder, "TERM": "xterm", "LC_ALL": "C.UTF-8"}

        def curl(path, *options):
            return pli.output_of("curl", "-sS", "-u", "rachida:" + PASSWORD, url + path, *options)

        def settings(starttls, mechanism, more=""):
            with open(served.folder + "/certificates", "w") as trusted, open(served.certificate) as certificate:
                trusted.write(certificate.read())
            with open(served.folder + "/muttrc", "w") as file:
                file.write(SETTINGS.format(password=PASSWORD, starttls=starttls, mechanism=mechanism,
                                           certificates=served.folder + "/certificates") + more)

        def mutt(keys, starttls="no", mechanism="plain", url=url):
            settings(starttls, mechanism)
            command = f"{program} -n -F {served.folder}/muttrc -f {url}/INBOX -e 'push \"{keys}\"'"
            return pli.run("script", "-qec", command, "/dev/null", stdin=b"", environment=environment)

        def letters_in(path):
            with open(path) as file:
                return sum(line.startswith("From ") for line in file)

        def read_all(name, starttls, mechanism, url=url):
            box = f"{served.folder}/{name}"
            mutt(f"<tag-pattern>~A<enter><tag-prefix><copy-message>{box}<enter><exit>", starttls, mechanism, url)
            equal(letters_in(box), 3)
            assert "bonjour 2" in open(box).read()

        def send(way):
            before = served.letters("rachida")
            scheme, port = ("smtps", "submissions") if way == "TLS" else ("smtp", "submission")
            settings("yes" if way == "STARTTLS" else "no", "plain",
                     f'set smtp_url="{scheme}://rachida@127.0.0.1:{served.port(port)}/" smtp_pass={PASSWORD} copy=no\n'
                     'set from="rachida@localhost" use_envelope_from=no\n')
            status, output, errors = pli.run(program, "-n", "-F", served.folder + "/muttrc", "-s", f"été {way}", "--",
                                             "rachida@localhost", stdin=b"rachida bonjour\n", environment=environment)
            new = [path for path in served.letters("rachida") if path not in before]
            assert status == 0 and len(new) == 1, f"{output}{errors} {new}"
            with open(new[0], encoding="utf-8") as file:
                assert "rachida bonjour" in file.read()
            os.unlink(new[0])

        def flag_and_delete():
            mutt("<first-entry><flag-message><next-entry><delete-message><sync-mailbox><exit>")
            equal(curl("/INBOX?FLAGGED"), "* SEARCH 1\r\n")
            assert "(MESSAGES 2)" in curl("/INBOX", "-X", "STATUS INBOX (MESSAGES)")

        def save_elsewhere():
            mutt("<last-entry><save-message>=Archive<enter><sync-mailbox><exit>".replace("=", url + "/"))
            assert "(MESSAGES 1)" in curl("/INBOX", "-X", "STATUS Archive (MESSAGES)")

        os.mkdir(served.folder + "/Mail")  # else mutt asks whether to make it
        for number in range(3):
            with open(served.folder + "/letter", "w", newline="") as file:
                file.write(LETTER.format(number, number, number))
            curl("/INBOX", "-T", served.folder + "/letter")
        pli.mark(program, "plain receive")
        check("reads all letters, logging in by SASL PLAIN", lambda: read_all("plain", "no", "plain"))
        check("reads all letters, logging in by LOGIN", lambda: read_all("login", "no", "login"))
        pli.mark(program, "STARTTLS receive")
        check("reads all letters under STARTTLS", lambda: read_all("tls", "yes", "plain"))
        pli.mark(program, "TLS receive")
        check("reads all letters under TLS from the start",
              lambda: read_all("imaps", "no", "plain", f"imaps://127.0.0.1:{served.port('imaps')}"))
        for way in ("plain", "STARTTLS", "TLS"):
            pli.mark(program, f"{way} send")
            check(f"sends, {way}", lambda: send(way))
        pli.mark(program, "manage")
        check("flags one and deletes one", flag_and_delete)
        check("saves one to another mailbox", save_elsewhere)


for program in ("mutt", "neomutt"):
    pli.mark(program)
    if pli.installed(program):
        pli.skip(program, f"{program} is not installed (scripts/setup interop)")
    else:
        tried(program)
pli.done()
