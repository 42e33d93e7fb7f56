"""When a block counts: final = its CometBFT commit was seen, verifiable = the next block's commit was seen."""

from __future__ import annotations

import time

from liveledger.chain.rpc.connection import Connection
from liveledger.domain.errors import Unavailable

# An idle chain makes a block a second. One that is older than this is no present to judge anything by.
STALE_SECONDS = 60


class ChainBehind(Unavailable):
    """The newest final block here is old: the chain stands still, or this node catches up."""

    code = "chain-behind"


def final_height(connection: Connection) -> int:
    """The highest block whose commit was seen and that the execution engine has carried out.

    CometBFT stores a block together with the commit that it saw, before the application gets it: its store's height is
    final, and the execution engine follows within milliseconds.
    """
    return min(connection.comet.height(), connection.execution.block_number())


def verifiable_height(connection: Connection) -> int:
    """The highest block for which the commit of the next one was seen: the next header binds its execution header."""
    return min(connection.comet.height() - 1, connection.execution.block_number())


def recent_height(connection: Connection) -> int:
    """`final_height`, where its block is at most `STALE_SECONDS` old.

    What is tried on an old state is refused for good reasons of the past: a fact of today lies in its future, and what
    came since is unknown to it. Raises ChainBehind.
    """
    height = final_height(connection)
    age = time.time() - connection.execution.block(height).time
    if age > STALE_SECONDS:
        raise ChainBehind(
            f"the newest final block, {height}, is {age:.0f} s old",
            hint="the chain stands still, or this node catches up: try again (`liveledger node status`)",
            retry_after=1,
            block=height,
        )
    return height
