"""Proofs of accounts, slots and entries of a block's tries, as each form of bundle brings them (docs/bundle.md)."""

from __future__ import annotations

from typing import Protocol

from liveledger.domain import rlp
from liveledger.domain.hashing import keccak
from liveledger.verifier import trie
from liveledger.verifier.refusal import Code, Refusal, Step
from liveledger.verifier.sections import AccountSection, IndexedProof


class Proofs(Protocol):
    """What a bundle's evidence says of tries; keys and roots are the caller's."""

    def account(self, name: str, root: bytes, address: bytes, /) -> bytes | None:
        """The account at ``address`` (20 bytes), None where it is proven that there is none.

        Raises Refusal (step 7); TrieError where the nodes do not prove it.
        """

    def slot(self, name: str, root: bytes, slot: bytes, /) -> bytes | None:
        """The value of the next slot that is asked of the account called ``name``. Raises as `account`, step 8."""

    def entry(self, section: IndexedProof, root: bytes, /) -> bytes | None:
        """The value at a transaction's or receipt's index. Raises TrieError."""

    def finish(self) -> None:
        """Raises Refusal (step 8) where something was brought that nothing asked for."""


class ListedProofs:
    """Form 1: each contract has a section with a list of nodes for its account and for each slot, in order."""

    def __init__(self, sections: dict[str, AccountSection]) -> None:
        self._sections = sections
        self._next_slot: dict[str, int] = {}

    def account(self, name: str, root: bytes, address: bytes) -> bytes | None:
        """See ``Proofs``."""
        section = self._sections.get(name)
        if section is None:
            raise Refusal(Step.CONTRACTS, Code.ACCOUNT_PROOF, f"the proof of {name} is missing")
        self._next_slot[name] = 0
        return trie.prove(root, keccak(address), section.account)

    def slot(self, name: str, root: bytes, slot: bytes) -> bytes | None:
        """See ``Proofs``."""
        proofs, position = self._sections[name].storage, self._next_slot[name]
        if position == len(proofs):
            raise Refusal(Step.EVIDENCE, Code.STORAGE_PROOF, f"{name} lacks storage proof {position}")
        self._next_slot[name] = position + 1
        return trie.prove(root, keccak(slot), proofs[position])

    def entry(self, section: IndexedProof, root: bytes) -> bytes | None:
        """See ``Proofs``."""
        return trie.prove(root, rlp.encode(section.index), section.nodes)

    def finish(self) -> None:
        """See ``Proofs``."""
        for name, section in self._sections.items():
            if name not in self._next_slot:
                raise Refusal(Step.EVIDENCE, Code.ACCOUNT_PROOF, f"the proof of {name[:40]!r} is not needed")
            if self._next_slot[name] != len(section.storage):
                raise Refusal(Step.EVIDENCE, Code.STORAGE_PROOF, f"{name} brings storage proofs that are not needed")


class SharedProofs:
    """Form 2: the bundle's nodes stand in one list, each once, in the order in which proofs first need them."""

    def __init__(self, nodes: trie.NodeSet | trie.KnownNodes) -> None:
        self._nodes = nodes

    def account(self, _name: str, root: bytes, address: bytes, /) -> bytes | None:
        """See ``Proofs``."""
        return self._nodes.prove(root, keccak(address))

    def slot(self, _name: str, root: bytes, slot: bytes, /) -> bytes | None:
        """See ``Proofs``."""
        return self._nodes.prove(root, keccak(slot))

    def entry(self, section: IndexedProof, root: bytes) -> bytes | None:
        """See ``Proofs``."""
        return self._nodes.prove(root, rlp.encode(section.index))

    def finish(self) -> None:
        """See ``Proofs``."""
        if self._nodes.left:
            raise Refusal(Step.EVIDENCE, Code.STORAGE_PROOF, f"{self._nodes.left} nodes are not needed")
