"""Questions to an outbox over several lanes, or all of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from liveledger.chain.movements.records import RefusedMessage
from liveledger.chain.outbox.outbox import Outbox

_IDS_A_QUERY = 1_000


def refusals(outbox: Outbox, lanes: Collection[tuple[bytes, int]], after: int, limit: int) -> list[RefusedMessage]:
    """The first refusals behind number ``after`` on lanes (account, number), in the order in which they were found."""
    if not lanes:
        return []
    pairs = ",".join(["(?, ?)"] * len(lanes))
    query = (
        "SELECT refusal.number, message_id, account, lane.number, message.refusal, refused_at"  # noqa: S608 -- nothing but question marks
        " FROM refusal JOIN message ON message.id = refusal.message JOIN lane ON lane.id = refusal.lane"
        f" WHERE refusal.number > ? AND (account, lane.number) IN (VALUES {pairs}) ORDER BY refusal.number LIMIT ?"
    )
    flat = [value for lane in lanes for value in lane]
    return [RefusedMessage(*row) for row in outbox.read(query, (after, *flat, limit))]


def parked_count(outbox: Outbox) -> int:
    """How many messages are parked, of all accounts and lanes."""
    query = "SELECT count(*) FROM message INDEXED BY message_parked WHERE parked_until IS NOT NULL"
    return int(outbox.read(query)[0][0])


def lanes_of(outbox: Outbox, account: bytes, ids: Sequence[str]) -> dict[str, int]:
    """Lanes on which an account posted messages, by message id; the first one where there are several."""
    found: dict[str, int] = {}
    for part in in_parts(ids):
        query = (
            "SELECT message_id, number FROM lane JOIN message ON message.lane = lane.id"  # noqa: S608 -- nothing but question marks
            f" WHERE account = ? AND message_id IN ({marks(part)}) ORDER BY message.id DESC"
        )
        found.update(outbox.read(query, (account, *part)))
    return found


def in_parts(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    """Ids in parts that one query takes."""
    return (ids[start : start + _IDS_A_QUERY] for start in range(0, len(ids), _IDS_A_QUERY))


def marks(part: Sequence[object]) -> str:
    """As many question marks, for a query."""
    return ",".join("?" * len(part))
