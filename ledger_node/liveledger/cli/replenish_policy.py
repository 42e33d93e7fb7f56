"""What ``liveledger replenish`` sets: a policy file applied, levels computed from demand."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

from liveledger_oracles.replenishment.demand import Demand
from liveledger_oracles.replenishment.levels import ComputedLevels, Service, compute, lead_seconds

from liveledger.chain.replenishment import Levels, ListedPlace, ReplenishmentReader, ReplenishmentWriter
from liveledger.cli.policy_file import PolicyFile
from liveledger.domain.errors import InvalidInput, NotFound
from liveledger.domain.hashing import keccak
from liveledger.rules.replenishment import Way


@dataclass(frozen=True, slots=True)
class LevelRow:
    """Levels as they go to the chain, with the names that people use: SKU code and GLN."""

    code: str
    gln: int
    safety: int
    levels: Levels

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        levels = self.levels
        return {
            "sku": self.code,
            "place": f"{self.gln:013}",
            "safety": self.safety,
            "threshold": levels.threshold,
            "target": levels.target,
            "lead_seconds": levels.lead_seconds,
        }

    def text(self) -> str:
        """One line for a terminal."""
        return (
            f"{self.code} at {self.gln:013}: threshold {self.levels.threshold} (safety {self.safety}),"
            f" target {self.levels.target}, lead time {self.levels.lead_seconds} s"
        )


def basis(content: bytes) -> bytes:
    """Commitment (32 bytes) to the file of demand that levels were computed from."""
    return keccak(content)


def apply(reader: ReplenishmentReader, writer: ReplenishmentWriter, brand: int, wanted: PolicyFile, block: int) -> None:
    """Sets what differs from the chain at ``block``: settings, then places, then links."""
    if wanted.settings is not None and not _has_settings(reader, brand, block, wanted):
        writer.set_settings(wanted.settings)
    listed = set(reader.places(brand, block))
    for gln, (region, hub) in wanted.places.items():
        place = ListedPlace(reader.place(gln, block), region, hub)
        if place not in listed:
            writer.set_place(place)
    links = {(reader.place(a, block), reader.place(b, block)): way for (a, b), way in wanted.links.items()}
    changed: dict[tuple[int, int], Way] = {}
    known = {to: reader.ways_into(brand, to, block) for to in {to for _, to in links}}
    for (source, to), way in links.items():
        if known[to].get(source) != way:
            changed[source, to] = way
    writer.set_links(changed)


def show(reader: ReplenishmentReader, brand: int, block: int) -> dict[str, Any]:
    """A brand's policy at ``block`` as plain data; places by number. Raises NotFound when it has no settings."""
    places = reader.places(brand, block)
    return {
        "brand": brand,
        "block": block,
        "settings": asdict(reader.settings(brand, block)),
        "places": [asdict(listed) for listed in places],
        "links": [
            {"from": source, "to": listed.place, **asdict(way)}
            for listed in places
            for source, way in reader.ways_into(brand, listed.place, block).items()
        ],
    }


def text(shown: dict[str, Any]) -> str:
    """The policy for a terminal."""
    lines = [f"{name:<20} {value}" for name, value in shown["settings"].items()]
    for listed in shown["places"]:
        lines.append(f"place {listed['place']}: region {listed['region']}{', hub' if listed['hub'] else ''}")
    for link in shown["links"]:
        way = f"{link['metres']} m, {link['transit_seconds']} s, {link['carbon_grams']} g a unit"
        lines.append(f"{link['from']} to {link['to']}: {way}")
    return "\n".join(lines)


def levels(
    reader: ReplenishmentReader,
    brand: int,
    demand: Demand,
    block: int,
    *,
    days: int,
    end: date | None,
    service: Service,
) -> list[LevelRow]:
    """Levels of every SKU and place in ``demand``, over the ``days`` days before ``end`` (else the last day's next).

    Raises NotFound for a SKU or place that the ledger does not know, InvalidInput for what cannot be computed.
    """
    last = demand.last_day()
    if last is None:
        return []
    until, settings = end or last + timedelta(days=1), reader.settings(brand, block)
    leads: dict[int, int] = {}
    rows = []
    for code, gln in sorted(demand.units, key=lambda spot: (str(spot[0]), spot[1])):
        place = reader.place(gln, block)
        if place not in leads:
            leads[place] = lead_seconds(reader.ways_into(brand, place, block).values(), settings)
        found = _computed(demand, (code, gln), until, days, leads[place], service)
        sku = reader.sku(brand, str(code), block)
        row = Levels(sku, place, found.threshold, found.target, leads[place])
        rows.append(LevelRow(str(code), gln, found.safety, row))
    return rows


def _computed(
    demand: Demand, spot: tuple[str | int, int], end: date, days: int, lead: int, service: Service
) -> ComputedLevels:
    try:
        return compute(demand.stats(spot, end, days), lead, service)
    except InvalidInput as error:
        raise InvalidInput(f"{spot[0]} at {spot[1]:013}: {error.message}", **error.details) from None


def _has_settings(reader: ReplenishmentReader, brand: int, block: int, wanted: PolicyFile) -> bool:
    try:
        return reader.settings(brand, block) == wanted.settings
    except NotFound:
        return False
