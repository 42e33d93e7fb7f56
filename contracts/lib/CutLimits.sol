// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @notice Limits of cuts of counters.
/// @custom:binding values
library CutLimits {
    /// @notice How far ahead a cut may lie: 400 days.
    uint256 internal constant MAX_CUT_AHEAD_SECONDS = 34560000;
    /// @notice Most SKUs of one call.
    uint256 internal constant MAX_CUT_SKUS = 128;
    /// @notice Most moments of a SKU that wait at a time.
    uint256 internal constant MAX_CUTS_WAITING = 7;
}
