"""A wire that is none: what the visualizer's --watch speaks to, with a recording and answers that are always the same.

    with fakewire.Wire(path, "letter.pcap", held=(4, 5)) as wire:
        Terminal([VISUALIZER, "--watch", path], ...)
        wire.said                       # the commands that changed something, in their order
"""
import array
import contextlib
import os
import socket
import threading


class Wire:
    def __init__(self, path, recording, held=(), before=0, greeting="pli-wire 1 "):
        self.held, self.before, self.greeting, self.said, self.holding = list(held), before, greeting, [], bool(held)
        self.file = os.open(recording, os.O_RDONLY)
        self.door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.door.bind(path + ".watch")
        self.door.listen()
        self.thread = threading.Thread(target=self.serve, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        # A thread that waits in accept() is not woken by close().
        try:
            self.door.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.door.close()
        self.thread.join(10)
        os.close(self.file)

    def serve(self):
        while True:
            try:
                watcher, _ = self.door.accept()
            except OSError:
                return
            with watcher, contextlib.suppress(ConnectionError):
                rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [self.file]))]
                watcher.sendmsg([f"{self.greeting}{self.before}".encode()], rights)
                while words := watcher.recv(4096).decode():
                    if words == "vanish":
                        break
                    watcher.send(b" " + self.answer(words).encode())

    def answer(self, words):
        if words == "state":
            return f"{'holding' if self.holding else 'passing'}\t{len(self.held)}\n"
        if words == "held":
            return "".join(f"{number + self.before}\talice\t12.4 s\t{3 if i == 0 else 0}\n"
                           for i, number in enumerate(self.held))
        self.said.append(words)
        if words == "step" and self.held:
            del self.held[0]
        elif words == "step":
            return "error: no frame is being held"
        elif words in ("hold", "go"):
            self.holding = words == "hold"
            self.held = self.held if self.holding else []
        elif words.startswith("fault drop packet "):
            self.held.remove(int(words.split()[-1]) - self.before)
        elif words == "list":
            return "one\ntwo\033[31m\nthree\n"
        elif not words.startswith("fault "):
            return "error: not understood"
        return ""
