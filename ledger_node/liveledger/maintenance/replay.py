"""Replaying a node's whole chain into an empty engine, and comparing every block: due before an engine upgrade."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.records import field
from liveledger.domain.errors import ConfigurationError, LiveLedgerError
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.home import LedgerHome
from liveledger.maintenance.archive import read_manifest
from liveledger.maintenance.backup import versions
from liveledger.maintenance.errors import ReplayDiffers, WrongLedger
from liveledger.maintenance.isolated import furnish, run_isolated
from liveledger.maintenance.manifest import Manifest
from liveledger.node import geth
from liveledger.node.binaries import Engines
from liveledger.node.network import GENESIS_FILE, Network, node_settings
from liveledger.node.runstate import NodeLock

_STORES = ("blockstore.db", "state.db")
# Never written to again once it is there: a second name for it costs nothing.
_FINISHED = ".ldb"
_HEADERS = 20
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What was compared: blocks 1 to ``height``; gas of all, seconds of the replay without the engines' start."""

    height: int
    block_hash: str
    gas: int
    seconds: float
    profile: str
    versions: dict[str, str]
    disk_bytes: int

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        speed = {"blocks_per_second": self.height / self.seconds, "mgas_per_second": self.gas / 1e6 / self.seconds}
        return asdict(self) | {name: round(value, 2) for name, value in speed.items()}


def verify_replay(
    home: LedgerHome,
    index: int,
    engines: Engines,
    say: Say,
    *,
    against: Path | None = None,
    profile: str | None = None,
) -> Replayed:
    """Replays the stored blocks of a stopped node and compares each block's hash with the one that was signed.

    ``against`` is an archive whose newest block must be on the replayed chain too; ``profile`` another state profile
    than the node's. The node's own files are only read. Raises ReplayDiffers, or ConfigurationError when it runs.
    """
    network = Network.load(home)
    network.member(index)
    manifest = read_manifest(against) if against else None
    if manifest and (manifest.chain_id, manifest.genesis_hash) != (network.chain_id, network.genesis_hash):
        raise WrongLedger(f"{against} is of the chain {manifest.chain_id}, not {network.chain_id}")
    chosen = profile or str(node_settings(home, index)["profile"])
    scratch = LedgerHome(home.root / f".replay-{home.name}-{secrets.token_hex(2)}", home.name)
    before = os.umask(0o077)
    try:
        with NodeLock(home.node(index)):
            _copy_stores(home, scratch, index)
        furnish(scratch, index, home, chosen)
        geth.initialise(engines.geth, scratch.node(index).geth, scratch.directory / GENESIS_FILE, chosen)
        return _replay(scratch, index, engines, say, manifest)
    finally:
        os.umask(before)
        shutil.rmtree(scratch.root, ignore_errors=True)


def _copy_stores(home: LedgerHome, scratch: LedgerHome, index: int) -> None:
    for name in _STORES:
        source, target = (place.node(index).cometbft / "data" / name for place in (home, scratch))
        if not source.is_dir():
            raise ConfigurationError(f"there are no blocks in {source.parent}")
        target.mkdir(parents=True)
        for file in source.iterdir():
            if file.suffix == _FINISHED:
                os.link(file, target / file.name)
            elif file.name != "LOCK":
                shutil.copyfile(file, target / file.name)


def _replay(scratch: LedgerHome, index: int, engines: Engines, say: Say, manifest: Manifest | None) -> Replayed:
    def compare(connection: Connection, seconds: float) -> Replayed:
        say("comparing every block")
        height, newest, gas = _compare(connection, manifest)
        data = scratch.node(index).geth
        size = sum(path.stat().st_size for path in data.rglob("*") if path.is_file())
        profile = str(node_settings(scratch, index)["profile"])
        return Replayed(height, hex_bytes(newest), gas, round(seconds, 2), profile, versions(engines), size)

    try:
        return run_isolated(scratch, index, engines, compare, say)
    except (ReplayDiffers, WrongLedger):
        raise
    except LiveLedgerError as trouble:
        raise ReplayDiffers(
            f"the chain cannot be replayed: {trouble.message}",
            hint="do not upgrade to these engines; the node's own files are as they were",
        ) from trouble


def _compare(connection: Connection, manifest: Manifest | None) -> tuple[int, bytes, int]:
    """Height, hash and gas of all blocks. Raises ReplayDiffers at the first block that is another."""
    height, gas, newest = connection.comet.height(), 0, b""
    if connection.execution.block_number() != height:
        raise ReplayDiffers(f"geth replayed {connection.execution.block_number()} blocks of {height}")
    for first in range(1, height + 1, _HEADERS):
        last = min(first + _HEADERS - 1, height)
        headers = connection.comet.headers(first, min(last + 1, height))
        blocks = connection.execution.blocks(first, last)
        for block in blocks:
            gas += int(block.gas_used)
            newest = block.hash
            following = headers.get(block.number + 1)
            # The newest block's hash is in no header yet: it was executed to the hash that its payload names.
            if following is not None and bytes.fromhex(str(field(following, "app_hash"))) != block.hash:
                raise ReplayDiffers(f"block {block.number} is {hex_bytes(block.hash)} now, signed was another")
            if manifest and manifest.height == block.number and manifest.app_hash != hex_bytes(block.hash):
                raise ReplayDiffers(
                    f"block {block.number} is {hex_bytes(block.hash)}, in the archive {manifest.app_hash}"
                )
    if manifest and manifest.height > height:
        raise ReplayDiffers(f"the archive's block {manifest.height} is above the newest one here, {height}")
    return height, newest, gas
