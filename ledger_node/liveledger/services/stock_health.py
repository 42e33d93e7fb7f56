"""Reports on a brand's capital, and whether its purchasing is frozen, by the contract StockHealth."""

from __future__ import annotations

import hashlib

from liveledger.bindings import stock_health
from liveledger.chain.contracts.registry import active_of, check_entry
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.errors import NotFound
from liveledger.domain.waiting import comes_true
from liveledger.services.members import Act, Registrar

# A block takes a second.
_NEXT_BLOCK_SECONDS = 30.0
_PAUSE_SECONDS = 0.2


def contract_of(connection: Connection, block: int) -> bytes:
    """Where StockHealth stands after a block. Raises NotFound when it is nowhere, WrongContract on another version."""
    entry = active_of(connection, stock_health.NAME, block)
    if entry is None:
        raise NotFound("StockHealth is not deployed on this ledger", hint="run `liveledger deploy`")
    check_entry(stock_health, entry)
    return entry.target


def report_capital(sender: Sender, report: stock_health.Report) -> None:
    """Sends a report and waits until it is final; the same one is sent once.

    Raises RuleViolation with the contract's reason: HealthStale, HealthTooSoon, HealthNotEntitled …
    """
    data = report.calldata()
    key = f"capital:{report.brand}:{report.period_to}:{hashlib.sha256(data).hexdigest()[:16]}"
    target = contract_of(sender.connection, final_height(sender.connection))
    _let_pass(sender.connection, report.at_block)
    Registrar(sender).carry_out([Act(key, target, data)])


def capital_of(connection: Connection, brand: int, block: int) -> stock_health.Capital:
    """The brand's newest report after a block; all zero before the first."""
    call = stock_health.CapitalOf(brand).calldata()
    return stock_health.decode_capital_of(connection.execution.call(contract_of(connection, block), call, block))


def purchasing_frozen(connection: Connection, brand: int, block: int) -> bool:
    """Whether the brand may buy nothing after a block: its newest report is above 35 % or stale, or a side's stands."""
    call = stock_health.PurchasingFrozen(brand).calldata()
    answer = connection.execution.call(contract_of(connection, block), call, block)
    return stock_health.decode_purchasing_frozen(answer)


def _let_pass(connection: Connection, block: int) -> None:
    """Waits while ``block`` is the newest: a call is tried in the newest block, which must come after it."""
    comes_true(lambda: final_height(connection) != block, _NEXT_BLOCK_SECONDS, pause=_PAUSE_SECONDS)
