"""A StockLedger that replaced another one: words that it never wrote stand in the one before it (steps 7 to 9)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from liveledger.bindings.constants import CONSORTIUM_ADDRESS, DIRECTORY_ADDRESS
from liveledger.domain.movements import Kind, Movement
from liveledger.prover.containers import content
from liveledger.prover.recorder import Recorder
from liveledger.verifier import Question, layout
from liveledger.verifier.views import find_view
from tests.proofs import scenario
from tests.proofs.making.chains import ask, closed, fresh, usual
from tests.proofs.making.contents import unproven
from tests.proofs.making.evidence import edited, section_of
from tests.proofs.making.form import Vectors
from tests.proofs.scenario import HEX_POSTER, LOT, Case
from tests.simulators.chain import ADDRESSES, CODE, PLACE, PLACE_GLN, SKU
from tests.simulators.ledger import SimulatedLedger

NEXT = bytes.fromhex("5e" * 20)
ELSEWHERE = bytes.fromhex("5f" * 20)
GOODS = {"brand": "7", "sku": CODE}
STOCK = {**GOODS, "place": str(PLACE_GLN), "lot": LOT}
LOTS = {**GOODS, "place": str(PLACE_GLN), "first": "0", "limit": "62"}
PAGE = {**GOODS, "first": "0", "limit": "100"}
BATCHES = {"poster": HEX_POSTER, "lane": "0"}
VERSION = 160
AT = 1_700_000_000


def make() -> Vectors:
    found = Vectors()
    for add in (_first, _untouched, _touched, _lists, _kinds, _wrong_words, _left_out):
        add(found)
    return found


def before(form: int = 2) -> SimulatedLedger:
    """A StockLedger of version 2 with goods of a lot and without one, and two batches."""
    ledger = fresh(layout.STOCK_LEDGER, form=form)
    ledger.set_balance((120, 7, 0, 2))
    ledger.set_balance((30, 1, 5, 0), lot=1)
    ledger.post([scenario.movement(number) for number in range(3)])
    ledger.mine()
    ledger.post([scenario.movement(3, lot=1)])
    return closed(ledger)


def replaced() -> SimulatedLedger:
    """The same, replaced by version 3, which wrote no word yet but that of its predecessor."""
    ledger = before()
    ledger.succeed(3, NEXT)
    return closed(ledger)


def _first(found: Vectors) -> None:
    """The first StockLedger of a ledger: where a word is absent nobody before it may have it."""
    for form, name in ((1, "form-1"), (2, "first")):
        ledger = before(form)
        for view, parameters in (
            ("stock/3", STOCK),
            ("stock-lots/3", LOTS),
            ("sku-movements/3", PAGE),
            ("poster-batches/2", BATCHES),
        ):
            plain = view.replace("/", "-")
            about = f"the first StockLedger of a ledger, with an anchor of form {form}"
            found.good(f"succession/{plain}-{name}", about, ask(ledger, view, parameters))
    about = "an absent word: the first StockLedger took over from none"
    found.good("succession/stock-3-first-absent", about, ask(before(), "stock/3", {**STOCK, "lot": "another"}))


def _untouched(found: Vectors) -> None:
    ledger = replaced()
    found.good("succession/stock-3-untouched", "all words stand in version 2", ask(ledger, "stock/3", STOCK))
    about = "neither version knows this SKU"
    found.good("succession/stock-3-unknown-sku", about, ask(ledger, "stock/3", {**STOCK, "sku": "nothing"}))
    found.good("succession/stock-lots-3-untouched", "all lots stand in version 2", ask(ledger, "stock-lots/3", LOTS))
    about = "a stream that did not go on yet"
    found.good("succession/sku-movements-3-untouched", about, ask(ledger, "sku-movements/3", PAGE))
    about = "the account's batches went to version 2"
    found.good("succession/poster-batches-2-untouched", about, ask(ledger, "poster-batches/2", BATCHES))
    unknown = {**BATCHES, "sequence": "2", "index": "0"}
    about = "the next number is that of version 2's stream"
    found.good("succession/movement-3-not-posted", about, ask(ledger, "movement/3", unknown))


def _touched(found: Vectors) -> None:
    ledger = replaced()
    ledger.set_balance((4, 3, 2, 1), lot=1)
    closed(ledger)
    found.good("succession/stock-3-touched", "the newer version's balance counts", ask(ledger, "stock/3", STOCK))
    about = "one lot stands in version 3, the goods without a lot in version 2"
    found.good("succession/stock-lots-3-mixed", about, ask(ledger, "stock-lots/3", LOTS))
    ledger.set_balance((0, 0, 0, 0), lot=1)
    closed(ledger)
    about = "a balance that became empty in version 3 is not that of version 2"
    found.good("succession/stock-3-emptied", about, ask(ledger, "stock/3", STOCK))
    found.good("succession/stock-lots-3-emptied", about, ask(ledger, "stock-lots/3", LOTS))


def continued() -> SimulatedLedger:
    """Three batches, of which the last went to version 3; a SKU that only version 3 knows."""
    ledger = replaced()
    ledger.register_sku("LATER", SKU + 9)
    ledger.post([scenario.movement(5), scenario.movement(7, SKU + 9)])
    return closed(ledger)


def _lists(found: Vectors) -> None:
    ledger = continued()
    about = "a stream that began in version 2 and goes on in version 3"
    found.good("succession/sku-movements-3-continued", about, ask(ledger, "sku-movements/3", PAGE))
    found.good("succession/poster-batches-2-continued", about, ask(ledger, "poster-batches/2", BATCHES))
    about = "a page of the older entries"
    found.good("succession/sku-movements-3-older", about, ask(ledger, "sku-movements/3", {**PAGE, "limit": "2"}))
    later = {**PAGE, "sku": "LATER"}
    about = "a stream that began in version 3"
    found.good("succession/sku-movements-3-later", about, ask(ledger, "sku-movements/3", later))
    for sequence, about in ((2, "a batch that version 3 took"), (1, "one that version 2 took, in its own block")):
        asked = ask(ledger, "movement/3", {**BATCHES, "sequence": str(sequence), "index": "0"})
        found.good(f"succession/movement-3-batch-{sequence}", about, asked)
    ledger = replaced()
    ledger.stock[0] = ELSEWHERE  # its first head is that of a contract that is none of the line
    ledger.execution.state[ELSEWHERE] = ledger.execution.state[NEXT]
    ledger.register_sku("LATER", SKU + 9)
    ledger.post([scenario.movement(7, SKU + 9)])
    asked = unproven_list(closed(ledger), later)
    found.bad("succession/sku-movements-3-begun-elsewhere", 9, "incomplete", "it began in another contract", asked)


def unproven_list(ledger: SimulatedLedger, parameters: dict[str, Any]) -> Case:
    """A bundle of movements that a prover would not hand out, since its verifier refuses it."""
    question = Question.parse({"view": "sku-movements/3", "parameters": parameters})
    block = ledger.execution.block_number()
    good = usual_of(ledger)
    bundle = {**good.bundle, "question": question.as_json(), **recorded(ledger, question, block)}
    return Case(question, good.anchor, bundle)


def recorded(ledger: SimulatedLedger, question: Question, block: int) -> dict[str, Any]:
    """Evidence and answer as the chain gives them, unchecked."""
    view = find_view(question.view)
    assert view is not None
    recorder = Recorder(ledger.execution, ledger, ledger, ledger.anchor(0), block)
    answer = view.run(recorder, question.parameters).answer
    return {**content(recorder, view, view.form), "answer": answer}


def usual_of(ledger: SimulatedLedger) -> Case:
    """A bundle of the newest block, whose header and signatures others may stand under."""
    return usual(ledger, "raw-storage/1")


def _kinds(found: Vectors) -> None:
    """Kinds of the second word: views of version 2 do not know them."""
    ledger = before()
    moves = [
        Movement(SKU, Kind.LOST_IN_TRANSIT, PLACE, 0, 1, AT),
        Movement(SKU, Kind.FOUND_IN_TRANSIT, 0, PLACE, 2, AT),
        Movement(SKU, Kind.ASSEMBLE, 0, PLACE, 3, AT),
        Movement(SKU, Kind.ASSEMBLE_FROM, PLACE, 0, 4, AT),
        Movement(SKU, Kind.SPLIT, PLACE, 0, 5, AT),
        Movement(SKU, Kind.SPLIT_INTO, 0, PLACE, 6, AT),
        Movement(SKU, Kind.GIFT, PLACE, 0, 7, AT),
        Movement(SKU, Kind.SAMPLE, PLACE, 0, 8, AT),
    ]
    ledger.post(moves)
    closed(ledger)
    about = "kinds 16 to 23"
    found.good("succession/sku-movements-3-kinds", about, ask(ledger, "sku-movements/3", PAGE))
    batch = {**BATCHES, "sequence": "2", "index": "6"}
    found.good("succession/movement-3-kinds", about, ask(ledger, "movement/3", batch))
    about = "sku-movements/2 knows no kind 16"
    asked = unproven(ledger, "sku-movements/2", PAGE)
    found.bad("succession/sku-movements-2-kinds", 8, "leaf-proof", about, asked)


def _wrong_words(found: Vectors) -> None:
    """What a StockLedger says that it took over from, and the Directory does not."""
    old = int.from_bytes(ADDRESSES[layout.STOCK_LEDGER])
    first, second = layout.entry_slots(layout.STOCK_LEDGER, 2)
    for name, word, changes, about in (
        ("another-address", int.from_bytes(ELSEWHERE) | 2 << VERSION, {}, "version 2 stands elsewhere"),
        ("no-entry", old | 2 << VERSION, {first: 0, second: 0}, "Directory has no entry of version 2"),
        ("another-code", old | 2 << VERSION, {second: 5}, "version 2 has another code"),
        ("version-1", old | 1 << VERSION, {}, "version 1 is of another layout"),
        ("itself", int.from_bytes(NEXT) | 3 << VERSION, {}, "a version that is not older"),
        ("no-version", old, {}, "an address without a version"),
    ):
        ledger = replaced()
        ledger.execution.state[NEXT].storage[layout.predecessor_slot()] = word
        ledger.storage(layout.DIRECTORY).update(changes)
        found.bad(f"succession/{name}", 7, "unknown-contract", about, _case(closed(ledger)))
    ledger = before(form=1)
    ledger.deploy(layout.STOCK_LEDGER, version=3, code=b"next", address=NEXT)
    ledger.execution.state[NEXT].storage[layout.predecessor_slot()] = old | 2 << VERSION
    about = "with an anchor of form 1 there is one version of a contract"
    found.bad("succession/form-1", 7, "unknown-contract", about, _case(closed(ledger), form=1))


def _case(ledger: SimulatedLedger, form: int = 2) -> Case:
    """True evidence of a chain, as far as the question's first absent word and the version before."""
    raw, block = usual_of(ledger), ledger.execution.block_number()
    names = ((layout.STOCK_LEDGER, 3), (layout.CONSORTIUM, 1))
    slots = list(layout.directory_slots(layout.STOCK_LEDGER))
    if form == 2:
        slots = [slot for name, at in names for slot in (layout.versions_slot(name), *layout.entry_slots(name, at))]
        slots += layout.entry_slots(layout.STOCK_LEDGER, 2)
    words = (layout.sku_slot(7, CODE), layout.predecessor_slot())
    contracts = {
        "Directory": section_of(ledger, DIRECTORY_ADDRESS, slots, block),
        "StockLedger": section_of(ledger, NEXT, words, block),
        "StockLedger/2": section_of(ledger, ADDRESSES[layout.STOCK_LEDGER], (), block),
        "Consortium": section_of(ledger, CONSORTIUM_ADDRESS, (), block),
    }
    question = Question.parse({"view": "stock/3", "parameters": STOCK})
    bundle = {**raw.bundle, "question": question.as_json(), "evidence": {"contracts": contracts}, "answer": {}}
    return Case(question, raw.anchor, bundle)


def _left_out(found: Vectors) -> None:
    """A server that would rather not show what the version before holds."""
    asked = ask(replaced(), "stock/3", STOCK)

    def without(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        return edited(asked, lambda evidence: change(evidence["contracts"]))

    older = "StockLedger/2"
    about = "the section of version 2 is missing"
    found.bad("succession/no-section", 7, "account-proof", about, asked, without(lambda one: one.pop(older)))
    about = "that nobody was before is not proven"
    broken = without(lambda one: one["StockLedger"]["storage"].pop(1))
    found.bad("succession/no-predecessor", 8, "storage-proof", about, asked, broken)
    about = "a balance of version 2 is left out"
    broken = without(lambda one: one[older]["storage"].pop())
    found.bad("succession/no-balance", 8, "storage-proof", about, asked, broken)
    spare = ask(before(), "stock/3", STOCK)
    broken = edited(spare, lambda evidence: evidence["contracts"].update({older: {"account": [], "storage": []}}))
    found.bad("succession/section-not-needed", 8, "account-proof", "nobody was before", spare, broken)
    empty = {**asked.bundle["answer"], "available": "0", "reserved": "0", "in_transit": "0"}
    about = "untouched is not empty"
    found.bad("succession/not-empty", 10, "answer-mismatch", about, asked, {**asked.bundle, "answer": empty})
