"""Stock of a SKU over all its lots: as many pages as a bundle each has room for, all of one block, and their sum."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from liveledger.domain.home import LedgerHome
from liveledger.verifier.refusal import Code, Refusal, Step
from liveledger.verifier.views.stock import MAX_LOTS
from liveledger_cli.common.api_client import segment
from liveledger_cli.common.verified_queries import Checked, How, as_asked, ask

LANES = ("available", "reserved", "in_transit", "held")


@dataclass(frozen=True, slots=True)
class StockAnswer:
    """The sum over all pages with every lot in it, and the pages that it comes from, each checked by itself."""

    answer: dict[str, Any]
    pages: tuple[Checked, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``; ``verdicts`` has one verdict a page where there are several."""
        shown = replace(self.pages[0], answer=self.answer).as_dict()
        if len(self.pages) > 1:
            shown["verdicts"] = [page.as_dict()["verdict"] for page in self.pages]
        return shown


def all_lots(
    home: LedgerHome,
    brand: int,
    sku: str,
    place: str,
    how: How,
    as_of: int | None = None,
) -> StockAnswer:
    """Asks page by page until all lots were named; the pages behind the first are of the first one's block.

    ``as_of``: the stock of that time (Unix seconds).

    The bundles of further pages are written beside ``how.proof_file``, with the page's number before the suffix. Raises
    Refusal when a page does not verify, ApiRefusal, Unavailable.
    """
    path = f"/stock/{brand}/{segment(sku)}/{place}"
    named = {"brand": str(brand), "sku": sku, "place": place}
    pages: list[Checked] = []
    count = 1
    while len(pages) * MAX_LOTS < count:
        page = {"first": str(len(pages) * MAX_LOTS), "limit": str(MAX_LOTS)}
        when = {"at": str(pages[0].block.get("height"))} if pages else at_time(as_of)
        question = {"view": "stock-lots/3", "parameters": {**named, **page}}
        file = how.proof_file and (numbered(how.proof_file, len(pages) + 1) if pages else how.proof_file)
        pages.append(ask(home, path, question, replace(how, proof_file=file), **page, **when))
        require_time(pages[-1], as_of)
        require_same_block(pages[-1], pages[0])
        with as_asked():
            count = int(pages[-1].answer["count"])
    with as_asked():
        return StockAnswer(merged([page.answer for page in pages]), tuple(pages))


def at_time(as_of: int | None) -> dict[str, str]:
    """The parameter of the address for the stock of a time."""
    return {} if as_of is None else {"as_of": str(as_of)}


def require_time(checked: Checked, as_of: int | None) -> None:
    """Checks that a proven answer is of the time that was asked for: its block is not later, the next one is.

    The bundle's signed header is that of the next block, and a block's time is its header's, but later than its
    parent's. Raises Refusal.
    """
    verdict = checked.verdict
    if as_of is None or verdict is None:
        return
    after = max(verdict.header_time.seconds, verdict.block_time + 1)
    if not verdict.block_time <= as_of < after:
        sentence = f"block {verdict.block} was the newest from {verdict.block_time} to {after - 1}, not at {as_of}"
        raise Refusal(Step.QUESTION, Code.WRONG_QUESTION, sentence)


def require_same_block(page: Checked, first: Checked) -> None:
    """Checks that a further page is of the first one's block: of two moments goods could be counted twice, or not.

    Raises Refusal.
    """
    if page.block.get("height") != first.block.get("height"):
        sentence = f"a page of block {page.block.get('height')} follows one of block {first.block.get('height')}"
        raise Refusal(Step.QUESTION, Code.WRONG_QUESTION, sentence)


def merged(answers: list[dict[str, Any]]) -> dict[str, Any]:
    """One answer out of those of all pages: what is known and counted is the same in each, lanes and lots add up."""
    sums = {lane: str(sum(int(answer[lane]) for answer in answers)) for lane in LANES}
    return {**answers[0], **sums, "by_lot": [entry for answer in answers for entry in answer["by_lot"]]}


def numbered(file: Path, page: int) -> Path:
    """Where the bundle of a further page goes: stock.json becomes stock.2.json."""
    return file.with_name(f"{file.stem}.{page}{file.suffix}")
