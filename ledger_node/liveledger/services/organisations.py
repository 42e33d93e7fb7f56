"""Which organisation a GLN names."""

from __future__ import annotations

from liveledger.bindings import consortium
from liveledger.bindings.constants import CONSORTIUM_ADDRESS
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.finality import final_height


def organisation_by_gln(connection: Connection, gln: int) -> int:
    """Number of the organisation with a GLN in the newest final block; 0 when there is none."""
    data = consortium.OrganisationByGln(gln).calldata()
    answer = connection.execution.call(CONSORTIUM_ADDRESS, data, final_height(connection))
    return consortium.decode_organisation_by_gln(answer)
