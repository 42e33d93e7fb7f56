"""Archives the hashes of old blocks from this server: one of the members' servers lands a batch, others see it."""

from __future__ import annotations

from liveledger.chain.contracts.ledger import Ledger
from liveledger.services.block_hashes import Archiver
from liveledger_api.chain_access import ChainAccess
from liveledger_api.loops import Loop

# A batch takes a thousand blocks, and stays within reach for seven thousand.
SECONDS = 10.0


def archiving(ledger: Ledger, chain: ChainAccess, account: str) -> Loop:
    """The loop that archives what is missing with an account of this home, beside the node, which does so too.

    Where the account cannot, for there is no key or it is no member's, the loop says so; others archive the same, so
    this server is as ready as before.
    """
    return Loop("block-hashes", Archiver(ledger, lambda: chain.sender(account)).step, SECONDS)
