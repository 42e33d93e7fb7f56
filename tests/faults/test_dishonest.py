"""Row 13: one of four lies about its blocks; the others refuse, say why, and go on."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from liveledger.bindings import consortium
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, Status
from liveledger.chain.accounts.accounts import address_of
from liveledger.domain.home import NodeHome
from tests.simulators.dishonest_bridge import LIES, SMUGGLED
from tests.support.flooding import KINDS, Hostile, register_hostile, signed
from tests.support.network import RunningNetwork, eventually
from tests.support.promises import World
from tests.support.tally import Tally
from tests.support.variants import DISHONEST, events, metric, start_variant

pytestmark = [pytest.mark.network, pytest.mark.timeout(1500)]
LIAR = 3
HONEST = (0, 1, 2)
QUICK = ("wrong-parent", "wrong-time", "junk", "tiny-items", "withheld")


@pytest.fixture
def liar(world: World) -> Iterator[RunningNetwork]:
    """Node 3 through the dishonest ABCI application, and back to the product at the end."""
    net = world.net
    net.stop(LIAR)
    start_variant(net, LIAR, DISHONEST)
    try:
        yield net
    finally:
        for file in ("lie", SMUGGLED):
            (net.home.node(LIAR).run / file).unlink(missing_ok=True)
        net.stop(LIAR)
        net.start(LIAR)


def told(node: NodeHome, lie: str) -> list[int]:
    """Heights at which a lie was told."""
    path = node.run / "told"
    rows = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
    return [int(height) for name, height in rows if name == lie]


def tell(net: RunningNetwork, lie: str) -> float:
    """Has a lie told until every honest node refused it for its reason; returns the seconds that its height took."""
    return told_and_refused(net, lie, "lie", lie, LIES[lie][0])


def told_and_refused(net: RunningNetwork, lie: str, file: str, content: str, reason: str) -> float:
    """What the liar's file makes it propose is refused by all, and another makes the block of that height."""
    node = net.home.node(LIAR)
    before = [metric(net, honest, "liveledger_refusals_total", reason=reason) for honest in HONEST]

    def refused_by_all() -> bool:
        after = (metric(net, honest, "liveledger_refusals_total", reason=reason) for honest in HONEST)
        return all(now > then for now, then in zip(after, before, strict=True))

    (node.run / file).write_text(content)
    eventually(f"the refusal of {lie}", refused_by_all)
    (node.run / file).unlink()
    began, heights = time.monotonic(), told(node, lie)
    for honest in HONEST:
        refusals = events(net.home.node(honest), "proposal refused")
        logged = {event["height"] for event in refusals if event["reason"] == reason}
        assert logged & set(heights)
        net.wait_height(heights[-1] + 1, honest)
    # The next round's proposer made the block of that height.
    commit = net.comet(f"commit?height={heights[-1]}")["signed_header"]
    assert commit["header"]["proposer_address"] != net.network.nodes[LIAR].address
    assert commit["commit"]["round"] >= 1
    return time.monotonic() - began


def lies(chosen: tuple[str, ...], tally: Tally, world: World, net: RunningNetwork) -> None:
    with world.load(node=0):
        for lie in chosen:
            seconds = tell(net, lie)
            tally.add(13, f"proposal refused: {lie}", reason=LIES[lie][0], next_round_s=seconds)


def test_lies_are_refused_with_a_reason(world: World, tally: Tally, liar: RunningNetwork) -> None:
    lies(QUICK, tally, world, liar)


@pytest.mark.faults
def test_all_other_lies(world: World, tally: Tally, liar: RunningNetwork) -> None:
    lies(tuple(lie for lie in LIES if lie not in QUICK), tally, world, liar)


@pytest.fixture
def hostile(world: World) -> Hostile:
    return register_hostile(world)


def test_a_proposer_smuggles_nothing_in(world: World, tally: Tally, hostile: Hostile, liar: RunningNetwork) -> None:
    """Blocks that geth would execute, of transactions that no pool takes: a vote is by the same rules."""
    suspended, active = hostile.accounts
    call = consortium.SetAccount(address_of(suspended), Status.SUSPENDED, 0)
    world.trading.administrator.sender.run(f"suspend:{suspended.address}", CONSORTIUM_ADDRESS, call.calldata())
    fields = {"chainId": liar.network.evm_chain_id, "nonce": 0, "gas": 100_000, "value": 0, "data": b"", "type": 2}
    fields |= {"maxFeePerGas": 1_000, "maxPriorityFeePerGas": 1}
    pointer = active.sign_authorization({"chainId": 0, "address": "0x" + "11" * 20, "nonce": 1})
    smuggled = {
        "no-member": suspended.sign_transaction(fields | {"to": CONSORTIUM_ADDRESS}),
        "unlisted-target": active.sign_transaction(fields | {"to": b"\x11" * 20}),
        "creation": active.sign_transaction(fields),
        "delegation": active.sign_transaction(
            fields | {"type": 4, "to": CONSORTIUM_ADDRESS, "authorizationList": [pointer]}
        ),
    }
    with world.load(node=0):
        for reason, transaction in smuggled.items():
            content = bytes(transaction.raw_transaction).hex()
            seconds = told_and_refused(liar, SMUGGLED, SMUGGLED, content, reason)
            tally.add(13, f"smuggled transaction refused: {reason}", reason=reason, next_round_s=seconds)


def test_a_proposer_makes_no_block_of_more_bytes_than_are_read_in_time(
    world: World, tally: Tally, hostile: Hostile, liar: RunningNetwork
) -> None:
    """Long batches of an account that may post: within the gas, the work and the share of one organisation."""
    stock, kind = world.trading.ledger.manifest.address("StockLedger"), KINDS["random calldata"]
    poster, chain_id = hostile.accounts[1], liar.network.evm_chain_id
    posts = [signed(poster, chain_id, nonce, kind.gas, stock, kind.data()) for nonce in range(24)]
    with world.load(node=0):
        content = "\n".join(raw.hex() for raw in posts)
        seconds = told_and_refused(liar, SMUGGLED, SMUGGLED, content, "too-many-bytes")
    assert liar.rpc("eth_getTransactionCount", poster.address, "latest") == "0x0"
    tally.add(13, "too many bytes refused", megabytes=sum(map(len, posts)) // 1_000_000, next_round_s=seconds)
