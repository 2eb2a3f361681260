"""What a student handed in: a folder or an archive, of which only the named files are taken.

Archives are read, never unpacked: a name that is absolute, leads up, is a
link or a device makes the submission invalid, and so does too much of
anything. Nothing of it is written anywhere but the files that the lab names.
"""
import io
import os
import stat
import tarfile
import zipfile

from lab import Mistake
from texts import _, harmless


class Refused(Mistake):
    """What was handed in cannot be graded; the text is for its author."""


MOST_ENTRIES, MOST_FILE, MOST_ALL = 2000, 20 << 20, 64 << 20


def _check_name(name):
    if name.startswith("/") or "\\" in name or "\0" in name or ".." in name.split("/"):
        raise Refused(_('the archive has a name that leads out of it: "{}"').format(harmless(name, 200)))


def _check_count(count, size):
    if count > MOST_ENTRIES:
        raise Refused(_("the archive has more than {} entries").format(MOST_ENTRIES))
    if size > MOST_ALL:
        raise Refused(_("the archive would unpack to more than {} megabytes").format(MOST_ALL >> 20))


def _from_zip(data):
    files, total = {}, 0
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for count, entry in enumerate(archive.infolist(), 1):
            _check_name(entry.filename)
            kind = stat.S_IFMT(entry.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                raise Refused(_('"{}" is a link or a device').format(harmless(entry.filename, 200)))
            total += entry.file_size
            _check_count(count, total)
            if not entry.is_dir():
                files[entry.filename] = lambda entry=entry: _zip_file(data, entry)
    return files


def _zip_file(data, entry):
    with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(entry) as file:
        return file.read(MOST_FILE + 1)


def _from_tar(data):
    files, total = {}, 0
    with tarfile.open(fileobj=io.BytesIO(data), mode="r|*") as archive:
        for count, entry in enumerate(archive, 1):
            _check_name(entry.name)
            if not entry.isreg() and not entry.isdir():
                raise Refused(_('"{}" is a link or a device').format(harmless(entry.name, 200)))
            total += entry.size
            _check_count(count, total)
            if entry.isreg():
                content = archive.extractfile(entry).read(MOST_FILE + 1)
                files[entry.name] = lambda content=content: content
    return files


def _from_folder(folder):
    files = {}
    for place, folders, names in os.walk(folder, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = os.path.join(place, name)
            _check_count(len(files), 0)
            if stat.S_ISREG(os.lstat(path).st_mode):
                files[os.path.relpath(path, folder)] = lambda path=path: _folder_file(path)
    return files


def _folder_file(path):
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        return file.read(MOST_FILE + 1)


def _open(path):
    if os.path.isdir(path):
        return _from_folder(path)
    try:
        if os.path.getsize(path) > MOST_ALL:
            raise Refused(_("the archive has more than {} megabytes").format(MOST_ALL >> 20))
        with open(path, "rb") as file:
            data = file.read(MOST_ALL + 1)
    except OSError as error:
        raise Mistake(f"{path}: {error.strerror}") from None
    try:
        return _from_zip(data) if zipfile.is_zipfile(io.BytesIO(data)) else _from_tar(data)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise Refused(_("{}: this is neither a folder nor an archive that can be read: {}").format(
            path, harmless(str(error), 200))) from None


def _choose(files, wanted):
    """The path in the submission that is meant by a file's path in the kit: the longest common end wins."""
    parts = wanted.split("/")
    for length in range(len(parts), 0, -1):
        end = "/".join(parts[-length:])
        found = [name for name in files if name == end or name.endswith("/" + end)]
        if len(found) == 1:
            return found[0]
        if len(found) > 1:
            shallow = min(name.count("/") for name in found)
            found = [name for name in found if name.count("/") == shallow]
            if len(found) == 1:
                return found[0]
            raise Refused(_('"{}" is there more than once').format(parts[-1]))
    return None


def take(path, wanted):
    """{path in the kit: bytes} of the wanted files. A Mistake says what is missing or wrong."""
    files, taken = _open(path), {}
    for name in wanted:
        found = _choose(files, name)
        if found is None:
            raise Refused(_('"{}" is not in the submission').format(os.path.basename(name)))
        content = files[found]()
        if len(content) > MOST_FILE:
            raise Refused(_('"{}" has more than {} megabytes').format(os.path.basename(name), MOST_FILE >> 20))
        taken[name] = content
    return taken
