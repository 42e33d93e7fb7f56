// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../interfaces/IConsortium.sol";
import {IProvenance} from "../interfaces/IProvenance.sol";
import {Members} from "../lib/Members.sol";
import {Streams} from "../lib/Streams.sol";
import {Fixed, MoneyLimits, Role, RuleFamily} from "../lib/Constants.sol";
import {Standing} from "./Constants.sol";
import {Standings} from "./Standings.sol";

/// @title Anchors of EPCIS events
/// @dev See IProvenance. `_anchoredAt` and `_items` are kept by `_key`, never by the hash alone: otherwise anybody who
/// sees a pending anchor could take its hash first.
contract Provenance is Standings {
    uint64 public constant VERSION = 2;

    /// @dev What is the same for all items of an anchor.
    struct Anchor {
        bytes32 eventHash;
        bytes32 corrects;
        uint16 org;
        uint8 kind;
        uint256 ofOthers;
    }

    /// @inheritdoc IProvenance
    function anchor(bytes32 eventHash, bytes32 corrects, uint64[] calldata gtins, bytes32[] calldata uris) external {
        Members.requireOpen(RuleFamily.PROVENANCE);
        Members.requireActive(NAME);
        uint16 org = Members.requireRole(msg.sender, Role.CAPTURE_EVENTS);
        if (eventHash == 0) revert ProvenanceEmptyHash();
        bytes32 key = _key(org, eventHash);
        if (_anchoredAt[key] != 0) revert ProvenanceAlreadyAnchored(eventHash, _anchoredAt[key]);
        _requireAscending(gtins, uris);
        bytes32 itemsHash = keccak256(abi.encode(gtins, uris));
        if (corrects != 0) _requireSameItems(eventHash, corrects, _key(org, corrects), itemsHash);

        _anchoredAt[key] = block.number;
        _items[key] = itemsHash;
        uint8 kind = IConsortium(Fixed.CONSORTIUM_ADDRESS).organisationOf(org).kind;
        uint256[] memory standings = _append(Anchor(eventHash, corrects, org, kind, 0), gtins, uris);
        emit EventAnchored(eventHash, corrects, msg.sender, gtins, uris, standings);
    }

    /// @inheritdoc IProvenance
    function anchoredAt(uint16 org, bytes32 eventHash) external view returns (uint256 blockNumber) {
        return _anchoredAt[_key(org, eventHash)];
    }

    /// @inheritdoc IProvenance
    function streamWord(bytes32 streamId) external view returns (uint256 word) {
        return Streams.word(streamId);
    }

    /// @dev Items of one GTIN stand together, and have one standing.
    function _append(Anchor memory event_, uint64[] calldata gtins, bytes32[] calldata uris)
        private
        returns (uint256[] memory standings)
    {
        standings = new uint256[](gtins.length);
        uint256 standing = 0;
        bytes32 payloadHash = 0;
        for (uint256 i = 0; i < gtins.length; ++i) {
            if (i == 0 || gtins[i] != gtins[i - 1]) {
                standing = _standing(event_.org, event_.kind, gtins[i]);
                payloadHash = keccak256(abi.encode(event_.eventHash, event_.corrects, standing));
            }
            standings[i] = standing;
            _appendTo(event_, i, keccak256(abi.encode(uint256(gtins[i]), uris[i])), standing, payloadHash);
        }
    }

    function _appendTo(Anchor memory event_, uint256 index, bytes32 item, uint256 standing, bytes32 payloadHash)
        private
    {
        bytes32 streamId = keccak256(abi.encode(uint256(uint16(standing >> 24)), item));
        uint256 before = Streams.word(streamId);
        if (uint8(standing >> 40) == Standing.NONE) {
            if (++event_.ofOthers > MoneyLimits.MAX_ITEMS_OF_OTHERS) {
                revert ProvenanceTooManyOfOthers(index, MoneyLimits.MAX_ITEMS_OF_OTHERS);
            }
            if (before == 0) _list(item, event_.org);
        }
        Streams.appendAfter(before, streamId, 1, payloadHash);
    }

    function _requireAscending(uint64[] calldata gtins, bytes32[] calldata uris) private pure {
        if (gtins.length != uris.length) revert ProvenanceArrayLengths(gtins.length, uris.length);
        if (uris.length == 0 || uris.length > MoneyLimits.MAX_ITEMS) {
            revert ProvenanceItemCount(uris.length, MoneyLimits.MAX_ITEMS);
        }
        for (uint256 i = 1; i < uris.length; ++i) {
            bool ascends = gtins[i] > gtins[i - 1] || (gtins[i] == gtins[i - 1] && uris[i] > uris[i - 1]);
            if (!ascends) revert ProvenanceItemsNotAscending(i, gtins[i], uris[i]);
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
