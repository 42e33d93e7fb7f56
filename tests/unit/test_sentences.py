"""Every custom error of every contract has a sentence and a hint, with words for its numbers, whatever they are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, cast

import pytest

from liveledger import bindings
from liveledger.bindings.errors import _ERRORS, Revert
from liveledger.chain.contracts.names import LedgerNames
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.reverts import line_of, violation
from liveledger.chain.rpc.transport import NodeUnreachable
from liveledger.rules.sentences import FAMILIES, SENTENCES, tell
from liveledger.rules.sentences.words import WORDS, Names, Wording
from tests.docs.blocks import ROOT
from tests.docs.commands import complaints

KNOWN = {name: dict(zip(names, types, strict=True)) for name, names, types in _ERRORS.values()}
# Solidity's own: its text is the contract's, and what to do stands in no hint.
WITHOUT_HINT = frozenset({"Error"})
TYPES = {
    "sku": "uint32",
    "place": "uint16",
    "org": "uint16",
    "account": "address",
    "lane": "uint8",
    "name": "bytes32",
    "gln": "uint64",
    "grade": "uint8",
    "roles": "uint32",
}
FIELD = re.compile(r"\{([a-z_]+)(?::([a-z]+))?\}")
SPAN = re.compile(r"`([^`]+)`")
PAGE = re.compile(r"docs/[a-z-]+\.md")


class Town(Names):
    """Names of a ledger that is not there."""

    def sku(self, number: int) -> str:
        return f"HZ-{number:03}"

    def place(self, number: int) -> str:
        return f"690123400001{number}"

    def organisation(self, number: int) -> str:
        return f"organisation {number} (GLN 9521239000018)"


def value_of(kind: str, large: bool) -> Any:
    """The least or the largest value of an ABI type."""
    if kind == "string":
        return "CLÉ-1{x}" if large else ""
    if kind == "address":
        return b"\xff" * 20 if large else bytes(20)
    if kind.startswith("bytes"):
        size = int(kind.removeprefix("bytes"))
        return b"\xff" * size if large else bytes(size)
    return (1 << int(kind.removeprefix("uint"))) - 1 if large else 0


def test_no_error_lacks_a_sentence_and_none_is_left_over() -> None:
    assert set(SENTENCES) == set(KNOWN)
    assert len(SENTENCES) == sum(len(family.SENTENCES) for family in FAMILIES)


def test_no_contract_has_an_error_that_is_not_known() -> None:
    for artifact in Path(bindings.__file__).parent.glob("*.json"):
        errors = {entry["name"] for entry in json.loads(artifact.read_text())["abi"] if entry["type"] == "error"}
        assert errors <= set(SENTENCES), artifact.name


def test_a_sentence_speaks_of_the_errors_arguments() -> None:
    for name, texts in SENTENCES.items():
        for field, word in FIELD.findall(" ".join(texts)):
            assert field in KNOWN[name], f"{name} has no {field}"
            assert not word or word in WORDS, f"{name}: {word}"
            assert TYPES.get(word, KNOWN[name][field]) == KNOWN[name][field], f"{name}: {field} is no {word}"


@pytest.mark.parametrize("large", [False, True])
def test_no_argument_is_too_strange_to_be_said(large: bool) -> None:
    for name, types in KNOWN.items():
        told = tell(name, {field: value_of(kind, large) for field, kind in types.items()})
        assert told.sentence.strip()
        assert name not in told.sentence, told.sentence
        assert "?" not in told.sentence, told.sentence
        assert bool(told.hint) is (name not in WITHOUT_HINT), name
        assert told.line == f"{told.sentence} ({name})"


def test_hints_name_commands_and_pages_that_there_are() -> None:
    for sentence, hint in SENTENCES.values():
        spans = [span for span in SPAN.findall(hint) if span.startswith("liveledger")]
        assert not [said for span in spans for said in complaints(span, whole=False)], hint
        assert not [page for page in PAGE.findall(sentence + hint) if not (ROOT / page).exists()], hint


def test_people_read_codes_glns_roles_and_lanes() -> None:
    oversell = tell("StockOversell", {"index": 0, "sku": 4, "place": 6, "lane": 2}, Town())
    assert oversell.sentence == "HZ-004 at 6901234000016: the movement takes more than is in transit there"
    role = tell("ConsortiumMissingRole", {"account": b"\xab" * 20, "role": 2})
    assert role.sentence == f"the account 0x{'ab' * 20} has not the role capture-events"
    power = tell("ConsortiumPowerChangeTooLarge", {"changed": 20, "allowed": 13})
    assert power.sentence.startswith("20 of the voting power would change within 100 blocks, 13 may")
    time = tell("ReportTooLate", {"feed_id": bytes(32), "cutoff": 1_764_547_200})
    assert "2025-12-01 00:00:00 UTC" in time.sentence
    money = tell("ERC20InsufficientBalance", {"sender": bytes(20), "balance": 5, "needed": 123_456})
    assert "has 0.05 yuan of deposits, 1234.56 yuan are needed" in money.sentence
    paused = tell("ConsortiumFamilyPaused", {"family": b"stock".ljust(32, b"\0")})
    assert paused.sentence == "the members paused the rules for stock"


def test_numbers_are_said_in_words_where_nobody_knows_names() -> None:
    assert Names().sku(1_048_580) == "SKU number 4 of brand 1"
    assert (Names().place(3), Names().place(0)) == ("place 3", "outside the ledger")


def test_an_unknown_error_and_missing_arguments_are_told_all_the_same() -> None:
    assert tell("Strange", {"a": 1}).sentence == "a contract refused it: Strange, a 1"
    assert tell("StockOversell", {}).sentence.startswith("? at ?")
    assert Wording(Names()).fill("{a}", {"a": b"\x01"}) == "0x01"


def test_the_error_has_its_name_apart_from_its_sentence() -> None:
    revert = Revert("StockOversell", {"index": 3, "sku": 4, "place": 6, "lane": 0})
    error = violation(revert, Town())
    assert error.as_dict() == {
        "code": "rule-violation",
        "message": "HZ-004 at 6901234000016: the movement takes more than is available there",
        "hint": "look at `liveledger stock show BRAND SKU PLACE`; goods under a lot are moved with that lot",
        "details": {"reason": "StockOversell", "arguments": {"index": 3, "sku": 4, "place": 6, "lane": 0}},
    }
    error.message = f"record 7: {error.message}"
    assert str(error).startswith("record 7: HZ-004")
    assert str(error).endswith("(StockOversell)")
    assert line_of(revert) == tell(revert.name, revert.args).line


class Away:
    """A node that does not answer."""

    execution = comet = property(lambda self: self._fail())

    def _fail(self) -> Any:
        raise NodeUnreachable("the node is away")


def test_a_node_that_is_away_hides_no_error() -> None:
    names = LedgerNames(cast(Connection, Away()))
    revert = Revert("StockOversell", {"index": 3, "sku": 1_048_580, "place": 6, "lane": 0})
    assert violation(revert, names).message == violation(revert).message
    told = tell("ConsortiumMissingRole", {"account": b"\xab" * 20, "role": 2}, names)
    assert told == tell("ConsortiumMissingRole", {"account": b"\xab" * 20, "role": 2})
