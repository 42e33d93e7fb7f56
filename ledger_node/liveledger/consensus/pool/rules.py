"""Who may put what into a block: pure functions of a transaction and of the state of the block before it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from liveledger.consensus.block_rules import GAS_LIMIT, Refusal
from liveledger.consensus.pool.transaction import Transaction, is_genesis_contract

# What the administrator counts as, who belongs to no organisation.
NO_ORGANISATION = 0
# In a block with gas limits over this share of its own, one organisation may have at most that share.
BIG_BLOCK_GAS = GAS_LIMIT * 9 // 10
SHARE_BASIS_POINTS = 5_000
_BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class Standing:
    """An account after block ``height``: ``organisation`` is None when it may send nothing, ``balance`` is wei."""

    height: int
    organisation: int | None
    nonce: int
    balance: int
    administrator: bool = False


def forbidden(transaction: Transaction, standing: Standing, listed: Collection[bytes]) -> Refusal | None:
    """The rule that ``transaction`` breaks; None when it keeps all of them.

    ``listed`` are the addresses that the Directory listed up to the block before.
    """
    if standing.organisation is None:
        return Refusal("no-member", f"0x{transaction.sender.hex()} is no active account of an active organisation")
    if not transaction.target:
        return Refusal("creation", "a transaction creates no contract: the Creator of genesis does")
    if not is_genesis_contract(transaction.target) and transaction.target not in listed:
        return Refusal("unlisted-target", f"0x{transaction.target.hex()} is no contract that the Directory lists")
    return None


def overweight(shares: Iterable[tuple[int, int]]) -> Refusal | None:
    """Whether one organisation has too much of a big block; ``shares`` are pairs of organisation and gas limit."""
    by_organisation: dict[int, int] = {}
    for organisation, gas in shares:
        by_organisation[organisation] = by_organisation.get(organisation, 0) + gas
    if sum(by_organisation.values()) <= BIG_BLOCK_GAS:
        return None
    organisation, most = max(by_organisation.items(), key=lambda share: share[1])
    if most * _BASIS_POINTS > GAS_LIMIT * SHARE_BASIS_POINTS:
        return Refusal("organisation-share", f"organisation {organisation} has {most} gas of a block of {GAS_LIMIT}")
    return None
