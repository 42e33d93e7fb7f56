"""Keeps the hashes of old blocks on the chain: which batches are missing, and the calls that archive them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from liveledger.bindings import block_hashes
from liveledger.bindings.block_hashes import Above, Archive, ArchiveHeaders, GapOf
from liveledger.bindings.constants import BLOCK_HASHES_ADDRESS, HASHES_A_BATCH, HEADERS_A_CALL
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.encoding import header_rlp
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.block_hashes import batch_path, complete_batches, due_batch, first_of, has_left, root_slot
from liveledger.domain.errors import RuleViolation
from liveledger.domain.hashing import keccak

log = structlog.get_logger("block-hashes")

# A call that did not land is made again after so many blocks.
AGAIN_BLOCKS = 64
_HEADERS_A_QUESTION = 256
RUN_SECONDS = 60.0


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


def archive_missing(sender: Sender, say: Callable[[Step], None]) -> list[int]:
    """Archives every batch that is missing and returns their numbers; ``say`` is told each call before it is made.

    Whoever else does so meanwhile is as good. Raises RuleViolation of the contract, and what the sender raises.
    """
    done: set[int] = set()
    while (batch := _next_batch(sender.connection)) is not None:
        _run(sender, batch, say)
        done.add(batch)
    return sorted(done)


def _next_batch(connection: Connection) -> int | None:
    """The batch to work at; None when the ledger says that none is missing."""
    height = final_height(connection)
    return due_batch(missing_batches(connection, height), height, None)


def _run(sender: Sender, batch: int, say: Callable[[Step], None]) -> None:
    """One transaction for a batch; another account may have been first."""
    height = final_height(sender.connection)
    step = next_step(sender.connection, batch, height)
    say(step)
    try:
        sender.run(_key(step, height), BLOCK_HASHES_ADDRESS, step.data, timeout=RUN_SECONDS)
    except RuleViolation:
        if _is_missing(sender.connection, batch):
            raise


def _key(step: Step, height: int) -> str:
    """One for all who archive with the account from the same outbox, so that one transaction goes out."""
    return f"block-hashes:{step.batch}:{step.left}:{height // AGAIN_BLOCKS}"


def _is_missing(connection: Connection, batch: int) -> bool:
    return batch in missing_batches(connection, final_height(connection), batch)[:1]


class Archiver:
    """Archives what is missing with one account; whoever else does so meanwhile is as good.

    ``sender`` opens the account when there is something to do. Each account has its turn; ``at_once``: now.
    """

    def __init__(self, connection: Connection, sender: Callable[[], Sender], *, at_once: bool = False) -> None:
        self._connection = connection
        self._sender = sender
        self._name = None if at_once else self._address
        self._done = 0

    def step(self) -> None:
        """Submits what is next, if anything is; a later step sees whether it landed.

        Raises what the sender raises: NotFound where there is no such key, RuleViolation of a contract.
        """
        height = final_height(self._connection)
        missing = missing_batches(self._connection, height, self._done)
        self._done = missing[0] if missing else complete_batches(height)
        due = due_batch(missing, height, self._name)
        if due is not None:
            self._submit(due, height)

    def _address(self) -> bytes:
        return self._sender().address

    def _submit(self, batch: int, height: int) -> None:
        step = next_step(self._connection, batch, height)
        try:
            self._sender().submit(_key(step, height), BLOCK_HASHES_ADDRESS, step.data)
        except RuleViolation as refused:
            if _is_missing(self._connection, batch):
                raise
            log.info("block-hashes-archived-by-another", batch=batch, reason=refused.message)
        else:
            log.info("block-hashes-archiving", batch=batch, blocks_left=step.left)
