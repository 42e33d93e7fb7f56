"""Bundles, trust anchors and questions as commands take them: options, and files that are read with a limit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from liveledger.domain.errors import InvalidInput, NotFound
from liveledger.verifier import Question, Refusal, TrustAnchor
from liveledger.verifier.anchor import MAX_ANCHOR_BYTES
from liveledger.verifier.questions import MAX_QUESTION_BYTES
from liveledger.verifier.refusal import Code, Step
from liveledger.verifier.shape import MAX_BUNDLE_BYTES

BundleArgument = Annotated[Path, typer.Argument(help="File with the bundle, byte for byte as the server sent it")]
TrustOption = Annotated[Path | None, typer.Option("--trust", help="Trust anchor [the ledger home's trust.json]")]
QuestionOption = Annotated[str, typer.Option("--question", help="Your own question: a file, or JSON in place")]


def _read_up_to(path: Path, most: int) -> bytes:
    """A file's bytes, one more than ``most`` at most: whoever parses them refuses what is over it. Raises OSError."""
    with path.open("rb") as file:
        return file.read(most + 1)


def read_bundle(path: Path) -> bytes:
    """The bundle's bytes, no more of them than may be read. Raises NotFound."""
    try:
        data = _read_up_to(path, MAX_BUNDLE_BYTES)
    except OSError as error:
        raise NotFound(f"the bundle {path} cannot be read: {error.strerror}") from None
    if len(data) > MAX_BUNDLE_BYTES:
        raise Refusal(Step.SHAPE, Code.SHAPE, f"{path.name} is longer than the {MAX_BUNDLE_BYTES} bytes of a bundle")
    return data


def read_anchor(path: Path) -> TrustAnchor:
    """A trust anchor from a file. Raises InvalidInput that names the field that is wrong."""
    try:
        return TrustAnchor.parse(_read_up_to(path, MAX_ANCHOR_BYTES))
    except OSError as error:
        raise InvalidInput(
            f"the trust anchor {path} cannot be read: {error.strerror}",
            hint="get trust.json from a member that you trust, and compare the fingerprint by another way",
        ) from None
    except Refusal as refusal:
        raise InvalidInput(f"{path} is no trust anchor: {refusal.message}") from None


def read_question(text: str) -> Question:
    """A question out of a file, or the JSON itself. Raises InvalidInput."""
    if text.lstrip().startswith("{"):
        return Question.from_bytes(text.encode())
    try:
        return Question.from_bytes(_read_up_to(Path(text), MAX_QUESTION_BYTES))
    except OSError as error:
        raise InvalidInput(f"the question {text[:80]} cannot be read: {error.strerror}") from None
