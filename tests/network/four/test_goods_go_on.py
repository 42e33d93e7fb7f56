"""StockLedger and Settlement are replaced on four validators under load: goods, proofs and agreements go on."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from liveledger.bindings import creator, directory, settlement, stock_ledger
from liveledger.bindings.constants import CREATOR_ADDRESS, DIRECTORY_ADDRESS
from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.contracts.manifest import CONTRACT_FLAGS
from liveledger.chain.contracts.registry import name_word
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.hashing import hex_bytes, keccak
from liveledger.prover.anchors import export_anchor
from liveledger.prover.errors import OtherVersion
from liveledger.services.creation import created_address
from liveledger.services.members import Act
from liveledger.verifier import Code, Question, Refusal, Step, listing, verify
from liveledger.verifier.anchor import ContractPin
from tests.support.commands import liveledger
from tests.support.load import RECEIVED, SOLD, Load
from tests.support.network import RunningNetwork
from tests.support.promises import World, assert_promises, opened, prove, world_of
from tests.support.settling import PAGES, Market, Session, assert_shares
from tests.support.trading import trading_on

pytestmark = [pytest.mark.network, pytest.mark.timeout(600)]
NEXT, AHEAD = 3, 8
# The node that is asked; the load goes to another one.
NODE = 2
PLACE_GLN = 6901234570007
# The session ends while the StockLedger is replaced; five transactions have their time before it begins, and the goods
# of it are posted before it ends.
LEAD_SECONDS, LENGTH_SECONDS = 40, 14


@pytest.fixture(scope="module")
def world(four: RunningNetwork) -> Iterator[World]:
    """Trade on this folder's ledger, which loses its way to `liveledger deploy` at the end: its Settlement is new."""
    with trading_on(four, "goods-go-on", PLACE_GLN) as trading, world_of(trading) as found:
        yield found


@pytest.fixture(scope="module")
def market(world: World) -> Market:
    """An agreement of the first versions."""
    return Market(world.trading)


@pytest.fixture(scope="module")
def session(market: Market) -> Session:
    """A session whose goods were traded at the first StockLedger."""
    session = market.open_session(LEAD_SECONDS, LENGTH_SECONDS)
    market.trade(session).wait()
    return session


def test_a_stock_ledger_is_replaced_under_load(world: World, session: Session, tell: Callable[[str], None]) -> None:
    old, untouched = world.trading.ledger.manifest.address(stock_ledger.NAME), world.loads[0]
    with world.load(node=1) as load:
        world.net.wait_blocks(2)
        start = replace(world, stock_ledger)
        world.net.wait_height(start + 3)
    load.settle(world.trading.ledger)
    # What is final can be proven by the node that is asked once it has the next block's header.
    world.net.wait_height(world.net.height() + 2, NODE)
    new = created_address(stock_ledger.NAME, NEXT, stock_ledger.CREATION_CODE)
    with opened(world.trading, NODE) as ledger:
        assert (ledger.manifest.address(stock_ledger.NAME), ledger.stock_line.addresses) == (new, (new, old))
        taken = {address: batches(ledger, address) for address in (old, new)}
        assert max(taken[old]) < start <= min(taken[new])
        proven = new_views(world, ledger, load, untouched)
        old_views_are_refused(world, ledger, load)
    figures = assert_promises(world, node=NODE)
    counted = ", ".join(f"{name} {count:,}" for name, count in figures.items())
    tell(f"StockLedger replaced on four: {len(taken[old])} + {len(taken[new])} batches, {proven} views over both")
    tell(f"StockLedger replaced on four, O1 to O6 held: {counted}")


def test_what_ran_at_a_settlement_settles_and_pays_after_both_were_replaced(
    world: World, market: Market, session: Session, tell: Callable[[str], None]
) -> None:
    with world.load(node=1) as load:
        market.wait_for(session.ends_at)
        the_cut_is_told(world, market, session)
        world.net.wait_height(replace(world, settlement))
        for page in range(PAGES):
            market.hand_in_page(session, page)
        settled = market.settled(session)
    assert_shares(settled, market.expected(session))
    poster = load.settle(world.trading.ledger)
    assert all((status := poster.status(name)) and status.block for name in load.acknowledged)
    tell(f"Settlement replaced on four, O2 held: a loss of {settled.loss:,} fen shared, {settled.paid:,} paid")


def the_cut_is_told(world: World, market: Market, session: Session) -> None:
    """Anybody reads what is shared, of a StockLedger that was replaced meanwhile too; of that moment only."""
    code, facts = market.first(session)
    asked = ("stock", "cut", str(world.trading.brand), code)
    told = liveledger(*asked, str(session.ends_at), "--json", home=world.net.home)
    assert told.returncode == 0, told.stderr
    counters = {name: int(json.loads(told.stdout)[name]) for name in ("received", "sold", "returned", "adjusted")}
    assert counters == {"received": facts.received, "sold": facts.sold, "returned": facts.returned, "adjusted": 0}
    refused = liveledger(*asked, str(session.ends_at + 1), home=world.net.home)
    assert (refused.returncode, "CutsUnknown" in refused.stderr or "no agreement" in refused.stderr) == (1, True)
    nothing = liveledger("stock", "cut", str(world.trading.brand), "NO-SUCH", "1", home=world.net.home)
    assert nothing.returncode == 3


def replace(world: World, module: ModuleType) -> int:
    """Has the same code listed as the next version; returns the block from which that is active."""
    ledger, name = world.trading.ledger, name_word(module.NAME)
    start, flags = final_height(ledger) + AHEAD, CONTRACT_FLAGS.get(module.NAME, 0)
    approval = creator.Approve(keccak(module.CREATION_CODE), name, NEXT, start, flags)
    for what, call in (("approve", approval), ("create", creator.Create(module.CREATION_CODE))):
        act = Act(f"{what}:{module.NAME}:{NEXT}", CREATOR_ADDRESS, call.calldata())
        world.trading.administrator.carry_out([act])
    entry = directory.EntryOf(name, NEXT).calldata()
    return directory.decode_entry_of(ledger.execution.call(DIRECTORY_ADDRESS, entry, final_height(ledger))).from_


def batches(ledger: Ledger, address: bytes) -> list[int]:
    """Blocks of the batches that a StockLedger took."""
    topics = [stock_ledger.BatchPostedEvent.TOPIC]
    return [log.block_number for log in ledger.execution.logs(0, final_height(ledger), [address], topics)]


def new_views(world: World, ledger: Ledger, load: Load, untouched: Load) -> int:
    """Proves what went on and what was not touched again; returns how many views that were."""
    there, pairs = len(untouched.acknowledged) // 2, len(load.acknowledged) // 2
    page = {"first": "0", "limit": "1"}
    poster = hex_bytes(bytes.fromhex(world.trading.account.address[2:]))
    asked: list[tuple[str, dict[str, str], Callable[[Any], Any], Any]] = [
        ("stock/3", stock_of(world, load), lambda answer: int(answer["available"]), (RECEIVED - SOLD) * pairs),
        ("stock/3", stock_of(world, untouched), lambda answer: int(answer["available"]), (RECEIVED - SOLD) * there),
        ("sku-movements/3", sku_of(world, load) | page, lambda answer: int(answer["count"]), 2 * pairs),
        ("sku-movements/3", sku_of(world, untouched) | page, lambda answer: int(answer["count"]), 2 * there),
        ("poster-batches/2", {"poster": poster, "lane": str(load.lane)} | page, lambda a: int(a["count"]) > 1, True),
    ]
    anchor = export_anchor(ledger, 0)
    for view, parameters, read, expected in asked:
        question = Question.parse({"view": view, "parameters": parameters})
        bundle = prove(world.prover(ledger, anchor), question, lambda: world.follow(ledger))
        verdict = verify(bundle, anchor=anchor, question=question, now=int(time.time()))
        assert read(verdict.answer) == expected
    return len(asked)


def old_views_are_refused(world: World, ledger: Ledger, load: Load) -> None:
    """The older view is not proven any more; and what a lying server proves of the replaced one is refused."""
    anchor = export_anchor(ledger, 0)
    question = Question.parse({"view": "stock/2", "parameters": stock_of(world, load)})
    prover = world.prover(ledger, anchor)
    with pytest.raises(OtherVersion):
        prove(prover, question, lambda: world.follow(ledger))
    honest, replaced = listing.find, ledger.stock_line.addresses[1]

    def lie(form: int, read: listing.Read, name: str, block: int) -> ContractPin:
        told = honest(form, read, name, block)
        return dataclasses.replace(told, address=replaced, version=NEXT - 1) if name == stock_ledger.NAME else told

    with pytest.MonkeyPatch.context() as lying:
        lying.setattr(listing, "find", lie)
        bundle = prove(prover, question, lambda: world.follow(ledger))
    with pytest.raises(Refusal) as refused:
        verify(bundle, anchor=anchor, question=question, now=int(time.time()))
    assert (refused.value.step, refused.value.as_dict()["code"]) == (Step.CONTRACTS, Code.UNKNOWN_CONTRACT.value)


def sku_of(world: World, load: Load) -> dict[str, str]:
    """The load's SKU, as views name it."""
    return {"brand": str(world.trading.brand), "sku": f"SKU-{load.lane % len(world.trading.skus):03}"}


def stock_of(world: World, load: Load) -> dict[str, str]:
    """The place of the load's goods, as views name it."""
    return sku_of(world, load) | {"place": str(PLACE_GLN), "lot": ""}
