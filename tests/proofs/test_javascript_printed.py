"""Both commands print the same of every vector, as text and as JSON; of a refusal all but the sentence."""

from __future__ import annotations

import functools
import json
import subprocess
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

from liveledger.domain.hashing import canonical_json
from liveledger.verifier import Question, Refusal
from liveledger_cli.common.context import Output
from liveledger_cli.verify.commands import proven_lines, refused_text, spelling_lines
from tests.house.tree import ROOT
from tests.proofs.installed import NODE, PACKAGE, VECTORS
from tests.proofs.making.form import run

PROGRAM = PACKAGE / "test" / "printed.js"


@functools.cache
def vectors() -> dict[str, dict[str, Any]]:
    """All vectors by name."""
    files = json.loads((VECTORS / "manifest.json").read_text())["files"]
    return {name: json.loads((VECTORS / name).read_text()) for name in files}


def _own(vector: dict[str, Any]) -> dict[str, str]:
    try:
        verdict = run(vector)
    except Refusal as refusal:
        return _printed({"verdict": "refused", "refusal": refusal.as_dict()}, [refused_text(refusal)])
    asked = Question.parse(vector["question"])
    return _printed(verdict.as_json(), [*proven_lines(verdict), *spelling_lines(asked)])


def _printed(data: dict[str, Any], lines: list[str]) -> dict[str, str]:
    said = {}
    for name, as_json in (("text", False), ("json", True)):
        with redirect_stdout(StringIO()) as out:
            Output(as_json).result(data, lines)
        said[name] = out.getvalue()
    return said


def _compared(printed: dict[str, str]) -> object:
    """What both print alike: everything, of a refusal without its sentence."""
    said = json.loads(printed["json"])
    if said["verdict"] == "proven":
        return printed
    said["refusal"]["message"] = "its own"
    return printed["text"].split(": ", 1)[0], json.dumps(said)


def _others(cases: list[dict[str, Any]]) -> list[dict[str, str]]:
    """What the other one prints of each, out of one process."""
    given = "".join(json.dumps(case) + "\n" for case in cases)
    done = subprocess.run([NODE, PROGRAM], input=given, capture_output=True, text=True, timeout=120, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_both_print_the_same_of_every_vector(tell: Callable[[str], None]) -> None:
    said = dict(zip(vectors(), _others(list(vectors().values())), strict=True))
    own = {name: _own(vector) for name, vector in vectors().items()}
    differ = [name for name in own if _compared(said[name]) != _compared(own[name])]
    assert not differ, (said[differ[0]], own[differ[0]])
    proven = sum("refusal" not in vector for vector in vectors().values())
    tell(
        f"both commands print the same of {proven} proven and {len(own) - proven} refused bundles, as text and as JSON"
    )


def test_both_write_doubles_and_odd_keys_of_an_event_alike() -> None:
    document = canonical_json(EVENT).decode()
    shown = {"event": json.loads(document)}
    own = _printed(shown, [json.dumps(shown, ensure_ascii=False)])
    assert _others([{"document": document}]) == [own]
    assert "1e-05" in own["text"]


def test_both_say_under_which_form_an_item_was_asked() -> None:
    table = json.loads((ROOT / "tests" / "vectors" / "items.json").read_text())
    uris = [*(case["uri"] for name in ("canonical", "refused") for case in table[name]), *ODD_URIS]
    asked = [{"view": f"item-events/{form}", "parameters": {"item": uri}} for form in (1, 2) for uri in uris]
    own = [_printed({}, spelling_lines(Question(each["view"], each["parameters"])))["text"] for each in asked]
    said = [found["text"] for found in _others([{"asked": each} for each in asked])]
    assert said == own
    assert sum(map(bool, own)) > len(uris)


# What no vector holds: doubles of every size, keys that a program may order otherwise, spellings of items.
EVENT = {
    "tiny": 1e-05,
    "least": 5e-324,
    "small": 0.0001,
    "minus": -2.5e-07,
    "large": 1e21,
    "half": 0.5,
    "whole": 12,
    "10": 1,
    "9": 2,
    "!": 3,
    "__proto__": {"b": [], "a": {}},
    "\U0001f600": "\u202e",
    "\uffee": 1,
    "quote": 'a"\\\n\u007f',
}
ODD_URIS = (
    "https://id.gs1.org/01/%E4%BD%A0",
    "https://id.gs1.org/8003/0952123455555%",
    "urn:epc:id:sgtin:1.2.\u202e'\"",
    "  ",
    "",
    "https://id.gs1.org/00/" + "1" * 90,
    "urn:epc:id:giai:9521234.\U0001f600",
    "https://id.gs1.org/01/\u0661" + "0" * 13,
    "http://id.gs1.org/8004/9521%0A",
    "https://id.gs1.org/a'b\\\n/01/1",
    "HTTPS://ID.GS1.ORG/abcdefghijk",
    "urn:epc:idpat:sgtin:1.*",
)
