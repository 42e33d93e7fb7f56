"""The decision of a restore about signing: as before, not before some height, or not at all (docs/node-life.md)."""

from __future__ import annotations

from dataclasses import dataclass

from liveledger.maintenance.errors import UnsafeSigning
from liveledger.maintenance.signing import SignState, floor_height, is_needed, newest, silent_below
from liveledger.node.retirement import Retirement

# A hand-over is restored at once; an old one may have been restored elsewhere, and run, since.
HANDOVER_SECONDS = 24 * 3600


@dataclass(frozen=True, slots=True)
class Source:
    """The restored chain's newest block (height, Unix seconds), and the archive's hand-over ("" for none) and time."""

    height: int
    block_time: int
    handover: str
    created_at: int


@dataclass(frozen=True, slots=True)
class Claims:
    """What is known about what the validator's key has signed.

    ``home`` and ``archived`` are the states found; ``retired`` is the home's mark; ``power`` of ``total`` is the key's
    by the list of members; ``seen_at`` is the height of a verified commit that holds its signature, 0 when none was
    looked at. ``gone``: the operator says that no other machine runs with this key, nor ever will; ``lost``: and that
    blocks after the archive's may be lost.
    """

    home: SignState | None
    archived: SignState | None
    retired: Retirement | None
    power: int
    total: int
    seen_at: int
    gone: bool
    lost: bool


def decide(claims: Claims, source: Source, now: int) -> tuple[SignState, int]:
    """The state to restore, and the height from which the validator signs (0: nothing is put off).

    Raises UnsafeSigning when nobody knows what the key has signed, and the operator vouches for nothing.
    """
    if claims.retired and source.handover and claims.retired.handover == source.handover:
        raise UnsafeSigning(
            "this home was retired by this very archive: the node may have run elsewhere since",
            hint="take a new back-up --with-keys --retire where the node runs now",
        )
    known = newest(claims.home, claims.archived)
    _require_next_block(claims, source, known)
    if known is not None and (_runs_here(claims) or _handed_over(source, now)):
        return known, 0
    if not claims.gone:
        raise UnsafeSigning(
            "this validator may have signed more than the archive and this home know of; it must not sign it once more",
            hint="make sure that the old machine is off and stays off, then add --old-machine-gone",
        )
    if claims.lost and known is not None:
        return known, 0
    if is_needed(claims.power, claims.total):
        raise UnsafeSigning(
            f"the chain makes no block without this validator ({claims.power} of {claims.total} power): it cannot wait",
            hint="if the blocks after the archive's are lost with the old machine, add --accept-lost-blocks",
        )
    height = floor_height(source.height, source.block_time, now)
    state = newest(known, silent_below(height)) or silent_below(height)
    return state, state.height


def _require_next_block(claims: Claims, source: Source, known: SignState | None) -> None:
    """Raises UnsafeSigning when a lone validator has signed blocks that the archive does not have."""
    end = max(source.height, claims.archived.height if claims.archived else 0)
    if known is not None and claims.power == claims.total and known.height > end + 1:
        raise UnsafeSigning(
            f"the ledger's only validator has signed up to {known.height}, and the archive ends at {end}: it signs no "
            "height once more, so there would never be another block",
            hint="take a newer archive; if there is none: a new home, --old-machine-gone --accept-lost-blocks",
        )


def _runs_here(claims: Claims) -> bool:
    """Whether the home is where the key was used last: its own state is then at least as new as any other."""
    if claims.home is None or claims.retired is not None or claims.home.height < claims.seen_at:
        return False
    return claims.archived is None or claims.home.order >= claims.archived.order


def _handed_over(source: Source, now: int) -> bool:
    """Whether the node was retired where it ran by the act that made this archive, not long ago."""
    return bool(source.handover) and 0 <= now - source.created_at < HANDOVER_SECONDS
