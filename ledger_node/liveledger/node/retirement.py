"""A home that a node has moved away from: a mark beside ``node.json``, and the refusal to run it once more."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from liveledger.domain.errors import ConfigurationError
from liveledger.domain.home import NodeHome


class Retired(ConfigurationError):
    """The node of this home was handed over to another one: two of it would sign against each other."""

    code = "retired"


@dataclass(frozen=True, slots=True)
class Retirement:
    """``handover`` names the archive that the node went into; ``since`` is in Unix seconds."""

    handover: str
    since: int

    @classmethod
    def read(cls, node: NodeHome) -> Retirement | None:
        """The mark in ``node``, None in a home in service. A mark that cannot be read still retires."""
        try:
            data = json.loads(mark_path(node).read_text())
            return cls(str(data["handover"]), int(data["since"]))
        except FileNotFoundError:
            return None
        except (KeyError, TypeError, ValueError):
            return cls("", 0)

    def write(self, node: NodeHome) -> None:
        """Puts the mark on disk for good before it returns."""
        scratch = mark_path(node).with_suffix(".new")
        with scratch.open("w") as file:
            file.write(json.dumps(asdict(self)) + "\n")
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(mark_path(node))
        sync_folder(node.directory)


def mark_path(node: NodeHome) -> Path:
    """File of the mark."""
    return node.directory / "retired.json"


def sync_folder(folder: Path) -> None:
    """Makes new names in ``folder`` outlive a power cut."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def require_in_service(node: NodeHome) -> None:
    """Raises Retired when the node was handed over to another home."""
    mark = Retirement.read(node)
    if mark is not None:
        day = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(mark.since))
        raise Retired(
            f"the node of {node.directory} was handed over to another home ({mark.handover or 'no name'}, {day})",
            hint="start it where the archive was restored; only if it was restored nowhere, destroy the archive and "
            f"remove {mark_path(node)}",
        )
