"""The archive itself: a gzip stream of plain tar entries, the manifest first, then its files in its order.

It is read by hand, block by block: a tar library follows links, sparse maps and extended headers of any size that
somebody else wrote, and an archive of ours has none of them.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import shutil
import tarfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from liveledger.domain.errors import ConfigurationError, Unavailable
from liveledger.maintenance.errors import ArchiveRefused
from liveledger.maintenance.manifest import MAX_MANIFEST_BYTES, NAME, FileEntry, Manifest
from liveledger.node.binaries import file_sum
from liveledger.node.retirement import sync_folder

_BLOCK = 512
_CHUNK = 1024 * 1024
# Databases are compressed already: a higher level costs minutes and gains little.
_LEVEL = 1
_SPARE_BYTES = 64 * 1024 * 1024
_DAMAGE_HINT = "take another copy of the archive: this one is damaged or was cut off"


def entries(sources: Mapping[str, Path]) -> tuple[FileEntry, ...]:
    """Size and hash of every file, in the order given."""
    return tuple(FileEntry(name, path.stat().st_size, file_sum(path)) for name, path in sources.items())


def write(target: Path, manifest: Manifest, sources: Mapping[str, Path], before: Callable[[], None]) -> None:
    """Writes the archive beside ``target``, calls ``before``, and renames it: interrupted, it leaves no ``target``.

    Only the owner may read it. Raises ConfigurationError when ``target`` is there, or cannot be written.
    """
    scratch = target.with_name(f".{target.name}.{os.getpid()}.part")
    if target.exists():
        raise ConfigurationError(f"{target} is there already", hint="archives are never overwritten: name another file")
    try:
        with open(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            with gzip.GzipFile(filename="", mode="wb", fileobj=file, compresslevel=_LEVEL, mtime=0) as stream:
                _write_entries(stream, manifest, sources)
            file.flush()
            os.fsync(file.fileno())
        before()
        scratch.rename(target)
        sync_folder(target.parent)
    except OSError as trouble:
        raise ConfigurationError(f"{target} cannot be written: {trouble}", hint="is there room and a folder?") from None
    finally:
        scratch.unlink(missing_ok=True)


def _write_entries(stream: gzip.GzipFile, manifest: Manifest, sources: Mapping[str, Path]) -> None:
    content = manifest.emit()
    Manifest.parse(content)  # what could not be read again must not be written
    stream.write(_header(NAME, len(content)) + content + bytes(-len(content) % _BLOCK))
    for entry in manifest.files:
        stream.write(_header(entry.name, entry.size))
        digest, left = hashlib.sha256(), entry.size
        with sources[entry.name].open("rb") as file:
            while chunk := file.read(min(_CHUNK, left)):
                digest.update(chunk)
                stream.write(chunk)
                left -= len(chunk)
        if left or digest.hexdigest() != entry.sha256:
            raise Unavailable(f"{sources[entry.name]} changed while it was read", hint="does something use it?")
        stream.write(bytes(-entry.size % _BLOCK))
    stream.write(bytes(2 * _BLOCK))


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600
    # GNU: the only one of the plain forms that has room for files over 8 GiB.
    return info.tobuf(tarfile.GNU_FORMAT, "ascii", "strict")


class ArchiveReader:
    """An open archive whose manifest was read."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        name, size = self._next()
        if name != NAME or size > MAX_MANIFEST_BYTES:
            raise ArchiveRefused("this is no archive of a node: it does not begin with a manifest")
        self.manifest = Manifest.parse(self._take(size))
        self._skip_padding(size)

    def extract(self, place: Callable[[str], Path]) -> None:
        """Writes every file to ``place(name)`` (mode 0600, folders 0700) and compares it with the manifest.

        Raises ArchiveRefused at the first thing that is not as the manifest says.
        """
        for entry in self.manifest.files:
            if self._next() != (entry.name, entry.size):
                raise ArchiveRefused(f"the archive does not go on with {entry.name}", hint=_DAMAGE_HINT)
            self._extract(entry, place(entry.name))
            self._skip_padding(entry.size)
        if any(self._take(2 * _BLOCK)) or self._stream.read(1):
            raise ArchiveRefused("the archive does not end after its last file", hint=_DAMAGE_HINT)

    def _extract(self, entry: FileEntry, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        digest, left = hashlib.sha256(), entry.size
        with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            while left:
                chunk = self._take(min(_CHUNK, left))
                digest.update(chunk)
                file.write(chunk)
                left -= len(chunk)
            file.flush()
            os.fsync(file.fileno())
        if digest.hexdigest() != entry.sha256:
            raise ArchiveRefused(f"{entry.name} is not what it was: its SHA-256 differs", hint=_DAMAGE_HINT)

    def _next(self) -> tuple[str, int]:
        try:
            info = tarfile.TarInfo.frombuf(self._take(_BLOCK), "ascii", "strict")
        except (tarfile.HeaderError, ValueError) as reason:
            raise ArchiveRefused(f"this is no archive of a node: {reason}", hint=_DAMAGE_HINT) from None
        if info.type != tarfile.REGTYPE:
            raise ArchiveRefused(f"the archive holds something else than plain files: {info.name[:80]!r}")
        return info.name, info.size

    def _take(self, size: int) -> bytes:
        data = self._stream.read(size)
        if len(data) != size:
            raise ArchiveRefused("the archive is cut off", hint=_DAMAGE_HINT)
        return data

    def _skip_padding(self, size: int) -> None:
        if any(self._take(-size % _BLOCK)):
            raise ArchiveRefused("there are bytes between the files", hint=_DAMAGE_HINT)


@contextlib.contextmanager
def opened(path: Path) -> Iterator[ArchiveReader]:
    """Opens an archive. Raises ArchiveRefused when it is none or damaged, ConfigurationError when it is not there."""
    try:
        with gzip.open(path, "rb") as stream:
            source: Any = stream
            yield ArchiveReader(source)
    except (EOFError, zlib.error, gzip.BadGzipFile) as damage:
        raise ArchiveRefused(f"{path} is damaged or no archive: {damage}", hint=_DAMAGE_HINT) from None
    except FileNotFoundError:
        raise ConfigurationError(f"there is no {path}") from None


def read_manifest(path: Path) -> Manifest:
    """The manifest of an archive, without reading on."""
    with opened(path) as reader:
        return reader.manifest


def require_room(folder: Path, manifest: Manifest) -> None:
    """Raises ConfigurationError when the files of the archive do not fit beside what is there."""
    free, needed = shutil.disk_usage(folder).free, manifest.total_bytes + _SPARE_BYTES
    if needed > free:
        raise ConfigurationError(
            f"the archive's files take {needed / 1e6:.0f} MB, and {folder} has {free / 1e6:.0f} MB free",
            hint="make room: the old files are removed only after the new ones are whole",
        )
