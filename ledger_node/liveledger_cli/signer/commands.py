"""``liveledger signer``: a validator's key in a process of its own, and how a node is told to use it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liveledger.domain.errors import ConfigurationError, InvalidInput
from liveledger.domain.private_files import write_new
from liveledger.node.signer.protection import LastSigned
from liveledger.node.signer.state import NOTHING, above, read_last
from liveledger_cli.common.context import JsonOption, Output
from liveledger_cli.common.ledger_context import Commands
from liveledger_cli.node.keys import write_validator_proof

if TYPE_CHECKING:
    from liveledger.node.signer.run import SignerFiles


KeyOption = Annotated[Path, typer.Option("--key", help="The validator's key file (CometBFT's form, mode 0600)")]
StateOption = Annotated[Path, typer.Option("--state", help="File of what was signed last, on a disk of its own")]
ChainOption = Annotated[str, typer.Option("--chain-id", help="The one chain to sign for (network.json names it)")]

signer_commands = Commands(help="A remote signer: the validator's key outside its node.", no_args_is_help=True)


@signer_commands.command()
def init(
    key: KeyOption,
    state: StateOption,
    chain_id: ChainOption,
    new: Annotated[bool, typer.Option("--new", help="The key never signed; it is made when it is not there")] = False,
    go_on: Annotated[
        Path | None, typer.Option("--continue", help="Go on after this priv_validator_state.json or signer's state")
    ] = None,
    height: Annotated[int | None, typer.Option("--above", help="Sign nothing at or below this height", min=1)] = None,
    as_json: JsonOption = False,
) -> None:
    """Begin the state of a signer: for a new key, after a node's own state, or above a height."""
    from liveledger.node import cometbft
    from liveledger.node.signer.run import SignerFiles, begin

    if [new, go_on is not None, height is not None].count(True) != 1:
        raise InvalidInput("how to begin was not said", hint="give one of --new, --continue FILE, --above HEIGHT")
    if new and not key.exists():
        write_new(key, cometbft.encode(cometbft.new_validator_key()[0]))
    files = SignerFiles(key, state, chain_id)
    begin(files, _beginning(files, go_on, height))
    public = files.identity().public_key.hex()
    Output(as_json).result({"public_key": public, "state": str(state)}, f"signer of validator key {public}: {state}")


def _beginning(files: SignerFiles, go_on: Path | None, height: int | None) -> LastSigned:
    if go_on is not None:
        return read_last(go_on, files.identity())
    return NOTHING if height is None else above(height)


@signer_commands.command()
def run(
    key: KeyOption,
    state: StateOption,
    chain_id: ChainOption,
    connect: Annotated[str, typer.Option("--connect", help="unix:// and the path of the node's socket")],
) -> None:
    """Sign for a node until stopped; log lines go to stderr."""
    from liveledger.node.remote_signer import parse
    from liveledger.node.signer.run import SignerFiles, run_signer

    try:
        run_signer(SignerFiles(key, state, chain_id), parse(connect))
    except OSError as trouble:
        raise ConfigurationError(
            f"the signer stops: {trouble}", hint="make room on the disk of --state, then start it again"
        ) from trouble


@signer_commands.command("validator-proof")
def validator_proof(
    key: KeyOption,
    chain_id: ChainOption,
    gln: Annotated[str, typer.Argument(help="GLN of the organisation whose validator key it is to be")],
    out: Annotated[Path, typer.Option(help="Where to write the proof", dir_okay=False)],
    as_json: JsonOption = False,
) -> None:
    """Write the proof that a signer's key is to be an organisation's: members ask for it."""
    from liveledger.node.network import evm_chain_id
    from liveledger.node.signer.key import read_key

    write_validator_proof(Output(as_json), read_key(key), gln, evm_chain_id(chain_id), out)
