"""From which height on a restored validator may sign, so that it never signs a height twice (docs/node-life.md).

CometBFT keeps in ``priv_validator_state.json`` the height, round and step of the newest thing that it signed, and signs
nothing at or below it. Whatever is written there by a restore is at or above everything that the key has ever signed.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from liveledger.domain.errors import ConfigurationError
from liveledger.node.retirement import sync_folder

# One block is under way above the newest committed one; two clocks may each be a minute off (a node stops beyond that).
MARGIN_HEIGHTS = 1 + 60 + 60
_MAX_STATE_BYTES = 64 * 1024
_MAX_HEIGHT = (1 << 63) - 1
# Whoever has less than this part of the power is not needed for a block: the chain passes the height it waits for.
NEEDED_PART = 3


@dataclass(frozen=True, slots=True)
class SignState:
    """What was signed last: height, round, step (1 proposal, 2 prevote, 3 precommit); ``rest`` is CometBFT's own."""

    height: int
    round: int
    step: int
    rest: dict[str, Any]

    @property
    def order(self) -> tuple[int, int, int]:
        """Signatures are made in this order."""
        return self.height, self.round, self.step

    @classmethod
    def read(cls, path: Path) -> SignState | None:
        """The state in a file; None without one. Raises ConfigurationError when it cannot be read."""
        try:
            data = path.read_bytes()[:_MAX_STATE_BYTES]
            content = json.loads(data)
            height, number, step = int(content.pop("height")), int(content.pop("round")), int(content.pop("step"))
        except FileNotFoundError:
            return None
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError) as trouble:
            raise ConfigurationError(
                f"{path} cannot be read: {trouble!r}",
                hint="do not make a new one by hand: a validator that forgot what it signed may sign it twice",
            ) from None
        if not 0 <= height <= _MAX_HEIGHT or number < 0 or not 0 <= step <= 3:
            raise ConfigurationError(f"{path} names no height, round and step")
        return cls(height, number, step, content)

    def write(self, path: Path) -> None:
        """Replaces the file in one step, mode 0600."""
        scratch = path.with_suffix(".new")
        content = {"height": str(self.height), "round": self.round, "step": self.step, **self.rest}
        with open(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(json.dumps(content, indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
        sync_folder(path.parent)


def silent_below(height: int) -> SignState:
    """The state of a validator that signs from ``height`` on: nothing of that height counts as signed yet."""
    return SignState(height, 0, 0, {})


def floor_height(height: int, block_time: int, now: int) -> int:
    """A height above all that the key can have signed until ``now``, given one block of its chain.

    ``height`` and ``block_time`` (Unix seconds) are of a block of the chain. Every block's timestamp is at least one
    second above its parent's, and no validator accepts a block before its own clock has reached that timestamp: until
    ``now`` the chain has at most one block more for every second, whatever happened meanwhile.
    """
    return height + max(0, now - block_time) + MARGIN_HEIGHTS


def newest(*states: SignState | None) -> SignState | None:
    """The newest of some states; None when all are missing."""
    return max((state for state in states if state is not None), key=lambda state: state.order, default=None)


def is_needed(power: int, total: int) -> bool:
    """Whether the chain cannot go on without this validator: then it must not wait for a height in the future."""
    return power * NEEDED_PART >= total
