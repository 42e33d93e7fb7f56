"""How views read StockLedger: one version alone, or with those before it, whose words it takes over one by one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from liveledger.domain.streams import stream_slot
from liveledger.verifier import layout
from liveledger.verifier.refusal import Code, Refusal, Step
from liveledger.verifier.source import Contract, Page, Source, StreamPage

_ADDRESS_BITS = 160


class StockReader(Protocol):
    """The words and streams of the StockLedger that is active."""

    @property
    def newest(self) -> Contract:
        """The active version."""

    def word(self, slot: bytes) -> int:
        """The word at a slot (32 bytes), 0 where there is none."""

    def leaves(self, stream_id: bytes, page: Page) -> StreamPage:
        """The stream's page, complete."""


class OneVersion:
    """A StockLedger of one of ``versions`` (step 7), and no other contract."""

    def __init__(self, versions: tuple[int, ...], source: Source) -> None:
        self._source, self.newest = source, source.contract(layout.STOCK_LEDGER, versions)

    def word(self, slot: bytes) -> int:
        """See ``StockReader``."""
        return self._source.slot(self.newest, slot) or 0

    def leaves(self, stream_id: bytes, page: Page) -> StreamPage:
        """See ``StockReader``."""
        return self._source.leaves(self.newest, stream_id, page)


class StockLine:
    """The active StockLedger (step 7), and those that it took over from, opened once a word is asked of them.

    What a version never wrote stands in the one before it.
    """

    def __init__(self, source: Source) -> None:
        self._source, self.newest = source, source.contract(layout.STOCK_LEDGER, layout.STOCK_LINE)
        self._ledgers = [self.newest]
        self._below = max(layout.STOCK_LINE)
        self._whole = False

    def word(self, slot: bytes) -> int:
        """The word at a slot, of the newest version that wrote it; 0 where none did."""
        for ledger in self._every():
            value = self._source.slot(ledger, slot)
            if value is not None:
                return 0 if value == layout.EMPTY_WORD else value
        return 0

    def leaves(self, stream_id: bytes, page: Page) -> StreamPage:
        """The stream's page: it goes on in the next version from where it ended in the one before."""
        ledgers = list(self._every())
        for position, ledger in enumerate(ledgers):
            if self._source.slot(ledger, stream_slot(stream_id)) is not None:
                return self._source.leaves(ledger, stream_id, page, ledgers[position + 1 :])
        return self._source.leaves(ledgers[0], stream_id, page)

    def _every(self) -> Iterator[Contract]:
        """The newest first."""
        position = 0
        while position < len(self._ledgers) or self._open_older():
            yield self._ledgers[position]
            position += 1

    def _open_older(self) -> bool:
        """Opens the version before the oldest that is open. False where there is none."""
        word = None if self._whole else self._source.slot(self._ledgers[-1], layout.predecessor_slot())
        if word is None:
            self._whole = True
            return False
        version, address = word >> _ADDRESS_BITS, (word & ((1 << _ADDRESS_BITS) - 1)).to_bytes(20)
        if version not in layout.STOCK_LINE or version >= self._below:
            sentence = f"{layout.STOCK_LEDGER} took over from version {version}, which this view does not read"
            raise Refusal(Step.CONTRACTS, Code.UNKNOWN_CONTRACT, sentence)
        self._ledgers.append(self._source.older(layout.STOCK_LEDGER, version, address))
        self._below = version
        return True
