"""What ``liveledger replenish policy`` shows."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from liveledger.services.replenishment import ReplenishmentReader


def show(reader: ReplenishmentReader, brand: int, block: int) -> dict[str, Any]:
    """A brand's policy at ``block`` as plain data; places by number. Raises NotFound when it has no settings."""
    places = reader.places(brand, block)
    numbers = [listed.place for listed in places]
    ways = reader.ways(brand, [(source, to) for to in numbers for source in numbers if source != to], block)
    return {
        "brand": brand,
        "block": block,
        "settings": asdict(reader.settings(brand, block)),
        "places": [asdict(listed) for listed in places],
        "links": [{"from": source, "to": to, **asdict(way)} for (source, to), way in ways.items()],
    }


def lines(shown: dict[str, Any]) -> list[str]:
    """The policy for a terminal."""
    lines = [f"{name:<21} {value}" for name, value in shown["settings"].items()]
    for listed in shown["places"]:
        lines.append(f"place {listed['place']}: region {listed['region']}{', hub' if listed['hub'] else ''}")
    for link in shown["links"]:
        way = f"{link['metres']} m, {link['transit_seconds']} s, {link['carbon_grams']} g a unit"
        lines.append(f"{link['from']} to {link['to']}: {way}")
    return lines
