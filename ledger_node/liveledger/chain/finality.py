"""When a block counts: final = its CometBFT commit was seen, verifiable = the next block's commit was seen."""

from __future__ import annotations

from liveledger.chain.connection import Connection


def final_height(connection: Connection) -> int:
    """The highest block whose commit was seen and that the execution engine has carried out.

    CometBFT stores a block together with the commit that it saw, before the application gets it: its store's height is
    final, and the execution engine follows within milliseconds.
    """
    return min(connection.comet.height(), connection.execution.block_number())


def verifiable_height(connection: Connection) -> int:
    """The highest block for which the commit of the next one was seen: the next header binds its execution header."""
    return min(connection.comet.height() - 1, connection.execution.block_number())
