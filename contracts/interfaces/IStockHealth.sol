// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Health of a brand's stock
interface IStockHealth {
    /// @notice Whether the brand must not order from suppliers for now.
    function purchasingFrozen(uint16 brand) external view returns (bool frozen);
}
