"""``liveledger node signer``, ``new-validator-key``, ``validator-proof``: where a validator key is, and whose."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liveledger.domain import gs1
from liveledger.domain.errors import ConfigurationError, InvalidInput
from liveledger.domain.home import LedgerHome
from liveledger.node.settings import own_validator_key
from liveledger.node.signer.state import Identity
from liveledger_cli.common.context import Output
from liveledger_cli.common.ledger_context import LedgerContext
from liveledger_cli.common.read_back import write_and_read

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def signer(
    here: LedgerContext,
    listen: Annotated[str | None, typer.Option("--listen", help="unix:// and the path of the signer's socket")] = None,
    public_key: Annotated[
        str | None, typer.Option("--public-key", help="With --listen: the signer's key when it is a new one (hex)")
    ] = None,
    local: Annotated[bool, typer.Option("--local", help="Use the node's own key file again")] = False,
    state: Annotated[Path | None, typer.Option("--state", help="With --local: the state of the signer so far")] = None,
) -> None:
    """Say where a stopped node's signatures come from: a remote signer's socket, or its own key file."""
    from liveledger.node.network import Network, node_settings
    from liveledger.node.remote_signer import SETTING, use_local

    where = here.home
    member = Network.load(where).member(here.node)
    if (listen is None) != local or (state is None) == local:
        raise InvalidInput(
            "where signatures come from was not said",
            hint="--listen unix:///PATH, or --local --state FILE with the state of the signer that is stopped now",
        )
    if listen is not None:
        _remote(here.output, where, here.node, listen, _public(public_key) if public_key else None)
        return
    own = own_validator_key(node_settings(where, here.node), member.validator_key)
    last = use_local(where, here.node, Path(str(state)), Identity(Network.load(where).chain_id, own))
    here.output.result({SETTING: None, "last": str(last.position)}, f"own key file, after {last.position}")


def _public(text: str) -> bytes:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise InvalidInput(
            f"{text[:80]!r} is no public key", hint="64 hex digits, as `liveledger signer init` prints them"
        )
    return bytes.fromhex(text)


def _remote(output: Output, home: LedgerHome, node: int, address: str, public_key: bytes | None) -> None:
    from liveledger.node.network import node_settings
    from liveledger.node.remote_signer import SETTING, use_remote

    key = use_remote(home, node, address, public_key)
    left = key.exists()
    advice = [f"move {key} to the signer: it is not used here any more"] if left else []
    address = node_settings(home, node)[SETTING]
    output.result({SETTING: address, "key_file_left": str(key) if left else None}, [f"signer at {address}", *advice])


def new_key(
    here: LedgerContext,
    destroy_old: Annotated[
        bool, typer.Option("--destroy-old", help="Overwrite and remove the old key instead of keeping a dated file")
    ] = False,
) -> None:
    """Make a new validator key for a stopped node; it counts once the members have voted for it."""
    from liveledger.node.validator_key import new_validator_key

    made = new_validator_key(here.home, here.node, destroy_old=destroy_old)
    data = {
        "validator_key": made.public_key.hex(),
        "address": made.address.hex().upper(),
        "old_key": str(made.kept) if made.kept else None,
    }
    here.output.result(data, [f"{name}: {value}" for name, value in data.items() if value])


def validator_proof(
    here: LedgerContext,
    gln: Annotated[str, typer.Argument(help="GLN of the organisation whose validator key it is to be")],
    out: Annotated[Path, typer.Option(help="Where to write the proof", dir_okay=False)],
) -> None:
    """Write the proof that this node's validator key is to be an organisation's: members ask for it."""
    from liveledger.node import cometbft
    from liveledger.node.network import Network, node_settings
    from liveledger.node.remote_signer import SETTING

    where = here.home
    if node_settings(where, here.node).get(SETTING):
        raise ConfigurationError(
            "this node's validator key is at a remote signer", hint="`liveledger signer validator-proof` on its host"
        )
    key = cometbft.validator_key(where.node(here.node).cometbft)
    write_validator_proof(here.output, key, gln, Network.load(where).evm_chain_id, out)


def write_validator_proof(output: Output, key: Ed25519PrivateKey, gln: str, evm_chain_id: int, out: Path) -> None:
    """Writes a proof, reads it back and shows what is in it."""
    from liveledger.node.validator_proofs import write_proof

    data = write_proof(key, gs1.gln(gln), evm_chain_id=evm_chain_id)
    write_and_read(out, data)
    shown = {"proof": str(out), "gln": gln, "validator_key": key.public_key().public_bytes_raw().hex()}
    output.result(shown, f"wrote {out}: the validator key {shown['validator_key']} is to be that of {gln}")
