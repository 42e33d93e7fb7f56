"""Reports on a brand's capital, and whether its purchasing is frozen, by the contract StockHealth."""

from __future__ import annotations

import hashlib

from liveledger.bindings import stock_health
from liveledger.chain.connection import Connection
from liveledger.chain.finality import final_height
from liveledger.chain.members import Act, Registrar
from liveledger.chain.registry import check_entry, entry_of
from liveledger.chain.sender import Sender
from liveledger.domain.errors import NotFound


def contract_of(connection: Connection, block: int) -> bytes:
    """Where StockHealth stands after a block. Raises NotFound when it is nowhere, WrongContract on another version."""
    entry = entry_of(connection, stock_health.NAME, block)
    if entry is None:
        raise NotFound("StockHealth is not deployed on this ledger", hint="run `liveledger deploy`")
    check_entry(stock_health, entry)
    return entry.target


def report_capital(sender: Sender, report: stock_health.Report) -> None:
    """Sends a report and waits until it is final; the same one is sent once.

    Raises RuleViolation with the contract's reason: HealthStale, HealthIndependentStands, HealthNotEntitled …
    """
    data = report.calldata()
    key = f"capital:{report.brand}:{report.period_to}:{hashlib.sha256(data).hexdigest()[:16]}"
    target = contract_of(sender.connection, final_height(sender.connection))
    Registrar(sender).carry_out([Act(key, target, data)])


def capital_of(connection: Connection, brand: int, block: int) -> stock_health.Capital:
    """The brand's newest report after a block; all zero before the first."""
    call = stock_health.CapitalOf(brand).calldata()
    return stock_health.decode_capital_of(connection.execution.call(contract_of(connection, block), call, block))


def purchasing_frozen(connection: Connection, brand: int, block: int) -> bool:
    """Whether the brand may buy nothing after a block: its newest report is above 35 %."""
    call = stock_health.PurchasingFrozen(brand).calldata()
    answer = connection.execution.call(contract_of(connection, block), call, block)
    return stock_health.decode_purchasing_frozen(answer)
