"""Where a ledger keeps its files on this machine: paths only, keyed by the ledger's name."""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from liveledger.domain.errors import ConfigurationError, InvalidInput

DEFAULT_LEDGER = "main"
LOOPBACK = "127.0.0.1"
LOGIN_REQUIRED, LOGIN_NONE = "required", "none"
LEDGER_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,30}")


@dataclass(frozen=True, slots=True)
class NodePorts:
    """Ports of one node: its JSON-RPC, two of geth, three of CometBFT, the supervisor's metrics.

    ``execution_http`` takes transactions and hands all else to geth; ``execution_inner`` is geth's, and takes none. The
    port for peers is on the node's listen address, all others on loopback.
    """

    execution_http: int
    execution_auth: int
    execution_inner: int
    consensus_rpc: int
    consensus_p2p: int
    consensus_metrics: int
    node_metrics: int


@dataclass(frozen=True, slots=True)
class NodeHome:
    """Files of one node below ``directory``."""

    directory: Path

    @property
    def geth(self) -> Path:
        """Data folder of geth."""
        return self.directory / "geth"

    @property
    def cometbft(self) -> Path:
        """Home folder of CometBFT."""
        return self.directory / "cometbft"

    @property
    def run(self) -> Path:
        """Sockets, pid file and state of the running node (mode 0700)."""
        return self.directory / "run"

    @property
    def logs(self) -> Path:
        """Log files of the node's three processes."""
        return self.directory / "logs"

    @property
    def settings(self) -> Path:
        """``node.json``: ports, listen address and profile."""
        return self.directory / "node.json"

    def ports(self) -> NodePorts:
        """Ports written by ``node init``. Raises ConfigurationError when the node was never initialised."""
        ports = self._read_settings()["ports"]
        # geth had peers, and a port for them, once.
        return NodePorts(**{name: port for name, port in ports.items() if name != "execution_p2p"})

    def listen(self) -> str:
        """IP address on which the node takes peers. Raises ConfigurationError when it was never initialised."""
        return str(self._read_settings().get("listen", LOOPBACK))

    def _read_settings(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self.settings.read_text()))
        except FileNotFoundError:
            raise ConfigurationError(
                f"there is no node in {self.directory}", hint="create one with `liveledger node init`"
            ) from None

    def write_settings(self, ports: NodePorts, **rest: object) -> None:
        """Writes ``node.json``."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.settings.write_text(json.dumps({"ports": asdict(ports), **rest}, indent=2) + "\n")


@dataclass(frozen=True, slots=True)
class LedgerHome:
    """Files of one ledger on this machine: ``root/name/…``."""

    root: Path
    name: str = DEFAULT_LEDGER

    @classmethod
    def find(cls, name: str = DEFAULT_LEDGER, root: Path | None = None) -> LedgerHome:
        """The home of ledger ``name`` under ``root``, or ``LIVELEDGER_HOME``, or ``~/.liveledger``."""
        if not LEDGER_NAME.fullmatch(name):
            raise InvalidInput(f"{name!r} is no name of a ledger", hint="lower-case letters, digits and hyphens")
        chosen = root or Path(os.environ.get("LIVELEDGER_HOME") or Path.home() / ".liveledger")
        return cls(chosen.absolute(), name)

    @property
    def directory(self) -> Path:
        """Folder of this ledger."""
        return self.root / self.name

    @property
    def network(self) -> Path:
        """``network.json``: chain ids, the members' nodes, and which of them are on this host."""
        return self.directory / "network.json"

    @property
    def card(self) -> Path:
        """``card.json``: what this host's node told the others about itself, signed; only where it joins them."""
        return self.directory / "card.json"

    @property
    def keys(self) -> Path:
        """Folder (0700) of account keys, one file (0600) a label."""
        return self.directory / "keys"

    @property
    def manifest(self) -> Path:
        """What ``liveledger deploy`` deployed."""
        return self.directory / "manifest.json"

    @property
    def trust(self) -> Path:
        """The trust anchor that this client uses."""
        return self.directory / "trust.json"

    @property
    def outbox(self) -> Path:
        """SQLite file of the sender's outbox."""
        return self.directory / "outbox.db"

    @property
    def api_port(self) -> Path:
        """Port on which this ledger's API listened last, and listens again unless another one is named."""
        return self.directory / "api-port"

    @property
    def api_login(self) -> Path:
        """Whether this ledger's API asks its callers to log in: the word that `login_setting` reads."""
        return self.directory / "api-login"

    def login_setting(self) -> str:
        """``required`` or ``none``; ``required`` where nothing was said. Raises ConfigurationError for another word."""
        try:
            word = self.api_login.read_text(errors="replace").strip()
        except FileNotFoundError:
            return LOGIN_REQUIRED
        if word not in (LOGIN_REQUIRED, LOGIN_NONE):
            raise ConfigurationError(
                f"{self.api_login} says neither {LOGIN_REQUIRED} nor {LOGIN_NONE}",
                hint="`liveledger api start --login` or `--no-login` writes it",
            )
        return word

    def set_login(self, *, required: bool) -> None:
        """Keeps whether callers of this ledger's API log in."""
        self.directory.mkdir(parents=True, exist_ok=True)
        self.api_login.write_text(f"{LOGIN_REQUIRED if required else LOGIN_NONE}\n")

    @property
    def api_token(self) -> Path:
        """Private file with the token of this user's login at the ledger's API."""
        return self.directory / "api-token"

    @property
    def index(self) -> Path:
        """SQLite file of the derived index."""
        return self.directory / "index.db"

    @property
    def index_url(self) -> Path:
        """Private file with the URL of the database that holds the index instead."""
        return self.directory / "index.url"

    @property
    def store(self) -> Path:
        """SQLite file of owned documents: EPCIS events with their salts, messages of movements."""
        return self.directory / "store.db"

    def node(self, index: int = 0) -> NodeHome:
        """Home of the node number ``index`` on this host."""
        return NodeHome(self.directory / "nodes" / f"node{index}")
