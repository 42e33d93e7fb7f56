"""A source that reads the chain for a view and keeps the evidence of all that the view saw."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from liveledger.chain.contracts.survey import require_known
from liveledger.domain.hashing import hex_bytes, keccak
from liveledger.domain.ordered_trie import prove_index
from liveledger.domain.streams import Leaf, StreamHead, stream_slot
from liveledger.prover import extras
from liveledger.prover.errors import NothingToProve, OtherVersion, PageTooLarge, ProofPending, TooFarBehind
from liveledger.prover.ports import ExecutionPort, IndexPort, OffChain
from liveledger.verifier import layout, listing, trie
from liveledger.verifier.anchor import TrustAnchor
from liveledger.verifier.disclosures import Disclosure
from liveledger.verifier.evidence import RAW_ACCOUNT
from liveledger.verifier.execution import Account, ExecutionHeader
from liveledger.verifier.receipts import Log, Receipt
from liveledger.verifier.sections import MAX_LEAVES, Document, ReadingProof
from liveledger.verifier.source import Contract, Page, SensorBatch, StreamPage

# Hashes behind a page that is proven at an older block: half of what a bundle may hold, so that the page has room.
_ENOUGH_LATER = MAX_LEAVES // 2


class Recorder:
    """Implements ``Source`` at block ``block``; ``sections`` is the evidence so far, in the JSON of form 1.

    ``nodes`` are the trie nodes that were used, by their hashes, and ``pages`` those of leaves, as form 2 has them.
    ``place`` is the transaction's index in the block, for views about one transaction.
    """

    def __init__(
        self,
        execution: ExecutionPort,
        index: IndexPort,
        off_chain: OffChain,
        anchor: TrustAnchor,
        block: int,
        place: int | None = None,
    ) -> None:
        self._execution, self._index, self._off_chain = execution, index, off_chain
        self._anchor, self._block, self._place = anchor, block, place
        self.sections: dict[str, Any] = {}
        self.pages: list[dict[str, Any]] = []
        self.nodes: dict[bytes, bytes] = {}

    @property
    def evm_chain_id(self) -> int:
        """Chain id inside the EVM."""
        return self._anchor.evm_chain_id

    @property
    def block_number(self) -> int:
        """The block that is proven."""
        return self._block

    @property
    def block_time(self) -> int:
        """Time of the block that is proven (Unix seconds)."""
        return ExecutionHeader.decode(self._execution.header_rlp(self._block)).time

    def contract(self, name: str, versions: tuple[int, ...] = (1,)) -> Contract:
        """The contract by the Directory, in form 1 those of genesis by the anchor; records the proofs of accounts."""
        if name == layout.DIRECTORY:
            _require_version(name, self._anchor.form, versions, self._block)
            return self._directory()
        if self._anchor.form == 1 and name in layout.GENESIS:
            pin = self._anchor.contracts.get(name)
            if pin is None:
                raise NothingToProve(f"the anchor does not name {name}", hint="use a newer anchor")
            return self._open(name, pin.address)
        try:
            pin = listing.find(self._anchor.form, partial(self.slot, self._directory()), name, self._block)
        except listing.NotListed as error:
            raise NothingToProve(f"at block {self._block} {error}", hint="run `liveledger deploy`") from None
        _require_version(name, pin.version, versions, self._block)
        return self._open(name, pin.address)

    def older(self, name: str, version: int, address: bytes) -> Contract:
        """A version by its number; records the proofs of its entry and its account."""
        try:
            entry = listing.Entry.read(partial(self.slot, self._directory()), name, version)
        except listing.NotListed as error:
            raise NothingToProve(f"at block {self._block} {error}") from None
        if self._anchor.form == 1 or entry is None or entry.address != address:
            raise NothingToProve(f"the directory does not list {name} {version}", hint="use an anchor of form 2")
        return self._open(f"{name}/{version}", address)

    def _directory(self) -> Contract:
        address = self._anchor.directory.address
        if layout.DIRECTORY in self._contracts():
            return Contract(layout.DIRECTORY, address, b"")
        return self._open(layout.DIRECTORY, address)

    def account(self, address: bytes) -> Contract:
        """Any account."""
        return self._open(RAW_ACCOUNT, address)

    def slot(self, contract: Contract, slot: bytes) -> int | None:
        """The slot's value; records its proof."""
        proof = self._execution.proof(contract.address, [slot], self._block).slots[0]
        self._contracts()[contract.name]["storage"].append(self._used(proof.nodes))
        return proof.value or None

    def leaves(self, contract: Contract, stream_id: bytes, page: Page, _begun: Sequence[Contract] = ()) -> StreamPage:
        """The page's leaves from the index; records them with all that follows up to this block's head."""
        # To the index a stream is one, whichever version of the contract it stands in.
        name = contract.name.partition("/")[0]
        head = StreamHead.from_word(self.slot(contract, stream_slot(stream_id)) or 0)
        if head is None or page.first >= head.count:
            self.sections["leaves"] = None
            return StreamPage(head.count if head else 0, ())
        leaves = tuple(self._index.leaves(name, stream_id, page.first, page.end(head.count)))
        if not leaves or leaves[-1].first_index + leaves[-1].n < page.end(head.count):
            raise ProofPending(f"the index has not reached block {self._block}")
        last = leaves[-1].first_index + leaves[-1].n
        self._require_near(name, stream_id, last, len(leaves))
        later = self._index.leaf_hashes(name, stream_id, last, head.count)
        if (last < head.count) != bool(later):
            raise ProofPending(f"the index has not reached block {self._block}")
        first = leaves[0].first_index
        self.sections["leaves"] = {
            "first": str(first),
            "head_before": hex_bytes(self._index.head_before(name, stream_id, first)),
            "page": [_leaf_json(leaf) for leaf in leaves],
            "later": list(map(hex_bytes, later)),
        }
        self.pages.append(self.sections["leaves"])
        return StreamPage(head.count, leaves)

    def _require_near(self, name: str, stream_id: bytes, last: int, page: int) -> None:
        """Requires that a bundle has room for the page's leaves and the hashes of all that follow, at this block."""
        if page > MAX_LEAVES:
            raise PageTooLarge(f"more than {MAX_LEAVES} leaves in the page")
        beyond = self._index.leaf_block(name, stream_id, last, MAX_LEAVES)
        if beyond is None or beyond > self._block:
            return
        near = self._index.leaf_block(name, stream_id, last, _ENOUGH_LATER)
        if near is None:
            raise AssertionError("a stream with more leaves has fewer")
        raise TooFarBehind(f"more than {MAX_LEAVES} leaves stand behind the page", block=near)

    def log(self, contract: Contract, topics: Sequence[bytes]) -> Log:
        """A log of the transaction at this block's ``place``; records the receipt's proof."""
        log = self._receipt().find(contract.address, topics)
        if log is None:
            raise NothingToProve(f"block {self._block} holds no such log")
        return log

    def transaction(self, digest: bytes) -> tuple[int, int, Receipt]:
        """The transaction with this hash; records its proof and its receipt's."""
        raw = self._execution.raw_transactions(self._block)
        place = self._require_place()
        if place >= len(raw) or keccak(raw[place]) != digest:
            raise NothingToProve(f"block {self._block} does not hold this transaction")
        self.sections["transaction"] = {"index": place, "nodes": self._used(prove_index(raw, place)[1])}
        return place, raw[place][0] if raw[place][0] < 0x80 else 0, self._receipt()

    def documents(self, digests: Sequence[bytes], /) -> Sequence[Document | None]:
        """The documents that are still there."""
        found = [extras.document(self._off_chain, digest) for digest in digests]
        self.sections["documents"] = [
            {"salt": hex_bytes(entry.salt), "event": entry.event} if entry else None for entry in found
        ]
        return found

    def disclosures(self, digests: Sequence[bytes], /) -> Sequence[Disclosure | None]:
        """What is kept here of the events, and may be shown."""
        found = [extras.disclosure(self._off_chain, digest) for digest in digests]
        self.sections["disclosures"] = [entry[0] if entry else None for entry in found]
        return [entry[1] if entry else None for entry in found]

    def payloads(self, contract: Contract, feed: bytes, leaves: Sequence[Leaf], /) -> Sequence[bytes]:
        """Payloads of reports out of their events."""
        found = extras.report_payloads(self._execution, contract.address, feed, leaves)
        self.sections["payloads"] = list(map(hex_bytes, found))
        return found

    def inputs(self, contract: Contract, _agreement: bytes, leaves: Sequence[Leaf], /) -> Sequence[Sequence[bytes]]:
        """Inputs of settlements out of their events."""
        found = [extras.settlement_inputs(self._execution, contract.address, leaf) for leaf in leaves]
        self.sections["inputs"] = [list(map(hex_bytes, pages)) for pages in found]
        return found

    def reading(self, batch: SensorBatch, time: int, /) -> ReadingProof | None:
        """A reading with its audit path."""
        proof = extras.reading(self._off_chain, batch, time)
        path = list(map(hex_bytes, proof.path))
        self.sections["reading"] = {"index": proof.index, "value": str(proof.value), "path": path}
        return proof

    def _used(self, nodes: Sequence[bytes]) -> list[str]:
        """Keeps the nodes of a proof, from the root down; gives them in hex."""
        for node in nodes:
            self.nodes.setdefault(keccak(node), node)
        return list(map(hex_bytes, nodes))

    def _contracts(self) -> dict[str, Any]:
        contracts: dict[str, Any] = self.sections.setdefault("contracts", {})
        return contracts

    def _open(self, name: str, address: bytes) -> Contract:
        nodes = self._execution.proof(address, [], self._block).account_nodes
        self._contracts()[name] = {"account": self._used(nodes), "storage": []}
        account = trie.prove(keccak(nodes[0]), keccak(address), nodes) if nodes else None
        return Contract(name, address, Account.decode(account).code_hash if account else b"")

    def _require_place(self) -> int:
        if self._place is None:
            raise NothingToProve("the ledger does not hold this transaction")
        return self._place

    def _receipt(self) -> Receipt:
        place = self._require_place()
        raw = self._execution.raw_receipts(self._block)
        self.sections["receipt"] = {"index": place, "nodes": self._used(prove_index(raw, place)[1])}
        return Receipt.decode(raw[place])


def _require_version(name: str, version: int, versions: tuple[int, ...], block: int) -> None:
    if version not in versions:
        require_known(name, version, block)
        raise OtherVersion(
            f"{name} has version {version} at block {block}",
            hint=f"the view reads version {' and '.join(map(str, versions))}: ask for its newer form",
        )


def _leaf_json(leaf: Leaf) -> dict[str, str]:
    return {
        "n": str(leaf.n),
        "block": str(leaf.block_number),
        "time": str(leaf.block_time),
        "poster": hex_bytes(leaf.poster),
        "payload": hex_bytes(leaf.payload),
    }
