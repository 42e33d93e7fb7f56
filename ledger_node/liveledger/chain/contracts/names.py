"""What the ledger's own numbers stand for: codes of SKUs, GLNs of places and organisations, owners of accounts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import structlog

from liveledger.bindings import consortium, stock_ledger
from liveledger.bindings.constants import CONSORTIUM_ADDRESS
from liveledger.chain.contracts.registry import active_of
from liveledger.chain.contracts.succession import StockLine, read_line
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.errors import LiveLedgerError
from liveledger.domain.gs1 import gln_text
from liveledger.domain.hashing import uint_word
from liveledger.domain.member_words import gln_of, organisation_of
from liveledger.rules.sentences.words import Names

# What was asked is remembered: codes and GLNs never change. Beyond so many nothing more is.
_MOST_KNOWN = 10_000

log = structlog.get_logger("liveledger.chain.contracts.names")


class LedgerNames(Names):
    """Names asked of the chain, when they are needed. What the node does not tell is said as a number.

    A name is part of an error's text: that the node is away must not hide the error itself.
    """

    def __init__(self, connection: Connection, stock: Callable[[], StockLine] | None = None) -> None:
        """``stock`` gives the ledger's StockLedgers where they are known; the directory is asked otherwise."""
        self._connection = connection
        self._stock = stock
        self._known: dict[tuple[str, int | bytes], str] = {}

    def sku(self, number: int) -> str:
        """The brand's code of the SKU."""
        return self._name("sku", number, lambda: self._code(number), super().sku(number))

    def place(self, number: int) -> str:
        """The place's GLN."""
        plain = super().place(number)
        return self._name("place", number, lambda: self._place_gln(number), plain) if number else plain

    def organisation(self, number: int) -> str:
        """The organisation's number and GLN."""
        plain = super().organisation(number)
        return self._name("organisation", number, lambda: self._organisation_gln(number), plain)

    def account(self, address: bytes) -> str:
        """The address, and whose account it is."""
        plain = super().account(address)
        return self._name("account", address, lambda: self._owner(address), plain)

    def _name(self, what: str, number: int | bytes, ask: Callable[[], str], plain: str) -> str:
        known = self._known.get((what, number))
        if known is not None:
            return known
        try:
            found = ask()
        except LiveLedgerError as trouble:
            log.info("no-name", what=what, number=plain, reason=trouble.message)
            return plain
        if found and len(self._known) < _MOST_KNOWN:
            self._known[what, number] = found
        return found or plain

    def _ask(self, to: bytes, call: bytes) -> bytes:
        return self._connection.execution.call(to, call, final_height(self._connection))

    def _code(self, number: int) -> str:
        """The code is in the event of the registration alone."""
        height = final_height(self._connection)
        topics = [stock_ledger.SkuRegisteredEvent.TOPIC, uint_word(number)]
        ledgers = self._stock_ledgers(height)
        for event in self._connection.execution.logs(0, height, ledgers, topics) if ledgers else ():
            return stock_ledger.SkuRegisteredEvent.decode(event.topics, event.data).code
        return ""

    def _stock_ledgers(self, height: int) -> Sequence[bytes]:
        """All that there were: a SKU was registered at one of them."""
        if self._stock is not None:
            return self._stock().addresses
        listed = active_of(self._connection, stock_ledger.NAME, height)
        return read_line(self._connection, listed.target, height).addresses if listed else ()

    def _place_gln(self, number: int) -> str:
        word = int.from_bytes(self._ask(CONSORTIUM_ADDRESS, consortium.PlaceOf(number).calldata()))
        return gln_text(gln_of(word)) if word else ""

    def _organisation_gln(self, number: int) -> str:
        answer = self._ask(CONSORTIUM_ADDRESS, consortium.OrganisationOf(number).calldata())
        gln = consortium.decode_organisation_of(answer).gln
        return f"organisation {number} (GLN {gln_text(gln)})" if gln else ""

    def _owner(self, address: bytes) -> str:
        word = int.from_bytes(self._ask(CONSORTIUM_ADDRESS, consortium.MemberOf(address).calldata()))
        owner = organisation_of(word)
        return f"{super().account(address)} of {self.organisation(owner)}" if owner else ""
