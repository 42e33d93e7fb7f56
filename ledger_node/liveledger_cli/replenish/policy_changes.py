"""What makes the chain's policy of a brand equal to a file: the difference, in the order in which it is carried out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from liveledger.domain.errors import InvalidInput, NotFound
from liveledger.rules.replenishment.terms import Settings, Way
from liveledger.services.replenishment import ListedPlace, ReplenishmentReader, ReplenishmentWriter
from liveledger_cli.replenish.policy_file import PolicyFile

Ends = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Policy:
    """A brand's policy by the numbers of its places; None = of no concern, it stays as it is."""

    settings: Settings | None
    places: Mapping[int, ListedPlace] | None
    links: Mapping[Ends, Way] | None


@dataclass(frozen=True, slots=True)
class Changes:
    """The acts: links are closed and hubs demoted before places go and come, since a region has one hub at a time."""

    settings: Settings | None
    closed: tuple[Ends, ...]
    demoted: tuple[ListedPlace, ...]
    removed: tuple[int, ...]
    listed: tuple[ListedPlace, ...]
    linked: Mapping[Ends, Way]

    def lines(self) -> list[str]:
        """One line an act, for a person to look at."""
        return list(self._lines())

    def _lines(self) -> Iterator[str]:
        if self.settings is not None:
            yield "set the settings"
        yield from (f"close the link from place {a} to {b}" for a, b in self.closed)
        yield from (f"place {row.place} is no hub any more" for row in self.demoted)
        yield from (f"take place {place} off the list" for place in self.removed)
        for row in self.listed:
            yield f"list place {row.place} in region {row.region}{', a hub' if row.hub else ''}"
        for (a, b), way in self.linked.items():
            yield f"link place {a} to {b}: {way.metres} m, {way.transit_seconds} s, {way.carbon_grams} g a unit"

    def carry_out(self, writer: ReplenishmentWriter) -> None:
        """Does them one after the other; after an error the same file gives what is left. Raises RuleViolation."""
        if self.settings is not None:
            writer.set_settings(self.settings)
        writer.set_links(dict.fromkeys(self.closed))
        for row in self.demoted:
            writer.set_place(row)
        for place in self.removed:
            writer.remove_place(place)
        for row in self.listed:
            writer.set_place(row)
        writer.set_links(self.linked)


def difference(current: Policy, wanted: Policy) -> Changes:
    """The acts from ``current``, which has places and links, to ``wanted``.

    Links of a place that goes are closed with it. Raises InvalidInput for a link to a place that will not be listed.
    """
    now, ways = current.places or {}, current.links or {}
    places = now if wanted.places is None else wanted.places
    kept = {ends: way for ends, way in ways.items() if set(ends) <= places.keys()}
    links = kept if wanted.links is None else wanted.links
    stray = next((ends for ends in links if not set(ends) <= places.keys()), None)
    if stray is not None:
        raise InvalidInput(f"a link from place {stray[0]} to {stray[1]} needs both on the list", link=list(stray))
    changed = [row for number, row in sorted(places.items()) if now.get(number) != row]
    demoted = [ListedPlace(row.place, now[row.place].region, hub=False) for row in changed if _was_hub(now, row)]
    return Changes(
        settings=wanted.settings if wanted.settings != current.settings else None,
        closed=tuple(ends for ends in sorted(ways) if ends not in links),
        demoted=tuple(demoted),
        removed=tuple(sorted(now.keys() - places.keys())),
        listed=tuple(row for row in changed if row not in demoted),
        linked={ends: way for ends, way in sorted(links.items()) if ways.get(ends) != way},
    )


def changes(reader: ReplenishmentReader, brand: int, wanted: PolicyFile, block: int) -> Changes:
    """The acts from the chain at ``block`` to a file. Raises NotFound for a GLN that the ledger does not know."""
    settings = wanted.settings
    places: dict[int, ListedPlace] | None = None
    links: dict[Ends, Way] | None = None
    if wanted.places is not None:
        rows = [ListedPlace(reader.place(gln, block), region, hub) for gln, (region, hub) in wanted.places.items()]
        places = {row.place: row for row in rows}
    if wanted.links is not None:
        links = {(reader.place(a, block), reader.place(b, block)): way for (a, b), way in wanted.links.items()}
    return difference(_current(reader, brand, block, places or {}), Policy(settings, places, links))


def _current(reader: ReplenishmentReader, brand: int, block: int, coming: Mapping[int, ListedPlace]) -> Policy:
    """The chain's policy; links of places that are to come count too: those of an earlier listing may still be open."""
    listed = {row.place: row for row in reader.places(brand, block)}
    try:
        settings = reader.settings(brand, block)
    except NotFound:
        settings = None
    numbers = sorted(listed.keys() | coming.keys())
    ways = reader.ways(brand, [(a, b) for a in numbers for b in numbers if a != b], block)
    return Policy(settings, listed, ways)


def _was_hub(now: Mapping[int, ListedPlace], row: ListedPlace) -> bool:
    return row.place in now and now[row.place].hub
