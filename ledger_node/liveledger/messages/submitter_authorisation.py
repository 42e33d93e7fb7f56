"""Who may speak of a place: its operator or an auditor, as of the newest final block. None of it stays true."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from liveledger.bindings import consortium
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, OrganisationKind, Status
from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.rpc.finality import final_height
from liveledger.chain.rpc.view_words import view_words
from liveledger.domain.member_words import organisation_of, status_of


@dataclass(frozen=True, slots=True)
class Speaker:
    """``organisation`` of an account, None where account or organisation is not active; and who operates places.

    ``operators`` has the operator's number by the number of every active place that was asked for.
    """

    organisation: int | None
    audits: bool
    operators: Mapping[int, int]

    def may_speak_of(self, place: int) -> bool:
        """Whether what the account says of the place (its number) counts."""
        operator = self.operators.get(place)
        return operator is not None and (self.audits or operator == self.organisation)


def speaker(ledger: Ledger, account: bytes, places: Collection[int]) -> Speaker:
    """Asks for an account (20 bytes), its organisation and places by number. Raises Unavailable.

    Nothing of it is kept from one request to the next: accounts are removed, organisations suspended, places handed on.
    """
    block = final_height(ledger)
    numbers = sorted(places)
    calls = [consortium.MemberOf(account).calldata(), *(consortium.PlaceOf(number).calldata() for number in numbers)]
    member, *words = view_words(ledger.execution, CONSORTIUM_ADDRESS, calls, block)
    operators = {number: organisation_of(word) for number, word in zip(numbers, words, strict=True) if is_active(word)}
    if not is_active(member):
        return Speaker(None, False, operators)
    organisation = organisation_of(member)
    asked = consortium.OrganisationOf(organisation).calldata()
    found = consortium.decode_organisation_of(ledger.execution.call(CONSORTIUM_ADDRESS, asked, block))
    if found.status != Status.ACTIVE:
        return Speaker(None, False, operators)
    return Speaker(organisation, found.kind == OrganisationKind.AUDITOR, operators)


def is_active(word: int) -> bool:
    """Whether the word of an account or a place says that it is active."""
    return status_of(word) == Status.ACTIVE
