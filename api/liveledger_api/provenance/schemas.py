"""Typed answers about events and items. Names of EPCIS are spelled as EPCIS spells them."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from liveledger_api.answers import POSTED, Answer, Hash, Hex, Posted, example
from liveledger_api.listing import Decimal, Typed


class ItemEvent(Posted):
    """An event of an item: by whom, of which standing; null where this member does not hold its document."""

    event_hash: Hash
    corrects: Hash | None
    by: Decimal
    kind: Decimal
    standing: Literal["none", "brand", "approved", "authority"]
    event: dict[str, Any] | None
    withheld: list[str] | None


class OtherList(Typed):
    """How many events of the item another organisation listed."""

    organisation: Decimal
    count: Decimal


_EVENT = POSTED | {"event_hash": "0x" + "bb" * 32, "corrects": None, "by": "1", "kind": "1", "standing": "brand"}


class ItemHistory(Typed):
    """The events of an item; `organisation` is the brand that claims it, `others` who else listed how many."""

    model_config = example(
        organisation="1",
        claimed_by=["1"],
        others=[],
        count="1",
        events=[_EVENT | {"event": {"type": "ObjectEvent"}, "withheld": None}],
    )

    organisation: Decimal | None
    claimed_by: list[Decimal] | None
    others: list[OtherList] | None
    count: Decimal
    events: list[ItemEvent]


class ItemAnswer(Answer[ItemHistory]):
    """The history of `item`, as it was asked for."""

    item: str


class StoredEvent(Typed):
    """A captured event with what checks its anchor: salt, hash, items; and how far the anchor got."""

    model_config = example(
        event={"type": "ObjectEvent"},
        context="https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
        eventID="urn:uuid:1",
        eventHash="0x" + "bb" * 32,
        salt="0x" + "22" * 16,
        corrects="0x" + "00" * 32,
        declaresErrorOf=None,
        errorDeclaredBy=[],
        items=["https://id.gs1.org/01/09521234567899/21/1"],
        state="received",
        refusal=None,
        block=None,
    )

    event: dict[str, Any]
    context: Any
    eventID: str  # noqa: N815 -- EPCIS
    eventHash: Hash  # noqa: N815
    salt: Hex
    corrects: Hash
    declaresErrorOf: Hash | None  # noqa: N815
    errorDeclaredBy: list[Hash]  # noqa: N815
    items: list[str]
    state: str
    refusal: str | None
    block: Decimal | None


class Results(Typed):
    """The events found."""

    eventList: list[dict[str, Any]]  # noqa: N815 -- EPCIS


class QueryResults(Typed):
    """The one query that this is the answer of."""

    queryName: str  # noqa: N815 -- EPCIS
    resultsBody: Results  # noqa: N815


class QueryBody(Typed):
    """The body of the document."""

    queryResults: QueryResults  # noqa: N815 -- EPCIS


class QueryDocument(Typed):
    """An EPCISQueryDocument (EPCIS 2.0)."""

    context: Any = Field(alias="@context")
    type: Literal["EPCISQueryDocument"]
    schemaVersion: str  # noqa: N815 -- EPCIS
    creationDate: str  # noqa: N815
    epcisBody: QueryBody  # noqa: N815
