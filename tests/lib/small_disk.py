"""A file system that is soon full, for tests of servers that run out of room.

in_own_mounts() first: who is not root becomes it in a user and mount namespace of its own, where the kernel allows.
"""
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile


def in_own_mounts():
    own = ("unshare", "--map-root-user", "--mount")
    if os.geteuid() != 0 and shutil.which("unshare") and subprocess.run([*own, "true"], capture_output=True,
                                                                        check=False).returncode == 0:
        os.execvp("unshare", [*own, sys.executable, *sys.argv])


@contextlib.contextmanager
def small_disk(options):
    """A tmpfs with these options, its folder; None where it cannot be mounted."""
    folder = tempfile.mkdtemp(prefix="pli-disk-")
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "pli-test", folder], capture_output=True,
                             check=False).returncode == 0
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", folder], check=False)
        os.rmdir(folder)


def fill(disk, name="filler"):
    """Takes all that is left; remove the file to have it again."""
    path = os.path.join(disk, name)
    with contextlib.suppress(OSError), open(path, "wb", buffering=0) as filler:
        while True:
            filler.write(b"x" * 65536)
    with contextlib.suppress(OSError), open(path, "ab", buffering=0) as filler:
        while True:
            filler.write(b"x")
    return path


def fill_inodes(disk, name="empty"):
    """Takes all inodes that are left; remove the folder to have them again."""
    folder = os.path.join(disk, name)
    os.mkdir(folder)
    with contextlib.suppress(OSError):
        for number in range(100000):
            with open(os.path.join(folder, str(number)), "wb"):
                pass
    return folder
