"""Export of trust anchors: the same bytes on every member's node."""

from __future__ import annotations

from dataclasses import replace

from liveledger.bindings import constants
from liveledger.chain.rpc.connection import Connection
from liveledger.domain.errors import ConfigurationError
from liveledger.domain.hashing import hex_bytes, keccak
from liveledger.prover.errors import ProofPending
from liveledger.prover.light_blocks import light_block, read_validators
from liveledger.prover.ports import ConsensusPort, ExecutionPort
from liveledger.verifier import TrustAnchor
from liveledger.verifier.anchor import VALIDITY_SECONDS, ContractPin
from liveledger.verifier.commit import LightBlock, check_commit
from liveledger.verifier.times import Time


def export_anchor(connection: Connection, height: int | None = None) -> TrustAnchor:
    """The anchor at ``height`` (0: genesis; default: the highest that was committed and carried out).

    Everything in it comes from the chain at that height, nothing from this machine: every member's node gives the same
    bytes. Raises ProofPending for a height that is not there yet.
    """
    return make_anchor(connection.execution, connection.comet, connection.evm_chain_id, height)


def make_anchor(
    execution: ExecutionPort, consensus: ConsensusPort, evm_chain_id: int, height: int | None = None
) -> TrustAnchor:
    """As ``export_anchor``, over given parts."""
    newest = min(consensus.height(), execution.block_number() + 1)
    wanted = newest if height is None else height
    if not 0 <= wanted <= newest or newest < 1:
        raise ProofPending(f"height {wanted} is not committed yet; the chain is at {newest}")
    digest, block = _signed(consensus, max(1, wanted))
    return TrustAnchor(
        chain_id=block.header.chain_id,
        evm_chain_id=evm_chain_id,
        height=wanted,
        digest=digest if wanted else keccak(execution.header_rlp(0)),
        validators=read_validators(consensus.validators(wanted + 1)),
        directory=_directory_pin(execution),
        contracts={},
        valid_until=Time(block.header.time.seconds + VALIDITY_SECONDS),
        issued_at=block.header.time,
    )


def move_anchor(anchor: TrustAnchor, consensus: ConsensusPort, height: int) -> TrustAnchor:
    """``anchor`` at a height above its own, with the contracts that it pins: as a client has it."""
    digest, block = _signed(consensus, height)
    return replace(
        anchor,
        height=height,
        digest=digest,
        validators=read_validators(consensus.validators(height + 1)),
        issued_at=block.header.time,
    )


def _signed(consensus: ConsensusPort, height: int) -> tuple[bytes, LightBlock]:
    """The header's hash at a height, and the light block, whose commit is checked."""
    signers = read_validators(consensus.validators(height))
    block = LightBlock.read(light_block(consensus.commit(height), signers), "light_block")
    return check_commit(block, signers)[0], block


def _directory_pin(execution: ExecutionPort) -> ContractPin:
    """The Directory's pin: its code never changes, so the newest block, which every node has, speaks for all."""
    code = execution.code(constants.DIRECTORY_ADDRESS, execution.block_number())
    if not code:
        raise ConfigurationError(f"genesis holds no contract at {hex_bytes(constants.DIRECTORY_ADDRESS)}")
    return ContractPin(constants.DIRECTORY_ADDRESS, keccak(code), 0)
