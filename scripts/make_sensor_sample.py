"""Makes examples/sensors/simulated_cold_box.csv: a SIMULATED cold box of 2–8 °C that is left open once.

No device took these readings. Same seed, same bytes. Usage: ``python scripts/make_sensor_sample.py``.
"""

from __future__ import annotations

import math
import random
from pathlib import Path

READINGS = 288
STEP_MINUTES = 5
DOOR_OPEN = range(170, 182)
TARGET = Path("examples/sensors/simulated_cold_box.csv")


def temperatures(seed: int = 20111111) -> list[float]:
    """Degrees Celsius: the compressor's swing, noise, and an hour with the door open."""
    noise = random.Random(seed)
    values, warmth = [], 0.0
    for step in range(READINGS):
        warmth = warmth + (13.0 - warmth) * 0.12 if step in DOOR_OPEN else warmth * 0.72
        values.append(round(5.0 + 0.8 * math.sin(step / 4.5) + noise.gauss(0, 0.15) + warmth, 3))
    return values


def main() -> None:
    """Writes the file."""
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    rows = [f"{step * STEP_MINUTES},{value:.3f},simulated" for step, value in enumerate(temperatures())]
    TARGET.write_text("\n".join(["minute,celsius,origin", *rows]) + "\n")


if __name__ == "__main__":
    main()
