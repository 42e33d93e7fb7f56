"""A batch that two organisations agree to: corrected or undone, shown before either signs (docs/corrections.md).

One organisation drafts it and will post it, the other looks at it and signs; the file goes from hand to hand. It holds
nothing secret: the salt hides the reason from whoever only sees the chain, and both parties know it anyway.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from liveledger.bindings import stock_ledger
from liveledger.chain.contracts.ledger import Ledger
from liveledger.chain.movements.batching import SALT_BYTES, document_leaf
from liveledger.chain.outbox.sender import Outcome, Sender
from liveledger.chain.rpc.finality import final_height
from liveledger.chain.rpc.view_words import view_words
from liveledger.domain import merkle, typed_data
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import hex_bytes, keccak
from liveledger.domain.movements import Kind, Lane, Movement, pack
from liveledger.rules.stock_state import RULES, lanes_of
from liveledger.verifier import shape

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

FORMAT = "liveledger-agreed-batch/1"
# A series of batches of its own: nothing else waits behind a correction that is never signed.
LANE = (1 << 32) - 1
MAX_MOVEMENTS = 1_000
MAX_FILE_BYTES = 1 << 20
MAX_DEPTH = 4
MAX_REASON = 256
_FIELDS = (
    "format",
    "evm_chain_id",
    "contract",
    "poster",
    "lane",
    "sequence",
    "deadline",
    "reason",
    "salt",
    "movements",
    "signature",
)
_MOVEMENT = ("sku", "lot", "kind", "from", "to", "quantity", "at", "undoes")


@dataclass(frozen=True, slots=True)
class Correction:
    """One movement of the batch; ``undoes`` says which movement it undoes ("" = none): poster/lane/sequence/index."""

    movement: Movement
    undoes: str = ""


@dataclass(frozen=True, slots=True)
class MovementName:
    """Which movement of which posted batch: account (20 bytes), lane, number on the lane, position in the batch."""

    poster: bytes
    lane: int
    sequence: int
    index: int

    def __str__(self) -> str:
        return f"{hex_bytes(self.poster)}/{self.lane}/{self.sequence}/{self.index}"

    @classmethod
    def parse(cls, text: str) -> MovementName | None:
        """Reads what ``undoes`` says; None for anything that this program would not have written."""
        try:
            poster, *numbers = text.split("/")
            found = cls(bytes.fromhex(poster.removeprefix("0x")), *map(int, numbers))
        except (ValueError, TypeError):
            return None
        return found if str(found) == text else None


@dataclass(frozen=True, slots=True)
class AgreedBatch:
    """The batch as both parties see it; ``signature`` is empty until the second one signed."""

    evm_chain_id: int
    contract: bytes
    poster: bytes
    lane: int
    sequence: int
    deadline: int
    reason: str
    salt: bytes
    corrections: tuple[Correction, ...]
    signature: bytes = b""

    def records(self) -> bytes:
        """The packed form. Raises InvalidInput for a field out of range or movements that are not in order."""
        return pack([correction.movement for correction in self.corrections])

    def documents_root(self) -> bytes:
        """Commitment to the reason and to what is undone, one leaf a movement."""
        documents = [
            {"reason": self.reason, "undoes": correction.undoes, "movement": index}
            for index, correction in enumerate(self.corrections)
        ]
        return merkle.root([document_leaf(self.salt, document) for document in documents])

    def message(self) -> typed_data.AgreedBatchMessage:
        """What the second organisation signs."""
        return typed_data.AgreedBatchMessage(
            self.poster, self.lane, self.sequence, self.documents_root(), keccak(self.records()), self.deadline
        )

    def signer(self) -> bytes | None:
        """The account (20 bytes) that signed; None when nobody did, or the signature is of something else."""
        digest = typed_data.digest(self.message(), chain_id=self.evm_chain_id, contract=self.contract)
        return typed_data.signer(digest, self.signature)

    def signed(self, account: LocalAccount) -> AgreedBatch:
        """The same with the account's signature."""
        signature = typed_data.sign(self.message(), account, chain_id=self.evm_chain_id, contract=self.contract)
        return replace(self, signature=signature)

    def changes(self) -> dict[tuple[int, int, int], tuple[int, ...]]:
        """What the batch adds to each lane, by (SKU, lot, place), also where it takes away again what it adds."""
        found: dict[tuple[int, int, int], list[int]] = {}
        for correction in self.corrections:
            each, rule = correction.movement, RULES[correction.movement.kind]
            for place, lane, sign in ((each.source, rule.takes, -1), (each.target, rule.gives, 1)):
                if lane is not None:
                    found.setdefault((*each.owner, place), [0] * len(Lane))[lane] += sign * each.quantity
        return {owner: tuple(lanes) for owner, lanes in found.items()}

    def emit(self) -> bytes:
        """The file."""
        content = {
            "format": FORMAT,
            "evm_chain_id": str(self.evm_chain_id),
            "contract": hex_bytes(self.contract),
            "poster": hex_bytes(self.poster),
            "lane": str(self.lane),
            "sequence": str(self.sequence),
            "deadline": str(self.deadline),
            "reason": self.reason,
            "salt": hex_bytes(self.salt),
            "movements": [as_json(correction) for correction in self.corrections],
            "signature": hex_bytes(self.signature) if self.signature else None,
        }
        return json.dumps(content, indent=2, ensure_ascii=False).encode() + b"\n"


def draft(ledger: Ledger, poster: bytes, corrections: Sequence[Correction], reason: str, deadline: int) -> AgreedBatch:
    """The poster's next agreed batch. ``deadline`` in Unix seconds. Raises InvalidInput for what no batch can hold."""
    if not 1 <= len(corrections) <= MAX_MOVEMENTS:
        raise InvalidInput(f"{len(corrections)} movements; a correction has 1 to {MAX_MOVEMENTS}")
    if not 1 <= len(reason) <= MAX_REASON:
        raise InvalidInput(f"a reason has 1 to {MAX_REASON} characters")
    contract = ledger.manifest.target(stock_ledger.NAME)
    call = stock_ledger.NextSequence(poster, LANE).calldata()
    answer = ledger.execution.call(contract, call, final_height(ledger))
    sequence = stock_ledger.decode_next_sequence(answer)
    salt = secrets.token_bytes(SALT_BYTES)
    made = AgreedBatch(
        ledger.evm_chain_id, contract, poster, LANE, sequence, deadline, reason, salt, tuple(corrections)
    )
    made.records()
    return made


def read(data: bytes) -> AgreedBatch:
    """Reads a file. Raises Refusal that names what is wrong with it."""
    if len(data) > MAX_FILE_BYTES:
        raise shape.refuse(f"it has more than {MAX_FILE_BYTES} bytes")
    shape.check_depth(data, MAX_DEPTH)
    entry = shape.fields(shape.parse_json(data, limit=MAX_FILE_BYTES), "file", _FIELDS)
    if entry["format"] != FORMAT:
        raise shape.refuse(f"file.format is not {FORMAT}")
    corrections = shape.array(entry["movements"], "file.movements", MAX_MOVEMENTS, _correction)
    if not corrections:
        raise shape.refuse("file.movements are none")
    signature = b""
    if entry["signature"] is not None:
        signature = shape.hexadecimal(entry["signature"], "file.signature", typed_data.SIGNATURE_BYTES)
    found = AgreedBatch(
        evm_chain_id=shape.decimal(entry["evm_chain_id"], "file.evm_chain_id"),
        contract=shape.hexadecimal(entry["contract"], "file.contract", 20),
        poster=shape.hexadecimal(entry["poster"], "file.poster", 20),
        lane=shape.decimal(entry["lane"], "file.lane", (1 << 32) - 1),
        sequence=shape.decimal(entry["sequence"], "file.sequence"),
        deadline=shape.decimal(entry["deadline"], "file.deadline"),
        reason=shape.text(entry["reason"], "file.reason", MAX_REASON),
        salt=shape.hexadecimal(entry["salt"], "file.salt", SALT_BYTES),
        corrections=tuple(corrections),
        signature=signature,
    )
    try:
        found.records()
    except InvalidInput as error:
        raise shape.refuse(f"file.movements: {error.message}") from None
    return found


def require_ledger(batch: AgreedBatch, ledger: Ledger) -> None:
    """Raises InvalidInput when the batch was made for another ledger."""
    here = (ledger.evm_chain_id, ledger.manifest.address(stock_ledger.NAME))
    if (batch.evm_chain_id, batch.contract) != here:
        raise InvalidInput("the batch was made for another ledger", hint="look at its chain id and contract")


def balances(ledger: Ledger, batch: AgreedBatch, block: int) -> dict[tuple[int, int, int], tuple[int, ...]]:
    """The lanes after ``block``, by (SKU, lot, place), wherever the batch changes any."""
    owners = list(batch.changes())
    calls = [stock_ledger.BalanceOf(*owner).calldata() for owner in owners]
    words = view_words(ledger.execution, batch.contract, calls, block)
    return {owner: lanes_of(word) for owner, word in zip(owners, words, strict=True)}


def post(sender: Sender, batch: AgreedBatch) -> Outcome:
    """Posts a signed batch, once. Raises InvalidInput without a signature, RuleViolation with the ledger's reason."""
    if sender.address != batch.poster:
        raise InvalidInput(f"only {hex_bytes(batch.poster)} posts this batch", hint="name its account with --as")
    if batch.signer() is None:
        raise InvalidInput("the second organisation has not signed", hint="liveledger correction sign")
    call = stock_ledger.PostAgreed(
        batch.lane, batch.sequence, batch.documents_root(), batch.records(), batch.deadline, batch.signature
    ).calldata()
    key = f"agreed:{batch.lane}:{batch.sequence}:{keccak(call).hex()[:32]}"
    outcome = sender.run(key, batch.contract, call)
    if outcome.status != 1:
        raise sender.reason(key)
    return outcome


def as_json(correction: Correction) -> dict[str, str]:
    """A movement as it stands in the file."""
    each = correction.movement
    return {
        "sku": str(each.sku),
        "lot": str(each.lot),
        "kind": each.kind.name.lower(),
        "from": str(each.source),
        "to": str(each.target),
        "quantity": str(each.quantity),
        "at": str(each.at),
        "undoes": correction.undoes,
    }


def _correction(value: Any, where: str) -> Correction:
    entry = shape.fields(value, where, _MOVEMENT)
    kinds = {kind.name.lower(): kind for kind in Kind}
    if entry["kind"] not in kinds:
        raise shape.refuse(f"{where}.kind is no kind of movement")
    numbers = {
        name: shape.decimal(entry[name], f"{where}.{name}", (1 << 32) - 1)
        for name in ("sku", "lot", "from", "to", "quantity", "at")
    }
    undoes = "" if entry["undoes"] == "" else shape.text(entry["undoes"], f"{where}.undoes", MAX_REASON)
    movement = Movement(
        numbers["sku"],
        kinds[entry["kind"]],
        numbers["from"],
        numbers["to"],
        numbers["quantity"],
        numbers["at"],
        numbers["lot"],
    )
    return Correction(movement, undoes)
