// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title What Replenishment and its rule work out alike
library Keys {
    /// @notice The brand of a SKU.
    function brandOf(uint32 sku) internal pure returns (uint16) {
        return uint16(sku >> 20);
    }

    /// @notice Whether goods are on their way back, or went back within the cool-down, by what a pair of places says.
    function loops(uint64 latestAt, uint32 open, uint256 coolDownSeconds) internal view returns (bool) {
        return open != 0 || (latestAt != 0 && block.timestamp < uint256(latestAt) + coolDownSeconds);
    }
}
