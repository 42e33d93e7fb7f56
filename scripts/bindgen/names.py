"""Names and types of the ABI in Python."""

from __future__ import annotations

import keyword
import re
from typing import Any

Parameter = dict[str, Any]


def snake(name: str) -> str:
    """``settlePage`` → ``settle_page``; a Python keyword gets an underscore."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).strip("_").lower()
    return f"{text}_" if keyword.iskeyword(text) else text


def pascal(name: str) -> str:
    """``settlePage`` → ``SettlePage``; ``VERSION`` → ``Version``."""
    if name.isupper():
        name = name.lower()
    return "".join(part[:1].upper() + part[1:] for part in name.split("_"))


def struct_name(parameter: Parameter) -> str:
    """``struct IReportHub.Report[]`` → ``Report``."""
    return re.sub(r"(\[\d*\])+$", "", parameter["internalType"].split(".")[-1].removeprefix("struct "))


def canonical(parameter: Parameter) -> str:
    """The type in a signature: tuples are written out."""
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return kind
    return f"({','.join(map(canonical, parameter['components']))}){kind.removeprefix('tuple')}"


def signature(item: dict[str, Any]) -> str:
    """``post(uint32,uint64,bytes32,bytes)``."""
    return f"{item['name']}({','.join(map(canonical, item['inputs']))})"


def python_type(parameter: Parameter) -> str:
    """The Python type of a value."""
    kind: str = parameter["type"]
    if kind.endswith("]"):
        return f"Sequence[{python_type(_element(parameter))}]"
    if kind == "tuple":
        return struct_name(parameter)
    if kind.startswith(("uint", "int")):
        return "int"
    if kind.startswith(("bytes", "address")):
        return "bytes"
    return {"bool": "bool", "string": "str"}[kind]


def to_abi(parameter: Parameter, value: str) -> str:
    """Expression that turns ``value`` into what the codec encodes."""
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return value
    if kind.endswith("]"):
        return f"[{to_abi(_element(parameter), 'item')} for item in {value}]"
    return f"{value}.abi_tuple()"


def from_abi(parameter: Parameter, value: str) -> str:
    """Expression that turns the codec's ``value`` into the Python type."""
    kind: str = parameter["type"]
    if not kind.startswith("tuple"):
        return value
    if kind.endswith("]"):
        return f"[{from_abi(_element(parameter), 'item')} for item in {value}]"
    return f"{struct_name(parameter)}.from_abi({value})"


def fields(parameters: list[Parameter], blank: str = "value") -> list[tuple[str, Parameter]]:
    """Python names of parameters; the unnamed ones are numbered."""
    single = len(parameters) == 1
    return [
        (snake(parameter["name"]) or (blank if single else f"{blank}_{number}"), parameter)
        for number, parameter in enumerate(parameters)
    ]


def _element(parameter: Parameter) -> Parameter:
    return parameter | {"type": parameter["type"][: parameter["type"].rindex("[")]}
