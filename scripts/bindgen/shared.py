"""Text of the modules that are not of one contract: constants and errors."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from bindgen.module import HEADER, Contract
from bindgen.names import canonical, fields, signature
from liveledger.domain.hashing import keccak

BASES = {"enum": "enum.IntEnum", "flag": "enum.IntFlag", "names": "enum.Enum"}
STANDARD_ERRORS = [
    {"name": "Error", "inputs": [{"name": "message", "type": "string"}]},
    {"name": "Panic", "inputs": [{"name": "code", "type": "uint256"}]},
]


class UnusableConstant(Exception):
    """A constant that Python shares is not a plain literal."""


def render_constants(asts: Iterable[dict[str, Any]]) -> str:
    """``constants.py`` from the files of constants: enums, flags and plain values by the libraries' `binding` tag."""
    parts = [HEADER.format(title="Constants that contracts and Python share."), "import enum\n"]
    for library in (node for ast in asts for node in ast["nodes"]):
        if library["nodeType"] == "ContractDefinition":
            parts += _library(library)
    return "\n".join(parts) + "\n"


def render_errors(contracts: Iterable[Contract]) -> str:
    """``errors.py``: every custom error of every contract by its selector."""
    found = {signature(item): item for contract in contracts for item in contract.items("error")}
    found |= {signature(item): item for item in STANDARD_ERRORS}
    rows = [_error_row(text, found[text]) for text in sorted(found)]
    return "\n".join([HEADER.format(title="Reasons for which contracts refuse."), ERRORS_HEAD, *rows, ERRORS_TAIL])


def _library(library: dict[str, Any]) -> Iterator[str]:
    text = library["documentation"]["text"]
    kind = text.split("@custom:binding")[1].split()[0]
    notice = text.split("@custom:binding")[0].replace("@notice", "").strip()
    values = [node for node in library["nodes"] if node["nodeType"] == "VariableDeclaration"]
    if kind == "values":
        yield from (f"{_comment(node)}{node['name']} = {_literal(node)}" for node in values)
        return
    yield f'\n\nclass {library["name"]}({BASES[kind]}):\n    """{" ".join(notice.split())}"""\n'
    yield from (f"    {node['name']} = {_literal(node)}" for node in values)
    yield "\n"


def _comment(node: dict[str, Any]) -> str:
    text = node.get("documentation", {}).get("text", "").replace("@notice", "").strip()
    return f"# {' '.join(text.split())}\n" if text else ""


def _literal(node: dict[str, Any]) -> str:
    value = node["value"]
    if value["nodeType"] != "Literal":
        raise UnusableConstant(f"{node['name']} is not a literal")
    text: str = value["value"]
    if value["kind"] == "string":
        return f'b"{text}".ljust(32, b"\\0")'
    return f'bytes.fromhex("{text[2:].lower()}")' if text.startswith("0x") else text


def _error_row(text: str, item: dict[str, Any]) -> str:
    inputs = fields(item["inputs"], "argument")
    names = ", ".join(f'"{name}"' for name, _ in inputs)
    types = ", ".join(f'"{canonical(parameter)}"' for _, parameter in inputs)
    comma = "," if len(inputs) == 1 else ""
    selector = keccak(text.encode())[:4].hex()
    return f'    bytes.fromhex("{selector}"): ("{item["name"]}", ({names}{comma}), ({types}{comma})),'


ERRORS_HEAD = '''
from __future__ import annotations

from dataclasses import dataclass

from liveledger.bindings import codec


@dataclass(frozen=True, slots=True)
class Revert:
    """A contract's refusal: the error's name and its arguments by name (addresses and bytes as bytes)."""

    name: str
    args: dict[str, object]

    def __str__(self) -> str:
        shown = (f"{key} = {_show(value)}" for key, value in self.args.items())
        return f"{self.name}({', '.join(shown)})"


def decode_revert(data: bytes) -> Revert | None:
    """The refusal in revert data; None when it is of no known error. Raises InvalidInput when it is cut short."""
    known = _ERRORS.get(data[: codec.SELECTOR_BYTES])
    if known is None:
        return None
    name, names, types = known
    return Revert(name, dict(zip(names, codec.decode(types, data[codec.SELECTOR_BYTES :]), strict=True)))


def _show(value: object) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)


_ERRORS: dict[bytes, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
'''
ERRORS_TAIL = "}\n"
