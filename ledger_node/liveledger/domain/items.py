"""One form for every spelling of an item or class of goods: the uncompressed GS1 Digital Link URI at id.gs1.org.

The correspondences are those of EPCIS and CBV 2.0 and of the EPC Tag Data Standard. A URI of somebody's own, which
names no GS1 identifier, is its own form. The ledger's streams are keyed by the one form (docs/formats.md);
version 1 of Provenance keyed them by the URI as an event wrote it, and asking there was asking for every spelling.
"""

from __future__ import annotations

from liveledger.domain.digital_links import read_link, write_link
from liveledger.domain.epc_urns import read_urn, urns
from liveledger.domain.gs1_elements import Identifier, ItemRefused, item_of

__all__ = ["MAX_URI", "ItemRefused", "canonical", "form_of", "is_gs1", "spellings"]

MAX_URI = 2048


def canonical(uri: str) -> str:
    """The one form of an item's URI; ``uri`` itself where it names no GS1 identifier.

    Raises ItemRefused, with a code for each rule, where it says that it names one and breaks a rule of GS1.
    """
    found = _read(uri)
    return write_link(found) if found else uri


def form_of(uri: str) -> str:
    """As `canonical`, for what is on the ledger already: a URI that breaks a rule is its own form."""
    try:
        return canonical(uri)
    except ItemRefused:
        return uri


def is_gs1(uri: str) -> bool:
    """Whether a URI names a GS1 identifier. Raises ItemRefused as `canonical` does."""
    return _read(uri) is not None


def spellings(uri: str) -> tuple[str, ...]:
    """Under what an event may have named the item of ``uri``: the URI itself first, its one form, and its EPC URIs.

    There is an EPC URI for each length of the company prefix (6 to 12), since the key does not tell it. Other hosts and
    needless escapes cannot be listed. Raises ItemRefused.
    """
    found = _read(uri)
    return tuple(dict.fromkeys([uri, write_link(found), *urns(found)])) if found else (uri,)


def _read(uri: str) -> Identifier | None:
    if len(uri) > MAX_URI:
        return None
    found = read_urn(uri) or read_link(uri)
    return item_of(found) if found else None
