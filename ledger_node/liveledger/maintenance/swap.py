"""A whole folder put in another's place in one step."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from pathlib import Path

from liveledger.node.retirement import sync_folder

_AT_FDCWD = -100
_EXCHANGE = 2
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
# The file system or the kernel knows no exchange.
_UNKNOWN = {errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP}


def put_in_place(new: Path, place: Path) -> Path | None:
    """Moves ``new`` to ``place``; what was there is at the returned path afterwards.

    The two change places in one step, so that whoever looks finds one whole folder or the other. Where the file system
    cannot do that there are two steps; killed between them, the old folder lies beside ``place`` as ``….replaced``.
    """
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.exists():
        new.rename(place)
        sync_folder(place.parent)
        return None
    if _exchange(new, place):
        old = new
    else:
        old = place.with_name(f"{place.name}.replaced")
        shutil.rmtree(old, ignore_errors=True)
        place.rename(old)
        new.rename(place)
    sync_folder(place.parent)
    return old


def _exchange(one: Path, other: Path) -> bool:
    if _LIBC is None or not hasattr(_LIBC, "renameat2"):
        return False
    names = [os.fsencode(path) for path in (one, other)]
    if _LIBC.renameat2(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in _UNKNOWN:
        return False
    raise OSError(number, os.strerror(number), str(other))
