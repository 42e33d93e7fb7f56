"""A node that is the product in all but this: one in five of the transactions that peers tell it is lost on the way.

Run as ``python -m tests.simulators.forgetful_bridge ROOT LEDGER NODE``. ``lost`` in the node's run folder has a line
for each. CometBFT's connections lose nothing, but it gives up what a full queue does not take, and tells nobody.
"""

from __future__ import annotations

import random
import sys
from pathlib import Path
from typing import Any

from liveledger.consensus._abci.tendermint.abci import types_pb2 as abci
from liveledger.consensus.application import Application
from liveledger.consensus.pool.waiting import RETRY
from liveledger.node import __main__ as entry
from liveledger.node import stack

LOST_OF = 5


class ForgetfulApplication(Application):
    """Answers as if the message had never come: CometBFT forgets the bytes, so that they may be told again."""

    async def insert_tx(self, request: Any) -> Any:
        """Nothing of it is kept, one time in five."""
        if random.randrange(LOST_OF) == 0:
            with Path("lost").open("a") as lost:
                lost.write("1\n")
            return abci.ResponseInsertTx(code=RETRY)
        return await super().insert_tx(request)


if __name__ == "__main__":
    stack.Application = ForgetfulApplication  # type: ignore[attr-defined]
    sys.exit(entry.main(sys.argv[1:]))
