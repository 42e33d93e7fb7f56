"""Numbers of a brand's SKUs, as the StockLedger gave them."""

from __future__ import annotations

from collections.abc import Sequence

from liveledger.bindings import stock_ledger
from liveledger.chain.rpc.nodes import ExecutionRpc
from liveledger.chain.rpc.view_words import view_words


def sku_numbers(execution: ExecutionRpc, stock: bytes, brand: int, codes: Sequence[str], block: int) -> list[int]:
    """Number of each code after ``block``, 0 where the brand has no such SKU; ``stock``: the StockLedger's address."""
    return view_words(execution, stock, [stock_ledger.SkuByCode(brand, code).calldata() for code in codes], block)
