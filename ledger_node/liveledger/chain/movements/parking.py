"""Movements that came before their cause, like a sale before its goods: they wait, then are refused by name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import structlog

from liveledger.bindings.errors import Revert
from liveledger.chain.movements.journal import Journal
from liveledger.chain.movements.records import Parked, Waiting
from liveledger.chain.movements.rejection_isolation import Poisoned
from liveledger.chain.movements.stock_contract import OutOfGas, StockContract
from liveledger.chain.rpc.reverts import line_of
from liveledger.domain.errors import LiveLedgerError, RuleViolation
from liveledger.domain.movements import Kind

# So many may be parked on a lane; what comes early beyond that is refused at once.
MAX_PARKED = 10_000
# What the chain says when a cause may still come.
_MAY_CHANGE = frozenset({"StockOversell"})
# A reservation asks whether there is stock now: unless its sender says otherwise "no" is its answer, nothing early.
_ANSWERED = frozenset({Kind.RESERVE})
# What was held up on its way to the chain still gets so long for its cause (seconds).
_LEAST_PATIENCE = 60.0
# Bounds of one look, so that batches go on being formed meanwhile; messages that are decided together.
_SKUS_A_LOOK, _MESSAGES_TOGETHER = 200, 1_000

log = structlog.get_logger("liveledger.chain.movements.parking")


class Tried(NamedTuple):
    """A SKU's stream word, and the newest of its messages that were tried on that state: a later one was not."""

    word: int
    newest: int


@dataclass(frozen=True, slots=True)
class Verdicts:
    """Parked messages that the chain would take now, and those whose time is over with the reason.

    ``tried`` says of each SKU what was tried: see ``Parking.remember``.
    """

    released: list[Waiting] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    tried: dict[int, Tried] = field(default_factory=dict)


class _Group(NamedTuple):
    """A SKU, its stream word, and its parked messages in the order in which they came."""

    sku: int
    word: int
    parked: list[Parked]

    def tried(self) -> Tried:
        """What is to be remembered once they were tried."""
        return Tried(self.word, max(early.waiting.id for early in self.parked))

    def overdue(self, now: float) -> bool:
        """Whether the patience of one of them is over."""
        return any(early.until <= now for early in self.parked)


class Parking:
    """Decides what may be parked and what becomes of it; writes nothing. ``patience``: in seconds; 0 parks nothing."""

    def __init__(self, journal: Journal, contract: StockContract, *, patience: float, now: Callable[[], float]) -> None:
        self._patience = patience
        self._journal = journal
        self._contract = contract
        self._now = now
        self._tried: dict[int, Tried] = {}
        self._turn = 0

    def takes(self, revert: Revert, content: bytes, park: bool | None) -> bool:
        """Whether a message (its ``content``) that was refused so may wait for its cause.

        ``park`` is what its sender stated; None leaves out reservations, which are answered.
        """
        wanted = content[6] not in _ANSWERED if park is None else park
        return (
            wanted and revert.name in _MAY_CHANGE and self._patience > 0 and self._journal.parked_count() < MAX_PARKED
        )

    def until(self, since: float) -> float:
        """Until when a message that was acknowledged at ``since`` may wait, if it is parked now (Unix seconds)."""
        return max(since + self._patience, self._now() + min(_LEAST_PATIENCE, self._patience))

    def look(self, height: int) -> Verdicts:
        """What becomes of the parked messages, on the state after a block.

        A SKU's messages are tried again when something of the SKU has moved since, and before one of them is refused.
        """
        found = Verdicts()
        for groups in _together(self._due(height)):
            parked = [early for group in groups for early in group.parked]
            try:
                poisoned = self._try([early.waiting for early in parked], height)
            except (OutOfGas, RuleViolation) as trouble:
                log.warning("parked-not-tried", skus=[group.sku for group in groups], reason=trouble.message)
                self._judge_untried(parked, trouble, found)
                continue
            found.released.extend(poisoned.accepted)
            self._judge(parked, poisoned.reasons, found)
            if poisoned.decided:
                found.tried.update((group.sku, group.tried()) for group in groups)
        return found

    def _try(self, messages: Sequence[Waiting], height: int) -> Poisoned:
        """What the chain says to the messages; only to the first of them when all would not fit one batch."""
        whole = True
        while True:
            try:
                poisoned = self._contract.poisoned(messages, height)
            except OutOfGas:
                if len(messages) == 1:
                    raise
                messages, whole = messages[: len(messages) // 2], False
            else:
                return replace(poisoned, decided=poisoned.decided and whole)

    def _judge(self, group: Sequence[Parked], reasons: Mapping[int, Revert], found: Verdicts) -> None:
        now = self._now()
        for early in group:
            reason = reasons.get(early.waiting.id)
            if reason is not None and early.until <= now:
                found.refused[early.waiting.id] = _too_late(line_of(reason, self._contract.names))

    def _judge_untried(self, group: Sequence[Parked], trouble: LiveLedgerError, found: Verdicts) -> None:
        """A reason against all that the account posts, such as a role that it lost, says nothing about one of them."""
        now = self._now()
        for early in group:
            if early.until <= now:
                found.refused[early.waiting.id] = _too_late(str(trouble))

    def remember(self, tried: dict[int, Tried]) -> None:
        """Notes what was tried of which SKU, once what came of it is written."""
        self._tried |= tried

    def _due(self, height: int) -> list[_Group]:
        """SKUs to try; every SKU has its turn."""
        by_sku: dict[int, list[Parked]] = {}
        for early in self._journal.parked():
            by_sku.setdefault(int.from_bytes(early.waiting.content[:4]), []).append(early)
        skus = sorted(by_sku, key=lambda sku: (sku < self._turn, sku))[:_SKUS_A_LOOK]
        self._tried = {sku: tried for sku, tried in self._tried.items() if sku in by_sku}
        self._turn = skus[-1] + 1 if len(skus) < len(by_sku) else 0
        now = self._now()
        words = self._contract.sku_words(skus, height)
        groups = [_Group(sku, word, by_sku[sku]) for sku, word in zip(skus, words, strict=True)]
        return [group for group in groups if not self._is_tried(group) or group.overdue(now)]

    def _is_tried(self, group: _Group) -> bool:
        """Whether nothing of the SKU has moved, and nothing of it was parked, since its messages were tried."""
        last, this = self._tried.get(group.sku), group.tried()
        return last is not None and last.word == this.word and last.newest >= this.newest


def _too_late(reason: str) -> str:
    return f"{reason}; its cause did not come in time"


def _together(due: Sequence[_Group]) -> Iterator[list[_Group]]:
    """SKUs whose messages are decided together; those of one SKU never apart."""
    part, size = list[_Group](), 0
    for group in due:
        if part and size + len(group.parked) > _MESSAGES_TOGETHER:
            yield part
            part, size = [], 0
        part.append(group)
        size += len(group.parked)
    if part:
        yield part
