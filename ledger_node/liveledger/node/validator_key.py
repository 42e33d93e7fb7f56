"""A new validator key for a node, after the old one was lost or stolen, or because it is time."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from liveledger.domain.errors import ConfigurationError
from liveledger.domain.home import LedgerHome, NodeHome
from liveledger.domain.private_files import destroy, replace, sync_folder
from liveledger.node import cometbft
from liveledger.node.genesis import validator_address
from liveledger.node.network import node_settings
from liveledger.node.remote_signer import SETTING
from liveledger.node.runstate import NodeLock
from liveledger.node.settings import VALIDATOR_KEY, change_settings


@dataclass(frozen=True, slots=True)
class NewKey:
    """A node's new public validator key (32 bytes), its address, and where the old key's file went (None: nowhere)."""

    public_key: bytes
    address: bytes
    kept: Path | None


def new_validator_key(home: LedgerHome, index: int, *, destroy_old: bool = False) -> NewKey:
    """Gives a stopped node a new validator key, with a state in which nothing is signed yet.

    The old key goes to a dated file, or is destroyed. Interrupted at any instant, a node never has an old key with an
    empty state: it does not start until this is done again. Raises ConfigurationError when the node runs, or its key
    is with a remote signer.
    """
    node = home.node(index)
    if node_settings(home, index).get(SETTING):
        raise ConfigurationError(
            "this node's key is with a remote signer", hint="make the new key there; docs/keys.md says how"
        )
    with NodeLock(node):
        kept = _put_away(node, destroy_old=destroy_old)
        content, public = cometbft.new_validator_key()
        key = cometbft.validator_key_file(node.cometbft)
        replace(key, cometbft.encode(content))
        replace(cometbft.validator_state_file(node.cometbft), cometbft.encode(cometbft.NOTHING_SIGNED))
        change_settings(node, {VALIDATOR_KEY: public.hex()})
    return NewKey(public, validator_address(public), kept)


def _put_away(node: NodeHome, *, destroy_old: bool) -> Path | None:
    """Takes the old state away first, then the old key: a key without its state is refused at every start."""
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    kept = None
    for path in (cometbft.validator_state_file(node.cometbft), cometbft.validator_key_file(node.cometbft)):
        kept = None
        if not path.exists():
            continue
        if destroy_old:
            destroy(path)
        else:
            kept = _unused(path, stamp)
            path.rename(kept)
            sync_folder(path.parent)
    return kept


def _unused(path: Path, stamp: str) -> Path:
    """A name for the old file that nothing has yet."""
    for number in range(1000):
        found = path.with_name(f"{path.name}.{stamp}{f'-{number}' if number else ''}")
        if not found.exists():
            return found
    raise ConfigurationError(f"there are too many old files beside {path}")
