"""Reports on a brand's capital, and whether its purchasing is frozen, by the contract StockHealth."""

from __future__ import annotations

import hashlib

from liveledger.bindings import stock_health
from liveledger.bindings.constants import OrganisationKind
from liveledger.chain.contracts.gaps import Gap
from liveledger.chain.contracts.survey import survey
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.waiting import comes_true
from liveledger.services.members import Act, Registrar

# A block takes a second.
_NEXT_BLOCK_SECONDS = 30.0
_PAUSE_SECONDS = 0.2


def contract_of(connection: Connection, block: int) -> bytes:
    """Where StockHealth stands after a block.

    Raises UnknownVersion on a version that this program does not know, NotOnThisLedger where there is none.
    """
    found = _stands(connection, block)
    if isinstance(found, Gap):
        raise found.error()
    return found


def _stands(connection: Connection, block: int) -> bytes | Gap:
    found = survey(connection, block)[stock_health.NAME]
    return found.gap() or found.address


def report_capital(sender: Sender, report: stock_health.Report) -> None:
    """Sends a report and waits until it is final; the same one is sent once.

    Raises RuleViolation with the contract's reason: HealthStale, HealthTooSoon, HealthNotEntitled …; WrongContract
    for a version that this program does not know.
    """
    data = report.calldata()
    key = f"capital:{report.brand}:{report.period_to}:{hashlib.sha256(data).hexdigest()[:16]}"
    target = _stands(sender.connection, final_height(sender.connection))
    if isinstance(target, Gap):
        raise target.refusal()
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


def awaits_second(connection: Connection, brand: int, block: int) -> bool:
    """Whether a report waits after a block: it lifts what another of its side found, and a second one has to."""
    contract = contract_of(connection, block)
    calls = [stock_health.AuditOf(brand, int(kind)) for kind in (OrganisationKind.AUDITOR, OrganisationKind.FINANCE)]
    answers = [connection.execution.call(contract, call.calldata(), block) for call in calls]
    return any(stock_health.decode_audit_of(answer) >> 16 for answer in answers)


def _let_pass(connection: Connection, block: int) -> None:
    """Waits while ``block`` is the newest: a call is tried in the newest block, which must come after it."""
    comes_true(lambda: final_height(connection) != block, _NEXT_BLOCK_SECONDS, pause=_PAUSE_SECONDS)
