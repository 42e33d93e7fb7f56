"""CometBFT's files and command line; config.toml is written by us in full on every start."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from liveledger.domain.errors import ConfigurationError, InvalidInput
from liveledger.domain.home import LOOPBACK, NodePorts
from liveledger.domain.private_files import private_folder, write_new
from liveledger.domain.transactions import MAX_TX_BYTES
from liveledger.node.addresses import with_port
from liveledger.node.genesis import MAX_BLOCK_BYTES, public_key, validator_address
from liveledger.node.possession import NodeKeys

ABCI_SOCKET = "abci.sock"
NOTHING_SIGNED = {"height": "0", "round": 0, "step": 0}
HALTED = b"CONSENSUS FAILURE"
# What it says of a block whose time is over ``block_time_tolerance`` ahead of this machine's clock.
FROM_THE_FUTURE = b"too far in the future"
# Said while it catches up, of a block whose votes it has verified before.
BAD_SYNC = b"Error in validation"
# What it says when it replays stored blocks, and once in 100 blocks while it syncs; and which field is the target.
_TARGETS = ((b"ABCI Replay Blocks", "storeHeight"), (b"Block Sync Rate", "max_peer_height"))
_HEIGHT = b"app block height ("
_OUTSIDE = (b") is higher than core (", b") is too far below block store base (")


def lost_blocks(line: bytes) -> bool:
    """Whether CometBFT says that the engine's head is none of the blocks it stores (ErrAppBlockHeightTooHigh, …Low)."""
    return _HEIGHT in line and any(part in line for part in _OUTSIDE)


def replay_target(line: bytes) -> int | None:
    """The height that CometBFT says it replays its store to, or syncs to from its peers; None in any other line."""
    for said, field in _TARGETS:
        if said in line:
            try:
                return int(json.loads(line)[field])
            except (KeyError, TypeError, ValueError):
                return None
    return None


@dataclass(frozen=True, slots=True)
class Pace:
    """Times of consensus, in milliseconds.

    ``commit`` is below a second on purpose: the payload's timestamp, which no vote precedes, sets the pace of one block
    a second. ``propose`` is what a dead proposer's turn costs: it is longer than the usual wait for the clock (under
    1 s, since a block's parent is never from the future) and a build together. A build that takes longer, or a clock
    that is late by more, costs rounds: each adds ``delta``, until there is time enough.
    """

    commit: int = 500
    propose: int = 1500
    vote: int = 300
    delta: int = 500


def validator_key_file(home: Path) -> Path:
    """File of the validator's key."""
    return home / "config" / "priv_validator_key.json"


def validator_state_file(home: Path) -> Path:
    """File of what the validator signed last."""
    return home / "data" / "priv_validator_state.json"


def node_key_file(home: Path) -> Path:
    """File of the key that names the node to its peers."""
    return home / "config" / "node_key.json"


def create_keys(home: Path) -> tuple[bytes, str]:
    """Writes a validator's key and a node's key; returns the validator's public key (32 bytes) and the node id."""
    for folder in (home, home / "config", home / "data"):
        private_folder(folder)
    content, key = new_validator_key()
    _write_secret(validator_key_file(home), content)
    _write_secret(validator_state_file(home), NOTHING_SIGNED)
    node_secret, node_key = _key_pair()
    _write_secret(node_key_file(home), {"priv_key": node_secret})
    return key, validator_address(node_key).hex()


def public_keys(home: Path) -> tuple[bytes, str]:
    """The validator's public key (32 bytes) and the node id of existing keys.

    Raises ConfigurationError when a key is not there or cannot be read.
    """
    node_key = _private_key(home / "config" / "node_key.json").public_key().public_bytes_raw()
    return validator_key(home).public_key().public_bytes_raw(), validator_address(node_key).hex()


def validator_key(home: Path) -> Ed25519PrivateKey:
    """The validator's secret key. Raises ConfigurationError when it is not there or cannot be read."""
    return _private_key(home / "config" / "priv_validator_key.json")


def node_keys(home: Path) -> NodeKeys:
    """The secret keys of a node. Raises ConfigurationError when one is not there or cannot be read."""
    return NodeKeys(_private_key(node_key_file(home)), validator_key(home))


def _private_key(path: Path) -> Ed25519PrivateKey:
    try:
        value = base64.b64decode(json.loads(path.read_text())["priv_key"]["value"])
        return Ed25519PrivateKey.from_private_bytes(value[:32])
    except FileNotFoundError:
        raise ConfigurationError(f"there is no key in {path}") from None
    except (KeyError, TypeError, ValueError):
        # Without the reason: it could quote the file.
        raise ConfigurationError(f"{path} holds no Ed25519 key") from None


def new_validator_key() -> tuple[dict[str, Any], bytes]:
    """A new validator key as the content of its file, and its public key (32 bytes)."""
    secret, key = _key_pair()
    return {"address": validator_address(key).hex().upper(), "pub_key": public_key(key), "priv_key": secret}, key


def _key_pair() -> tuple[dict[str, str], bytes]:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    value = base64.b64encode(private.private_bytes_raw() + public).decode()
    return {"type": "tendermint/PrivKeyEd25519", "value": value}, public


def _write_secret(path: Path, content: dict[str, Any]) -> None:
    try:
        write_new(path, encode(content))
    except InvalidInput:
        raise ConfigurationError(f"{path} is there already; a validator's key is never overwritten") from None


def encode(content: dict[str, Any]) -> bytes:
    """``content`` as CometBFT's files have it."""
    return json.dumps(content, indent=2).encode() + b"\n"


def write_genesis(home: Path, genesis: dict[str, Any]) -> None:
    """Writes ``genesis`` into the node's config folder."""
    (home / "config" / "genesis.json").write_text(json.dumps(genesis, indent=2) + "\n")


@dataclass(frozen=True, slots=True)
class PeerAddress:
    """Addresses of a node: where it takes peers, where they reach it, whether several nodes share one address."""

    listen: str = LOOPBACK
    host: str = LOOPBACK
    shared: bool = True


def write_config(
    home: Path,
    ports: NodePorts,
    peers: Sequence[str],
    *,
    moniker: str,
    pace: Pace,
    address: PeerAddress | None = None,
    signer: str = "",
) -> None:
    """Writes config.toml.

    ``peers`` are ``node id@host:port`` of the other members; without ``address``, loopback. ``signer`` is where
    CometBFT listens for a remote signer, empty when it signs by its own key file.
    """
    address = address or PeerAddress()
    # CometBFT makes a key file where it finds none, also when it does not use it: that one gets another name.
    own = "unused" if signer else "priv"
    text = _CONFIG.format(
        own=own,
        signer=signer,
        moniker=moniker,
        socket=ABCI_SOCKET,
        rpc=ports.consensus_rpc,
        listen=with_port(address.listen, ports.consensus_p2p),
        external=with_port(address.host, ports.consensus_p2p),
        shared=str(address.shared).lower(),
        metrics=ports.consensus_metrics,
        peers=",".join(peers),
        body=2 * MAX_BLOCK_BYTES,
        tx_bytes=MAX_TX_BYTES,
        pace=pace,
    )
    (home / "config" / "config.toml").write_text(text)


def arguments(binary: Path, home: Path) -> list[str]:
    """The command that runs a node."""
    return [str(binary), "start", "--home", str(home)]


_CONFIG = """\
# Written by `liveledger node start`; edits are lost.
proxy_app = "unix://{socket}"
abci = "socket"
moniker = "{moniker}"
db_backend = "goleveldb"
db_dir = "data"
log_level = "consensus:info,state:info,blocksync:info,*:error"
log_format = "json"
genesis_file = "config/genesis.json"
priv_validator_key_file = "config/{own}_validator_key.json"
priv_validator_state_file = "data/{own}_validator_state.json"
priv_validator_laddr = "{signer}"
node_key_file = "config/node_key.json"
filter_peers = true

[rpc]
laddr = "tcp://127.0.0.1:{rpc}"
# Allows `dial_peers`, by which the node keeps its peers in step with the ledger's list. Whoever is on this host may
# then have it dial any address; who answers there must still pass the filter to become a peer (docs/hosts.md).
unsafe = true
max_open_connections = 200
max_body_bytes = {body}
experimental_close_on_slow_client = true

[p2p]
laddr = "tcp://{listen}"
external_address = "{external}"
persistent_peers = "{peers}"
persistent_peers_max_dial_period = "3s"
addr_book_strict = false
allow_duplicate_ip = {shared}
pex = false
# A block of 20 MiB must reach everybody within the time that validators wait for a proposal.
send_rate = 104857600
recv_rate = 104857600
max_packet_msg_payload_size = 16384
flush_throttle_timeout = "10ms"
handshake_timeout = "10s"

[p2p.libp2p]
enabled = false

[mempool]
# The bridge keeps what waits; CometBFT tells it to the peers.
type = "app"
recheck = false
broadcast = true
max_tx_bytes = {tx_bytes}
max_batch_bytes = 1048576
reap_max_bytes = 4194304
reap_interval = "50ms"
seen_cache_size = 65536
check_tx_retry_delay = "5s"

[statesync]
enable = false

[blocksync]
version = "v0"
adaptive_sync = false

[consensus]
wal_file = "data/cs.wal/wal"
timeout_propose = "{pace.propose}ms"
timeout_propose_delta = "{pace.delta}ms"
timeout_prevote = "{pace.vote}ms"
timeout_prevote_delta = "{pace.delta}ms"
timeout_precommit = "{pace.vote}ms"
timeout_precommit_delta = "{pace.delta}ms"
timeout_commit = "{pace.commit}ms"
skip_timeout_commit = false
create_empty_blocks = true
create_empty_blocks_interval = "0s"
peer_gossip_sleep_duration = "20ms"
block_time_tolerance = "60s"

[storage]
discard_abci_responses = false

[tx_index]
indexer = "null"

[instrumentation]
prometheus = true
prometheus_listen_addr = "127.0.0.1:{metrics}"
"""
