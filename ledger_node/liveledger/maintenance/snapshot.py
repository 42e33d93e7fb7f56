"""A snapshot that was read into a folder of its own is run there, without peers, and verified."""

from __future__ import annotations

import time
from collections.abc import Callable

from liveledger.domain.errors import LiveLedgerError
from liveledger.domain.home import LedgerHome
from liveledger.maintenance.errors import ArchiveRefused
from liveledger.maintenance.isolated import furnish, run_isolated, strip
from liveledger.maintenance.manifest import Manifest
from liveledger.maintenance.trusted_head import TrustedHead, trusted_head
from liveledger.node import geth
from liveledger.node.binaries import Engines
from liveledger.verifier import Refusal, TrustAnchor


def check_snapshot(
    place: tuple[LedgerHome, LedgerHome, int],
    manifest: Manifest,
    engines: Engines,
    trust: bytes,
    say: Callable[[str], None],
) -> TrustedHead:
    """Verifies the chain's data in the second of ``place`` (home, folder with the data, number of the node).

    Raises Refusal when the trust anchor does not vouch for it, ArchiveRefused when the engines cannot use it or geth's
    state is not the one that the newest block names.
    """
    home, stage, index = place
    anchor = TrustAnchor.parse(trust)
    furnish(stage, index, home, manifest.profile)
    now = int(time.time())
    try:
        head = run_isolated(stage, index, engines, lambda connection, _: trusted_head(connection, anchor, now), say)
        say(f"block {head.height} is signed by the validators; reading its whole state")
        geth.check_state(engines.geth, stage.node(index).geth, manifest.profile, head.state_root)
    except Refusal:
        raise
    except LiveLedgerError as trouble:
        raise ArchiveRefused(
            f"the snapshot cannot be used: {trouble.message}", hint="take a snapshot of another member's node"
        ) from trouble
    if head.height < manifest.height:
        raise ArchiveRefused(f"the snapshot ends at {head.height}, its manifest says {manifest.height}")
    strip(stage, index)
    return head
