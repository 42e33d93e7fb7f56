"""Keeps the hashes of old blocks on the chain: which batches are missing, and the calls that archive them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from liveledger.bindings import block_hashes
from liveledger.bindings.block_hashes import Above, Archive, ArchiveHeaders, GapOf
from liveledger.bindings.constants import BLOCK_HASHES_ADDRESS, HASHES_A_BATCH, HEADERS_A_CALL
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.encoding import header_rlp
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.block_hashes import batch_path, first_of, has_left, is_complete, root_slot
from liveledger.domain.errors import RuleViolation
from liveledger.domain.hashing import keccak, uint_word

log = structlog.get_logger("block-hashes")

# After a batch is complete each node waits for its turn within so many blocks: the first to come spares the others.
TURN_BLOCKS = 512
# A call that did not land is made again after so many blocks.
AGAIN_BLOCKS = 64
_HEADERS_A_QUESTION = 256


def complete_batches(height: int) -> int:
    """How many batches are complete for what is tried on the state after block ``height``."""
    return height // HASHES_A_BATCH


def missing_batches(connection: Connection, height: int, first: int = 0) -> list[int]:
    """Complete batches from number ``first`` on that are not archived in the state after block ``height``."""
    batches = range(first, complete_batches(height))
    words = connection.execution.storage_many(BLOCK_HASHES_ADDRESS, [root_slot(batch) for batch in batches], height)
    return [batch for batch, word in zip(batches, words, strict=True) if not word]


@dataclass(frozen=True, slots=True)
class Step:
    """The next call that a batch needs; ``left``: how many of its blocks are missing before it."""

    batch: int
    left: int
    data: bytes


def next_step(connection: Connection, batch: int, height: int) -> Step:
    """What archives a missing batch, or the next part of one that has left the window (`archiveHeaders`)."""
    if not has_left(first_of(batch), height):
        return Step(batch, HASHES_A_BATCH, Archive(batch).calldata())
    answer = connection.execution.call(BLOCK_HASHES_ADDRESS, GapOf(batch).calldata(), height)
    gap = block_hashes.decode_gap_of(answer)
    end = first_of(batch) + gap.left
    headers = read_headers(connection, end - HEADERS_A_CALL, end)[::-1]
    begun = any(gap.known) or not has_left(end - 1, height)
    above = Above(b"", []) if begun else _above(connection, batch)
    return Step(batch, gap.left, ArchiveHeaders(batch, above, headers).calldata())


def _above(connection: Connection, batch: int) -> Above:
    """The header above a batch, with its path in the next one."""
    first = first_of(batch + 1)
    headers = read_headers(connection, first, first + HASHES_A_BATCH)
    return Above(headers[0], batch_path([keccak(header) for header in headers], first))


def read_headers(connection: Connection, first: int, end: int) -> list[bytes]:
    """Encoded headers of the blocks ``first`` to ``end − 1``, each checked against its hash."""
    found: list[bytes] = []
    for start in range(first, end, _HEADERS_A_QUESTION):
        numbers = range(start, min(start + _HEADERS_A_QUESTION, end))
        blocks = connection.execution.batch([("eth_getBlockByNumber", [hex(number), False]) for number in numbers])
        found += map(header_rlp, blocks)
    return found


def next_gap(missing: Sequence[int], height: int) -> int | None:
    """The batch to work at where some have left the window: the newest of them, or the one above that leads to it."""
    gone = [batch for batch in missing if has_left(first_of(batch), height)]
    if not gone:
        return None
    above = gone[-1] + 1
    return above if above in missing and has_left(first_of(above) - 1, height) else gone[-1]


class Archiver:
    """Archives what is missing with one account; whoever else does so meanwhile is as good.

    ``sender`` opens the account when there is something to do. ``turn_blocks``: within so many blocks after a batch's
    end each account has its turn, at once where it is 0.
    """

    def __init__(self, connection: Connection, sender: Callable[[], Sender], turn_blocks: int = TURN_BLOCKS) -> None:
        self._connection = connection
        self._sender = sender
        self._turn_blocks = turn_blocks
        self._done = 0
        self._missing = 0

    @property
    def missing(self) -> int:
        """How many complete batches the last step found that are not archived."""
        return self._missing

    def step(self) -> None:
        """Submits what is next, if anything is; a later step sees whether it landed.

        Raises what the sender raises: NotFound where there is no such key, RuleViolation of a contract.
        """
        height = final_height(self._connection)
        missing = missing_batches(self._connection, height, self._done)
        self._done, self._missing = (missing[0] if missing else complete_batches(height)), len(missing)
        due = self._due(missing, height)
        if due is not None:
            self._submit(due, height)

    def _due(self, missing: Sequence[int], height: int) -> int | None:
        """What left the window goes first, whoever's turn it is; then the oldest batch whose turn is this account's."""
        gone = next_gap(missing, height)
        waited = (batch for batch in missing if is_complete(batch, height - self._turn(batch)))
        return next(waited, None) if gone is None else gone

    def _turn(self, batch: int) -> int:
        """Blocks after a batch's end for which this account leaves it to others: another number for each of both."""
        if not self._turn_blocks:
            return 0
        return int.from_bytes(keccak(self._sender().address + uint_word(batch))[:4]) % self._turn_blocks

    def _submit(self, batch: int, height: int) -> None:
        step = next_step(self._connection, batch, height)
        key = f"block-hashes:{batch}:{step.left}:{height // AGAIN_BLOCKS}"
        try:
            self._sender().submit(key, BLOCK_HASHES_ADDRESS, step.data)
        except RuleViolation as refused:
            now = final_height(self._connection)
            if batch in missing_batches(self._connection, now, batch)[:1]:
                raise
            log.info("block-hashes-archived-by-another", batch=batch, reason=refused.message)
        else:
            log.info("block-hashes-archiving", batch=batch, blocks_left=step.left)
