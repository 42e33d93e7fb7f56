// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Numbers of items' events that the contracts and the Python side share
/// @notice What all families share is in lib/Constants.sol, which tells what the tag `binding` says.

/// @notice Why an organisation has standing towards an item.
/// @custom:binding enum
library Standing {
    /// @notice It has none: its events go into its own stream of the item.
    uint8 internal constant NONE = 0;
    /// @notice It is the brand that claims the item's GTIN.
    uint8 internal constant BRAND = 1;
    /// @notice The brand approved it.
    uint8 internal constant APPROVED = 2;
    /// @notice It is an inspector or customs.
    uint8 internal constant AUTHORITY = 3;
}
