"""The signer's memory: missing, older, damaged, foreign or shared, it is refused."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger.domain.errors import ConfigurationError, LiveLedgerError
from liveledger.node import cometbft
from liveledger.node.signer.protection import LastSigned, Position
from liveledger.node.signer.state import Identity, SignerDoubt, StateFile, above, cometbft_state, mark_path, read_last
from tests.unit.signer.requests import CHAIN, PRECOMMIT, Bench, ask_vote, refusal, vote


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def code_of(bench: Bench) -> str:
    with pytest.raises(LiveLedgerError) as caught:
        bench.open()
    return caught.value.stable_code


def test_a_state_that_was_never_begun_is_refused(bench: Bench) -> None:
    assert code_of(bench) == "signer-state-missing"
    assert not bench.state.exists()


@pytest.mark.parametrize("lost", ["state", "mark"])
def test_a_lost_file_is_not_begun_anew_by_itself(bench: Bench, lost: str) -> None:
    bench.begin()
    ask_vote(bench.open(), vote(5))
    bench.close()
    (bench.state if lost == "state" else mark_path(bench.key)).unlink()
    assert code_of(bench) == "signer-state-missing"


def test_an_older_state_is_refused(bench: Bench) -> None:
    bench.begin()
    ask_vote(bench.open(), vote(5))
    old = bench.state.read_bytes()
    ask_vote(bench.open(), vote(6))
    bench.close()
    bench.state.write_bytes(old)
    assert code_of(bench) == "signer-state-older"


def test_a_crash_between_the_two_files_is_none(bench: Bench) -> None:
    bench.begin()
    ask_vote(bench.open(), vote(5))
    mark = mark_path(bench.key).read_bytes()
    ask_vote(bench.open(), vote(6))
    mark_path(bench.key).write_bytes(mark)
    assert refusal(ask_vote(bench.open(), vote(6, block=2))) == "signing-refused-conflict"
    bench.close()


def test_two_signers_cannot_share_a_state(bench: Bench) -> None:
    bench.begin().open()
    with pytest.raises(SignerDoubt) as caught:
        StateFile(bench.state, bench.key, bench.identity)
    assert caught.value.stable_code == "signer-running"
    bench.close()


def test_the_state_of_another_chain_or_key_is_refused(bench: Bench) -> None:
    bench.begin()
    for identity in (Identity("other", bench.identity.public_key), Identity(CHAIN, bytes(32))):
        with pytest.raises(SignerDoubt) as caught:
            StateFile(bench.state, bench.key, identity)
        assert caught.value.stable_code == "signer-state-damaged"


def test_a_state_begins_once_and_never_before_what_was_signed(bench: Bench) -> None:
    bench.begin()
    with pytest.raises(SignerDoubt) as caught:
        bench.begin()
    assert caught.value.stable_code == "signer-state-exists"
    ask_vote(bench.open(), vote(50))
    bench.close()
    bench.state.unlink()
    for last in (LastSigned(Position(0, 0, 0)), above(49)):
        with pytest.raises(SignerDoubt) as caught:
            bench.begin(last)
        assert caught.value.stable_code == "signer-state-older"
    assert refusal(ask_vote(bench.begin(above(60)).open(), vote(60))) == "signing-refused-older"
    bench.close()


def test_it_goes_on_after_a_node_and_a_node_after_it(bench: Bench, tmp_path: Path) -> None:
    ask_vote(bench.begin().open(), vote(5, kind=PRECOMMIT))
    bench.close()
    last = read_last(bench.state, bench.identity)
    file = tmp_path / "priv_validator_state.json"
    file.write_bytes(cometbft.encode(cometbft_state(last)))
    file.chmod(0o600)
    assert read_last(file, bench.identity) == last
    fresh = tmp_path / "fresh.json"
    fresh.write_bytes(cometbft.encode(cometbft.NOTHING_SIGNED))
    fresh.chmod(0o600)
    assert read_last(fresh, bench.identity).position == Position(0, 0, 0)
    assert cometbft_state(above(9)) == {"height": "9", "round": 2147483647, "step": 3}
    with pytest.raises(SignerDoubt, match="its place or chain"):
        read_last(file, Identity("other", bench.identity.public_key))


@pytest.mark.parametrize(
    "change",
    [
        {"format": "liveledger-signer/2"},
        {"height": "5"},
        {"height": -1},
        {"height": 1 << 63},
        {"round": 1 << 31},
        {"step": 4},
        {"step": True},
        {"sign_bytes": ""},
        {"signature": ""},
        {"sign_bytes": "00"},
        {"height": 6},
        {"round": 1},
    ],
)
def test_a_damaged_state_is_refused(bench: Bench, change: dict[str, Any]) -> None:
    ask_vote(bench.begin().open(), vote(5))
    bench.close()
    bench.state.write_text(json.dumps(json.loads(bench.state.read_text()) | change))
    assert code_of(bench) == "signer-state-damaged"


@given(st.binary(max_size=200) | st.from_type(dict).map(str).map(str.encode))
def test_junk_is_no_state(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder)).begin()
        bench.state.write_bytes(content)
        assert code_of(bench) == "signer-state-damaged"


def test_looser_modes_are_refused(bench: Bench) -> None:
    bench.begin()
    for path in (bench.state, bench.key, mark_path(bench.key)):
        path.chmod(0o640)
        with pytest.raises(ConfigurationError, match="open to others"):
            bench.open()
        path.chmod(0o600)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"priv_key": {"value": "AAAA"}}', '{"priv_key": 7}'])
def test_a_malformed_key_is_refused(bench: Bench, content: str) -> None:
    bench.begin()
    bench.key.write_text(content)
    with pytest.raises(ConfigurationError, match="no validator key"):
        bench.open()
