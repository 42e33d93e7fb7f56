"""The contract Accuracy in plain Python: a record turns one state into the next, or is refused by a named error.

Accuracy is tested against this on random records. Times are Unix seconds (docs/formats.md, Accuracy).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from liveledger.bindings.constants import (
    MAX_AHEAD_SECONDS,
    RECORD_AGE_SECONDS,
    RECORD_SPACING_SECONDS,
    OrganisationKind,
    Role,
    Status,
)
from liveledger.domain.hashing import uint_word
from liveledger.domain.streams import Leaf, StreamHead, initial_head, next_head, place_stream
from liveledger.rules.accuracy import formula
from liveledger.rules.accuracy.facts import Comparison, PlaceAccuracy
from liveledger.rules.accuracy.formula import Evidence, Finding, FlagOf, Standing
from liveledger.rules.refusal import ContractRefusal
from liveledger.rules.stock_state import Block as Block

_ROLES = (Role.POST_MOVEMENTS, Role.REPORT)


class AccuracyRefusal(ContractRefusal):
    """A record was refused: ``name`` and ``args_by_name`` are those of the contract's custom error."""


# Stands for more than one auditor that raised a flag.
SEVERAL = 0xFFFF


@dataclass(frozen=True, slots=True)
class Organisation:
    """What the Consortium says of an organisation."""

    kind: int
    status: int = Status.ACTIVE


@dataclass(frozen=True, slots=True)
class Account:
    """What the Consortium says of an account."""

    organisation: int
    roles: int
    status: int = Status.ACTIVE


@dataclass(frozen=True, slots=True)
class Registry:
    """What the Consortium says: accounts by address, organisations by number, operators by place."""

    accounts: Mapping[bytes, Account]
    organisations: Mapping[int, Organisation]
    operators: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class AccuracyState:
    """Places and findings by the place's number, streams by id, newest times by place and organisation; ``audits`` by
    place: the auditor that raised its flag (``SEVERAL``: more than one), and the one that found less since (0: none).
    """

    places: Mapping[int, PlaceAccuracy] = field(default_factory=dict)
    findings: Mapping[int, Finding] = field(default_factory=dict)
    recorded: Mapping[tuple[int, int], int] = field(default_factory=dict)
    streams: Mapping[bytes, StreamHead] = field(default_factory=dict)
    audits: Mapping[int, tuple[int, int]] = field(default_factory=dict)


def next_place(
    before: PlaceAccuracy,
    finding: Finding,
    comparison: Comparison,
    *,
    audited: bool,
    block_time: int,
    flag_of: FlagOf = formula.flag_of,
) -> tuple[PlaceAccuracy, Finding]:
    """A place and its finding after one more record; ``flag_of`` differs between versions of the formula."""
    deviation = formula.deviation_up(comparison.difference_units, comparison.ledger_units)
    level, other = formula.level_of(deviation), before.newest_of(audited=not audited)
    decides = audited or comparison.as_of > other
    evidence = Evidence(level, comparison.skus, comparison.ledger_units, audited, decides, block_time)
    standing = formula.next_standing(Standing(before.flag, before.recount_by, finding), evidence, flag_of)
    after = PlaceAccuracy(
        as_of=comparison.as_of,
        deviation=deviation,
        accuracy=formula.accuracy_down(comparison.skus_matching, comparison.skus),
        level=level,
        flag=standing.flag,
        recount_by=standing.recount_by,
        count=before.count + 1,
        at_block=comparison.at_block,
        other_as_of=other,
        audited=audited,
    )
    return after, standing.finding


def record(
    state: AccuracyState, registry: Registry, block: Block, poster: bytes, comparison: Comparison
) -> AccuracyState:
    """The state after a record. Raises AccuracyRefusal; ``state`` itself never changes."""
    place = comparison.place
    organisation, audited = _authorise(registry, poster, place)
    before, finding = state.places.get(place, PlaceAccuracy()), state.findings.get(place, Finding())
    _check_times(block, comparison, before.newest_of(audited=audited), audited=audited)
    _check_spacing(comparison, state.recorded.get((place, organisation), 0))
    check_figures(comparison)
    after, found = next_place(before, finding, comparison, audited=audited, block_time=block.time)
    recorded = {**state.recorded, (place, organisation): comparison.as_of}
    if audited:
        audit, waits = _weighed(state, registry, place, organisation, after, block.time)
        state = replace(state, audits={**state.audits, place: audit})
        if waits:
            return replace(state, recorded=recorded)
    words = (organisation, audited, after.word(), found.word())
    payload = comparison.encode() + b"".join(map(uint_word, words))
    return replace(
        state,
        places={**state.places, place: after},
        findings={**state.findings, place: found},
        recorded=recorded,
        streams={**state.streams, **_appended(state, block, poster, place, payload)},
    )


def check_figures(comparison: Comparison) -> None:
    """Requires that some stock can have these totals. Raises AccuracyRefusal."""
    if comparison.skus == 0:
        raise AccuracyRefusal("AccuracyNoSkus", place=comparison.place)
    if comparison.skus_matching > comparison.skus:
        raise AccuracyRefusal("AccuracyTooManyMatching", skus_matching=comparison.skus_matching, skus=comparison.skus)
    least, most = formula.difference_bounds(
        comparison.skus - comparison.skus_matching, comparison.ledger_units, comparison.snapshot_units
    )
    if not least <= comparison.difference_units <= most:
        raise AccuracyRefusal(
            "AccuracyImpossibleDifference", difference_units=comparison.difference_units, least=least, most=most
        )


def _authorise(registry: Registry, poster: bytes, place: int) -> tuple[int, bool]:
    """The poster's organisation, and whether it is an auditor that does not operate the place."""
    account = registry.accounts.get(poster)
    if account is None:
        raise AccuracyRefusal("ConsortiumUnknownMember", account=poster)
    if account.status != Status.ACTIVE:
        raise AccuracyRefusal("ConsortiumAccountSuspended", account=poster)
    organisation = registry.organisations[account.organisation]
    if organisation.status != Status.ACTIVE:
        raise AccuracyRefusal("ConsortiumOrganisationSuspended", organisation=account.organisation)
    if not any(account.roles & role for role in _ROLES):
        raise AccuracyRefusal("ConsortiumMissingRole", account=poster, role=int(Role.REPORT))
    operator = registry.operators.get(place)
    if operator is None:
        raise AccuracyRefusal("AccuracyUnknownPlace", place=place)
    if operator == account.organisation:
        return account.organisation, False
    if organisation.kind != OrganisationKind.AUDITOR:
        raise AccuracyRefusal("AccuracyNotOperator", place=place, organisation=account.organisation)
    return account.organisation, True


def _check_times(block: Block, comparison: Comparison, latest: int, *, audited: bool) -> None:
    """An auditor's record shuts all auditors out up to its time, and the operator from lifting: none is dated ahead."""
    if comparison.at_block >= block.number:
        raise AccuracyRefusal("AccuracyBlockNotPast", at_block=comparison.at_block, block_number=block.number)
    if comparison.as_of > block.time + (0 if audited else MAX_AHEAD_SECONDS):
        raise AccuracyRefusal("AccuracyFromFuture", as_of=comparison.as_of, block_time=block.time)
    if comparison.as_of + RECORD_AGE_SECONDS < block.time:
        raise AccuracyRefusal("AccuracyTooOld", as_of=comparison.as_of, block_time=block.time)
    if comparison.as_of <= latest:
        raise AccuracyRefusal("AccuracyNotNewer", place=comparison.place, as_of=comparison.as_of, latest=latest)


def _check_spacing(comparison: Comparison, last: int) -> None:
    """Bounds the list: an organisation's records of a place are an hour apart; ``last`` is 0 before the first."""
    earliest = last + RECORD_SPACING_SECONDS
    if last and comparison.as_of < earliest:
        raise AccuracyRefusal("AccuracyTooSoon", place=comparison.place, as_of=comparison.as_of, earliest=earliest)


def _weighed(
    state: AccuracyState, registry: Registry, place: int, organisation: int, after: PlaceAccuracy, time: int
) -> tuple[tuple[int, int], bool]:
    """Who raised the place's flag and who found less after an auditor's record, and whether that waits for a second."""
    raiser, first = state.audits.get(place, (0, 0))
    if after.level >= formula.FLAGGED:
        return (organisation if raiser in (0, organisation) else SEVERAL, 0), False
    if raiser == 0 or after.flag == formula.AUDIT:
        return (raiser, first), False
    gone = raiser != SEVERAL and not _audits(registry, raiser)
    second = first not in (0, organisation) and _audits(registry, first)
    old = time > state.findings[place].raised_at + formula.FINDING_SECONDS
    if raiser == organisation or gone or second or old:
        return (0, 0), False
    return (raiser, organisation), True


def _audits(registry: Registry, organisation: int) -> bool:
    found = registry.organisations[organisation]
    return found.kind == OrganisationKind.AUDITOR and found.status == Status.ACTIVE


def _appended(state: AccuracyState, block: Block, poster: bytes, place: int, payload: bytes) -> dict[bytes, StreamHead]:
    stream = place_stream(place)
    before = state.streams.get(stream) or StreamHead(initial_head(block.chain_id, block.contract, stream), 0)
    leaf = Leaf(before.count, 1, block.number, block.time, poster, payload)
    return {stream: StreamHead(next_head(before.head, leaf.hash(stream)), before.count + 1)}
