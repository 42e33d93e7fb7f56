"""New contracts: approved by who administers, created by the Creator of genesis, listed in the same transaction."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

from liveledger.bindings import creator
from liveledger.bindings.constants import CREATOR_ADDRESS
from liveledger.chain.contracts.manifest import CONTRACT_FLAGS
from liveledger.chain.contracts.registry import administrator, name_word
from liveledger.chain.outbox.sender import Sender
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.errors import RuleViolation
from liveledger.domain.hashing import keccak, uint_word


def created_address(name: str, version: int, init_code: bytes) -> bytes:
    """Address (20 bytes) of the contract that the Creator makes of ``init_code`` for this name and version."""
    return create2_address(CREATOR_ADDRESS, keccak(name_word(name) + uint_word(version)), init_code)


def create2_address(maker: bytes, salt: bytes, init_code: bytes) -> bytes:
    """Address (20 bytes) of what the contract at ``maker`` makes of ``init_code`` with ``salt`` (EIP-1014)."""
    return keccak(b"\xff" + maker + salt + keccak(init_code))[12:]


def approval(module: ModuleType, start: int = 0) -> creator.Approve:
    """The call that approves a contract of the bindings, active from block ``start`` on; a vote makes it too."""
    digest = keccak(module.CREATION_CODE)
    return creator.Approve(digest, name_word(module.NAME), module.VERSION, start, CONTRACT_FLAGS.get(module.NAME, 0))


def create(sender: Sender, modules: Sequence[ModuleType]) -> dict[ModuleType, bytes]:
    """Creates contracts, all in flight at once, and returns their addresses; approves them first where that is needed.

    Raises RuleViolation where the sender may not approve what is not approved, and with what the contracts refuse.
    """
    _approve(sender, modules)
    calls = {
        f"create:{module.NAME}:{module.VERSION}:{module.CODE_HASH.hex()[:16]}": creator.Create(module.CREATION_CODE)
        for module in modules
    }
    _send(sender, {key: call.calldata() for key, call in calls.items()})
    return {module: created_address(module.NAME, module.VERSION, module.CREATION_CODE) for module in modules}


def _approve(sender: Sender, modules: Sequence[ModuleType]) -> None:
    missing = [module for module in modules if not _is_approved(sender.connection, module)]
    if missing and administrator(sender.connection, final_height(sender.connection)) != sender.address:
        names = ", ".join(f"{module.NAME} {module.VERSION}" for module in missing)
        raise RuleViolation(
            f"nobody approved that {names} be created, and this account may not",
            hint="the members vote on it: `liveledger member propose contract NAME`",
            code="not-approved",
        )
    _send(sender, {_approval_key(module): approval(module).calldata() for module in missing})


def _is_approved(connection: Connection, module: ModuleType) -> bool:
    call = creator.ApprovalOf(keccak(module.CREATION_CODE)).calldata()
    found = creator.decode_approval_of(connection.execution.call(CREATOR_ADDRESS, call, final_height(connection)))
    return (found.name, found.version) == (name_word(module.NAME), module.VERSION)


def _approval_key(module: ModuleType) -> str:
    return f"approve:{module.NAME}:{module.VERSION}:{module.CODE_HASH.hex()[:16]}"


def _send(sender: Sender, calls: dict[str, bytes]) -> None:
    for key, data in calls.items():
        sender.submit(key, CREATOR_ADDRESS, data)
    for key, outcome in zip(calls, sender.wait_all(list(calls)), strict=True):
        if outcome.status != 1:
            raise sender.reason(key)
