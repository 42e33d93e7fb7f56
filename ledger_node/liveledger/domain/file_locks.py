"""Exclusive locks of files, by which one process at a time does a thing; the kernel frees a dead process's."""

from __future__ import annotations

import fcntl


def lock_now(file: int) -> bool:
    """Takes the lock of an open file (its descriptor), which ends when that is closed; False when another holds it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_held(file: int) -> bool:
    """Whether another process has taken the lock of an open file. Whoever asks shares the lock until that is closed."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    return False
