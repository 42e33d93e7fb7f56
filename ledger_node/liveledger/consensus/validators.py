"""Changes of the validator set, read from the storage of Validators at one block's hash (docs/formats.md)."""

from __future__ import annotations

from dataclasses import dataclass

from liveledger.bindings.constants import MAX_TOTAL_POWER
from liveledger.consensus.engine_client import EngineClient
from liveledger.domain.hashing import mapping_slot, uint_word

_COUNTERS_SLOT = uint_word(0)
_POWERS = 1
_JOURNAL = 2
_PRESENT = 1 << 255
_UINT64 = (1 << 64) - 1


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
    """Reads the contract at ``address`` through one engine."""

    def __init__(self, engine: EngineClient, address: bytes) -> None:
        self._engine = engine
        self._address = address

    @property
    def address(self) -> bytes:
        """Address of Validators."""
        return self._address

    async def power(self, key: bytes, block_hash: bytes) -> int:
        """Voting power of ``key`` at the end of that block; 0 for a key that is no validator's."""
        return await self._engine.storage(self._address, mapping_slot(key, _POWERS), block_hash)

    async def change(self, height: int, block_hash: bytes) -> KeyChange | RefusedChange | None:
        """The key change of block ``height``, read at that block's hash; None when there was none.

        An entry that contradicts the contract's own totals is refused: CometBFT panics on an empty set, on too much
        power and on the removal of a key it does not know.
        """
        entry = mapping_slot(uint_word(height), _JOURNAL)
        mark = await self._engine.storage(self._address, uint_word(int.from_bytes(entry) + 1), block_hash)
        if not mark & _PRESENT:
            return None
        key = uint_word(await self._engine.storage(self._address, entry, block_hash))
        power = mark & _UINT64
        counters = await self._engine.storage(self._address, _COUNTERS_SLOT, block_hash)
        validators, total = counters & 0xFFFF, counters >> 16 & _UINT64
        if validators == 0 or total == 0:
            return RefusedChange("the set would be empty")
        if total > MAX_TOTAL_POWER:
            return RefusedChange("the total power would overflow")
        if await self.power(key, block_hash) != power:
            return RefusedChange("the entry is not what the contract holds")
        replaced = await self._engine.storage(self._address, uint_word(int.from_bytes(entry) + 2), block_hash)
        if not replaced:
            return KeyChange(key, power)
        if await self.power(uint_word(replaced), block_hash):
            return RefusedChange("the replaced key still has power")
        return KeyChange(key, power, uint_word(replaced))
