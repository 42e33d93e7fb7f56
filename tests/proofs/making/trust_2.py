"""Anchors of form 2: every contract but Directory is found in Directory, by name and version (steps 7 and 8)."""

from __future__ import annotations

import functools
from dataclasses import replace

from liveledger.bindings.constants import DIRECTORY_ADDRESS
from liveledger.domain.streams import ACTS_STREAM
from liveledger.verifier import Question, layout
from tests.proofs import scenario
from tests.proofs.making.chains import ALL_QUESTIONS, ask, closed, fresh, lone, usual
from tests.proofs.making.evidence import edited, section_of
from tests.proofs.making.form import Vectors
from tests.proofs.scenario import ACTS, Case
from tests.simulators.chain import ADDRESSES
from tests.simulators.ledger import SimulatedLedger

VIEWS = ("stock/2", "acts/1", "sku-returns/1", "place-accuracy/1", "item-events/1", "raw-storage/1")
STOCK, WORDS = ALL_QUESTIONS["stock/2"], "versions"
NEWER = bytes.fromhex("5e" * 20)
NEXT, FROM = 64, 128
FROZEN, RETIRED, UNKNOWN = 2, 3, 4


def make() -> Vectors:
    found = Vectors()
    for add in (_views, _acts, _contracts, _takes_over, _states, _words, _evidence):
        add(found)
    return found


@functools.cache
def _history() -> SimulatedLedger:
    return scenario.build(lone(form=2))


def _stock() -> SimulatedLedger:
    """A ledger with a StockLedger of version 2, ready to be changed."""
    return fresh(layout.STOCK_LEDGER, form=2)


def _views(found: Vectors) -> None:
    for view in VIEWS:
        about = "the usual question, from the genesis anchor of form 2 on"
        found.good(f"trust-2/{view.replace('/', '-')}", about, usual(_history(), view))
    later = usual(_history(), "stock/2")
    found.good("trust-2/later-anchor", "the same from a later anchor", later, anchor=_history().anchor(3))
    old = replace(later.anchor, form=1)
    about = "an anchor of form 1 reads the Directory's words as another layout"
    found.bad("trust-2/read-as-form-1", 8, "storage-proof", about, later, anchor=old)


def _acts(found: Vectors) -> None:
    ledger = lone(form=2)
    for name in (layout.DIRECTORY, layout.CREATOR, layout.CONSORTIUM):
        ledger.append(name, ACTS_STREAM, 1, ACTS[0] + name.encode())
        ledger.append(name, ACTS_STREAM, 1, ACTS[1])
    ledger = closed(closed(ledger))
    for name in (layout.DIRECTORY, layout.CREATOR, layout.CONSORTIUM):
        asked = ask(ledger, "acts/2", {"contract": name})
        found.good(f"trust-2/acts-2-{name.lower()}", f"acts of {name}", asked)


def _contracts(found: Vectors) -> None:
    """What contract/1 says of versions that are active, wait, were replaced, and of those that there are not."""
    ledger = _stock()
    begins = ledger.number + 1
    ledger.deploy(layout.STOCK_LEDGER, version=3, code=b"newer", address=NEWER, since=begins)
    waiting = closed(ledger)
    for name, about, version in (("active", "the active version", None), ("waits", "one that takes over later", "3")):
        found.good(f"trust-2/contract-1-{name}", about, _about(waiting, version=version))
    taken = closed(ledger)
    for name, about, version in (
        ("took-over", "the version that took over in this block", None),
        ("replaced", "a version that was replaced is frozen", "2"),
        ("no-version", "a version that there is not", "9"),
    ):
        found.good(f"trust-2/contract-1-{name}", about, _about(taken, version=version))
    found.good("trust-2/contract-1-no-name", "a name that there is not", _about(taken, name="Nothing"))
    asked = _about(taken)
    old = replace(asked.anchor, form=1)
    found.bad(
        "trust-2/contract-1-form-1", 7, "unknown-contract", "Directory of form 1 has no versions", asked, anchor=old
    )
    for state, name in ((FROZEN, "frozen"), (RETIRED, "retired"), (UNKNOWN, "no-state")):
        ledger = _stock()
        storage, (first, _) = ledger.storage(layout.DIRECTORY), layout.entry_slots(layout.STOCK_LEDGER, 2)
        storage[first] = storage[first] & (1 << 224) - 1 | state << 224
        found.good(f"trust-2/contract-1-{name}", f"state {state}", _about(closed(ledger)))


def _about(ledger: SimulatedLedger, version: str | None = None, name: str = layout.STOCK_LEDGER) -> Case:
    return ask(ledger, "contract/1", {"name": name, **({"version": version} if version else {})})


def _takes_over(found: Vectors) -> None:
    """A next version, one block before it is active and at its block."""
    ledger = _stock()
    begins = ledger.number + 1
    ledger.deploy(layout.STOCK_LEDGER, version=3, code=b"newer", address=NEWER, since=begins)
    before = ask(closed(ledger), "stock/2", STOCK)
    found.good("trust-2/next-waits", "version 3 is listed and not active yet", before)
    _broken(found, closed(ledger), "next-active", "version 3 is active from this block on", NEWER, 3)
    listed = ask_superseded(ledger)
    about = "evidence of version 2, which was replaced: the entry that is asked for is that of version 3"
    found.bad("trust-2/superseded", 8, "storage-proof", about, listed)
    ledger = fresh(form=2)
    ledger.deploy(layout.STOCK_LEDGER, version=2, since=ledger.number + 9)
    _broken(found, closed(ledger), "first-waits", "the first version is not active yet", None, 0)


def ask_superseded(ledger: SimulatedLedger) -> Case:
    """The bundle of one who would rather answer from version 2: true words of the versions and of another entry."""
    raw, block = usual(ledger, "raw-storage/1"), ledger.execution.block_number()
    slots = (layout.versions_slot(layout.STOCK_LEDGER), *layout.entry_slots(layout.STOCK_LEDGER, 2))
    return _case(
        ledger, raw, section_of(ledger, DIRECTORY_ADDRESS, slots, block), ADDRESSES[layout.STOCK_LEDGER], block
    )


def _states(found: Vectors) -> None:
    for state, name, about in (
        (FROZEN, "frozen", "the active version is frozen"),
        (RETIRED, "retired", "the active version is retired"),
        (UNKNOWN, "no-state", "a state that there is not"),
        (0, "state-0", "an entry without a state"),
    ):
        ledger = _stock()
        storage = ledger.storage(layout.DIRECTORY)
        first, _ = layout.entry_slots(layout.STOCK_LEDGER, 2)
        storage[first] = storage[first] & (1 << 224) - 1 | state << 224
        _broken(found, closed(ledger), name, about, ADDRESSES[layout.STOCK_LEDGER], 2)


def _words(found: Vectors) -> None:
    """Words that no contract of ours writes."""
    first, second = layout.entry_slots(layout.STOCK_LEDGER, 2)
    for slot, value, name, about in (
        (
            layout.versions_slot(layout.STOCK_LEDGER),
            2 | 1 << 192,
            "versions-too-wide",
            "the versions have a bit above 191",
        ),
        (first, int.from_bytes(NEWER) | 1 << 224 | 1 << 232, "entry-too-wide", "the entry has a bit above 231"),
        (first, 0, "no-entry", "the version has no entry"),
        (second, 0, "no-code-hash", "the entry has no code hash"),
        (second, 5, "another-code", "another code than that of the entry"),
    ):
        ledger = _stock()
        ledger.storage(layout.DIRECTORY)[slot] = value
        _broken(found, closed(ledger), name, about, ADDRESSES[layout.STOCK_LEDGER], 2)
    _broken(found, closed(fresh(form=2)), "not-listed", "Directory does not list StockLedger", None, 0)
    ledger = fresh(layout.STOCK_LEDGER, form=2, version=1)
    _broken(
        found, closed(ledger), "version-not-read", "stock/2 does not read version 1", ADDRESSES[layout.STOCK_LEDGER], 1
    )


def _broken(found: Vectors, ledger: SimulatedLedger, name: str, about: str, target: bytes | None, version: int) -> None:
    """A refusal (step 7) of a bundle with true evidence of what stands on such a chain."""
    raw, block = usual(ledger, "raw-storage/1"), ledger.execution.block_number()
    slots = [layout.versions_slot(layout.STOCK_LEDGER)]
    if version:
        slots += layout.entry_slots(layout.STOCK_LEDGER, version)
    directory = section_of(ledger, DIRECTORY_ADDRESS, slots, block)
    asked = _case(ledger, raw, directory, target, block)
    found.bad(f"trust-2/{name}", 7, "unknown-contract", about, asked)


def _case(ledger: SimulatedLedger, raw: Case, directory: object, target: bytes | None, block: int) -> Case:
    question = Question.parse({"view": "stock/2", "parameters": STOCK})
    contracts = {"Directory": directory}
    if target:
        contracts["StockLedger"] = section_of(ledger, target, (), block)
    return Case(
        question,
        raw.anchor,
        {**raw.bundle, "question": question.as_json(), "evidence": {"contracts": contracts}, "answer": {}},
    )


def _evidence(found: Vectors) -> None:
    asked = usual(_history(), "stock/2")
    proofs = asked.bundle["evidence"]["contracts"]["Directory"]["storage"]
    assert len(proofs) == 6, "three slots for StockLedger, three for Consortium"
    for name, about, at in (
        ("versions-left-out", "the word of the versions", 0),
        ("entry-left-out", "an entry's word", 1),
    ):

        def without(evidence: dict[str, dict[str, dict[str, list[object]]]], at: int = at) -> None:
            evidence["contracts"]["Directory"]["storage"].pop(at)

        found.bad(f"trust-2/{name}", 8, "storage-proof", f"{about} is left out", asked, edited(asked, without))
    code = replace(asked.anchor, directory=replace(asked.anchor.directory, code_hash=bytes(32)))
    found.bad("trust-2/another-directory", 7, "unknown-contract", "Directory has another code", asked, anchor=code)
