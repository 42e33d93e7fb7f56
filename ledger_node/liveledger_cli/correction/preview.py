"""What a correction would do, shown to both parties before either signs: every movement, balance and counter.

Nothing here believes the file: what a movement says that it undoes is looked up on the ledger and undone again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.errors import RuleViolation
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.movements import Kind, Lane, Movement
from liveledger.rules.compensation import undoes
from liveledger.rules.stock_state import RULES, Counters
from liveledger.services import cosigned, cosigned_preflight
from liveledger.services.cosigned import AgreedBatch, MovementName
from liveledger_cli.common.context import field

_LANES = tuple(lane.name.lower() for lane in Lane)
_COUNTERS = ("received", "sold", "returned", "adjusted")
# Movements whose counter their undoing does not set off, and what a settlement makes of that.
_STAYS = {
    Kind.RECEIVE: ("received", "counts them as goods that came in"),
    Kind.RETURN: ("returned", "takes them off what was sold"),
}
# The posted movements of a batch: by account, lane, number; None when there is no such batch.
Posted = Callable[[bytes, int, int], Sequence[Movement] | None]


class UndoMismatch(RuleViolation):
    """The file says of a movement that it undoes another one, and it does not. Nothing was signed."""

    code = "undo-mismatch"


@dataclass(frozen=True, slots=True)
class Claims:
    """What the movements say that they undo: originals by name, and whether each name's movements undo it."""

    originals: dict[str, Movement]
    good: dict[str, bool]

    @classmethod
    def check(cls, batch: AgreedBatch, posted: Posted) -> Claims:
        """Looks every original up and undoes it again."""
        claims = cls({}, {})
        batches: dict[tuple[bytes, int, int], Sequence[Movement] | None] = {}
        for text in dict.fromkeys(correction.undoes for correction in batch.corrections if correction.undoes):
            original = _original(text, posted, batches)
            steps = [correction.movement for correction in batch.corrections if correction.undoes == text]
            claims.good[text] = original is not None and undoes(steps, original)
            if original is not None:
                claims.originals[text] = original
        return claims

    def require(self) -> None:
        """Raises UndoMismatch naming the first claim that is not true."""
        for text, good in self.good.items():
            if not good:
                raise UndoMismatch(
                    f"what the file says to undo {text} does not undo it",
                    hint="sign nothing; have it drafted again with `liveledger correction undo`",
                    undoes=text,
                )


def preview(opened: Ledger, batch: AgreedBatch, posted: Posted) -> dict[str, Any]:
    """The batch with all that it changes, before and after; ``possible`` is what the ledger's rules say of it now."""
    claims, block = Claims.check(batch, posted), final_height(opened)
    refusal = cosigned_preflight.refusal(opened, batch, block, int(time.time()))
    signer = batch.signer()
    return {
        "poster": hex_bytes(batch.poster),
        "lane": str(batch.lane),
        "sequence": str(batch.sequence),
        "deadline": str(batch.deadline),
        "reason": batch.reason,
        "movements": [_movement(correction, claims) for correction in batch.corrections],
        "changes": _changes(opened, batch, block),
        "counters": _counters(opened, batch, block),
        "warnings": warnings(claims),
        "undoes_what_it_says": all(claims.good.values()),
        "possible": refusal is None,
        "refusal": refusal,
        "signed_by": hex_bytes(signer) if signer else None,
    }


def warnings(claims: Claims) -> list[str]:
    """What stays counted although it is undone, a sentence a SKU and counter."""
    units: dict[tuple[int, Kind], int] = {}
    for original in claims.originals.values():
        if original.kind in _STAYS:
            owner = original.sku, original.kind
            units[owner] = units.get(owner, 0) + original.quantity
    return [
        f"SKU {sku}: {count} units stay counted as {_STAYS[kind][0]}; a settlement session that was open when they "
        f"were posted {_STAYS[kind][1]}, for what is adjusted does not enter it"
        for (sku, kind), count in sorted(units.items())
    ]


def lines_of(report: dict[str, Any]) -> list[str]:
    """The preview for a person: every movement, every balance, every counter."""
    lines = [f"{len(report['movements'])} movements, posted by {report['poster']}: {field(report['reason'])}"]
    for number, each in enumerate(report["movements"]):
        way = (
            f"{each['from'] if each['from'] != '0' else 'outside'} -> {each['to'] if each['to'] != '0' else 'outside'}"
        )
        goods = f"{each['quantity']} of SKU {each['sku']}, lot {each['lot']}, {way}"
        lines.append(f"  {number}. {each['kind'].replace('_', ' ')} {goods}: {each['meaning']}")
    for row in report["changes"]:
        where = f"SKU {row['sku']}, lot {row['lot']}, place {row['place']}"
        lines.append(f"  {where}: {_moved(row, _LANES) or 'as before in the end'}")
    lines += [f"  SKU {row['sku']} since ever: {_moved(row, _COUNTERS) or 'as before'}" for row in report["counters"]]
    lines += [f"  note: {sentence}" for sentence in report["warnings"]]
    if report["refusal"] is not None:
        lines.append(f"the ledger would refuse it now: {report['refusal']}")
    return [*lines, f"signed by {report['signed_by'] or 'nobody yet'}"]


def _original(
    text: str, posted: Posted, batches: dict[tuple[bytes, int, int], Sequence[Movement] | None]
) -> Movement | None:
    name = MovementName.parse(text)
    if name is None:
        return None
    key = name.poster, name.lane, name.sequence
    if key not in batches:
        batches[key] = posted(*key)
    movements = batches[key]
    return movements[name.index] if movements is not None and 0 <= name.index < len(movements) else None


def _movement(correction: cosigned.Correction, claims: Claims) -> dict[str, Any]:
    """A movement as the file has it, and what its ``undoes`` is worth."""
    name = correction.undoes
    if not name:
        meaning = "undoes nothing"
    else:
        meaning = f"undoes {name}" if claims.good[name] else f"does NOT undo {name}, although the file says so"
    return {**cosigned.as_json(correction), "meaning": meaning}


def _changes(opened: Ledger, batch: AgreedBatch, block: int) -> list[dict[str, Any]]:
    before = cosigned.balances(opened, batch, block)
    rows = []
    for (sku, lot, place), change in batch.changes().items():
        lanes = before[sku, lot, place]
        after = [have + add for have, add in zip(lanes, change, strict=True)]
        both = {"before": _named(_LANES, lanes), "after": _named(_LANES, after)}
        rows.append({"sku": str(sku), "lot": str(lot), "place": str(place), **both})
    return rows


def _counters(opened: Ledger, batch: AgreedBatch, block: int) -> list[dict[str, Any]]:
    rows = []
    for sku, before in cosigned_preflight.counters(opened, batch, block).items():
        then = counted(before, [each.movement for each in batch.corrections if each.movement.sku == sku])
        both = {"before": _named(_COUNTERS, counted(before, [])), "after": _named(_COUNTERS, then)}
        rows.append({"sku": str(sku), **both})
    return rows


def counted(before: Counters, movements: Sequence[Movement]) -> list[int]:
    """A SKU's four counters after its movements: received, sold, returned, adjusted."""
    now = {name: getattr(before, name) for name in _COUNTERS}
    for each in movements:
        rule = RULES[each.kind]
        if rule.counter is not None:
            now[rule.counter] += rule.sign * each.quantity
    return list(now.values())


def _named(names: Sequence[str], values: Any) -> dict[str, str]:
    return dict(zip(names, map(str, values), strict=True))


def _moved(row: dict[str, Any], names: Sequence[str]) -> str:
    before, after = row["before"], row["after"]
    changed = [name for name in names if before[name] != after[name]]
    return ", ".join(f"{name.replace('_', ' ')} {before[name]} -> {after[name]}" for name in changed)
