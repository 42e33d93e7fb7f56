"""The two engine programs: found in the cache or built from the pins of ``pins/go.mod``.

go.sum protects the sources, a file of SHA-256 sums the built programs. The version is read from the build information
that the Go linker embeds: CometBFT's own ``version`` command names another release.
"""

from __future__ import annotations

import hashlib
import json
import mmap
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from liveledger.domain.errors import ConfigurationError

PROGRAMS = {
    "cometbft": ("github.com/cometbft/cometbft", "github.com/cometbft/cometbft/cmd/cometbft"),
    "geth": ("github.com/ethereum/go-ethereum", "github.com/ethereum/go-ethereum/cmd/geth"),
}
SUMS = "checksums.json"
_MAGIC = b"\xff Go buildinf:"
_HEADER_BYTES = 32
_MODULE_LINE = re.compile(r"^mod\t(\S+)\t(\S+)", re.MULTILINE)

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Engines:
    """Paths of the two checked programs."""

    cometbft: Path
    geth: Path


def pins_folder() -> Path:
    """The folder with go.mod and go.sum, which every installation has. Raises ConfigurationError without them."""
    folder = Path(__file__).resolve().parent / "pins"
    if not (folder / "go.mod").is_file():
        raise ConfigurationError(f"the pins of the engines are not in {folder}", hint="install LiveLedger again")
    return folder


def pinned_versions(pins: Path) -> dict[str, str]:
    """The version of each program that go.mod requires, e.g. ``{"geth": "v1.17.8", …}``."""
    text = (pins / "go.mod").read_text()
    versions = {}
    for program, (module, _) in PROGRAMS.items():
        match = re.search(rf"^\s*{re.escape(module)} (\S+)$", text, re.MULTILINE)
        if match is None:
            raise ConfigurationError(f"{pins / 'go.mod'} does not pin {module}")
        versions[program] = match[1]
    return versions


def engine_folder(pins: Path, environment: Mapping[str, str]) -> Path:
    """Where the programs are: ``LIVELEDGER_ENGINE_DIR``, or a cache folder named after the pins."""
    if override := environment.get("LIVELEDGER_ENGINE_DIR"):
        return Path(override).absolute()
    digest = hashlib.sha256((pins / "go.mod").read_bytes() + (pins / "go.sum").read_bytes()).hexdigest()[:16]
    cache = Path(environment.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "liveledger" / "engine" / digest


def embedded_version(binary: Path) -> tuple[str, str]:
    """Module path and version that the Go linker wrote into ``binary``. Raises ConfigurationError without them."""
    with binary.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        start = data.find(_MAGIC)
        if start >= 0:
            position = start + _HEADER_BYTES
            for _ in range(2):  # the toolchain's version, then the module's description
                size, position = _varint(data, position)
                text = data[position : position + size]
                position += size
            if match := _MODULE_LINE.search(text.decode(errors="replace")):
                return match[1], match[2]
    raise ConfigurationError(
        f"{binary} carries no Go build information", hint="build it with `liveledger engine build`"
    )


def _varint(data: mmap.mmap, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position += 1
        shift += 7
        if byte < 0x80:
            return value, position


def find_engines(environment: Mapping[str, str] = os.environ, *, pins: Path | None = None) -> Engines:
    """The checked programs: right version, and bytes that are what they were when they were built.

    Raises ConfigurationError when one is missing, has another version or was changed.
    """
    pins = pins or pins_folder()
    folder = engine_folder(pins, environment)
    sums = _recorded_sums(folder)
    for program, version in pinned_versions(pins).items():
        _check(folder / program, program, version, sums)
    return Engines(cometbft=folder / "cometbft", geth=folder / "geth")


def _recorded_sums(folder: Path) -> dict[str, str]:
    path = folder / SUMS
    return dict(json.loads(path.read_text())) if path.is_file() else {}


def _check(binary: Path, program: str, version: str, sums: Mapping[str, str]) -> None:
    hint = "build both engines with `liveledger engine build`"
    if not binary.is_file():
        raise ConfigurationError(f"there is no {program} in {binary.parent}", hint=hint)
    found = embedded_version(binary)
    if found != (PROGRAMS[program][0], version):
        raise ConfigurationError(f"{binary} is {found[0]} {found[1]}, but {program} {version} is needed", hint=hint)
    if program in sums and file_sum(binary) != sums[program]:
        raise ConfigurationError(f"{binary} is not the program that was built: its SHA-256 differs", hint=hint)


def file_sum(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def ensure_engines(environment: Mapping[str, str], progress: Progress, *, pins: Path | None = None) -> Engines:
    """Builds what is missing or wrong into the engine folder and returns the checked programs."""
    pins = pins or pins_folder()
    try:
        engines = find_engines(environment, pins=pins)
    except ConfigurationError as reason:
        progress(f"building the engines: {reason.message}")
    else:
        _record_sums(engines)
        return engines
    folder = engine_folder(pins, environment)
    folder.mkdir(parents=True, exist_ok=True)
    for number, (program, version) in enumerate(pinned_versions(pins).items(), 1):
        progress(f"[{number}/{len(PROGRAMS)}] go build {program} {version} (minutes when nothing is cached)")
        _build(pins, PROGRAMS[program][1], folder / program)
    (folder / SUMS).unlink(missing_ok=True)
    engines = find_engines(environment, pins=pins)
    _record_sums(engines)
    return engines


def _record_sums(engines: Engines) -> None:
    path = engines.geth.parent / SUMS
    if not path.is_file() and os.access(path.parent, os.W_OK):
        sums = {program: file_sum(path.parent / program) for program in PROGRAMS}
        path.write_text(json.dumps(sums, indent=2) + "\n")


def _build(pins: Path, package: str, target: Path) -> None:
    if shutil.which("go") is None:
        raise ConfigurationError("the go command is not there", hint="install Go 1.25 or later")
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        built = Path(scratch) / target.name
        command = ["go", "build", "-trimpath", "-buildvcs=false", "-o", str(built), package]
        done = subprocess.run(command, cwd=pins, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise ConfigurationError(f"go build {package} failed: {done.stderr.strip()[-2000:]}")
        built.replace(target)
