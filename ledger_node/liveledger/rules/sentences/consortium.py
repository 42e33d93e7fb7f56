"""Sentences of the Consortium about organisations, accounts, places, devices and nodes."""

from __future__ import annotations

from liveledger.bindings.constants import MAX_APPROVAL_ROWS, MAX_NODES_EACH, MAX_ORGANISATION, MAX_PAUSED

_LIST = "`liveledger member list` shows the members"
_PROPOSE = "the members allow it more by a vote: `liveledger member propose limits GLN`"

SENTENCES: dict[str, tuple[str, str]] = {
    "AllowancesNotReplaced": (
        "this is the active contract of gas money: it keeps what it has",
        "once another version took over, anybody has it hand on its money",
    ),
    "AllowancesNotTaken": (
        "the next contract of gas money, {successor}, takes no money",
        "the members list one that does: `liveledger member propose contract`",
    ),
    "ConsortiumAccountSuspended": (
        "the account {account:account} is suspended",
        "its organisation's security administrator sets it again: `liveledger member account set`",
    ),
    "ConsortiumAccountTaken": (
        "the account {account:account} is registered already",
        "an account belongs to one organisation for ever: make a new key with `liveledger key create`",
    ),
    "ConsortiumAccountsFull": (
        "{organisation:org} has as many accounts as it may register",
        _PROPOSE,
    ),
    "ConsortiumAllowanceNotLow": (
        "the account {account:account} has {balance_wei} wei, more than half of its allowance",
        "it is topped up when it needs it",
    ),
    "ConsortiumApprovalEnded": (
        "the approval would end at {until:time}; it is {time:time} already",
        "name a later end, or `liveledger member operator withdraw GLN`",
    ),
    "ConsortiumApprovalNotLimited": (
        "what brand {brand} lets {operator:org} do is not for some places, or SKUs, only: nothing can be added",
        "`liveledger member operator show BRAND GLN` says what it may",
    ),
    "ConsortiumApprovalTooLong": (
        f"{{rows}} places and SKUs at once are too many: {MAX_APPROVAL_ROWS} go into one call",
        "add the others by `liveledger member operator widen`",
    ),
    "ConsortiumAuditorCannotWrite": (
        "the account {account:account} is an audit administrator's, which reads and writes nothing",
        "use an account with another role",
    ),
    "ConsortiumBadGln": ("{gln} is no GLN", "a GLN has 13 digits, the last of them a check digit"),
    "ConsortiumBadNode": (
        "the node {node_id} is listed with an address, port or key that cannot be one",
        "make its card again with `liveledger node card` and list it with that",
    ),
    "ConsortiumBadPossessionProof": (
        "the account {account:account} did not sign its own registration",
        "ask for the request again: it is signed by the account that it names",
    ),
    "ConsortiumDeadlinePassed": (
        "the account's signature was good until {deadline:time}; it is {time:time}",
        "ask for a new request or signature, and look at both clocks",
    ),
    "ConsortiumDeviceOfAnother": (
        "the device's id {device_id} does not begin with the number of {organisation:org}",
        "an organisation's ids of devices are its own: the first two bytes are its number",
    ),
    "ConsortiumDeviceTaken": ("the device {device_id} is registered already", "give the device an id of its own"),
    "ConsortiumFamilyPaused": (
        "the members paused the rules for {family:name}",
        "`liveledger acts list` shows the vote; `liveledger member propose resume` asks for another",
    ),
    "ConsortiumForeignSku": (
        "{sku:sku} is no SKU of brand {brand}",
        "a brand says of its own SKUs alone what others may do with them",
    ),
    "ConsortiumFull": (
        f"the ledger has as many organisations ({MAX_ORGANISATION}) or places as it can number",
        "no more can be registered",
    ),
    "ConsortiumGlnTaken": (
        "the GLN {gln:gln} is registered already",
        "`liveledger member list` and `member place list` show whose it is",
    ),
    "ConsortiumGovernedForGood": (
        "the members govern this ledger; nobody administers it alone again",
        "what concerns all is proposed and voted on: `liveledger member propose`",
    ),
    "ConsortiumMissingRole": (
        "the account {account:account} has not the role {role:roles}",
        "its organisation's security administrator gives it: `liveledger member account set`; or act --as another one",
    ),
    "ConsortiumNoAdministrator": ("nobody would administer the members", "name an account or the Governance contract"),
    "ConsortiumNoSecurityAdministrator": (
        "{organisation:org} has voting power and would have no account that can vote for it",
        "give another account the role security-admin first",
    ),
    "ConsortiumNoVoters": (
        "no organisation could vote: the administration cannot be handed over",
        "give each founder its validator first (`liveledger member found`)",
    ),
    "ConsortiumNodesListed": (
        "{organisation:org} has {nodes} node(s) on the list and keeps it itself",
        "its system administrator lists more: `liveledger member node set CARD`",
    ),
    "ConsortiumNodesFull": (
        f"{{organisation:org}} has {MAX_NODES_EACH} nodes, the most of one organisation, or the list of nodes is full",
        "remove one first: `liveledger member node remove`",
    ),
    "ConsortiumNotAdministrator": (
        "the account {sender:account} may not administer this",
        "act --as the organisation's own system or security administrator; what concerns all is proposed and voted on",
    ),
    "ConsortiumNotBrand": (
        "the account {sender:account} does not sign for brand {brand}",
        "act --as an account of the brand with the role sign-agreements",
    ),
    "ConsortiumNotOfGenesis": (
        "{sender} is none of the active contracts of the registry, which alone may do this",
        "what an account does, it does by the function of its own",
    ),
    "ConsortiumNotPaused": ("the rules for {name:name} are not paused", "`liveledger member list` shows what is"),
    "ConsortiumOrganisationRemoved": (
        "{organisation:org} was removed from the ledger for good",
        "it can be admitted anew, under a new number: `liveledger member propose admit`",
    ),
    "ConsortiumOrganisationSuspended": (
        "{organisation:org} is suspended or removed: it can neither write nor vote",
        "the members reinstate it by a vote: `liveledger member propose reinstate GLN`",
    ),
    "ConsortiumOutOfFunds": (
        "the ledger's allowance account holds {balance_wei} wei, {needed_wei} are needed for a new account's gas",
        "the ledger's makers must tell: its funds are made in genesis",
    ),
    "ConsortiumPauseRefused": (
        f"the rules for {{name:name}} are paused already, or {MAX_PAUSED} names are",
        "`liveledger member list` shows what is paused",
    ),
    "ConsortiumPlacesFull": (
        "{organisation:org} has as many places as it may register",
        _PROPOSE,
    ),
    "ConsortiumPowersNotSeparate": (
        "the roles {roles:roles} do not go together in one account",
        "system, security and audit administration are three accounts, and an audit administrator has no other role",
    ),
    "ConsortiumRoleDefined": (
        "the roles {roles:roles} are defined already, or none was named",
        "define bits that mean nothing yet: what is defined keeps its meaning",
    ),
    "ConsortiumRoleNotGrantable": (
        "an organisation cannot give its accounts the role {role:roles}",
        "the members do, by a vote: `liveledger member propose roles ADDRESS ROLE…`",
    ),
    "ConsortiumRoleNotGoverned": (
        "the roles {roles:roles} are not given by votes",
        "the organisation's security administrator gives them: `liveledger member account set`",
    ),
    "ConsortiumTopUpsSpent": (
        "accounts of {organisation:org} were topped up {most} times today, as often as they may be",
        "wait for tomorrow (UTC), send less, or `liveledger member propose limits GLN --top-ups N`",
    ),
    "ConsortiumUndefinedRole": (
        "the bits {roles} are no roles",
        "`liveledger member account add -h` shows how roles are named",
    ),
    "ConsortiumUnknownAct": (
        "number {acts} is nothing that a brand could let another organisation do",
        "`liveledger member operator approve -h` lists what it can",
    ),
    "ConsortiumUnknownDevice": (
        "no device {device_id} is registered",
        "its organisation's system administrator registers it",
    ),
    "ConsortiumUnknownKind": ("{kind} is no kind of organisation", "`liveledger member request -h` lists the kinds"),
    "ConsortiumUnknownMember": (
        "the account {account:account} is no member's",
        "its organisation's security administrator registers it: `liveledger member account add`",
    ),
    "ConsortiumUnknownNode": ("no node {node_id} is listed", _LIST),
    "ConsortiumUnknownOrganisation": ("there is no organisation number {organisation}", _LIST),
    "ConsortiumUnknownPlace": (
        "the ledger knows no place number {place}",
        "`liveledger member place list` shows all; `liveledger member place add GLN` registers one",
    ),
    "ConsortiumWordFixed": (
        "no later version of the Consortium writes such a word of slot {slot}",
        "it writes those of places, approvals and devices: who the members are is kept by the first one for good",
    ),
    "ConsortiumUnknownStatus": ("{status} is no status", "active, suspended, or what `liveledger member -h` names"),
}
