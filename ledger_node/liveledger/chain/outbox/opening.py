"""The outbox of a ledger's home, opened for the chain that it belongs to."""

from __future__ import annotations

from liveledger.chain.outbox.outbox import Outbox
from liveledger.chain.rpc.connection import Connection


def open_outbox(connection: Connection) -> Outbox:
    """The outbox of the ledger's home, bound to its chain. Raises ConfigurationError when it belongs to another."""
    genesis = connection.execution.block_hash(0)
    return Outbox(connection.home.outbox, evm_chain_id=connection.evm_chain_id, genesis=genesis)
