"""Old blocks of geth alone under headers that a test set signs: proven, renewed, refused as an answer for now.

Eleven hundred blocks here, a hundred thousand in ``make test-slow``.
"""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from liveledger.bindings.constants import ALLOWANCES_ADDRESS
from liveledger.domain.block_hashes import HISTORY_BLOCKS
from liveledger.domain.movements import Kind, Movement
from liveledger.verifier import Code, Refusal, encode_bundle, verify
from liveledger.verifier.renewal import NotLasting, Saved, renew
from tests.proofs.splicing import with_past
from tests.support.long_chain import Long

pytestmark = pytest.mark.chain
THREE_YEARS = 3 * 365 * 86_400
MOST_BYTES = 6_000


def test_old_stock_under_a_new_header_is_no_stock_of_now(long: Long) -> None:
    """77 were there once; now 70 are. The old answer stays with its own block, and with its own header's age."""
    long.archive_all()
    question = long.stock()
    then = long.prover().prove(question, height=long.old, form=2)
    assert then["answer"]["available"] == "77"
    sell = Movement(long.warehouse.skus[0], Kind.SELL, long.warehouse.brand_places[0], 0, 7, long.chain.time(), 0)
    long.warehouse.post(long.warehouse.brand_account, [sell])
    long.sign(long.chain.number)
    anchor = long.anchor(0)
    now = long.prover().prove(question)
    assert now["answer"]["available"] == "70"
    head = long.prover().head(long.old, since=0)
    with pytest.raises(NotLasting):
        renew(Saved.parse(encode_bundle(then)), head, anchor)
    forged = encode_bundle(with_past(then, head))
    for options in ({}, {"max_age": 1 << 40}):
        with pytest.raises(Refusal) as refused:
            verify(forged, anchor=anchor, question=question, now=anchor.issued_at.seconds, **options)
        assert (int(refused.value.step), refused.value.stable_code) == (6, Code.STALE)


def test_a_recent_block_comes_out_of_the_engines_own_window(long: Long, tell: Callable[[str], None]) -> None:
    recent = long.chain.number - 40
    receipt = long.chain.transact(long.chain.administrator, ALLOWANCES_ADDRESS, b"", value=1)
    block = int(receipt["blockNumber"], 16)
    assert block > recent
    long.sign(block)
    question = long.transaction(block)
    newer = long.signed_above()
    renewed = long.prover().prove(question, since=newer)
    assert renewed["past"]["path"] is None
    anchor = long.anchor(newer)
    verdict = verify(encode_bundle(renewed), anchor=anchor, question=question, now=anchor.issued_at.seconds)
    assert verdict.block == block
    more = len(encode_bundle(renewed)) - len(encode_bundle(long.prover().prove(question, form=2)))
    tell(f"out of the engine's window of {min(long.chain.number, HISTORY_BLOCKS):,} blocks: {more:,} bytes of way back")


def test_an_old_block_under_a_new_header(long: Long, tell: Callable[[str], None]) -> None:
    long.archive_all()
    prove_old_block(long, tell)


@pytest.mark.slow
def test_an_old_block_under_a_header_a_hundred_thousand_blocks_newer(long: Long, tell: Callable[[str], None]) -> None:
    long.archive_all()
    long.chain.mine_until(long.old + 100_000, long.archive_all)
    prove_old_block(long, tell)


def prove_old_block(long: Long, tell: Callable[[str], None]) -> None:
    """Its anchor has expired, a newer one cannot go back: with the way back it can, in at most 6 kB more."""
    question = long.transaction(long.old)
    saved = encode_bundle(long.prover().prove(question))
    small = encode_bundle(long.prover().prove(question, form=2))
    genesis = long.anchor(0)
    assert verify(saved, anchor=genesis, question=question, now=genesis.issued_at.seconds).block == long.old
    newer = long.signed_above()
    now, anchor = genesis.issued_at.seconds + THREE_YEARS, long.anchor(newer)
    for given, code in ((genesis, Code.EXPIRED_ANCHOR), (anchor, Code.BELOW_ANCHOR)):
        with pytest.raises(Refusal) as refused:
            verify(saved, anchor=given, question=question, now=now if given is genesis else anchor.issued_at.seconds)
        assert refused.value.stable_code == code
    renewed = encode_bundle(long.prover().prove(question, since=newer))
    moment = anchor.issued_at.seconds + 5
    verdict = verify(renewed, anchor=anchor, question=question, now=moment, max_age=60, minimum_height=newer - 1)
    assert (verdict.block, verdict.under) == (long.old, long.chain.number)
    assert verdict.answer["block"] == str(long.old)
    assert json.loads(renewed)["past"]["path"] is not None
    assert len(renewed) - len(small) <= MOST_BYTES
    head = json.loads(json.dumps(long.prover().head(long.old, since=newer)))
    again = encode_bundle(renew(Saved.parse(saved), head, anchor))
    assert again == renewed
    tell(
        f"block {long.old} under a header {long.chain.number - long.old:,} blocks newer: "
        f"{len(renewed):,} bytes, {len(renewed) - len(small):,} of them the way back"
    )
