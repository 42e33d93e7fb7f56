#!/usr/bin/env python3
"""Measures how long browsers take to verify an answer (docs/benchmarks.md): prints milliseconds and sizes.

    .venv/bin/python scripts/measure_browser.py                 # Chromium as it is and four times slower, Firefox
    .venv/bin/python scripts/measure_browser.py --json build/browsers.json

It makes the bundles anew (a simulated chain, real signatures), opens pages in browsers without a window, and leaves
nothing behind. ``first`` is the first verification in a new page, when nothing is compiled yet; ``again`` one that
follows on others; ``warmed`` the first one in a new page that ran the package's ``warm`` before, which took
``warming``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "scripts")]

from benchmarks.bundles import Timed, bundles  # noqa: E402

from tests.support.browsers import run  # noqa: E402

KINDS = ("first", "again", "warmed", "warming")
PROGRAM = ROOT / "tests" / "browsers" / "timing.js"
# How many times slower Chromium makes the processor: a phone of some years ago is about four times slower.
SLOWDOWNS = {"chromium": ("1", "4"), "firefox": ("1",)}


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path, help="a file for the figures")
    options = parser.parse_args()
    made = bundles()
    found: dict[str, Any] = {timed.name: {"about": timed.about, **sizes(timed), "milliseconds": {}} for timed in made}
    for browser, slowdowns in SLOWDOWNS.items():
        said = measured(browser, slowdowns, made)
        for row in said["rows"]:
            name = f"{said['version']}, {row['slowdown']} times slower" if row["slowdown"] != 1 else said["version"]
            found[row["name"]]["milliseconds"][name] = {kind: round(row[kind], 1) for kind in KINDS}
    sys.stdout.write("".join(lines(found)))
    if options.json:
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    return 0


def sizes(timed: Timed) -> dict[str, int]:
    """Bytes of a bundle, as it is and compressed, and how many signatures it has; it is verified on the way."""
    given = timed.given()
    timed.case.verify(now=given["now"])
    text = given["bundle"].encode()
    return {"bytes": len(text), "compressed": len(gzip.compress(text, 9)), "signatures": text.count(b'"signature":"0x')}


def measured(browser: str, slowdowns: tuple[str, ...], made: list[Timed]) -> dict[str, Any]:
    """What ``timing.js`` says of a browser."""
    given = json.dumps([timed.given() for timed in made])
    with tempfile.TemporaryDirectory(prefix="browser-") as folder:
        said: dict[str, Any] = json.loads(run(PROGRAM, browser, *slowdowns, folder=Path(folder), given=given))
    return said


def lines(found: dict[str, Any]) -> list[str]:
    """A line for each bundle and browser."""
    told = []
    for row in found.values():
        size = f"{row['bytes']:,} bytes ({row['compressed']:,} compressed), {row['signatures']} signatures"
        told.append(f"{row['about']}: {size}\n")
        for name, taken in row["milliseconds"].items():
            told.append(f"  {name}: {', '.join(f'{kind} {taken[kind]} ms' for kind in KINDS)}\n")
    return told


if __name__ == "__main__":
    sys.exit(main())
