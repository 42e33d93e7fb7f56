"""A validator key comes to an organisation with its holder's word: what `propose`, `vote` and the keys' hosts share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liveledger.bindings.constants import VALIDATORS_ADDRESS
from liveledger.domain.errors import RuleViolation
from liveledger_cli.common.context import read_limited

if TYPE_CHECKING:
    from liveledger.chain.rpc.connection import Connection
    from liveledger.node.validator_proofs import Proven


ProofOption = Annotated[
    Path | None,
    typer.Option(
        "--proof",
        help="The key's proof (`liveledger node validator-proof`), or its organisation's join request",
        exists=True,
        dir_okay=False,
    ),
]
AskedOption = Annotated[
    Path | None,
    typer.Option(
        "--request",
        help="Join request, or validator key's proof: vote only if the proposal is what it asks for",
        exists=True,
        dir_okay=False,
    ),
]


class NotAsked(RuleViolation):
    """A proposal is not what the file beside it asks for; no vote was cast."""

    code = "not-asked"


class UnprovenKey(RuleViolation):
    """Nothing shows that who has a validator key wants it to be the organisation's; nothing was proposed."""

    code = "unproven-key"


def require_asked(connection: Connection, number: int, file: Path) -> None:
    """Raises NotAsked unless a file asks for the proposal; it proves who has the keys."""
    from liveledger.services.governance import stored_calls
    from liveledger.services.organisations import organisation_by_gln

    proven = _read(connection, file)
    if not proven.asks_for(
        stored_calls(connection, number),
        organisation_by_gln(connection, proven.gln),
        lambda key: owner_of(connection, key),
    ):
        raise NotAsked(
            f"proposal {number} is not what this file asks for: not its admission with its node, nor its validator key",
            hint=f"compare them: `liveledger member show {number}`",
        )


def require_proven(connection: Connection, organisation: int, key: bytes, file: Path | None) -> None:
    """Raises UnprovenKey unless a validator key is the organisation's already, or its holder says that it is to be."""
    from liveledger.services.organisations import organisation_by_gln

    if organisation and owner_of(connection, key) == organisation:
        return
    if file is None:
        raise UnprovenKey(
            f"nothing proves who has the validator key {key.hex()}",
            hint="--proof FILE: a join request, or what `liveledger node validator-proof` writes where the key is",
        )
    proven = _read(connection, file)
    if proven.validator_key != key or organisation_by_gln(connection, proven.gln) != organisation:
        raise UnprovenKey(
            f"{file} is of the key {proven.validator_key.hex()} for {proven.gln:013}: another key or organisation",
            hint="name the key and the organisation that it was written for",
        )


def owner_of(connection: Connection, key: bytes) -> int:
    """Number of the organisation that a validator key (32 bytes) belongs or belonged to; 0 for none."""
    from liveledger.bindings import validators
    from liveledger.chain.rpc.finality import final_height

    data = validators.ValidatorOwner(key).calldata()
    answer = connection.execution.call(VALIDATORS_ADDRESS, data, final_height(connection))
    return validators.decode_validator_owner(answer)


def _read(connection: Connection, file: Path) -> Proven:
    from liveledger.node.admission import MAX_REQUEST_BYTES
    from liveledger.node.validator_proofs import read_proven

    return read_proven(read_limited(file, MAX_REQUEST_BYTES), evm_chain_id=connection.evm_chain_id)
