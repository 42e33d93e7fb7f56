"""Validator sets, their changes, and the anchors that stand before, between and behind them (steps 2 to 4)."""

from __future__ import annotations

import copy
import functools
from dataclasses import replace
from typing import Any

from liveledger.prover.light_blocks import light_block, read_validators
from liveledger.verifier.validators import MAX_TOTAL_POWER
from tests.proofs.making.chains import ask, lone
from tests.proofs.making.form import Vectors
from tests.proofs.scenario import Case
from tests.simulators.consensus import Signer
from tests.simulators.ledger import SimulatedLedger

# An account that is not there has short proofs.
RAW = {"address": "0x" + "77" * 20, "slots": ["0x" + "00" * 31 + "01"]}
YEAR = 365 * 86_400
MOST = MAX_TOTAL_POWER
# Name, powers, absent validators, whether that is enough.
POWERS: list[tuple[str, tuple[int, ...], set[int], bool]] = [
    ("two-of-three", (1, 1, 1), {2}, False),
    ("three-of-three", (1, 1, 1), set(), True),
    ("three-of-four", (1, 1, 1, 1), {0}, True),
    ("two-of-four", (1, 1, 1, 1), {0, 1}, False),
    ("six-of-nine", (2, 3, 4), {1}, False),
    ("seven-of-nine", (2, 3, 4), {0}, True),
    ("exactly-two-thirds", (200, 100), {1}, False),
    ("one-above-two-thirds", (201, 100), {1}, True),
    ("none", (1,), {0}, False),
    ("most-power", (MOST - 1, 1), {1}, True),
    ("three-times-does-not-fit-64-bits", (MOST // 3 * 2, MOST - MOST // 3 * 2), {1}, False),
]


def scene(*powers: int) -> SimulatedLedger:
    ledger = lone(*powers)
    ledger.register_place()
    ledger.mine()
    ledger.mine()
    return ledger


@functools.cache
def twice() -> SimulatedLedger:
    """Three validators, then three others, then two."""
    ledger = lone(5, 5, 1)
    ledger.mine()
    ledger.mine(following=[Signer.make(seed, power) for seed, power in ((2, 7), (3, 7), (4, 1))])
    ledger.mine()
    ledger.mine()
    ledger.mine(following=[Signer.make(3, 9), Signer.make(4, 4)])
    ledger.mine()
    ledger.mine()
    return ledger


def edited(asked: Case) -> dict[str, Any]:
    return copy.deepcopy(asked.bundle)


def make() -> Vectors:
    found = Vectors()
    for add in (_powers, _rounds, _anchors, _changes, _bad_changes, _bad_signers, _missing_changes):
        add(found)
    return found


def _powers(found: Vectors) -> None:
    for name, powers, absent, enough in POWERS:
        asked = ask(scene(*powers), "raw-storage/1", RAW)
        bundle = edited(asked)
        for index in absent:
            bundle["light_block"]["commit"]["signatures"][index] = None
        about = f"powers {', '.join(map(str, powers))}; without {sorted(absent) or 'none'}"
        if enough:
            found.good(f"validators/{name}", about, asked, bundle)
        else:
            found.bad(f"validators/{name}", 4, "power", about, asked, bundle)


def _rounds(found: Vectors) -> None:
    ledger = lone(1, 1, 1, 1)
    ledger.consensus.absent, ledger.consensus.round = {3}, 2
    ledger.mine()
    found.good("validators/round-2", "one was absent, the commit is of round 2", ask(ledger, "raw-storage/1", RAW))
    ledger = lone(1, 1, 1, 1)
    signed = ledger.consensus.commits[ledger.consensus.height()]["commit"]["signatures"]
    signed[0]["signature"] = signed[1]["signature"]
    about = "a signature that does not count is null in the bundle"
    found.good("validators/left-out", about, ask(ledger, "raw-storage/1", RAW))
    found.good("validators/genesis-block", "block 0 under header 1", ask(scene(1), "raw-storage/1", RAW, height=0))


def _anchors(found: Vectors) -> None:
    chain = twice()
    asked, (first, second) = ask(chain, "raw-storage/1", RAW), chain.consensus.changes
    top = int(asked.bundle["light_block"]["header"]["height"])
    for name, height, about in (
        ("below-both-changes", 1, "an anchor of a header hash, both changes are above it"),
        ("at-a-change", first, "the anchor stands at the first change: it holds the set that signs next"),
        ("between-changes", first + 1, "the first change is passed over"),
        ("above-both-changes", second + 1, "both changes are passed over"),
        ("right-below", top - 1, "the header follows on the anchor's"),
    ):
        found.good(f"anchors/{name}", about, asked, anchor=chain.anchor(height))
    bundle = edited(asked)
    for change in bundle["set_changes"]:
        change["validators"] = bundle["set_changes"][0]["validators"]
        change["light_block"]["commit"]["signatures"] = []
    about = "what is passed over is read and put in order, and not checked otherwise"
    found.good("anchors/passed-over-is-not-bound", about, asked, bundle, anchor=chain.anchor(second))
    bundle = {**asked.bundle, "set_changes": asked.bundle["set_changes"][::-1]}
    about = "the order of what is passed over is checked"
    found.bad("anchors/passed-over-in-disorder", 3, "set-change", about, asked, bundle, anchor=chain.anchor(second))
    found.bad(
        "anchors/at-the-header",
        2,
        "below-anchor",
        "the anchor stands at the bundle's header",
        asked,
        anchor=chain.anchor(top),
    )
    other = replace(chain.anchor(top - 1), digest=bytes(32))
    about = "the header right above the anchor has another predecessor"
    found.bad("anchors/another-predecessor", 4, "header-hash", about, asked, anchor=other)
    forged = edited(asked)
    forged["light_block"]["commit"]["signatures"][0]["signature"] = "0x" + "11" * 64
    about = "signatures are checked before the predecessor"
    found.bad("anchors/predecessor-comes-last", 4, "bad-signature", about, asked, forged, anchor=other)
    before = replace(chain.anchor(first - 1), digest=bytes(32))
    about = "the first change is right above the anchor and has another predecessor"
    found.bad("anchors/another-predecessor-of-a-change", 3, "header-hash", about, asked, anchor=before)


def _changes(found: Vectors) -> None:
    asked = ask(twice(), "raw-storage/1", RAW)
    bundle = edited(asked)
    bundle["set_changes"][0]["light_block"]["commit"]["signatures"][2] = None
    found.good("set-changes/one-null", "signatures that are not needed may be null", asked, bundle)
    lone_ledger = lone(5, 4)
    lone_ledger.mine(following=[Signer.make(number, 9) for number in range(3, 6)])
    lone_ledger.mine(following=[Signer.make(3, 9)])
    lone_ledger.mine()
    found.good("set-changes/two-in-a-row", "changes at adjoining heights", ask(lone_ledger, "raw-storage/1", RAW))
    ending = lone(1)
    ending.mine(following=[Signer.make(2)])
    about = "the light block's header names a next set itself: there is no newer anchor to take"
    found.good("set-changes/header-names-a-next-set", about, ask(ending, "raw-storage/1", RAW))


def _bad_changes(found: Vectors) -> None:
    asked, chain = ask(twice(), "raw-storage/1", RAW), twice()
    first, second = asked.bundle["set_changes"]

    def bad(name: str, code: str, about: str, changes: list[Any]) -> None:
        found.bad(f"set-changes/{name}", 3, code, about, asked, {**asked.bundle, "set_changes": changes})

    bad("turned", "validators-hash", "the second change stands first", [second, first])
    bad("twice", "set-change", "a change stands twice", [first, first, second])
    light = {"light_block": asked.bundle["light_block"], "validators": second["validators"]}
    bad("at-the-light-block", "set-change", "a change at the light block's own height", [first, second, light])
    bad(
        "another-set",
        "set-change",
        "the set given is not the one announced",
        [{**first, "validators": second["validators"]}, second],
    )
    turned = {**first, "validators": first["validators"][::-1]}
    bad("set-in-another-order", "set-change", "the set's order is part of its hash", [turned, second])
    validators = read_validators(chain.consensus.validators(1))
    idle = {
        "light_block": light_block(chain.consensus.commit(1), validators),
        "validators": [entry.as_json() for entry in validators],
    }
    bad("changes-nothing", "set-change", "a header that announces the set that signed it", [idle, first, second])
    before = copy.deepcopy(first)
    before["light_block"]["header"]["height"] = "0"
    bad("height-0", "set-change", "a first change that is not above height 0", [before, first, second])


def _bad_signers(found: Vectors) -> None:
    asked = ask(twice(), "raw-storage/1", RAW)
    first, second = asked.bundle["set_changes"]

    def bad(name: str, code: str, about: str, changes: list[Any]) -> None:
        found.bad(f"set-changes/{name}", 3, code, about, asked, {**asked.bundle, "set_changes": changes})

    forged = copy.deepcopy(first)
    forged["light_block"]["commit"]["signatures"][0]["signature"] = "0x" + "11" * 64
    bad("bad-signature", "bad-signature", "a change is signed like any header", [forged, second])
    few = copy.deepcopy(first)
    few["light_block"]["commit"]["signatures"][:2] = [None, None]
    bad("power", "power", "one of three signed the change, with 1 of 11 power", [few, second])
    moved = copy.deepcopy(first)
    moved["light_block"]["commit"]["height"] = str(int(moved["light_block"]["commit"]["height"]) + 1)
    bad("height-of-the-commit", "header-hash", "the commit is of another height", [moved, second])
    other = copy.deepcopy(first)
    other["light_block"]["header"]["app_hash"] = "0x" + "00" * 32
    bad("block-id", "block-id", "the commit is for another header", [other, second])
    swapped = copy.deepcopy(first)
    entries = swapped["light_block"]["commit"]["signatures"]
    entries[0]["address"], entries[1]["address"] = entries[1]["address"], entries[0]["address"]
    bad("address-mismatch", "address-mismatch", "two addresses are exchanged", [swapped, second])


def _missing_changes(found: Vectors) -> None:
    asked = ask(twice(), "raw-storage/1", RAW)
    first, second = asked.bundle["set_changes"]
    found.bad(
        "set-changes/first-missing",
        3,
        "validators-hash",
        "the second change was signed by a set that is not trusted",
        asked,
        {**asked.bundle, "set_changes": [second]},
    )
    found.bad(
        "set-changes/last-missing",
        4,
        "validators-hash",
        "the light block's set is not trusted yet",
        asked,
        {**asked.bundle, "set_changes": [first]},
    )
    foreign = copy.deepcopy(first)
    foreign["light_block"]["header"]["chain_id"] = "simulated-2"
    found.bad(
        "set-changes/wrong-chain",
        2,
        "wrong-chain",
        "a change of another chain",
        asked,
        {**asked.bundle, "set_changes": [foreign, second]},
    )
