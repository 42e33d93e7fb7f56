"""From the words of members to the numbers of the ledger: SKU codes and GLNs."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from liveledger.bindings import consortium, stock_ledger
from liveledger.bindings.constants import CONSORTIUM_ADDRESS
from liveledger.chain.finality import final_height
from liveledger.chain.ledger import Ledger
from liveledger.chain.records import data_bytes
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.movements import Movement

from liveledger_api.epcis.checks import Finding
from liveledger_api.movements.messages import Message, refused


class Resolver:
    """Looks up SKUs and places in the newest final block; what was found once is kept, since it never changes."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._skus: dict[tuple[int, str], int] = {}
        self._places: dict[int, int] = {}

    def movements(self, messages: Sequence[Message]) -> list[Movement]:
        """The messages' movements. Raises InvalidMovement naming every record with an unknown SKU or place."""
        self._learn_skus({(message.brand, message.sku) for message in messages} - self._skus.keys())
        glns = {gln for message in messages for gln in (message.source, message.target) if gln is not None}
        self._learn_places(glns - self._places.keys())
        findings = [finding for message in messages for finding in self._unknown(message)]
        if findings:
            raise refused(findings)
        return [self._movement(message) for message in messages]

    def _unknown(self, message: Message) -> list[Finding]:
        found = []
        if (message.brand, message.sku) not in self._skus:
            text = f"the ledger knows no SKU {message.sku!r} of brand {message.brand}"
            found.append(Finding(f"/{message.position}/sku", text))
        for name, gln in (("from", message.source), ("to", message.target)):
            if gln is not None and gln not in self._places:
                found.append(
                    Finding(f"/{message.position}/{name}", f"the ledger knows no place with the GLN {gln:013d}")
                )
        return found

    def _movement(self, message: Message) -> Movement:
        return Movement(
            sku=self._skus[message.brand, message.sku],
            kind=message.kind,
            source=0 if message.source is None else self._places[message.source],
            target=0 if message.target is None else self._places[message.target],
            quantity=message.quantity,
            at=message.at,
        )

    def _learn_skus(self, wanted: Collection[tuple[int, str]]) -> None:
        keys = sorted(wanted)
        address = self._ledger.manifest.address(stock_ledger.NAME)
        numbers = self._words(address, [stock_ledger.SkuByCode(brand, code).calldata() for brand, code in keys])
        self._skus.update({key: number for key, number in zip(keys, numbers, strict=True) if number})

    def _learn_places(self, wanted: Collection[int]) -> None:
        keys = sorted(wanted)
        numbers = self._words(CONSORTIUM_ADDRESS, [consortium.PlaceByGln(gln).calldata() for gln in keys])
        self._places.update({key: number for key, number in zip(keys, numbers, strict=True) if number})

    def _words(self, to: bytes, calls: Sequence[bytes]) -> list[int]:
        if not calls:
            return []
        block = hex(final_height(self._ledger))
        batch = [("eth_call", [{"to": hex_bytes(to), "data": hex_bytes(call)}, block]) for call in calls]
        return [int.from_bytes(data_bytes(answer)) for answer in self._ledger.execution.batch(batch)]
