"""What this validator answered about the newest proposals: after a restart it answers the same again, once each.

CometBFT signs a vote before its log holds it. A process that ends in between is asked again about the same proposal
when it starts; an answer that differs (an engine that was away is back) is a vote against its own signature, which the
signer refuses. A validator that cannot vote in a round waits for the others; alone, it would wait for ever.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from pathlib import Path

import structlog

# A height has few rounds, and only the newest one can be asked about again.
REMEMBERED = 16
_MAX_BYTES = 1 << 14

log = structlog.get_logger("bridge")


class Verdicts:
    """Kept in the file ``path``; a missing or unreadable one holds nothing. Keys are CometBFT's block hashes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._said = _read(path)
        self._before = dict(self._said)

    def recall(self, proposal: bytes) -> bool | None:
        """What was answered before this start: whether ``proposal`` was accepted. None from the second time on."""
        return self._before.pop(proposal.hex(), None)

    def note(self, proposal: bytes, accepted: bool) -> None:
        """Keeps an answer before it is given."""
        self._said[proposal.hex()] = accepted
        self._said.move_to_end(proposal.hex())
        while len(self._said) > REMEMBERED:
            self._said.popitem(last=False)
        scratch = self._path.with_suffix(".new")
        try:
            scratch.write_text(json.dumps(self._said))
            scratch.replace(self._path)
        except OSError as trouble:
            # On a full disk CometBFT cannot sign either; it says so itself.
            log.warning("verdict not written", reason=repr(trouble))


def _read(path: Path) -> OrderedDict[str, bool]:
    try:
        with path.open("rb") as file:
            found = json.loads(file.read(_MAX_BYTES))
    except FileNotFoundError:
        return OrderedDict()
    except (OSError, ValueError, RecursionError) as trouble:
        log.warning("verdicts not read", reason=repr(trouble))
        return OrderedDict()
    if not isinstance(found, dict) or any(not isinstance(accepted, bool) for accepted in found.values()):
        log.warning("verdicts not read", reason="the file holds something else")
        return OrderedDict()
    return OrderedDict(found)
