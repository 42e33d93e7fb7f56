"""Every command: under which heading it is listed, where it stands, and what it says of itself in one line.

The list is shown without loading a command; `tests/house/test_catalogue.py` holds each line to the command's own help.
"""

from __future__ import annotations

from typing import NamedTuple

TRY, GOODS, MEMBERS = "Try it", "Goods and stock", "Members"
CHECKS, NODES, PLUMBING = "Check answers", "Run a node", "Plumbing"


class Command(NamedTuple):
    """``target``: module below `liveledger_cli` and attribute, a `typer.Typer` or a function.

    ``acts_as``: label of the account that acts for a function when none is named.
    """

    panel: str
    target: str
    about: str
    acts_as: str | None = None


# In the order in which they are listed: what people come for first, plumbing last.
COMMANDS: dict[str, Command] = {
    "demo": Command(TRY, "demo.commands:demo", "Play real trading days over a real chain and check the answers."),
    "up": Command(TRY, "demo.commands:up", "Start a node and the API."),
    "down": Command(TRY, "demo.commands:down", "Stop the API and the node."),
    "doctor": Command(
        TRY, "doctor.commands:doctor", "Say what is here, which version, and what to do about what is missing."
    ),
    "stock": Command(GOODS, "stock.commands:stock_commands", "Stock of a SKU at a place, and what moved it."),
    "movement": Command(GOODS, "movement.commands:movement_commands", "Movements of stock."),
    "item": Command(GOODS, "item.commands:item_commands", "The history of an item or lot."),
    "sku": Command(GOODS, "sku.commands:sku_commands", "A brand's goods: SKUs and their lots."),
    "lot": Command(GOODS, "lot.commands:lot_commands", "Lots of SKUs, by their codes."),
    "location": Command(GOODS, "location.commands:location_commands", "Locations, and what they hold."),
    "returns": Command(
        GOODS, "returns.commands:returns_commands", "Goods that came back: their grades and what becomes of them."
    ),
    "replenish": Command(
        GOODS, "replenish.commands:replenish_commands", "Orders that bring goods where they run short."
    ),
    "health": Command(GOODS, "health.commands:health_commands", "How well stock is kept, and the capital bound in it."),
    "accuracy": Command(
        GOODS, "accuracy.commands:accuracy", "Show the accuracy of all places, or the comparisons of one, newest first."
    ),
    "reconcile": Command(
        GOODS,
        "reconcile.commands:reconcile",
        "Compare a snapshot with the stock that the ledger had at its time.",
        "operator",
    ),
    "snapshot": Command(GOODS, "snapshot.commands:snapshot_commands", "Stock snapshots of other systems."),
    "correction": Command(
        GOODS, "correction.commands:correction_commands", "Undo movements, or adjust over the daily limit."
    ),
    "member": Command(MEMBERS, "member.commands:member_commands", "Members of the ledger, their proposals and votes."),
    "organisation": Command(
        MEMBERS, "organisation.commands:organisation_commands", "Organisations that are members of the ledger."
    ),
    "brand": Command(MEMBERS, "brand.commands:brand_commands", "Organisations that are brands."),
    "key": Command(MEMBERS, "key.commands:key_commands", "Accounts' keys: encrypted files of this home."),
    "login": Command(MEMBERS, "login.commands:login", "Log in at the API with an account's key."),
    "logout": Command(MEMBERS, "login.commands:logout", "End the login, at the API and on this machine."),
    "acts": Command(MEMBERS, "acts.commands:acts_commands", "What was done and decided."),
    "verify": Command(
        CHECKS, "verify.commands:verify", "Check a proof bundle against your own question and trust anchor."
    ),
    "show": Command(CHECKS, "verify.commands:show", "Decode a bundle."),
    "trust": Command(CHECKS, "trust.commands:trust_commands", "Trust anchors: what a client checks answers with."),
    "renew": Command(CHECKS, "verify.renew:renew", "Put a saved bundle under the newest header."),
    "withhold": Command(CHECKS, "verify.withhold:withhold", "Withhold fields of the events of a saved history."),
    "node": Command(NODES, "node.commands:node_commands", "One node: geth, CometBFT and the bridge."),
    "network": Command(
        NODES, "network.commands:network_commands", "The nodes on this machine; packages for other hosts."
    ),
    "signer": Command(
        NODES, "signer.commands:signer_commands", "A remote signer: the validator's key outside its node."
    ),
    "api": Command(NODES, "api.commands:api_commands", "The API server: capture, queries, proofs."),
    "erp": Command(NODES, "erp.commands:erp_commands", "Stock messages of other systems over MQTT."),
    "deploy": Command(
        PLUMBING,
        "deploy.commands:deploy",
        "Create the contracts that the on-chain directory does not list yet, and write the manifest.",
        "administrator",
    ),
    "contract": Command(
        PLUMBING,
        "contract.commands:contract",
        "Show what the directory says of a contract, checked against this home's trust anchor.",
    ),
    "index": Command(
        PLUMBING, "fsck.commands:index_commands", "The index: derived from finalised blocks, rebuildable."
    ),
    "fsck": Command(
        PLUMBING,
        "fsck.commands:fsck",
        "Build the index anew and compare it with the live one and with the chain's storage.",
    ),
    "past": Command(PLUMBING, "past.commands:past_commands", "Hashes of old blocks, kept on the chain."),
    "engine": Command(PLUMBING, "engine.commands:engine_commands", "The pinned engines, geth and CometBFT."),
}
