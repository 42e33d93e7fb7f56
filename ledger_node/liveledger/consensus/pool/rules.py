"""Who may put what into a block: pure functions of a transaction and of the state of the block before it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from liveledger.bindings.constants import DEFAULT_SHARE_BPS, LEAST_SHARE_BPS, MOST_SHARE_BPS
from liveledger.consensus.block_rules import Refusal
from liveledger.consensus.limits import GAS_LIMIT
from liveledger.consensus.pool.transaction import Transaction
from liveledger.domain.money import WHOLE_BPS

# What the administrator counts as, who belongs to no organisation.
NO_ORGANISATION = 0
# In a block with gas limits over this part of its own, one organisation may have at most the share that was voted.
BIG_BLOCK_GAS = GAS_LIMIT * 9 // 10
# What the transactions of a block may take to carry out together, in gas at the speed of movements (ADR 29). Gas says
# little about time where signatures are checked: a contract that does nothing else runs at a third of that speed.
MAX_WORK = GAS_LIMIT
WORK_FACTOR = 4
# Reading a transaction and finding out who signed it takes as long as this much.
WORK_EACH = 50_000
# What the transactions of a block may have in bytes together, and what each counts for besides its own: every byte is
# sent, unpacked and read by everybody before the vote. Honest proposers stay below it (``choosing.MAX_BLOCK_BYTES``).
MAX_BYTES = 3_000_000
BYTES_EACH = 8


@dataclass(frozen=True, slots=True)
class Standing:
    """An account after block ``height``: ``organisation`` is None when it may send nothing, ``balance`` is wei."""

    height: int
    organisation: int | None
    nonce: int
    balance: int


def forbidden(transaction: Transaction, standing: Standing, listed: Collection[bytes]) -> Refusal | None:
    """The rule that ``transaction`` breaks; None when it keeps all of them.

    ``listed`` are the addresses that the Directory lists after the block before, those of genesis among them.
    """
    if standing.organisation is None:
        return Refusal("no-member", f"0x{transaction.sender.hex()} is no active account of an active organisation")
    if not transaction.target:
        return Refusal("creation", "a transaction creates no contract: the Creator of genesis does")
    if transaction.target not in listed:
        return Refusal("unlisted-target", f"0x{transaction.target.hex()} is no contract that the Directory lists")
    return None


def work(transaction: Transaction) -> int:
    """What a transaction may take to be carried out, in gas at the speed of movements."""
    return WORK_EACH + transaction.gas * (1 if transaction.posts else WORK_FACTOR)


def overworked(transactions: Iterable[Transaction]) -> Refusal | None:
    """Whether these transactions may take too long to carry out in one block."""
    together = sum(work(transaction) for transaction in transactions)
    if together <= MAX_WORK:
        return None
    return Refusal(
        "too-much-work", f"the transactions may take as long as {together} gas of movements, over {MAX_WORK}"
    )


def size(raw: bytes) -> int:
    """What a transaction counts for among the bytes of a block."""
    return len(raw) + BYTES_EACH


def oversized(raws: Iterable[bytes]) -> Refusal | None:
    """Whether these transactions have too many bytes for one block."""
    together = sum(size(raw) for raw in raws)
    if together <= MAX_BYTES:
        return None
    return Refusal("too-many-bytes", f"the transactions have {together} bytes together, over {MAX_BYTES}")


def share_of(parameter: int) -> int:
    """The voted bound on one organisation's share of a big block, in basis points; ``parameter`` is Governance's word.

    0 stands for the default, as in the contract. What the contract would not take is brought within its bounds: every
    node must come to one verdict, whatever a later version of it lets a vote write.
    """
    return min(max(parameter, LEAST_SHARE_BPS), MOST_SHARE_BPS) if parameter else DEFAULT_SHARE_BPS


def overweight(shares: Iterable[tuple[int, int]], most_bps: int = DEFAULT_SHARE_BPS) -> Refusal | None:
    """Whether one organisation has more than ``most_bps`` (basis points) of a big block.

    ``shares`` are pairs of organisation and gas limit.
    """
    by_organisation: dict[int, int] = {}
    for organisation, gas in shares:
        by_organisation[organisation] = by_organisation.get(organisation, 0) + gas
    if sum(by_organisation.values()) <= BIG_BLOCK_GAS:
        return None
    organisation, most = max(by_organisation.items(), key=lambda share: share[1])
    if most * WHOLE_BPS > GAS_LIMIT * most_bps:
        return Refusal("organisation-share", f"organisation {organisation} has {most} gas of a block of {GAS_LIMIT}")
    return None
