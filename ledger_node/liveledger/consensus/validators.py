"""Changes of the validator set, read from the storage of Validators at one block's hash (docs/formats.md).

Which contract that is says the Directory, at the same block: a next version of it keeps these slots.
"""

from __future__ import annotations

from dataclasses import dataclass

from liveledger.bindings import validators
from liveledger.bindings.constants import DIRECTORY_ADDRESS, MAX_TOTAL_POWER
from liveledger.consensus.block_rules import Head
from liveledger.consensus.engine_client import EngineClient
from liveledger.domain.hashing import mapping_slot, uint_word
from liveledger.verifier import layout
from liveledger.verifier.listing import Versions

_COUNTERS_SLOT = uint_word(0)
_POWERS = 1
_JOURNAL = 2
_PRESENT = 1 << 255
_UINT64 = (1 << 64) - 1
_ADDRESS = (1 << 160) - 1


@dataclass(frozen=True, slots=True)
class KeyChange:
    """An Ed25519 key (32 bytes) and its new voting power; 0 removes it. ``replaced`` is removed; empty for none."""

    key: bytes
    power: int
    replaced: bytes = b""

    def updates(self) -> list[tuple[bytes, int]]:
        """Every key that changes, with its new power."""
        return [(self.key, self.power)] + ([(self.replaced, 0)] if self.replaced else [])


@dataclass(frozen=True, slots=True)
class RefusedChange:
    """A journal entry that would stop CometBFT; it is left out, and reported."""

    reason: str


class ValidatorRegistry:
    """Reads the contract through one engine."""

    def __init__(self, engine: EngineClient) -> None:
        self._engine = engine
        # By version: an entry of the Directory never comes to mean another address.
        self._addresses: dict[int, bytes] = {}

    async def address(self, block: Head) -> bytes:
        """Address of what is called Validators after ``block``; zeros when nothing is."""
        word = await self._engine.storage(DIRECTORY_ADDRESS, layout.versions_slot(validators.NAME), block.hash)
        active = Versions.at(word, block.number).active
        if active not in self._addresses:
            slot, _ = layout.entry_slots(validators.NAME, active)
            entry = await self._engine.storage(DIRECTORY_ADDRESS, slot, block.hash)
            self._addresses[active] = (entry & _ADDRESS).to_bytes(20)
        return self._addresses[active]

    async def power(self, key: bytes, block: Head, *, address: bytes | None = None) -> int:
        """Voting power of ``key`` after that block; 0 for a key that is no validator's.

        Who has looked up the contract's ``address`` after the block gives it, so that the Directory is not asked again.
        """
        where = address or await self.address(block)
        return await self._engine.storage(where, mapping_slot(key, _POWERS), block.hash)

    async def change(self, block: Head) -> KeyChange | RefusedChange | None:
        """The key change of ``block``, read at its hash; None when there was none.

        An entry that contradicts the contract's own totals is refused: CometBFT panics on an empty set, on too much
        power and on the removal of a key it does not know.
        """
        address, entry = await self.address(block), mapping_slot(uint_word(block.number), _JOURNAL)

        async def word(slot: bytes) -> int:
            return await self._engine.storage(address, slot, block.hash)

        mark = await word(uint_word(int.from_bytes(entry) + 1))
        if not mark & _PRESENT:
            return None
        key = uint_word(await word(entry))
        power = mark & _UINT64
        counters = await word(_COUNTERS_SLOT)
        count, total = counters & 0xFFFF, counters >> 16 & _UINT64
        if count == 0 or total == 0:
            return RefusedChange("the set would be empty")
        if total > MAX_TOTAL_POWER:
            return RefusedChange("the total power would overflow")
        if await word(mapping_slot(key, _POWERS)) != power:
            return RefusedChange("the entry is not what the contract holds")
        replaced = await word(uint_word(int.from_bytes(entry) + 2))
        if not replaced:
            return KeyChange(key, power)
        if await word(mapping_slot(uint_word(replaced), _POWERS)):
            return RefusedChange("the replaced key still has power")
        return KeyChange(key, power, uint_word(replaced))
