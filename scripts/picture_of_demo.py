#!/usr/bin/env python3
"""Draws the end of the demo, as README shows it, out of its report.

liveledger demo --json > build/demo.json
.venv/bin/python scripts/picture_of_demo.py build/demo.json docs/demo.svg
"""

from __future__ import annotations

import io
import json
import re
import sys
from pathlib import Path

from rich.console import Console

from liveledger_cli.demo.outcome import print_report

COLUMNS = 118
# rich's own form loads its font from elsewhere; a picture of ours stands alone.
FONT = re.compile(r"@font-face \{.*?\}", re.DOTALL)


def main() -> int:
    """Writes the picture; 2 when called another way."""
    if len(sys.argv) != 3:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), highlight=False, force_terminal=True)
    print_report(console, json.loads(Path(sys.argv[1]).read_text()))
    picture = console.export_svg(title="make demo", unique_id="demo")
    Path(sys.argv[2]).write_text(FONT.sub("", picture).replace("Fira Code", "ui-monospace") + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
