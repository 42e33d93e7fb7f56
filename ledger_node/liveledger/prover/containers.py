"""What was recorded of a view, written as one of the two forms of bundle (docs/bundle.md)."""

from __future__ import annotations

from typing import Any

from liveledger.domain.hashing import hex_bytes
from liveledger.prover.past import WayBack
from liveledger.prover.recorder import Recorder
from liveledger.verifier.bundle import FORMATS
from liveledger.verifier.views.base import View

_EMPTY: dict[str, Any] = {"documents": [], "disclosures": [], "payloads": [], "inputs": []}
_INDEXED = ("receipt", "transaction")


def content(recorder: Recorder, view: View[Any], form: int, way: WayBack | None = None) -> dict[str, Any]:
    """The fields of a bundle that come of its form: ``format`` and ``evidence``, in form 2 ``nodes`` and ``past`` too.

    With a way back it is of form 2.
    """
    form = 2 if way else form
    evidence: dict[str, Any] = {name: recorder.sections.get(name, _EMPTY.get(name)) for name in view.sections}
    if form == 1:
        return {"format": FORMATS[form], "evidence": evidence}
    evidence.pop("contracts", None)
    if "leaves" in evidence:
        evidence["leaves"] = recorder.pages
    indexed = {name: entry["index"] for name in _INDEXED if (entry := evidence.get(name))}
    evidence |= indexed
    used = {**way.nodes, **recorder.nodes} if way else recorder.nodes
    nodes, past = list(map(hex_bytes, used.values())), way.past if way else None
    return {"format": FORMATS[form], "evidence": evidence, "nodes": nodes, "past": past}
