"""The real mosquitto with the configuration of deploy/mosquitto/ on a free port, and clients with certificates."""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.deploy.tls import NAME, Authority
from tests.deploy.tools import DEPLOY
from tests.support.free_port import free_port
from tests.support.network import eventually

CONFIGURATION, ACL = DEPLOY / "mosquitto" / "liveledger.conf", DEPLOY / "mosquitto" / "acl"
_STOP_SECONDS = 20


@dataclass
class Broker:
    """A broker that can be stopped and started again; certificates are made as they are asked for."""

    program: str
    folder: Path
    port: int
    clients: Authority
    public: Authority
    process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        """Starts the process and waits until it listens."""
        command = [self.program, "-c", str(self.folder / "mosquitto.conf")]
        with (self.folder / "mosquitto.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        eventually("mosquitto listens", lambda: _listens(self.port), 20)

    def stop(self) -> None:
        """Ends the process; it writes its sessions to disk first."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(_STOP_SECONDS)
            self.process = None

    def kill(self) -> None:
        """Ends the process at once, as a crash would."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(_STOP_SECONDS)
        self.process = None

    @property
    def authority(self) -> Path:
        """Certificate of the authority that signed the broker's own."""
        return self.public.folder / "public-ca.pem"

    def identity(self, name: str, signer: Authority | None = None) -> tuple[Path, Path]:
        """Certificate and key of a client."""
        certificate, key = (signer or self.clients).issue(name)
        key.chmod(0o600)
        return certificate, key

    @contextlib.contextmanager
    def publisher(self, name: str, *, signer: Authority | None = None) -> Iterator[Client]:
        """A connected client of an interface."""
        client = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=MQTTProtocolVersion.MQTTv5)
        certificate, key = self.identity(name, signer)
        client.tls_set(str(self.authority), str(certificate), str(key), cert_reqs=ssl.CERT_REQUIRED)
        client.connect(NAME, self.port)
        client.loop_start()
        try:
            yield client
        finally:
            client.disconnect()
            client.loop_stop()


def publish(client: Client, topic: str, payload: bytes) -> None:
    """Publishes at QoS 1 and waits for the broker's acknowledgement."""
    client.publish(topic, payload, qos=1).wait_for_publish(20)


@contextlib.contextmanager
def running_broker(program: str, folder: Path) -> Iterator[Broker]:
    """Starts mosquitto; only paths and the port of the configuration change."""
    public, clients = Authority.make(folder, "public-ca"), Authority.make(folder, "clients-ca")
    certificate, key = public.issue(NAME)
    port = free_port()
    changes = {
        r"^listener 8883$": f"listener {port} 127.0.0.1",
        r"/etc/liveledger/mqtt/clients-ca\.pem": str(folder / "clients-ca.pem"),
        r"/etc/liveledger/mqtt/broker\.pem": str(certificate),
        r"/etc/liveledger/mqtt/broker\.key": str(key),
        r"/etc/liveledger/mqtt/acl": str(ACL),
        r"/var/lib/mosquitto/": f"{folder}/",
    }
    text = CONFIGURATION.read_text()
    for pattern, replacement in changes.items():
        text, count = re.subn(pattern, replacement, text, flags=re.MULTILINE)
        assert count, pattern
    # As root it would become another user, who must not read the test's folder.
    (folder / "mosquitto.conf").write_text(f"user root\n{text}")
    broker = Broker(program, folder, port, clients, public)
    broker.start()
    try:
        yield broker
    finally:
        broker.stop()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
