"""Answers of JSON-RPC 2.0 as every client reads them: what came back is the result of the call, or a fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a call has no result.

    ``code`` is the error's number, 0 where it has none, and None where what came back is no answer to the call at all;
    ``data`` is what the server added to its error.
    """

    reason: str
    code: int | None = None
    data: Any = None


# The client's own error for a fault.
Failed = Callable[[Fault], Exception]


def result_of(answer: Any, number: Any, failed: Failed) -> Any:
    """The result of call ``number`` out of its answer, parsed JSON of any form. Raises what ``failed`` makes."""
    if not isinstance(answer, dict) or answer.get("id") != number:
        raise failed(Fault("the answer does not belong to the call"))
    if (error := answer.get("error")) is not None:
        raise failed(_fault(error))
    if "result" not in answer:
        raise failed(Fault("there is neither a result nor an error"))
    return answer["result"]


def answers_by_number(answers: Any, failed: Failed) -> dict[Any, Any]:
    """The answers of a batch by the number of their call. Raises what ``failed`` makes of one that is none."""
    if isinstance(answers, dict):
        result_of(answers, answers.get("id"), failed)
    if not isinstance(answers, list):
        raise failed(Fault("a batch is answered by something that is no list"))
    numbered = [answer for answer in answers if isinstance(answer, dict)]
    return {answer.get("id"): answer for answer in numbered if isinstance(answer.get("id"), int | str)}


def _fault(error: Any) -> Fault:
    if not isinstance(error, dict):
        return Fault(str(error), 0)
    code = error.get("code")
    return Fault(str(error.get("message", "")), code if isinstance(code, int) else 0, error.get("data"))
