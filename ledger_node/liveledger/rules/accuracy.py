"""Reference of comparisons between outside systems and the ledger: figures, levels, and what each record changes.

Quantities are base units of the SKUs, ratios are basis points, times Unix seconds (docs/formats.md, Accuracy).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from liveledger.bindings.constants import (
    AUDIT_BPS,
    FINDING_SECONDS,
    FLAG_BPS,
    MAX_AHEAD_SECONDS,
    MAX_DEVIATION_BPS,
    NOTICE_BPS,
    RECORD_AGE_SECONDS,
    RECORD_SPACING_SECONDS,
    RECOUNT_BPS,
    RECOUNT_SECONDS,
    WHOLE_BPS,
    AccuracyLevel,
    OrganisationKind,
    Role,
    Status,
)
from liveledger.domain.hashing import uint_word
from liveledger.domain.money import Bps
from liveledger.domain.streams import Leaf, StreamHead, initial_head, next_head, place_stream
from liveledger.rules.refusal import ContractRefusal
from liveledger.rules.stock_state import Block as Block

_ROLES = (Role.POST_MOVEMENTS, Role.REPORT)
_NOTHING = Bps(0)


class AccuracyRefusal(ContractRefusal):
    """A record was refused: ``name`` and ``args_by_name`` are those of the contract's custom error."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Totals of one comparison of a place: SKUs, units, the sum of absolute differences, root over the rows."""

    place: int
    as_of: int
    at_block: int
    skus: int
    skus_matching: int
    ledger_units: int
    snapshot_units: int
    difference_units: int
    snapshot_root: bytes

    def encode(self) -> bytes:
        """``abi.encode`` of the struct: nine words."""
        numbers = (
            self.place,
            self.as_of,
            self.at_block,
            self.skus,
            self.skus_matching,
            self.ledger_units,
            self.snapshot_units,
            self.difference_units,
        )
        return b"".join(map(uint_word, numbers)) + self.snapshot_root


@dataclass(frozen=True, slots=True)
class PlaceAccuracy:
    """What the contract holds of a place after its newest record; all zero before the first.

    ``flag`` is the level that is flagged (0, 3 or 4), ``recount_by`` the deadline of an open recount (0: none),
    ``other_as_of`` the time of the other side's newest record (0: none): of auditors where the newest record is the
    operator's, of the operator where it is ``audited``.
    """

    as_of: int = 0
    deviation: Bps = _NOTHING
    accuracy: Bps = _NOTHING
    level: int = 0
    flag: int = 0
    recount_by: int = 0
    count: int = 0
    at_block: int = 0
    other_as_of: int = 0
    audited: bool = False

    def newest_of(self, *, audited: bool) -> int:
        """Time of the newest record by auditors or by the operator; 0 before the first."""
        return self.as_of if audited == self.audited else self.other_as_of

    def word(self) -> int:
        """The storage word."""
        parts = (
            (self.as_of, 0),
            (self.deviation, 32),
            (self.accuracy, 48),
            (self.level, 64),
            (self.flag, 72),
            (self.recount_by, 80),
            (self.count, 112),
            (self.at_block, 144),
            (self.other_as_of, 208),
            (self.audited, 240),
        )
        return sum(value << bit for value, bit in parts)

    @classmethod
    def from_word(cls, word: int) -> PlaceAccuracy:
        """Decodes a storage word."""
        return cls(
            as_of=word & 0xFFFFFFFF,
            deviation=Bps(word >> 32 & 0xFFFF),
            accuracy=Bps(word >> 48 & 0xFFFF),
            level=word >> 64 & 0xFF,
            flag=word >> 72 & 0xFF,
            recount_by=word >> 80 & 0xFFFFFFFF,
            count=word >> 112 & 0xFFFFFFFF,
            at_block=word >> 144 & 0xFFFF_FFFF_FFFF_FFFF,
            other_as_of=word >> 208 & 0xFFFFFFFF,
            audited=bool(word >> 240 & 1),
        )


@dataclass(frozen=True, slots=True)
class Finding:
    """What the flag or recount of a place rests on; all zero while neither stands.

    ``skus`` and ``ledger_units`` are the greatest of the records that raised it, ``raised_at`` is the block time of the
    newest of them (Unix seconds).
    """

    skus: int = 0
    ledger_units: int = 0
    raised_at: int = 0

    def word(self) -> int:
        """The storage word."""
        return self.skus | self.ledger_units << 32 | self.raised_at << 96

    @classmethod
    def from_word(cls, word: int) -> Finding:
        """Decodes a storage word."""
        return cls(word & 0xFFFFFFFF, word >> 32 & 0xFFFF_FFFF_FFFF_FFFF, word >> 96)

    def is_as_wide(self, comparison: Comparison, *, audited: bool, block_time: int) -> bool:
        """Whether a record compared as many SKUs; of a finding that is old, an auditor says what it has seen."""
        old = block_time > self.raised_at + FINDING_SECONDS
        return comparison.skus >= self.skus or (audited and old)

    def is_as_strong(self, comparison: Comparison, *, audited: bool, block_time: int) -> bool:
        """Whether it also had as many units on the ledger: that binds the operator; auditors say that goods left."""
        wide = self.is_as_wide(comparison, audited=audited, block_time=block_time)
        return wide and (audited or comparison.ledger_units >= self.ledger_units)

    def raised(self, comparison: Comparison, level: int, block_time: int) -> Finding:
        """The finding after a record of this level, while a flag or a recount stands."""
        if level < AccuracyLevel.RECOUNT:
            return self
        units = max(self.ledger_units, comparison.ledger_units)
        return Finding(max(self.skus, comparison.skus), units, block_time)


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
    """Places and findings by the place's number, streams by id, newest times by place and organisation."""

    places: Mapping[int, PlaceAccuracy] = field(default_factory=dict)
    findings: Mapping[int, Finding] = field(default_factory=dict)
    recorded: Mapping[tuple[int, int], int] = field(default_factory=dict)
    streams: Mapping[bytes, StreamHead] = field(default_factory=dict)


def deviation_up(difference_units: int, ledger_units: int) -> Bps:
    """``difference / max(ledger, 1)`` in basis points, rounded up, at most what the contract keeps."""
    return Bps(min(-(-difference_units * WHOLE_BPS // max(ledger_units, 1)), MAX_DEVIATION_BPS))


def accuracy_down(skus_matching: int, skus: int) -> Bps:
    """``matching / skus`` in basis points, rounded down; ``skus`` is not 0."""
    return Bps(skus_matching * WHOLE_BPS // skus)


def level_of(deviation: Bps) -> AccuracyLevel:
    """The level that a deviation has."""
    thresholds = (
        (AUDIT_BPS, AccuracyLevel.AUDIT),
        (FLAG_BPS, AccuracyLevel.FLAGGED),
        (RECOUNT_BPS, AccuracyLevel.RECOUNT),
        (NOTICE_BPS, AccuracyLevel.NOTICE),
    )
    return next((level for least, level in thresholds if deviation >= least), AccuracyLevel.NONE)


def flag_of(level: AccuracyLevel, *, audited: bool) -> int:
    """The flag that a record of this level raises: 3, or 4 where audits alone lift it; 0 below level 3."""
    if level < AccuracyLevel.FLAGGED:
        return 0
    return int(AccuracyLevel.AUDIT if audited else level)


def next_place(
    before: PlaceAccuracy,
    finding: Finding,
    comparison: Comparison,
    *,
    audited: bool,
    block_time: int,
    audits_bind: bool = True,
) -> tuple[PlaceAccuracy, Finding]:
    """A place and its finding after one more record.

    An open recount keeps its deadline; a flag of level 4 gives way only to an auditor that does not operate the place,
    and what such an auditor flags is of level 4 (not so in versions 1 and 2 of the contract: ``audits_bind`` is false).
    What an auditor found of a later time than the operator's record, that record can raise and not lift. A recount ends
    by as many SKUs as raised what stands, a flag by evidence that is as strong.
    """
    deviation = deviation_up(comparison.difference_units, comparison.ledger_units)
    level = level_of(deviation)
    other = before.newest_of(audited=not audited)
    decides = audited or comparison.as_of > other
    ends = decides and finding.is_as_wide(comparison, audited=audited, block_time=block_time)
    lifts = decides and finding.is_as_strong(comparison, audited=audited, block_time=block_time)
    recount_by = 0 if ends and level < AccuracyLevel.RECOUNT else before.recount_by
    if level >= AccuracyLevel.RECOUNT and not recount_by:
        recount_by = block_time + RECOUNT_SECONDS
    flag = flag_of(level, audited=audited and audits_bind)
    if not lifts or (before.flag == AccuracyLevel.AUDIT and not audited):
        flag = max(flag, before.flag)
    after = PlaceAccuracy(
        as_of=comparison.as_of,
        deviation=deviation,
        accuracy=accuracy_down(comparison.skus_matching, comparison.skus),
        level=level,
        flag=flag,
        recount_by=recount_by,
        count=before.count + 1,
        at_block=comparison.at_block,
        other_as_of=other,
        audited=audited,
    )
    stands = flag != 0 or recount_by != 0
    return after, finding.raised(comparison, level, block_time) if stands else Finding()


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
    words = (organisation, audited, after.word(), found.word())
    payload = comparison.encode() + b"".join(map(uint_word, words))
    return replace(
        state,
        places={**state.places, place: after},
        findings={**state.findings, place: found},
        recorded={**state.recorded, (place, organisation): comparison.as_of},
        streams={**state.streams, **_appended(state, block, poster, place, payload)},
    )


def check_figures(comparison: Comparison) -> None:
    """Requires that some stock can have these totals. Raises AccuracyRefusal."""
    if comparison.skus == 0:
        raise AccuracyRefusal("AccuracyNoSkus", place=comparison.place)
    if comparison.skus_matching > comparison.skus:
        raise AccuracyRefusal("AccuracyTooManyMatching", skus_matching=comparison.skus_matching, skus=comparison.skus)
    # A SKU that does not match differs by a unit at least, and one that matches by none.
    differing = comparison.skus - comparison.skus_matching
    least = max(abs(comparison.ledger_units - comparison.snapshot_units), differing)
    most = comparison.ledger_units + comparison.snapshot_units if differing else 0
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


def _appended(state: AccuracyState, block: Block, poster: bytes, place: int, payload: bytes) -> dict[bytes, StreamHead]:
    stream = place_stream(place)
    before = state.streams.get(stream) or StreamHead(initial_head(block.chain_id, block.contract, stream), 0)
    leaf = Leaf(before.count, 1, block.number, block.time, poster, payload)
    return {stream: StreamHead(next_head(before.head, leaf.hash(stream)), before.count + 1)}
