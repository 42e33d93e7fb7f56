"""Export of the anchor chain: every change of the validators, and an update at least every 360 days between."""

from __future__ import annotations

import time
from bisect import bisect_right
from typing import Any

from liveledger.chain.rpc.connection import Connection
from liveledger.domain.hashing import canonical_json
from liveledger.prover.anchors import make_anchor
from liveledger.prover.errors import ProofBroken, ProofPending
from liveledger.prover.light_blocks import light_block, read_validators
from liveledger.prover.ports import ConsensusPort, ExecutionPort, IndexPort
from liveledger.verifier import Refusal
from liveledger.verifier.commit import LightBlock
from liveledger.verifier.trust_chain import FORMAT, GenesisCode, check_chain
from liveledger.verifier.validators import Validator, total_power

# Five days below what an anchor is valid for.
SPACING_SECONDS = 360 * 86_400


def export_chain(connection: Connection, index: IndexPort) -> bytes:
    """The anchor chain from genesis to the newest height that node and index hold, checked before it is handed out.

    Raises ProofPending while there is no block, ProofBroken where this node's headers do not make a chain.
    """
    return make_chain(connection.execution, connection.comet, index, connection.evm_chain_id)


def make_chain(execution: ExecutionPort, consensus: ConsensusPort, index: IndexPort, evm_chain_id: int) -> bytes:
    """As ``export_chain``, over given parts."""
    newest = min(consensus.height(), execution.block_number() + 1, index.height())
    if newest < 1:
        raise ProofPending("there is no signed block yet")
    genesis = make_anchor(execution, consensus, evm_chain_id, 0)
    wanted = [*index.set_changes(0, newest), newest]
    heights = _spaced(consensus, wanted, genesis.issued_at.seconds)
    chain = {
        "format": FORMAT,
        "genesis": genesis.as_json(),
        "updates": [_update(consensus, height) for height in heights],
    }
    data = canonical_json(chain) + b"\n"
    try:
        check_chain(data, genesis=GenesisCode(genesis.fingerprint()), now=int(time.time()))
    except Refusal as refusal:
        raise ProofBroken(
            f"this node's headers make no anchor chain: {refusal.message}",
            hint="where the chain stood still for a year there is none; else run `liveledger fsck`",
            refusal=refusal.as_dict(),
        ) from None
    return data


def _spaced(consensus: ConsensusPort, wanted: list[int], begin: int) -> list[int]:
    """The heights wanted, and others between that keep each within 360 days of the one before; begins at ``begin``."""
    heights: list[int] = []
    last, moment = 0, begin
    for height in wanted:
        while _time(consensus, height) > moment + SPACING_SECONDS:
            between = range(last + 1, height)
            place = bisect_right(between, moment + SPACING_SECONDS, key=lambda one: _time(consensus, one))
            last = max(last + 1, last + place)
            moment = _time(consensus, last)
            if last < height:
                heights.append(last)
        heights.append(height)
        last, moment = height, _time(consensus, height)
    return heights


def _time(consensus: ConsensusPort, height: int) -> int:
    signers = read_validators(consensus.validators(height))
    return LightBlock.read(light_block(consensus.commit(height), signers), "light_block").header.time.seconds


def _update(consensus: ConsensusPort, height: int) -> dict[str, Any]:
    signers = read_validators(consensus.validators(height))
    block = light_block(consensus.commit(height), signers)
    _drop_spare_signatures(block, signers)
    changes = block["header"]["next_validators_hash"] != block["header"]["validators_hash"]
    following = read_validators(consensus.validators(height + 1)) if changes else ()
    return {
        "light_block": block,
        "validators": [validator.as_json() for validator in following] if changes else None,
    }


def _drop_spare_signatures(block: dict[str, Any], signers: tuple[Validator, ...]) -> None:
    """Leaves out what is above two thirds: those who hold the most power sign first."""
    signatures = block["commit"]["signatures"]
    present = [place for place, entry in enumerate(signatures) if entry is not None]
    signed, total = 0, total_power(signers)
    for place in sorted(present, key=lambda one: -signers[one].power):
        if signed * 3 > total * 2:
            signatures[place] = None
        signed += signers[place].power
