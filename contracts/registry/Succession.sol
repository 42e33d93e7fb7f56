// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../interfaces/IConsortium.sol";
import {Members} from "../lib/Members.sol";
import {ConsortiumStorage} from "./ConsortiumStorage.sol";

/// @title What the next Consortium keeps in this one's words
/// @dev Contracts ask this one at its fixed address for ever, on every posting too; proofs and the nodes' pool read its
/// slots. So its words stay the ledger's, whoever acts on them, at no cost for a question.
abstract contract Succession is ConsortiumStorage {
    uint256 private constant COUNTERS = 1;
    /// @dev Slots of what the next one keeps: counters, places and their GLNs, approvals with their lists, devices.
    uint256 private constant KEPT = 1 << COUNTERS | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 9 | 1 << 22;

    /// @inheritdoc IConsortium
    function setWord(uint256 slot, bytes32[] calldata keys, uint256 offset, bytes32 word) external {
        // It never calls itself: while it is the active version, this is nobody's.
        if (msg.sender != Members.active(NAME)) revert ConsortiumNotOfGenesis(msg.sender);
        bool kept = slot < 256 && KEPT >> slot & 1 == 1;
        // A word is told by its way to it: of a bare slot nobody could say what is kept there.
        if (!kept || (slot == COUNTERS) != (keys.length == 0) || offset > 1) revert ConsortiumWordFixed(slot);
        if (slot == COUNTERS && (offset != 0 || !_isLater(uint256(word)))) revert ConsortiumWordFixed(slot);
        bytes32 target = bytes32(slot);
        for (uint256 i = 0; i < keys.length; ++i) {
            target = keccak256(abi.encode(keys[i], target));
        }
        assembly ("memory-safe") {
            sstore(add(target, offset), word)
        }
    }

    /// @inheritdoc IConsortium
    function wordAt(bytes32 slot) external view returns (bytes32 word) {
        assembly ("memory-safe") {
            word := sload(slot)
        }
    }

    /// @dev Organisations are numbered here alone: a number that was given again would be another's accounts.
    function _isLater(uint256 counters) private view returns (bool) {
        return uint16(counters) == _totals.organisations && counters >> 16 >= _totals.places && counters >> 32 == 0;
    }
}
