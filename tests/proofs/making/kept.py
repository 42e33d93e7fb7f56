"""A next Consortium: the first one answers for good, since members, places and acts are kept there (step 7)."""

from __future__ import annotations

from liveledger.bindings.constants import CONSORTIUM_ADDRESS, DIRECTORY_ADDRESS, GOVERNANCE_ADDRESS
from liveledger.domain.streams import ACTS_STREAM
from liveledger.verifier import Question, layout
from tests.proofs.making.chains import ALL_QUESTIONS, ask, closed, fresh, usual
from tests.proofs.making.evidence import edited, section_of
from tests.proofs.making.form import Vectors
from tests.proofs.scenario import ACTS, Case
from tests.simulators.ledger import SimulatedLedger

NEXT = bytes.fromhex("5e" * 20)
OTHERS = bytes.fromhex("5f" * 20)
FROZEN = 2


def make() -> Vectors:
    found = Vectors()
    for add in (_kept, _elsewhere, _states, _votes):
        add(found)
    return found


def replaced() -> SimulatedLedger:
    """A ledger with goods, whose Consortium and Governance have active next versions; acts went on in the first one."""
    ledger = fresh(layout.STOCK_LEDGER, layout.ACCURACY, form=2)
    ledger.append(layout.CONSORTIUM, ACTS_STREAM, 1, ACTS[0])
    ledger.deploy(layout.CONSORTIUM, version=2, code=b"next", address=NEXT)
    ledger.deploy(layout.GOVERNANCE, version=2, code=b"others", address=OTHERS)
    closed(ledger)
    ledger.append(layout.CONSORTIUM, ACTS_STREAM, 1, ACTS[1])
    return closed(ledger)


def _kept(found: Vectors) -> None:
    ledger = replaced()
    for view in ("stock/2", "place-accuracy/1"):
        about = "Consortium 2 is active: the place's number stands in the first one"
        found.good(f"trust-2/kept-{view.replace('/', '-')}", about, ask(ledger, view, ALL_QUESTIONS[view]))
    for view in ("acts/1", "acts/2"):
        about = "Consortium 2 is active: all acts stand in the first one's list"
        found.good(f"trust-2/kept-{view.replace('/', '-')}", about, ask(ledger, view, {"contract": layout.CONSORTIUM}))


def _elsewhere(found: Vectors) -> None:
    ledger = replaced()
    asked = ask(ledger, "acts/2", {"contract": layout.CONSORTIUM})
    other = section_of(ledger, NEXT, (), ledger.execution.block_number())
    about = "evidence of Consortium 2, which is active and keeps no acts"
    broken = edited(asked, lambda evidence: evidence["contracts"].update({layout.CONSORTIUM: other}))
    found.bad("trust-2/kept-elsewhere", 7, "account-proof", about, asked, broken)


def _states(found: Vectors) -> None:
    """Words that our Directory does not write: what stands since genesis it neither freezes nor retires."""
    first, _ = layout.entry_slots(layout.CONSORTIUM, 1)
    ledger = replaced()
    ledger.storage(layout.DIRECTORY)[first] = int.from_bytes(CONSORTIUM_ADDRESS) | FROZEN << 224
    asked = _acts(closed(ledger), layout.CONSORTIUM, CONSORTIUM_ADDRESS, 1)
    found.bad("trust-2/kept-frozen", 7, "unknown-contract", "the first Consortium is frozen", asked)


def _votes(found: Vectors) -> None:
    """Of no other contract: votes go on in the next Governance, and the list of the first one is not whole."""
    about = "Governance 2 is active, and acts/2 does not read it"
    asked = _acts(replaced(), layout.GOVERNANCE, OTHERS, 2)
    found.bad("trust-2/votes-elsewhere", 7, "unknown-contract", about, asked)
    about = "evidence of Governance 1, which was replaced: the entry that is asked for is that of version 2"
    asked = _acts(replaced(), layout.GOVERNANCE, GOVERNANCE_ADDRESS, 1)
    found.bad("trust-2/votes-superseded", 8, "storage-proof", about, asked)


def _acts(ledger: SimulatedLedger, name: str, target: bytes, version: int) -> Case:
    """True evidence of a chain for the acts of a contract, as far as its account."""
    raw, block = usual(ledger, "raw-storage/1"), ledger.execution.block_number()
    slots = (layout.versions_slot(name), *layout.entry_slots(name, version))
    question = Question.parse({"view": "acts/2", "parameters": {"contract": name}})
    contracts = {
        layout.DIRECTORY: section_of(ledger, DIRECTORY_ADDRESS, slots, block),
        name: section_of(ledger, target, (), block),
    }
    asked = {"question": question.as_json(), "evidence": {"contracts": contracts, "leaves": None}, "answer": {}}
    return Case(question, raw.anchor, {**raw.bundle, **asked})
