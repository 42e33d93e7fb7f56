"""``liveledger node signer``, ``new-validator-key``, ``validator-proof``: where a validator key is, and whose."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liveledger.domain import gs1
from liveledger.domain.errors import ConfigurationError, InvalidInput
from liveledger.domain.home import LedgerHome
from liveledger.node import cometbft
from liveledger.node.network import Network, node_settings
from liveledger.node.remote_signer import SETTING, use_local, use_remote
from liveledger.node.settings import own_validator_key
from liveledger.node.signer.state import Identity
from liveledger.node.validator_key import new_validator_key
from liveledger.node.validator_proofs import write_proof
from liveledger_cli.common.context import HomeOption, JsonOption, LedgerOption, Output, find_home
from liveledger_cli.common.read_back import write_and_read

IndexOption = Annotated[
    int, typer.Option("--node", envvar="LIVELEDGER_NODE", help="Number of the node on this machine", min=0)
]


def signer(
    listen: Annotated[str | None, typer.Option("--listen", help="unix:// and the path of the signer's socket")] = None,
    public_key: Annotated[
        str | None, typer.Option("--public-key", help="With --listen: the signer's key when it is a new one (hex)")
    ] = None,
    local: Annotated[bool, typer.Option("--local", help="Use the node's own key file again")] = False,
    state: Annotated[Path | None, typer.Option("--state", help="With --local: the state of the signer so far")] = None,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: IndexOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Say where a stopped node's signatures come from: a remote signer's socket, or its own key file."""
    where = find_home(home, ledger)
    member = Network.load(where).member(node)
    if (listen is None) != local or (state is None) == local:
        raise InvalidInput(
            "where signatures come from was not said",
            hint="--listen unix:///PATH, or --local --state FILE with the state of the signer that is stopped now",
        )
    if listen is not None:
        _remote(Output(as_json), where, node, listen, _public(public_key) if public_key else None)
        return
    own = own_validator_key(node_settings(where, node), member.validator_key)
    last = use_local(where, node, Path(str(state)), Identity(Network.load(where).chain_id, own))
    Output(as_json).result({SETTING: None, "last": str(last.position)}, f"own key file, after {last.position}")


def _public(text: str) -> bytes:
    if not re.fullmatch(r"[0-9a-fA-F]{64}", text):
        raise InvalidInput(
            f"{text[:80]!r} is no public key", hint="64 hex digits, as `liveledger signer init` prints them"
        )
    return bytes.fromhex(text)


def _remote(output: Output, home: LedgerHome, node: int, address: str, public_key: bytes | None) -> None:
    key = use_remote(home, node, address, public_key)
    left = key.exists()
    advice = [f"move {key} to the signer: it is not used here any more"] if left else []
    address = node_settings(home, node)[SETTING]
    output.result({SETTING: address, "key_file_left": str(key) if left else None}, [f"signer at {address}", *advice])


def new_key(
    destroy_old: Annotated[
        bool, typer.Option("--destroy-old", help="Overwrite and remove the old key instead of keeping a dated file")
    ] = False,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: IndexOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Make a new validator key for a stopped node; it counts once the members have voted for it."""
    made = new_validator_key(find_home(home, ledger), node, destroy_old=destroy_old)
    data = {
        "validator_key": made.public_key.hex(),
        "address": made.address.hex().upper(),
        "old_key": str(made.kept) if made.kept else None,
    }
    Output(as_json).result(data, [f"{name}: {value}" for name, value in data.items() if value])


def validator_proof(
    gln: Annotated[str, typer.Argument(help="GLN of the organisation whose validator key it is to be")],
    out: Annotated[Path, typer.Option(help="Where to write the proof", dir_okay=False)],
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: IndexOption = 0,
    as_json: JsonOption = False,
) -> None:
    """Write the proof that this node's validator key is to be an organisation's: members ask for it."""
    where = find_home(home, ledger)
    if node_settings(where, node).get(SETTING):
        raise ConfigurationError(
            "this node's validator key is at a remote signer", hint="`liveledger signer validator-proof` on its host"
        )
    key = cometbft.validator_key(where.node(node).cometbft)
    write_validator_proof(Output(as_json), key, gln, Network.load(where).evm_chain_id, out)


def write_validator_proof(output: Output, key: Ed25519PrivateKey, gln: str, evm_chain_id: int, out: Path) -> None:
    """Writes a proof, reads it back and shows what is in it."""
    data = write_proof(key, gs1.gln(gln), evm_chain_id=evm_chain_id)
    write_and_read(out, data)
    shown = {"proof": str(out), "gln": gln, "validator_key": key.public_key().public_bytes_raw().hex()}
    output.result(shown, f"wrote {out}: the validator key {shown['validator_key']} is to be that of {gln}")
