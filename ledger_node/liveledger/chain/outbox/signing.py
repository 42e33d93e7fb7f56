"""Signed transactions (EIP-1559) and what they bid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from liveledger.domain.errors import TooLarge
from liveledger.domain.transactions import MAX_TX_BYTES, MAX_TX_GAS

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

# A replacement must raise both fees by at least 10 % to be taken.
_BUMP_PERCENT = 125


@dataclass(frozen=True, slots=True)
class Fees:
    """What a transaction bids, in wei a gas."""

    max_fee: int
    priority_fee: int


def fees_for(base_fee: int) -> Fees:
    """A bid that stays good while the base fee grows for about 18 full blocks; gas itself costs members nothing.

    The constant matters at the base fee's floor (7 wei), where growth by an eighth is rounding.
    """
    return Fees(max_fee=8 * base_fee + 1_000, priority_fee=1)


def outbid(last: Fees, base_fee: int) -> Fees | None:
    """A higher bid, when ``last`` does not carry into the next full block; None while it does."""
    next_base_fee = base_fee + base_fee // 8 + 1
    if last.max_fee >= next_base_fee + last.priority_fee:
        return None
    fresh = fees_for(base_fee)
    return Fees(
        max_fee=max(fresh.max_fee, last.max_fee * _BUMP_PERCENT // 100 + 1),
        priority_fee=last.priority_fee * _BUMP_PERCENT // 100 + 1,
    )


@dataclass(frozen=True, slots=True)
class Signed:
    """Bytes that are sent again and again until they are final."""

    raw: bytes
    tx_hash: bytes


def sign(
    account: LocalAccount, *, evm_chain_id: int, nonce: int, target: bytes, data: bytes, gas: int, fees: Fees
) -> Signed:
    """Signs a transaction without value; an empty ``target`` creates a contract.

    Raises TooLarge over the limits of gas or of bytes.
    """
    if gas > MAX_TX_GAS:
        raise TooLarge(
            f"the transaction needs {gas} gas; the limit is {MAX_TX_GAS}", hint="send less in one transaction"
        )
    fields: dict[str, Any] = {
        "type": 2,
        "chainId": evm_chain_id,
        "nonce": nonce,
        "gas": gas,
        "maxFeePerGas": fees.max_fee,
        "maxPriorityFeePerGas": fees.priority_fee,
        "value": 0,
        "data": data,
    }
    if target:
        fields["to"] = target
    signed = account.sign_transaction(fields)
    raw = bytes(signed.raw_transaction)
    if len(raw) > MAX_TX_BYTES:
        raise TooLarge(
            f"the transaction has {len(raw)} bytes; the limit is {MAX_TX_BYTES}", hint="send less in one transaction"
        )
    return Signed(raw=raw, tx_hash=bytes(signed.hash))
