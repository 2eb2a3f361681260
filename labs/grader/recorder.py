"""What passed the grader's loopback during a test, as a pcapng for the visualizer (and Wireshark)."""
import os
import shutil
import signal
import subprocess
import time

from lab import Mistake
from texts import ROOT, _

PATIENCE = 10   # seconds until the capture has begun


class Recorder:
    """Records each test; keeps what was asked for in the folder."""

    def __init__(self, folder, work):
        os.makedirs(folder, exist_ok=True)
        self.folder, self.path, self.process, self.name = folder, os.path.join(work, "recording.pcapng"), None, ""

    def begin(self, name):
        """Answers the path of the recording, which grows from now on."""
        if os.path.exists(self.path):
            os.unlink(self.path)
        self.name = name
        self.process = subprocess.Popen(
            [os.path.join(ROOT, "bin", "visualizer"), "-i", "lo", "-w", self.path, "--print", "exchanges"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        end = time.monotonic() + PATIENCE
        while not (os.path.exists(self.path) and os.path.getsize(self.path) > 0):
            if self.process.poll() is not None or time.monotonic() > end:
                self.end()
                raise Mistake(_("the test cannot be recorded: {}").format(
                    self.process.stderr.read().decode("utf-8", "replace").strip()[:300]))
            time.sleep(0.01)
        return self.path

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def keep(self, port):
        """(the path where the recording stays, the last packet in which the program on this port said something)"""
        kept = os.path.join(self.folder, self.name + ".pcapng")
        shutil.copyfile(self.path, kept)
        said = subprocess.run([os.path.join(ROOT, "bin", "visualizer"), "--print", "fields", "-Y",
                               f"tcp.srcport == {port} and tcp.len > 0", "-e", "frame.number", kept],
                              capture_output=True, text=True, check=False).stdout.split()
        return kept, int(said[-1]) if said else 1
