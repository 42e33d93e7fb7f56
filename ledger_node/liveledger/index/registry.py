"""Events of the Consortium and of Validators, and SKUs: who and what there is."""

from __future__ import annotations

from collections.abc import Callable

from liveledger.bindings import codec
from liveledger.bindings.consortium import (
    AccountChangedEvent,
    AccountRegisteredEvent,
    ApprovalChangedEvent,
    DeviceRegisteredEvent,
    DeviceStatusChangedEvent,
    OrganisationRegisteredEvent,
    OrganisationStatusChangedEvent,
    PlaceChangedEvent,
    PlaceRegisteredEvent,
)
from liveledger.bindings.constants import Status
from liveledger.bindings.stock_ledger import LotCorrectedEvent, LotRegisteredEvent, SkuRegisteredEvent
from liveledger.bindings.validators import ValidatorChangedEvent
from liveledger.chain.rpc.records import Log
from liveledger.index.tables import (
    accounts,
    devices,
    lots,
    operators,
    organisations,
    places,
    skus,
    validator_changes,
)
from liveledger.index.writer import Writer
from liveledger.rules.approvals import acts_of, is_for_some_places, is_for_some_skus, until_of

Handler = Callable[[Writer, Log], None]

VALIDATORS = "Validators"


def _organisation_registered(writer: Writer, log: Log) -> None:
    event = OrganisationRegisteredEvent.decode(log.topics, log.data)
    writer.add(
        organisations,
        {
            "number": event.organisation,
            "kind": event.kind,
            "status": int(Status.ACTIVE),
            "gln": event.gln,
            "name_commitment": event.name_commitment,
            "block": log.block_number,
        },
    )


def _organisation_status(writer: Writer, log: Log) -> None:
    event = OrganisationStatusChangedEvent.decode(log.topics, log.data)
    writer.change(organisations, {"number": event.organisation}, {"status": event.status})


def _account_registered(writer: Writer, log: Log) -> None:
    event = AccountRegisteredEvent.decode(log.topics, log.data)
    writer.add(
        accounts,
        {
            "address": event.account,
            "organisation": event.organisation,
            "status": int(Status.ACTIVE),
            "roles": event.roles,
            "block": log.block_number,
        },
    )


def _account_changed(writer: Writer, log: Log) -> None:
    event = AccountChangedEvent.decode(log.topics, log.data)
    writer.change(accounts, {"address": event.account}, {"status": event.status, "roles": event.roles})


def _place_registered(writer: Writer, log: Log) -> None:
    event = PlaceRegisteredEvent.decode(log.topics, log.data)
    writer.add(
        places,
        {
            "number": event.place,
            "operator": event.operator,
            "status": int(Status.ACTIVE),
            "gln": event.gln,
            "block": log.block_number,
        },
    )


def _place_changed(writer: Writer, log: Log) -> None:
    event = PlaceChangedEvent.decode(log.topics, log.data)
    writer.change(places, {"number": event.place}, {"operator": event.operator, "status": event.status})


def _approval_changed(writer: Writer, log: Log) -> None:
    event = ApprovalChangedEvent.decode(log.topics, log.data)
    writer.put(
        operators,
        {
            "brand": event.brand,
            "operator": event.operator,
            "acts": int(acts_of(event.word)),
            "until": until_of(event.word),
            "limited": is_for_some_places(event.word) or is_for_some_skus(event.word),
            "block": log.block_number,
        },
    )


def _device_registered(writer: Writer, log: Log) -> None:
    event = DeviceRegisteredEvent.decode(log.topics, log.data)
    writer.add(
        devices,
        {
            "device_id": event.device_id,
            "organisation": event.organisation,
            "status": int(Status.ACTIVE),
            "public_key_hash": event.public_key_hash,
            "block": log.block_number,
        },
    )


def _device_status(writer: Writer, log: Log) -> None:
    event = DeviceStatusChangedEvent.decode(log.topics, log.data)
    writer.change(devices, {"device_id": event.device_id}, {"status": event.status})


def _validator_changed(writer: Writer, log: Log) -> None:
    event = ValidatorChangedEvent.decode(log.topics, log.data)
    writer.add(
        validator_changes,
        {
            "block": log.block_number,
            "key": event.key,
            "power": event.power,
            "total_power": event.total_power,
        },
    )


def _sku_registered(writer: Writer, log: Log) -> None:
    # As bytes, not as text: the contract takes any bytes, and the index must not stop at what is no UTF-8.
    sku, brand = codec.decode(("uint32", "uint16"), b"".join(log.topics[1:]))
    code, gtin, unit = codec.decode(("bytes", "uint64", "uint8"), log.data)
    row = {"sku": sku, "brand": brand, "code": code, "gtin": gtin, "unit": unit, "block": log.block_number}
    writer.add(skus, row)


def _lot_registered(writer: Writer, log: Log) -> None:
    sku, lot = codec.decode(("uint32", "uint16"), b"".join(log.topics[1:]))
    code, expiry = codec.decode(("bytes", "uint32"), log.data)
    writer.add(lots, {"sku": sku, "lot": lot, "code": code, "expiry": expiry, "block": log.block_number})


def _lot_corrected(writer: Writer, log: Log) -> None:
    event = LotCorrectedEvent.decode(log.topics, log.data)
    writer.change(lots, {"sku": event.sku, "lot": event.lot}, {"expiry": event.expiry})


CONSORTIUM_HANDLERS: dict[bytes, Handler] = {
    OrganisationRegisteredEvent.TOPIC: _organisation_registered,
    OrganisationStatusChangedEvent.TOPIC: _organisation_status,
    AccountRegisteredEvent.TOPIC: _account_registered,
    AccountChangedEvent.TOPIC: _account_changed,
    PlaceRegisteredEvent.TOPIC: _place_registered,
    PlaceChangedEvent.TOPIC: _place_changed,
    ApprovalChangedEvent.TOPIC: _approval_changed,
    DeviceRegisteredEvent.TOPIC: _device_registered,
    DeviceStatusChangedEvent.TOPIC: _device_status,
}
VALIDATORS_HANDLERS: dict[bytes, Handler] = {ValidatorChangedEvent.TOPIC: _validator_changed}
STOCK_HANDLERS: dict[bytes, Handler] = {
    SkuRegisteredEvent.TOPIC: _sku_registered,
    LotRegisteredEvent.TOPIC: _lot_registered,
    LotCorrectedEvent.TOPIC: _lot_corrected,
}
