"""The derived index as the prover's port."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

import sqlalchemy
from sqlalchemy.orm import Session

from liveledger.domain.movements import Lane
from liveledger.domain.streams import Leaf
from liveledger.index import families
from liveledger.index.chain import queries as chain_queries
from liveledger.index.chain.hash_batches import hashes_between
from liveledger.index.members import queries as members_queries
from liveledger.index.returns import queries as returns_queries
from liveledger.index.stock import codes
from liveledger.index.stock import queries as stock_queries
from liveledger.index.stock.in_transit import Standing, standing
from liveledger.index.stock.lot_stock import LotBalance, balances_by_lot, newest_sequences
from liveledger.index.stock.place_movements import At, PlaceMovement, movements_at
from liveledger.index.stock.queries import LotRow
from liveledger.prover.ports import BatchPlace

_Found = TypeVar("_Found")


class StoredIndex:
    """Implements ``IndexPort`` over the index's tables; every question reads in a session of its own.

    What reads a family's tables raises IndexFilling while the index is behind with it: a part is no answer.
    """

    def __init__(self, engine: sqlalchemy.Engine) -> None:
        self._engine = engine

    def height(self) -> int:
        """The last block in the index."""
        with Session(self._engine) as session:
            return chain_queries.height(session)

    def read(self, query: Callable[[Session], _Found], *needed: str) -> tuple[int, _Found]:
        """What a query reads, and the block that it is of: both of one transaction.

        Raises IndexFilling while the index is behind with one of the families that the query needs.
        """
        with families.session_on(self._engine, *needed) as session:
            return chain_queries.height(session), query(session)

    def leaves(self, contract: str, stream_id: bytes, first: int, last: int) -> Sequence[Leaf]:
        """Leaves from the one that holds entry ``first`` to the one that holds entry ``last − 1``.

        Raises IndexFilling while the index is behind with the contract's family.
        """
        with Session(self._engine) as session:
            families.require_contract(session, contract)
            rows = chain_queries.leaves_between(session, contract, stream_id, first, last)
        return [Leaf(row.first_index, row.n, row.block_number, row.block_time, row.poster, row.payload) for row in rows]

    def leaf_hashes(self, contract: str, stream_id: bytes, first: int, last: int) -> Sequence[bytes]:
        """Hashes of the leaves that begin from ``first`` to ``last − 1``."""
        with Session(self._engine) as session:
            return chain_queries.leaf_hashes(session, contract, stream_id, first, last)

    def leaf_block(self, contract: str, stream_id: bytes, first: int, offset: int) -> int | None:
        """Block of the leaf so many leaves behind the one that begins at entry ``first``; None beyond the end."""
        with Session(self._engine) as session:
            return chain_queries.leaf_block(session, contract, stream_id, first, offset)

    def head_before(self, contract: str, stream_id: bytes, first: int) -> bytes:
        """The head before the leaf that holds entry ``first``."""
        with Session(self._engine) as session:
            return chain_queries.leaves(session, contract, stream_id, first, 1)[0].head_before

    def set_changes(self, after: int, before: int) -> Sequence[int]:
        """Heights of changes of the validator set between both."""
        with Session(self._engine) as session:
            return chain_queries.set_changes(session, after, before)

    def block_hashes(self, first: int, end: int) -> Sequence[bytes]:
        """Hashes of the blocks ``first`` to ``end − 1``, of those that the index has."""
        with Session(self._engine) as session:
            return hashes_between(session, first, end)

    def lots(self, brand: int, code: str, first: int, limit: int) -> Sequence[LotRow] | None:
        """Lots of a SKU by number; None when there is no such SKU."""
        with families.session_on(self._engine, "stock") as session:
            sku = stock_queries.sku_by_code(session, brand, code)
            return stock_queries.lots_of(session, sku.sku, first, limit) if sku else None

    def lot_balances(self, sku: int, place: int, lane: Lane) -> list[LotBalance]:
        """What a place holds of each lot of a SKU in a lane, by the lots' numbers; lots with nothing are left out."""
        with families.session_on(self._engine, "stock") as session:
            return balances_by_lot(session, sku, place, lane)

    def in_transit(self, brand: int, code: str, gln: int, seconds: int) -> tuple[int, list[Standing]] | None:
        """The moment so many seconds before the newest block, and what has been in transit to a place since before it.

        None when there is no such SKU or place.
        """
        with families.session_on(self._engine, "stock") as session:
            sku, place = stock_queries.sku_by_code(session, brand, code), members_queries.place_by_gln(session, gln)
            newest = chain_queries.block(session, chain_queries.height(session))
            if sku is None or place is None or newest is None:
                return None
            since = max(0, newest.time - seconds)
            return since, standing(session, sku.sku, place.number, since)

    def newest_sequences(self, lanes: Collection[tuple[bytes, int]]) -> dict[tuple[bytes, int], int]:
        """The newest batch in the index of each lane (account of 20 bytes, number) that has one."""
        with families.session_on(self._engine, "stock") as session:
            return newest_sequences(session, lanes)

    def block_at(self, time: int) -> tuple[int, int] | None:
        """Heights of the newest block not later than ``time`` (Unix seconds) and of the newest of all; None before."""
        with Session(self._engine) as session:
            row = chain_queries.block_at(session, time)
            return (row.height, chain_queries.height(session)) if row else None

    def batch(self, poster: bytes, lane: int, sequence: int) -> BatchPlace | None:
        """Where a batch was posted."""
        with families.session_on(self._engine, "stock") as session:
            row = stock_queries.batch(session, poster, lane, sequence)
        return BatchPlace(row.block, row.tx_index) if row else None

    def brands_of(self, wanted: Collection[str]) -> dict[str, list[tuple[int, int]]]:
        """(brand, GTIN) of the SKUs that have a code, by code; GTIN 0 = none."""
        with families.session_on(self._engine, "stock") as session:
            return codes.brands_of(session, wanted)

    def gradings(
        self, brand: int, after: tuple[int, int, int], limit: int
    ) -> tuple[list[dict[str, str]], tuple[int, int, int] | None]:
        """Gradings and closings of a brand's SKUs behind ``after`` (block, log in it, position), in the chain's order.

        The second part is where the next page begins, None where this one is not full.
        """
        with families.session_on(self._engine, "returns") as session:
            rows = returns_queries.gradings_of_brand(session, brand, after, limit)
        last = rows[-1] if len(rows) == limit else None
        following = None if last is None else (last.block, last.log_index, last.position)
        return [row.as_dict() for row in rows], following

    def movements_at(self, gln: int, after: At | None, limit: int) -> list[PlaceMovement] | None:
        """Movements from and to a place by its GLN, behind ``after``; None when there is no such place."""
        with families.session_on(self._engine, "stock") as session:
            place = members_queries.place_by_gln(session, gln)
            return movements_at(session, place.number, after, limit) if place else None
