"""Files that only their owner reads: written whole or not at all, checked before they are believed, destroyed."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from liveledger.domain.errors import ConfigurationError, InvalidInput, NotFound, TooLarge

OTHERS = stat.S_IRWXG | stat.S_IRWXO
MAX_BYTES = 64 * 1024
MAX_SECRET = 256


def open_to_others(mode: int, allowed: int = 0) -> bool:
    """Whether a file's mode gives group or others more than the bits ``allowed``."""
    return bool(stat.S_IMODE(mode) & OTHERS & ~allowed)


def check_private(path: Path, *, allowed: int = 0) -> None:
    """Raises ConfigurationError when group or others have more than the bits ``allowed``, NotFound when it is away."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise NotFound(f"there is no {path}") from None
    if open_to_others(mode, allowed):
        raise ConfigurationError(
            f"{path} is open to others (mode {stat.S_IMODE(mode):04o})",
            hint=f"chmod go= {path}; if others may have read it, replace what it holds",
        )


def read_private(path: Path, *, allowed: int = 0, limit: int = MAX_BYTES) -> bytes:
    """Content of a private file of at most ``limit`` bytes.

    Raises NotFound, TooLarge, or ConfigurationError when it is open to others or cannot be read.
    """
    check_private(path, allowed=allowed)
    try:
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except OSError as trouble:
        raise ConfigurationError(f"{path} cannot be read: {trouble.strerror}") from None
    if len(content) > limit:
        raise TooLarge(f"{path} is over {limit} bytes")
    return content


def read_secret(path: Path) -> str:
    """The one line of a private file: a token or key. Raises what `read_private` raises, and for anything else."""
    text = read_private(path).decode("utf-8", "replace").strip()
    if not 0 < len(text) <= MAX_SECRET or not text.isascii() or not text.isprintable() or " " in text:
        raise ConfigurationError(f"{path} holds no token or key in one line")
    return text


def private_folder(folder: Path) -> None:
    """Makes a folder of mode 0700, or gives it that mode."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)


def write_new(path: Path, content: bytes) -> None:
    """Writes a file (0600) that is on disk when this returns. Raises InvalidInput when there is one already."""
    scratch = _scratch(path, content)
    try:
        # A link fails where the file exists already: nothing is overwritten, also not by a racing process.
        os.link(scratch, path)
    except FileExistsError:
        raise InvalidInput(f"{path} is there already", hint="nothing was overwritten") from None
    finally:
        scratch.unlink()
    sync_folder(path.parent)


def replace(path: Path, content: bytes) -> None:
    """Writes a file (0600) in place of another; after a crash one of the two is there, whole."""
    scratch = _scratch(path, content)
    try:
        scratch.replace(path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def destroy(path: Path) -> None:
    """Overwrites a file and removes it. Copies that the disk, a snapshot or a back-up kept are not reached."""
    size = path.stat().st_size
    with path.open("r+b", buffering=0) as file:
        for filling in (secrets.token_bytes(size), bytes(size)):
            file.seek(0)
            file.write(filling)
            os.fsync(file.fileno())
    path.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Puts a folder's entries on disk: a new name is lost in a power cut otherwise."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _scratch(path: Path, content: bytes) -> Path:
    scratch = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.new")
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        # A full disk leaves no part of a secret behind.
        scratch.unlink(missing_ok=True)
        raise
    return scratch
