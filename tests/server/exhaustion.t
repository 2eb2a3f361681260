#!/usr/bin/env python3
"""No room: a full disk, no inodes, no descriptors, too many connections. Refused for now, and it resumes by itself."""
import os
import resource
import shutil
import smtplib
import socket
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli
import small_disk

USERS = {"rachida": "bonjour-2026"}


def send(server, size=100):
    """The code of the server's answer to a letter of that size."""
    try:
        with smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=30 * pli.SLOW) as client:
            client.ehlo("c.test")
            client.mail("a@example.org")
            code, _ = client.rcpt("rachida@localhost")
            if code != 250:
                return code
            return client.data("Subject: x\r\n\r\n" + ("x" * 70 + "\r\n") * (size // 72))[0]
    except smtplib.SMTPResponseException as error:
        return error.smtp_code
    except (smtplib.SMTPException, OSError) as error:
        return repr(error)


def full_disk():
    with small_disk.small_disk("size=3m") as disk:
        if disk is None:
            pli.skip("a full disk", "a small file system cannot be mounted here")
            return
        with pli.Server(root=os.path.join(disk, "mail"), users=USERS) as server:
            pli.same(send(server), 250, "with room a letter is taken")
            filler = small_disk.fill(disk)
            pli.ok(send(server, 200000) in (452, 451), "a full disk: the letter is refused for now",
                   server.log()[-1000:])
            left = [name for _, _, names in os.walk(os.path.join(server.maildir("rachida"), "tmp")) for name in names]
            pli.same((len(server.letters("rachida")), left), (1, []), "and nothing is left of it")
            os.unlink(filler)
            pli.same(send(server, 200000), 250, "with room again it is taken")


def no_inodes():
    with small_disk.small_disk("size=20m,nr_inodes=80") as disk:
        if disk is None:
            pli.skip("no inodes", "a small file system cannot be mounted here")
            return
        with pli.Server(root=os.path.join(disk, "mail"), users=USERS) as server:
            codes = [send(server) for _ in range(80)]
            pli.ok(codes[0] == 250 and codes[-1] in (452, 451), "no inodes: letters are refused for now", codes)
            pli.same(codes.count(250), len(server.letters("rachida")), "what was acknowledged is there")
            for path in server.letters("rachida"):
                os.unlink(path)
            pli.same(send(server), 250, "and with room again they are taken")


def no_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with pli.Server(users=USERS, wrapper=("prlimit", "--nofile=100:100")) as server:
        crowd = []
        for _ in range(300):
            connection = socket.socket()
            connection.settimeout(0.5)
            try:
                connection.connect(("127.0.0.1", server.port("imap")))
            except OSError:
                pass
            crowd.append(connection)
        for connection in crowd:
            connection.close()
        pli.ok(pli.wait_until(lambda: send(server) == 250, 20), "no file descriptors: it resumes when there are some",
               server.log()[-2000:])
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def too_many_connections():
    with pli.Server("-o", "connections=20", users=USERS) as server:
        crowd = [socket.create_connection(("127.0.0.1", server.port("smtp")), timeout=10) for _ in range(20)]
        for connection in crowd:
            connection.recv(1000)
        with socket.create_connection(("127.0.0.1", server.port("smtp")), timeout=10 * pli.SLOW) as one_more:
            answer = one_more.recv(1000)
        pli.ok(answer.startswith(b"421 "), "too many connections: one more is told so", answer)
        for connection in crowd:
            connection.close()
        pli.ok(pli.wait_until(lambda: send(server) == 250), "and let in when others have gone", server.log()[-1000:])
    with pli.Server("-o", "smtpd_client_connection_count_limit=3", "-o", "mynetworks=192.0.2.0/24",
                    users=USERS) as server:
        crowd = [socket.create_connection(("127.0.0.1", server.port("smtp")), timeout=10) for _ in range(3)]
        for connection in crowd:
            connection.recv(1000)
        with socket.create_connection(("127.0.0.1", server.port("smtp")), timeout=10 * pli.SLOW) as one_more:
            answer = one_more.recv(1000)
        pli.ok(answer.startswith(b"421 "), "too many from one address, likewise", answer)
        for connection in crowd:
            connection.close()


small_disk.in_own_mounts()
full_disk()
no_inodes()
if shutil.which("prlimit"):
    no_descriptors()
else:
    pli.skip("no file descriptors", "prlimit is not installed")
too_many_connections()
pli.done()
