"""Answers without proof: the same views that the prover and the verifier run, over node and index, unrecorded."""

from __future__ import annotations

from collections.abc import Sequence

from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.contracts.registry import Listed, active_of
from liveledger.domain.errors import NotFound, Unavailable
from liveledger.domain.hashing import keccak
from liveledger.domain.streams import Leaf, StreamHead, stream_slot
from liveledger.prover import extras
from liveledger.prover.ports import IndexPort, OffChain
from liveledger.verifier.disclosures import Disclosure
from liveledger.verifier.layout import STOCK_LEDGER
from liveledger.verifier.receipts import Log, Receipt
from liveledger.verifier.sections import Document, ReadingProof
from liveledger.verifier.source import Contract, Page, SensorBatch, StreamPage


class PlainSource:
    """Implements ``Source`` at block ``block``; ``place`` is the transaction's index, for views about one."""

    def __init__(
        self, ledger: Ledger, index: IndexPort, off_chain: OffChain, block: int, place: int | None = None
    ) -> None:
        self._ledger, self._index, self._off_chain = ledger, index, off_chain
        self._block, self._place = block, place

    @property
    def evm_chain_id(self) -> int:
        """Chain id inside the EVM."""
        return self._ledger.evm_chain_id

    @property
    def block_number(self) -> int:
        """The block that the answer holds at."""
        return self._block

    @property
    def block_time(self) -> int:
        """Time of that block (Unix seconds)."""
        return self._ledger.execution.block(self._block).time

    def contract(self, name: str, versions: tuple[int, ...] = (1,)) -> Contract:
        """The contract by the manifest, which was checked against the directory when the ledger was opened.

        A StockLedger that took over is none of an older block: that block's is asked of the directory. Raises NotFound
        when the view does not read its version.
        """
        entry = self._entry(name)
        if entry.version not in versions:
            raise NotFound(f"{name} has version {entry.version}, which this view does not read")
        return Contract(name, entry.target, entry.code_hash)

    def _entry(self, name: str) -> Listed:
        if name == STOCK_LEDGER and len(self._ledger.stock_line.addresses) > 1:
            listed = active_of(self._ledger, name, self._block)
            if listed is None:
                raise NotFound(f"no {name} is active after block {self._block}")
            return listed
        entry = self._ledger.manifest.entry(name)
        return Listed(entry.address, entry.version, entry.code_hash)

    def older(self, name: str, version: int, address: bytes) -> Contract:
        """A version that the active one says it took over from."""
        return Contract(f"{name}/{version}", address, keccak(self._ledger.execution.code(address, self._block)))

    def account(self, address: bytes) -> Contract:
        """Whatever stands at an address."""
        return Contract("Account", address, keccak(self._ledger.execution.code(address, self._block)))

    def slot(self, contract: Contract, slot: bytes) -> int | None:
        """A storage slot's value; None for zero."""
        return self._ledger.execution.storage(contract.address, slot, self._block) or None

    def leaves(self, contract: Contract, stream_id: bytes, page: Page, _begun: Sequence[Contract] = ()) -> StreamPage:
        """The page's leaves from the index. Raises Unavailable when it has not got as far as the chain."""
        head = StreamHead.from_word(self.slot(contract, stream_slot(stream_id)) or 0)
        if head is None or page.first >= head.count:
            return StreamPage(head.count if head else 0, ())
        end = page.end(head.count)
        leaves = tuple(self._index.leaves(contract.name.partition("/")[0], stream_id, page.first, end))
        if not leaves or leaves[-1].first_index + leaves[-1].n < end:
            raise Unavailable(f"the index has not reached block {self._block}", hint="ask again", retry_after=1)
        return StreamPage(head.count, leaves)

    def log(self, contract: Contract, topics: Sequence[bytes]) -> Log:
        """A log of the transaction at this block's ``place``. Raises NotFound."""
        log = self._receipt().find(contract.address, topics)
        if log is None:
            raise NotFound(f"block {self._block} holds no such log")
        return log

    def transaction(self, digest: bytes) -> tuple[int, int, Receipt]:
        """The transaction at this block's ``place``. Raises NotFound when it has another hash."""
        raw = self._ledger.execution.raw_transactions(self._block)
        place = self._require_place()
        if place >= len(raw) or keccak(raw[place]) != digest:
            raise NotFound(f"block {self._block} does not hold this transaction")
        return place, raw[place][0] if raw[place][0] < 0x80 else 0, self._receipt()

    def documents(self, digests: Sequence[bytes], /) -> Sequence[Document | None]:
        """The documents that this member holds."""
        return [extras.document(self._off_chain, digest) for digest in digests]

    def disclosures(self, digests: Sequence[bytes], /) -> Sequence[Disclosure | None]:
        """What this member holds of the events, and shows."""
        found = [extras.disclosure(self._off_chain, digest) for digest in digests]
        return [entry[1] if entry else None for entry in found]

    def payloads(self, contract: Contract, feed: bytes, leaves: Sequence[Leaf], /) -> Sequence[bytes]:
        """Payloads of reports out of their events."""
        return extras.report_payloads(self._ledger.execution, contract.address, feed, leaves)

    def inputs(self, contract: Contract, _agreement: bytes, leaves: Sequence[Leaf], /) -> Sequence[Sequence[bytes]]:
        """Inputs of settlements out of their events."""
        return [extras.settlement_inputs(self._ledger.execution, contract.address, leaf) for leaf in leaves]

    def reading(self, batch: SensorBatch, time: int, /) -> ReadingProof | None:
        """A reading out of the batch that this member holds."""
        return extras.reading(self._off_chain, batch, time)

    def _require_place(self) -> int:
        if self._place is None:
            raise NotFound("the ledger does not hold this transaction")
        return self._place

    def _receipt(self) -> Receipt:
        return Receipt.decode(self._ledger.execution.raw_receipts(self._block)[self._require_place()])
