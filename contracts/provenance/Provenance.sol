// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IProvenance} from "../interfaces/IProvenance.sol";
import {Members} from "../lib/Members.sol";
import {Streams} from "../lib/Streams.sol";
import {MoneyLimits, Role, RuleFamily} from "../lib/Constants.sol";

/// @title Anchors of EPCIS events
/// @dev See IProvenance.
contract Provenance is IProvenance {
    uint64 public constant VERSION = 1;

    /// @dev By `_key`, never by the hash alone: otherwise anybody who sees a pending anchor could take its hash first.
    mapping(bytes32 key => uint256 blockNumber) private _anchoredAt;

    /// @dev Hash of the event's items.
    mapping(bytes32 key => bytes32 itemsHash) private _items;

    /// @inheritdoc IProvenance
    function anchor(bytes32 eventHash, bytes32 corrects, bytes32[] calldata items) external {
        Members.requireOpen(RuleFamily.PROVENANCE);
        uint16 org = Members.requireRole(msg.sender, Role.CAPTURE_EVENTS);
        if (eventHash == 0) revert ProvenanceEmptyHash();
        bytes32 key = _key(org, eventHash);
        if (_anchoredAt[key] != 0) revert ProvenanceAlreadyAnchored(eventHash, _anchoredAt[key]);
        _requireAscending(items);
        bytes32 itemsHash = keccak256(abi.encodePacked(items));
        if (corrects != 0) _requireSameItems(eventHash, corrects, _key(org, corrects), itemsHash);

        _anchoredAt[key] = block.number;
        _items[key] = itemsHash;
        bytes32 payloadHash = keccak256(abi.encode(eventHash, corrects));
        for (uint256 i = 0; i < items.length; ++i) {
            Streams.append(items[i], 1, payloadHash);
        }
        emit EventAnchored(eventHash, corrects, msg.sender, items);
    }

    /// @inheritdoc IProvenance
    function anchoredAt(uint16 org, bytes32 eventHash) external view returns (uint256 blockNumber) {
        return _anchoredAt[_key(org, eventHash)];
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

    function _requireSameItems(bytes32 eventHash, bytes32 corrects, bytes32 correctedKey, bytes32 itemsHash)
        private
        view
    {
        if (_anchoredAt[correctedKey] == 0) revert ProvenanceUnknownEvent(corrects);
        if (_items[correctedKey] != itemsHash) revert ProvenanceItemsDiffer(eventHash, corrects);
    }

    function _key(uint16 org, bytes32 eventHash) private pure returns (bytes32) {
        return keccak256(abi.encode(org, eventHash));
    }
}
