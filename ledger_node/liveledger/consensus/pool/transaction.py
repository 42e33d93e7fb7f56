"""Signed transactions as the pool and the votes read them: form, limits and signature, all that needs no state."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from coincurve import PublicKey

from liveledger.bindings import stock_ledger
from liveledger.bindings.constants import MovementKind
from liveledger.domain import rlp
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import keccak
from liveledger.domain.movements import GROUP_HEAD_BYTES, RECORD_BYTES
from liveledger.domain.transactions import MAX_TX_BYTES, MAX_TX_GAS

_LEGACY_FROM = 0xC0
_ACCESS_LIST, _FEE_MARKET, _BLOB, _DELEGATION = 1, 2, 3, 4
_FIELDS = {_ACCESS_LIST: 11, _FEE_MARKET: 12}
_LEGACY_FIELDS = 9
# The fields, the access list, its entries, the keys of one.
_MAX_DEPTH = 4
_MAX_ITEMS = 8_192
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
# Gas of a transaction before it does anything (EIP-2028, EIP-2930, EIP-3860, EIP-7623).
_BASE_GAS, _ZERO_GAS, _BYTE_GAS = 21_000, 4, 16
_FLOOR_GAS, _TOKENS_A_BYTE = 10, 4
_ADDRESS_GAS, _KEY_GAS = 2_400, 1_900
_CREATION_GAS, _CODE_WORD_GAS = 32_000, 2
# The genesis contracts have the addresses 4c4c…00 to 4c4c…ff: no account and no creation comes by one.
_GENESIS_PREFIX = bytes.fromhex("4c4c") + bytes(17)
_WORD = 32
_RECORDS_WORD = 3


class BadTransaction(InvalidInput):
    """No transaction that any state would take; ``reason`` is its stable code, for logs and metrics."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message, code=reason)
        self.reason = reason


class Group(enum.IntEnum):
    """In which order transactions enter a block."""

    GOVERNANCE = 0
    RESERVATIONS = 1
    REST = 2


@dataclass(frozen=True, slots=True)
class Transaction:
    """A transaction of type 0, 1 or 2. ``target`` has 20 bytes, none when it creates a contract; fees are wei a gas.

    ``posts`` says that it calls ``post`` of a contract that is not of genesis: a batch of movements.
    """

    raw: bytes
    hash: bytes
    sender: bytes
    nonce: int
    gas: int
    max_fee: int
    priority_fee: int
    target: bytes
    value: int
    group: Group
    posts: bool = False

    @property
    def cost(self) -> int:
        """Wei that its account must hold before it."""
        return self.gas * self.max_fee + self.value


def is_genesis_contract(target: bytes) -> bool:
    """Whether an address lies in the range of the contracts of genesis."""
    return target[:19] == _GENESIS_PREFIX


def read_transaction(
    raw: bytes, chain_id: int, *, tx_hash: bytes | None = None, sender: bytes | None = None
) -> Transaction:
    """Reads signed bytes. What is not given is computed: the hash, and the sender from the signature.

    Raises BadTransaction, naming the first thing that is wrong.
    """
    if not 0 < len(raw) <= MAX_TX_BYTES:
        raise BadTransaction("oversized", f"oversized data: transaction size {len(raw)}, limit {MAX_TX_BYTES}")
    kind = 0 if raw[0] >= _LEGACY_FROM else raw[0]
    if kind not in (0, _ACCESS_LIST, _FEE_MARKET):
        names = {_BLOB: "blob-transaction", _DELEGATION: "delegation"}
        raise BadTransaction(names.get(kind, "unknown-type"), f"transaction type not supported: {kind}")
    try:
        return _read(raw, kind, chain_id, tx_hash or keccak(raw), sender)
    except rlp.RlpError as trouble:
        raise BadTransaction("malformed", f"malformed transaction: {trouble}") from trouble


def _read(raw: bytes, kind: int, chain_id: int, tx_hash: bytes, sender: bytes | None) -> Transaction:
    items = rlp.decode_list(raw if kind == 0 else raw[1:], max_depth=_MAX_DEPTH, max_items=_MAX_ITEMS)
    if len(items) != (_FIELDS[kind] if kind else _LEGACY_FIELDS):
        raise BadTransaction("malformed", f"a transaction of type {kind} has not {len(items)} fields")
    body, signature = items[:-3], items[-3:]
    access: rlp.Item = []
    if kind == 0:
        nonce, priority, gas, target, value, data = body
        max_fee = priority
        parity = rlp.uint(signature[0]) - 35 - 2 * chain_id
        wrong_chain = parity not in (0, 1)
    else:
        chain, nonce, priority, *rest = body
        max_fee = rest.pop(0) if kind == _FEE_MARKET else priority
        gas, target, value, data, access = rest
        parity = rlp.uint(signature[0], 1)
        wrong_chain = rlp.uint(chain) != chain_id
    if wrong_chain:
        raise BadTransaction("wrong-chain", f"invalid chain id for signer: the ledger's is {chain_id}")
    content = _content(data)
    destination = _destination(target)
    _check_gas(rlp.uint(gas, 8), content, access, creates=not destination)
    if rlp.uint(priority) > rlp.uint(max_fee):
        raise BadTransaction("bad-fee", "max priority fee per gas higher than max fee per gas")
    return Transaction(
        raw=raw,
        hash=tx_hash,
        sender=sender or _recover(_unsigned(kind, body, chain_id), parity, signature),
        nonce=rlp.uint(nonce, 8),
        gas=rlp.uint(gas, 8),
        max_fee=rlp.uint(max_fee),
        priority_fee=rlp.uint(priority),
        target=destination,
        value=rlp.uint(value),
        group=_group(destination, content),
        posts=_posts(destination, content),
    )


def _content(data: rlp.Item) -> bytes:
    if isinstance(data, list):
        raise rlp.RlpError("data are bytes")
    return data


def _destination(target: rlp.Item) -> bytes:
    return b"" if target == b"" else rlp.fixed(target, 20)


def _check_gas(gas: int, data: bytes, access: rlp.Item, *, creates: bool) -> None:
    if gas > MAX_TX_GAS:
        raise BadTransaction("too-much-gas", f"transaction gas limit too high (cap: {MAX_TX_GAS}, tx: {gas})")
    zeros = data.count(0)
    tokens = zeros + _TOKENS_A_BYTE * (len(data) - zeros)
    listed = _BASE_GAS + _ZERO_GAS * zeros + _BYTE_GAS * (len(data) - zeros) + _access_gas(access)
    if creates:
        listed += _CREATION_GAS + _CODE_WORD_GAS * -(-len(data) // _WORD)
    needed = max(listed, _BASE_GAS + _FLOOR_GAS * tokens)
    if gas < needed:
        raise BadTransaction("too-little-gas", f"intrinsic gas too low: gas {gas}, minimum needed {needed}")


def _access_gas(access: rlp.Item) -> int:
    if not isinstance(access, list):
        raise rlp.RlpError("an access list is a list")
    gas = 0
    for entry in access:
        if not isinstance(entry, list) or len(entry) != 2 or not isinstance(entry[1], list):
            raise rlp.RlpError("an entry of an access list is an address and a list of keys")
        rlp.fixed(entry[0], 20)
        for key in entry[1]:
            rlp.fixed(key, 32)
        gas += _ADDRESS_GAS + _KEY_GAS * len(entry[1])
    return gas


def _unsigned(kind: int, body: list[rlp.Item], chain_id: int) -> bytes:
    """What was signed (EIP-155 for the oldest type)."""
    return bytes((kind,)) + rlp.encode(body) if kind else rlp.encode([*body, chain_id, b"", b""])


def _recover(unsigned: bytes, parity: int, signature: list[rlp.Item]) -> bytes:
    r, s = rlp.uint(signature[1]), rlp.uint(signature[2])
    if parity not in (0, 1) or r == 0 or not 0 < s <= _HALF_ORDER:
        raise BadTransaction("bad-signature", "invalid sender: the signature is none")
    proof = r.to_bytes(32) + s.to_bytes(32) + bytes((parity,))
    try:
        key = PublicKey.from_signature_and_message(proof, keccak(unsigned), hasher=None)
    except ValueError:
        raise BadTransaction("bad-signature", "invalid sender: the signature is of no key") from None
    return keccak(key.format(compressed=False)[1:])[12:]


def _group(target: bytes, data: bytes) -> Group:
    if is_genesis_contract(target):
        return Group.GOVERNANCE
    if _posts(target, data) and _reserves_only(data[4:]):
        return Group.RESERVATIONS
    return Group.REST


def _posts(target: bytes, data: bytes) -> bool:
    return bool(target) and not is_genesis_contract(target) and data[:4] == stock_ledger.Post.SELECTOR


def _reserves_only(arguments: bytes) -> bool:
    """Whether a batch holds reservations and nothing else. What cannot be read is none: it is refused by the EVM."""
    at = int.from_bytes(arguments[_RECORDS_WORD * _WORD : (_RECORDS_WORD + 1) * _WORD])
    start = at + _WORD
    end = start + int.from_bytes(arguments[at:start]) if start <= len(arguments) else 0
    if not start < end <= len(arguments):
        return False
    while start < end:
        body = start + GROUP_HEAD_BYTES
        following = body + int.from_bytes(arguments[start + 4 : start + 6]) * RECORD_BYTES
        kinds = set(arguments[body : min(following, end) : RECORD_BYTES])
        if following > end or kinds != {MovementKind.RESERVE}:
            return False
        start = following
    return True
