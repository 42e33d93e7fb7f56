"""A node that is the product in all but this: it tells its peers what no pool takes, as fast as it is asked.

Run as ``python -m tests.simulators.talkative_bridge ROOT LEDGER NODE``. ``flood`` in the node's run folder has one a
line, in hex; they are told in turn, again and again. ``told`` has a line for each hundred.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from liveledger.consensus.application import Application
from liveledger.node import __main__ as entry
from liveledger.node import stack

AT_ONCE = 100


class TalkativeApplication(Application):
    """Tells what it has to tell, and the flood."""

    _flood: Iterator[bytes] | None = None

    async def reap_txs(self, request: Any) -> Any:
        """The pool's own, and the next of the flood."""
        answer = await super().reap_txs(request)
        if self._flood is None and Path("flood").exists():
            self._flood = itertools.cycle([bytes.fromhex(line) for line in Path("flood").read_text().split()])
        if self._flood is not None:
            answer.txs.extend(itertools.islice(self._flood, AT_ONCE))
            with Path("told").open("a") as told:
                told.write("1\n")
        return answer


if __name__ == "__main__":
    stack.Application = TalkativeApplication  # type: ignore[attr-defined]
    sys.exit(entry.main(sys.argv[1:]))
