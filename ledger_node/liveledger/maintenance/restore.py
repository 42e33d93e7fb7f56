"""Restoring: everything is checked in a folder beside the home, then put in its place in one step."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from liveledger.domain.errors import ConfigurationError
from liveledger.domain.home import LedgerHome
from liveledger.domain.keys import KEY_BYTES
from liveledger.maintenance import contents
from liveledger.maintenance.archive import opened, require_room
from liveledger.maintenance.backup import public_key, versions
from liveledger.maintenance.errors import ArchiveRefused, UnsafeSigning, WrongLedger
from liveledger.maintenance.manifest import BACKUP, SNAPSHOT, Manifest
from liveledger.maintenance.sign_rule import Claims, Source, decide
from liveledger.maintenance.signing import SignState
from liveledger.maintenance.snapshot import check_snapshot
from liveledger.maintenance.swap import put_in_place
from liveledger.maintenance.trusted_head import TrustedHead
from liveledger.node import runstate
from liveledger.node.binaries import Engines
from liveledger.node.genesis import validator_address
from liveledger.node.network import Network, node_settings
from liveledger.node.ports import node_ports
from liveledger.node.retirement import Retirement, sync_folder
from liveledger.node.runstate import NodeLock

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What to restore and what the operator vouches for.

    ``node``: number of the node on this host (a back-up's own when None); ``base_port``: first of ten new ports;
    ``trust``: bytes of a trust anchor, for snapshots; ``gone`` and ``lost``: see ``sign_rule``.
    """

    archive: Path
    node: int | None = None
    base_port: int | None = None
    trust: bytes | None = None
    gone: bool = False
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored: block, height from which the node signs (0: as before), files that were left as they were."""

    node: int
    kind: str
    chain_id: str
    height: int
    app_hash: str
    signs_from: int
    kept: tuple[str, ...]
    verified: dict[str, Any] | None

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return asdict(self)


def restore(home: LedgerHome, engines: Engines, wish: Wish, say: Say) -> Restored:
    """Restores a node from an archive. Until the last step nothing in the home has changed.

    Raises ArchiveRefused, WrongLedger, UnsafeSigning, Refusal (a snapshot that the trust anchor does not vouch for) or
    ConfigurationError (the node runs, no room, keys are missing).
    """
    try:
        return _restore(home, engines, wish, say)
    except OSError as trouble:
        raise ConfigurationError(
            f"the restore stopped: {trouble}", hint="mend that, and repeat the command: nothing is half restored"
        ) from trouble


def _restore(home: LedgerHome, engines: Engines, wish: Wish, say: Say) -> Restored:
    with opened(wish.archive) as reader:
        manifest = reader.manifest
        index = manifest.node if wish.node is None else wish.node
        _check_manifest(home, index, manifest, engines, wish)
        home.root.mkdir(parents=True, exist_ok=True)
        require_room(home.root, manifest)
        with _private_files(), _lock(home, index), _stage(home, index) as stage:
            say(f"reading {len(manifest.files)} files, {manifest.total_bytes / 1e6:.0f} MB")
            reader.extract(lambda name: contents.place(stage, index, name))
            return _Restore(home, stage, index, manifest, engines, wish, say).run()


def _check_manifest(home: LedgerHome, index: int, manifest: Manifest, engines: Engines, wish: Wish) -> None:
    private, keys = manifest.kind == BACKUP, manifest.with_keys
    for entry in manifest.files:
        if not contents.allowed(entry.name, private=private, keys=keys):
            raise ArchiveRefused(f"{entry.name} has no place in a {manifest.kind}")
    _check_versions(manifest, engines)
    _check_ledger(home, index, manifest)
    if manifest.kind == SNAPSHOT and wish.trust is None:
        raise ConfigurationError(
            "a snapshot comes from another member and is believed only with a trust anchor",
            hint="add --trust trust.json; compare the anchor's fingerprint with a member that you trust",
        )


def _check_versions(manifest: Manifest, engines: Engines) -> None:
    ours = versions(engines)
    if manifest.versions["rules"] != ours["rules"]:
        raise ArchiveRefused(
            f"the archive follows version {manifest.versions['rules']} of the rules, not {ours['rules']}"
        )
    for engine in ("cometbft", "geth"):
        if _number(manifest.versions[engine]) > _number(ours[engine]):
            raise ArchiveRefused(
                f"the archive was written by {engine} {manifest.versions[engine]}, here is {ours[engine]}",
                hint="update LiveLedger here first: an older engine does not read a newer one's files",
            )


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.removeprefix("v").split("-")[0].split(".") if part.isdigit())


def _check_ledger(home: LedgerHome, index: int, manifest: Manifest) -> None:
    if not home.network.exists():
        if manifest.kind == SNAPSHOT:
            raise ConfigurationError(f"there is no ledger {home.name!r} here", hint="join it first; then restore")
        if manifest.ledger != home.name:
            raise WrongLedger(f"the archive is of the ledger {manifest.ledger!r}", hint=f"--ledger {manifest.ledger}")
        return
    network = Network.load(home)
    if (network.chain_id, network.genesis_hash) != (manifest.chain_id, manifest.genesis_hash):
        raise WrongLedger(
            f"the archive is of the chain {manifest.chain_id}, this home of {network.chain_id}",
            hint="restore it into another --home or --ledger",
        )
    network.member(index)
    settings = home.node(index).settings
    if manifest.kind == SNAPSHOT and node_settings(home, index)["profile"] != manifest.profile:
        raise ConfigurationError(
            f"the snapshot's state profile is {manifest.profile}, that of {settings} another",
            hint=f"take a snapshot of a node with your profile, or make this node anew with --state {manifest.profile}",
        )


@contextlib.contextmanager
def _private_files() -> Iterator[None]:
    """Whatever is made meanwhile is the owner's alone."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextlib.contextmanager
def _lock(home: LedgerHome, index: int) -> Iterator[None]:
    node = home.node(index)
    if contents.is_fresh(node):
        yield
        return
    with NodeLock(node):
        yield


@contextlib.contextmanager
def _stage(home: LedgerHome, index: int) -> Iterator[LedgerHome]:
    """A ledger's home on the same file system. What an interrupted restore left behind is removed."""
    prefix = f".restore-{home.name}-node{index}-"
    for old in home.root.glob(f"{prefix}*"):
        shutil.rmtree(old, ignore_errors=True)
    stage = LedgerHome(home.root / f"{prefix}{secrets.token_hex(2)}", home.name)
    stage.directory.mkdir(parents=True, mode=0o700)
    try:
        yield stage
    finally:
        shutil.rmtree(stage.root, ignore_errors=True)


class _Restore:
    """The steps after the archive was read into ``stage``."""

    def __init__(
        self,
        home: LedgerHome,
        stage: LedgerHome,
        index: int,
        manifest: Manifest,
        engines: Engines,
        wish: Wish,
        say: Say,
    ) -> None:
        self._home, self._stage, self._index = home, stage, index
        self._manifest, self._engines, self._wish, self._say = manifest, engines, wish, say
        self._old, self._new = home.node(index), stage.node(index)
        self._archived = SignState.read(contents.place(stage, index, contents.SIGN_STATE))

    def run(self) -> Restored:
        """Checks what was read, completes it with what the home has, and puts it in place."""
        self._check_network()
        head = None
        if self._manifest.kind == SNAPSHOT and self._wish.trust is not None:
            self._say("verifying the snapshot against the trust anchor")
            place = (self._home, self._stage, self._index)
            head = check_snapshot(place, self._manifest, self._engines, self._wish.trust, self._say)
        self._bring_keys()
        signs_from = self._bring_sign_state(head)
        self._bring_settings()
        kept = self._bring_ledger_files()
        self._finish()
        return Restored(
            node=self._index,
            kind=self._manifest.kind,
            chain_id=self._manifest.chain_id,
            height=head.height if head else self._manifest.height,
            app_hash=self._manifest.app_hash,
            signs_from=signs_from,
            kept=kept,
            verified={"height": head.height, "validator_set_changes": head.changes} if head else None,
        )

    def _check_network(self) -> None:
        """A back-up's own network.json must be of the chain that its manifest names."""
        if self._manifest.kind == SNAPSHOT:
            return
        network = Network.load(self._stage)
        seen = (network.ledger, network.chain_id, network.genesis_hash)
        if seen != (self._manifest.ledger, self._manifest.chain_id, self._manifest.genesis_hash):
            raise ArchiveRefused("the archive's network.json is not of the chain that its manifest names")
        if self._index >= len(network.local):
            raise ArchiveRefused(f"the archive's network.json knows no node {self._index}")

    def _bring_keys(self) -> None:
        """Keys of the home stay; those of the archive come where there are none."""
        for name in (*contents.NODE_KEYS, contents.ENGINE_KEY):
            mine, archived = (contents.place(place, self._index, name) for place in (self._home, self._stage))
            if (
                name == contents.VALIDATOR_KEY
                and public_key(mine)
                and public_key(archived) not in (None, public_key(mine))
            ):
                raise UnsafeSigning(
                    "the archive holds another validator's key than this home",
                    hint="restore it into another --home, or take the key of this home away first",
                )
            if mine.exists():
                archived.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(mine, archived)
            elif not archived.exists():
                self._make_up_for(name, mine, archived)

    def _make_up_for(self, name: str, mine: Path, archived: Path) -> None:
        if name != contents.ENGINE_KEY:
            raise ConfigurationError(
                f"neither the archive nor this home has {mine}",
                hint="put the node's keys into their places first, or take a back-up --with-keys",
            )
        archived.parent.mkdir(parents=True, exist_ok=True)
        archived.touch(mode=0o600)
        archived.write_text(secrets.token_bytes(KEY_BYTES).hex() + "\n")

    def _bring_sign_state(self, head: TrustedHead | None) -> int:
        """Writes the state that CometBFT signs by; returns the height from which it signs, 0 if nothing was put off."""
        key = public_key(contents.place(self._stage, self._index, contents.VALIDATOR_KEY))
        network = Network.load(self._stage if self._manifest.kind == BACKUP else self._home)
        powers = {member.validator_key: member.power for member in network.members}
        claims = Claims(
            home=SignState.read(contents.place(self._home, self._index, contents.SIGN_STATE)),
            archived=self._archived,
            retired=Retirement.read(self._old),
            power=powers.get(key.hex() if key else "", 0),
            total=sum(powers.values()),
            seen_at=head.height if head and key and validator_address(key) in head.signers else 0,
            gone=self._wish.gone,
            lost=self._wish.lost,
        )
        manifest = self._manifest
        height, block_time = (head.height, head.time) if head else (manifest.height, manifest.block_time)
        source = Source(height, block_time, manifest.handover, manifest.created_at)
        state, signs_from = decide(claims, source, int(time.time()))
        path = contents.place(self._stage, self._index, contents.SIGN_STATE)
        path.parent.mkdir(parents=True, exist_ok=True)
        state.write(path)
        return signs_from

    def _bring_settings(self) -> None:
        """The home's node.json, else the archive's; the state profile is that of the data."""
        for source in (self._old, self._new):
            if source.settings.exists():
                settings = json.loads(source.settings.read_text())
                break
        else:
            raise ArchiveRefused("the archive holds no node.json, and there is none in the home")
        settings.pop("ports", None)
        ports = node_ports(self._wish.base_port, 0) if self._wish.base_port else source.ports()
        self._new.write_settings(ports, **settings | {"profile": self._manifest.profile})
        config = self._old.cometbft / "config" / "genesis.json"
        if config.exists():
            target = self._new.cometbft / "config" / "genesis.json"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(config, target)

    def _bring_ledger_files(self) -> tuple[str, ...]:
        """Puts the ledger's files where there are none; names those that stay, as newer ones might be lost."""
        kept = []
        self._home.directory.mkdir(exist_ok=True)
        for path in sorted(self._stage.directory.iterdir()):
            target = self._home.directory / path.name
            if path.name == "nodes":
                continue
            if path.is_dir():
                target.mkdir(mode=0o700, exist_ok=True)
            for source in sorted(path.iterdir()) if path.is_dir() else [path]:
                place = target / source.name if path.is_dir() else target
                if place.exists():
                    kept.append(str(place.relative_to(self._home.directory)))
                else:
                    source.rename(place)
        if self._wish.base_port:
            self._announce_ports()
        sync_folder(self._home.directory)
        return tuple(kept)

    def _announce_ports(self) -> None:
        """Writes the new ports into network.json; the other members have to learn them too."""
        network, ports = Network.load(self._home), self._new.ports()
        old = network.member(self._index)
        new = replace(old, consensus_p2p=ports.consensus_p2p)
        nodes, joined = (
            tuple(new if member == old else member for member in members) for members in (network.nodes, network.joined)
        )
        replace(network, nodes=nodes, joined=joined).save(self._home)

    def _finish(self) -> None:
        """Swaps the node's folder. Its logs stay."""
        for folder in (self._new.run, self._new.logs):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True, mode=0o700)
        runstate.RunState(runstate.STOPPED).write(self._new)
        for folder in (self._new.directory, *filter(Path.is_dir, self._new.directory.rglob("*"))):
            sync_folder(folder)
        old = put_in_place(self._new.directory, self._old.directory)
        if old is not None:
            if (old / "logs").is_dir():
                shutil.rmtree(self._old.logs)
                (old / "logs").rename(self._old.logs)
            shutil.rmtree(old)
