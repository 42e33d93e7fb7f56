"""The light block, the execution header under it, ages, and the question (steps 2, 4, 5 and 6)."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

from liveledger.prover.light_blocks import light_block, read_validators
from liveledger.verifier.times import Time
from tests.proofs.making.chains import ask
from tests.proofs.making.form import Vectors
from tests.proofs.making.validators import RAW, edited, scene, twice
from tests.proofs.scenario import Case
from tests.simulators.tries import keccak


def make() -> Vectors:
    found = Vectors()
    for add in (
        _commits,
        _signatures,
        _links,
        _ages,
        _questions,
    ):
        add(found)
    return found


def _bad_commit(found: Vectors, name: str, code: str, about: str, change: Any) -> None:
    """A light block of four validators, given to ``change``."""
    asked = _of_four()
    bundle = edited(asked)
    change(bundle["light_block"])
    found.bad(f"commit/{name}", 4, code, about, asked, bundle)


@functools.cache
def _of_four() -> Case:
    return ask(scene(1, 1, 1, 1), "raw-storage/1", RAW)


def _signatures(found: Vectors) -> None:
    bad = functools.partial(_bad_commit, found)

    def swap(block: dict[str, Any]) -> None:
        entries = block["commit"]["signatures"]
        entries[0]["address"], entries[1]["address"] = entries[1]["address"], entries[0]["address"]

    def double(block: dict[str, Any]) -> None:
        entries = block["commit"]["signatures"]
        entries[1] = dict(entries[0])

    def under_another_name(block: dict[str, Any]) -> None:
        entries = block["commit"]["signatures"]
        entries[1] = {**entries[0], "address": entries[1]["address"]}

    def forge(block: dict[str, Any]) -> None:
        block["commit"]["signatures"][3]["signature"] = "0x" + "00" * 64

    bad("addresses-exchanged", "address-mismatch", "two addresses are exchanged", swap)
    bad("signer-twice", "address-mismatch", "one validator's entry stands at two places", double)
    bad(
        "signer-under-another-name",
        "bad-signature",
        "one validator's signature under another's address",
        under_another_name,
    )
    bad("forged", "bad-signature", "enough others signed, and one entry is no signature", forge)
    bad(
        "one-more",
        "bad-signature",
        "five entries for four validators",
        lambda block: block["commit"]["signatures"].append(None),
    )
    bad(
        "one-less",
        "bad-signature",
        "three entries for four validators",
        lambda block: block["commit"]["signatures"].pop(),
    )


def zeros(*path: str) -> Any:
    """Sets what stands at ``path`` to zeros."""

    def change(block: dict[str, Any]) -> None:
        for part in path[:-1]:
            block = block[part]
        block[path[-1]] = "0x" + "00" * 32 if isinstance(block[path[-1]], str) else 0

    return change


def _commits(found: Vectors) -> None:
    bad = functools.partial(_bad_commit, found)
    bad("validators-hash", "validators-hash", "the header names another set", zeros("header", "validators_hash"))
    bad("height", "header-hash", "the commit is of another height", lambda block: block["commit"].update(height="2"))
    bad("app-hash", "block-id", "a field of the header was changed", zeros("header", "app_hash"))
    bad(
        "empty-hash",
        "block-id",
        "a hash of the header was left empty",
        lambda block: block["header"].update(data_hash="0x"),
    )
    bad(
        "version",
        "block-id",
        "a version of the header was changed",
        lambda block: block["header"]["version"].update(app="0"),
    )
    bad("another-block", "block-id", "the commit is for another block", zeros("commit", "block_id", "hash"))
    bad(
        "no-parts",
        "block-id",
        "the block id has no parts",
        lambda block: block["commit"]["block_id"]["parts"].update(total=0),
    )
    bad(
        "no-parts-hash",
        "block-id",
        "the parts have no hash",
        lambda block: block["commit"]["block_id"]["parts"].update(hash="0x"),
    )
    bad("other-parts", "bad-signature", "the parts are signed", zeros("commit", "block_id", "parts", "hash"))
    bad("round", "bad-signature", "the round is signed", lambda block: block["commit"].update(round=1))
    bad(
        "time",
        "bad-signature",
        "the time of a vote is signed",
        lambda block: block["commit"]["signatures"][2]["time"].update(nanos=1),
    )


def _links(found: Vectors) -> None:
    chain = twice()
    asked = ask(chain, "raw-storage/1", RAW)
    height = int(asked.bundle["light_block"]["header"]["height"])
    header = "0x" + chain.execution.header_rlp(height - 2).hex()
    found.bad(
        "link/another-header",
        5,
        "app-hash",
        "the execution header of the block before",
        asked,
        {**asked.bundle, "execution_header": header},
    )
    previous = light_block(chain.consensus.commit(height - 1), read_validators(chain.consensus.validators(height - 1)))
    found.bad(
        "link/another-light-block",
        5,
        "app-hash",
        "the light block of the block before",
        asked,
        {**asked.bundle, "light_block": previous},
    )
    for name, data, about in (
        ("no-fields", "0xc0", "a list without fields"),
        ("no-list", "0x80", "no list"),
        ("nothing", "0x", "no byte"),
        ("left-over", asked.bundle["execution_header"] + "00", "a byte behind the list"),
    ):
        found.bad(f"link/{name}", 5, "app-hash", about, asked, {**asked.bundle, "execution_header": data})
    late = scene(1)
    last = keccak(late.execution.header_rlp(late.execution.block_number()))
    late.consensus.seal(last, late.now)
    asked = ask(late, "raw-storage/1", RAW, height=late.execution.block_number())
    block = light_block(late.consensus.commit(late.consensus.height()), late.anchor(0).validators)
    found.bad(
        "link/another-number",
        5,
        "app-hash",
        "a signed header whose app hash is a block two below it",
        asked,
        {**asked.bundle, "light_block": block},
    )
    genesis = ask(scene(1), "raw-storage/1", RAW, height=0)
    anchor = replace(genesis.anchor, digest=bytes(32))
    found.bad("link/another-genesis", 5, "app-hash", "block 0 is not the anchor's", genesis, anchor=anchor)


def _ages(found: Vectors) -> None:
    asked = ask(scene(1), "raw-storage/1", RAW)
    time = int(asked.bundle["light_block"]["header"]["time"]["seconds"])
    end = asked.anchor.valid_until.seconds
    found.good("age/at-the-limit", "600 s old, 600 s are allowed", asked, now=time + 600, max_age=600)
    found.bad("age/stale", 6, "stale", "601 s old, 600 s are allowed", asked, now=time + 601, max_age=600)
    found.good("age/of-the-future", "the client's clock is behind: the age is negative", asked, now=time - 5, max_age=0)
    found.good("age/without-a-limit", "200 days old, and no limit", asked, now=time + 200 * 86_400)
    found.good("age/last-second", "the anchor is good in the second of its end", asked, now=end)
    found.bad("age/expired", 2, "expired-anchor", "the anchor ended a second ago", asked, now=end + 1)
    nanos = replace(asked.anchor, valid_until=Time(end, 999_999_999))
    found.good(
        "age/last-second-with-nanos", "now is a whole second: nanoseconds do not matter", asked, now=end, anchor=nanos
    )
    found.bad(
        "age/expired-with-nanos", 2, "expired-anchor", "and a second later it ended", asked, now=end + 1, anchor=nanos
    )
    found.bad(
        "age/a-year-and-a-day",
        2,
        "expired-anchor",
        "366 days later no anchor that was exported by then is good",
        asked,
        now=time + 366 * 86_400,
    )
    forged = edited(asked)
    forged["light_block"]["commit"]["signatures"] = [None]
    found.bad(
        "age/expired-comes-first",
        2,
        "expired-anchor",
        "an expired anchor is named before anything is checked with it",
        asked,
        forged,
        now=end + 1,
    )
    found.bad(
        "age/power-comes-first",
        4,
        "power",
        "the commit is checked before the age",
        asked,
        forged,
        now=time + 601,
        max_age=600,
    )


def _questions(found: Vectors) -> None:
    asked = ask(scene(1), "raw-storage/1", RAW)
    other = ask(scene(1), "raw-storage/1", {**RAW, "slots": ["0x" + "00" * 32]})
    found.bad("question/another", 2, "wrong-question", "another slot is asked", asked, question=other.question)
    changed = {**asked.bundle, "question": other.bundle["question"]}
    found.bad(
        "question/changed-in-the-bundle",
        2,
        "wrong-question",
        "the bundle's question is not the client's",
        asked,
        changed,
    )
    more = {**asked.bundle, "question": {**asked.bundle["question"], "parameters": {**RAW, "more": True}}}
    found.bad(
        "question/unknown-parameter", 2, "wrong-question", "the bundle's question has one more parameter", asked, more
    )
    junk = {**asked.bundle, "question": {"view": None, "parameters": 1}}
    found.bad("question/junk", 2, "wrong-question", "the bundle's question is compared, not read", asked, junk)
    none = {**asked.bundle, "question": None}
    found.bad("question/null", 1, "shape", "the bundle's question is an object of view and parameters", asked, none)
    sections = {**asked.bundle["evidence"], "leaves": None}
    found.bad(
        "question/one-section-more", 1, "shape", "the view has no leaves", asked, {**asked.bundle, "evidence": sections}
    )
    found.bad("question/no-section", 1, "shape", "the view has contracts", asked, {**asked.bundle, "evidence": {}})
    both = {**changed, "evidence": sections}
    found.bad(
        "question/before-the-sections",
        2,
        "wrong-question",
        "the question is compared before the view's sections",
        asked,
        both,
    )
    for name, anchor in (
        ("chain", replace(asked.anchor, chain_id="simulated-2")),
        ("chain-that-expired", replace(asked.anchor, chain_id="simulated-2", valid_until=Time(5))),
    ):
        found.bad(f"question/another-{name}", 2, "wrong-chain", "the anchor is of another chain", asked, anchor=anchor)
    expired = {"anchor": replace(asked.anchor, valid_until=Time(5), height=1 << 40)}
    found.bad(
        "question/expired-and-below",
        2,
        "expired-anchor",
        "the anchor's end is looked at before its height",
        asked,
        **expired,
    )
