"""ABI encoding for the generated modules: addresses are 20 bytes, decoding is strict, names map to Python's."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from liveledger.domain.errors import InvalidInput

if TYPE_CHECKING:
    from eth_abi.codec import ABICodec

SELECTOR_BYTES = 4


@dataclass(frozen=True, slots=True)
class Artifact:
    """ABI and code of a contract, as the compiler gave them; the code is ready to use (no constructor arguments)."""

    abi: list[dict[str, Any]]
    creation_code: bytes
    runtime_code: bytes


def artifact(name: str) -> Artifact:
    """The artifact ``<name>.json`` that lies beside the generated module ``name``."""
    text = resources.files("liveledger.bindings").joinpath(f"{name}.json").read_text()
    data = json.loads(text)
    return Artifact(data["abi"], bytes.fromhex(data["creation_code"]), bytes.fromhex(data["runtime_code"]))


def encode(types: Sequence[str], values: Sequence[Any]) -> bytes:
    """``abi.encode``. Raises eth_abi's EncodingError for a value that does not fit its type."""
    return _codec().encode(types, values)


def decode(types: Sequence[str], data: bytes) -> tuple[Any, ...]:
    """Decodes ``data``. Raises InvalidInput when it is not the encoding of ``types``."""
    from eth_abi.exceptions import DecodingError

    try:
        return _codec().decode(types, data)
    except (DecodingError, OverflowError) as error:
        raise InvalidInput(f"{len(data)} bytes are no encoding of ({','.join(types)}): {error}") from error


def decode_event(
    topic: bytes, indexed: Sequence[str], plain: Sequence[str], topics: Sequence[bytes], data: bytes
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Values of the indexed and the plain fields of a log. Raises InvalidInput when it is a log of another event."""
    if len(topics) != len(indexed) + 1 or topics[0] != topic:
        raise InvalidInput("the log is of another event", topics=[value.hex() for value in topics])
    return decode(indexed, b"".join(topics[1:])), decode(plain, data)


@functools.cache
def _codec() -> ABICodec:
    # Loaded with the first call: a command that shows its help encodes nothing.
    from eth_abi.codec import ABICodec
    from eth_abi.decoding import AddressDecoder
    from eth_abi.registry import registry as standard_registry

    class AddressBytesDecoder(AddressDecoder):
        """Leaves an address as its 20 bytes instead of turning it into text."""

        decoder_fn = staticmethod(bytes)  # type: ignore[assignment]  # eth_abi only foresees text

    registry = standard_registry.copy()  # type: ignore[no-untyped-call]
    registry.unregister_decoder("address")
    registry.register_decoder("address", AddressBytesDecoder, label="address")
    return ABICodec(registry)
