// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IProvenance} from "../interfaces/IProvenance.sol";
import {Members} from "../lib/Members.sol";
import {Streams} from "../lib/Streams.sol";
import {MoneyLimits, Role} from "../lib/Constants.sol";

/// @title Anchors of EPCIS events
/// @dev See IProvenance.
contract Provenance is IProvenance {
    uint64 public constant VERSION = 1;

    /// @inheritdoc IProvenance
    mapping(bytes32 eventHash => uint256 blockNumber) public anchoredAt;

    /// @dev Upper 240 bits of the hash of the event's items, lower 16 bits the capturing organisation.
    mapping(bytes32 eventHash => uint256 word) private _origins;

    /// @inheritdoc IProvenance
    function anchor(bytes32 eventHash, bytes32 corrects, bytes32[] calldata items) external {
        uint16 org = Members.requireRole(msg.sender, Role.CAPTURE_EVENTS);
        if (eventHash == 0) revert ProvenanceEmptyHash();
        if (anchoredAt[eventHash] != 0) revert ProvenanceAlreadyAnchored(eventHash, anchoredAt[eventHash]);
        _requireAscending(items);
        uint256 origin = uint256(keccak256(abi.encodePacked(items))) >> 16 << 16 | org;
        if (corrects != 0) _requireSameOrigin(eventHash, corrects, origin);

        anchoredAt[eventHash] = block.number;
        _origins[eventHash] = origin;
        bytes32 payloadHash = keccak256(abi.encode(eventHash, corrects));
        for (uint256 i = 0; i < items.length; ++i) {
            Streams.append(items[i], 1, payloadHash);
        }
        emit EventAnchored(eventHash, corrects, msg.sender, items);
    }

    /// @inheritdoc IProvenance
    function streamWord(bytes32 streamId) external view returns (uint256 word) {
        return Streams.word(streamId);
    }

    function _requireAscending(bytes32[] calldata items) private pure {
        if (items.length == 0 || items.length > MoneyLimits.MAX_ITEMS) {
            revert ProvenanceItemCount(items.length, MoneyLimits.MAX_ITEMS);
        }
        bytes32 previous = 0;
        for (uint256 i = 0; i < items.length; ++i) {
            if (items[i] <= previous) revert ProvenanceItemsNotAscending(i, items[i]);
            previous = items[i];
        }
    }

    function _requireSameOrigin(bytes32 eventHash, bytes32 corrects, uint256 origin) private view {
        if (anchoredAt[corrects] == 0) revert ProvenanceUnknownEvent(corrects);
        uint256 first = _origins[corrects];
        if (first >> 16 != origin >> 16) revert ProvenanceItemsDiffer(eventHash, corrects);
        if (first != origin) revert ProvenanceForeignEvent(corrects, uint16(first), uint16(origin));
    }
}
