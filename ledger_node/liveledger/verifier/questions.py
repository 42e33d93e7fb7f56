"""The client's question in its canonical form: a view and its parameters, numbers as decimal strings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.domain.errors import InvalidInput
from liveledger.verifier import shape
from liveledger.verifier.refusal import Refusal
from liveledger.verifier.views import find_view

MAX_QUESTION_BYTES = 64 * 1024
_HINT = "docs/bundle.md lists all views and their parameters"


@dataclass(frozen=True, slots=True)
class Question:
    """A view (``name/version``) and its parameters in canonical spelling."""

    view: str
    parameters: dict[str, Any]

    @classmethod
    def parse(cls, value: Any) -> Question:
        """Reads the JSON value ``{"view": …, "parameters": {…}}``. Raises InvalidInput that names field and rule."""
        try:
            entry = shape.fields(value, "question", ("view", "parameters"))
            view = find_view(entry["view"])
            if view is None:
                raise InvalidInput(f"there is no view {str(entry['view'])[:40]!r}", hint=_HINT)
            if not isinstance(entry["parameters"], dict):
                raise shape.refuse("question.parameters is no object")
            view.read(entry["parameters"])
        except Refusal as refusal:
            raise InvalidInput(f"the question is not well formed: {refusal.message}", hint=_HINT) from None
        return cls(entry["view"], entry["parameters"])

    @classmethod
    def from_bytes(cls, data: bytes) -> Question:
        """Reads the JSON bytes of a question. Raises InvalidInput."""
        try:
            value = shape.parse_json(data, limit=MAX_QUESTION_BYTES)
        except Refusal as refusal:
            raise InvalidInput(f"the question cannot be read: {refusal.message}", hint=_HINT) from None
        return cls.parse(value)

    def as_json(self) -> dict[str, Any]:
        """The JSON form."""
        return {"view": self.view, "parameters": self.parameters}
