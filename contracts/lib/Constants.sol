// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Numbers and addresses that the contracts and the Python side share
/// @notice The one place of each, beside Constants.sol of each family, for what is a family's own; bindings/constants.py is
/// generated from them. The tag `binding` says what a library becomes there: an enum, a flag, names or plain values.

/// @notice Contracts that genesis writes.
/// @custom:binding values
library Fixed {
    /// @notice Directory of the ledger's contracts.
    address internal constant DIRECTORY_ADDRESS = 0x4C4c000000000000000000000000000000000001;
    /// @notice Members, their accounts, places and devices.
    address internal constant CONSORTIUM_ADDRESS = 0x4c4C000000000000000000000000000000000002;
    /// @notice Proposals and votes; administers the other two once the founders have handed over.
    address internal constant GOVERNANCE_ADDRESS = 0x4C4C000000000000000000000000000000000003;
    /// @notice Creates the contracts that are not in genesis.
    address internal constant CREATOR_ADDRESS = 0x4c4C000000000000000000000000000000000007;
    /// @notice Hashes of all blocks, in batches.
    address internal constant BLOCK_HASHES_ADDRESS = 0x4c4c000000000000000000000000000000000008;
    /// @notice EIP-2935's contract, in which the engine keeps the hashes of the last 8,191 blocks.
    address internal constant HISTORY_ADDRESS = 0x0000F90827F1C53a10cb7A02335B175320002935;
    address internal constant VALIDATORS_ADDRESS = 0x4C4c000000000000000000000000000000000004;
    address internal constant ALLOWANCES_ADDRESS = 0x4c4C000000000000000000000000000000000005;
    address internal constant RECOVERY_ADDRESS = 0x4C4c000000000000000000000000000000000006;
}

/// @notice What an account may do for its organisation (bit mask).
/// @custom:binding flag
library Role {
    uint32 internal constant POST_MOVEMENTS = 1;
    uint32 internal constant CAPTURE_EVENTS = 2;
    uint32 internal constant REPORT = 4;
    uint32 internal constant SIGN_AGREEMENTS = 8;
    uint32 internal constant REGISTER_SKUS = 16;
    uint32 internal constant MINT_DEPOSITS = 32;
    /// @notice System administration of the organisation: its nodes, places and devices; makes proposals.
    uint32 internal constant SYSTEM_ADMIN = 64;
    /// @notice Security administration: the organisation's accounts and roles; votes for it.
    uint32 internal constant SECURITY_ADMIN = 128;
    /// @notice Audit administration: reads everything, writes nothing.
    uint32 internal constant AUDIT_ADMIN = 256;
}

/// @notice What a brand may let another organisation do in its name (bit mask).
/// @custom:binding flag
library ApprovedAct {
    /// @notice Move its goods, and grade those that came back.
    uint8 internal constant MOVE = 1;
    /// @notice Set levels of replenishment.
    uint8 internal constant PLAN = 2;
    /// @notice Make orders of replenishment and cancel them.
    uint8 internal constant ORDER = 4;
    /// @notice Register lots of its SKUs.
    uint8 internal constant REGISTER_LOTS = 8;
    /// @notice Fetch its goods from places whose operator may not move them.
    uint8 internal constant RETRIEVE = 16;
}

/// @notice Kinds of organisation.
/// @custom:binding enum
library OrganisationKind {
    uint8 internal constant BRAND = 1;
    uint8 internal constant SUPPLIER = 2;
    uint8 internal constant PLATFORM = 3;
    uint8 internal constant WAREHOUSE = 4;
    uint8 internal constant LOGISTICS = 5;
    uint8 internal constant INSPECTOR = 6;
    uint8 internal constant CUSTOMS = 7;
    uint8 internal constant FINANCE = 8;
    uint8 internal constant AUDITOR = 9;
}

/// @notice Names of rules that are paused and resumed together; contracts to come may have other names.
/// @custom:binding names
library RuleFamily {
    bytes32 internal constant STOCK = "stock";
    bytes32 internal constant PROVENANCE = "provenance";
    bytes32 internal constant REPORTS = "reports";
    bytes32 internal constant SETTLEMENT = "settlement";
}

/// @notice What the Directory says of a contract beside its name (bit mask).
/// @custom:binding flag
library ContractFlag {
    /// @notice Proposals may call it.
    uint32 internal constant GOVERNABLE = 1;
    /// @notice Deposit tokens may be paid into it.
    uint32 internal constant ESCROW = 2;
    /// @notice It registers cuts of a brand's counters, for agreements that the brand signed.
    uint32 internal constant CUTS = 4;
}

/// @notice Limits of the recovery of an organisation whose keys were lost.
/// @custom:binding values
library RecoveryLimits {
    /// @notice Seconds between the vote and the new account, in which the organisation's accounts may object: 7 days.
    uint256 internal constant RECOVERY_SECONDS = 604800;
    /// @notice Seconds after that in which it may be completed; then it lapses: 30 days.
    uint256 internal constant RECOVERY_GRACE_SECONDS = 2592000;
    /// @notice Seconds after an objection in which no other recovery of the organisation is begun: 90 days.
    uint256 internal constant RECOVERY_REST_SECONDS = 7776000;
}

/// @notice State of a contract's version in the Directory.
/// @custom:binding enum
library ContractState {
    uint8 internal constant NONE = 0;
    /// @notice What its name means, or will mean from its block on.
    uint8 internal constant ACTIVE = 1;
    /// @notice Replaced, or frozen by itself: it takes nothing new.
    uint8 internal constant FROZEN = 2;
    /// @notice No target of transactions any more.
    uint8 internal constant RETIRED = 3;
}

/// @notice Limits of new contracts.
/// @custom:binding values
library CreationLimits {
    /// @notice Least blocks between the creation of a version and its taking over, where the members govern.
    uint256 internal constant NOTICE_BLOCKS = 60;
}

/// @notice Where a proposal stands; 0 means that there is none.
/// @custom:binding enum
library ProposalStatus {
    uint8 internal constant OPEN = 1;
    /// @notice Two thirds of the voting organisations agreed; it was carried out in the deciding vote's transaction.
    uint8 internal constant EXECUTED = 2;
    /// @notice More than a third were against: it could not pass any more.
    uint8 internal constant REJECTED = 3;
    /// @notice Taken back by the organisation that made it.
    uint8 internal constant WITHDRAWN = 4;
}

/// @notice Parameters that proposals may set.
/// @custom:binding enum
library Parameter {
    /// @notice Seconds that a proposal stays open.
    uint8 internal constant VOTING_SECONDS = 1;
    /// @notice Least number of voting organisations that any proposal must leave.
    uint8 internal constant MINIMUM_VOTERS = 2;
    /// @notice Most of a full block that one organisation's transactions take, in basis points.
    uint8 internal constant ORGANISATION_SHARE = 3;
}

/// @notice Limits of proposals.
/// @custom:binding values
library GovernanceLimits {
    /// @notice Seconds that a proposal stays open unless the parameter is set: seven days.
    uint256 internal constant DEFAULT_VOTING_SECONDS = 604800;
    /// @notice Shortest and longest time that the parameter allows.
    uint256 internal constant LEAST_VOTING_SECONDS = 60;
    uint256 internal constant MOST_VOTING_SECONDS = 7776000;
    /// @notice Most of a full block that one organisation takes unless set, and the least that can be set (basis points).
    uint256 internal constant DEFAULT_SHARE_BPS = 5000;
    uint256 internal constant LEAST_SHARE_BPS = 1000;
    uint256 internal constant MOST_SHARE_BPS = 10000;
    /// @notice Most calls of one proposal.
    uint256 internal constant MAX_CALLS = 8;
    /// @notice Most bytes of all its calls together.
    uint256 internal constant MAX_CALL_BYTES = 16384;
    /// @notice Most proposals that one organisation has open at a time.
    uint256 internal constant MAX_OPEN = 8;
}

/// @notice Status of an organisation, account, place or device; 0 means that there is none.
/// @custom:binding enum
library Status {
    uint8 internal constant NONE = 0;
    uint8 internal constant ACTIVE = 1;
    uint8 internal constant SUSPENDED = 2;
    /// @notice An organisation that left or was removed, for good; its history stays.
    uint8 internal constant REMOVED = 3;
}

/// @notice Kinds of stock movement.
/// @custom:binding enum
library MovementKind {
    uint8 internal constant RECEIVE = 1;
    uint8 internal constant RESERVE = 2;
    uint8 internal constant RELEASE = 3;
    uint8 internal constant SHIP = 4;
    uint8 internal constant ARRIVE = 5;
    uint8 internal constant DELIVER = 6;
    uint8 internal constant RETURN = 7;
    uint8 internal constant TRANSFER = 8;
    uint8 internal constant FOUND = 9;
    uint8 internal constant LOST = 10;
    uint8 internal constant SCRAP = 11;
    uint8 internal constant HOLD = 12;
    uint8 internal constant RESTOCK = 13;
    uint8 internal constant SELL = 14;
    /// @notice Goods under quality hold go back to whom they came from.
    uint8 internal constant SEND_BACK = 15;
    /// @notice Goods that were shipped to a place did not come, or are on their way there and were not known.
    uint8 internal constant LOST_IN_TRANSIT = 16;
    uint8 internal constant FOUND_IN_TRANSIT = 17;
    /// @notice A bundle that is sold as one comes into being, of goods that go into it; or is taken apart into goods.
    uint8 internal constant ASSEMBLE = 18;
    uint8 internal constant ASSEMBLE_FROM = 19;
    uint8 internal constant SPLIT = 20;
    uint8 internal constant SPLIT_INTO = 21;
    /// @notice Goods came to a customer beside what was bought, and were not paid for.
    uint8 internal constant GIFT = 22;
    /// @notice Goods were given away from the shelf: shown, tried, used up.
    uint8 internal constant SAMPLE = 23;
}

/// @notice Lanes of a balance word (uint64 each, lane 0 in the low bits).
/// @custom:binding enum
library Lane {
    uint8 internal constant AVAILABLE = 0;
    uint8 internal constant RESERVED = 1;
    uint8 internal constant IN_TRANSIT = 2;
    uint8 internal constant HELD = 3;
}

/// @notice Limits of the registry and of stock.
/// @custom:binding values
library Limits {
    /// @notice Highest organisation number.
    uint16 internal constant MAX_ORGANISATION = 4095;
    /// @notice Highest place number.
    uint16 internal constant MAX_PLACE = 65535;
    /// @notice Highest serial of a brand's SKUs.
    uint32 internal constant MAX_SERIAL = 1048575;
    /// @notice Highest GLN (13 digits).
    uint64 internal constant MAX_GLN = 9999999999999;
    /// @notice Highest GTIN (14 digits).
    uint64 internal constant MAX_GTIN = 99999999999999;
    /// @notice Longest SKU code in bytes.
    uint256 internal constant MAX_CODE_BYTES = 64;
    /// @notice Longest code of a lot in bytes (GS1 AI 10).
    uint256 internal constant MAX_LOT_BYTES = 20;
    /// @notice Units of a SKU that an organisation may adjust alone in a day, unless its brand set another limit.
    uint256 internal constant DEFAULT_ADJUSTMENT = 100000;
    /// @notice How far ahead of the block the time of a fact may lie, in seconds.
    uint256 internal constant MAX_AHEAD_SECONDS = 300;
    /// @notice Seconds after an approval ended from when on its brand fetches what is reserved or on its way, too: seven days.
    uint256 internal constant RETRIEVAL_SECONDS = 604800;
    /// @notice Most validators; a proof bundle carries no more.
    uint16 internal constant MAX_VALIDATORS = 200;
    /// @notice Highest total voting power: CometBFT's MaxInt64 / 8.
    uint64 internal constant MAX_TOTAL_POWER = 1152921504606846975;
    /// @notice Blocks over which at most one third of the voting power may change.
    uint256 internal constant POWER_WINDOW_BLOCKS = 100;
    /// @notice From so many organisations with voting power on, none may hold a third of it.
    uint16 internal constant FAULT_TOLERANT_FROM = 4;
    /// @notice Most nodes of one organisation.
    uint16 internal constant MAX_NODES_EACH = 4;
    /// @notice Most nodes in all.
    uint16 internal constant MAX_NODES = 400;
    /// @notice Most accounts that an organisation registers itself: each is funded, so that their number bounds a flood too.
    uint16 internal constant MAX_ACCOUNTS_EACH = 16;
    /// @notice Most places that an organisation registers itself: their numbers are everybody's.
    uint16 internal constant MAX_PLACES_EACH = 1000;
    /// @notice All bits of `Role`: others mean nothing until a vote defines them.
    uint32 internal constant ALL_ROLES = 511;
    /// @notice Highest kind of organisation that a vote may define.
    uint8 internal constant MAX_KIND = 63;
    /// @notice Most places and SKUs that one call adds to an approval.
    uint256 internal constant MAX_APPROVAL_ROWS = 256;
    /// @notice Most names that are paused at a time.
    uint256 internal constant MAX_PAUSED = 32;
    /// @notice Wei an account is given for gas at its admission and by a top-up: 312 full blocks at the fees' floor.
    uint256 internal constant ALLOWANCE_WEI = 1000000000000;
    /// @notice Most top-ups of an organisation within a day (UTC) unless a vote set more: 37.5 GB of junk at most.
    uint16 internal constant TOP_UPS_A_DAY = 12;
}

/// @notice Limits of events, reports and settlements.
/// @custom:binding values
library MoneyLimits {
    /// @notice Most items of one event.
    uint256 internal constant MAX_ITEMS = 500;
    /// @notice Most items of one event towards which its organisation has no standing.
    uint256 internal constant MAX_ITEMS_OF_OTHERS = 300;
    /// @notice Most signers of one feed.
    uint256 internal constant MAX_SIGNERS = 31;
    /// @notice Most rows of one page of terms.
    uint256 internal constant MAX_PAGE_ROWS = 128;
    /// @notice Most pages of one agreement's terms.
    uint256 internal constant MAX_TERM_PAGES = 256;
    /// @notice The whole, in basis points.
    uint256 internal constant WHOLE_BPS = 10000;
    /// @notice Most fen that are minted within a day (UTC) unless a vote set another limit: 100 million yuan.
    uint256 internal constant DEFAULT_MINT_FEN_A_DAY = 10000000000;
    /// @notice Seconds after a session's end from which on it may be given up unsettled: seven days.
    uint256 internal constant VOID_GRACE_SECONDS = 604800;
}
