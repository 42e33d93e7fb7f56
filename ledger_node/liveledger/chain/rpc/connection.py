"""A checked connection to one node of one ledger."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as attribute

from liveledger.chain.rpc.nodes import CometRpc, ExecutionRpc
from liveledger.chain.rpc.records import field
from liveledger.domain.errors import ConfigurationError
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.home import LedgerHome


class WrongChain(ConfigurationError):
    """The node belongs to another chain than the home folder says. Nothing was sent."""

    code = "wrong-chain"


@dataclass(frozen=True)
class Connection:
    """One node of one ledger; ``chain_id`` is CometBFT's, ``evm_chain_id`` the EVM's.

    ``execution`` reads; transactions are submitted at ``door``, which is the same where one port serves both.
    """

    home: LedgerHome
    chain_id: str
    evm_chain_id: int
    execution: ExecutionRpc
    comet: CometRpc
    door: ExecutionRpc | None = attribute(default=None, kw_only=True)

    def send(self, raws: Sequence[bytes]) -> list[object]:
        """Hands in signed transactions, in this order; each one's hash, or the RpcError that refused it, is returned.

        Raises NodeUnreachable.
        """
        calls = [("eth_sendRawTransaction", [hex_bytes(raw)]) for raw in raws]
        return (self.door or self.execution).attempt_batch(calls)

    def close(self) -> None:
        """Closes its clients."""
        if self.door:
            self.door.close()
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
        execution=ExecutionRpc(f"http://127.0.0.1:{ports.execution_inner}", timeout=timeout),
        comet=CometRpc(f"http://127.0.0.1:{ports.consensus_rpc}", timeout=timeout),
        door=ExecutionRpc(f"http://127.0.0.1:{ports.execution_http}", timeout=timeout),
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
