"""Calls of every function of the contracts that sends something, with arguments that make it work hard.

They are made from the ABI alone, so that a new function is among them: arrays of several lengths up to what a
transaction carries, signatures that are of some key, ids that exist.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from eth_account import Account

from liveledger.bindings import codec
from liveledger.chain.contracts.manifest import DEPLOYED_CONTRACTS, GENESIS_CONTRACTS
from liveledger.domain.hashing import keccak

MODULES: tuple[ModuleType, ...] = (*GENESIS_CONTRACTS.values(), *DEPLOYED_CONTRACTS)
# Lengths of arrays; the last is cut down to what fits.
LENGTHS = (0, 1, 31, 128, 500, 4_000)
MOST_BYTES = 120_000
# Of some key, over some message: recovering it takes as long as if it were the right one.
SIGNATURE = bytes(Account.from_key(b"\x05" * 32).unsafe_sign_hash(keccak(b"hard")).signature)
_NOISE = random.Random(5).randbytes(MOST_BYTES)
_WORD = 32


@dataclass(frozen=True)
class HardCall:
    """Calldata of ``function`` (its signature) of the contract ``name``; ``length`` is of its arrays."""

    name: str
    function: str
    length: int
    data: bytes


def functions(module: ModuleType) -> list[dict[str, Any]]:
    """ABI entries of the functions of a contract that a transaction is for."""
    abi = codec.artifact(module.__name__.rpartition(".")[2]).abi
    return [entry for entry in abi if entry["type"] == "function" and entry["stateMutability"] not in ("view", "pure")]


def signature_of(entry: dict[str, Any]) -> str:
    """``name(types)``, as its selector is made of."""
    return f"{entry['name']}({','.join(_type(item) for item in entry['inputs'])})"


@functools.cache
def hard_calls(account: bytes) -> tuple[HardCall, ...]:
    """Every function, at every length at which its calldata is another; ``account`` stands for addresses."""
    return tuple(_made(account))


def _made(account: bytes) -> Iterator[HardCall]:
    for module in MODULES:
        for entry in functions(module):
            seen: set[bytes] = set()
            for length in LENGTHS:
                data = _calldata(entry, length, account)
                if data not in seen:
                    seen.add(data)
                    yield HardCall(module.NAME, signature_of(entry), length, data)


def _calldata(entry: dict[str, Any], length: int, account: bytes) -> bytes:
    types = [_type(item) for item in entry["inputs"]]
    while True:
        values = [_value(item, length, account) for item in entry["inputs"]]
        data = keccak(signature_of(entry).encode())[:4] + codec.encode(types, values)
        if len(data) <= MOST_BYTES:
            return data
        length = length * MOST_BYTES // len(data) - 1


def _type(item: dict[str, Any]) -> str:
    kind = str(item["type"])
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(_type(inner) for inner in item['components'])}){kind.removeprefix('tuple')}"


def _value(item: dict[str, Any], length: int, account: bytes) -> Any:
    kind = str(item["type"])
    if kind.endswith("]"):
        element, _, count = kind[:-1].rpartition("[")
        return [_value(item | {"type": element}, length, account) for _ in range(int(count) if count else length)]
    if kind == "tuple":
        return tuple(_value(inner, length, account) for inner in item["components"])
    if kind == "bytes":
        return SIGNATURE if "signature" in item["name"].lower() else _NOISE[: length * _WORD]
    if kind == "string":
        return f"hard-{length}"
    if kind == "address":
        return account
    if kind == "bool":
        return True
    return (1).to_bytes(int(kind[5:])) if kind.startswith("bytes") else 1
