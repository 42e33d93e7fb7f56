"""From the words of members to the numbers of the ledger: SKU codes, lots' codes, GLNs of places and organisations."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from liveledger.bindings import consortium, stock_ledger
from liveledger.bindings.constants import CONSORTIUM_ADDRESS
from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.rpc.finality import final_height
from liveledger.chain.rpc.view_words import view_words
from liveledger.domain.member_words import organisation_of
from liveledger.messages.submitter_authorisation import is_active
from liveledger.verifier import layout

SkuKey = tuple[int, str]
LotKey = tuple[int, str, str]
_Key = TypeVar("_Key")
_EXPIRY_BITS = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request names; of what is ``described``, unit, GTIN or expiry matter as well.

    SKUs are (brand, code), lots (brand, code, lot), places and organisations GLNs, accounts addresses (20 bytes).
    """

    skus: frozenset[SkuKey] = frozenset()
    described_skus: frozenset[SkuKey] = frozenset()
    lots: frozenset[LotKey] = frozenset()
    described_lots: frozenset[LotKey] = frozenset()
    places: frozenset[int] = frozenset()
    organisations: frozenset[int] = frozenset()
    accounts: frozenset[bytes] = frozenset()


@dataclass(slots=True)
class _Known:
    """What was found once; none of it ever changes, but for ``accounts``, which every request asks for anew."""

    skus: dict[SkuKey, int] = field(default_factory=dict)
    sku_infos: dict[int, int] = field(default_factory=dict)
    lots: dict[LotKey, int] = field(default_factory=dict)
    lot_infos: dict[tuple[int, int], int] = field(default_factory=dict)
    places: dict[int, int] = field(default_factory=dict)
    organisations: dict[int, int] = field(default_factory=dict)
    accounts: dict[bytes, int] = field(default_factory=dict)


class Lookups:
    """Asks the contracts at the newest final block, one block for all of a request, and keeps what it found."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._known = _Known()

    def learn(self, wanted: Wanted) -> None:
        """Looks up what is not known yet; what the ledger does not know either stays unknown. Raises Unavailable."""
        known, ask = self._known, _Asking(self._ledger)
        stock = self._ledger.manifest.address(stock_ledger.NAME)
        ask.into(known.skus, wanted.skus, stock, lambda key: stock_ledger.SkuByCode(*key))
        ask.into(known.places, wanted.places, CONSORTIUM_ADDRESS, consortium.PlaceByGln)
        ask.into(known.organisations, wanted.organisations, CONSORTIUM_ADDRESS, consortium.OrganisationByGln)
        ask.anew(known.accounts, wanted.accounts, CONSORTIUM_ADDRESS, consortium.MemberOf)
        numbers = {known.skus[key] for key in wanted.described_skus if key in known.skus}
        ask.into(known.sku_infos, numbers, stock, stock_ledger.SkuInfo)
        lots = [key for key in wanted.lots | wanted.described_lots if key[:2] in known.skus]
        ask.into(known.lots, lots, stock, lambda key: stock_ledger.LotByCode(known.skus[key[:2]], key[2]))
        pairs = {
            (known.skus[key[:2]], known.lots[key]) for key in wanted.described_lots if known.lots.get(key) is not None
        }
        ask.into(known.lot_infos, pairs, stock, lambda pair: stock_ledger.LotInfo(*pair))

    def sku(self, brand: int, code: str) -> int | None:
        """Number of a SKU; None when the ledger has none."""
        return self._known.skus.get((brand, code))

    def unit(self, sku: int) -> int:
        """The code of a described SKU's unit."""
        return layout.unit_of(self._known.sku_infos[sku])

    def gtin(self, sku: int) -> int:
        """A described SKU's GTIN; 0 when it has none."""
        return layout.gtin_of(self._known.sku_infos[sku])

    def lot(self, brand: int, code: str, lot: str) -> int | None:
        """Number of a SKU's lot; None when the ledger has none."""
        return self._known.lots.get((brand, code, lot))

    def expiry(self, sku: int, lot: int) -> int:
        """A described lot's expiry date as YYYYMMDD; 0 when it has none."""
        return self._known.lot_infos[sku, lot] & _EXPIRY_BITS

    def place(self, gln: int) -> int | None:
        """Number of a place; None when the ledger has none."""
        return self._known.places.get(gln)

    def organisation(self, gln: int) -> int | None:
        """Number of an organisation; None when the ledger has none."""
        return self._known.organisations.get(gln)

    def organisation_of(self, account: bytes) -> int | None:
        """Number of an account's organisation; None when the account is no member's, or not active."""
        word = self._known.accounts.get(account, 0)
        return organisation_of(word) if is_active(word) else None


class _Asking:
    """Questions of one request, all at the block that was the newest final one at the first of them."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._block: int | None = None

    def into(self, known: dict[_Key, int], wanted: Iterable[_Key], to: bytes, call: Callable[[_Key], Any]) -> None:
        """Puts the words of what is not known yet into ``known``; a word of zero is nothing that is there."""
        missing = sorted(set(wanted) - known.keys())  # type: ignore[type-var]
        numbers = self._words(to, [call(key).calldata() for key in missing])
        known.update({key: found for key, found in zip(missing, numbers, strict=True) if found})

    def anew(self, known: dict[_Key, int], wanted: Iterable[_Key], to: bytes, call: Callable[[_Key], Any]) -> None:
        """The same for what changes: whatever is known already is asked for again, 0 stands for what is not there."""
        keys = list(wanted)
        known.update(zip(keys, self._words(to, [call(key).calldata() for key in keys]), strict=True))

    def _words(self, to: bytes, calls: Sequence[bytes]) -> list[int]:
        if not calls:
            return []
        if self._block is None:
            self._block = final_height(self._ledger)
        return view_words(self._ledger.execution, to, calls, self._block)


def organisation_glns(organisations: Collection[int | str | None]) -> frozenset[int]:
    """The GLNs among organisations that are written as number, GLN or not at all."""
    return frozenset(int(one) for one in organisations if isinstance(one, str))
