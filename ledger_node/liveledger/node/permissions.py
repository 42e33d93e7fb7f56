"""What must hold of a node's secrets on disk before anything is signed: who owns them, and who else can reach them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from liveledger.domain.errors import ConfigurationError
from liveledger.domain.home import LedgerHome, NodeHome
from liveledger.domain.keys import ENCRYPTED, PLAIN
from liveledger.node import cometbft, geth

_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OTHERS_AT_ALL = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Violation:
    """One file or folder that is not as it must be, and the command that mends it."""

    path: Path
    what: str
    fix: str

    def __str__(self) -> str:
        return f"{self.path} {self.what}"


class LoosePermissions(ConfigurationError):
    """Secrets of this node can be read or replaced by others, or are not there: it does not start."""

    code = "loose-permissions"

    def __init__(self, violations: list[Violation]) -> None:
        named = [{"path": str(entry.path), "what": entry.what, "fix": entry.fix} for entry in violations]
        super().__init__(
            "the node's secrets are not safe: " + "; ".join(map(str, violations)),
            hint="; ".join(entry.fix for entry in violations),
            violations=named,
        )


def check_permissions(home: LedgerHome, index: int, *, remote_signer: bool = False) -> None:
    """Raises LoosePermissions, naming every violation with its fix, unless all secrets of a node are its owner's alone.

    With ``remote_signer`` the validator's key and its state need not be here.
    """
    found = [*_accounts(home), *_node(home.node(index), remote_signer=remote_signer)]
    if found:
        raise LoosePermissions(found)


def _accounts(home: LedgerHome) -> Iterator[Violation]:
    if not home.keys.is_dir():
        return
    yield from _check(home.keys, _OTHERS_AT_ALL)
    for path in sorted(home.keys.iterdir()):
        if path.suffix in (PLAIN, ENCRYPTED):
            yield from _check(path, _OTHERS_AT_ALL)


def _node(node: NodeHome, *, remote_signer: bool) -> Iterator[Violation]:
    for folder in (node.directory, node.cometbft, node.cometbft / "config", node.cometbft / "data"):
        # Who may write into a folder may put another key into it.
        yield from _check(folder, _OTHERS_WRITE)
    if node.run.exists():  # re-created at the start where it is not
        yield from _check(node.run, _OTHERS_AT_ALL)
    for path in (node.geth, geth.jwt_path(node.geth), cometbft.node_key_file(node.cometbft)):
        yield from _check(path, _OTHERS_AT_ALL)
    for path in (cometbft.validator_key_file(node.cometbft), cometbft.validator_state_file(node.cometbft)):
        # CometBFT would make a new key, or begin a new memory of what was signed, where one is missing.
        if path.exists() or not remote_signer:
            yield from _check(path, _OTHERS_AT_ALL)


def _check(path: Path, forbidden: int) -> Iterator[Violation]:
    try:
        status = path.stat()
    except FileNotFoundError:
        yield Violation(path, "is missing", f"restore {path} from a back-up (docs/keys.md says how)")
        return
    if status.st_uid != os.geteuid():
        yield Violation(path, f"belongs to user {status.st_uid}, not {os.geteuid()}", f"chown {os.geteuid()} {path}")
    if status.st_mode & forbidden:
        act = "written" if forbidden == _OTHERS_WRITE else "reached"
        fix = f"chmod {'go-w' if forbidden == _OTHERS_WRITE else 'go='} {path}"
        yield Violation(path, f"can be {act} by others (mode {stat.S_IMODE(status.st_mode):04o})", fix)
