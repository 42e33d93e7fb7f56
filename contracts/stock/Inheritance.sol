// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IDirectory} from "../interfaces/IDirectory.sol";
import {IStockLedger} from "../interfaces/IStockLedger.sol";
import {Fixed} from "../lib/Constants.sol";

/// @title Words that a StockLedger takes over from the version before it
/// @notice A version that replaces another begins without stock. Each word of the older one stands until this one writes
/// the word at the same slot: it is copied with its first change. A word of 0 was not touched here, so one that became 0
/// here is written as `EMPTY`. The first version of a ledger has nobody before it, and writes 0 as 0.
/// @dev `Records` does the same in its loop. Formats: docs/formats.md.
library Inheritance {
    /// @notice What 0 is written as once there is an older version. No word of the ledger can be this one.
    uint256 internal constant EMPTY = type(uint256).max;
    /// @dev Storage slot of StockLedger's `_predecessor`.
    uint256 internal constant PREDECESSOR_SLOT = 9;

    IDirectory private constant DIRECTORY = IDirectory(Fixed.DIRECTORY_ADDRESS);
    uint256 private constant VERSION_SHIFT = 160;

    /// @notice Address and version (at bit 160) of what `name` means while this contract is created; 0 = nothing yet.
    function found(bytes32 name) internal view returns (uint256 word) {
        uint64 version = DIRECTORY.versionsOf(name).active;
        if (version == 0) return 0;
        return uint160(DIRECTORY.entryOf(name, version).target) | uint256(version) << VERSION_SHIFT;
    }

    /// @notice What a word of 0 is written as.
    function vacant() internal view returns (uint256) {
        return _older() == address(0) ? 0 : EMPTY;
    }

    /// @notice Slot of a mapping's word.
    function slotOf(uint256 key, uint256 mappingSlot) internal pure returns (bytes32) {
        return keccak256(abi.encode(key, mappingSlot));
    }

    /// @notice The word at `slot` as it counts: this contract's, or that of the versions before it.
    function read(bytes32 slot) internal view returns (uint256 word) {
        assembly ("memory-safe") {
            word := sload(slot)
        }
        if (word == 0) return inherited(slot);
        if (word == EMPTY) return 0;
    }

    /// @notice The same of a mapping's word.
    function read(uint256 key, uint256 mappingSlot) internal view returns (uint256) {
        return read(slotOf(key, mappingSlot));
    }

    /// @notice The word at `slot` in the versions before this one.
    function inherited(bytes32 slot) internal view returns (uint256) {
        address older = _older();
        return older == address(0) ? 0 : IStockLedger(older).word(slot);
    }

    function _older() private view returns (address older) {
        assembly ("memory-safe") {
            older := shr(96, shl(96, sload(PREDECESSOR_SLOT)))
        }
    }
}
