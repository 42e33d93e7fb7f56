"""Puts the totals of a report on the ledger."""

from __future__ import annotations

from liveledger.bindings import accuracy
from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.outbox.sender import Outcome, Sender
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.errors import Unavailable
from liveledger.domain.waiting import comes_true
from liveledger.reconcile.comparing import Report

_WAIT_SECONDS = 30.0
_POLL_SECONDS = 0.2
_AHEAD_SECONDS = 5.0
_UINT32 = (1 << 32) - 1


def record(ledger: Ledger, sender: Sender, report: Report) -> Outcome:
    """Records the report's totals exactly once, and waits until they are final.

    Raises RuleViolation with the contract's reason, Unavailable when the chain makes no blocks.
    """
    totals = report.totals
    call = accuracy.Record(
        place=totals.place,
        as_of=totals.as_of,
        at_block=totals.at_block,
        skus=totals.skus,
        skus_matching=totals.skus_matching,
        ledger_units=totals.ledger_units,
        snapshot_units=totals.snapshot_units,
        difference_units=totals.difference_units,
        snapshot_root=totals.snapshot_root,
    )
    key = f"accuracy:{totals.place}:{totals.as_of}:{totals.snapshot_root.hex()}"
    _wait_for_next(ledger, totals.at_block)
    _wait_for_time(ledger, totals.as_of)
    return sender.run(key, ledger.manifest.target(accuracy.NAME), call.calldata())


def awaits_second(ledger: Ledger, report: Report, block: int) -> bool:
    """Whether a report that came in by ``block`` waits: it lifts another auditor's flag, and a second one has to."""
    contract, place = ledger.manifest.address(accuracy.NAME), report.totals.place
    word = accuracy.decode_word_of(ledger.execution.call(contract, accuracy.WordOf(place).calldata(), block))
    audit = accuracy.decode_audit_of(ledger.execution.call(contract, accuracy.AuditOf(place).calldata(), block))
    return word & _UINT32 != report.totals.as_of and audit >> 16 != 0


def _wait_for_next(ledger: Ledger, block: int) -> None:
    """A call is tried on the newest final state, and the contract wants a block that is past there too."""
    if not comes_true(lambda: final_height(ledger) > block, _WAIT_SECONDS, pause=_POLL_SECONDS):
        raise Unavailable(f"no block follows block {block}", hint="is the chain making blocks?")


def _wait_for_time(ledger: Ledger, moment: int) -> None:
    """The contract takes no auditor's record of a time ahead of its block, and blocks are a moment behind the clock.

    What lies further ahead is left to the contract to refuse: an operator's clock may differ by more.
    """
    newest = ledger.execution.block
    comes_true(lambda: newest(final_height(ledger)).time >= moment, _AHEAD_SECONDS, pause=_POLL_SECONDS)
