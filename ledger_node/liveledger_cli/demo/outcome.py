"""What a run showed: one object for machines, one table for people, and whether all checks hold."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from liveledger.domain.money import Fen, yuan_text
from liveledger_cli.demo.asking import Checked, Lie
from liveledger_cli.demo.offline import Isolation
from liveledger_cli.demo.play import Played
from liveledger_cli.demo.prepare import Prepared
from liveledger_cli.demo.retail import Odd
from liveledger_cli.demo.state import Run

KINDS_WANTED = 3
LATE_CODE = "ReportTooLate"


def checks_of(prepared: Prepared, played: Played, checked: list[Checked], lies: list[Lie]) -> dict[str, bool]:
    """Every promise that the demo makes, and whether it held."""
    settled, fortnight = played.settled, prepared.fortnight
    kinds = {entry.view for entry in checked if entry.holds}
    return {
        "every invoice line is a movement or accounted for": fortnight.lines
        == len(fortnight.facts) + sum(fortnight.odd.values()),
        "the ledger's counters hold every movement exactly once": played.added == played.expected,
        "a late forecast was refused": played.late_code == LATE_CODE,
        "brand and supplier add up to the loss": settled.brand + settled.supplier == settled.loss,
        "the supplier's share was paid": settled.paid == settled.supplier == settled.received,
        "the excursion raised an alert": played.box.alert.level > 0,
        f"at least {KINDS_WANTED} kinds of bundle were proven": len(kinds) >= KINDS_WANTED,
        "every answer was proven offline and is the one that must come": all(entry.holds for entry in checked),
        "every tampered bundle was refused, by name": len(lies) > 0 and all(lie.holds for lie in lies),
    }


def report_of(
    run: Run,
    prepared: Prepared,
    played: Played,
    checked: list[Checked],
    lies: list[Lie],
    isolation: Isolation,
) -> dict[str, Any]:
    """The run as one JSON object; ``ok`` is whether all checks hold."""
    checks = checks_of(prepared, played, checked, lies)
    fortnight = prepared.fortnight
    return {
        "ok": all(checks.values()),
        "run": run.number,
        "checks": checks,
        "sample": {
            "lines": fortnight.lines,
            "movements": len(fortnight.facts),
            "products": len(fortnight.codes),
            "kinds": fortnight.kinds,
            "odd": {name: {"lines": n, "why": _why(name)} for name, n in fortnight.odd.items()},
        },
        "throughput": run.steps["replay"],
        "finality": run.steps["singles"],
        "forecast": {"session_skus": len(prepared.items), "scores": prepared.scores, "late_code": played.late_code},
        "settlement": played.settled.figures(),
        "counters_added": asdict(played.added),
        "epcis": asdict(played.captured),
        "sensors": played.box.figures(),
        "isolation": {"network_cut": isolation.effective, "how": isolation.sentence},
        "bundles": [entry.figures() for entry in checked],
        "tampered": [lie.figures() for lie in lies],
    }


def _why(odd: str) -> str:
    return str(Odd[odd.upper().replace("-", "_")].value)


def print_report(console: Console, report: dict[str, Any]) -> None:
    """The report for a person."""
    table = Table(show_header=False, title=f"LiveLedger demo, run {report['run']}", title_justify="left")
    table.add_column(no_wrap=True)
    table.add_column()
    for name, value in _rows(report):
        table.add_row(name, value)
    console.print(table)
    for name, holds in report["checks"].items():
        console.print(f"  {'ok ' if holds else 'NO '} {name}", markup=False)


def _rows(report: dict[str, Any]) -> list[tuple[str, str]]:
    throughput, finality, settled = report["throughput"], report["finality"], report["settlement"]
    xgboost, base = (report["forecast"]["scores"][name]["sku_window"] for name in ("xgboost", "same_weekday_mean"))
    gas = throughput["gas_per_movement"], finality["gas_per_single_movement"]
    yuan = {name: yuan_text(Fen(int(settled[f"{name}_fen"]))) for name in ("loss", "brand", "supplier", "paid")}
    return [
        ("movements a second, submitted to indexed", f"{throughput['movements_per_second']:,}"),
        ("finality p50 / p99", f"{finality['finality_p50_seconds']} s / {finality['finality_p99_seconds']} s"),
        (
            "gas a movement (batches / singles)",
            f"{gas[0]:,} / {gas[1]:,}",
        ),
        ("bundle bytes", ", ".join(f"{b['name']} {b['bundle_bytes']:,}" for b in report["bundles"])),
        ("verify time", ", ".join(f"{b['name']} {b['verify_ms']} ms" for b in report["bundles"])),
        ("verified", report["isolation"]["how"]),
        ("tampered bundles", ", ".join(f"{t['name']}: {t['code'] or 'ACCEPTED'}" for t in report["tampered"])),
        ("forecast WAPE (bias)", f"{xgboost['wape']:.1%} ({xgboost['bias']:+.1%})"),
        ("base line WAPE (bias)", f"{base['wape']:.1%} ({base['bias']:+.1%})"),
        ("late forecast", f"refused: {report['forecast']['late_code']}"),
        (
            "settlement",
            f"loss {yuan['loss']} = brand {yuan['brand']} + supplier {yuan['supplier']}; paid {yuan['paid']}",
        ),
        ("invoice lines", f"{report['sample']['lines']:,}, of which {report['sample']['movements']:,} move goods"),
        ("cold box (simulated)", f"{report['sensors']['readings']} readings, alert: {report['sensors']['alert']}"),
        ("seconds", str(report["seconds"])),
    ]
