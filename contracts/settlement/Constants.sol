// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Numbers of settlements that the contracts and the Python side share
/// @notice What all families share is in lib/Constants.sol, which tells what the tag `binding` says.

/// @notice Where a settlement session stands; 0 means that there is none.
/// @custom:binding enum
library SessionStatus {
    /// @notice Opened; pages are snapshotted, then settled.
    uint8 internal constant OPEN = 1;
    /// @notice Settled once and for all.
    uint8 internal constant SETTLED = 2;
    /// @notice Given up without a settlement.
    uint8 internal constant VOID = 3;
}
