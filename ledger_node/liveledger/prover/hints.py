"""What helps where a bundle would be too large: nothing is advised that the question's view cannot do."""

from __future__ import annotations

from typing import Any

from liveledger.verifier import Question, Refusal
from liveledger.verifier.views import VIEWS
from liveledger.verifier.views.base import View

_PAGE = {"first": "0", "limit": "1"}
_ONE_ALONE = {"organisation": "1"}
_ALONE = "it fits into no bundle: ask without a proof, and compare the answers of two members"


def for_less(question: Question) -> str:
    """How to ask for less than ``question`` does."""
    parameters, view = question.parameters, VIEWS[question.view]
    if "slots" in parameters and len(parameters["slots"]) > 1:
        return "ask for fewer slots"
    if "limit" in parameters:
        return "ask for a smaller page" if int(parameters["limit"]) > 1 else _ALONE
    if _has_pages(view, parameters):
        return "ask for a page of it: first and limit"
    later = _later_with_pages(view, parameters)
    return f"ask {later} for a page of it: first and limit" if later else _ALONE


def for_near(question: Question, *, at_block: bool) -> str:
    """How to ask for a page that fewer entries follow; ``at_block``: whether the client named the block."""
    if not VIEWS[question.view].historical:
        later = _later_of_the_past(VIEWS[question.view])
        if later:
            return f"ask {later}: its old pages are proven at an older block"
        return "ask for a later page: an old page of this list is proven with all that follows it or not at all"
    if "organisation" not in question.parameters and _takes(VIEWS[question.view], question.parameters, _ONE_ALONE):
        return (
            "ask for a later page, or for the list of one organisation alone (organisation): its old pages are proven"
        )
    if at_block:
        return "ask without naming the block: this page is proven at an older one"
    return "ask for a later page, or ask a node that keeps old states (an archive)"


def _has_pages(view: View[Any], parameters: dict[str, Any]) -> bool:
    return _takes(view, parameters, _PAGE)


def _takes(view: View[Any], parameters: dict[str, Any], more: dict[str, str]) -> bool:
    try:
        view.read({**parameters, **more})
    except Refusal:
        return False
    return True


def for_other_version(view: View[Any]) -> str | None:
    """Which later form of a view may read a contract whose version it does not read; None where there is none."""
    names = [later.name for later in _later(view)]
    return f"ask {' or '.join(names)}, made for later versions of the contract" if names else None


def _later_with_pages(view: View[Any], parameters: dict[str, Any]) -> str | None:
    return next((later.name for later in _later(view) if _has_pages(later, parameters)), None)


def _later_of_the_past(view: View[Any]) -> str | None:
    # One that comes in another form of bundle alone is of another version of the contract.
    return next((later.name for later in _later(view) if later.historical and later.form == view.form), None)


def _later(view: View[Any]) -> list[View[Any]]:
    """The later versions of a view, in their order."""
    noun, number = view.name.split("/")
    names = (f"{noun}/{version}" for version in range(int(number) + 1, 10))
    return [VIEWS[name] for name in names if name in VIEWS]
