"""One simulated ledger with something of everything, and a bundle of every view."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from typing import Any

from liveledger.bindings.constants import PERIOD_SECONDS, OrganisationKind
from liveledger.domain import merkle
from liveledger.domain.hashing import uint_word
from liveledger.domain.money import Fen
from liveledger.domain.movements import Kind, Movement
from liveledger.domain.orders import OrderEnded, OrderMade, OrderStatus, SourceKind, orders_stream
from liveledger.domain.payloads import CapitalEntry
from liveledger.domain.returns import Grade, GradeEntry, Grading, ReturnAct
from liveledger.domain.streams import ACTS_STREAM, return_stream
from liveledger.rules.stock_health import contract as rules
from liveledger.rules.stock_health import formula
from liveledger.verifier import Question, TrustAnchor, Verdict, encode_bundle, layout, verify
from tests.simulators.chain import BRAND, CODE, PLACE_GLN, POSTER, SKU
from tests.simulators.consensus import Signer
from tests.simulators.ledger import SimulatedLedger
from tests.simulators.tries import keccak

ITEM, OTHER_ITEM = "urn:epc:id:sgtin:6912345.000001.1", "urn:epc:id:sgtin:6912345.000001.2"
FEED, SENSOR_FEED = keccak(b"alerts"), keccak(b"sensors")
DEVICE = keccak(b"device")
# A vote, an outcome, and a call that is padded to the size of one.
ACTS = [
    bytes.fromhex("c9d27afe") + uint_word(1) + uint_word(1),
    uint_word(1) + uint_word(2),
    bytes.fromhex("2e1a7d4d") + uint_word(1) + bytes(28),
]
CAPITAL_ROOT = b"\x05" * 32
AGREEMENT, SESSION = keccak(b"agreement"), keccak(b"session")
READINGS = [(1_700_000_000 + 60 * i, 4_000 + 900 * (i % 3) - 9_000 * (i == 5)) for i in range(11)]
LOT = "L-2026-11"
HEX_POSTER = "0x" + POSTER.hex()
# Two orders, and the end of the first.
ORDERS = [
    OrderMade(SourceKind.PLACE, 4, 3, 90, 30, 75_000_000, 1_700_009_000),
    OrderMade(SourceKind.SUPPLIER, 2, 5, 7, 0, 0, 1_700_009_001),
    OrderEnded(0, OrderStatus.CLOSED, 90, 88),
]
# A grading of two grades, what was carried out of it, and goods of the worst grade.
GRADINGS = [
    Grading(
        ReturnAct.GRADED, BRAND, b"\x06" * 32, (GradeEntry(SKU, 0, 3, 4, Grade.A), GradeEntry(SKU, 1, 3, 2, Grade.B))
    ),
    Grading(ReturnAct.CLOSED, BRAND, b"\x07" * 32, (GradeEntry(SKU, 0, 3, 3, Grade.A),)),
    Grading(ReturnAct.GRADED, BRAND, b"\x08" * 32, (GradeEntry(SKU, 0, 3, 1, Grade.D),)),
]


def event(**more: Any) -> dict[str, Any]:
    return {
        "type": "ObjectEvent",
        "eventTime": "2026-11-20T08:00:00.000Z",
        "epcList": [ITEM],
        "sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 26.5, "maxValue": 1e21, "sum": 8}]}],
        "bizLocation": {"id": "urn:epc:id:sgln:6912345.00001.0"},
        "note": "保税仓 “A”\u2028",
        **more,
    }


def movement(n: int, sku: int = SKU, lot: int = 0) -> Movement:
    kind, source, target = (Kind.RECEIVE, 0, 3) if n % 2 else (Kind.SELL, 3, 0)
    return Movement(sku, kind, source, target, n + 1, 1_700_000_000 + n, lot)


def input_row(sku: int, cost: int, received: int, forecast: int, sold: int, returned: int, over: int) -> bytes:
    return sku.to_bytes(4) + b"".join(value.to_bytes(8) for value in (cost, received, forecast, sold, returned, over))


PAGES = [
    input_row(SKU, 1_250, 1_000, 900, 720, 20, 200) + input_row(SKU + 1, 33, 5, 9, 1, 0, 4),
    input_row(SKU + 2, 99, 10, 10, 30, 5, 0),
]
LOSS = 200 * 1_250 + 4 * 33


def hash_of_terms(pages: list[bytes]) -> bytes:
    parts = [keccak(b"".join(page[at : at + 12] for at in range(0, len(page), 52))) for page in pages]
    return keccak(uint_word(32) + uint_word(len(parts)) + b"".join(parts))


def capital_entry(number: int, value: int, revenue: int, organisation: int = BRAND) -> CapitalEntry:
    """A report on capital for a period of its own, with the share that the rules give it."""
    share = formula.share_up(Fen(value), Fen(revenue))
    return CapitalEntry(organisation, Fen(value), Fen(revenue), number, number + 1, number, CAPITAL_ROOT, share)


def capital_words(newest: CapitalEntry, reported_at: int) -> tuple[int, int, int]:
    """The words of the newest report, by docs/formats.md."""
    figures = ((newest.stock_value_fen, 0), (newest.revenue_fen, 64), (newest.period_from, 128))
    behind = ((newest.period_to, 160), (newest.at_block, 192))
    first = sum(value << bit for value, bit in (*figures, *behind))
    third = newest.share_bps | reported_at << 96 | newest.organisation << 160
    return first, int.from_bytes(newest.evidence_root), third


def sided_words(capital: rules.Capital) -> tuple[int, int, int, int]:
    """The words of a brand's capital in version 2, by docs/formats.md."""
    last, auditors, finance = capital.last, capital.auditors, capital.finance
    figures = ((last.stock_value, 0), (last.revenue, 64), (last.period_from, 128), (last.period_to, 160))
    third = capital.share | capital.reported_at << 96 | capital.organisation << 160 | capital.own_period_to << 176
    third |= auditors.period_to << 208 | auditors.above << 240 | finance.above << 248
    fourth = finance.period_to | auditors.reported_at << 32 | finance.reported_at << 96
    first = sum(value << bit for value, bit in (*figures, (last.at_block, 192)))
    return first, int.from_bytes(last.evidence_root), third, fourth


def report_sided(
    ledger: SimulatedLedger, before: rules.Capital | None, reporter: rules.Reporter, value: int, ago: int = 0
) -> rules.Capital:
    """A report on the year before, with 100 fen of revenue, as StockHealth of version 2 took it ``ago`` seconds before.

    Gives the brand's capital after it.
    """
    to = ledger.now - ago
    new = rules.CapitalReport(Fen(value), Fen(100), to - PERIOD_SECONDS, to, ledger.number - 1, CAPITAL_ROOT)
    after = rules.report(before, BRAND, new, reporter, block=ledger.number, time=to)
    figures = (new.stock_value, new.revenue, new.period_from, new.period_to, new.at_block)
    entry = CapitalEntry(reporter.organisation, *figures, CAPITAL_ROOT, after.share)
    ledger.report_capital(sided_words(after), entry.encode())
    return after


OWN, AUDITOR, FINANCE = (
    rules.Reporter(number, kind)
    for number, kind in ((BRAND, OrganisationKind.BRAND), (9, OrganisationKind.AUDITOR), (11, OrganisationKind.FINANCE))
)


def _capital(ledger: SimulatedLedger) -> None:
    if ledger.versions[layout.STOCK_HEALTH] == 2:
        first = report_sided(ledger, None, OWN, 34)
        report_sided(ledger, first, AUDITOR, 36, ago=9)
        return
    for report in (capital_entry(1, 34, 100), capital_entry(2, 36, 100, 9)):
        ledger.report_capital(capital_words(report, ledger.now), report.encode())


def _capital_acts_and_orders(ledger: SimulatedLedger) -> None:
    _capital(ledger)
    for act in ACTS:
        ledger.append(layout.GOVERNANCE, ACTS_STREAM, 1, act)
    _returns(ledger)
    for entry in ORDERS:
        ledger.append(layout.REPLENISHMENT, orders_stream(SKU), 1, entry.encode())


def _returns(ledger: SimulatedLedger) -> None:
    for act in GRADINGS:
        ledger.append(layout.RETURNS, return_stream(SKU), len(act.entries), act.payload())
    ledger.storage(layout.RETURNS)[layout.graded_slot(SKU)] = 4 | 2 << 64 | 1 << 192


def _readings(ledger: SimulatedLedger) -> None:
    leaves = [merkle.leaf_hash(DEVICE + at.to_bytes(8) + value.to_bytes(4, signed=True)) for at, value in READINGS]
    root = merkle.root(leaves)
    low = min(value for _, value in READINGS)
    figures = [len(READINGS), READINGS[0][0], READINGS[-1][0], low % (1 << 256), 5_800]
    ledger.report(SENSOR_FEED, DEVICE + root + b"".join(map(uint_word, figures)))
    ledger.batches[root] = READINGS


def build(ledger: SimulatedLedger | None = None, reports: int = 1) -> SimulatedLedger:
    """About a dozen blocks; where there are several validators they change twice.

    ``reports``: version of the contracts whose reports weigh each other, Accuracy and StockHealth (at most 2).
    """
    ledger = ledger or SimulatedLedger()
    alone = len(ledger.signers) == 1
    versions = {layout.STOCK_LEDGER: 2, layout.ACCURACY: reports, layout.STOCK_HEALTH: min(reports, 2)}
    for name in layout.LISTED:
        ledger.deploy(name, version=versions.get(name, 1))
    ledger.register_place()
    ledger.register_sku()
    ledger.mine()
    ledger.register_lot(LOT, 1)
    ledger.set_balance((120, 7, 0, 2))
    ledger.set_balance((30, 1, 5, 0), lot=1)
    ledger.post([movement(0), movement(1), movement(2), movement(3, SKU + 5)])
    ledger.send(status=0)
    ledger.capture(ITEM, event())
    ledger.mine(following=None if alone else [Signer.make(seed) for seed in range(2, 7)])
    ledger.post([movement(3)])
    _capital_acts_and_orders(ledger)
    wrong = ledger.capture(ITEM, event(action="OBSERVE"))
    ledger.mine()
    ledger.capture(ITEM, event(errorDeclaration={"reason": "x"}), corrects=wrong, keep=False)
    ledger.post([movement(4), movement(5, lot=1)])
    ledger.report(FEED, uint_word(3) + uint_word(SKU) + uint_word(3) + uint_word(1) + uint_word(50))
    ledger.mine()
    _readings(ledger)
    ledger.report(FEED, b"second")
    ledger.compare(2_600)
    ledger.agree(AGREEMENT, 7_000, hash_of_terms(PAGES))
    ledger.mine(following=None if alone else [Signer.make(seed, power=seed) for seed in range(3, 7)])
    ledger.settle_page(SESSION, 0, PAGES[0])
    ledger.compare(900)
    ledger.mine()
    rolling = bytes(32)
    for page in PAGES:
        rolling = keccak(rolling + keccak(page))
    brand = LOSS * 7 // 10 + (LOSS * 7 % 10 >= 5)
    figures = [LOSS, brand, LOSS - brand, 3]
    ledger.append(layout.SETTLEMENT, AGREEMENT, 1, SESSION + b"".join(map(uint_word, figures)) + rolling)
    ledger.settle_page(SESSION, 1, PAGES[1])
    ledger.mine()
    ledger.mine()
    return ledger


QUESTIONS: dict[str, dict[str, Any]] = {
    "raw-storage/1": {
        "address": "0x" + "4c4c000000000000000000000000000000000002",
        "slots": ["0x" + layout.place_slot(PLACE_GLN).hex(), "0x" + "ab" * 32],
    },
    "stock/2": {"brand": "7", "sku": CODE, "place": str(PLACE_GLN), "lot": LOT},
    "stock-lots/2": {"brand": "7", "sku": CODE, "place": str(PLACE_GLN), "first": "0", "limit": "62"},
    "sku-movements/2": {"brand": "7", "sku": CODE, "first": "2", "limit": "2"},
    "item-events/1": {"item": ITEM},
    "poster-batches/1": {"poster": HEX_POSTER, "lane": "0"},
    "movement/2": {"poster": HEX_POSTER, "lane": "0", "sequence": "0", "index": "3"},
    "settlement/1": {"agreement": "0x" + AGREEMENT.hex()},
    "settlement/2": {"agreement": "0x" + AGREEMENT.hex(), "first": "0", "limit": "1"},
    "reports/1": {"feed": "0x" + FEED.hex()},
    "reading/1": {
        "feed": "0x" + SENSOR_FEED.hex(),
        "sequence": "0",
        "device": "0x" + DEVICE.hex(),
        "time": str(READINGS[5][0]),
    },
    "transaction/1": {"hash": "0x"},
    "acts/1": {"contract": "Governance"},
    "acts/2": {"contract": "Governance"},
    "contract/1": {"name": layout.STOCK_LEDGER},
    "capital/1": {"brand": str(BRAND)},
    "capital/2": {"brand": str(BRAND)},
    "capital/3": {"brand": str(BRAND)},
    "place-accuracy/1": {"place": str(PLACE_GLN)},
    "place-accuracy/2": {"place": str(PLACE_GLN)},
    "place-accuracy/3": {"place": str(PLACE_GLN)},
    "sku-orders/1": {"brand": "7", "sku": CODE},
}


@dataclass(frozen=True)
class Case:
    """A question with its bundle and the anchor to check it with."""

    question: Question
    anchor: TrustAnchor
    bundle: dict[str, Any]

    def verify(self, bundle: dict[str, Any] | bytes | None = None, **options: Any) -> Verdict:
        data = bundle if isinstance(bundle, bytes) else encode_bundle(bundle or self.bundle)
        options = {"anchor": self.anchor, "question": self.question, "now": 1_700_000_100, **options}
        return verify(data, **options)


# Views that read a later version of contracts whose first one others read.
REPORTS_OF = {"capital/3": 2, "place-accuracy/2": 2, "place-accuracy/3": 3}


def ledger(form: int = 2, reports: int = 1) -> SimulatedLedger:
    """The ledger, with anchors and a Directory of this form: one of each."""
    return _ledger(form, reports)


def ledger_of(view: str, form: int = 2) -> SimulatedLedger:
    """The ledger whose contracts the view reads."""
    return ledger(form, REPORTS_OF.get(view, 1))


@functools.cache
def _ledger(form: int, reports: int) -> SimulatedLedger:
    return build(SimulatedLedger(form=form), reports)


@functools.cache
def case(view: str, form: int = 2) -> Case:
    """The bundle of the question above, from the genesis anchor on."""
    parameters = dict(QUESTIONS[view])
    if view == "transaction/1":
        parameters["hash"] = "0x" + keccak(ledger(form).execution.raw_transactions(2)[1]).hex()
    return ask(view, parameters, form=form)


def ask(view: str, parameters: dict[str, Any], height: int | None = None, form: int = 2) -> Case:
    """A bundle for any question."""
    question = Question.parse({"view": view, "parameters": parameters})
    made = ledger_of(view, form)
    bundle = made.prover().prove(question, height=height)
    return Case(question, made.anchor(0), json.loads(encode_bundle(bundle)))
