"""Making archives: a back-up of all that a node is, or a snapshot of the chain's data for a late joiner."""

from __future__ import annotations

import base64
import json
import secrets
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from liveledger.consensus.block_rules import RULES_VERSION
from liveledger.domain.errors import ConfigurationError
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.home import LedgerHome
from liveledger.maintenance import archive
from liveledger.maintenance.contents import VALIDATOR_KEY, Choice, place, sources
from liveledger.maintenance.manifest import BACKUP, Manifest
from liveledger.node import geth, runstate
from liveledger.node.binaries import Engines, embedded_version
from liveledger.node.control import start_detached
from liveledger.node.network import Network, node_settings
from liveledger.node.retirement import Retirement, require_in_service
from liveledger.node.runstate import NodeLock

STOP_SECONDS = 90.0
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What to make: ``keys`` and ``retire`` are for back-ups; ``restart`` stops a running node and starts it again."""

    target: Path
    kind: str = BACKUP
    keys: bool = False
    retire: bool = False
    restart: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """An archive that was written: its manifest and its size on disk in bytes."""

    path: Path
    manifest: Manifest
    size: int

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        seen = self.manifest
        return {
            "file": str(self.path),
            "bytes": self.size,
            "kind": seen.kind,
            "chain_id": seen.chain_id,
            "height": seen.height,
            "app_hash": seen.app_hash,
            "files": len(seen.files),
            "with_keys": seen.with_keys,
            "handover": seen.handover,
        }


def versions(engines: Engines) -> dict[str, str]:
    """Versions of the rules, the two engines and LiveLedger."""
    return {
        "rules": str(RULES_VERSION),
        "cometbft": embedded_version(engines.cometbft)[1],
        "geth": embedded_version(engines.geth)[1],
        "liveledger": metadata.version("liveledger"),
    }


def make_archive(home: LedgerHome, index: int, engines: Engines, order: Order, say: Say) -> Made:
    """Writes an archive of a stopped node.

    Raises ConfigurationError when the node runs and ``order.restart`` does not allow to stop it, when it never ran, or
    when the file cannot be written.
    """
    _check_order(home, index, order)
    stopped = order.restart and runstate.stop_node(home.node(index), patience=STOP_SECONDS)
    if stopped:
        say(f"node {index} is stopped")
    try:
        with NodeLock(home.node(index)), tempfile.TemporaryDirectory(dir=home.directory, prefix=".archive-") as scratch:
            return _make(home, index, engines, order, Path(scratch))
    finally:
        if stopped and Retirement.read(home.node(index)) is None:
            start_detached(home, [index], engines, say)


def _check_order(home: LedgerHome, index: int, order: Order) -> None:
    count = len(Network.load(home).nodes)
    if index >= count:
        raise ConfigurationError(f"ledger {home.name!r} has {count} node(s) here; there is no node {index}")
    if order.retire and not order.keys:
        raise ConfigurationError("a node is handed over with its keys", hint="add --with-keys")
    if not order.retire:
        # What another home goes on with must not be taken for this node's newest state.
        require_in_service(home.node(index))
    if order.target.exists() or not order.target.absolute().parent.is_dir():
        raise ConfigurationError(f"{order.target} is there already, or its folder is not")
    if runstate.running_pid(home.node(index)) is not None and not order.restart:
        raise ConfigurationError(
            f"node {index} runs: its databases change while they are read",
            hint="stop it with `liveledger node stop`, or add --restart: it is stopped and started again",
        )


def _make(home: LedgerHome, index: int, engines: Engines, order: Order, scratch: Path) -> Made:
    profile = str(node_settings(home, index)["profile"])
    head = geth.stopped_head(engines.geth, home.node(index).geth, profile)
    if head.number == 0:
        raise ConfigurationError(f"node {index} has no block yet", hint="start it first: there is nothing to keep")
    private = order.kind == BACKUP
    found = sources(home, index, Choice(private=private, keys=order.keys and private), scratch)
    network = Network.load(home)
    manifest = Manifest(
        kind=order.kind,
        ledger=home.name,
        chain_id=network.chain_id,
        evm_chain_id=network.evm_chain_id,
        genesis_hash=network.genesis_hash,
        node=index,
        member=network.member(index).name,
        validator_key=_validator_key(home, index, network) if private else "-",
        profile=profile,
        height=head.number,
        app_hash=hex_bytes(head.hash),
        block_time=head.timestamp,
        created_at=int(time.time()),
        with_keys=order.keys and private,
        handover=f"{secrets.token_hex(8)}" if order.retire else "",
        versions=versions(engines),
        files=archive.entries(found),
    )

    def retire() -> None:
        if order.retire:
            Retirement(manifest.handover, int(time.time())).write(home.node(index))

    archive.write(order.target.absolute(), manifest, found, before=retire)
    return Made(order.target, manifest, order.target.stat().st_size)


def _validator_key(home: LedgerHome, index: int, network: Network) -> str:
    """Public key (hex) of the key file; of network.json where the key lives elsewhere."""
    found = public_key(place(home, index, VALIDATOR_KEY))
    return found.hex() if found else network.member(index).validator_key


def public_key(path: Path) -> bytes | None:
    """The public key in CometBFT's key file; None without one. Raises ConfigurationError when it cannot be read."""
    try:
        return base64.b64decode(json.loads(path.read_text())["pub_key"]["value"], validate=True)
    except FileNotFoundError:
        return None
    except (KeyError, TypeError, ValueError) as trouble:
        raise ConfigurationError(f"{path} cannot be read: {trouble!r}") from None
