"""How much gas the engine carries at most: transactions that do nothing but write storage slots."""

from __future__ import annotations

from typing import Any

from benchmarks.flood import Plan, flood
from benchmarks.scene import Scene
from liveledger.bindings import creator, stock_ledger
from liveledger.bindings.constants import CREATOR_ADDRESS
from liveledger.chain.contracts.registry import name_word
from liveledger.chain.outbox.sender import Request
from liveledger.domain.hashing import keccak, uint_word
from liveledger.domain.transactions import MAX_TX_GAS
from liveledger.services.creation import created_address

# for (i = first; i != end; ++i) sstore(i, timestamp): the two numbers are the calldata.
_LOOP = bytes.fromhex("5f356020355b81811460175742825590600101906005565b00")
# Copies what follows these ten bytes into the new contract.
_CREATE = bytes.fromhex("6019600a5f3960195ff3") + _LOOP
_NAME = "Ceiling"
# The slots' numbers begin with the selector of `post`: a block may hold a quarter as much of all else (ADR 29).
_LIKE_POST = int.from_bytes(stock_ledger.Post.SELECTOR) << 224
ACCOUNTS = 4
# A changed slot costs 5,000 gas and the loop about 60; a slot that was zero costs 22,100.
_SLOTS_A_CALL = 3_250
_NEW_SLOTS_A_CALL = 740
# As many slots as are written before the first are written again: never twice in one block.
_WINDOWS = 26
_WAITING = 40


class Ceiling:
    """The contract and the accounts that write to it; each measurement signs its own transactions."""

    def __init__(self, scene: Scene) -> None:
        trading = scene.trading
        self._ledger = trading.ledger
        self._accounts = scene.accounts("ceiling", ACCOUNTS)
        approved = creator.Approve(keccak(_CREATE), name_word(_NAME), 1, 0, 0)
        for call in (approved, creator.Create(_CREATE)):
            trading.network.send(to=CREATOR_ADDRESS, data=call.calldata())
        self._contract = created_address(_NAME, 1, _CREATE)
        slots = _SLOTS_A_CALL * _WINDOWS
        sender = trading.sender(self._accounts[0])
        fills = [
            Request(f"fill-{first}", self._contract, _call(first, min(first + _NEW_SLOTS_A_CALL, slots)), MAX_TX_GAS)
            for first in range(0, slots, _NEW_SLOTS_A_CALL)
        ]
        sender.submit_many(fills)
        assert all(outcome.status == 1 for outcome in sender.wait_all([fill.key for fill in fills], timeout=120))

    def measure(self, seconds: float, guess_mgas: int) -> dict[str, Any]:
        """Mgas a second of a loop of SSTOREs; ``guess_mgas`` a second are signed before the clock starts."""
        each = round(guess_mgas * seconds / 16.5 / ACCOUNTS) + _WAITING
        plans = [
            Plan(account, self._contract, [_window(number + ACCOUNTS * turn) for turn in range(each)], MAX_TX_GAS)
            for number, account in enumerate(self._accounts)
        ]
        found = flood(self._ledger, plans, seconds, _WAITING)
        return {"mgas_per_second": round(found.mgas, 1), "seconds": round(found.seconds, 1)}


def _window(number: int) -> bytes:
    first = number % _WINDOWS * _SLOTS_A_CALL
    return _call(first, first + _SLOTS_A_CALL)


def _call(first: int, end: int) -> bytes:
    return uint_word(_LIKE_POST + first) + uint_word(_LIKE_POST + end)
