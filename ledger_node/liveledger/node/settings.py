"""Changes of ``node.json``: one setting at a time, the file always whole."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from liveledger.domain.home import NodeHome
from liveledger.domain.private_files import replace

VALIDATOR_KEY = "validator_key"


def change_settings(node: NodeHome, changes: Mapping[str, Any]) -> None:
    """Sets some of a node's settings; None removes one. Raises ConfigurationError when there is no such node."""
    node.ports()
    settings = json.loads(node.settings.read_text()) | dict(changes)
    kept = {name: value for name, value in settings.items() if value is not None}
    replace(node.settings, json.dumps(kept, indent=2).encode() + b"\n")


def own_validator_key(settings: Mapping[str, Any], at_creation: str) -> bytes:
    """Public key (32 bytes) that the node signs with now: the one it was created with until it was given a new one."""
    return bytes.fromhex(settings.get(VALIDATOR_KEY) or at_creation)
