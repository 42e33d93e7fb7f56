"""Whether the ledger would take a co-signed batch now: its rules in plain Python, on what the chain holds.

The contract itself can be asked only once somebody signed; both parties want to know before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from liveledger.bindings import consortium, stock_ledger
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, Role, Status
from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.contracts.names import LedgerNames
from liveledger.chain.rpc.view_words import view_answers, view_words
from liveledger.domain.member_words import organisation_of, roles_of, status_of
from liveledger.domain.movements import Movement
from liveledger.domain.streams import StreamHead, poster_stream
from liveledger.rules import stock
from liveledger.rules.approvals import Approval
from liveledger.rules.sentences import tell
from liveledger.rules.stock_state import (
    RULES,
    Account,
    Batch,
    Block,
    Counters,
    Place,
    Registry,
    StockRefusal,
    StockState,
)
from liveledger.services.approvals import approvals
from liveledger.services.cosigned import AgreedBatch, balances
from liveledger.verifier.layout import is_recalled, lots_of

# Stands for whoever will sign: no organisation has these.
_ANYBODY = bytes(20)
_ANY_ORGANISATION = 0
_PARTIES = 2


def refusal(ledger: Ledger, batch: AgreedBatch, block: int, time: int) -> str | None:
    """What the ledger would refuse the batch with right after ``block``, at ``time`` (Unix seconds); None = nothing.

    Without a signature the second party is whoever can be it at all.
    """
    movements = [correction.movement for correction in batch.corrections]
    if time > batch.deadline:
        return tell("StockDeadlinePassed", {"deadline": batch.deadline, "block_time": time}).line
    registry = _registry(ledger, batch, movements, block)
    needed = organisations_needed(movements, registry, batch.poster)
    if len(needed) > _PARTIES:
        listed = ", ".join(map(LedgerNames(ledger).organisation, sorted(needed)))
        return f"no two organisations can post this: its goods and places are of {listed}"
    state = _state(ledger, batch, movements, block)
    trial = Batch(
        batch.poster, batch.lane, batch.sequence, batch.documents_root(), batch.records(), batch.signer() or _ANYBODY
    )
    try:
        stock.post(state, registry, Block(block + 1, time, ledger.evm_chain_id, batch.contract), trial)
    except StockRefusal as refused:
        return tell(refused.name, refused.args_by_name, LedgerNames(ledger)).line
    return None


def counters(ledger: Ledger, batch: AgreedBatch, block: int) -> dict[int, Counters]:
    """The counters of every SKU of the batch after ``block``."""
    skus = sorted({correction.movement.sku for correction in batch.corrections})
    calls = [stock_ledger.CountersOf(sku).calldata() for sku in skus]
    answers = view_answers(ledger.execution, batch.contract, calls, block)
    decoded = map(stock_ledger.decode_counters_of, answers)
    return {
        sku: Counters(found.received, found.sold, found.returned, found.adjusted)
        for sku, found in zip(skus, decoded, strict=True)
    }


def organisations_needed(movements: Sequence[Movement], registry: Registry, poster: bytes) -> set[int]:
    """Who must be among those that agree: the poster, brands of all SKUs, operators of places that must be own."""
    own = {each.source or each.target for each in movements}
    for each in movements:
        rule = RULES[each.kind]
        if rule.both_operated or rule.to_operated:
            own.add(each.target)
    operators = {registry.places[place].operator for place in own if place in registry.places}
    posting = {registry.accounts[poster].organisation} if poster in registry.accounts else set()
    return {each.sku >> 20 for each in movements} | operators | posting


def _registry(ledger: Ledger, batch: AgreedBatch, movements: Sequence[Movement], block: int) -> Registry:
    """What the Consortium says of all that take part; without a signer there is one who may be the second party."""
    signer = batch.signer()
    accounts = _accounts(ledger, [batch.poster] if signer is None else [batch.poster, signer], block)
    found = Registry(accounts, _places(ledger, movements, block), {}, {})
    brands = {each.sku >> 20 for each in movements}
    anybody: dict[tuple[int, int], Approval] = {}
    if signer is None:
        others = organisations_needed(movements, found, batch.poster) - {
            each.organisation for each in accounts.values()
        }
        accounts[_ANYBODY] = Account(next(iter(others), _ANY_ORGANISATION), roles=Role.SIGN_AGREEMENTS)
        anybody = {(brand, _ANY_ORGANISATION): Approval() for brand in brands}
    involved = {account.organisation for account in accounts.values()} - {_ANY_ORGANISATION}
    asked = involved | {place.operator for place in found.places.values()}
    pairs = [(brand, organisation) for brand in sorted(brands) for organisation in sorted(asked)]
    skus = sorted({each.sku for each in movements})
    given = approvals(ledger.execution, pairs, skus, sorted(found.places), block)
    return replace(found, approvals=given | anybody, organisations=_statuses(ledger, involved, block))


def _accounts(ledger: Ledger, addresses: Sequence[bytes], block: int) -> dict[bytes, Account]:
    calls = [consortium.MemberOf(address).calldata() for address in addresses]
    words = view_words(ledger.execution, CONSORTIUM_ADDRESS, calls, block)
    return {
        address: Account(organisation_of(word), status_of(word), roles_of(word))
        for address, word in zip(addresses, words, strict=True)
        if word
    }


def _places(ledger: Ledger, movements: Sequence[Movement], block: int) -> dict[int, Place]:
    numbers = sorted({place for each in movements for place in (each.source, each.target) if place})
    calls = [consortium.PlaceOf(number).calldata() for number in numbers]
    words = view_words(ledger.execution, CONSORTIUM_ADDRESS, calls, block)
    return {
        number: Place(organisation_of(word), status_of(word))
        for number, word in zip(numbers, words, strict=True)
        if word
    }


def _statuses(ledger: Ledger, organisations: set[int], block: int) -> dict[int, int]:
    ordered = sorted(organisations)
    calls = [consortium.OrganisationOf(number).calldata() for number in ordered]
    answers = view_answers(ledger.execution, CONSORTIUM_ADDRESS, calls, block)
    found = {
        number: consortium.decode_organisation_of(answer).status
        for number, answer in zip(ordered, answers, strict=True)
    }
    return {**found, _ANY_ORGANISATION: Status.ACTIVE}


def _state(ledger: Ledger, batch: AgreedBatch, movements: Sequence[Movement], block: int) -> StockState:
    """As much of the ledger's stock as the batch touches."""
    skus = sorted({each.sku for each in movements})
    infos = view_words(ledger.execution, batch.contract, [stock_ledger.SkuInfo(sku).calldata() for sku in skus], block)
    stream = poster_stream(batch.poster, batch.lane)
    call = stock_ledger.NextSequence(batch.poster, batch.lane).calldata()
    (sequence,) = view_words(ledger.execution, batch.contract, [call], block)
    return StockState(
        skus={sku: lots_of(info) for sku, info in zip(skus, infos, strict=True) if info},
        balances=balances(ledger, batch, block),
        counters=counters(ledger, batch, block),
        streams={stream: StreamHead(bytes(24), sequence)} if sequence else {},
        recalled=_recalled(ledger, batch.contract, movements, block),
    )


def _recalled(ledger: Ledger, contract: bytes, movements: Sequence[Movement], block: int) -> frozenset[tuple[int, int]]:
    """Which of the movements' lots are recalled."""
    lots = sorted({each.owner for each in movements if each.lot})
    words = view_words(ledger.execution, contract, [stock_ledger.LotInfo(*lot).calldata() for lot in lots], block)
    return frozenset(lot for lot, word in zip(lots, words, strict=True) if is_recalled(word))
