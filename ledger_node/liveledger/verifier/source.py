"""What a view may ask. The verifier answers from checked evidence, the prover from the chain, recording the evidence.

A view is written once against this interface, so that what is proven and what is checked cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from liveledger.domain.streams import Leaf
from liveledger.verifier.disclosures import Disclosure
from liveledger.verifier.receipts import Log, Receipt
from liveledger.verifier.sections import Document, ReadingProof


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract whose account and code were checked. An empty ``code_hash`` means that there is no account."""

    name: str
    address: bytes
    code_hash: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """Entries ``first`` … ``first + limit − 1`` of a stream; ``limit`` None means up to its end."""

    first: int = 0
    limit: int | None = None

    @property
    def whole(self) -> bool:
        """Whether the whole stream is asked for."""
        return self.first == 0 and self.limit is None

    def end(self, count: int) -> int:
        """Index behind the page's last entry in a stream of ``count`` entries."""
        return count if self.limit is None else min(self.first + self.limit, count)


@dataclass(frozen=True, slots=True)
class StreamPage:
    """Leaves that cover the page of a stream of ``count`` entries, whole and in order."""

    count: int
    leaves: tuple[Leaf, ...]


@dataclass(frozen=True, slots=True)
class SensorBatch:
    """What a feed's report says of a batch: the feed, its sequence number, device, root and count of readings."""

    feed: bytes
    sequence: int
    device: bytes
    root: bytes
    readings: int


class Source(Protocol):
    """Facts at one block. What cannot be had raises: a Refusal in the verifier, an error of the chain in the prover."""

    @property
    def evm_chain_id(self) -> int:
        """Chain id inside the EVM."""

    @property
    def block_number(self) -> int:
        """Number of the block that all answers hold at."""

    @property
    def block_time(self) -> int:
        """Time of that block (Unix seconds), which its contracts see as the present."""

    def contract(self, name: str, versions: tuple[int, ...] = (1,)) -> Contract:
        """The contract called ``name`` at this block; its version must be one whose layout the view knows."""

    def older(self, name: str, version: int, address: bytes) -> Contract:
        """Version ``version`` of ``name``, whatever became of it; the Directory must list it at ``address``.

        Its section is called ``NAME/VERSION``.
        """

    def account(self, address: bytes) -> Contract:
        """Whatever stands at ``address``; for views whose question names the address."""

    def slot(self, contract: Contract, slot: bytes) -> int | None:
        """Value of a storage slot (32 bytes), None where the trie has none."""

    def leaves(self, contract: Contract, stream_id: bytes, page: Page, begun: Sequence[Contract] = (), /) -> StreamPage:
        """The stream's page, complete. ``begun``: other contracts in which the stream may have begun."""

    def log(self, contract: Contract, topics: Sequence[bytes]) -> Log:
        """The log of a transaction that succeeded in this block."""

    def transaction(self, digest: bytes) -> tuple[int, int, Receipt]:
        """Position, type and receipt of the transaction with this hash in this block."""

    def documents(self, digests: Sequence[bytes], /) -> Sequence[Document | None]:
        """The documents of anchored event hashes, None where a document is erased."""

    def disclosures(self, digests: Sequence[bytes], /) -> Sequence[Disclosure | None]:
        """What is shown of the events with these hashes (version 2 of Provenance), None where nothing is."""

    def payloads(self, contract: Contract, feed: bytes, leaves: Sequence[Leaf], /) -> Sequence[bytes]:
        """The payload of each report."""

    def inputs(self, contract: Contract, agreement: bytes, leaves: Sequence[Leaf], /) -> Sequence[Sequence[bytes]]:
        """The input pages of each settlement of an agreement."""

    def reading(self, batch: SensorBatch, time: int, /) -> ReadingProof | None:
        """Place, value and audit path of the reading taken at ``time`` (Unix seconds) below a reported root."""


@dataclass(frozen=True, slots=True)
class Result:
    """A view's answer, and what it rests on beyond the block: sentences or None.

    ``lasting`` says that no later block can make the answer untrue.
    """

    answer: dict[str, Any]
    complete: str | None = None
    issuer: str | None = None
    lasting: bool = False
