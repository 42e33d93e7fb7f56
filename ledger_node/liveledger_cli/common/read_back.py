"""What a command says that it did, it has read back: from the ledger, or from the file that it wrote."""

from __future__ import annotations

from pathlib import Path

from liveledger.domain.errors import LiveLedgerError
from liveledger_cli.common.context import read_limited, write_out


class NotReadBack(LiveLedgerError):
    """What was done is not there now: somebody undid it at once, or it was never done."""

    code = "not-read-back"
    exit_code = 4


def require(what: str, wanted: object, found: object) -> None:
    """Raises NotReadBack where ``found`` is not what was ``wanted``; ``what`` names it in a sentence."""
    if wanted != found:
        raise NotReadBack(
            f"{what} is {found} now, not {wanted}",
            hint="somebody changed it since, or it was not done: look at it again before you go on",
        )


def write_and_read(path: Path, content: bytes) -> bytes:
    """Writes a file and returns what it holds then. Raises ConfigurationError, NotReadBack."""
    write_out(path, content)
    found = read_limited(path, len(content))
    require(f"the content of {path}", f"{len(content)} bytes as written", _told(found, content))
    return found


def _told(found: bytes, content: bytes) -> str:
    return f"{len(content)} bytes as written" if found == content else f"{len(found)} other bytes"
