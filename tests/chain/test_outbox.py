"""The outbox: what was acknowledged stays, once, and only on its own chain."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from liveledger.chain.outbox.outbox import SCHEMA_VERSION, Attempt, KeyReused, Outbox, request_digest
from liveledger.domain.errors import ConfigurationError

ACCOUNT = b"\x01" * 20
TARGET = b"\x02" * 20


def opened(path: Path, *, chain: int = 7, genesis: bytes = bytes(32)) -> Outbox:
    return Outbox(path, evm_chain_id=chain, genesis=genesis)


def add(outbox: Outbox, key: str, nonce: int, data: bytes = b"d") -> int:
    with outbox.transaction():
        entry = outbox.add(ACCOUNT, key, nonce, TARGET, data, 50_000, 1.0)
        outbox.add_attempt(Attempt(nonce.to_bytes(32), entry, 10, 1, 3), b"raw")
    return entry


def test_survives_reopening(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "outbox.db")
    add(outbox, "a", 0)
    outbox.close()
    again = opened(tmp_path / "outbox.db")
    entry = again.find(ACCOUNT, "a")
    assert entry is not None
    assert (entry.nonce, again.data(entry.id), entry.status) == (0, b"d", None)
    (attempt,) = again.attempts([entry.id])[entry.id]
    assert (attempt.size, again.raw(attempt.tx_hash)) == (3, b"raw")


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    opened(tmp_path / "outbox.db")
    assert stat.S_IMODE((tmp_path / "outbox.db").stat().st_mode) == 0o600


def test_commits_are_synced(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "outbox.db")
    assert outbox.db.execute("PRAGMA synchronous").fetchone() == (2,)
    assert outbox.db.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_key_stands_for_one_request(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "outbox.db")
    add(outbox, "a", 0)
    assert outbox.require(ACCOUNT, "a", request_digest(TARGET, b"d")) is not None
    assert outbox.require(ACCOUNT, "b", request_digest(TARGET, b"d")) is None
    with pytest.raises(KeyReused):
        outbox.require(ACCOUNT, "a", request_digest(TARGET, b"other"))


def test_nonces_are_never_assigned_twice(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "outbox.db")
    assert outbox.next_nonce(ACCOUNT) == 0
    entry = add(outbox, "a", 4)
    outbox.finish(entry, block=1, tx_hash=bytes(32), status=1, gas_used=1, now=2.0)
    assert outbox.next_nonce(ACCOUNT) == 5
    with pytest.raises(sqlite3.IntegrityError):
        add(outbox, "b", 4)


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "outbox.db")

    def fail_halfway() -> None:
        with outbox.transaction():
            outbox.add(ACCOUNT, "a", 0, TARGET, b"d", 1, 1.0)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert outbox.find(ACCOUNT, "a") is None
    assert outbox.next_nonce(ACCOUNT) == 0


def test_bytes_are_dropped_once_carried_out_and_kept_when_reverted(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "outbox.db")
    for key, nonce, status in (("good", 0, 1), ("bad", 1, 0)):
        outbox.finish(add(outbox, key, nonce), block=1, tx_hash=bytes(32), status=status, gas_used=1, now=2.0)
    good, bad = outbox.find(ACCOUNT, "good"), outbox.find(ACCOUNT, "bad")
    assert good is not None
    assert bad is not None
    assert (outbox.data(good.id), outbox.data(bad.id)) == (b"", b"d")
    assert outbox.attempts([good.id, bad.id]) == {good.id: [], bad.id: []}
    # The key still stands for its request.
    with pytest.raises(KeyReused):
        outbox.require(ACCOUNT, "good", request_digest(TARGET, b"other"))


def test_what_is_final_stays_as_it_is(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "outbox.db")
    entry = add(outbox, "a", 0)
    outbox.finish(entry, block=3, tx_hash=bytes(32), status=1, gas_used=1, now=2.0)
    outbox.finish(entry, block=9, tx_hash=bytes(32), status=0, gas_used=1, now=2.0)
    found = outbox.find(ACCOUNT, "a")
    assert found is not None
    assert (found.block, found.status) == (3, 1)


@pytest.mark.parametrize("other", [{"chain": 8}, {"genesis": b"\x01" * 32}])
def test_refuses_another_chain(tmp_path: Path, other: dict[str, int | bytes]) -> None:
    opened(tmp_path / "outbox.db").close()
    with pytest.raises(ConfigurationError, match="another chain"):
        opened(tmp_path / "outbox.db", **other)  # type: ignore[arg-type]


def test_a_damaged_file_is_refused_and_kept(tmp_path: Path) -> None:
    damaged = b"this is no database" * 100
    (tmp_path / "outbox.db").write_bytes(damaged)
    with pytest.raises(ConfigurationError, match="cannot be used"):
        opened(tmp_path / "outbox.db")
    assert (tmp_path / "outbox.db").read_bytes() == damaged


def test_refuses_a_newer_schema(tmp_path: Path) -> None:
    outbox = opened(tmp_path / "outbox.db")
    outbox.db.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    outbox.close()
    with pytest.raises(ConfigurationError, match="newer"):
        opened(tmp_path / "outbox.db")
