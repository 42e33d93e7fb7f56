"""Which ledger chose which block of ports: one short file a user and machine, so that two that are founded together,
or one that is founded while another is down, do not choose the same.

A claim is a wish, not a lock: ports are probed all the same, and a block that was chosen longest ago is chosen again
when every block has a claim.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import orjson

from liveledger.domain.errors import ConfigurationError

# A claim is a path and a number; more than this many bytes is not what `claim` wrote.
_MAX_BYTES = 1 << 20


def claims_file() -> Path:
    """Where this user's claims are, in the folder for temporary files: ports are the machine's, not a home's."""
    return Path(tempfile.gettempdir()) / f"liveledger-ports-{os.getuid()}.json"


def claim(groups: Sequence[Sequence[int]], owner: Path, fits: Callable[[int], bool]) -> int | None:
    """Claims a group of blocks for ``owner`` and returns its first port; None when none fits.

    ``groups`` are first ports of blocks that are wanted together, in the order in which they are tried: the first one
    that ``fits`` and nobody else has, else the one that was claimed longest ago. Raises ConfigurationError when the
    file is somebody else's.
    """
    with _claims(claims_file()) as claims:
        age = {block: number for number, (block, who) in enumerate(claims.items(), start=1) if who != str(owner)}
        # Sorting keeps the order of equals: of those that nobody else has.
        for group in sorted(groups, key=lambda blocks: max(age.get(block, 0) for block in blocks)):
            if fits(group[0]):
                for block in group:
                    claims.pop(block, None)
                    claims[block] = str(owner)
                return group[0]
    return None


@contextlib.contextmanager
def _claims(path: Path) -> Iterator[dict[int, str]]:
    """The claims, oldest first, for whoever holds the file's lock; what the caller changed is written at the end."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _not_ours(path, error.strerror) from None
    with os.fdopen(handle, "r+b") as file:
        found = os.fstat(handle)
        if found.st_uid != os.getuid() or not stat.S_ISREG(found.st_mode):
            raise _not_ours(path, "it is another user's")
        fcntl.flock(handle, fcntl.LOCK_EX)
        claims = _read(file.read(_MAX_BYTES))
        yield claims
        file.seek(0)
        file.truncate()
        file.write(orjson.dumps({str(block): who for block, who in claims.items()}))


def _read(raw: bytes) -> dict[int, str]:
    """Junk is no claim: whoever writes there loses this user a wish, no more."""
    try:
        found = orjson.loads(raw)
        return {int(block): str(who) for block, who in found.items()}
    except (ValueError, AttributeError):
        return {}


def _not_ours(path: Path, why: str | None) -> ConfigurationError:
    return ConfigurationError(
        f"{path} cannot be used to choose ports: {why}", hint="name the ports with --base-port, or another TMPDIR"
    )
