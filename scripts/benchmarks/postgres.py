"""The same rules in PostgreSQL: a committed transaction a movement, and batches of 1,000 (docs/benchmarks.md).

The server is made anew in a temporary folder with PostgreSQL's own defaults, so every commit is synced to disk. A
movement there is a message that comes once, a lane of a balance that never goes below zero, the SKU's counters, and the
record itself: what StockLedger keeps, without signatures, proofs or a second copy.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg
from liveledger.chain.batching import MovementMessage
from liveledger.rules.stock import RULES

from benchmarks.workload import Workload

CLIENTS = (1, 8, 32)
BATCH = 1_000
SETTINGS = ("server_version", "fsync", "synchronous_commit", "shared_buffers", "wal_sync_method", "max_wal_size")
_SCHEMA = """
CREATE TABLE balance (sku int, place int, lane int, quantity bigint NOT NULL CHECK (quantity >= 0),
                      PRIMARY KEY (sku, place, lane));
CREATE TABLE counters (sku int PRIMARY KEY, movements bigint NOT NULL);
CREATE TABLE movement (id text PRIMARY KEY, sku int, kind int, source int, target int, quantity int, at bigint,
                       document bytea);
CREATE INDEX movement_sku ON movement (sku);
CREATE FUNCTION post(i text, s int, k int, f int, fl int, t int, tl int, q int, a bigint, d bytea) RETURNS void AS $$
BEGIN
    INSERT INTO movement VALUES (i, s, k, f, t, q, a, d) ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND THEN RETURN; END IF;
    IF fl IS NOT NULL THEN
        UPDATE balance SET quantity = quantity - q WHERE sku = s AND place = f AND lane = fl;
        IF NOT FOUND THEN RAISE EXCEPTION 'oversell of % at %', s, f; END IF;
    END IF;
    IF tl IS NOT NULL THEN
        INSERT INTO balance VALUES (s, t, tl, q)
            ON CONFLICT (sku, place, lane) DO UPDATE SET quantity = balance.quantity + q;
    END IF;
    UPDATE counters SET movements = movements + 1 WHERE sku = s;
END $$ LANGUAGE plpgsql;
"""
_POST = "SELECT post(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
_POST_MANY = (
    "SELECT count(post(i, s, k, f, fl, t, tl, q, a, d)) FROM unnest(%s::text[], %s::int[], %s::int[], %s::int[],"
    " %s::int[], %s::int[], %s::int[], %s::int[], %s::bigint[], %s::bytea[]) AS r(i, s, k, f, fl, t, tl, q, a, d)"
)
Row = tuple[Any, ...]


def postgres(folder: Path, seconds: float) -> dict[str, Any]:
    """Movements a second for each number of clients, and in batches by as many clients as there are processors."""
    workload = Workload(range(1, 4_001), range(1, 9))
    with _server(folder) as where:
        with psycopg.connect(where, autocommit=True) as connection:
            settings = {name: connection.execute(f"SHOW {name}").fetchone()[0] for name in SETTINGS}
        single = {str(count): _run(where, workload, count, seconds, 1) for count in CLIENTS}
        batches = {str(count): _run(where, workload, count, seconds, BATCH) for count in (1, 2)}
    return {"settings": settings, "one_commit_each": single, f"batches_of_{BATCH}": batches}


def _run(where: str, workload: Workload, clients: int, seconds: float, batch: int) -> int:
    """Movements committed a second by so many clients, on a fresh schema with opening stock."""
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        connection.execute(_SCHEMA)
        connection.execute(
            "INSERT INTO balance SELECT s, p, l, 1000000 FROM generate_series(1, 4000) s, generate_series(1, 8) p,"
            " generate_series(0, 3) l; INSERT INTO counters SELECT s, 0 FROM generate_series(1, 4000) s;"
        )
        connection.execute("CHECKPOINT")
    context = multiprocessing.get_context("fork")
    ready, results = context.Barrier(clients), context.Queue()
    workers = [
        context.Process(target=_client, args=(where, workload, number, seconds, batch, ready, results))
        for number in range(clients)
    ]
    for worker in workers:
        worker.start()
    rates = [results.get(timeout=seconds + 120) for _ in workers]
    for worker in workers:
        worker.join()
    return round(sum(rates))


def _client(where: str, workload: Workload, number: int, seconds: float, batch: int, ready: Any, results: Any) -> None:
    """Posts for ``seconds``; tells its committed movements a second. A deadlock victim tries its batch again."""
    prepared = max(20_000, round(seconds * (60_000 if batch > 1 else 12_000)))
    rows = [_row(m) for chunk in workload.chunks(prepared // 1_000, f"pg-{number}-{batch}", 1_000) for m in chunk]
    done = 0
    with psycopg.connect(where, autocommit=True) as connection:
        ready.wait()
        began = time.monotonic()
        for first in range(0, len(rows), batch):
            part = rows[first : first + batch]
            _post(connection, part)
            done += len(part)
            if time.monotonic() - began >= seconds:
                break
        results.put(done / (time.monotonic() - began))


def _post(connection: psycopg.Connection[Any], part: Sequence[Row]) -> None:
    while True:
        with contextlib.suppress(psycopg.errors.DeadlockDetected):
            if len(part) == 1:
                connection.execute(_POST, part[0], prepare=True)
            else:
                # Sorted by SKU, as our own batches are; it also keeps two clients from waiting for each other.
                columns = zip(*sorted(part, key=lambda row: row[1]), strict=True)
                connection.execute(_POST_MANY, [list(column) for column in columns], prepare=True)
            return


def _row(message: MovementMessage) -> Row:
    move, rule = message.movement, RULES[message.movement.kind]
    lanes = tuple(None if lane is None else int(lane) for lane in (rule.takes, rule.gives))
    ends = (move.source, lanes[0], move.target, lanes[1])
    return (message.message_id, move.sku, int(move.kind), *ends, move.quantity, move.at, message.document)


@contextlib.contextmanager
def _server(folder: Path) -> Iterator[str]:
    """A PostgreSQL server on loopback with its defaults; gives how to connect. It refuses to run as root."""
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), default=None)
    if programs is None or shutil.which("setpriv") is None:
        raise SystemExit("PostgreSQL's server is missing: apt-get install postgresql")
    owner = pwd.getpwnam("postgres") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    home = folder / "postgres"
    home.mkdir()
    os.chown(home, owner.pw_uid, owner.pw_gid)
    for parent in (folder, *folder.parents[:1]):
        parent.chmod(parent.stat().st_mode | 0o711)
    identity = [f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
    become = ["setpriv", *identity] if os.getuid() == 0 else []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    run = [*become, str(programs / "initdb"), "-D", str(home / "data"), "-U", "bench", "-A", "trust", "--no-sync"]
    subprocess.run(run, check=True, capture_output=True, cwd=home)
    command = [
        *become,
        str(programs / "postgres"),
        "-D",
        str(home / "data"),
        "-p",
        str(port),
        "-h",
        "127.0.0.1",
        "-k",
        "",
    ]
    with (folder / "postgres.log").open("wb") as log:
        server = subprocess.Popen(command, cwd=home, stdout=log, stderr=log)
    where = f"host=127.0.0.1 port={port} user=bench dbname=postgres"
    try:
        _await(where)
        yield where
    finally:
        server.terminate()
        server.wait()


def _await(where: str) -> None:
    give_up = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(where).close()
        except psycopg.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.2)
        else:
            return
