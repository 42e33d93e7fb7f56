"""Genesis lists its own contracts in the Directory as the Directory itself would: the words are those of the format."""

from __future__ import annotations

from liveledger.bindings import consortium, genesis, governance
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, DIRECTORY_ADDRESS, GOVERNANCE_ADDRESS, ContractFlag
from liveledger.domain.hashing import address_word, hex_bytes, mapping_slot
from liveledger.verifier import layout, listing

ADMINISTRATOR = b"\x0a" * 20
NEXT = b"\x05" * 20


def words() -> dict[bytes, int]:
    """The Directory's first storage by slot."""
    storage = genesis.allocation(ADMINISTRATOR, [(b"\x01" * 32, 10)], 7)[hex_bytes(DIRECTORY_ADDRESS)]["storage"]
    return {bytes.fromhex(slot[2:]): int(word, 16) for slot, word in storage.items()}


def test_a_verifier_finds_every_contract_of_genesis() -> None:
    stored = words()
    for address, module in genesis.CONTRACTS.items():
        found = listing.find(2, stored.get, module.NAME, block=0)
        assert (found.address, found.version, found.code_hash) == (address, module.VERSION, module.CODE_HASH)


def test_each_is_listed_and_governable() -> None:
    stored = words()
    for address in genesis.CONTRACTS:
        word = stored[mapping_slot(address_word(address), 3)]
        assert (word & 1, word >> 8) == (1, ContractFlag.GOVERNABLE)
    assert mapping_slot(address_word(ADMINISTRATOR), 3) not in stored


def test_nothing_else_is_in_the_directory() -> None:
    assert len(words()) == 1 + 4 * len(genesis.CONTRACTS)
    assert words()[bytes(32)] == int.from_bytes(ADMINISTRATOR)


def test_what_was_replaced_is_not_found_at_its_block() -> None:
    stored = _with_next(governance.NAME)
    assert listing.find(2, stored.get, governance.NAME, block=499).address == GOVERNANCE_ADDRESS
    assert listing.find(2, stored.get, governance.NAME, block=500).address == NEXT


def test_the_first_consortium_is_found_for_good() -> None:
    stored = _with_next(consortium.NAME)
    for block in (499, 500):
        assert listing.find(2, stored.get, consortium.NAME, block=block).address == CONSORTIUM_ADDRESS


def _with_next(name: str) -> dict[bytes, int]:
    """The Directory's words where version 2 of ``name`` is active from block 500 on."""
    versions = layout.versions_slot(name)
    listed = {slot: int.from_bytes(word) for slot, word in genesis.listing(name, 2, NEXT, b"\x06" * 32).items()}
    return words() | listed | {versions: 1 | 2 << 64 | 500 << 128}
