"""Who has a part in what is kept here: documents of events, settlements, what an organisation sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from liveledger.bindings import settlement
from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.rpc.finality import final_height
from liveledger.chain.rpc.reverts import explain
from liveledger.chain.rpc.transport import RpcError
from liveledger.domain.digital_links import read_link
from liveledger.domain.epc_urns import read_urn
from liveledger.domain.errors import LiveLedgerError
from liveledger_api.access.errors import NotAParty
from liveledger_api.access.home_accounts import HomeAccounts
from liveledger_api.access.principals import Interface, Principal
from liveledger_api.store.schema import StoredEvent

# GS1's keys of a party and of a location (EPCIS 2.0, section 7.4.2: owning_party, possessing_party, location).
_PARTY_KEYS = frozenset({"417", "414"})
_NAMED_IN = (("sourceList", "source"), ("destinationList", "destination"))
_UNKNOWN_AGREEMENT = "SettlementUnknownAgreement"


class Parties:
    """Answers whether a caller's organisation has a part in something; a local caller has in everything.

    ``agreements`` gives the organisations (numbers) of an agreement, none for one that the ledger does not know.
    ``documents_for_all``: the owner of this API shows every document that it keeps to whoever asks for its item.
    """

    def __init__(
        self,
        home: HomeAccounts,
        agreements: Callable[[bytes], frozenset[int]],
        *,
        documents_for_all: bool = False,
    ) -> None:
        self._home = home
        self._agreements = agreements
        self._documents_for_all = documents_for_all

    def sent_by(self, who: Principal, label: str) -> bool:
        """Whether the account of a label, which sent something once, is of the caller's organisation."""
        return who.is_local or (who.organisation > 0 and self._home.organisation(label) == who.organisation)

    def labels_of(self, who: Principal) -> list[str] | None:
        """The labels of the caller's organisation in this home; None stands for all."""
        return None if who.is_local else self._home.of_organisation(who.organisation)

    def may_read(self, who: Principal, event: StoredEvent) -> bool:
        """Whether a caller may read an event's document: captured by its organisation, or naming it as a party.

        A key that was not given the events reads what nobody in particular reads.
        """
        if who.is_local or self._documents_for_all:
            return True
        granted = who.interfaces is None or Interface.EVENTS in who.interfaces
        if who.standing is None or not granted:
            return False
        return self.sent_by(who, event.account) or who.standing.gln in set(named_parties(json.loads(event.document)))

    def require_agreement(self, who: Principal, agreement: bytes) -> None:
        """Raises NotAParty unless the caller has a part in an agreement (32 bytes), or the ledger does not know it."""
        if who.is_local:
            return
        parties = self._agreements(agreement)
        if parties and who.organisation not in parties:
            raise NotAParty(
                "your organisation is neither brand nor supplier nor forecaster of this agreement",
                hint="ask one of them for a bundle: it proves the settlement to everybody",
            )

    def require_here(self, who: Principal) -> None:
        """Raises NotAParty unless the caller's organisation has an account on this machine."""
        if not who.is_local and not self._home.of_organisation(who.organisation):
            raise NotAParty("your organisation has no account on this machine")


def named_parties(event: dict[str, Any]) -> Iterator[int]:
    """GLNs of the organisations that an EPCIS event names as sources and destinations."""
    for listing, field in _NAMED_IN:
        entries = event.get(listing)
        for entry in entries if isinstance(entries, list) else ():
            named = entry.get(field) if isinstance(entry, dict) else None
            number = _gln(named) if isinstance(named, str) else None
            if number is not None:
                yield number


def _gln(uri: str) -> int | None:
    try:
        found = read_urn(uri) or read_link(uri)
    except LiveLedgerError:  # a broken identifier names nobody
        return None
    return int(found.value[:13]) if found and found.key in _PARTY_KEYS and found.value[:13].isdecimal() else None


def agreement_parties(ledger: Ledger, agreement: bytes) -> frozenset[int]:
    """Brand, supplier and forecaster of an agreement (32 bytes); none where the ledger does not know it.

    Raises Unavailable while the node is away.
    """
    contract, block = ledger.manifest.address(settlement.NAME), final_height(ledger)
    try:
        answer = ledger.execution.call(contract, settlement.AgreementOf(agreement).calldata(), block)
    except RpcError as error:
        if explain(error).details.get("reason") == _UNKNOWN_AGREEMENT:
            return frozenset()
        raise
    found = settlement.decode_agreement_of(answer)
    return frozenset({found.brand, found.supplier, found.forecaster})
