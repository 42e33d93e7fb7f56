"""What the signer signs and what it refuses: against the verifier's own reading of a vote, and by random runs."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.consensus._abci.tendermint.privval import types_pb2 as privval
from liveledger.node.signer import canonical
from liveledger.node.signer.service import Junk, Signer
from liveledger.node.signer.state import SignerDoubt, above
from liveledger.verifier import ed25519
from liveledger.verifier.commit import Commit
from liveledger.verifier.header import BlockId
from liveledger.verifier.times import Time
from tests.unit.signer.requests import (
    CHAIN,
    NIL,
    PRECOMMIT,
    PREVOTE,
    Bench,
    ask_proposal,
    ask_vote,
    proposal,
    refusal,
    vote,
)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path).begin()
    yield made
    made.close()


@pytest.fixture
def signer(bench: Bench) -> Signer:
    return bench.open()


def test_the_verifier_takes_its_precommit(bench: Bench, signer: Signer) -> None:
    signed = ask_vote(signer, vote(7, 2, PRECOMMIT, block=9, second=1234)).vote
    commit = Commit(7, 2, BlockId(b"\x09" * 32, 1, b"\x09" * 32), ())
    sign_bytes = commit.sign_bytes(CHAIN, Time(1234))
    assert ed25519.verify(bench.identity.public_key, signed.signature, sign_bytes)
    extension = canonical.extension_bytes(CHAIN, signed)
    assert ed25519.verify(bench.identity.public_key, signed.extension_signature, extension)


def test_the_public_key_is_given_to_its_own_chain_alone(bench: Bench, signer: Signer) -> None:
    for chain, right in ((CHAIN, True), ("other", False)):
        request = privval.Message(pub_key_request=privval.PubKeyRequest(chain_id=chain))
        answer = privval.Message.FromString(signer.answer(request.SerializeToString())).pub_key_response
        assert (answer.pub_key.ed25519 == bench.identity.public_key) is right
        assert answer.HasField("error") is not right


def test_a_ping_is_answered(signer: Signer) -> None:
    answer = privval.Message.FromString(
        signer.answer(privval.Message(ping_request=privval.PingRequest()).SerializeToString())
    )
    assert answer.WhichOneof("sum") == "ping_response"


def test_a_round_goes_on_and_never_back(signer: Signer) -> None:
    assert not refusal(ask_proposal(signer, proposal(5)))
    assert not refusal(ask_vote(signer, vote(5)))
    assert not refusal(ask_vote(signer, vote(5, kind=PRECOMMIT)))
    assert refusal(ask_proposal(signer, proposal(5))) == "signing-refused-older"
    assert refusal(ask_vote(signer, vote(5))) == "signing-refused-older"
    assert refusal(ask_vote(signer, vote(4, 9, PRECOMMIT))) == "signing-refused-older"
    assert not refusal(ask_vote(signer, vote(5, 1, block=NIL)))
    assert not refusal(ask_vote(signer, vote(6, block=2)))


@pytest.mark.parametrize("kind", [PREVOTE, PRECOMMIT])
@pytest.mark.parametrize(("first", "second"), [(1, 2), (1, NIL), (NIL, 1)])
def test_a_conflicting_vote_is_refused_also_after_a_restart(bench: Bench, kind: int, first: int, second: int) -> None:
    assert not refusal(ask_vote(bench.open(), vote(5, kind=kind, block=first)))
    signer = bench.open()
    assert refusal(ask_vote(signer, vote(5, kind=kind, block=second))) == "signing-refused-conflict"
    assert not refusal(ask_vote(signer, vote(5, kind=kind, block=first)))


def test_a_conflicting_proposal_is_refused(bench: Bench) -> None:
    assert not refusal(ask_proposal(bench.open(), proposal(5, 2)))
    signer = bench.open()
    assert refusal(ask_proposal(signer, proposal(5, 2, block=2))) == "signing-refused-conflict"
    assert refusal(ask_proposal(signer, proposal(5, 2, pol_round=1))) == "signing-refused-conflict"


def test_the_same_at_another_time_gets_the_first_signature(bench: Bench) -> None:
    first = ask_vote(bench.open(), vote(5, second=1000)).vote
    again = ask_vote(bench.open(), vote(5, second=2000)).vote
    assert (again.signature, again.timestamp.seconds) == (first.signature, 1000)
    assert ed25519.verify(bench.identity.public_key, again.signature, canonical.vote_bytes(CHAIN, again))
    told = ask_proposal(bench.open(), proposal(6, second=1000)).proposal
    assert ask_proposal(bench.open(), proposal(6, second=3000)).proposal == told


def test_another_chain_is_refused(signer: Signer) -> None:
    assert refusal(ask_vote(signer, vote(5), "liveledger-other")) == "signing-refused-chain"
    assert refusal(ask_proposal(signer, proposal(5), "")) == "signing-refused-chain"


def test_nothing_below_the_height_that_it_begins_above(tmp_path: Path) -> None:
    bench = Bench(tmp_path).begin(above(100))
    signer = bench.open()
    assert refusal(ask_vote(signer, vote(100, 7, PRECOMMIT))) == "signing-refused-older"
    assert refusal(ask_vote(signer, vote(100, (1 << 31) - 1, PRECOMMIT))) == "signing-refused-older"
    assert not refusal(ask_vote(signer, vote(101)))
    bench.close()


@pytest.mark.parametrize(
    "message",
    [
        vote(0),
        vote(-1),
        vote(5, -1),
        vote(5, kind=0),
        vote(5, kind=32),
        vote(5, extension=b"x"),
        vote(5, kind=PRECOMMIT, block=NIL, extension=b"x"),
        vote(5, second=-1),
        vote(5, second=1 << 60),
    ],
)
def test_votes_that_no_validator_makes(signer: Signer, message: Any) -> None:
    assert refusal(ask_vote(signer, message)) == "signing-refused-malformed"


def test_block_ids_are_whole_or_empty(signer: Signer) -> None:
    for change in ("hash", "part_hash", "total"):
        message = vote(5)
        if change == "hash":
            message.block_id.hash = b"x" * 31
        elif change == "part_hash":
            message.block_id.part_set_header.hash = b""
        else:
            message.block_id.part_set_header.total = 0
        assert refusal(ask_vote(signer, message)) == "signing-refused-malformed"
    for told in (proposal(5, block=NIL), proposal(5, pol_round=0), proposal(5, 3, pol_round=3), proposal(0)):
        assert refusal(ask_proposal(signer, told)) == "signing-refused-malformed"


@given(st.binary(max_size=400))
def test_junk_is_never_signed(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder)).begin()
        signer, before = bench.open(), bench.state.read_bytes()
        try:
            answer = privval.Message.FromString(signer.answer(content))
            assert b"signature" not in answer.SerializeToString()
        except Junk:
            pass
        assert bench.state.read_bytes() == before
        bench.close()


def test_a_response_is_no_request(signer: Signer) -> None:
    for message in (privval.Message(), privval.Message(signed_vote_response=privval.SignedVoteResponse())):
        with pytest.raises(Junk):
            signer.answer(message.SerializeToString())


def test_what_cannot_be_kept_is_not_signed(bench: Bench, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr("liveledger.domain.private_files.os.fsync", full)
        with pytest.raises(OSError, match="space"):
            ask_vote(signer, vote(5))
    assert not refusal(ask_vote(bench.open(), vote(5, block=2)))


def test_a_state_that_somebody_else_changed_ends_the_signer(bench: Bench, signer: Signer) -> None:
    ask_vote(signer, vote(5))
    content = bench.state.read_bytes()
    bench.state.unlink()
    with pytest.raises(SignerDoubt):
        ask_vote(signer, vote(6))
    bench.state.write_bytes(content)
    bench.state.chmod(0o600)
    with pytest.raises(SignerDoubt):
        ask_vote(signer, vote(6))


STEP = st.tuples(
    st.integers(1, 3), st.integers(0, 2), st.sampled_from(["propose", PREVOTE, PRECOMMIT]), st.integers(0, 2)
)


@given(st.lists(st.tuples(STEP, st.integers(1, 3), st.booleans()), max_size=14))
def test_no_run_of_requests_and_restarts_gets_two_signatures_for_one_place(run: list[Any]) -> None:
    signed: dict[Any, bytes] = {}
    newest: Any = (0, 0, 0)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder)).begin()
        signer = bench.open()
        for (height, round, kind, block), second, restart in run:
            if restart:
                signer = bench.open()
            if kind == "propose":
                answer = ask_proposal(signer, proposal(height, round, max(block, 1), second))
                made, place = answer.proposal, (height, round, 1)
                content = canonical.proposal_bytes(CHAIN, made)
            else:
                answer = ask_vote(signer, vote(height, round, kind, block, second))
                made, place = answer.vote, (height, round, 2 if kind == PREVOTE else 3)
                content = canonical.vote_bytes(CHAIN, made)
            if refusal(answer):
                assert place <= newest
                continue
            assert place >= newest
            assert ed25519.verify(bench.identity.public_key, made.signature, content)
            assert signed.setdefault(place, content) == content
            newest = place
        bench.close()
