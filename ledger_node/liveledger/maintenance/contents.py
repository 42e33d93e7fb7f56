"""Which files of a home go into an archive, under which names, and where they belong when they come back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from liveledger.domain.errors import ConfigurationError
from liveledger.domain.home import LedgerHome, NodeHome
from liveledger.node.network import GENESIS_FILE

LEDGER = "ledger/"
NODE = "node/"
SIGN_STATE = "node/cometbft/data/priv_validator_state.json"
VALIDATOR_KEY = "node/cometbft/config/priv_validator_key.json"
# Without these the others do not know the node; the secret between ABCI application and geth may be a new one.
NODE_KEYS = (VALIDATOR_KEY, "node/cometbft/config/node_key.json")
ENGINE_KEY = "node/geth/jwt.key"
# In archives of the time when geth had peers; nothing reads it any more.
_OLD_KEY = "node/geth/network.key"
ACCOUNT_KEYS = "ledger/keys/"
SETTINGS = "node/node.json"
_CHAIN_FOLDERS = ("node/geth/geth/chaindata", "node/geth/geth/triedb")
_BLOCK_FOLDERS = ("node/cometbft/data/blockstore.db", "node/cometbft/data/state.db")
# Evidence that is not on the chain yet, and the messages since the last block.
_PRIVATE_FOLDERS = ("node/cometbft/data/evidence.db", "node/cometbft/data/cs.wal")
_LEDGER_FILES = ("network.json", GENESIS_FILE, "manifest.json", "trust.json")
RECORDS = ("outbox.db", "store.db")
_LOCKS = ("LOCK", "FLOCK")


@dataclass(frozen=True, slots=True)
class Choice:
    """What goes into an archive beside the chain's own data: ``private`` for back-ups, ``keys`` when asked for."""

    private: bool
    keys: bool


def place(home: LedgerHome, node: int, name: str) -> Path:
    """Path in ``home`` of the file that is called ``name`` in an archive."""
    if name.startswith(NODE):
        return home.node(node).directory / name.removeprefix(NODE)
    return home.directory / name.removeprefix(LEDGER)


def sources(home: LedgerHome, node: int, choice: Choice, scratch: Path) -> dict[str, Path]:
    """Files by their name in the archive: geth first, CometBFT second, then the rest. The node must not run.

    Databases that other programs may have open are copied into ``scratch`` by SQLite itself.
    """
    names = [*_walk(home, node, _CHAIN_FOLDERS), *_walk(home, node, _BLOCK_FOLDERS)]
    if choice.private:
        names += _walk(home, node, _PRIVATE_FOLDERS)
        names += [SIGN_STATE, SETTINGS, "node/cometbft/config/genesis.json"]
        names += [LEDGER + name for name in _LEDGER_FILES]
    if choice.private and choice.keys:
        names += [*NODE_KEYS, ENGINE_KEY, *_walk(home, node, [ACCOUNT_KEYS.rstrip("/")])]
    found = {name: place(home, node, name) for name in names}
    found = {name: path for name, path in found.items() if path.is_file()}
    return found | (_records(home, scratch) if choice.private else {})


def _walk(home: LedgerHome, node: int, folders: tuple[str, ...] | list[str]) -> list[str]:
    return [name for folder in folders for name in _files(place(home, node, folder), folder)]


def _files(path: Path, name: str) -> Iterator[str]:
    for entry in sorted(path.rglob("*")):
        if entry.is_file() and not entry.is_symlink() and entry.name not in _LOCKS:
            yield f"{name}/{entry.relative_to(path).as_posix()}"


def _records(home: LedgerHome, scratch: Path) -> dict[str, Path]:
    found = {}
    for name in RECORDS:
        if (home.directory / name).is_file():
            copy_database(home.directory / name, scratch / name)
            found[LEDGER + name] = scratch / name
    return found


def copy_database(source: Path, target: Path) -> None:
    """Copies an SQLite database that others may write to meanwhile. Raises ConfigurationError when it is damaged."""
    try:
        with (
            closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=30)) as old,
            closing(sqlite3.connect(target)) as new,
        ):
            old.backup(new)
            (verdict,) = new.execute("PRAGMA quick_check").fetchone()
    except sqlite3.DatabaseError as trouble:
        raise ConfigurationError(f"{source} cannot be copied: {trouble}") from trouble
    if verdict != "ok":
        raise ConfigurationError(f"{source} is damaged: {verdict}", hint="restore it from the newest back-up")


def allowed(name: str, *, private: bool, keys: bool) -> bool:
    """Whether an archive of that sort may hold a file of that name."""
    folders = _CHAIN_FOLDERS + _BLOCK_FOLDERS + (_PRIVATE_FOLDERS if private else ())
    if any(name.startswith(f"{folder}/") for folder in folders):
        return True
    single = {SIGN_STATE, SETTINGS, "node/cometbft/config/genesis.json"}
    single |= {LEDGER + file for file in (*_LEDGER_FILES, *RECORDS)}
    if private and name in single:
        return True
    return private and keys and (name in (*NODE_KEYS, ENGINE_KEY, _OLD_KEY) or name.startswith(ACCOUNT_KEYS))


def is_fresh(node: NodeHome) -> bool:
    """Whether nothing of a node is there yet."""
    return not node.directory.exists()
