"""place-accuracy/3: as place-accuracy/2, by the rule that what an auditor flags the operator does not lift.

It reads version 3 of the contract: an audit of level 3 or 4 raises a flag of 4.
"""

from __future__ import annotations

from liveledger.rules.accuracy.formula import flag_of
from liveledger.verifier import layout
from liveledger.verifier.source import Result, Source
from liveledger.verifier.views.base import View
from liveledger.verifier.views.place_accuracy import Parameters, read
from liveledger.verifier.views.place_accuracy_2 import answer_by


def decode(source: Source, parameters: Parameters) -> Result:
    """The records of the page; with the newest among them, or behind it, also where the place stands."""
    return answer_by(source, parameters, layout.AUDITS_BIND, flag_of)


VIEWS = (View("place-accuracy/3", frozenset({"contracts", "leaves"}), read, decode, historical=True),)
