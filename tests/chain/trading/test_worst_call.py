"""A block of the worst call that there is takes at most four seconds (ADR 29): votes wait for eight."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from eth_account import Account

from liveledger.bindings import provenance, report_hub, stock_ledger
from liveledger.bindings.constants import MAX_ITEMS, MAX_ITEMS_OF_OTHERS, MAX_SIGNERS, FeedKind
from liveledger.chain.accounts.accounts import address_of
from liveledger.chain.movements.batching import Movements, Warmth, cut, post_call
from liveledger.consensus.pool.rules import MAX_WORK, WORK_EACH, WORK_FACTOR
from liveledger.domain.hashing import keccak, uint_word
from liveledger.domain.payloads import AlertPayload
from liveledger_oracles.common.reports import Feed, Observation, calldata
from tests.support.hard_calls import SIGNATURE, hard_calls
from tests.support.stopwatch import LOOP, Call, Stopwatch, Timed
from tests.support.trading import Trading

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.timeout(1800)]
MOST_SECONDS = 4.0
REPORTS = 10
GTIN = 6_901_234_056_785
OPERATION_CALLS = 3
# Loops that end when little gas is left, with a counter that begins at the calldata's word where one is needed.
OPERATIONS = {
    "reads of slots": bytes.fromhex("5f355b8054506001015a619c401060025700"),
    "writes of new slots": bytes.fromhex("5f355b8080556001015a619c401060025700"),
    "balances of accounts": bytes.fromhex("5f355b8031506001015a619c401060025700"),
    "hashes of 4 KiB": bytes.fromhex("5b6110005f20505a619c40105f5700"),
    "events of 1 KiB": bytes.fromhex("5b6104005fa05a619c40105f5700"),
}
SIGNERS = sorted((Account.from_key(bytes([7, seed] * 16)) for seed in range(MAX_SIGNERS)), key=address_of)


@dataclass(frozen=True)
class Row:
    """One kind of call: its seconds are with those of finding out who signed the transaction."""

    name: str
    timed: Timed
    posts: bool = False

    def block_seconds(self, signature: float) -> float:
        """Seconds of a block that holds as many as the rules allow, each with a gas limit of what it needs."""
        work = WORK_EACH + self.timed.gas * (1 if self.posts else WORK_FACTOR)
        return MAX_WORK / work * (self.timed.seconds + signature)

    def line(self, signature: float) -> str:
        mgas = self.timed.gas / self.timed.seconds / 1e6 if self.timed.seconds else 0
        done = self.timed.refusal or "done"
        return (
            f"worst call: {self.block_seconds(signature):4.2f} s a block, {mgas:6.1f} Mgas a second, "
            f"{self.timed.gas:>10,} gas, {done}: {self.name}"
        )


@pytest.fixture
def stopwatch(trading: Trading) -> Iterator[Stopwatch]:
    url = f"http://127.0.0.1:{trading.network.home.node().ports().execution_inner}"
    accounts = [address_of(account) for account in (trading.account, *SIGNERS)]
    made = Stopwatch(url, trading.brand, accounts)
    yield made
    made.close()


def test_the_worst_call_of_a_block(trading: Trading, stopwatch: Stopwatch, tell: Callable[[str], None]) -> None:
    loops = {name: stopwatch.time_each([(LOOP, words)]) for name, words in recoveries().items()}
    signature = max(timed.seconds / (timed.gas / 3_200) for timed in loops.values())
    tell(f"worst call: {signature * 1e6:.0f} µs to recover a signature")
    rows = [Row(f"a contract that does nothing else, signatures {name}", timed) for name, timed in loops.items()]
    rows += list(of_every_function(trading, stopwatch))
    rows += [reports(trading, stopwatch), batch(trading, stopwatch)]
    rows += [anchor(trading, stopwatch, items) for items in (MAX_ITEMS, MAX_ITEMS_OF_OTHERS)]
    rows += list(of_every_operation(trading, stopwatch))
    worst: dict[str, Row] = {}
    for row in rows:
        known = worst.setdefault(row.name, row)
        if row.block_seconds(signature) > known.block_seconds(signature):
            worst[row.name] = row
    for row in worst.values():
        tell(row.line(signature))
    assert max(row.block_seconds(signature) for row in worst.values()) <= MOST_SECONDS


def recoveries() -> dict[str, bytes]:
    """Input of the precompile: a good signature, and one that is of no key."""
    digest, parity = keccak(b"hard"), SIGNATURE[64:].rjust(32, b"\0")
    return {"valid": digest + parity + SIGNATURE[:64], "invalid": digest + parity + bytes(64)}


def of_every_function(trading: Trading, stopwatch: Stopwatch) -> Iterator[Row]:
    """Every function at every length of its arrays."""
    manifest = trading.ledger.manifest
    for call in hard_calls(address_of(trading.account)):
        timed = stopwatch.time(manifest.address(call.name), call.data)
        yield Row(f"{call.name}.{call.function}", timed, call.name == "StockLedger" and call.function[:5] == "post(")


def of_every_operation(trading: Trading, stopwatch: Stopwatch) -> Iterator[Row]:
    """What no arguments here may reach is made of these: whatever a call does, no gas of it is slower than the slowest.

    The contract stands at StockLedger's address, over its storage, and begins each time at other slots and accounts.
    """
    target = trading.ledger.manifest.address("StockLedger")
    for name, code in OPERATIONS.items():
        stopwatch.put_code(target, code)
        calls: list[Call] = [(target, uint_word(number << 64)) for number in range(1, OPERATION_CALLS + 1)]
        timed = stopwatch.time_each(calls)
        assert timed.refusal == ""
        assert timed.gas > 10_000_000
        yield Row(f"a contract that does nothing else, {name}", timed)


def anchor(trading: Trading, stopwatch: Stopwatch, items: int) -> Row:
    """Events of so many items, of each of which it is the first: of another's up to ``MAX_ITEMS_OF_OTHERS``, else the
    sender's own, by a GTIN that it claims before.
    """
    target, own = trading.ledger.manifest.address("Provenance"), items > MAX_ITEMS_OF_OTHERS
    sku = max(trading.skus.values()) + 1
    claiming: list[Call] = [
        (trading.ledger.manifest.address("StockLedger"), stock_ledger.RegisterSkus(["HARD"], [GTIN], [1]).calldata()),
        (target, provenance.Claim([sku]).calldata()),
    ]

    def call(number: int) -> Call:
        uris = [uint_word(number * MAX_ITEMS + place) for place in range(items)]
        data = provenance.Anchor(keccak(uint_word(number)), bytes(32), [GTIN] * items, uris).calldata()
        return target, data

    timed = stopwatch.time_each([call(number) for number in range(1, 4)], before=claiming if own else [])
    assert timed.refusal == ""
    return Row(f"an event of {items} items of {'its own' if own else 'others'}", timed)


def reports(trading: Trading, stopwatch: Stopwatch) -> Row:
    """Reports that all the signers of a feed signed: the most signatures of any call."""
    hub, signers = trading.ledger.manifest.address("ReportHub"), tuple(address_of(one) for one in SIGNERS)
    feed = Feed(
        trading.ledger.evm_chain_id, hub, trading.brand.to_bytes(2) + bytes(29) + b"\x01", signers, quorum=len(signers)
    )
    opening = report_hub.OpenFeed(feed.feed_id, FeedKind.ALERT, 0, signers, feed.quorum, feed.version).calldata()
    now, payload = int(time.time()), AlertPayload(1, 1, 1, 1, 1).encode()
    calls: list[Call] = [
        (hub, calldata(feed, Observation(number, payload, now, now + 3_600), SIGNERS)) for number in range(REPORTS)
    ]
    timed = stopwatch.time_each(calls, before=[(hub, opening)])
    assert timed.refusal == ""
    return Row(f"a report of {len(signers)} signers", timed)


def batch(trading: Trading, stopwatch: Stopwatch) -> Row:
    """As many receipts of all SKUs as a transaction carries."""
    messages = [
        trading.receive(f"worst-{number}-{sku}", sku, 1) for number in range(250) for sku in trading.skus.values()
    ]
    largest = max(cut(Movements.of_messages(messages), Warmth()), key=len)
    data = post_call(70, 0, largest)
    timed = stopwatch.time_each([(trading.ledger.manifest.address("StockLedger"), data)])
    assert timed.refusal == ""
    return Row(f"a batch of {len(largest):,} movements", timed, posts=True)
