"""Members that mean no good: what they throw at a ledger, as fast as its door takes it."""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import coincurve
from eth_account import Account
from eth_account.signers.local import LocalAccount

from liveledger.bindings import creator, governance, stock_ledger
from liveledger.bindings.constants import (
    ALLOWANCES_ADDRESS,
    CREATOR_ADDRESS,
    GOVERNANCE_ADDRESS,
    OrganisationKind,
    Role,
)
from liveledger.chain.contracts.registry import name_word
from liveledger.domain import rlp
from liveledger.domain.hashing import hex_bytes, keccak
from liveledger.services.creation import created_address
from liveledger.services.members import OrganisationDraft
from tests.support.hard_calls import SIGNATURE
from tests.support.network import MAX_GAS, RunningNetwork
from tests.support.promises import World
from tests.support.stopwatch import RECOVERING

# In each transaction: near the most that one may have.
BYTES = 126_000
FEE_WEI = 1_000
_GLNS = itertools.count(6_909_990_000_000)
_FEE_MARKET = 2
# Copies what follows these ten bytes into the new contract.
_CREATE = bytes.fromhex(f"60{len(RECOVERING):02x}600a5f3960{len(RECOVERING):02x}5ff3")


@dataclass(frozen=True)
class Kind:
    """What a flood is made of: target (None is StockLedger, "loop" the listed loop), calldata, gas limit."""

    target: bytes | str | None
    data: Callable[[], bytes]
    gas: int


POST, VOTE = stock_ledger.Post.SELECTOR, governance.Vote.SELECTOR
_DIGEST, _PARITY = keccak(b"hard"), SIGNATURE[64:].rjust(32, b"\0")
KINDS = {
    "random calldata": Kind(None, lambda: POST + os.urandom(BYTES), 6_000_000),
    "zero bytes": Kind(None, lambda: POST + bytes(BYTES), 2_500_000),
    "many small": Kind(ALLOWANCES_ADDRESS, lambda: b"", 30_000),
    "great gas limits": Kind(None, lambda: POST, MAX_GAS),
    "great gas limits of others": Kind(ALLOWANCES_ADDRESS, lambda: b"", MAX_GAS),
    "acts of governance": Kind(GOVERNANCE_ADDRESS, lambda: VOTE + os.urandom(64), MAX_GAS),
    "signatures recovered, valid": Kind("loop", lambda: _DIGEST + _PARITY + SIGNATURE[:64], MAX_GAS),
    "signatures recovered, invalid": Kind("loop", lambda: _DIGEST + _PARITY + bytes(64), MAX_GAS),
}


def signed(
    account: LocalAccount, chain_id: int, nonce: int, gas: int, target: bytes, data: bytes, fee: int = FEE_WEI
) -> bytes:
    """A transaction of type 2, signed fifty times as fast as by eth_account; an empty target creates a contract."""
    fields: list[rlp.Value] = [chain_id, nonce, fee, fee, gas, target, 0, data, []]
    digest = keccak(bytes((_FEE_MARKET,)) + rlp.encode(fields))
    proof = coincurve.PrivateKey(bytes(account.key)).sign_recoverable(digest, hasher=None)
    r, s = int.from_bytes(proof[:32]), int.from_bytes(proof[32:64])
    return bytes((_FEE_MARKET,)) + rlp.encode([*fields, proof[64], r, s])


@dataclass(frozen=True)
class Hostile:
    """An organisation in which accounts mean no good: one without any role, one that may post, perhaps more.

    ``security`` is its security administrator, who does.
    """

    number: int
    accounts: list[LocalAccount]
    security: LocalAccount


def register_hostile(world: World, more: int = 0) -> Hostile:
    """A new organisation, with so many more accounts without a role."""
    administrator = world.trading.administrator
    draft = OrganisationDraft(OrganisationKind.LOGISTICS, next(_GLNS), bytes(32))
    (number,) = administrator.register_organisations([draft])
    accounts: list[LocalAccount] = [Account.create() for _ in range(2 + more)]
    roles = [Role(0), Role.POST_MOVEMENTS, *[Role(0)] * more]
    drafts = [(account, number, role) for account, role in zip(accounts, roles, strict=True)]
    security: LocalAccount = Account.create()
    administrator.register_accounts([*drafts, (security, number, Role.SECURITY_ADMIN)])
    return Hostile(number, accounts, security)


def listed_loop(world: World) -> bytes:
    """The address of a listed contract that recovers signatures until its gas is used up."""
    name, code = f"Recovering{next(_GLNS)}", _CREATE + RECOVERING
    approved = creator.Approve(keccak(code), name_word(name), 1, 0, 0)
    for call in (approved, creator.Create(code)):
        assert world.net.send(to=CREATOR_ADDRESS, data=call.calldata())["status"] == "0x1"
    return created_address(name, 1, code)


@dataclass
class Flood:
    """Transactions of some accounts through one node, as many as it takes; ``loop`` is the listed loop's address."""

    net: RunningNetwork
    stock: bytes
    accounts: Sequence[LocalAccount]
    kind: Kind
    node: int
    loop: bytes = b""
    taken: int = 0
    refused: dict[str, int] = field(default_factory=dict)

    def run(self, stop: threading.Event) -> None:
        """Until stopped; what is refused for its share is tried again."""
        nonces = {account.address: self._nonce(account) for account in self.accounts}
        for account in itertools.cycle(self.accounts):
            if stop.is_set():
                return
            raw = self._signed(account, nonces[account.address])
            answer = self.net.try_rpc("eth_sendRawTransaction", raw, node=self.node)
            if "result" in answer:
                self.taken += 1
                nonces[account.address] += 1
            else:
                words = answer["error"]["message"].partition(":")[0]
                self.refused[words] = self.refused.get(words, 0) + 1
                nonces[account.address] = self._nonce(account)
                stop.wait(0.1)

    def _nonce(self, account: LocalAccount) -> int:
        return int(self.net.rpc("eth_getTransactionCount", account.address, "pending", node=self.node), 16)

    def _signed(self, account: LocalAccount, nonce: int) -> str:
        target = self.loop if self.kind.target == "loop" else self.kind.target or self.stock
        assert isinstance(target, bytes)
        chain_id = self.net.network.evm_chain_id
        return hex_bytes(signed(account, chain_id, nonce, self.kind.gas, target, self.kind.data()))

    @contextlib.contextmanager
    def running(self) -> Iterator[Flood]:
        """Floods while the block runs."""
        stop = threading.Event()
        thread = threading.Thread(target=self.run, args=(stop,))
        thread.start()
        try:
            yield self
        finally:
            stop.set()
            thread.join()
