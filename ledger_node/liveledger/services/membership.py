"""The roll of members: every organisation with its power, votes and nodes, on the final state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from liveledger.bindings import consortium, validators
from liveledger.bindings.constants import (
    CONSORTIUM_ADDRESS,
    FAULT_TOLERANT_FROM,
    VALIDATORS_ADDRESS,
    Status,
)
from liveledger.chain.contracts.registry import name_text
from liveledger.chain.rpc.connection import Connection
from liveledger.chain.rpc.finality import final_height
from liveledger.domain.errors import NotFound
from liveledger.domain.hashing import hex_bytes
from liveledger.services.member_names import kind_name
from liveledger.services.members import Call


@dataclass(frozen=True, slots=True)
class MemberRow:
    """One organisation; ``nodes`` are CometBFT's node ids (40 hex digits)."""

    number: int
    kind: str
    status: str
    gln: str
    power: int
    validators: int
    votes: bool
    nodes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return {name: getattr(self, name) for name in self.__slots__} | {"nodes": list(self.nodes)}

    def text(self) -> str:
        """One line for a terminal."""
        vote = "votes" if self.votes else "no vote"
        return (
            f"{self.number:>4}  {self.kind:<10} {self.status:<9} {self.gln}  power {self.power:>4}  {vote:<7}  "
            f"{len(self.nodes)} node(s)"
        )


@dataclass(frozen=True, slots=True)
class Roll:
    """All members, and what follows from their number. ``administrator`` is an address in hex."""

    governed: bool
    administrator: str
    voters: int
    total_power: int
    paused: tuple[str, ...]
    members: tuple[MemberRow, ...]

    @property
    def holders(self) -> int:
        """Number of organisations with voting power."""
        return sum(1 for member in self.members if member.power)

    @property
    def fault_tolerant(self) -> bool:
        """Whether any one organisation may fail or lie: from four with power on."""
        return self.holders >= FAULT_TOLERANT_FROM

    def find(self, gln: str) -> MemberRow:
        """The organisation with this GLN that was not removed. Raises NotFound."""
        for member in self.members:
            if member.gln == gln and member.status != "removed":
                return member
        raise NotFound(f"no member has the GLN {gln}", hint="`liveledger member list` shows all", gln=gln)

    def as_dict(self) -> dict[str, Any]:
        """Plain data for ``--json``."""
        return {
            "governed": self.governed,
            "administrator": self.administrator,
            "voters": self.voters,
            "total_power": self.total_power,
            "fault_tolerant": self.fault_tolerant,
            "paused": list(self.paused),
            "members": [member.as_dict() for member in self.members],
        }

    def lines(self) -> list[str]:
        """Some lines for a terminal."""
        rule = "governed by votes" if self.governed else f"administered by {self.administrator}"
        tolerant = "" if self.fault_tolerant else "  NOT FAULT TOLERANT: fewer than four organisations hold power"
        paused = f"  paused: {', '.join(self.paused)}" if self.paused else ""
        head = f"{len(self.members)} organisation(s), {self.voters} vote; {rule}{paused}{tolerant}"
        return [head, *(member.text() for member in self.members)]


def read_roll(connection: Connection) -> Roll:
    """Reads the roll."""
    height = final_height(connection)

    def ask(call: Call, of: bytes = CONSORTIUM_ADDRESS) -> bytes:
        return connection.execution.call(of, call.calldata(), height)

    totals = consortium.decode_totals(ask(consortium.Totals()))
    nodes = _nodes(ask(validators.Nodes(), VALIDATORS_ADDRESS))
    administrator = ask(consortium.Administrator())[12:]
    members = tuple(
        _row(
            number,
            consortium.decode_organisation_of(ask(consortium.OrganisationOf(number))),
            validators.decode_powers_of(ask(validators.PowersOf(number), VALIDATORS_ADDRESS)),
            nodes.get(number, ()),
        )
        for number in range(1, totals.organisations + 1)
    )
    return Roll(
        governed=consortium.decode_handed_over(ask(consortium.HandedOver())),
        administrator=hex_bytes(administrator),
        voters=sum(member.votes for member in members),
        total_power=validators.decode_totals(ask(validators.Totals(), VALIDATORS_ADDRESS)).power,
        paused=tuple(map(name_text, consortium.decode_paused_rules(ask(consortium.PausedRules())))),
        members=members,
    )


def _nodes(answer: bytes) -> dict[int, tuple[str, ...]]:
    found = validators.decode_nodes(answer)
    owners: dict[int, tuple[str, ...]] = {}
    for node_id, node in zip(found.node_ids, found.entries, strict=True):
        owners[node.organisation] = (*owners.get(node.organisation, ()), bytes(node_id).hex())
    return owners


def _row(
    number: int, organisation: consortium.Organisation, standing: validators.Power, nodes: tuple[str, ...]
) -> MemberRow:
    status = Status(organisation.status)
    return MemberRow(
        number=number,
        kind=kind_name(organisation.kind),
        status=status.name.lower(),
        gln=f"{organisation.gln:013}",
        power=standing.power,
        validators=standing.validators,
        votes=status is Status.ACTIVE and standing.power > 0,
        nodes=nodes,
    )
