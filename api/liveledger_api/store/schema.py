"""Tables of the owned store. Nothing here can be rebuilt from the chain: salts and documents live only here."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import (
    Connection,
    Engine,
    ForeignKey,
    Index,
    LargeBinary,
    UniqueConstraint,
    create_engine,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from liveledger.domain.errors import ConfigurationError
from liveledger_api.database import Database, prepare_sqlite
from liveledger_api.store import credentials as _tables_of_credentials  # noqa: F401 -- made with all others
from liveledger_api.store.base import Base

SCHEMA_VERSION = 2

RECEIVED = "received"
ACKNOWLEDGED = "acknowledged"
ANCHORED = "anchored"
REFUSED = "refused"

# Written out, since an index of these rows alone is used for nothing else.
NOT_ADOPTED = text("address = x''")


class CaptureJob(Base):
    """One body sent to POST /capture; ``finished_at`` is empty while it runs. Times are Unix seconds."""

    __tablename__ = "capture_jobs"

    id: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str]
    behaviour: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[float]
    finished_at: Mapped[float | None] = mapped_column(index=True)
    success: Mapped[bool] = mapped_column(default=True)
    errors: Mapped[str] = mapped_column(default="[]")
    warnings: Mapped[str] = mapped_column(default="[]")


class StoredEvent(Base):
    """One EPCIS event. ``ordinal`` counts those with its eventID as they came: itself and declarations of its error.

    ``document`` is the canonical JSON that ``event_hash`` covers; ``context`` the JSON-LD context it was sent in.
    ``state`` goes from received (kept) over acknowledged (in the outbox) to anchored (final, in ``block``) or refused.
    """

    __tablename__ = "events"
    __table_args__ = (UniqueConstraint("event_id", "ordinal"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[str]
    ordinal: Mapped[int]
    event_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    corrects: Mapped[bytes] = mapped_column(LargeBinary)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    document: Mapped[str]
    context: Mapped[str]
    items: Mapped[str]
    account: Mapped[str]
    record_time: Mapped[float]
    state: Mapped[str] = mapped_column(index=True)
    refusal: Mapped[str | None]
    block: Mapped[int | None]
    job_id: Mapped[str | None] = mapped_column(ForeignKey("capture_jobs.id"), index=True)


class StoredMessage(Base):
    """One movement message, known by the organisation's number and the message's id.

    It was posted by the account ``address`` (20 bytes), whose label was ``account``, on ``lane``. ``document`` is the
    canonical JSON of what came first, committed to by the batch; ``document_id`` is the order or delivery note that it
    names. Rows of schema 1 have no address until they are adopted; those whose id another account of the organisation
    had used as well stay without an ``organisation``.
    """

    __tablename__ = "messages"
    __table_args__ = (
        Index("messages_not_adopted", "account", sqlite_where=NOT_ADOPTED),
        UniqueConstraint("organisation", "message_id"),
        Index("messages_of_a_document", "organisation", "document_id", "number"),
    )

    number: Mapped[int] = mapped_column(primary_key=True)
    organisation: Mapped[int | None]
    message_id: Mapped[str]
    account: Mapped[str]
    address: Mapped[bytes] = mapped_column(LargeBinary)
    lane: Mapped[int]
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    document: Mapped[str]
    document_id: Mapped[str | None]


class StoredPoster(Base):
    """An account and a lane on which movements of an organisation were ever posted; see StoredMessage."""

    __tablename__ = "posters"

    organisation: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    lane: Mapped[int] = mapped_column(primary_key=True)


class StoredReadings(Base):
    """All readings of one batch: ``device`` has 32 bytes, ``readings`` are JSON pairs (Unix seconds, thousandths)."""

    __tablename__ = "readings"

    root: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    device: Mapped[bytes] = mapped_column(LargeBinary)
    readings: Mapped[str]


class StoredSnapshot(Base):
    """One stock snapshot: a row a message, known by the organisation's number and the message's id.

    ``sku``, ``lot`` (0 = not stated), ``place`` and ``organisation`` are the ledger's numbers, ``at`` is the time of
    the fact and ``received_at`` that of its arrival (Unix seconds), quantities are in the SKU's unit, ``expiry`` is
    YYYYMMDD (0 = none), ``document`` the canonical JSON of what was sent, ``account`` the label it came under.
    """

    __tablename__ = "snapshots"
    __table_args__ = (
        Index("snapshots_by_gln", "place_gln", "at", "number"),
        Index("snapshots_of_stock", "sku", "place", "lot", "at"),
        UniqueConstraint("organisation", "message_id"),
    )

    number: Mapped[int] = mapped_column(primary_key=True)
    organisation: Mapped[int]
    message_id: Mapped[str]
    source: Mapped[str]
    brand: Mapped[int]
    sku: Mapped[int]
    sku_code: Mapped[str]
    gtin: Mapped[str]
    place: Mapped[int]
    place_gln: Mapped[str]
    channel: Mapped[str]
    quantity: Mapped[int]
    available: Mapped[int]
    reserved: Mapped[int]
    lot: Mapped[int]
    lot_code: Mapped[str | None]
    expiry: Mapped[int]
    at: Mapped[int]
    received_at: Mapped[float]
    account: Mapped[str]
    document: Mapped[str]


class StoredReturn(Base):
    """One message about returned goods as an account sent it; ``document`` is its canonical JSON."""

    __tablename__ = "returns"

    account: Mapped[str] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(primary_key=True)
    salt: Mapped[bytes] = mapped_column(LargeBinary)
    document: Mapped[str]


def open_store(path: Path) -> Database:
    """Opens the store, creating it when it is not there. Raises ConfigurationError on another schema version."""
    path.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False})
    prepare_sqlite(engine)
    _ensure_schema(engine, path)
    path.chmod(0o600)
    return Database(engine)


def _ensure_schema(engine: Engine, path: Path) -> None:
    with engine.begin() as connection:
        version = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
        if version in (0, 1, SCHEMA_VERSION):
            if version == 1:
                _from_1(connection)
            # A table that came later is added to a store that is there already, and so is an index of one that is.
            Base.metadata.create_all(connection)
            for index in StoredSnapshot.__table__.indexes:  # type: ignore[attr-defined]
                index.create(connection, checkfirst=True)
            connection.exec_driver_sql("DROP INDEX IF EXISTS snapshots_of_a_place")
            connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA_VERSION}")
        else:
            raise ConfigurationError(
                f"{path} has the schema version {version}, this program knows {SCHEMA_VERSION}",
                hint="use the LiveLedger version that wrote it, or restore the backup made before the downgrade",
            )


def _from_1(connection: Connection) -> None:
    """Schema 1 knew movement messages by the account's label: whose they are is found out when they are adopted."""
    connection.exec_driver_sql("ALTER TABLE messages RENAME TO messages_1")
    Base.metadata.create_all(connection)
    connection.exec_driver_sql(
        "INSERT INTO messages (message_id, account, address, lane, salt, document, document_id)"
        " SELECT message_id, account, x'', 0, salt, document, json_extract(document, '$.document') FROM messages_1"
    )
    connection.exec_driver_sql("DROP TABLE messages_1")
