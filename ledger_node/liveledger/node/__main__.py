"""``python -m liveledger.node ROOT LEDGER NODE``: a background node without the weight of the command line."""

from __future__ import annotations

import faulthandler
import sys
from pathlib import Path

from liveledger.domain.errors import LiveLedgerError
from liveledger.domain.home import LedgerHome
from liveledger.domain.plain import printable
from liveledger.node.binaries import find_engines
from liveledger.node.control import run_node


def main(arguments: list[str]) -> int:
    """Runs one node until it is told to stop; the last line on stderr says why it could not."""
    # A crash of the interpreter itself leaves its stack in console.log.
    faulthandler.enable()
    root, ledger, index = arguments
    try:
        run_node(LedgerHome(Path(root), ledger), int(index), find_engines())
    except LiveLedgerError as error:
        sys.stderr.write(printable(f"{error.message}{f' ({error.hint})' if error.hint else ''}") + "\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
