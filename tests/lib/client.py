"""What tests of mailclient need beside pli: the program, and servers that misbehave.

    status, output, errors = client.run("list", "imap://...")
    with client.Peer(play) as peer:            # play(talk) is the server's side of each connection
        client.run("list", f"imap://u:p@127.0.0.1:{peer.port}")
"""
import atexit
import os
import resource
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import pli

MAILCLIENT = os.path.join(pli.BIN, "mailclient")
DATA = tempfile.mkdtemp(prefix="pli-client-data-")      # where the outbox of run() is
atexit.register(shutil.rmtree, DATA, True)


def run(*words, stdin="", timeout=60, environment=None):
    """mailclient to its end: (status, output, errors); output and errors as bytes show what a terminal would get."""
    result = subprocess.run([MAILCLIENT, *words], input=stdin if isinstance(stdin, bytes) else stdin.encode(),
                            capture_output=True, timeout=timeout * pli.SLOW, start_new_session=True,
                            env={**os.environ, "LC_ALL": "C.UTF-8", "XDG_DATA_HOME": DATA, **(environment or {})})
    return result.returncode, result.stdout.decode("utf-8"), result.stderr.decode("utf-8")


def safe(text):
    """No control character but line ends: nothing that a terminal would obey."""
    return all(c == "\n" or (c >= " " and not "\x7f" <= c < "\xa0") for c in text)


def largest_child():
    """Bytes that the largest program that ended so far took."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


class Certificate:
    """A self-signed certificate, in a folder that goes with it."""

    def __init__(self, names="DNS:localhost,IP:127.0.0.1"):
        self.folder = tempfile.mkdtemp(prefix="pli-certificate-")
        self.file = os.path.join(self.folder, "certificate.pem")
        self.key = os.path.join(self.folder, "key.pem")
        pli.output_of("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-keyout", self.key, "-out", self.file, "-days", "2", "-subj", "/CN=Pli test",
                      "-addext", f"subjectAltName={names}")

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.file, self.key)
        return context

    def remove(self):
        shutil.rmtree(self.folder, ignore_errors=True)


class Talk:
    """The server's side of one connection."""

    def __init__(self, connection):
        self.connection = connection
        self.file = connection.makefile("rb")

    def send(self, data):
        self.connection.sendall(data if isinstance(data, bytes) else data.encode("utf-8"))

    def line(self):
        """The next line without its end; the end of the connection is an exception."""
        line = self.file.readline(1 << 20)
        if not line:
            raise ConnectionError("the client left")
        return line.rstrip(b"\r\n").decode("utf-8", "replace")

    def ask(self, data):
        self.send(data)
        return self.line()

    def start_tls(self, context):
        self.file.close()
        self.connection = context.wrap_socket(self.connection, server_side=True)
        self.file = self.connection.makefile("rb")


class Peer:
    """A server on a port of its own; play(talk) is called for each connection, in a thread."""

    def __init__(self, play):
        self.play = play
        self.lines = []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def serve(self):
        while True:
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            connection.settimeout(60 * pli.SLOW)
            threading.Thread(target=self.one, args=(connection,), daemon=True).start()

    def one(self, connection):
        with connection:
            try:
                self.play(Talk(connection))
            except (OSError, ValueError, EOFError, ssl.SSLError):
                pass

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *unused):
        self.listening.close()
