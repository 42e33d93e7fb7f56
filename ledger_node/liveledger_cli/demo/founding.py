"""The trust anchor of a ledger that was made on this machine, by the program that asks for it."""

from __future__ import annotations

from liveledger.chain.rpc.connection import Connection
from liveledger.prover.anchors import export_anchor
from liveledger.prover.pending import when_verifiable


def trust_own_genesis(connection: Connection) -> str:
    """Writes the anchor of genesis into the ledger's home, and returns a sentence that says so.

    Only for who made that genesis a moment ago, with keys made here: nobody else's word is in it. Waits for block 1.
    """
    anchor = when_verifiable(lambda: export_anchor(connection, 0))
    file = connection.home.trust
    file.write_bytes(anchor.emit())
    fingerprint = f"{anchor.fingerprint()}  height {anchor.height}"
    return f"this machine founded {anchor.chain_id}: its genesis is trusted here ({file}), fingerprint {fingerprint}"
