"""The curve as a picture: time to final over movements a second, for docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.curve import LIMIT_SECONDS

_LINES = {
    "curve_1": ("1 validator", "#1f6f8b", "o"),
    "curve_4": ("4 validators", "#c05621", "s"),
}
_SIZE_INCHES = (8.0, 4.5)
# The same figures give the same bytes.
_FIXED = {"svg.hashsalt": "liveledger", "svg.fonttype": "path", "font.size": 11.0}


def draw(found: Mapping[str, Any], path: Path) -> None:
    """Writes an SVG: p99 as lines, p50 dashed, rates that were not carried as hollow marks."""
    with mpl.rc_context(_FIXED):
        figure = Figure(figsize=_SIZE_INCHES, layout="constrained", facecolor="white")
        axes = figure.add_subplot()
        for name, (label, colour, mark) in _LINES.items():
            points = [point for point in found[name]["points"] if point["p99_seconds"] is not None]
            rates = [point["movements_per_second"] for point in points]
            for share, style, width in (("p99", "-", 2.0), ("p50", "--", 1.2)):
                times = [point[f"{share}_seconds"] for point in points]
                axes.plot(rates, times, style, color=colour, linewidth=width, label=f"{label}, {share}")
            for rate, point in zip(rates, points, strict=True):
                face = colour if point["carried"] else "white"
                axes.plot([rate], [point["p99_seconds"]], mark, color=colour, markerfacecolor=face)
        axes.axhline(LIMIT_SECONDS, color="#555555", linewidth=1.0, linestyle=":", label=f"{LIMIT_SECONDS:g} s")
        axes.set(
            xlabel="movements a second", ylabel="seconds from acknowledged to final", ylim=(0, None), xlim=(0, None)
        )
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=9)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, format="svg", metadata={"Date": None})
