"""The pages name what the verifier knows: every view, code, step, name on the chain and limit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from liveledger.domain import documents
from liveledger.domain.movements import Kind
from liveledger.domain.orders import OrderStatus, SourceKind
from liveledger.domain.returns import Disposition, Grade, ReturnAct
from liveledger.verifier import Code, anchor, bundle, commit, execution, header, questions, sections, shape, times, trie
from liveledger.verifier.refusal import Step
from liveledger.verifier.validators import MAX_VALIDATORS
from liveledger.verifier.views import VIEWS
from liveledger.verifier.views.base import MAX_CODE, MAX_URI

DOCS = Path(__file__).parents[2] / "docs"
FORMS, STEPS, VIEW_PAGE = ((DOCS / f"{name}.md").read_text() for name in ("bundle", "bundle-steps", "bundle-views"))


@pytest.mark.parametrize("view", sorted(VIEWS))
def test_every_view_has_a_row_and_a_section(view: str) -> None:
    noun, version = view.split("/")
    rows = [line for line in VIEW_PAGE.splitlines() if line.startswith(f"| `{noun}/")]
    assert any(f"/{version}`" in row.split("|")[1] for row in rows)
    row = next(row for row in rows if f"/{version}`" in row.split("|")[1])
    assert {name.strip() for name in row.split("|")[3].split(",")} == VIEWS[view].sections
    assert re.search(rf"^### .*`{noun}/{version}`", VIEW_PAGE, re.MULTILINE)


@pytest.mark.parametrize("code", Code)
def test_every_code_is_named_with_its_step(code: Code) -> None:
    table = STEPS[STEPS.index("## All codes") :]
    assert f"`{code.value}`" in table
    assert f"`{code.value}`" in STEPS[: STEPS.index("## All codes")]


def test_every_step_has_its_section() -> None:
    headings = " ".join(re.findall(r"^### ([0-9, ]+)", STEPS, re.MULTILINE))
    assert [int(number) for number in re.findall(r"[0-9]+", headings)] == [int(step) for step in Step]


def test_names_on_the_chain_are_spelled_out() -> None:
    names = [*Kind, *SourceKind, *Disposition, *ReturnAct, *Grade, *(set(OrderStatus) - {OrderStatus.OPEN})]
    assert [name for name in names if f"`{name.name.lower()}`" not in VIEW_PAGE] == []


def test_limits_are_those_of_the_code() -> None:
    found = (
        (shape.MAX_BUNDLE_BYTES, FORMS),
        (shape.MAX_DEPTH, FORMS),
        (anchor.MAX_ANCHOR_BYTES, FORMS),
        (anchor.MAX_CONTRACTS, FORMS),
        (questions.MAX_QUESTION_BYTES, FORMS),
        (bundle.MAX_SET_CHANGES, FORMS),
        (trie.MAX_NODES, FORMS),
        (sections.MAX_LEAVES, FORMS),
        (sections.MAX_PATH, FORMS),
        (sections.MAX_SLOTS, FORMS),
        (execution.MAX_HEADER_BYTES, FORMS),
        (documents.MAX_EVENT_BYTES, FORMS),
        (documents.MAX_EVENT_DEPTH, FORMS),
        (times.MAX_SECONDS, FORMS),
        (MAX_VALIDATORS, FORMS),
        (MAX_CODE, VIEW_PAGE),
        (MAX_URI, VIEW_PAGE),
    )
    assert [number for number, page in found if not re.search(rf"(?<![0-9,]){number:,}(?!,?[0-9])", page)] == []
    assert header.MAX_HEIGHT == 2**63 - 1
    assert commit.PRECOMMIT == 2
