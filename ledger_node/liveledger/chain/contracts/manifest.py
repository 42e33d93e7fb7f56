"""What was deployed on a ledger, one entry a contract: a copy of the Directory, checked against it on every opening."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from liveledger.bindings import allowances, consortium, genesis, recovery, validators
from liveledger.bindings.constants import ContractFlag
from liveledger.chain.contracts.gaps import Gap
from liveledger.chain.rpc.transport import MalformedAnswer
from liveledger.domain.errors import ConfigurationError, NotFound
from liveledger.domain.hashing import hex_bytes
from liveledger.rules.families import FAMILIES, Family

FORMAT = "liveledger-manifest/1"
GENESIS_CONTRACTS: dict[bytes, ModuleType] = genesis.CONTRACTS
# Contracts whose acts are entries of another one's log: no two of them share a function (tests/unit/test_calls.py).
ACTS_OF: dict[str, tuple[ModuleType, ...]] = {consortium.NAME: (validators, recovery, allowances)}


def _binding(contract: str, version: str = "") -> ModuleType:
    """The binding of a contract, whose module is called as the contract is; with ``version`` that of an older one."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", contract).lower()
    return import_module(f"liveledger.bindings.{name}{version}")


def versions_of(family: Family, contract: str) -> tuple[ModuleType, ...]:
    """The bindings of all versions of a contract that this program knows, the newest first."""
    older = sorted(family.older.get(contract, ()), reverse=True)
    return _binding(contract), *(_binding(contract, f"_{version}") for version in older)


# In the order of deployment: all versions that this program knows, the newest first.
VERSIONS = {contract: versions_of(family, contract) for family in FAMILIES for contract in family.contracts}
FAMILY_OF = {contract: family.name for family in FAMILIES for contract in family.contracts}
# What this program deploys.
DEPLOYED_CONTRACTS = tuple(versions[0] for versions in VERSIONS.values())
# Those that a ledger may lack.
OPTIONAL_CONTRACTS = frozenset(name for family in FAMILIES if not family.required for name in family.contracts)
# What the Directory says of a contract beside its name, from its creation on.
CONTRACT_FLAGS: dict[str, ContractFlag] = {name: flag for family in FAMILIES for name, flag in family.flags.items()}


@dataclass(frozen=True, slots=True)
class ContractEntry:
    """One contract: where it stands, the hash of its code, the block that listed it (0 = genesis)."""

    name: str
    version: int
    address: bytes
    code_hash: bytes
    block: int
    constructor_arguments: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The entry as JSON data."""
        return {
            "version": self.version,
            "address": hex_bytes(self.address),
            "code_hash": hex_bytes(self.code_hash),
            "block": self.block,
            "constructor_arguments": list(self.constructor_arguments),
        }


@dataclass(frozen=True, slots=True)
class Manifest:
    """All contracts of a ledger that this program knows, by name.

    ``gaps``: why others of its families cannot be spoken of; the file has none of them, the Directory is asked. Of a
    contract whose active version is unknown, ``contracts`` has the newest one that is known: its past is still true.
    """

    chain_id: str
    evm_chain_id: int
    contracts: dict[str, ContractEntry]
    gaps: Mapping[str, Gap] = field(default_factory=dict, compare=False)

    def address(self, name: str) -> bytes:
        """Address (20 bytes) of a contract, for who asks it. Raises as ``entry`` does."""
        return self.entry(name).address

    def target(self, name: str) -> bytes:
        """The same, for who sends something there. Raises WrongContract for a version that is not known, NotFound."""
        if gap := self.gaps.get(name):
            raise gap.refusal()
        return self.entry(name).address

    def entry(self, name: str) -> ContractEntry:
        """The contract called ``name``.

        Raises UnknownVersion for one whose version this program does not know, NotFound for a name that the ledger has
        no contract of.
        """
        if gap := self.gaps.get(name):
            raise gap.error()
        try:
            return self.contracts[name]
        except KeyError:
            raise NotFound(f"no contract called {name!r} is deployed", hint="run `liveledger deploy`") from None

    def as_dict(self) -> dict[str, Any]:
        """The manifest as JSON data."""
        return {
            "format": FORMAT,
            "chain_id": self.chain_id,
            "evm_chain_id": self.evm_chain_id,
            "contracts": {name: entry.as_dict() for name, entry in self.contracts.items()},
        }

    def write(self, path: Path) -> None:
        """Writes the file in one step: a reader sees the old one or the new one."""
        scratch = path.with_suffix(f".{os.getpid()}.new")
        with scratch.open("w") as file:
            file.write(json.dumps(self.as_dict(), indent=2) + "\n")
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)

    @classmethod
    def read(cls, path: Path) -> Manifest:
        """Reads the file. Raises ConfigurationError when there is none or it is malformed."""
        try:
            data = json.loads(path.read_text())
            if data["format"] != FORMAT:
                raise ConfigurationError(
                    f"{path} has the format {data['format']!r}, not {FORMAT!r}", hint="update LiveLedger"
                )
            contracts = {name: _entry(name, fields) for name, fields in data["contracts"].items()}
            return cls(str(data["chain_id"]), int(data["evm_chain_id"]), contracts)
        except FileNotFoundError:
            raise ConfigurationError("no contracts are deployed yet", hint="run `liveledger deploy`") from None
        except (KeyError, TypeError, ValueError, AttributeError, MalformedAnswer) as trouble:
            raise ConfigurationError(
                f"{path} is malformed: {trouble!r}",
                hint="put it aside: it is then written anew from the chain's directory",
            ) from trouble


def _entry(name: str, fields: dict[str, Any]) -> ContractEntry:
    return ContractEntry(
        name=name,
        version=int(fields["version"]),
        address=bytes.fromhex(fields["address"].removeprefix("0x")),
        code_hash=bytes.fromhex(fields["code_hash"].removeprefix("0x")),
        block=int(fields["block"]),
        constructor_arguments=tuple(map(str, fields["constructor_arguments"])),
    )
