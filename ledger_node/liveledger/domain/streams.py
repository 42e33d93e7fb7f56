"""Streams: one storage word of rolling head and count makes a list provably whole (docs/formats.md)."""

from __future__ import annotations

from dataclasses import dataclass

from liveledger.domain.hashing import address_word, keccak, mapping_slot, uint_word

DOMAIN = keccak(b"LiveLedger.Stream.v1")
LEAF_TYPE = keccak(b"LiveLedger.Leaf.v1")
HEAD_BYTES = 24
STREAMS_SLOT = (int.from_bytes(keccak(uint_word(int.from_bytes(keccak(b"liveledger.streams")) - 1))) & ~0xFF).to_bytes(
    32
)

# Stream id of the administrative acts in each contract of genesis that records them.
ACTS_STREAM = b"acts".ljust(32, b"\0")


@dataclass(frozen=True, slots=True)
class StreamHead:
    """Head (24 bytes) and count of a stream at one block."""

    head: bytes
    count: int

    @classmethod
    def from_word(cls, word: int) -> StreamHead | None:
        """Decodes a storage word; None for the word 0, a stream that has no entry."""
        if word == 0:
            return None
        return cls((word >> 64).to_bytes(HEAD_BYTES), word & 0xFFFF_FFFF_FFFF_FFFF)

    def word(self) -> int:
        """The storage word: head in the upper 192 bits, count in the lower 64."""
        return int.from_bytes(self.head) << 64 | self.count


@dataclass(frozen=True, slots=True)
class Leaf:
    """One leaf: ``n`` entries of one batch, with the block (number, Unix seconds) and the poster (20 bytes)."""

    first_index: int
    n: int
    block_number: int
    block_time: int
    poster: bytes
    payload: bytes

    def hash(self, stream_id: bytes) -> bytes:
        """The leaf's hash (32 bytes) in the stream ``stream_id`` (32 bytes)."""
        words = (self.first_index, self.n, self.block_number, self.block_time)
        return keccak(
            LEAF_TYPE + stream_id + b"".join(map(uint_word, words)) + address_word(self.poster) + keccak(self.payload)
        )


def initial_head(chain_id: int, contract: bytes, stream_id: bytes) -> bytes:
    """``head0``: the head (24 bytes) before the first leaf."""
    return keccak(DOMAIN + uint_word(chain_id) + address_word(contract) + stream_id)[:HEAD_BYTES]


def next_head(head: bytes, leaf_hash: bytes) -> bytes:
    """The head (24 bytes) after one more leaf."""
    return keccak(head + bytes(32 - HEAD_BYTES) + leaf_hash)[:HEAD_BYTES]


def stream_slot(stream_id: bytes) -> bytes:
    """Storage slot of the stream's word, the same in every contract that has streams."""
    return mapping_slot(stream_id, STREAMS_SLOT)


def sku_stream(sku: int) -> bytes:
    """Stream id of a SKU's movements in StockLedger."""
    return uint_word(sku | 1 << 248)


def poster_stream(poster: bytes, lane: int) -> bytes:
    """Stream id of a poster's batches on a lane in StockLedger."""
    return uint_word(int.from_bytes(poster) | lane << 160 | 2 << 248)


def item_stream(uri: str) -> bytes:
    """Stream id of an item's or lot's events in Provenance."""
    return keccak(uri.encode())


def return_stream(sku: int) -> bytes:
    """Stream id of a SKU's gradings in Returns."""
    return uint_word(sku | 3 << 248)


def brand_stream(brand: int) -> bytes:
    """Stream id of the reports on a brand's capital in StockHealth."""
    return uint_word(brand | 1 << 248)


def place_stream(place: int) -> bytes:
    """Stream id of a place's comparisons in Accuracy."""
    return uint_word(place | 1 << 248)
