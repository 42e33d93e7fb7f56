"""What a vote asks of the transactions of a proposed block: objective facts of the state of the block before it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from liveledger.consensus.block_rules import Head, Refusal
from liveledger.consensus.engine_client import EngineRefused, EngineUnavailable
from liveledger.consensus.metrics import BridgeMetrics
from liveledger.consensus.pool.book import Book, Senders
from liveledger.consensus.pool.rules import forbidden, oversized, overweight, overworked
from liveledger.consensus.pool.transaction import BadTransaction, Transaction

# How long a vote may wait for the state, in seconds.
JUDGE_SECONDS = 4.0
# So many transactions are read before other work has its turn.
_AT_A_TIME = 64


class ProposalJudge:
    """Judges the transactions of blocks; what the pool has read already is not read again."""

    def __init__(self, book: Book, senders: Senders, metrics: BridgeMetrics) -> None:
        self._book = book
        self._senders = senders
        self._metrics = metrics
        # Gas limits of the newest block that kept the rules, together.
        self.gas = 0

    async def refuse(self, raws: Sequence[bytes], parent: Head) -> Refusal | None:
        """The first rule that a block of these transactions on ``parent`` breaks; trouble is a refusal as well."""
        if refusal := oversized(raws):
            return refusal
        try:
            async with asyncio.timeout(JUDGE_SECONDS):
                return await self._refuse(await self._read(raws), parent)
        except BadTransaction as trouble:
            return Refusal(trouble.reason, str(trouble))
        except TimeoutError:
            return Refusal("state-unavailable", f"the state was not read within {JUDGE_SECONDS} s")
        except (EngineUnavailable, EngineRefused) as trouble:
            return Refusal("state-unavailable", trouble.message)

    async def _read(self, raws: Sequence[bytes]) -> list[Transaction]:
        found = []
        for number, raw in enumerate(raws):
            found.append(self._senders.read(raw))
            if number % _AT_A_TIME == _AT_A_TIME - 1:
                await asyncio.sleep(0)
        return found

    async def _refuse(self, transactions: Sequence[Transaction], parent: Head) -> Refusal | None:
        self.gas = sum(transaction.gas for transaction in transactions)
        if not transactions:
            return None
        if refusal := overworked(transactions):
            return refusal
        scene = await self._book.turn(parent, {transaction.sender for transaction in transactions})
        shares = []
        for transaction in transactions:
            standing = self._book.standing(transaction.sender)
            if standing is None or standing.height != parent.number:
                return Refusal("state-unavailable", f"0x{transaction.sender.hex()} was not looked up")
            if refusal := forbidden(transaction, standing, scene.listed):
                return refusal
            shares.append((standing.organisation or 0, transaction.gas))
        refusal = overweight(shares, scene.share)
        for organisation, gas in shares if refusal is None else ():
            self._metrics.organisation_gas.labels(str(organisation)).inc(gas)
        return refusal
