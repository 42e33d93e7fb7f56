"""A node on a machine whose clock is off: its ABCI application reads another time, and its votes carry another time.

Run as ``python -m tests.simulators.skewed_node ROOT LEDGER NODE BRIDGE_SECONDS VOTE_SECONDS``. The engines' own clock
cannot be moved without moving everybody's: CometBFT gets its votes from a remote signer (a process of its own) that
dates them, and everything else is the product.
"""

from __future__ import annotations

import functools
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from liveledger.consensus import clock
from liveledger.domain.home import LedgerHome
from liveledger.node import __main__ as entry
from liveledger.node import cometbft, stack
from tests.support.variants import ROOT

SOCKET = "signer.sock"
NO_SIGNER = 'priv_validator_laddr = ""'
SIGNER = "tests.simulators.skewed_signer"


class SkewedClock(clock.Clock):
    """This machine's clock, and some seconds."""

    def __init__(self, skew: float) -> None:
        self._skew = skew

    def now(self) -> float:
        """Seconds since the epoch, as this machine would have it."""
        return time.time() + self._skew


def write_config(home: Path, *arguments: Any, **options: Any) -> None:
    """The product's configuration, with the signer's socket in it."""
    _written(home, *arguments, **options)
    path = home / "config" / "config.toml"
    # Relative to the run folder: the path of a unix socket may have no more than 107 bytes.
    text = path.read_text()
    assert NO_SIGNER in text
    path.write_text(text.replace(NO_SIGNER, f'priv_validator_laddr = "unix://{SOCKET}"'))
    (home.parent / "run" / SOCKET).unlink(missing_ok=True)


_written = cometbft.write_config


def main(arguments: list[str]) -> int:
    """Starts the signer, then runs the node as the product does."""
    root, ledger, node, bridge_skew, vote_skew = arguments
    home = LedgerHome(Path(root), ledger).node(int(node))
    command = [sys.executable, "-m", SIGNER, SOCKET]
    key = home.cometbft / "config" / "priv_validator_key.json"
    environment = {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen([*command, str(key), vote_skew], cwd=home.run, env=environment) as signer:
        stack.Clock = functools.partial(SkewedClock, float(bridge_skew))  # type: ignore[assignment, attr-defined]
        cometbft.write_config = write_config
        try:
            return entry.main([root, ledger, node])
        finally:
            signer.kill()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
