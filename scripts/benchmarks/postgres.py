"""The same rules in PostgreSQL: a committed transaction a movement, and many a transaction (docs/benchmarks.md).

The server is re-created in a temporary folder with PostgreSQL's own defaults, so every commit is synced to disk. A
movement there is a message that comes once, a lane of a balance that never goes below zero, the SKU's counter, and the
record itself: what StockLedger keeps, without signatures, proofs or a second copy.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty
from typing import Any

import psycopg

from benchmarks.workload import KINDS, OPENING, PLACES, SKUS, Workload
from liveledger.domain.movements import Kind
from liveledger.rules.stock_state import RULES
from tests.support.postgresql import USER, require_programs, server

CLIENTS = (1, 8, 32)
# About what one of our transactions holds; the trade's usual batch of 1,000 takes turns with our load.
LARGE_BATCH = 4_000
BATCH_CLIENTS = 2
SETTINGS = ("server_version", "fsync", "synchronous_commit", "shared_buffers", "wal_sync_method", "max_wal_size")
_SCHEMA = """
CREATE TABLE rule (kind int PRIMARY KEY, takes int, gives int);
CREATE TABLE balance (sku int, place int, lane int, quantity bigint NOT NULL CHECK (quantity >= 0),
                      PRIMARY KEY (sku, place, lane));
CREATE TABLE counters (sku int PRIMARY KEY, movements bigint NOT NULL);
CREATE TABLE movement (id text PRIMARY KEY, sku int, kind int, source int, target int, quantity int, at bigint,
                       document bytea);
CREATE INDEX movement_sku ON movement (sku);

CREATE FUNCTION post(i text, s int, k int, f int, t int, q int, a bigint, d bytea) RETURNS void AS $$
DECLARE r rule;
BEGIN
    INSERT INTO movement VALUES (i, s, k, f, t, q, a, d) ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND THEN RETURN; END IF;
    SELECT * INTO r FROM rule WHERE kind = k;
    UPDATE counters SET movements = movements + 1 WHERE sku = s;
    IF r.takes IS NOT NULL THEN
        UPDATE balance SET quantity = quantity - q WHERE sku = s AND place = f AND lane = r.takes;
    END IF;
    IF r.gives IS NOT NULL THEN
        UPDATE balance SET quantity = quantity + q WHERE sku = s AND place = t AND lane = r.gives;
    END IF;
END $$ LANGUAGE plpgsql;

CREATE FUNCTION post_many(i text[], s int[], k int[], f int[], t int[], q int[], a bigint[], d bytea[])
RETURNS bigint AS $$
    WITH fresh AS (
        INSERT INTO movement SELECT * FROM unnest(i, s, k, f, t, q, a, d) ON CONFLICT (id) DO NOTHING RETURNING *
    ), counted AS (
        UPDATE counters SET movements = movements + n
        FROM (SELECT sku, count(*) AS n FROM fresh GROUP BY sku) AS new WHERE counters.sku = new.sku
    ), change AS (
        SELECT sku, source AS place, takes AS lane, -quantity AS n FROM fresh JOIN rule USING (kind)
        WHERE takes IS NOT NULL
        UNION ALL
        SELECT sku, target, gives, quantity FROM fresh JOIN rule USING (kind) WHERE gives IS NOT NULL
    ), booked AS (
        UPDATE balance SET quantity = balance.quantity + new.n
        FROM (SELECT sku, place, lane, sum(n) AS n FROM change GROUP BY sku, place, lane) AS new
        WHERE balance.sku = new.sku AND balance.place = new.place AND balance.lane = new.lane
    )
    SELECT count(*) FROM fresh
$$ LANGUAGE sql;
"""
_POST_MANY = (
    "SELECT post_many(%s::text[], %s::int[], %s::int[], %s::int[], %s::int[], %s::int[], %s::bigint[], %s::bytea[])"
)
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Bank:
    """A running PostgreSQL with the same rules; every measurement starts with an empty book and full stock."""

    folder: Path
    port: int

    @property
    def _where(self) -> str:
        return f"host=127.0.0.1 port={self.port} user={USER} dbname=postgres"

    def settings(self) -> dict[str, str]:
        """What the server runs with."""
        with psycopg.connect(self._where, autocommit=True) as connection:
            return {name: connection.execute(f"SHOW {name}").fetchone()[0] for name in SETTINGS}

    def one_commit_each(self, clients: int, seconds: float) -> int:
        """Committed movements a second, a transaction each, by so many clients."""
        _fresh(self._where)
        return _pgbench(self.folder, self.port, clients, seconds)

    def in_batches(self, batch: int, seconds: float) -> int:
        """Movements committed a second in transactions of ``batch``."""
        _fresh(self._where)
        return _in_batches(self._where, batch, seconds)


@contextlib.contextmanager
def bank(folder: Path) -> Iterator[Bank]:
    """The server while it is measured; it is stopped at the end."""
    with server(folder) as port:
        yield Bank(folder, port)


def _fresh(where: str) -> None:
    """An empty book with the benchmark's opening stock."""
    with psycopg.connect(where, autocommit=True) as connection:
        connection.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        connection.execute(_SCHEMA)
        connection.execute(
            f"INSERT INTO balance SELECT s, p, l, {OPENING} FROM generate_series(1, {SKUS}) s,"
            f" generate_series(1, {PLACES}) p, generate_series(0, 3) l;"
            f" INSERT INTO counters SELECT s, 0 FROM generate_series(1, {SKUS}) s"
        )
        for kind, rule in RULES.items():
            lanes = (None if lane is None else int(lane) for lane in (rule.takes, rule.gives))
            connection.execute("INSERT INTO rule VALUES (%s, %s, %s)", (int(kind), *lanes))
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def _pgbench(folder: Path, port: int, clients: int, seconds: float) -> int:
    """Committed transactions a second, a movement each, by PostgreSQL's own load generator."""
    scripts = [f"--file={_script(folder, kind)}@{weight}" for kind, weight in KINDS.items()]
    target = ["--host=127.0.0.1", f"--port={port}", f"--username={USER}", "postgres"]
    load = [f"--client={clients}", f"--jobs={min(clients, 2)}", f"--time={round(seconds)}"]
    command = [str(require_programs() / "pgbench"), "--no-vacuum", "--protocol=prepared", *load, *scripts, *target]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return round(float(re.findall(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)[0]))


def _script(folder: Path, kind: Kind) -> Path:
    """One kind of movement: SKUs by Zipf's law (pgbench allows exponents above 1 only), places evenly."""
    outside_in, outside_out = RULES[kind].takes is None, RULES[kind].gives is None
    other = ":r" if kind == Kind.TRANSFER else ":p"
    source, target = "0" if outside_in else ":p", "0" if outside_out else other
    path = folder / f"{kind.name.lower()}.sql"
    path.write_text(
        f"\\set s random_zipfian(1, {SKUS}, 1.001)\n\\set p random(1, {PLACES})\n\\set r 1 + :p % {PLACES}\n"
        "\\set q random(1, 3)\n"
        f"SELECT post(gen_random_uuid()::text, :s, {int(kind)}, {source}, {target}, :q, 1800000000,"
        " sha256(:s::text::bytea));\n"
    )
    return path


def _in_batches(where: str, batch: int, seconds: float) -> int:
    """Movements committed a second by two clients that post so many a transaction."""
    context = multiprocessing.get_context("fork")
    ready, results = context.Barrier(BATCH_CLIENTS), context.Queue()
    arguments = (where, batch, seconds, ready, results)
    workers = [
        context.Process(target=_client, args=(number, *arguments), daemon=True) for number in range(BATCH_CLIENTS)
    ]
    for worker in workers:
        worker.start()
    try:
        return round(sum(results.get(timeout=10 * seconds + 120) for _ in workers))
    except Empty:
        raise RuntimeError("a client of PostgreSQL has ended without a figure") from None
    finally:
        for worker in workers:
            worker.terminate()
            worker.join()


def _client(number: int, where: str, batch: int, seconds: float, ready: Any, results: Any) -> None:
    """Posts for ``seconds``; tells its committed movements a second."""
    workload = Workload(range(1, SKUS + 1), range(1, PLACES + 1))
    prepared = round(seconds * 60_000 / batch) + 1
    parts = [_columns(chunk) for chunk in workload.chunks(prepared, f"pg-{number}-{batch}", batch)]
    done = 0
    with psycopg.connect(where, autocommit=True) as connection:
        ready.wait(timeout=600)
        began = time.monotonic()
        for part in parts:
            _post(connection, part)
            done += batch
            if time.monotonic() - began >= seconds:
                break
        results.put(done / (time.monotonic() - began))


def _columns(messages: Sequence[Any]) -> list[list[Any]]:
    """A batch, sorted by SKU as ours are, as one array a column."""
    ordered = sorted(messages, key=lambda message: message.movement.sku)
    rows: list[Row] = [
        (m.message_id, m.movement.sku, int(m.movement.kind), m.movement.source, m.movement.target, m.movement.quantity,
         m.movement.at, m.document)
        for m in ordered
    ]  # fmt: skip
    return [list(column) for column in zip(*rows, strict=True)]


def _post(connection: psycopg.Connection[Any], part: list[list[Any]]) -> None:
    """Posts a batch; the victim of a deadlock tries again."""
    while True:
        with contextlib.suppress(psycopg.errors.DeadlockDetected):
            connection.execute(_POST_MANY, part, prepare=True)
            return
