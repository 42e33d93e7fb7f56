"""What the pool and the votes must know of a block's state: accounts' standing, the contracts that are listed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from liveledger.bindings import directory
from liveledger.bindings.constants import DIRECTORY_ADDRESS, GOVERNANCE_ADDRESS, Parameter, Status
from liveledger.bindings.genesis import CONTRACTS, LISTINGS_SLOT
from liveledger.consensus.block_rules import Head
from liveledger.consensus.engine_client import EngineClient, EngineUnavailable
from liveledger.consensus.pool.choosing import base_fee_after
from liveledger.consensus.pool.rules import NO_ORGANISATION, Standing, share_of
from liveledger.domain.hashing import address_word, hex_bytes, mapping_slot, uint_word
from liveledger.domain.member_words import organisation_of, status_of

# Consortium's storage (docs/formats.md).
_ADMINISTRATOR, _ORGANISATIONS, _MEMBERS = 0, 2, 3
# Governance's.
_PARAMETERS = 6
_SHARE_SLOT = hex_bytes(mapping_slot(uint_word(Parameter.ORGANISATION_SHARE), _PARAMETERS))
# The event's last topic is the address.
_REGISTERED = hex_bytes(directory.ContractRegisteredEvent.TOPIC)
# After a start the events of all blocks are read, in steps of so many: a vote waits some seconds only, and what one
# waited for in vain is read when the next one asks. An engine that has yet to index its logs reads every header.
_BLOCKS_AT_ONCE = 50_000


@dataclass(frozen=True, slots=True)
class Scene:
    """A block after which transactions are judged: the base fee that follows it, the addresses listed in its state.

    ``share`` is how much of a big block one organisation may have (basis points).
    """

    head: Head
    base_fee: int
    listed: frozenset[bytes]
    share: int


class StateReader:
    """Reads through one engine, always at one block's hash. Raises EngineUnavailable and EngineRefused."""

    def __init__(self, engine: EngineClient, consortium: bytes) -> None:
        self._engine = engine
        self._consortium = hex_bytes(consortium)
        self._listed: frozenset[bytes] = frozenset()
        # Addresses that were ever listed, and the block up to which the Directory's events were read.
        self._known = set(CONTRACTS)
        self._read_to = -1

    async def scene(self, head: Head) -> Scene:
        """What holds for the block after ``head``, which is the newest one."""
        while head.number - self._read_to > _BLOCKS_AT_ONCE:
            self._take(*await self._engine.batch([self._registered(self._read_to + _BLOCKS_AT_ONCE)]))
            self._read_to += _BLOCKS_AT_ONCE
        share = [hex_bytes(GOVERNANCE_ADDRESS), _SHARE_SLOT, {"blockHash": hex_bytes(head.hash)}]
        calls: list[tuple[str, list[Any]]] = [("eth_getBlockByHash", [hex_bytes(head.hash), False])]
        calls.append(("eth_getStorageAt", share))
        if self._read_to < head.number:
            calls.append(self._registered(head.number))
        block, voted, *found = await self._engine.batch(calls)
        try:
            base_fee = base_fee_after(int(block["baseFeePerGas"], 16), int(block["gasUsed"], 16))
            most = share_of(int(voted, 16))
        except (KeyError, TypeError, ValueError) as trouble:
            raise EngineUnavailable(f"block {head.number} cannot be read: {trouble!r}") from trouble
        if found:
            self._take(found[0])
            self._read_to = head.number
        if not self._listed:
            self._listed = await self._targets(head)
        return Scene(head, base_fee, self._listed, most)

    def _registered(self, to: int) -> tuple[str, list[Any]]:
        """The call for the Directory's events behind those that were read, up to block ``to``."""
        span = {"fromBlock": hex(self._read_to + 1), "toBlock": hex(to)}
        return "eth_getLogs", [{"address": hex_bytes(DIRECTORY_ADDRESS), **span}]

    def _take(self, events: Sequence[Any]) -> None:
        """Notes addresses that events of the Directory list; any event may change which of them are listed now."""
        try:
            self._known |= {bytes.fromhex(log["topics"][-1][-40:]) for log in events if log["topics"][0] == _REGISTERED}
        except (KeyError, IndexError, TypeError, ValueError) as trouble:
            raise EngineUnavailable(f"the Directory's events cannot be read: {trouble!r}") from trouble
        if events:
            self._listed = frozenset()

    async def _targets(self, head: Head) -> frozenset[bytes]:
        """Whom the Directory lists: its own word says so for each address, since what was listed may be retired."""
        known, at = sorted(self._known), {"blockHash": hex_bytes(head.hash)}
        slots = [hex_bytes(mapping_slot(address_word(target), LISTINGS_SLOT)) for target in known]
        words = await self._numbers([("eth_getStorageAt", [hex_bytes(DIRECTORY_ADDRESS), slot, at]) for slot in slots])
        return frozenset(target for target, word in zip(known, words, strict=True) if word)

    async def standings(self, accounts: Sequence[bytes], head: Head) -> dict[bytes, Standing]:
        """Standing of each account after ``head``."""
        if not accounts:
            return {}
        at = {"blockHash": hex_bytes(head.hash)}
        calls = [("eth_getStorageAt", [self._consortium, hex_bytes(uint_word(_ADMINISTRATOR)), at])]
        for account in accounts:
            slot = mapping_slot(address_word(account), _MEMBERS)
            calls.append(("eth_getStorageAt", [self._consortium, hex_bytes(slot), at]))
            calls += [(method, [hex_bytes(account), at]) for method in ("eth_getTransactionCount", "eth_getBalance")]
        administrator, *numbers = await self._numbers(calls)
        words, nonces, balances = numbers[0::3], numbers[1::3], numbers[2::3]
        active = await self._active({organisation_of(word) for word in words if word}, at)
        first = administrator.to_bytes(32)[12:]
        rows = zip(accounts, words, nonces, balances, strict=True)
        return {
            account: _standing(head.number, word, nonce, balance, active, account == first)
            for account, word, nonce, balance in rows
        }

    async def _active(self, organisations: set[int], at: dict[str, str]) -> set[int]:
        numbers = sorted(organisations)
        slots = [hex_bytes(mapping_slot(uint_word(number), _ORGANISATIONS)) for number in numbers]
        words = await self._numbers([("eth_getStorageAt", [self._consortium, slot, at]) for slot in slots])
        return {number for number, word in zip(numbers, words, strict=True) if word >> 8 & 0xFF == Status.ACTIVE}

    async def _numbers(self, calls: Sequence[tuple[str, list[Any]]]) -> list[int]:
        try:
            return [int(answer, 16) for answer in await self._engine.batch(calls)]
        except (TypeError, ValueError) as trouble:
            raise EngineUnavailable(f"the state cannot be read: {trouble!r}") from trouble


def _standing(height: int, word: int, nonce: int, balance: int, active: set[int], administrates: bool) -> Standing:
    organisation = organisation_of(word)
    if word and status_of(word) == Status.ACTIVE and organisation in active:
        return Standing(height, organisation, nonce, balance)
    return Standing(height, NO_ORGANISATION if administrates else None, nonce, balance)
