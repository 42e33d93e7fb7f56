"""The engines are found by version and by their bytes; whatever is wrong with them is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from liveledger.domain.errors import ConfigurationError
from liveledger.node.binaries import (
    PROGRAMS,
    SUMS,
    embedded_version,
    engine_folder,
    ensure_engines,
    file_sum,
    find_engines,
    pinned_versions,
    pins_folder,
)


def go_program(module: str, version: str) -> bytes:
    """Bytes that carry build information as the Go linker writes it."""
    toolchain = b"go1.26.0"
    text = b"\x30" * 16 + f"path\t{module}/cmd/x\nmod\t{module}\t{version}\th1:abc=\n".encode() + b"\x31" * 16
    size = len(text).to_bytes() if len(text) < 0x80 else bytes((len(text) & 0x7F | 0x80, len(text) >> 7))
    return b"\x7fELF" + bytes(60) + b"\xff Go buildinf:" + bytes((8, 2)) + bytes(16) + b"\x08" + toolchain + size + text


@pytest.fixture
def pins() -> Path:
    return pins_folder()


@pytest.fixture
def folder(tmp_path: Path, pins: Path) -> Path:
    for program, version in pinned_versions(pins).items():
        (tmp_path / program).write_bytes(go_program(PROGRAMS[program][0], version))
    return tmp_path


def environment(folder: Path) -> dict[str, str]:
    return {"LIVELEDGER_ENGINE_DIR": str(folder)}


def test_the_pins_are_those_of_the_design(pins: Path) -> None:
    assert pinned_versions(pins) == {"cometbft": "v0.40.0", "geth": "v1.17.8"}


def test_engines_already_there_are_used(folder: Path) -> None:
    said: list[str] = []
    assert ensure_engines(environment(folder), said.append) == find_engines(environment(folder))
    assert said == []
    assert json.loads((folder / SUMS).read_text()) == {name: file_sum(folder / name) for name in PROGRAMS}


def test_a_missing_engine_is_named(folder: Path) -> None:
    (folder / "geth").unlink()
    with pytest.raises(ConfigurationError, match="no geth"):
        find_engines(environment(folder))


def test_another_version_is_refused(folder: Path) -> None:
    (folder / "geth").write_bytes(go_program(PROGRAMS["geth"][0], "v1.17.9"))
    with pytest.raises(ConfigurationError, match=r"v1\.17\.9, but geth v1\.17\.8"):
        find_engines(environment(folder))


def test_changed_bytes_are_refused(folder: Path) -> None:
    ensure_engines(environment(folder), lambda _: None)
    with (folder / "cometbft").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ConfigurationError, match="SHA-256"):
        find_engines(environment(folder))


@pytest.mark.parametrize("content", [b"#!/bin/sh\n", b"\xff Go buildinf:" + bytes(40)])
def test_a_program_without_build_information_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "geth").write_bytes(content)
    with pytest.raises(ConfigurationError, match="no Go build information"):
        embedded_version(tmp_path / "geth")


def test_the_cache_is_named_after_the_pins(tmp_path: Path, pins: Path) -> None:
    one = engine_folder(pins, {"XDG_CACHE_HOME": str(tmp_path)})
    assert one.parent == tmp_path / "liveledger" / "engine"
    (tmp_path / "go.mod").write_text((pins / "go.mod").read_text().replace("v1.17.8", "v1.17.9"))
    (tmp_path / "go.sum").write_bytes((pins / "go.sum").read_bytes())
    assert engine_folder(tmp_path, {"XDG_CACHE_HOME": str(tmp_path)}) != one
