"""What the demo plays: sizes, times and the agreement, in one place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from liveledger.domain.errors import ConfigurationError
from liveledger.domain.money import Bps

HALF = Bps(5_000)
SEVEN_TO_THREE = Bps(7_000)
# A wheel carries them; in a checkout they are at its root.
_PACKED = Path(__file__).resolve().parent / "examples"
EXAMPLES = _PACKED if _PACKED.is_dir() else Path(__file__).resolve().parents[3] / "examples"


@dataclass(frozen=True, slots=True)
class DemoSettings:
    """Sizes and times of a run. Times in seconds; prices: fen for one penny of the sample's prices."""

    examples: Path = EXAMPLES
    session_skus: int = 200
    training_skus: int = 800
    case_units: int = 12
    fen_per_penny: int = 10
    cost_share: Bps = HALF
    brand_share: Bps = SEVEN_TO_THREE
    session_lead: int = 7
    # What is posted after its end is not in its settlement; the demo has other work that takes as long.
    session_length: int = 15
    replay_windows: int = 2
    singles: int = 1_000
    singles_seconds: float = 12.0
    late_margin: int = 3600

    @property
    def sample(self) -> Path:
        """The fortnight's invoice lines."""
        return self._file("retail/online_retail_sample.csv.gz")

    @property
    def history(self) -> Path:
        """Daily sales before the fortnight."""
        return self._file("retail/daily_sales_history.csv.gz")

    @property
    def epcis(self) -> Path:
        """The EPCIS document."""
        return self._file("epcis/imported_cheese.jsonld")

    @property
    def readings(self) -> Path:
        """Simulated temperatures."""
        return self._file("sensors/simulated_cold_box.csv")

    def _file(self, name: str) -> Path:
        path = self.examples / name
        if not path.exists():
            raise ConfigurationError(f"{path} is missing", hint="name the examples folder of a clone with --examples")
        return path
