"""Calls of contracts in words: the name of the function and its arguments, from the generated ABI."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from liveledger.bindings import codec
from liveledger.chain.contracts.manifest import ACTS_OF, DEPLOYED_CONTRACTS, GENESIS_CONTRACTS
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import hex_bytes, keccak


@dataclass(frozen=True, slots=True)
class DecodedCall:
    """A call: contract, function and arguments by name; bytes as ``0x`` hex, structs as objects."""

    contract: str
    function: str
    arguments: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return {"contract": self.contract, "function": self.function, "arguments": self.arguments}

    def text(self) -> str:
        """One line for a terminal."""
        shown = ", ".join(f"{name} = {value}" for name, value in self.arguments.items())
        return f"{self.contract}.{self.function}({shown})"


def decode_call(target: bytes, data: bytes) -> DecodedCall:
    """The call ``data`` to a genesis contract at ``target``. Raises InvalidInput for a call that it does not have."""
    module = GENESIS_CONTRACTS.get(target)
    if module is None:
        raise InvalidInput(f"{hex_bytes(target)} is no contract of genesis")
    return decode_call_of(module, data)


def decode_act(module: ModuleType, data: bytes) -> DecodedCall:
    """An entry of a contract's log of acts; the Consortium's has those of other contracts of genesis too.

    Raises InvalidInput for a call that none of them has.
    """
    for other in ACTS_OF.get(module.NAME, ()):
        if data[: codec.SELECTOR_BYTES] in _functions(other.NAME):
            return decode_call_of(other, data)
    return decode_call_of(module, data)


def decode_call_of(module: ModuleType, data: bytes) -> DecodedCall:
    """The call ``data`` to the contract of a binding. Raises InvalidInput for a call that it does not have."""
    function = _functions(module.NAME).get(data[: codec.SELECTOR_BYTES])
    if function is None:
        raise InvalidInput(f"{module.NAME} has no function with the selector {hex_bytes(data[: codec.SELECTOR_BYTES])}")
    types = [_canonical(entry) for entry in function["inputs"]]
    values = codec.decode(types, data[codec.SELECTOR_BYTES :])
    named = {entry["name"]: _plain(entry, value) for entry, value in zip(function["inputs"], values, strict=True)}
    return DecodedCall(module.NAME, function["name"], named)


@functools.cache
def _functions(name: str) -> dict[bytes, dict[str, Any]]:
    module = next(module for module in (*GENESIS_CONTRACTS.values(), *DEPLOYED_CONTRACTS) if name == module.NAME)
    found = {}
    for entry in module.ABI:
        if entry["type"] == "function":
            signature = f"{entry['name']}({','.join(map(_canonical, entry['inputs']))})"
            found[keccak(signature.encode())[: codec.SELECTOR_BYTES]] = entry
    return found


def _canonical(entry: dict[str, Any]) -> str:
    kind = str(entry["type"])
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(map(_canonical, entry['components']))}){kind.removeprefix('tuple')}"


def _plain(entry: dict[str, Any], value: Any) -> Any:
    kind = str(entry["type"])
    if kind.endswith("]"):
        inner = entry | {"type": kind[: kind.rindex("[")]}
        return [_plain(inner, item) for item in value]
    if kind == "tuple":
        return {part["name"]: _plain(part, item) for part, item in zip(entry["components"], value, strict=True)}
    return hex_bytes(bytes(value)) if isinstance(value, bytes | bytearray) else value
