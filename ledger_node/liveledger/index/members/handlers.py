"""Events of the Consortium and of Validators: who the members are."""

from __future__ import annotations

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
from liveledger.bindings.validators import ValidatorChangedEvent
from liveledger.chain.rpc.records import Log
from liveledger.index.heads import Heads, Place
from liveledger.index.members.tables import accounts, devices, operators, organisations, places, validator_changes
from liveledger.index.writer import Writer
from liveledger.rules.approvals import acts_of, is_for_some_places, is_for_some_skus, until_of

CONSORTIUM, VALIDATORS = "Consortium", "Validators"


def _organisation_registered(_heads: Heads, writer: Writer, log: Log, _place: Place) -> None:
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


def _organisation_status(_heads: Heads, writer: Writer, log: Log, _place: Place) -> None:
    event = OrganisationStatusChangedEvent.decode(log.topics, log.data)
    writer.change(organisations, {"number": event.organisation}, {"status": event.status})


def _account_registered(_heads: Heads, writer: Writer, log: Log, _place: Place) -> None:
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


def _account_changed(_heads: Heads, writer: Writer, log: Log, _place: Place) -> None:
    event = AccountChangedEvent.decode(log.topics, log.data)
    writer.change(accounts, {"address": event.account}, {"status": event.status, "roles": event.roles})


def _place_registered(_heads: Heads, writer: Writer, log: Log, _place: Place) -> None:
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


def _place_changed(_heads: Heads, writer: Writer, log: Log, _place: Place) -> None:
    event = PlaceChangedEvent.decode(log.topics, log.data)
    writer.change(places, {"number": event.place}, {"operator": event.operator, "status": event.status})


def _approval_changed(_heads: Heads, writer: Writer, log: Log, _place: Place) -> None:
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


def _device_registered(_heads: Heads, writer: Writer, log: Log, _place: Place) -> None:
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


def _device_status(_heads: Heads, writer: Writer, log: Log, _place: Place) -> None:
    event = DeviceStatusChangedEvent.decode(log.topics, log.data)
    writer.change(devices, {"device_id": event.device_id}, {"status": event.status})


def _validator_changed(_heads: Heads, writer: Writer, log: Log, _place: Place) -> None:
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


_CONSORTIUM = {
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
HANDLERS = {CONSORTIUM: _CONSORTIUM, VALIDATORS: {ValidatorChangedEvent.TOPIC: _validator_changed}}
