// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Anchors of EPCIS events
/// @notice Keeps the salted hash of every event and lists it, in order, under each item and lot that the event names.
/// Nothing is ever overwritten: an error is declared by a further event that names the one in error.
/// An item has a stream an organisation, and nobody writes into another's: a brand's holds what the brand itself,
/// organisations that it approved, inspectors and customs captured of its goods; everybody else writes into its own.
/// @dev Trust: a poster is believed for what its own organisation captured. The contract proves which hashes stand in
/// which order, never that a box holds what its label says. Hashes are salted off the chain; items are hashes of URIs.
/// An item is `keccak256(abi.encode(uint256 gtin, bytes32 uri))`, where `uri` is the hash of its URI in its one form
/// and `gtin` the GTIN in it, 0 when it has none: who names a wrong one makes an item that nobody asks for.
interface IProvenance {
    /// @notice The event `eventHash` was listed under the items `gtins[i]`, `uris[i]`, each in the stream and with the
    /// standing that `standings[i]` says; `corrects` is the hash of the event declared in error, or 0.
    event EventAnchored(
        bytes32 indexed eventHash,
        bytes32 indexed corrects,
        address indexed poster,
        uint64[] gtins,
        bytes32[] uris,
        uint256[] standings
    );
    /// @notice A brand claimed a GTIN, as number `place` (from 0) of those that did.
    event GtinClaimed(uint64 indexed gtin, uint16 indexed brand, uint256 place);
    /// @notice Of those that claim a GTIN, `brand` comes first from now on.
    event GtinPreferred(uint64 indexed gtin, uint16 indexed brand);

    /// @notice The hash 0 stands for "no event" and cannot be anchored.
    error ProvenanceEmptyHash();
    /// @notice The caller's organisation anchored the event in block `blockNumber` already.
    error ProvenanceAlreadyAnchored(bytes32 eventHash, uint256 blockNumber);
    /// @notice An event names 1 … `limit` items, not `items`.
    error ProvenanceItemCount(uint256 items, uint256 limit);
    /// @notice There are `gtins` GTINs for `uris` URIs.
    error ProvenanceArrayLengths(uint256 gtins, uint256 uris);
    /// @notice Item number `index` (from 0) is not greater than the one before it.
    error ProvenanceItemsNotAscending(uint256 index, uint64 gtin, bytes32 uri);
    /// @notice With item number `index` (from 0) the event names more than `limit` items towards which the caller's
    /// organisation has no standing: each is two words of storage.
    error ProvenanceTooManyOfOthers(uint256 index, uint256 limit);
    /// @notice The caller's organisation never anchored an event `corrects`; only its own can it declare in error.
    error ProvenanceUnknownEvent(bytes32 corrects);
    /// @notice The error declaration names other items than the event that it corrects.
    error ProvenanceItemsDiffer(bytes32 eventHash, bytes32 corrects);
    /// @notice SKU number `index` (from 0) is not one of the caller's brand that has a GTIN.
    error ProvenanceNoGtin(uint256 index, uint32 sku);
    /// @notice So many brands claim the GTIN of SKU number `index` (from 0) already that no word has room for more.
    error ProvenanceClaimsFull(uint256 index, uint64 gtin);
    /// @notice The brand does not claim the GTIN.
    error ProvenanceNotClaimed(uint64 gtin, uint16 brand);
    error ProvenanceNotAdministrator(address caller);

    /// @notice Anchors an event, once an organisation, and appends it to one stream of every item it names.
    /// @param eventHash Root over the event's salted fields (docs/formats.md), not 0.
    /// @param corrects Hash of the event declared in error, by the same organisation and of the same items; 0 for none.
    /// @param gtins GTINs of all items and lots, 0 for one without; ascending, those of one GTIN by `uris`, none twice.
    /// @param uris Hashes of their URIs in their one form; 1 … `MoneyLimits.MAX_ITEMS`, and of those towards which the
    /// organisation has no standing at most `MoneyLimits.MAX_ITEMS_OF_OTHERS`.
    /// @dev The caller needs the role `CAPTURE_EVENTS`. Stream leaf: `abi.encode(eventHash, corrects, standing)`.
    function anchor(bytes32 eventHash, bytes32 corrects, uint64[] calldata gtins, bytes32[] calldata uris) external;

    /// @notice Claims the GTINs of SKUs for the caller's brand: events of what bears them, by whoever has standing
    /// towards the brand's goods, are listed with the brand from then on. A claim is for good. Where several brands
    /// claim one, each has a history of its own, and all claims are shown.
    /// @param skus SKUs of the caller's brand that have a GTIN, 1 … `MoneyLimits.MAX_ITEMS`; one whose GTIN the brand
    /// claims already is passed over.
    /// @dev The caller needs the role `REGISTER_SKUS`.
    function claim(uint32[] calldata skus) external;

    /// @notice Puts a brand first among those that claim a GTIN: whose history is shown to who does not say of which
    /// brand. Nothing is added or taken away. By the administrator of the Consortium, later by a vote.
    function prefer(uint64 gtin, uint16 brand) external;

    /// @notice Number of the block in which organisation `org` anchored the event; 0 when it never did.
    function anchoredAt(uint16 org, bytes32 eventHash) external view returns (uint256 blockNumber);

    /// @notice Brands that claim a GTIN, sixteen bits each, the first in the low ones; 0 ends them.
    function claimsOf(uint64 gtin) external view returns (uint256 brands);

    /// @notice Word number `index` (from 0) of the organisations that listed events of an item without standing,
    /// sixteen bits each, the first in the low ones; 0 ends them.
    function othersOf(bytes32 item, uint256 index) external view returns (uint256 organisations);

    /// @notice Word of a stream (head and count); 0 when it has no entry.
    function streamWord(bytes32 streamId) external view returns (uint256 word);
}
