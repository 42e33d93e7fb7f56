"""One chain of geth alone for the tests of this folder: eleven hundred blocks, which the slow tests make many more."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from liveledger.chain.rpc.nodes import ExecutionRpc
from liveledger.domain.block_hashes import HASHES_A_BATCH
from liveledger.domain.movements import Kind, Movement
from tests.reference.warehouse import build
from tests.support.bare_geth import bare_geth
from tests.support.long_chain import Long


@pytest.fixture(scope="package")
def long() -> Iterator[Long]:
    with bare_geth() as chain:
        warehouse = build(chain)
        receive = Movement(warehouse.skus[0], Kind.RECEIVE, 0, warehouse.brand_places[0], 77, chain.time(), 0)
        warehouse.post(warehouse.brand_account, [receive])
        made = Long(chain, warehouse, ExecutionRpc(chain.url), old=chain.number)
        made.sign(0)
        made.sign(made.old)
        chain.mine_until(HASHES_A_BATCH + 60)
        yield made
