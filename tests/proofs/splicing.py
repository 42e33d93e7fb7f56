"""What a dishonest server would hand out: evidence of one block under the way back to it, whatever the view."""

from __future__ import annotations

from typing import Any


def with_past(bundle: dict[str, Any], head: dict[str, Any]) -> dict[str, Any]:
    """A bundle of form 2 under a newer head; nodes that both need stand once, where they are first used."""
    nodes = list(dict.fromkeys([*head["nodes"], *bundle["nodes"]]))
    return {**bundle, **head, "nodes": nodes}
