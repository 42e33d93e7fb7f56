"""Archives the hashes of old blocks from this server: one of the members' servers lands a batch, others see it."""

from __future__ import annotations

from liveledger.chain.contracts.ledger import Ledger
from liveledger.services.block_hashes import Archiver
from liveledger_api.chain_access import ChainAccess
from liveledger_api.loops import Loop
from liveledger_api.metrics import ApiMetrics

# A batch takes a thousand blocks, and stays within reach for seven thousand.
SECONDS = 10.0


def archiving(ledger: Ledger, chain: ChainAccess, account: str, metrics: ApiMetrics) -> Loop:
    """The loop that archives what is missing with an account of this home.

    Where the account cannot, for there is no key or it is no member's, the loop says so; others archive the same, so
    this server is as ready as before.
    """
    archiver = Archiver(ledger, lambda: chain.sender(account))

    def step() -> None:
        try:
            archiver.step()
        finally:
            metrics.batches_missing.set(archiver.missing)

    return Loop("block-hashes", step, SECONDS)
