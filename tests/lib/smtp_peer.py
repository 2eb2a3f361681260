"""A mail server that a test leads: it answers as the rules say, and keeps what it heard.

    peer = Peer([("RCPT", "450 4.2.0 not now")])    # a pattern of the line, and an answer, a function, or None: close
    pli.Server("-o", peer.relayhost)
    peer.rules = []                                 # from now on everything is fine
    peer.heard, peer.letters, peer.connections
"""
import re
import socket
import socketserver
import threading


class Peer(socketserver.ThreadingTCPServer):
    """A server that answers as the test says: rules are (pattern of the line, answer or function)."""
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, rules=(), offer=("PIPELINING", "8BITMIME", "DSN", "SIZE 100000"),
                 address=("127.0.0.1", 0)):
        self.rules, self.offer = list(rules), offer
        self.heard, self.letters, self.connections = [], [], 0
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, Talk)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def relayhost(self):
        return f"relayhost=[127.0.0.1]:{self.server_address[1]}"


class Talk(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def answer(self, line):
        for pattern, answer in self.server.rules:
            if re.match(pattern, line, re.I):
                return answer(self) if callable(answer) else answer
        if line.upper().startswith("EHLO"):
            return "\r\n".join(["250-peer"] + ["250-" + word for word in self.server.offer] + ["250 HELP"])
        if line.upper() == "DATA":
            return "354 go on"
        return "221 bye" if line.upper() == "QUIT" else "250 2.0.0 fine"

    def handle(self):
        self.server.connections += 1
        try:
            first = self.answer("(greeting)")
            if first is None:
                return
            self.say("220 peer" if first == "250 2.0.0 fine" else first)
            for raw in self.rfile:
                line = raw.decode().rstrip("\r\n")
                self.server.heard.append(line)
                reply = self.answer(line)
                if reply is None:
                    return
                self.say(reply)
                if line.upper() == "QUIT":
                    return
                if reply.startswith("354") and not self.take():
                    return
        except OSError:
            pass

    def take(self):
        text = b""
        for raw in self.rfile:
            if raw == b".\r\n":
                self.server.letters.append(text)
                reply = self.answer("(dot)")
                if reply is not None:
                    self.say(reply)
                return reply is not None
            text += raw
        return False
