"""The one way a bundle is turned down: step, stable code, sentence, hint (docs/bundle.md, table of refusals)."""

from __future__ import annotations

import enum
from typing import Any

from liveledger.domain.errors import LiveLedgerError


class Step(enum.IntEnum):
    """The ten steps of the verifier, by their number in docs/bundle.md."""

    SHAPE = 1
    QUESTION = 2
    SET_CHANGES = 3
    COMMIT = 4
    LINK = 5
    AGE = 6
    CONTRACTS = 7
    EVIDENCE = 8
    COMPLETENESS = 9
    ANSWER = 10


class Code(enum.StrEnum):
    """Stable codes of refusals."""

    SHAPE = "shape"
    WRONG_QUESTION = "wrong-question"
    WRONG_CHAIN = "wrong-chain"
    EXPIRED_ANCHOR = "expired-anchor"
    BELOW_ANCHOR = "below-anchor"
    SET_CHANGE = "set-change"
    VALIDATORS_HASH = "validators-hash"
    HEADER_HASH = "header-hash"
    BLOCK_ID = "block-id"
    ADDRESS_MISMATCH = "address-mismatch"
    BAD_SIGNATURE = "bad-signature"
    POWER = "power"
    APP_HASH = "app-hash"
    STALE = "stale"
    UNKNOWN_CONTRACT = "unknown-contract"
    ACCOUNT_PROOF = "account-proof"
    STORAGE_PROOF = "storage-proof"
    RECEIPT_PROOF = "receipt-proof"
    TRANSACTION_PROOF = "transaction-proof"
    LOG_MISMATCH = "log-mismatch"
    LEAF_PROOF = "leaf-proof"
    INCOMPLETE = "incomplete"
    ANSWER_MISMATCH = "answer-mismatch"


_TAMPERED = "treat the answer as false; ask another member's server"
HINTS: dict[Code, str] = {
    Code.SHAPE: "keep the bytes exactly as the server sent them: re-formatting a bundle breaks it",
    Code.WRONG_QUESTION: "ask the server again with your own question",
    Code.WRONG_CHAIN: "check that the trust anchor belongs to this ledger",
    Code.EXPIRED_ANCHOR: "get a newer anchor from a member that you trust and compare its fingerprint",
    Code.BELOW_ANCHOR: "ask for a newer answer, or use an older anchor that has not expired",
    Code.SET_CHANGE: "ask the server for a bundle that starts at your anchor's height",
    Code.VALIDATORS_HASH: "a change of the validator set may be missing: ask for a bundle from your anchor's height on",
    Code.STALE: "ask again, or allow a greater age with --max-age",
    Code.UNKNOWN_CONTRACT: "check the anchor's directory; this client may be older than the contracts",
    Code.POWER: "not enough validators signed: ask again, or ask another member's server",
}


class Refusal(LiveLedgerError):
    """A bundle that proves nothing: ``step`` (1–10), ``code``, a sentence, a hint."""

    code = "refused"
    http_status = 422
    exit_code = 1

    def __init__(self, step: Step, code: Code, sentence: str, hint: str = "", **details: Any) -> None:
        super().__init__(sentence, hint=hint or HINTS.get(code, _TAMPERED), code=code.value, **details)
        self.step = step

    def as_dict(self) -> dict[str, Any]:
        """The refusal as plain data, with its step."""
        return {"step": int(self.step), **super().as_dict()}
