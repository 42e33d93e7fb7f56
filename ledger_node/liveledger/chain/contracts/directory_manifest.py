"""The manifest as the Directory has it: read, checked and renewed by one walk over what it lists."""

from __future__ import annotations

from collections.abc import Mapping

from liveledger.chain.contracts.gaps import Gap, WrongContract
from liveledger.chain.contracts.manifest import GENESIS_CONTRACTS, OPTIONAL_CONTRACTS, ContractEntry, Manifest
from liveledger.chain.contracts.registry import check_genesis_contracts
from liveledger.chain.contracts.survey import Found, Registration, active_versions, known_binding, registrations, survey
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.transport import MalformedAnswer
from liveledger.domain.errors import ConfigurationError

_DEPLOY = "on the host of the founder who made the ledger: `liveledger deploy`"


def read_manifest(connection: Connection, block: int, kept: Manifest | None = None) -> Manifest:
    """What the directory lists after ``block``, as a manifest: a node that joined has it from the chain itself.

    ``kept`` is the manifest of before, whose entries need not be looked for. What this program does not know of its
    families' contracts is a gap of the manifest. Raises ConfigurationError when a contract is not listed that every
    ledger has, WrongContract for code that is another than this program's of the same version, or for a manifest of
    another place.
    """
    check_genesis_contracts(connection, block)
    found = survey(connection, block)
    for name, one in found.items():
        if not one.version and name not in OPTIONAL_CONTRACTS:
            raise ConfigurationError(f"{name} is not deployed on this ledger yet", hint=_DEPLOY, contract=name)
    return _manifest(connection, found, kept, block)


def renewed(connection: Connection, manifest: Manifest, block: int) -> Manifest:
    """The manifest as the Directory has it after ``block``; the same object where every name means what it meant."""
    if active_versions(connection, block) == _versions(manifest):
        return manifest
    return _manifest(connection, survey(connection, block), manifest, block)


def genesis_entries() -> dict[str, ContractEntry]:
    """The manifest's entries of the contracts that stand in genesis, by name."""
    return {
        module.NAME: ContractEntry(module.NAME, module.VERSION, address, module.CODE_HASH, block=0)
        for address, module in GENESIS_CONTRACTS.items()
    }


def _versions(manifest: Manifest) -> dict[str, int]:
    """The version that each name of a family meant when the manifest was made."""
    of_genesis = {module.NAME for module in GENESIS_CONTRACTS.values()}
    held = {name: entry.version for name, entry in manifest.contracts.items() if name not in of_genesis}
    return held | {name: gap.version for name, gap in manifest.gaps.items()}


def _manifest(connection: Connection, found: Mapping[str, Found], kept: Manifest | None, block: int) -> Manifest:
    entries, looked_up = genesis_entries(), _LookUp(connection, block)
    gaps: dict[str, Gap] = {}
    for name, one in found.items():
        if gap := one.gap():
            gaps[name] = gap
        held = kept.contracts.get(name) if kept else None
        if held and one.version < held.version:
            raise MalformedAnswer(
                f"the node's directory has version {one.version} of {name}, it had {held.version}",
                hint="is the node behind, or of another ledger? Restart it, or ask another one",
            )
        if entry := _entry(one, held, looked_up):
            entries[name] = entry
    return Manifest(connection.chain_id, connection.evm_chain_id, entries, gaps)


def _entry(found: Found, held: ContractEntry | None, looked_up: _LookUp) -> ContractEntry | None:
    """The entry of the version that is active, or of the newest one before it that this program knows."""
    if held and held.version == found.version and held.address != found.address:
        raise WrongContract(
            f"the manifest has {found.name} at another address than the directory",
            hint=f"put {looked_up.manifest} aside: it is then written anew from the directory",
            contract=found.name,
        )
    if found.binding is not None:
        same = held is not None and held.version == found.version
        return held if same else looked_up.listed(found.name, found.version)
    return looked_up.newest_known(found) if found.version else None


class _LookUp:
    """What the Directory listed, read when it is needed first: on every opening it is not."""

    def __init__(self, connection: Connection, block: int) -> None:
        self._connection, self._block = connection, block
        self._all: list[Registration] | None = None
        self.manifest = connection.home.manifest

    def listed(self, name: str, version: int) -> ContractEntry:
        """The entry of a version; its block is the one that listed it, the same on every member's machine."""
        for one in self._registrations():
            if (one.name, one.version) == (name, version):
                return ContractEntry(name, version, one.address, one.code_hash, one.block)
        raise MalformedAnswer(f"the node has no event that listed {name}", hint="does it keep all logs?")

    def newest_known(self, found: Found) -> ContractEntry | None:
        """The newest version before the one that is active of which this program has the binding."""
        older = [one for one in self._registrations() if one.name == found.name and one.version < found.version]
        for one in sorted(older, key=lambda one: one.version, reverse=True):
            if known_binding(one.name, one.version, one.code_hash) is not None:
                return ContractEntry(one.name, one.version, one.address, one.code_hash, one.block)
        return None

    def _registrations(self) -> list[Registration]:
        if self._all is None:
            self._all = registrations(self._connection, self._block)
        return self._all
