"""The way back: an old execution block under a newer one that was signed (docs/bundle.md, ``past``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from liveledger.domain import block_hashes as hashes
from liveledger.domain import rlp
from liveledger.domain.hashing import keccak
from liveledger.verifier import shape, trie
from liveledger.verifier.execution import MAX_HEADER_BYTES, Account, ExecutionHeader, decode_slot
from liveledger.verifier.refusal import Code, Refusal, Step


class Nodes(Protocol):
    """Trie nodes that proofs find by their hashes."""

    def prove(self, root: bytes, key: bytes) -> bytes | None:
        """The value at ``key`` in the trie with ``root``, None where it is proven that there is none.

        Raises TrieError.
        """


@dataclass(frozen=True, slots=True)
class Past:
    """The old block's header, and its hash's path in its batch; None where EIP-2935's contract still keeps the hash."""

    execution_header: bytes
    path: tuple[bytes, ...] | None

    @classmethod
    def read(cls, value: Any, where: str = "past") -> Past | None:
        """Reads ``{execution_header, path}``, or null where the signed block is the one. Raises Refusal (step 1)."""
        if value is None:
            return None
        entry = shape.fields(value, where, ("execution_header", "path"))
        header = shape.hexadecimal(entry["execution_header"], f"{where}.execution_header")
        if len(header) > MAX_HEADER_BYTES:
            raise shape.refuse(f"{where}.execution_header is longer than {MAX_HEADER_BYTES} bytes")
        if entry["path"] is None:
            return cls(header, None)
        path = tuple(shape.array(entry["path"], f"{where}.path", hashes.PATH_LENGTH, _digest))
        if len(path) != hashes.PATH_LENGTH:
            raise shape.refuse(f"{where}.path has {len(path)} hashes, not {hashes.PATH_LENGTH}")
        return cls(header, path)


def answered_block(bundle: dict[str, Any]) -> int:
    """Number of the block that the answer of a bundle (its JSON value, of good form) holds at."""
    past = bundle.get("past")
    if past is None:
        return int(bundle["light_block"]["header"]["height"]) - 1
    return ExecutionHeader.decode(bytes.fromhex(past["execution_header"][2:])).number


def _digest(value: Any, where: str) -> bytes:
    return shape.hexadecimal(value, where, 32)


def follow(past: Past, nodes: Nodes, signed: ExecutionHeader) -> ExecutionHeader:
    """The old block, once it is proven that the chain of the signed block holds it.

    Raises Refusal: app-hash (step 5), account-proof or unknown-contract (step 7), storage-proof (step 8).
    """
    try:
        old = ExecutionHeader.decode(past.execution_header)
    except rlp.RlpError as error:
        raise _broken(f"the old execution header: {error}") from None
    if old.number >= signed.number:
        raise _broken(f"block {old.number} is not older than block {signed.number}")
    if past.path is None and not hashes.in_window(old.number, signed.number):
        raise _broken(f"the engine does not keep the hash of block {old.number} up to block {signed.number}")
    address, code_hash, slot = _place(past, old.number)
    account = _open(nodes, signed, address, code_hash)
    kept = _read(nodes, account, slot)
    found = old.digest if past.path is None else hashes.root_above(old.digest, old.number, past.path)
    if found != kept:
        raise _broken(f"block {old.number} is not the one that the chain holds")
    return old


def _place(past: Past, number: int) -> tuple[bytes, bytes, bytes]:
    """Address and code hash of the contract that holds the hash or the batch's root, and the slot."""
    if past.path is None:
        return hashes.HISTORY_ADDRESS, hashes.HISTORY_CODE_HASH, hashes.history_slot(number)
    slot = hashes.root_slot(hashes.batch_of(number))
    return hashes.BLOCK_HASHES_ADDRESS, hashes.BLOCK_HASHES_CODE_HASH, slot


def _open(nodes: Nodes, signed: ExecutionHeader, address: bytes, code_hash: bytes) -> Account:
    try:
        value = nodes.prove(signed.state_root, keccak(address))
        account = None if value is None else Account.decode(value)
    except (trie.TrieError, rlp.RlpError) as error:
        sentence = f"the account that holds the hashes of old blocks: {error}"
        raise Refusal(Step.CONTRACTS, Code.ACCOUNT_PROOF, sentence) from None
    if account is None or account.code_hash != code_hash:
        sentence = "the contract that holds the hashes of old blocks is not the one that is known"
        raise Refusal(Step.CONTRACTS, Code.UNKNOWN_CONTRACT, sentence)
    return account


def _read(nodes: Nodes, account: Account, slot: bytes) -> bytes:
    """The word at ``slot``; empty where there is none."""
    try:
        value = nodes.prove(account.storage_root, keccak(slot))
        return b"" if value is None else decode_slot(value).to_bytes(32)
    except (trie.TrieError, rlp.RlpError) as error:
        sentence = f"the word that holds the hash of the old block: {error}"
        raise Refusal(Step.EVIDENCE, Code.STORAGE_PROOF, sentence) from None


def _broken(sentence: str) -> Refusal:
    return Refusal(Step.LINK, Code.APP_HASH, sentence)
