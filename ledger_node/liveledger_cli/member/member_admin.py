"""What an organisation keeps itself, without a vote: its nodes and places."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liveledger.bindings.constants import CONSORTIUM_ADDRESS, MAX_ORGANISATION, OrganisationKind, Role, Status
from liveledger.domain import gs1
from liveledger.domain.errors import InvalidInput, NotFound, RuleViolation
from liveledger.domain.hashing import hex_bytes
from liveledger.domain.keys import SYSTEM
from liveledger.domain.member_words import gln_of, organisation_of, status_of
from liveledger.services.member_names import kind_name
from liveledger_cli.common.connections import connected, sending
from liveledger_cli.common.context import Output, kebab, read_limited
from liveledger_cli.common.ledger_context import Commands, LedgerContext
from liveledger_cli.common.read_back import require
from liveledger_cli.member.propose import hex_argument

if TYPE_CHECKING:
    from liveledger.bindings import validators
    from liveledger.chain.outbox.sender import Sender
    from liveledger.chain.rpc.connection import Connection
    from liveledger.services.members import Call


NODE_ID_BYTES, ADDRESS_BYTES = 20, 20
_NUMBER = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
# Label of the account that acts for a brand unless another is named (docs/keys.md).
BRAND = "brand"

own_node_commands = Commands(help="How others reach this organisation's nodes.", no_args_is_help=True)
place_commands = Commands(help="Places that organisations operate: stores, shops, docks.", no_args_is_help=True)


def acting_for(sender: Sender, role: Role) -> int:
    """Number of the organisation that the sender acts for with ``role``. Raises RuleViolation with why it does not."""
    from liveledger.bindings import consortium
    from liveledger.chain.rpc.reverts import explain
    from liveledger.chain.rpc.transport import RpcError

    try:
        answer = _answer(sender.connection, consortium.Authorise(sender.address, role))
    except RpcError as error:
        refusal = explain(error, sender.names)
        name = kebab(str(role.name))
        refusal.hint = f"needed is an account with the role {name}: name it with --as, or `liveledger member account`"
        raise refusal from error
    return consortium.decode_authorise(answer)


def require_brand(connection: Connection, organisation: int) -> None:
    """Raises InvalidInput for an organisation that is no brand, whose acts about goods the contracts would refuse."""
    from liveledger.bindings import consortium

    answer = _answer(connection, consortium.OrganisationOf(organisation))
    kind = consortium.decode_organisation_of(answer).kind
    if kind != OrganisationKind.BRAND:
        raise InvalidInput(
            f"organisation {organisation} is no brand but {kind_name(kind)}", hint="name a brand's account with --as"
        )


def own_number(sender: Sender) -> int:
    """Number of the sender's organisation. Raises NotFound for an account that is no member's."""
    from liveledger.bindings import consortium

    (word,) = _words(sender.connection, [consortium.MemberOf(sender.address)])
    number = organisation_of(word)
    if not number:
        raise NotFound(f"{hex_bytes(sender.address)} is no member's account", hint="`liveledger member request`")
    return number


def carry_out(sender: Sender, name: str, call: Call) -> None:
    """Does what may be done again later: the height tells one time from the next. Raises RuleViolation."""
    from liveledger.chain.rpc.finality import final_height
    from liveledger.services.governance import target_of
    from liveledger.services.members import Act, Registrar

    key = f"{name}:{final_height(sender.connection)}"
    Registrar(sender).carry_out([Act(key, target_of(call), call.calldata())])


@own_node_commands.command("set", acts_as=SYSTEM)
def set_node(
    here: LedgerContext,
    card: Annotated[Path, typer.Argument(help="The node's card (`liveledger node card`)", exists=True, dir_okay=False)],
) -> None:
    """List a node of this organisation, or change how it is reached: from the next block on it is everybody's peer."""
    from liveledger.bindings import validators
    from liveledger.node.admission import listed_node
    from liveledger.node.descriptors import MAX_CARD_BYTES, read_card

    member = read_card(read_limited(card, MAX_CARD_BYTES))
    with sending(here) as sender:
        entry = listed_node(member, own_number(sender))
        carry_out(sender, f"set-node:{member.node_id}", validators.SetNode(bytes.fromhex(member.node_id), entry))
        listed = _node(sender.connection, entry.organisation, bytes.fromhex(member.node_id))
        require(f"the entry of the node {member.node_id}", "as the card says", _likeness(listed, entry))
    shown = {"node_id": member.node_id, "organisation": str(listed.organisation), "host": member.host}
    _say(here.as_json, shown, "listed")


@own_node_commands.command("remove", acts_as=SYSTEM)
def remove_node(
    here: LedgerContext, node_id: Annotated[str, typer.Argument(help="CometBFT's node id (40 hex digits)")]
) -> None:
    """Take a node of this organisation off the list: the others drop it within a day."""
    from liveledger.bindings import validators

    target = hex_argument(node_id, NODE_ID_BYTES, "node id")
    with sending(here) as sender:
        mine = own_number(sender)
        carry_out(sender, f"remove-node:{target.hex()}", validators.RemoveNode(mine, target))
        require(f"the node {target.hex()}'s organisation", 0, _node(sender.connection, mine, target).organisation)
    _say(here.as_json, {"node_id": target.hex()}, "removed")


@place_commands.command("add", acts_as=SYSTEM)
def add_place(
    here: LedgerContext, gln: Annotated[str, typer.Argument(help="The place's Global Location Number (13 digits)")]
) -> None:
    """Register a place that this organisation operates; one that is registered already stays as it is."""
    from liveledger.bindings import consortium
    from liveledger.services.members import Registrar

    wanted = gs1.gln(gln)
    with sending(here) as sender:
        number = acting_for(sender, Role.SYSTEM_ADMIN)
        changed = not _is_own_place(sender.connection, wanted, number)
        (place,) = Registrar(sender).register_places([(number, wanted)])
        (word,) = _words(sender.connection, [consortium.PlaceOf(place)])
        require(f"the place {place} with its operator", (wanted, number), (gln_of(word), organisation_of(word)))
    shown = {"place": str(place), "gln": gln, "operator": str(number), "changed": changed}
    said = f"registered: place {place} with the GLN {gln}, operated by organisation {number}"
    again = f"nothing to do: place {place} with the GLN {gln} is this organisation's already"
    here.output.result(shown, said if changed else again)


@place_commands.command("list")
def list_places(here: LedgerContext) -> None:
    """Every place with the organisation that operates it."""
    with connected(here) as connection:
        words = _place_words(connection)
    rows = [
        {
            "place": str(number),
            "gln": gs1.gln_text(gln_of(word)),
            "operator": str(organisation_of(word)),
            "status": Status(status_of(word)).name.lower(),
        }
        for number, word in enumerate(words, 1)
    ]
    lines = [f"{row['place']:>5}  {row['gln']}  organisation {row['operator']:>4}  {row['status']}" for row in rows]
    here.output.result({"places": rows}, lines or "no places")


def organisation_called(connection: Connection, text: str) -> int:
    """Number of an organisation that is named by GLN or number. Raises InvalidInput, NotFound."""
    from liveledger.bindings import consortium

    if len(text) == gs1.GLN_LENGTH:
        (number,) = _words(connection, [consortium.OrganisationByGln(gs1.gln(text))])
    elif _NUMBER.fullmatch(text) and int(text) <= MAX_ORGANISATION:
        answer = _answer(connection, consortium.OrganisationOf(int(text)))
        number = int(text) if consortium.decode_organisation_of(answer).status else 0
    else:
        raise InvalidInput(f"{text[:40]!r} is no organisation", hint="its GLN (13 digits) or its number")
    if not number:
        raise NotFound(f"no member is called {text}", hint="`liveledger member list` shows all")
    return number


def no_sku(brand: int, code: str) -> NotFound:
    """What is said of a code that the brand never registered."""
    return NotFound(f"brand {brand} has no SKU {code!r}", hint="`liveledger sku add` registers one", sku=code)


def _is_own_place(connection: Connection, gln: int, own: int) -> bool:
    """Whether the place is registered for organisation ``own``. Raises RuleViolation when it is another's."""
    from liveledger.bindings import consortium

    place, reserved = _words(connection, [consortium.PlaceByGln(gln), consortium.ReservedFor(gln)])
    if not place or reserved == own:
        return False
    (word,) = _words(connection, [consortium.PlaceOf(place)])
    if organisation_of(word) != own:
        raise RuleViolation(
            f"the place {gs1.gln_text(gln)} is operated by organisation {organisation_of(word)}",
            hint="`liveledger member place list` shows all; `liveledger member propose place` says whose it is",
            reason="ConsortiumGlnTaken",
        )
    return True


def _place_words(connection: Connection) -> list[int]:
    from liveledger.bindings import consortium

    places = consortium.decode_totals(_answer(connection, consortium.Totals())).places
    return _words(connection, [consortium.PlaceOf(number) for number in range(1, places + 1)])


def _words(connection: Connection, calls: Sequence[Call]) -> list[int]:
    from liveledger.chain.rpc.finality import final_height
    from liveledger.chain.rpc.view_words import view_words

    data = [call.calldata() for call in calls]
    return view_words(connection.execution, CONSORTIUM_ADDRESS, data, final_height(connection))


def _likeness(listed: validators.Node, entry: validators.Node) -> str:
    # As the contract is told them: a list that came back is a tuple.
    from liveledger.bindings import validators

    told = [validators.SetNode(bytes(NODE_ID_BYTES), node).calldata() for node in (listed, entry)]
    return "as the card says" if told[0] == told[1] else "another one"


def _node(connection: Connection, organisation: int, node_id: bytes) -> validators.Node:
    from liveledger.bindings import validators

    return validators.decode_node_of(_answer(connection, validators.NodeOf(organisation, node_id)))


def _answer(connection: Connection, call: Call) -> bytes:
    from liveledger.chain.rpc.finality import final_height
    from liveledger.services.governance import target_of

    return connection.execution.call(target_of(call), call.calldata(), final_height(connection))


def _say(as_json: bool, shown: Mapping[str, object], word: str) -> None:
    text = "  ".join(f"{name} {value}" for name, value in shown.items())
    Output(as_json).result(shown, f"{word}: {text}")
