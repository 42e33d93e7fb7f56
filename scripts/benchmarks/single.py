"""The same movements as one transaction each, on the same engine."""

from __future__ import annotations

from itertools import islice
from typing import Any

from benchmarks.flood import MAX_WAITING, Plan, flood
from benchmarks.scene import Scene
from liveledger.bindings import stock_ledger
from liveledger.domain.movements import pack

ACCOUNTS = 4
GAS = 150_000
_LANE = 7


def single(scene: Scene, seconds: float, guess: int) -> dict[str, Any]:
    """Movements a second when each is a transaction; ``guess`` a second are signed before the clock starts."""
    trading = scene.trading
    accounts = scene.accounts("single", ACCOUNTS)
    stock = trading.ledger.manifest.address("StockLedger")
    each = round(guess * seconds / ACCOUNTS) + MAX_WAITING
    plans = []
    for number, account in enumerate(accounts):
        messages = (
            message for chunk in scene.workload.chunks(each // 1_000 + 1, f"s{number}", 1_000) for message in chunk
        )
        calls = [
            stock_ledger.Post(_LANE, sequence, message.document, pack([message.movement])).calldata()
            for sequence, message in enumerate(islice(messages, each))
        ]
        plans.append(Plan(account, stock, calls, GAS))
    found = flood(trading.ledger, plans, seconds)
    return {
        "movements": found.transactions,
        "seconds": round(found.seconds, 1),
        "movements_per_second": round(found.rate),
        "gas_per_movement": round(found.gas / max(found.transactions, 1)),
    }
