"""Captures for the screens: a whole SMTP conversation, byte for byte the same each time, and a hostile one."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "visualizer"))
import craft  # noqa: E402

# What a terminal must never be told by traffic: window title, colours, cursor, alternate screen, answers, C1, bidi.
HOSTILE = (b"\033]0;OWNED\007", b"\033[2J\033[31mevil\033[0m", b"\033[?47l", b"\033[6n\033[c", b"\x9b31m\x90q\x9c",
           "‮gpj.exe‬".encode(), b"\xff\xfe\x80", b"\x0e\x0f\x07\x08\x7f")

LETTER = (b"From: Alice <alice@example.org>\r\nTo: rachida@localhost\r\nSubject: test\r\n"
          b"Message-ID: <20261124.1@alice.example.org>\r\n\r\nrachida bonjour\r\n.\r\n")


def conversation(path, said):
    """ARP, a TCP connection to port 25, and in it what is said: (1 the server, 0 the client; bytes)."""
    frames = [(999.999, craft.eth(craft.arp(1, craft.MAC_A, craft.A4, "00:00:00:00:00:00", craft.B4), 0x0806,
                                  dst="ff:ff:ff:ff:ff:ff")),
              (1000.0, craft.eth(craft.arp(2, craft.MAC_B, craft.B4, craft.MAC_A, craft.A4), 0x0806,
                                 src=craft.MAC_B, dst=craft.MAC_A))]
    talk = craft.Conversation(frames)
    talk.open()
    for side, text in said:
        talk.send(side, text, craft.PSH | craft.ACK)
    talk.close()
    craft.pcap(path, frames)


def letter(path):
    """The deck's letter over SMTP, with a password in the clear."""
    conversation(path, (
        (1, b"220 mail.example.org ESMTP Pli\r\n"),
        (0, b"EHLO alice.example.org\r\n"),
        (1, b"250-mail.example.org\r\n250-SIZE 10485760\r\n250-AUTH PLAIN LOGIN\r\n250 8BITMIME\r\n"),
        (0, b"AUTH PLAIN AGFsaWNlAG5leHQtc3VtbWVy\r\n"),
        (1, b"235 2.7.0 Authentication successful\r\n"),
        (0, b"MAIL FROM:<alice@example.org>\r\n"),
        (1, b"250 2.1.0 Ok\r\n"),
        (0, b"RCPT TO:<rachida@localhost>\r\n"),
        (1, b"250 2.1.5 Ok\r\n"),
        (0, b"DATA\r\n"),
        (1, b"354 End data with <CR><LF>.<CR><LF>\r\n"),
        (0, LETTER),
        (1, b"250 2.0.0 Ok: queued as 7K2F\r\n"),
        (0, b"QUIT\r\n"),
        (1, b"221 2.0.0 Bye\r\n"),
    ))


def hostile(path):
    """Everything that a terminal would obey, in all that is said."""
    evil = b"".join(HOSTILE)
    conversation(path, (
        (1, b"220 " + evil + b"\r\n"),
        (0, b"EHLO " + evil + b"\r\n"),
        (1, b"250-" + evil + b"\r\n250 " + evil + b"\r\n"),
        (0, b"MAIL FROM:<" + evil + b"@example.org>\r\n"),
        (1, b"250 2.1.0 " + evil + b"\r\n"),
        (0, b"RCPT TO:<rachida@localhost>\r\n"),
        (1, b"250 Ok\r\n"),
        (0, b"DATA\r\n"),
        (1, b"354 " + evil + b"\r\n"),
        (0, b"Subject: " + evil + b"\r\nFrom: " + evil + b"\r\n\r\n" + evil + b"\r\n.\r\n"),
        (1, b"250 " + evil + b"\r\n"),
    ))
