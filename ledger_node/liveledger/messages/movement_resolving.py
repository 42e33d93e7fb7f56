"""From movement messages to movements: SKUs, lots and places by number, unit and organisation checked."""

from __future__ import annotations

from collections.abc import Sequence

from liveledger.chain.contracts.ledger import Ledger
from liveledger.domain.movements import Movement
from liveledger.domain.units import UNITS, unit_name
from liveledger.messages.checks import Finding
from liveledger.messages.lookups import Lookups, Wanted, organisation_glns
from liveledger.messages.movements import Message
from liveledger.messages.refusals import OTHER_ORGANISATION, OTHER_UNIT, UNKNOWN_LOT, Refusal

Pair = tuple[Message, Movement]


class Resolver:
    """Looks up what messages name in the newest final block; what was found once is kept, since it never changes."""

    def __init__(self, ledger: Ledger) -> None:
        self._names = Lookups(ledger)

    def sort_out(self, messages: Sequence[Message], caller: bytes) -> tuple[list[Pair], list[Refusal]]:
        """Messages with their movements, and those that the ledger cannot place.

        Refused by name are an unknown SKU, lot or place, a unit that is not the SKU's, and an organisation that is not
        the one of the account ``caller`` (20 bytes). Raises Unavailable while the node is away.
        """
        self._names.learn(_wanted(messages, caller))
        pairs: list[Pair] = []
        refusals = []
        for message in messages:
            found = [*self._unknown(message), *self._other(message, caller)]
            if found:
                refusals.append(Refusal(message.position, message.row, tuple(found), message.message_id))
            else:
                pairs.append((message, self._movement(message)))
        return pairs, refusals

    def organisation_of(self, caller: bytes) -> int | None:
        """Number of the organisation of an account (20 bytes); None when it is no member's. Raises Unavailable."""
        self._names.learn(Wanted(accounts=frozenset({caller})))
        return self._own(caller)

    def _unknown(self, message: Message) -> list[Finding]:
        found = []
        at = f"/{message.position}"
        if self._names.sku(message.brand, message.sku) is None:
            text = f"the ledger knows no SKU {message.sku!r} of brand {message.brand}"
            found.append(Finding(f"{at}/sku", text))
        elif message.lot is not None and self._names.lot(message.brand, message.sku, message.lot) is None:
            text = f"the ledger knows no lot {message.lot!r} of the SKU {message.sku!r}"
            found.append(Finding(f"{at}/lot", text, UNKNOWN_LOT))
        for name, gln in (("from", message.source), ("to", message.target)):
            if gln is not None and self._names.place(gln) is None:
                found.append(Finding(f"{at}/{name}", f"the ledger knows no place with the GLN {gln:013d}"))
        return found

    def _other(self, message: Message, caller: bytes) -> list[Finding]:
        """What the message states otherwise than the ledger has it."""
        found = []
        sku = self._names.sku(message.brand, message.sku)
        if message.unit is not None and sku is not None and self._names.unit(sku) != UNITS[message.unit]:
            text = f"the SKU {message.sku!r} is counted in {unit_name(self._names.unit(sku))}, not in {message.unit}"
            found.append(Finding(f"/{message.position}/unit", text, OTHER_UNIT))
        if message.organisation is not None and self._number(message.organisation) != self._own(caller):
            text = f"{message.organisation} is not the organisation of the account that posts"
            found.append(Finding(f"/{message.position}/organisation", text, OTHER_ORGANISATION))
        return found

    def _number(self, organisation: int | str) -> int:
        """Its number on the ledger; 0, which nobody has, for a GLN that the ledger does not know."""
        if isinstance(organisation, int):
            return organisation
        return self._names.organisation(int(organisation)) or 0

    def _own(self, caller: bytes) -> int | None:
        return self._names.organisation_of(caller)

    def _movement(self, message: Message) -> Movement:
        names = self._names
        lot = 0 if message.lot is None else names.lot(message.brand, message.sku, message.lot)
        return Movement(
            sku=_known(names.sku(message.brand, message.sku)),
            kind=message.kind,
            source=0 if message.source is None else _known(names.place(message.source)),
            target=0 if message.target is None else _known(names.place(message.target)),
            quantity=message.quantity,
            at=message.at,
            lot=_known(lot),
        )


def _wanted(messages: Sequence[Message], caller: bytes) -> Wanted:
    organisations = [message.organisation for message in messages]
    return Wanted(
        skus=frozenset((message.brand, message.sku) for message in messages),
        described_skus=frozenset((message.brand, message.sku) for message in messages if message.unit is not None),
        lots=frozenset((message.brand, message.sku, message.lot) for message in messages if message.lot is not None),
        places=frozenset(gln for message in messages for gln in (message.source, message.target) if gln is not None),
        organisations=organisation_glns(organisations),
        accounts=frozenset({caller} if any(one is not None for one in organisations) else ()),
    )


def _known(number: int | None) -> int:
    if number is None:
        raise KeyError("a message that was not sorted out")
    return number
