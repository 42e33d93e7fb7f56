// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Sets of small numbers in memory
/// @dev The caller sizes the array (bits / 256): there is no bounds check.
library Bitmap {
    /// @notice Whether `index` is in the set.
    function has(uint256[] memory map, uint256 index) internal pure returns (bool found) {
        assembly ("memory-safe") {
            found := and(1, shr(and(index, 0xff), mload(add(add(map, 0x20), shl(5, shr(8, index))))))
        }
    }

    /// @notice Puts `index` into the set.
    function add(uint256[] memory map, uint256 index) internal pure {
        map[index >> 8] |= 1 << (index & 0xff);
    }
}
