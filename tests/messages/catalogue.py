"""A ledger's catalogue at the RPC: what the look-ups ask of StockLedger and Consortium, answered from plain tables."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from liveledger.bindings import codec, consortium, stock_ledger
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, Status
from liveledger.domain.errors import Unavailable

STOCK = bytes.fromhex("51" * 20)
REGISTERED = 1 << 255
OPERATOR = bytes.fromhex("0a" * 20)
STRANGER = bytes.fromhex("0b" * 20)


@dataclass
class Catalogue:
    """Tables by what is asked; ``height`` moves by hand, and every question is counted with its block."""

    skus: dict[tuple[int, str], int] = field(default_factory=dict)
    sku_infos: dict[int, int] = field(default_factory=dict)
    lots: dict[tuple[int, str], int] = field(default_factory=dict)
    lot_infos: dict[tuple[int, int], int] = field(default_factory=dict)
    places: dict[int, int] = field(default_factory=dict)
    organisations: dict[int, int] = field(default_factory=dict)
    members: dict[bytes, int] = field(default_factory=dict)
    place_words: dict[int, int] = field(default_factory=dict)
    organisation_states: dict[int, tuple[int, int]] = field(default_factory=dict)
    height: int = 5
    away: bool = False
    asked: Counter[str] = field(default_factory=Counter)

    def ledger(self) -> Any:
        """What a look-up takes for a ledger."""
        return SimpleNamespace(
            manifest=SimpleNamespace(address=lambda name: {stock_ledger.NAME: STOCK}[name]),
            execution=SimpleNamespace(batch=self._batch, call=self._call, block_number=lambda: self.height),
            comet=SimpleNamespace(height=lambda: self.height),
        )

    def add_sku(
        self, brand: int, code: str, *, gtin: int = 0, unit: int = 0, lots: dict[str, int] | None = None
    ) -> int:
        """Registers a SKU with lots (code: expiry); returns its number."""
        sku = brand << 20 | sum(number >> 20 == brand for number in self.skus.values()) + 1
        self.skus[brand, code] = sku
        self.sku_infos[sku] = REGISTERED | len(lots or {}) << 72 | gtin << 8 | unit
        for number, (lot, expiry) in enumerate((lots or {}).items(), 1):
            self.lots[sku, lot] = number
            self.lot_infos[sku, number] = REGISTERED | expiry
        return sku

    def add_place(self, gln: int, number: int, *, operator: int, status: int = Status.ACTIVE) -> None:
        """Registers a place."""
        self.places[gln] = number
        self.place_words[number] = operator | status << 16 | gln << 24

    def _call(self, to: bytes, data: bytes, block: int) -> bytes:
        """``organisationOf``, the one question whose answer is no single word."""
        if self.away:
            raise Unavailable("the node is away")
        assert (to, data[:4]) == (CONSORTIUM_ADDRESS, consortium.OrganisationOf.SELECTOR)
        self.asked[hex(block)] += 1
        (number,) = codec.decode(("uint16",), data[4:])
        kind, status = self.organisation_states.get(number, (0, 0))
        return codec.encode(("(uint8,uint8,uint64,bytes32)",), ((kind, status, 0, bytes(32)),))

    def _batch(self, requests: list[tuple[str, list[Any]]]) -> list[str]:
        if self.away:
            raise Unavailable("the node is away")
        return ["0x" + self._answer(*params).to_bytes(32).hex() for method, params in requests if method == "eth_call"]

    def _answer(self, call: dict[str, str], block: str) -> int:
        self.asked[block] += 1
        to, data = bytes.fromhex(call["to"][2:]), bytes.fromhex(call["data"][2:])
        tables: dict[tuple[bytes, bytes], tuple[tuple[str, ...], dict[Any, int]]] = {
            (STOCK, stock_ledger.SkuByCode.SELECTOR): (("uint16", "string"), self.skus),
            (STOCK, stock_ledger.SkuInfo.SELECTOR): (("uint32",), self.sku_infos),
            (STOCK, stock_ledger.LotByCode.SELECTOR): (("uint32", "string"), self.lots),
            (STOCK, stock_ledger.LotInfo.SELECTOR): (("uint32", "uint16"), self.lot_infos),
            (CONSORTIUM_ADDRESS, consortium.PlaceByGln.SELECTOR): (("uint64",), self.places),
            (CONSORTIUM_ADDRESS, consortium.OrganisationByGln.SELECTOR): (("uint64",), self.organisations),
            (CONSORTIUM_ADDRESS, consortium.MemberOf.SELECTOR): (("address",), self._members()),
            (CONSORTIUM_ADDRESS, consortium.PlaceOf.SELECTOR): (("uint16",), self.place_words),
        }
        types, table = tables[to, data[:4]]
        key = codec.decode(types, data[4:])
        return table.get(key if len(key) > 1 else key[0], 0)

    def _members(self) -> dict[bytes | str, int]:
        return {**self.members, **{"0x" + account.hex(): word for account, word in self.members.items()}}
