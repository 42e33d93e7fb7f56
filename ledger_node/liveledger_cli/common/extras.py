"""Which extra of the package a command needs: the base holds the verifier, and says so of everything else."""

from __future__ import annotations

import functools
import re
from importlib import metadata

from liveledger.domain.errors import ConfigurationError

PACKAGE = "liveledger"
BASE = frozenset({"doctor", "engine", "show", "trust", "verify", "withhold"})
# Of the other commands, those for which `node` is not enough; `api` and `oracles` bring `node` with them.
NEEDS = {"api": ("api",), "demo": ("api", "oracles"), "erp": ("oracles",), "up": ("api",)}
_NAMED = 3
_REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)(?:\[(?P<extras>[\w,-]+)\])?")
_EXTRA = re.compile(r"extra == [\"']([\w-]+)[\"']")


class MissingExtra(ConfigurationError):
    """A command was called whose packages are not installed."""

    code = "missing-extra"


def needed(command: str) -> tuple[str, ...]:
    """The extras that a command needs; of one of the base, what its other half needs (``trust export``)."""
    return NEEDS.get(command, ("node",))


def installation(*extras: str) -> str:
    """The command that installs extras."""
    return f"pip install '{PACKAGE}[{','.join(extras)}]'"


@functools.cache
def missing(extra: str) -> list[str]:
    """Packages of an extra that are not installed, by name, as the package's own metadata lists them."""
    return sorted({name for name in _members(extra) if not _installed(name)})


def missing_extra(command: str) -> MissingExtra | None:
    """The error that says what to install for a command; None when nothing of it is missing."""
    extras = needed(command)
    absent = sorted({name for extra in extras for name in missing(extra)})
    if not absent:
        return None
    more = f" and {len(absent) - _NAMED} more" if len(absent) > _NAMED else ""
    return MissingExtra(
        f"`liveledger {command}` needs packages that are not installed: {', '.join(absent[:_NAMED])}{more}",
        hint=installation(*extras),
        extras=list(extras),
    )


def _members(extra: str) -> list[str]:
    """Names of the packages of an extra and of the extras that it brings with it."""
    found = []
    for line in metadata.requires(PACKAGE) or []:
        marked, wanted = _EXTRA.search(line), _REQUIREMENT.match(line)
        if wanted is None or marked is None or marked[1] != extra:
            continue
        if wanted["name"] == PACKAGE:
            found += [name for other in (wanted["extras"] or "").split(",") for name in _members(other)]
        else:
            found.append(wanted["name"])
    return found


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True
