"""Step 9: a list is whole when its leaves, hashed in order, land on the head that contract storage holds.

A page that does not start at 0 brings the head before it. A server may choose that value freely and gains nothing:
every step forward is a hash of head and leaf, so only the true head before the page leads to the proven head. The index
of the page's first leaf is inside that leaf's hash, and every later index follows by counting. What lies behind the
page is given as leaf hashes only; the page's own last index says where it ends.
"""

from __future__ import annotations

from collections.abc import Sequence

from liveledger.domain.streams import Leaf, StreamHead, initial_head, next_head
from liveledger.verifier.refusal import Code, Refusal, Step
from liveledger.verifier.sections import LeafSection
from liveledger.verifier.source import Page, StreamPage


def _incomplete(sentence: str) -> Refusal:
    return Refusal(Step.COMPLETENESS, Code.INCOMPLETE, sentence)


def check_stream(
    section: LeafSection | None,
    word: int | None,
    page: Page,
    *,
    chain_id: int,
    homes: Sequence[bytes],
    stream_id: bytes,
) -> StreamPage:
    """The leaves that cover ``page``, bound to the stream's storage ``word``. Raises Refusal (step 9, incomplete).

    ``homes`` are the contracts (addresses) in which the stream may have begun: the first head is that of one of them.
    Which one needs no proof, since only the true one leads to the head of the word.
    A page that begins at or beyond the stream's end, and a stream without entries, need no leaves and may bring none:
    the count in the word proves that there is nothing.
    """
    proven = StreamHead.from_word(word or 0)
    count = proven.count if proven else 0
    if proven is None or page.first >= count:
        if section is not None:
            raise _incomplete("leaves are given where the stream has none")
        return StreamPage(count, ())
    if section is None:
        raise _incomplete(f"the stream has {count} entries, none is given")
    leaves = _number(section)
    _check_cover(leaves, section, page, count)
    if section.first == 0 and section.head_before not in {initial_head(chain_id, home, stream_id) for home in homes}:
        raise _incomplete("the page does not start at the stream's beginning")
    head = section.head_before
    for leaf in leaves:
        head = next_head(head, leaf.hash(stream_id))
    for digest in section.later:
        head = next_head(head, digest)
    if head != proven.head:
        raise _incomplete("the leaves do not lead to the head that the contract holds")
    return StreamPage(count, leaves)


def _number(section: LeafSection) -> tuple[Leaf, ...]:
    """The page's leaves with their indexes counted from the page's first."""
    leaves, index = [], section.first
    for record in section.page:
        if record.n == 0:
            raise _incomplete("a leaf covers no entry")
        leaves.append(Leaf(index, record.n, record.block, record.time, record.poster, record.payload))
        index += record.n
    return tuple(leaves)


def _check_cover(leaves: tuple[Leaf, ...], section: LeafSection, page: Page, count: int) -> None:
    """The page's first and last leaf are needed, nothing asked for is missing, the counts agree."""
    end = page.end(count)
    if not leaves or not leaves[0].first_index <= page.first < leaves[0].first_index + leaves[0].n:
        raise _incomplete(f"the leaves do not begin with the one that holds entry {page.first}")
    last = leaves[-1].first_index + leaves[-1].n
    if not leaves[-1].first_index < end <= last:
        raise _incomplete(f"the leaves do not end with the one that holds entry {end - 1}")
    if last > count or len(section.later) > count - last or bool(section.later) != (last < count):
        raise _incomplete(f"the leaves end at entry {last} and {len(section.later)} follow; the stream has {count}")
