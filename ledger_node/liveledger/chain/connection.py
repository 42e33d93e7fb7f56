"""A checked connection to one node of one ledger."""

from __future__ import annotations

import json
from dataclasses import dataclass

from liveledger.chain.records import field
from liveledger.chain.rpc import CometRpc, ExecutionRpc
from liveledger.domain.errors import ConfigurationError
from liveledger.domain.home import LedgerHome


class WrongChain(ConfigurationError):
    """The node belongs to another chain than the home folder says. Nothing was sent."""

    code = "wrong-chain"


@dataclass(frozen=True)
class Connection:
    """One node of one ledger; ``chain_id`` is CometBFT's, ``evm_chain_id`` the EVM's."""

    home: LedgerHome
    chain_id: str
    evm_chain_id: int
    execution: ExecutionRpc
    comet: CometRpc

    def close(self) -> None:
        """Closes both clients."""
        self.execution.close()
        self.comet.close()


def connect(home: LedgerHome, *, node: int = 0, timeout: float = 10.0) -> Connection:
    """Connects to node number ``node`` of this host.

    Raises ConfigurationError when there is no network in ``home``, WrongChain when either engine is on another chain,
    NodeUnreachable when it does not run.
    """
    try:
        network = json.loads(home.network.read_text())
    except FileNotFoundError:
        raise ConfigurationError(
            f"there is no ledger in {home.directory}", hint="create one with `liveledger node init`"
        ) from None
    ports = home.node(node).ports()
    connection = Connection(
        home=home,
        chain_id=str(field(network, "chain_id")),
        evm_chain_id=int(field(network, "evm_chain_id")),
        execution=ExecutionRpc(f"http://127.0.0.1:{ports.execution_http}", timeout=timeout),
        comet=CometRpc(f"http://127.0.0.1:{ports.consensus_rpc}", timeout=timeout),
    )
    check_chain(connection)
    return connection


def check_chain(connection: Connection) -> None:
    """Raises WrongChain unless both engines name the chain that ``connection`` names."""
    evm = connection.execution.chain_id()
    if evm != connection.evm_chain_id:
        raise WrongChain(
            f"the execution engine is on chain {evm}, not {connection.evm_chain_id}", hint=connection.execution.url
        )
    network = field(field(connection.comet.status(), "node_info"), "network")
    if network != connection.chain_id:
        raise WrongChain(
            f"the consensus engine is on chain {network!r}, not {connection.chain_id!r}", hint=connection.comet.url
        )
