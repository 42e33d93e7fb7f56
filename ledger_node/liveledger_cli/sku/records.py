"""Records of goods that are to be registered: their form, and what of them the ledger has otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from liveledger.chain.contracts.ledger import Ledger
from liveledger.domain import codes, gs1
from liveledger.domain.errors import InvalidInput
from liveledger.domain.times import day_text
from liveledger.domain.units import UNITS, unit_name
from liveledger.messages import fields as f
from liveledger.messages.bodies import Read, read_body
from liveledger.messages.checks import Check, Finding, Findings, record
from liveledger.messages.forms import Form
from liveledger.messages.lookups import Lookups, Wanted
from liveledger.messages.refusals import (
    LOOK_ALIKE,
    OTHER_EXPIRY,
    OTHER_GTIN,
    OTHER_UNIT,
    UNREADABLE_CODE,
    Refusal,
    in_order,
    refused,
    spot,
)
from liveledger.messages.rows import Columns
from liveledger.services.members import LotDraft, SkuDraft
from liveledger_cli.common.message_files import MessageFile

SKU_FIELDS, LOT_FIELDS = ("code", "gtin", "unit"), ("sku", "lot", "expiry")
MAX_RECORDS = 100_000
DEFAULT_UNIT = "EA"

_Draft = TypeVar("_Draft")
Codes = Callable[[str], Iterable[str]]
"""The registered codes: lots of a SKU by its code, SKUs of the brand for ""."""


@dataclass(frozen=True, slots=True)
class Record(Generic[_Draft]):
    """One record: its place in the file (from 0), its row in a table (the head is row 1), and what to register."""

    position: int
    row: int | None
    draft: _Draft

    @property
    def message_id(self) -> str:
        """Its place: goods have no message ids, what stands twice is told by `_repeated`."""
        return str(self.position)


class InvalidSku(InvalidInput):
    """A SKU cannot be registered as it stands; ``details["errors"]`` names every such record."""

    code = "invalid-sku"


class InvalidLot(InvalidInput):
    """A lot cannot be registered as it stands; ``details["errors"]`` names every such record."""

    code = "invalid-lot"


def read_skus(file: MessageFile) -> list[Record[SkuDraft]]:
    """The SKUs of a file. Raises InvalidSku for its bad records, and what `read_body` raises about the whole."""
    checks = (_name(f.MAX_CODE_BYTES, "a SKU's code"), f.optional(_gtin), f.optional(f.unit))
    check = record(dict(zip(SKU_FIELDS, checks, strict=True)), required=("code",))
    form = Form(check, _sku, Columns(SKU_FIELDS, lambda row: dict(row)), MAX_RECORDS, InvalidSku)
    return _read(file, form, lambda draft: ("code", (draft.code,)))


def read_lots(file: MessageFile) -> list[Record[LotDraft]]:
    """The lots of a file. Raises InvalidLot for its bad records, and what `read_body` raises about the whole."""
    checks = (f.sized_text(f.MAX_CODE_BYTES, "a SKU's code"), _name(f.MAX_LOT_BYTES, "a lot's code"), f.optional(f.day))
    check = record(dict(zip(LOT_FIELDS, checks, strict=True)), required=("sku", "lot"))
    form = Form(check, _lot, Columns(LOT_FIELDS, lambda row: dict(row)), MAX_RECORDS, InvalidLot)
    return _read(file, form, lambda draft: ("lot", (draft.sku, draft.code)))


def new_skus(ledger: Ledger, brand: int, records: Sequence[Record[SkuDraft]]) -> list[SkuDraft]:
    """What the ledger does not have yet. Raises InvalidSku for every SKU that it has with another GTIN or unit."""
    names, keys = Lookups(ledger), frozenset((brand, one.draft.code) for one in records)
    names.learn(Wanted(skus=keys, described_skus=keys))
    there = [one for one in records if names.sku(brand, one.draft.code) is not None]
    _require_none([_refusal(one, _other_sku(names, brand, one)) for one in there], InvalidSku)
    return [one.draft for one in records if names.sku(brand, one.draft.code) is None]


def new_lots(ledger: Ledger, brand: int, records: Sequence[Record[LotDraft]]) -> list[LotDraft]:
    """What the ledger does not have yet. Raises InvalidLot for an unknown SKU, and a lot with another expiry."""
    names, keys = Lookups(ledger), frozenset((brand, one.draft.sku, one.draft.code) for one in records)
    names.learn(Wanted(skus=frozenset(key[:2] for key in keys), lots=keys, described_lots=keys))
    _require_none([_refusal(one, _other_lot(names, brand, one)) for one in records], InvalidLot)
    return [one.draft for one in records if names.lot(brand, one.draft.sku, one.draft.code) is None]


def require_distinct_skus(records: Sequence[Record[SkuDraft]], fresh: Sequence[SkuDraft], there: Codes) -> None:
    """Raises InvalidSku for every fresh code that people may take for another one, of the ledger or of the file."""
    _require_distinct([(one, "code", "", one.draft.code) for one in _of(records, fresh)], there, InvalidSku)


def require_distinct_lots(records: Sequence[Record[LotDraft]], fresh: Sequence[LotDraft], there: Codes) -> None:
    """The same for lots among those of their SKU. Raises InvalidLot."""
    _require_distinct([(one, "lot", one.draft.sku, one.draft.code) for one in _of(records, fresh)], there, InvalidLot)


def _of(records: Sequence[Record[_Draft]], fresh: Sequence[_Draft]) -> list[Record[_Draft]]:
    wanted = set(map(id, fresh))
    return [one for one in records if id(one.draft) in wanted]


def _require_distinct(
    found: Sequence[tuple[Record[Any], str, str, str]], there: Codes, error: type[InvalidInput]
) -> None:
    """``found`` are records with the field of their code, what the code is unique in, and the code."""
    owners = sorted({owner for _, _, owner, _ in found})
    seen = {(owner, codes.skeleton(code)): code for owner in owners for code in there(owner)}
    refusals = []
    for one, field, owner, code in found:
        other = seen.setdefault((owner, codes.skeleton(code)), code)
        alike = f"{code[:40]!r} ({code[:40]!a}) looks like {other[:40]!r}" if other != code else codes.disguise(code)
        if alike is not None:
            refusals.append(_refusal(one, [Finding(f"/{one.position}/{field}", alike, LOOK_ALIKE)]))
    _require_none(refusals, error, hint="write it in the letters of the others, or register it with --allow-look-alike")


_Key = Callable[[_Draft], tuple[str, tuple[str, ...]]]
"""A draft's field that names it, and the codes that make it one of its kind."""


def _read(file: MessageFile, form: Form[Record[_Draft]], key: _Key[_Draft]) -> list[Record[_Draft]]:
    read: Read[Record[_Draft]] = Read([], [])
    for chunk in file.chunks(max(file.count, 1)):
        read = read_body(chunk.body, chunk.media_type, form, partial=True)
    if not read.messages and not read.refusals:
        raise form.error("there is no record", hint=f"fields are {', '.join(form.columns.names)}")
    _require_none([*read.refusals, *_repeated(read.messages, key)], form.error)
    return read.messages


def _repeated(records: Sequence[Record[_Draft]], key: _Key[_Draft]) -> Iterator[Refusal]:
    """What stands twice may differ in the rest: none of the two is more right than the other."""
    first: dict[tuple[str, ...], Record[_Draft]] = {}
    for one in records:
        name, codes = key(one.draft)
        earlier = first.setdefault(codes, one)
        if earlier is not one:
            text = f"{codes[-1]!r} stands in {spot(earlier.position, earlier.row)} already"
            yield _refusal(one, [Finding(f"/{one.position}/{name}", text)])


def _refusal(one: Record[Any], findings: Sequence[Finding]) -> Refusal:
    return Refusal(one.position, one.row, tuple(findings))


def _require_none(refusals: Sequence[Refusal], error: type[InvalidInput], *, hint: str = "") -> None:
    """Raises the error that names all records of which something was found."""
    found = sorted((one for one in refusals if one.findings), key=lambda one: one.position)
    if found:
        raised = refused(found, error)
        raised.details["errors"] = in_order(found)
        raised.hint = hint or raised.hint
        raise raised


def _name(most: int, what: str) -> Check:
    """A code of at most ``most`` bytes: it stays for ever, so what nobody can see or type in it is a mistake."""
    sized = f.sized_text(most, what)

    def check(value: Any, findings: Findings) -> None:
        sized(value, findings)
        reason = codes.flaw(value) if isinstance(value, str) else None
        if reason is not None:
            findings.add(reason, UNREADABLE_CODE)

    return check


def _gtin(value: Any, findings: Findings) -> None:
    before = len(findings.found)
    f.gtin(value, findings)
    if len(findings.found) == before and not int(value):
        findings.add("a GTIN of zeros is none: leave it empty")


def _sku(position: int, row: int | None, value: dict[str, Any]) -> Record[SkuDraft]:
    gtin = int(gs1.gtin14(value["gtin"])) if value.get("gtin") else 0
    return Record(position, row, SkuDraft(value["code"], gtin, UNITS[value.get("unit") or DEFAULT_UNIT]))


def _lot(position: int, row: int | None, value: dict[str, Any]) -> Record[LotDraft]:
    expiry = int((value.get("expiry") or "0").replace("-", ""))
    return Record(position, row, LotDraft(value["sku"], value["lot"], expiry))


def _other_sku(names: Lookups, brand: int, one: Record[SkuDraft]) -> list[Finding]:
    draft, number = one.draft, names.sku(brand, one.draft.code)
    found = []
    if number is not None and names.gtin(number) != draft.gtin:
        text = f"the ledger has {draft.code!r} with {_gtin_words(names.gtin(number))}, not {_gtin_words(draft.gtin)}"
        found.append(Finding(f"/{one.position}/gtin", text, OTHER_GTIN))
    if number is not None and names.unit(number) != draft.unit:
        text = f"the SKU {draft.code!r} is counted in {unit_name(names.unit(number))}, not in {unit_name(draft.unit)}"
        found.append(Finding(f"/{one.position}/unit", text, OTHER_UNIT))
    return found


def _other_lot(names: Lookups, brand: int, one: Record[LotDraft]) -> list[Finding]:
    draft, sku = one.draft, names.sku(brand, one.draft.sku)
    if sku is None:
        return [Finding(f"/{one.position}/sku", f"the ledger knows no SKU {draft.sku!r} of brand {brand}")]
    lot = names.lot(brand, draft.sku, draft.code)
    if lot is None or names.expiry(sku, lot) == draft.expiry:
        return []
    text = f"the ledger has the lot {draft.code!r} with {_day(names.expiry(sku, lot))}, not {_day(draft.expiry)}"
    return [Finding(f"/{one.position}/expiry", text, OTHER_EXPIRY)]


def _gtin_words(number: int) -> str:
    return f"the GTIN {gs1.gtin_text(number)}" if number else "no GTIN"


def _day(expiry: int) -> str:
    day = day_text(expiry)
    return f"the expiry {day}" if day else "no expiry"
