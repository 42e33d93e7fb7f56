"""Signed transactions and standings for the pool's tests."""

from __future__ import annotations

from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from liveledger.bindings.constants import CONSORTIUM_ADDRESS
from liveledger.bindings.genesis import CONTRACTS
from liveledger.chain.accounts.accounts import address_of
from liveledger.consensus.pool.rules import Standing
from liveledger.consensus.pool.transaction import Transaction, read_transaction

CHAIN_ID = 77
STOCK = b"\x51" * 20
LISTED = frozenset({STOCK, *CONTRACTS})
RICH = 10**15


def account(seed: int) -> LocalAccount:
    """An account of its own for each seed."""
    made: LocalAccount = Account.from_key(seed.to_bytes(32))
    return made


def address(seed: int) -> bytes:
    return address_of(account(seed))


def signed(seed: int = 1, nonce: int = 0, *, to: bytes | None = STOCK, **changes: Any) -> bytes:
    """A signed transaction of type 2, or of the type that ``changes`` say."""
    fees = {"maxFeePerGas": 1_000, "maxPriorityFeePerGas": 1} if "gasPrice" not in changes else {}
    fields = {"chainId": CHAIN_ID, "nonce": nonce, "gas": 50_000, "value": 0, "data": b""} | fees
    if "gasPrice" not in changes:
        fields["type"] = 2
    target = {} if to is None else {"to": to}
    fields |= changes
    return bytes(account(seed).sign_transaction(fields | target).raw_transaction)


def made(seed: int = 1, nonce: int = 0, *, to: bytes | None = STOCK, **changes: Any) -> Transaction:
    return read_transaction(signed(seed, nonce, to=to, **changes), CHAIN_ID)


def vote(seed: int = 1, nonce: int = 0, **changes: Any) -> Transaction:
    """A call of a genesis contract."""
    return made(seed, nonce, to=CONSORTIUM_ADDRESS, **changes)


def standing(organisation: int | None = 1, nonce: int = 0, *, height: int = 1, balance: int = RICH) -> Standing:
    return Standing(height, organisation, nonce, balance)
