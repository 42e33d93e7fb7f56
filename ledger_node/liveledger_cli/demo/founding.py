"""The trust anchor of a ledger that was made on this machine, by the program that asks for it."""

from __future__ import annotations

import time

from liveledger.chain.rpc.connection import Connection
from liveledger.prover.anchors import export_anchor
from liveledger.prover.errors import ProofPending


def trust_own_genesis(connection: Connection) -> str:
    """Writes the anchor of genesis into the ledger's home, and returns a sentence that says so.

    Only for who made that genesis a moment ago, with keys made here: nobody else's word is in it. Waits for block 1.
    """
    while True:
        try:
            anchor = export_anchor(connection, 0)
        except ProofPending as pending:
            time.sleep(pending.retry_after)
        else:
            break
    file = connection.home.trust
    file.write_bytes(anchor.emit())
    fingerprint = f"{anchor.fingerprint()}  height {anchor.height}"
    return f"this machine founded {anchor.chain_id}: its genesis is trusted here ({file}), fingerprint {fingerprint}"
