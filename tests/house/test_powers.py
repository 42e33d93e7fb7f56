"""Which functions ask who administers: what votes may do and a stranger may not, each in this list with its reason.

Governance is no member, so nothing else lets it in. Names are followed through modifiers, libraries and inherited
functions of all contracts together: rather one function too many than one too few.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from liveledger.bindings import genesis
from tests.house.tree import ROOT

CONTRACTS = ROOT / "contracts"
# Votes do this once the members govern (ADR 23); BoundedPower.t.sol and Governance.t.sol call them.
VOTED = {
    "Accounts": {"grantRoles"},
    "Allowances": {"setTopUps"},
    "Consortium": {
        "admit",
        "defineKind",
        "defineRoles",
        "pause",
        "registerOrganisation",
        "removeOrganisation",
        "reserveGln",
        "resume",
        "setAdministrator",
        "setLimits",
        "setOrganisationStatus",
        "setPlace",
    },
    "Creator": {"approve", "withdraw"},
    "DepositToken": {"setMintLimit"},
    "Directory": {"freeze", "retire", "setAdministrator", "setFlags"},
    "Governance": {"setParameter", "trial"},
    "Recovery": {"begin"},
    "Standings": {"prefer"},
    "ValidatorKeys": {"rotateValidator", "setValidator"},
    "Validators": {"listNode"},
}
# These let a founder's account in, and no vote: what is an organisation's own.
FOUNDERS = {
    "Accounts": {"registerAccount", "setAccount"},
    "Consortium": {"registerDevice", "registerPlace", "setDeviceStatus"},
    "OperatorApprovals": {"approveOperator", "setApproval", "widenApproval"},
    "ReportHub": {"rotateSigners"},
    "Validators": {"removeNode", "setNode"},
}
# They say or weigh who administers, and let nobody in for it.
ASKED = {"Creator": {"approvalOf", "create"}, "Directory": {"register"}}

_ASKS = re.compile(r"\b(administrator|isAdministrator|isFounder|GOVERNANCE_ADDRESS|onlyItself)\b")
_DEFINITION = re.compile(r"^    (function|modifier) (\w+)", re.M)
_COMMENT = re.compile(r"//[^\n]*")


def _definitions(path: Path) -> Iterator[tuple[str, str]]:
    """Name and text of every function and modifier of a contract that `solhint` has laid out."""
    text = _COMMENT.sub("", path.read_text())
    starts = [*_DEFINITION.finditer(text)]
    for number, start in enumerate(starts, 1):
        end = starts[number].start() if number < len(starts) else len(text)
        yield start[2], text[start.start() : end]


def _asking() -> dict[str, set[str]]:
    """External functions that ask who administers, themselves or through what they call, by contract."""
    found = [
        (path.stem, name, text)
        for path in sorted(CONTRACTS.rglob("*.sol"))
        if "interfaces" not in path.parts
        for name, text in _definitions(path)
    ]
    asking: set[str] = set()
    while True:
        called = re.compile(rf"\b({'|'.join(sorted(asking)) or '(?!)'})\b")
        more = [row for row in found if _ASKS.search(row[2]) or called.search(row[2].split("(", 1)[1])]
        inner = {name for _, name, text in more if not _is_external(text)}
        if inner <= asking:
            break
        asking |= inner
    entries: dict[str, set[str]] = {}
    for contract, name, text in more:
        if _is_external(text):
            entries.setdefault(contract, set()).add(name)
    return entries


def _is_external(text: str) -> bool:
    return text.lstrip().startswith("function") and bool(re.search(r"\)\s*(?:\w+\s+)*?(external|public)\b", text))


def test_only_these_functions_ask_who_administers() -> None:
    listed = {
        contract: VOTED.get(contract, set()) | FOUNDERS.get(contract, set()) | ASKED.get(contract, set())
        for contract in {*VOTED, *FOUNDERS, *ASKED}
    }
    assert _asking() == listed


def test_a_function_that_lets_the_administrator_in_is_found() -> None:
    asking = _asking()
    assert "rotateSigners" in asking["ReportHub"], "through Members.isFounder"
    assert "registerAccount" in asking["Accounts"], "through a modifier that calls a function"
    assert "submit" not in asking["ReportHub"], "it asks its caller's organisation alone"


def test_what_genesis_lists_is_of_version_one() -> None:
    """By that Directory knows for ever whose next versions wait a week; it is itself replaced by nothing."""
    assert {module.NAME for module in genesis.CONTRACTS.values() if module.VERSION != 1} == {"Directory"}
