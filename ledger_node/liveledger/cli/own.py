"""What an organisation keeps itself, without a vote: its accounts (security administrator) and nodes (system one)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from liveledger.bindings import consortium
from liveledger.bindings.constants import CONSORTIUM_ADDRESS, Status
from liveledger.chain.accounts import address_of
from liveledger.chain.finality import final_height
from liveledger.chain.members import Act, Call, Registrar, organisation_of
from liveledger.chain.sender import Sender
from liveledger.cli.connected import AsOption, NodeOption, accounts_of, sending
from liveledger.cli.context import HomeOption, JsonOption, LedgerOption, Output, find_home, read_limited
from liveledger.cli.propose import hex_argument, parse_roles
from liveledger.domain.errors import NotFound
from liveledger.domain.hashing import hex_bytes
from liveledger.engine.admission import listed_node
from liveledger.engine.cards import MAX_CARD_BYTES, read_card
from liveledger.engine.handover import SECURITY, SYSTEM

RolesArgument = Annotated[list[str], typer.Argument(help="Roles in kebab case, such as post-movements")]
NODE_ID_BYTES, ADDRESS_BYTES = 20, 20

account_commands = typer.Typer(help="Accounts of this organisation.", no_args_is_help=True)
own_node_commands = typer.Typer(help="How others reach this organisation's nodes.", no_args_is_help=True)


def _own_number(sender: Sender) -> int:
    """Number of the sender's organisation. Raises NotFound for an account that is no member's."""
    data = consortium.MemberOf(sender.address).calldata()
    word = sender.connection.execution.call(CONSORTIUM_ADDRESS, data, final_height(sender.connection))
    number = organisation_of(int.from_bytes(word))
    if not number:
        raise NotFound(f"{hex_bytes(sender.address)} is no member's account", hint="`liveledger member request`")
    return number


def _carry_out(sender: Sender, name: str, call: Call) -> None:
    key = f"{name}:{final_height(sender.connection)}"
    Registrar(sender).carry_out([Act(key, CONSORTIUM_ADDRESS, call.calldata())])


@account_commands.command("add")
def add_account(
    key_label: Annotated[str, typer.Argument(metavar="LABEL", help="Label of its key (`liveledger key create`)")],
    roles: RolesArgument,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: NodeOption = 0,
    label: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Register an account of this organisation with its roles; it is given an allowance for gas."""
    wanted = parse_roles(roles)
    account = accounts_of(find_home(home, ledger)).load(key_label)
    with sending(home, ledger, node, label or SECURITY) as sender:
        number = _own_number(sender)
        Registrar(sender).register_accounts([(account, number, wanted)])
    _say(
        as_json, {"address": hex_bytes(address_of(account)), "organisation": number, "roles": int(wanted)}, "registered"
    )


@account_commands.command("set")
def set_account(
    address: Annotated[str, typer.Argument(help="Address of the account (0x and 40 hex digits)")],
    roles: Annotated[
        list[str] | None, typer.Argument(help="All roles that it is to have; none leaves it without")
    ] = None,
    suspend: Annotated[bool, typer.Option("--suspend", help="It cannot act until it is set again")] = False,
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: NodeOption = 0,
    label: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set status and roles of an account of this organisation: at once, without a vote."""
    target, wanted = hex_argument(address, ADDRESS_BYTES, "address"), parse_roles(roles or [])
    status = Status.SUSPENDED if suspend else Status.ACTIVE
    with sending(home, ledger, node, label or SECURITY) as sender:
        _carry_out(sender, f"set-account:{target.hex()}", consortium.SetAccount(target, status, int(wanted)))
    shown = {"address": hex_bytes(target), "status": status.name.lower(), "roles": int(wanted)}
    _say(as_json, shown, status.name.lower())


@own_node_commands.command("set")
def set_node(
    card: Annotated[Path, typer.Argument(help="The node's card (`liveledger node card`)", exists=True, dir_okay=False)],
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: NodeOption = 0,
    label: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """List a node of this organisation, or change how it is reached: from the next block on it is everybody's peer."""
    member = read_card(read_limited(card, MAX_CARD_BYTES))
    with sending(home, ledger, node, label or SYSTEM) as sender:
        entry = listed_node(member, _own_number(sender))
        _carry_out(sender, f"set-node:{member.node_id}", consortium.SetNode(bytes.fromhex(member.node_id), entry))
    _say(as_json, {"node_id": member.node_id, "host": member.host}, "listed")


@own_node_commands.command("remove")
def remove_node(
    node_id: Annotated[str, typer.Argument(help="CometBFT's node id (40 hex digits)")],
    home: HomeOption = None,
    ledger: LedgerOption = "main",
    node: NodeOption = 0,
    label: AsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a node of this organisation off the list: the others drop it."""
    target = hex_argument(node_id, NODE_ID_BYTES, "node id")
    with sending(home, ledger, node, label or SYSTEM) as sender:
        _carry_out(sender, f"remove-node:{target.hex()}", consortium.RemoveNode(target))
    _say(as_json, {"node_id": target.hex()}, "removed")


def _say(as_json: bool, shown: dict[str, object], word: str) -> None:
    text = "  ".join(f"{name} {value}" for name, value in shown.items())
    Output(as_json).result(shown, f"{word}: {text}")
