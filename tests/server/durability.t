#!/usr/bin/env python3
"""A letter that was acknowledged is kept: the server is killed the moment its 250 arrives.

RFC 5321 §6.1: who says 250 has taken the responsibility.
"""
import os
import smtplib
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import pli

ROUNDS = 5
server = pli.Server(users={"rachida": "bonjour-2026", "amine": "salut-2026"})


def send_and_kill(number):
    """True when the letter was acknowledged before the end."""
    client = smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=20)
    client.ehlo("client.test")
    client.mail("a@example.org")
    client.rcpt("rachida@localhost")
    client.rcpt("amine@localhost")
    client.putcmd("data")
    client.getreply()
    client.send(f"Subject: letter {number}\r\n\r\nrachida bonjour {number}\r\n.\r\n".encode())
    code, _ = client.getreply()
    server.kill()
    client.close()
    return code == 250


try:
    for number in range(ROUNDS):
        server.start()
        acknowledged = send_and_kill(number)
        found = []
        for user in ("rachida", "amine"):
            new = os.path.join(server.maildir(user), "new")
            texts = [open(os.path.join(new, name), encoding="utf-8").read() for name in os.listdir(new)]
            found.append(sum(f"rachida bonjour {number}\n" in text for text in texts))
        pli.ok(acknowledged and found == [1, 1], f"killed after the 250, round {number + 1}: the letter is in new/",
               found)

    # In the middle of many: what was acknowledged is there, what was not is there whole or not at all.
    server.start()
    acknowledged = []

    def sender(number):
        try:
            with smtplib.SMTP("127.0.0.1", server.port("smtp"), timeout=20) as client:
                for i in range(1000):
                    mark = f"mark {number}-{i} "
                    client.sendmail("a@example.org", ["rachida@localhost"],
                                    f"Subject: many\r\n\r\n{mark}\r\n" + "x" * 70 + "\r\nend\r\n")
                    acknowledged.append(mark)
        except (smtplib.SMTPException, OSError):
            pass

    threads = [threading.Thread(target=sender, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    pli.wait_until(lambda: len(acknowledged) > 50)
    server.kill()
    for thread in threads:
        thread.join()
    texts = [open(path, encoding="utf-8").read() for path in server.letters("rachida")]
    marks = "".join(texts)
    lost = [mark for mark in acknowledged if mark not in marks]
    pli.ok(len(acknowledged) > 50 and not lost, "killed while five clients send: no acknowledged letter is lost",
           len(acknowledged), lost)
    pli.ok(all(text.endswith("end\n") or "rachida bonjour" in text for text in texts), "and none is there in part")
    server.start()
    pli.same(server.stop(), 0, "and it starts and ends again as if nothing had been")
finally:
    server.remove()
pli.done()
