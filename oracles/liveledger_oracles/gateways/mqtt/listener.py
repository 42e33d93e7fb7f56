"""The broker's side: MQTT 5 with a client certificate, persistent sessions, acknowledged once it is on disk."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from liveledger.domain.errors import ConfigurationError
from liveledger_oracles.gateways.mqtt.inbox import Inbox, InboxFull
from liveledger_oracles.gateways.mqtt.intake import Intake, Refused
from liveledger_oracles.gateways.mqtt.settings import Broker, Interface

_log = structlog.get_logger(__name__)
# How long the broker keeps what came while the MQTT gateway was away.
SESSION_SECONDS = 7 * 24 * 3600
_IN_FLIGHT = 200
_KEEP_ALIVE_SECONDS = 30
_LOOP_SECONDS = 0.2
_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1.0, 15.0


@dataclass(frozen=True, slots=True)
class Subscription:
    """What one session asks the broker for; ``note`` is where `Inbox.state` says how it is.

    One that ``watches`` is there for topics that the white list does not have: of the others it takes only what was
    queued for it at QoS 1, by an MQTT gateway of the version before, which had this session alone.
    """

    client_id: str
    topics: str
    note: str
    watches: bool = False


def subscriptions(broker: Broker, interfaces: Iterable[Interface]) -> list[Subscription]:
    """A session for each interface, so that the broker can keep the messages of one while the others' are taken.

    One level of a topic is the interface, one the kind: what is of no known kind is refused by name, too.
    """
    own = [
        Subscription(f"{broker.client_id}-{one.name}", f"stock/{one.name}/+", f"broker/{one.name}")
        for one in interfaces
    ]
    return [Subscription(broker.client_id, "stock/+/+", "broker", watches=True), *own]


class Listener:
    """Takes messages in for ever. A message is acknowledged after its row is on disk: a crash between means twice."""

    def __init__(
        self, broker: Broker, subscription: Subscription, intake: Intake, inbox: Inbox, taken: Callable[[], None]
    ) -> None:
        """``taken`` is called after every message that is to be forwarded."""
        self._broker = broker
        self._subscription = subscription
        self._intake = intake
        self._inbox = inbox
        self._taken = taken
        self._stopping = False

    def run(self) -> None:
        """Listens until `stop`, connecting anew as often as it takes; while the inbox is full the broker keeps all.

        Everything of its client happens on this thread: a TLS connection is not made for two.
        Raises ConfigurationError for certificate files that cannot be used, and sqlite3's errors when the inbox cannot
        be written: then nothing was acknowledged.
        """
        pause = _PAUSE_SECONDS
        while not self._stopping:
            client = self._new_client()
            try:
                self._note("connecting")
                self._connect(client)
                if self._listen(client):
                    pause = _PAUSE_SECONDS
            except InboxFull as full:
                _log.warning("inbox_full", session=self._subscription.client_id, reason=full.message)
                self._note(f"{full.stable_code}: {full.message}")
                # The session stays, and what was not acknowledged comes again.
                _drop(client)
            except OSError as error:
                _log.warning("broker_away", reason=str(error))
                self._note(f"away: {error}")
            self._sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)

    def stop(self) -> None:
        """Ends `run` within a second; asks for no lock, so that a signal's handler may call it."""
        self._stopping = True

    def _connect(self, client: Client) -> None:
        client.connect(
            self._broker.host,
            self._broker.port,
            keepalive=_KEEP_ALIVE_SECONDS,
            clean_start=False,
            properties=_session(),
        )

    def _listen(self, client: Client) -> bool:
        """Until the connection ends; returns whether the broker had let this client in."""
        admitted = False
        while client.loop(_LOOP_SECONDS) == MQTTErrorCode.MQTT_ERR_SUCCESS:
            admitted = admitted or client.is_connected()
            if self._stopping:
                client.disconnect()
                client.loop(_LOOP_SECONDS)
                return admitted
        return admitted

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < until:
            time.sleep(_LOOP_SECONDS)

    def _note(self, text: str) -> None:
        self._inbox.note(self._subscription.note, text)

    def take(self, topic: str, payload: bytes) -> None:
        """Puts a message where it belongs; when this returns it is on disk or was counted. Raises InboxFull."""
        found = self._intake.look(topic, payload)
        if isinstance(found, Refused):
            _log.warning("message_not_taken", interface=found.interface, code=found.code, reason=found.reason)
            self._inbox.refuse(found, payload)
            return
        self._inbox.take(found)
        self._taken()

    def _new_client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._subscription.client_id,
            protocol=MQTTProtocolVersion.MQTTv5,
            manual_ack=True,
        )
        try:
            client.tls_set(
                str(self._broker.ca), str(self._broker.certificate), str(self._broker.key), cert_reqs=ssl.CERT_REQUIRED
            )
        except (OSError, ValueError) as error:
            raise ConfigurationError(f"the certificate files of the broker cannot be used: {error}") from None
        client.on_connect = self._connected
        client.on_disconnect = self._disconnected
        client.on_message = self._received
        client.on_subscribe = self._subscribed
        return client

    def _connected(
        self, client: Client, _data: Any, _flags: ConnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        if reason.is_failure:
            _log.warning("broker_refuses", reason=str(reason))
            self._note(f"refuses: {reason}")
            return
        client.subscribe(self._subscription.topics, qos=0 if self._subscription.watches else 1)
        _log.info("broker_connected", session=self._subscription.client_id)

    def _subscribed(
        self, _client: Client, _data: Any, _mid: int, reasons: list[ReasonCode], _properties: Properties | None
    ) -> None:
        failed = [str(reason) for reason in reasons if reason.is_failure]
        self._note(f"refuses {self._subscription.topics}: {failed[0]}" if failed else "connected")

    def _disconnected(
        self, _client: Client, _data: Any, _flags: DisconnectFlags, reason: ReasonCode, _properties: Properties | None
    ) -> None:
        _log.info("broker_disconnected", reason=str(reason))
        self._note(f"disconnected: {reason}")

    def _received(self, client: Client, _data: Any, message: MQTTMessage) -> None:
        if self._subscription.watches and message.qos == 0 and self._intake.lists(message.topic):
            return
        self.take(message.topic, bytes(message.payload))
        client.ack(message.mid, message.qos)


def _session() -> Properties:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = SESSION_SECONDS
    properties.ReceiveMaximum = _IN_FLIGHT
    return properties


def _drop(client: Client) -> None:
    """Ends the connection without a word, as a crash would."""
    connection = client.socket()
    if connection is not None:
        connection.close()
