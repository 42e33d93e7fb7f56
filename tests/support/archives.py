"""Homes and archives made by hand: every file has the right name; what is in the databases does not matter."""

from __future__ import annotations

import functools
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from liveledger.domain.home import LedgerHome
from liveledger.domain.keys import create_key
from liveledger.maintenance import archive
from liveledger.maintenance.backup import public_key, versions
from liveledger.maintenance.contents import SIGN_STATE, VALIDATOR_KEY, Choice, place, sources
from liveledger.maintenance.manifest import BACKUP, Manifest
from liveledger.maintenance.signing import SignState
from liveledger.node import cometbft, geth
from liveledger.node.binaries import Engines, find_engines
from liveledger.node.network import GENESIS_FILE, Member, Network
from liveledger.node.ports import node_ports

CHAIN = "liveledger-test-abc123"
GENESIS = "0x" + "11" * 32
HEIGHT = 100
BLOCK_TIME = 1_795_000_000


@functools.cache
def engines() -> Engines:
    """The two programs; to find them is to hash them."""
    return find_engines()


@dataclass
class MadeHome:
    """A home with ``members`` nodes of equal power, of which number 0 has files."""

    home: LedgerHome
    members: int = 4
    network: Network = field(init=False)

    def __post_init__(self) -> None:
        node = self.home.node()
        for folder in (node.run, node.logs):
            folder.mkdir(parents=True, mode=0o700)
        key, node_id = cometbft.create_keys(node.cometbft)
        geth.create_secret(node.geth)
        own = Member("node0", node_id, key.hex(), 10, "127.0.0.1", 20_004)
        others = [replace(own, name=f"node{i}", validator_key=f"{i:064x}") for i in range(1, self.members)]
        self.network = Network("test", CHAIN, 7, GENESIS, "0x" + "22" * 20, "archive", (own, *others))
        self.network.save(self.home)
        (self.home.directory / GENESIS_FILE).write_text("{}")
        node.write_settings(node_ports(20_000, 0), profile="archive", cache_mb=64, pace={})
        cometbft.write_genesis(node.cometbft, {"chain_id": CHAIN})
        self.write("node/geth/geth/chaindata/000001.sst", b"state " * 9_000)
        self.write("node/geth/geth/chaindata/LOCK", b"")
        self.write("node/geth/geth/nodekey", b"secret")
        self.write("node/cometbft/data/blockstore.db/000001.ldb", b"blocks")
        self.write("node/cometbft/data/state.db/000001.ldb", b"sets")
        self.write("node/cometbft/data/cs.wal/wal", b"votes")
        create_key(self.home.keys, "administrator")
        self.sign(HEIGHT)
        self.note("outbox.db", "acknowledged")

    def write(self, name: str, content: bytes) -> None:
        """Writes a file by its name in an archive."""
        path = place(self.home, 0, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def sign(self, height: int) -> None:
        """Notes a precommit at ``height`` as the newest signature."""
        SignState(height, 0, 3, {"signature": "c2ln", "signbytes": "AB"}).write(place(self.home, 0, SIGN_STATE))

    def note(self, name: str, text: str) -> None:
        """One more row in a database."""
        with closing(sqlite3.connect(self.home.directory / name)) as database:
            database.execute("PRAGMA journal_mode = WAL")
            database.execute("CREATE TABLE IF NOT EXISTS notes (text TEXT)")
            database.execute("INSERT INTO notes VALUES (?)", (text,))
            database.commit()

    def notes(self, name: str) -> list[str]:
        """The rows of a database."""
        with closing(sqlite3.connect(self.home.directory / name)) as database:
            return [text for (text,) in database.execute("SELECT text FROM notes")]

    def archive(self, target: Path, *, kind: str = BACKUP, keys: bool = False, **changes: Any) -> Manifest:
        """Writes an archive as the command does, but for the block, which no engine was asked for."""
        scratch = target.parent / f"{target.name}.scratch"
        scratch.mkdir()
        found = sources(self.home, 0, Choice(private=kind == BACKUP, keys=keys), scratch)
        key = public_key(place(self.home, 0, VALIDATOR_KEY))
        manifest = Manifest(
            kind=kind,
            ledger=self.home.name,
            chain_id=CHAIN,
            evm_chain_id=7,
            genesis_hash=GENESIS,
            node=0,
            member="node0",
            validator_key=key.hex() if key else "-",
            profile="archive",
            height=HEIGHT,
            app_hash="0x" + "33" * 32,
            block_time=BLOCK_TIME,
            created_at=BLOCK_TIME + 5,
            with_keys=keys,
            handover="",
            versions=versions(engines()),
            files=archive.entries(found),
        )
        manifest = replace(manifest, **changes)
        archive.write(target, manifest, found, before=lambda: None)
        return manifest


def made_home(root: Path, members: int = 4) -> MadeHome:
    """A new home of the ledger ``test`` below ``root``."""
    return MadeHome(LedgerHome(root, "test"), members)


def state_on_disk(home: LedgerHome) -> dict[str, Any]:
    """CometBFT's record of its newest signature."""
    return dict(json.loads(place(home, 0, SIGN_STATE).read_text()))


def tree(folder: Path) -> dict[str, bytes]:
    """All files below ``folder``."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
