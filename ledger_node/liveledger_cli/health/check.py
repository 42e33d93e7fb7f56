"""``liveledger health check``: the evidence behind a report on capital beside the report that the ledger has."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from liveledger.domain.errors import NotFound, RuleViolation
from liveledger.domain.evidence import FORMAT, SALT_BYTES, Evidence, EvidenceRow
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.money import Fen
from liveledger.verifier import shape
from liveledger_cli.common.context import (
    read_limited,
)
from liveledger_cli.common.ledger_context import LedgerContext
from liveledger_cli.common.verified_queries import (
    MAX_AGE_SECONDS,
    How,
    MaxAgeOption,
    UnverifiedOption,
    as_asked,
    ask_page,
    tell,
)

MAX_EVIDENCE_BYTES = 64 << 20
_MAX_ROWS = 100_000
_MAX_DEPTH = 4
# As many reports as one page has.
_MAX_REPORTS = 10_000
_HEAD = ("brand", "period_from", "period_to", "clock", "at_block")
_SUMS = ("stock_value_fen", "revenue_fen")
_ROW = ("sku", "units", "unit_cost_fen", "sold", "unit_revenue_fen", "first", "last")


class EvidenceDiffers(RuleViolation):
    """The evidence does not give the root or the sums that it states, or that the ledger's report has."""

    code = "evidence-differs"


def check(
    here: LedgerContext,
    file: Annotated[Path, typer.Argument(help="Evidence, as `health report` wrote it", dir_okay=False)],
    unverified: UnverifiedOption = False,
    max_age: MaxAgeOption = MAX_AGE_SECONDS,
) -> None:
    """Check the evidence behind a report: its root and sums, and that the ledger has the report they belong to.

    Exit 1 when they differ, 3 when the ledger has no report with this root. Whether the prices are true, and the units,
    it does not say: units follow from the proven movements, prices from documents off the chain.
    """
    evidence = read_evidence(read_limited(file, MAX_EVIDENCE_BYTES))
    brand = {"brand": str(evidence.brand)}
    asked = (f"/capital/{evidence.brand}", "capital/3", brand, (None, _MAX_REPORTS))
    where = here.home
    found = ask_page(where, *asked, How(None, unverified, max_age))
    with as_asked():
        report = compare(evidence, found.answer["reports"])
    text = f"the evidence of {len(evidence.rows)} SKUs is that of report {report['index']}, block {report['block']}"
    shown = {"report": report, "rows": len(evidence.rows), "verdict": found.as_dict()["verdict"]}
    here.output.result(shown, text)
    tell(found, quiet=here.quiet)


def compare(evidence: Evidence, reports: list[dict[str, Any]]) -> dict[str, Any]:
    """The report that the evidence belongs to. Raises NotFound, EvidenceDiffers naming the field."""
    root = hex_bytes(evidence.root())
    fitting = (entry for entry in reversed(reports) if entry["evidence_root"] == root)
    report: dict[str, Any] | None = next(fitting, None)
    if report is None:
        raise NotFound(
            f"none of the brand's reports has the root {root}",
            hint="another clock, period, row or salt gives another root",
            code="no-such-report",
        )
    own = {name: value for name, value in evidence.as_dict().items() if name in (*_HEAD[1:3], "at_block", *_SUMS)}
    for name, value in own.items():
        if report[name] != value:
            raise EvidenceDiffers(f"{name} is {value} by the evidence and {report[name]} on the ledger", field=name)
    return report


def read_evidence(data: bytes) -> Evidence:
    """Reads the file. Raises Refusal for anything malformed, EvidenceDiffers when it contradicts itself."""
    shape.check_depth(data, _MAX_DEPTH)
    names = ("format", "salt", *_HEAD, *_SUMS, "root", "rows")
    entry = shape.fields(shape.parse_json(data, limit=MAX_EVIDENCE_BYTES), "evidence", names)
    if entry["format"] != FORMAT:
        raise shape.refuse(f"evidence.format is not {FORMAT}")
    if entry["clock"] not in ("fact", "block"):
        raise shape.refuse("evidence.clock is neither fact nor block")
    rows = shape.array(entry["rows"], "evidence.rows", _MAX_ROWS, _row)
    head = shape.hexadecimal(entry["salt"], "evidence.salt", SALT_BYTES)
    found = Evidence(
        shape.decimal(entry["brand"], "evidence.brand", 0xFFFF),
        shape.decimal(entry["period_from"], "evidence.period_from"),
        shape.decimal(entry["period_to"], "evidence.period_to"),
        entry["clock"],
        shape.decimal(entry["at_block"], "evidence.at_block"),
        tuple(row for _, row in rows),
        (head, *(salt for salt, _ in rows)),
    )
    own = found.as_dict()
    for name in (*_SUMS, "root"):
        if own[name] != entry[name]:
            raise EvidenceDiffers(f"{name} does not follow from the rows", field=name)
    return found


def _row(value: Any, where: str) -> tuple[bytes, EvidenceRow]:
    entry = shape.fields(value, where, ("salt", "row"))
    row = shape.fields(entry["row"], f"{where}.row", _ROW)
    sku, units, cost, sold, revenue, first, last = (shape.decimal(row[name], f"{where}.row.{name}") for name in _ROW)
    salt = shape.hexadecimal(entry["salt"], f"{where}.salt", SALT_BYTES)
    return salt, EvidenceRow(sku, units, Fen(cost), sold, Fen(revenue), first, last)
