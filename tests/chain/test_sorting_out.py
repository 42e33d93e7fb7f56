"""Sorting a batch out: foretold by the rules, confirmed by the contract (here its reference), with few questions."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from liveledger.bindings.constants import Status
from liveledger.bindings.errors import Revert
from liveledger.chain.movements.records import Waiting
from liveledger.chain.movements.rejection_isolation import Poisoned, sort_out
from liveledger.domain.errors import RuleViolation
from liveledger.domain.movements import Kind, Movement, decode, pack
from liveledger.rules.approvals import Approval
from liveledger.rules.stock import post
from liveledger.rules.stock_state import RULES, Account, Batch, Block, Place, Registry, StockRefusal, StockState

POSTER, OWN = b"\x01" * 20, 7
SUSPENDED, FOREIGN = 4, 5
PLACES = {1: Place(OWN), 2: Place(OWN), 3: Place(OWN), SUSPENDED: Place(OWN, Status.SUSPENDED), FOREIGN: Place(9)}
SKUS = [OWN << 20 | 1, OWN << 20 | 2]
STRANGE = 9 << 20 | 1
# Of two brands that approved the poster: the one at place 2 alone, the other for another SKU alone.
FOREIGN_SKUS = [11 << 20 | 1, 12 << 20 | 1]
APPROVALS = {
    (11, OWN): Approval(places=frozenset({2})),
    (12, OWN): Approval(skus=frozenset({12 << 20 | 2})),
}
REGISTRY = Registry({POSTER: Account(OWN)}, PLACES, APPROVALS, {OWN: Status.ACTIVE})
BLOCK = Block(1, 1_700_000_000, 1, b"\x02" * 20)


class Contract:
    """The reference in the contract's place; counts what it is asked."""

    def __init__(self, limit: int = 1_000_000) -> None:
        balances = {(sku, lot, place): (40, 10, 10, 10) for sku in SKUS for lot in (0, 1) for place in (1, 2)}
        self.state = StockState(
            skus=dict.fromkeys([*SKUS, STRANGE, *FOREIGN_SKUS], 1), balances=balances, limits={OWN: limit}
        )
        self.questions = 0

    def ask(self, left: Sequence[Waiting]) -> Revert | None:
        """What `post` says."""
        self.questions += 1
        movements = [movement_of(one) for one in left]
        try:
            post(self.state, REGISTRY, BLOCK, Batch(POSTER, 0, 0, bytes(32), pack(movements)))
        except StockRefusal as refusal:
            return Revert(refusal.name, refusal.args_by_name)
        return None

    def sort_out(self, messages: Sequence[Waiting], questions: int = 50) -> Poisoned:
        """As the stock contract's client does it."""
        ordered = sorted(messages, key=lambda one: one.content[:6])
        return sort_out(ordered, self.state.balances, self.ask, questions)


def movement_of(waiting: Waiting) -> Movement:
    content = waiting.content
    return decode(int.from_bytes(content[:4]), int.from_bytes(content[4:6]), content[6:])


def messages_of(movements: Sequence[Movement]) -> list[Waiting]:
    return [Waiting(number, movement.content(), bytes(32)) for number, movement in enumerate(movements, 1)]


@st.composite
def movements(draw: st.DrawFn) -> Movement:
    """Mostly of known goods between own places; some that the registry refuses."""
    kind = draw(st.sampled_from(list(Kind)))
    rule = RULES[kind]
    place, other = draw(st.permutations([1, 2, 3]))[:2]
    if draw(st.integers(0, 19)) == 0:
        place = draw(st.sampled_from([SUSPENDED, FOREIGN, 99]))
    source = 0 if rule.takes is None else place
    target = 0 if rule.gives is None else place if rule.same_place or source == 0 else other
    sku = STRANGE if draw(st.integers(0, 29)) == 0 else draw(st.sampled_from(SKUS))
    at = BLOCK.time + draw(st.sampled_from([0, 0, 0, 0, 10_000]))
    return Movement(sku, kind, source, target, draw(st.integers(1, 30)), at, draw(st.sampled_from([0, 0, 1])))


@settings(max_examples=150, deadline=None)
@given(st.lists(movements(), max_size=60), st.sampled_from([20, 1_000_000]))
def test_what_is_accepted_is_taken_and_the_rest_is_refused_for_a_reason(history: list[Movement], limit: int) -> None:
    contract, messages = Contract(limit), messages_of(history)
    found = contract.sort_out(messages)
    assert found.decided
    assert sorted([one.id for one in found.accepted] + list(found.reasons)) == [one.id for one in messages]
    assert not found.accepted or contract.ask(found.accepted) is None
    # The first that was refused of a SKU and lot is refused behind those that were accepted before it.
    ordered, seen = sorted(messages, key=lambda one: (one.content[:6], one.id)), list[Waiting]()
    for one in ordered:
        if one.id in found.reasons:
            revert = contract.ask([*seen, one])
            assert revert is not None, found.reasons[one.id]
        else:
            seen.append(one)


def test_thousands_of_oversells_take_one_question() -> None:
    contract = Contract()
    sales = [Movement(SKUS[0], Kind.SELL, 1, 0, 1, BLOCK.time) for _ in range(2_000)]
    found = contract.sort_out(messages_of(sales))
    assert (contract.questions, len(found.accepted), len(found.reasons)) == (1, 40, 1_960)
    assert {reason.name for reason in found.reasons.values()} == {"StockOversell"}
    # Nothing is left to ask about.
    nothing = contract.sort_out(messages_of([Movement(SKUS[0], Kind.SELL, 3, 0, 1, BLOCK.time)] * 2_000))
    assert (contract.questions, nothing.accepted, len(nothing.reasons)) == (1, [], 2_000)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"source": SUSPENDED}, "StockPlaceSuspended"),
        ({"source": FOREIGN}, "StockPlaceNotOperated"),
        ({"source": 99}, "StockUnknownPlace"),
        ({"sku": STRANGE}, "StockBrandNotApproved"),
        ({"sku": FOREIGN_SKUS[0]}, "StockPlaceNotApproved"),
        ({"sku": FOREIGN_SKUS[1]}, "StockSkuNotApproved"),
        ({"sku": OWN << 20 | 99}, "StockUnknownSku"),
        ({"lot": 9}, "StockUnknownLot"),
        ({"at": BLOCK.time + 10_000}, "StockTimeInFuture"),
    ],
)
def test_a_reason_that_meets_many_is_asked_for_once(change: dict[str, int], reason: str) -> None:
    contract = Contract()
    bad = {"sku": SKUS[0], "kind": Kind.SELL, "source": 1, "target": 0, "quantity": 1, "at": BLOCK.time, **change}
    good = [Movement(sku, Kind.SELL, 1, 0, 1, BLOCK.time) for sku in SKUS for _ in range(20)]
    # With the balance that the bad ones lack, the contract is the one that has to say what is wrong with them.
    contract.state.balances[bad["sku"], bad.get("lot", 0), bad["source"]] = (900, 0, 0, 0)  # type: ignore[index]
    found = contract.sort_out(messages_of([*good, *(Movement(**bad) for _ in range(500))]))  # type: ignore[arg-type]
    assert (len(found.accepted), {one.name for one in found.reasons.values()}) == (40, {reason})
    assert contract.questions == 2


def test_over_the_limit_of_one_organisation_all_is_named_at_once() -> None:
    contract = Contract(limit=10)
    lost = [Movement(SKUS[0], Kind.LOST, 1, 0, 1, BLOCK.time) for _ in range(30)]
    found = contract.sort_out(messages_of(lost))
    assert (len(found.accepted), {one.name for one in found.reasons.values()}) == (10, {"StockNeedsAgreement"})
    assert contract.questions == 2


def test_without_more_questions_only_what_is_certain_is_told() -> None:
    contract = Contract(limit=0)
    history = [Movement(SKUS[0], Kind.SELL, 1, 0, 1, BLOCK.time), Movement(SKUS[0], Kind.SELL, 3, 0, 1, BLOCK.time)]
    history += [Movement(SKUS[1], Kind.LOST, 1, 0, 40, BLOCK.time), Movement(SKUS[1], Kind.SELL, 1, 0, 1, BLOCK.time)]
    found = contract.sort_out(messages_of(history), questions=1)
    # The second sale of the second SKU was foretold to find nothing, but it does once the loss is refused.
    assert (found.decided, [one.id for one in found.accepted], sorted(found.reasons)) == (False, [1], [2, 3])
    assert contract.sort_out(messages_of(history)).accepted == [messages_of(history)[at] for at in (0, 3)]


@pytest.mark.parametrize("name", ["StockUnsorted", "ConsortiumAccountSuspended"])
def test_a_reason_about_the_batch_is_nobodys_verdict(name: str) -> None:
    messages = messages_of([Movement(SKUS[0], Kind.RECEIVE, 0, 1, 1, BLOCK.time)])
    with pytest.raises(RuleViolation, match=name):
        sort_out(messages, {}, lambda _: Revert(name, {"index": 0} if name.startswith("Stock") else {}), 5)
