"""What tests of governance ask of their network: bundles, refusals, the command line."""

from __future__ import annotations

import json
import subprocess
import time
from typing import Any

from liveledger.bindings import creator, directory
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, DIRECTORY_ADDRESS
from liveledger.chain.contracts.ledger import open_ledger
from liveledger.chain.contracts.registry import name_word
from liveledger.chain.rpc.finality import final_height
from liveledger.chain.rpc.reverts import revert_of
from liveledger.chain.rpc.transport import RpcError
from liveledger.domain.hashing import keccak
from liveledger.index.database import sqlite_engine
from liveledger.index.follower import Index
from liveledger.prover.anchors import export_anchor
from liveledger.prover.pending import when_verifiable
from liveledger.prover.prover import Prover
from liveledger.verifier import Question, TrustAnchor, encode_bundle, verify
from tests.support.commands import liveledger
from tests.support.members import Members, Newcomer
from tests.support.network import RunningNetwork, told_by

QUESTION = Question.parse(
    {"view": "stock/2", "parameters": {"brand": "1", "sku": "NONE", "place": "9521239000018", "lot": ""}}
)


def bundle(members: Members, question: Question = QUESTION) -> bytes:
    """The answer to a question (about a SKU that there is not), as the ledger proves it now."""
    ledger = open_ledger(members.net.home)
    try:
        engine = sqlite_engine(members.net.home.index)
        index, prover = Index(engine, ledger), Prover(ledger, engine, export_anchor(ledger, 0))

        def ask() -> bytes:
            index.catch_up()
            return encode_bundle(prover.prove(question))

        return when_verifiable(ask)
    finally:
        ledger.close()


def proven(members: Members, anchor: TrustAnchor, view: str, **parameters: str) -> dict[str, Any]:
    """The answer to a question, verified against an anchor."""
    question = Question.parse({"view": view, "parameters": parameters})
    return verify(bundle(members, question), anchor=anchor, question=question, now=int(time.time())).answer


def assert_proven(anchor: TrustAnchor, data: bytes) -> int:
    """Verifies a bundle against an anchor; returns how many changes of the set it carries over."""
    verdict = verify(data, anchor=anchor, question=QUESTION, now=int(time.time()))
    assert verdict.answer["known_sku"] is False
    return data.count(b'"validators":[')


def leaving(byte: int) -> bytes:
    """Init code that leaves one byte of code."""
    return bytes((0x60, byte)) + bytes.fromhex("60005360016000f3")


def approval(code: bytes, version: int) -> creator.Approve:
    return creator.Approve(keccak(code), name_word("Trial"), version, 0, 0)


def assert_one_chain(net: RunningNetwork, newcomer: Newcomer) -> None:
    top = newcomer.node.height() - 3
    tellings = [told_by(net, node, top) for node in range(net.size)]
    assert tellings == [told_by(newcomer.node, 0, top)] * net.size


def run(members: Members, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line on this network."""
    return liveledger(*arguments, home=members.net.home)


def accounts(members: Members, *options: str) -> list[dict[str, Any]]:
    found = run(members, "member", "account", "list", *options, "--json")
    assert found.returncode == 0, found.stderr
    return list(json.loads(found.stdout)["accounts"])


def trial_versions(members: Members, height: int) -> directory.Versions:
    """What the Directory knows of the versions of Trial after a block."""
    call = directory.VersionsOf(name_word("Trial")).calldata()
    return directory.decode_versions_of(members.connection.execution.call(DIRECTORY_ADDRESS, call, height))


def refusal(members: Members, sender: str, data: bytes) -> str | None:
    """The name of the error with which Consortium would refuse a call now; None when it would not."""
    try:
        members.connection.execution.call(
            CONSORTIUM_ADDRESS, data, final_height(members.connection), sender=bytes.fromhex(sender[2:])
        )
    except RpcError as error:
        found = revert_of(error)
        return found.name if found else str(error)
    return None


# Commands, the exit code of each, and what it says.
MISTAKES = [
    (("vote", "999", "yes", "--as", "node0-security-admin"), 1, "GovernanceUnknownProposal"),
    (("vote", "1", "perhaps", "--as", "node0-security-admin"), 2, "no vote"),
    (("vote", "1", "yes", "--as", "nobody"), 3, "no key called"),
    (("show", "999"), 3, "no proposal 999"),
    (("propose", "pause", "weather", "--as", "node0-system-admin"), 2, "no family of rules"),
    (("propose", "suspend", "9521239000019"), 2, "check digit"),
    (("propose", "validator", "9521239000018", "zz"), 2, "validator key"),
    (("propose", "roles", "0x" + "11" * 20, "king"), 2, "no role"),
    (("propose", "parameter", "taste", "1"), 2, "no parameter"),
    (("propose", "contract", "Weather"), 2, "no contract that this release brings"),
    (("propose", "contract", "StockLedger", "--as", "node0-system-admin"), 1, "CreatorVersionNotNewer"),
    (("propose", "gtin", "123", "9521239000018"), 2, "GTIN"),
    (
        ("propose", "gtin", "09521234567899", "9521239000018", "--as", "node0-system-admin"),
        1,
        "does not claim the GTIN 9521234567899",
    ),
    (("found",), 2, "requests"),
]
