"""What the ledger says of an account reaches the door within half a second; how often callers may ask."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from liveledger.bindings import consortium
from liveledger.bindings.constants import OrganisationKind, Role, Status
from liveledger.domain.errors import Unavailable
from liveledger_api.access.errors import NotAMember, TooManyRequests
from liveledger_api.access.principals import Standing
from liveledger_api.access.rates import Rate
from liveledger_api.access.rights import FRESH_SECONDS, Rights, read_standing
from tests.api.members import EVERY_ROLE, Clock, bearer
from tests.api.members import members as make_members

ACCOUNT = b"\x11" * 20


class Roll:
    """A chain of one account and its organisation, whose answers are set by hand."""

    def __init__(self) -> None:
        self.account, self.organisation, self.away = Status.ACTIVE, Status.ACTIVE, False
        self.blocks: list[int] = []
        self.manifest, self.execution, self.comet = None, self, self

    def height(self) -> int:
        """CometBFT's."""
        if self.away:
            raise Unavailable("the node is away")
        return 8

    def block_number(self) -> int:
        """geth's."""
        return 7

    def call(self, _to: bytes, data: bytes, block: int) -> bytes:
        """``memberOf`` and ``organisationOf``."""
        self.blocks.append(block)
        if data[:4] == consortium.MemberOf.SELECTOR:
            known = data[16:36] == ACCOUNT
            word = 3 | self.account << 16 | Role.REPORT << 24
            return (word if known else 0).to_bytes(32)
        words = (OrganisationKind.BRAND, self.organisation, 9_521_234_000_003, 0)
        return b"".join(int(word).to_bytes(32) for word in words)


def test_the_standing_is_that_of_the_newest_final_block() -> None:
    roll: Any = Roll()
    assert read_standing(roll, ACCOUNT) == Standing(ACCOUNT, 3, 9_521_234_000_003, Role.REPORT)
    assert set(roll.blocks) == {7}


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.REMOVED])
@pytest.mark.parametrize("what", ["account", "organisation"])
def test_who_is_not_active_is_out(what: str, status: Status) -> None:
    roll: Any = Roll()
    setattr(roll, what, status)
    with pytest.raises(NotAMember, match=rf"the {what} .* is {status.name.lower()}") as refused:
        read_standing(roll, ACCOUNT)
    assert refused.value.stable_code == "suspended"


def test_an_unknown_account_is_out() -> None:
    roll: Any = Roll()
    with pytest.raises(NotAMember) as refused:
        read_standing(roll, bytes(20))
    assert refused.value.stable_code == "not-a-member"


def test_a_right_and_a_refusal_are_half_a_second_old_at_most() -> None:
    roll: Any = Roll()
    clock = Clock()
    rights = Rights(lambda account: read_standing(roll, account), clock)
    rights.of(ACCOUNT)
    roll.account = Status.SUSPENDED
    clock.now += FRESH_SECONDS
    rights.of(ACCOUNT)
    clock.now += 0.01
    roll.blocks.clear()
    for _ in range(2):
        with pytest.raises(NotAMember) as refused:
            rights.of(ACCOUNT)
        assert refused.value.stable_code == "suspended"
    assert len(roll.blocks) == 1
    roll.account = Status.ACTIVE
    clock.now += FRESH_SECONDS + 0.01
    rights.of(ACCOUNT)


def test_nobody_is_let_in_while_the_ledger_cannot_be_asked() -> None:
    roll: Any = Roll()
    clock = Clock()
    rights = Rights(lambda account: read_standing(roll, account), clock)
    rights.of(ACCOUNT)
    roll.away = True
    clock.now += 1
    with pytest.raises(Unavailable):
        rights.of(ACCOUNT)


def test_what_is_remembered_is_bounded() -> None:
    rights = Rights(lambda account: Standing(account, 1, 1, Role(0)), Clock())
    for number in range(5_000):
        rights.of(number.to_bytes(20))
    assert len(rights._known) <= 4_096


def test_a_bucket_fills_again() -> None:
    clock = Clock()
    rate = Rate(2.0, 3, clock)
    for _ in range(3):
        rate.take("a")
    with pytest.raises(TooManyRequests) as refused:
        rate.take("a")
    assert (refused.value.http_status, refused.value.details["retry_after"]) == (429, 1)
    rate.take("b")
    clock.now += 0.5
    rate.take("a")
    with pytest.raises(TooManyRequests):
        rate.take("a")
    clock.now -= 3_600
    with pytest.raises(TooManyRequests):
        rate.take("a")
    clock.now += 7_200
    for _ in range(3):
        rate.take("a")
    with pytest.raises(TooManyRequests):
        rate.take("a")


def test_a_slow_rate_says_how_long_to_wait() -> None:
    rate = Rate(0.1, 1, Clock())
    rate.take("a")
    with pytest.raises(TooManyRequests) as refused:
        rate.take("a")
    assert refused.value.details["retry_after"] == 10


def test_the_callers_that_are_remembered_are_bounded() -> None:
    rate = Rate(1.0, 1, Clock())
    for number in range(10_500):
        rate.take(str(number))
    assert len(rate._buckets) == 10_000


def test_each_member_and_each_address_has_its_own_share(tmp_path: Path) -> None:
    clock = Clock()
    with make_members(
        tmp_path, (Rate(1.0, 5, clock), Rate(1.0, 8, clock), Rate(1.0, 100, clock)), behind_proxy=True
    ) as api:
        first, second = (api.log_in(api.roll.elsewhere(number, EVERY_ROLE)) for number in (3, 4))
        ask = api.world.client.get
        states = [ask("/login", headers=bearer(first)).status_code for _ in range(7)]
        assert states == [200] * 5 + [429] * 2
        refused = ask("/login", headers=bearer(first))
        assert (refused.json()["code"], refused.headers["retry-after"]) == ("too-many-requests", "1")
        assert ask("/login", headers=bearer(second)).status_code == 200
        clock.now += 60
        # What shows nobody counts for the address that it comes from, bad credentials too.
        states = [ask("/login", headers=bearer("llt_" + "0" * 64)).status_code for _ in range(9)]
        assert states == [401] * 8 + [429]
        assert ask("/health/live").status_code == 429
        assert ask("/login", headers=bearer(second)).status_code == 200
        # A caller that is no proxy on this machine does not choose the address.
        assert ask("/health/live", headers={"X-Real-IP": "203.0.113.9"}).status_code == 429


def test_an_organisations_callers_share_its_rate(tmp_path: Path) -> None:
    """Its keys, its accounts: however many there are, another organisation is let in as before."""
    clock = Clock()
    with make_members(tmp_path, (Rate(1.0, 50, clock), Rate(1.0, 50, clock), Rate(1.0, 12, clock))) as api:
        account = api.roll.elsewhere(3, EVERY_ROLE)
        other, ask = api.log_in(api.roll.elsewhere(4, EVERY_ROLE)), api.world.client.get
        keys = [api.key(account, "ledger") for _ in range(2)]  # two of the twelve
        callers = [*keys, api.log_in(api.roll.elsewhere(3, EVERY_ROLE))]
        states = [ask("/login", headers=bearer(caller)).status_code for caller in callers * 4]
        assert states == [200] * 10 + [429] * 2
        assert ask("/login", headers=bearer(other)).status_code == 200
