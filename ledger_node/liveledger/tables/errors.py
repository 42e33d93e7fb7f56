"""What is wrong with a table as a whole, or with what it is to be read by."""

from __future__ import annotations

from liveledger.domain.errors import InvalidInput

# Bad rows or records that a refusal lists; how many there are beside them its sentence says.
MAX_LISTED = 1_000


class InvalidCsv(InvalidInput):
    """The bytes are no table that is read here; ``details["row"]`` names the row as a spreadsheet shows it."""

    code = "invalid-csv"


class InvalidMap(InvalidInput):
    """A map of columns says what cannot be carried out; nothing was read."""

    code = "invalid-map"
