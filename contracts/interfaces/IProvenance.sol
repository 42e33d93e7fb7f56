// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Anchors of EPCIS events
/// @notice Keeps the salted hash of every event and lists it, in order, under each item and lot that the event names.
/// Nothing is ever overwritten: an error is declared by a further event that names the one in error.
/// @dev Trust: a poster is believed for what its own organisation captured. The contract proves which hashes stand in
/// which order, never that a box holds what its label says. Hashes are salted off the chain; items are hashes of URIs.
interface IProvenance {
    /// @notice The event `eventHash` was listed under `items`; `corrects` is the hash of the event declared in error, or 0.
    event EventAnchored(
        bytes32 indexed eventHash, bytes32 indexed corrects, address indexed poster, bytes32[] items
    );

    /// @notice The hash 0 stands for "no event" and cannot be anchored.
    error ProvenanceEmptyHash();
    /// @notice The caller's organisation anchored the event in block `blockNumber` already.
    error ProvenanceAlreadyAnchored(bytes32 eventHash, uint256 blockNumber);
    /// @notice An event names 1 … `limit` items, not `items`.
    error ProvenanceItemCount(uint256 items, uint256 limit);
    /// @notice Item number `index` (from 0) is not greater than the one before it.
    error ProvenanceItemsNotAscending(uint256 index, bytes32 item);
    /// @notice The caller's organisation never anchored an event `corrects`; only its own can it declare in error.
    error ProvenanceUnknownEvent(bytes32 corrects);
    /// @notice The error declaration names other items than the event that it corrects.
    error ProvenanceItemsDiffer(bytes32 eventHash, bytes32 corrects);

    /// @notice Anchors an event, once an organisation, and appends it to the stream of every item it names.
    /// @param eventHash `keccak256(salt ‖ JCS(event))`, not 0.
    /// @param corrects Hash of the event declared in error, by the same organisation and of the same items; 0 for none.
    /// @param items Hashes of the URIs of all items and lots, strictly ascending, 1 … `MoneyLimits.MAX_ITEMS`.
    /// @dev The caller needs the role `CAPTURE_EVENTS`. Stream leaf: `abi.encode(eventHash, corrects)`.
    function anchor(bytes32 eventHash, bytes32 corrects, bytes32[] calldata items) external;

    /// @notice Number of the block in which organisation `org` anchored the event; 0 when it never did.
    function anchoredAt(uint16 org, bytes32 eventHash) external view returns (uint256 blockNumber);

    /// @notice Word of a stream (head and count); 0 when it has no entry.
    function streamWord(bytes32 streamId) external view returns (uint256 word);
}
