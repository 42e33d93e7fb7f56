"""An auditor's comparison of this very moment is recorded: it waits for a block of that time."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

import pytest

from liveledger.bindings.constants import OrganisationKind, Role
from liveledger.chain.accounts.accounts import load_or_create_account
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.errors import RuleViolation
from liveledger.reconcile.recording import record
from liveledger.rules.accuracy.facts import Comparison
from liveledger.services.members import OrganisationDraft
from tests.support.trading import Trading

pytestmark = pytest.mark.network
AUDITOR_GLN, PLACE_GLN = 6901234100099, 6901234100105


@pytest.fixture(scope="module")
def auditor(trading: Trading) -> Sender:
    """An account of an auditor that operates nothing."""
    draft = OrganisationDraft(OrganisationKind.AUDITOR, AUDITOR_GLN, b"\x01" * 32)
    (number,) = trading.administrator.register_organisations([draft])
    account = load_or_create_account(trading.ledger.home, "counter")
    trading.administrator.register_accounts([(account, number, Role.REPORT)])
    return trading.sender(account)


@pytest.fixture(scope="module")
def place(trading: Trading) -> int:
    """A place of the brand where nothing ever was."""
    (number,) = trading.administrator.register_places([(trading.brand, PLACE_GLN)])
    return number


def report(trading: Trading, place: int, ahead: int) -> Any:
    """A count of the empty place, some seconds ahead of the clock."""
    totals = Comparison(
        place=place,
        as_of=int(time.time()) + ahead,
        at_block=final_height(trading.ledger),
        skus=1,
        skus_matching=1,
        ledger_units=0,
        snapshot_units=0,
        difference_units=0,
        snapshot_root=bytes(32),
    )
    return SimpleNamespace(totals=totals)


def test_a_count_of_now_is_taken(trading: Trading, auditor: Sender, place: int) -> None:
    for ahead in (-7_200, -3_600, 1):
        assert record(trading.ledger, auditor, report(trading, place, ahead)).status == 1
    with pytest.raises(RuleViolation, match="AccuracyTooSoon"):
        record(trading.ledger, auditor, report(trading, place, 4))


def test_a_count_of_later_is_refused_to_an_auditor_alone(trading: Trading, auditor: Sender, place: int) -> None:
    with pytest.raises(RuleViolation, match="AccuracyFromFuture"):
        record(trading.ledger, auditor, report(trading, place, 200))
    assert record(trading.ledger, trading.sender(), report(trading, place, 200)).status == 1
