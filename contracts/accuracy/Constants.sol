// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Numbers of accuracy that the contracts and the Python side share
/// @notice What all families share is in lib/Constants.sol, which tells what the tag `binding` says.

/// @notice What a deviation between an outside system and the ledger calls for; each level includes those below it.
/// @custom:binding enum
library AccuracyLevel {
    /// @notice Below the first threshold: nothing.
    uint8 internal constant NONE = 0;
    /// @notice Recorded; watchers raise an alarm.
    uint8 internal constant NOTICE = 1;
    /// @notice The goods are to be counted again by a deadline.
    uint8 internal constant RECOUNT = 2;
    /// @notice The place is flagged until a newer record is below this level.
    uint8 internal constant FLAGGED = 3;
    /// @notice The place is flagged until an auditor records less.
    uint8 internal constant AUDIT = 4;
}

/// @notice Thresholds of deviations in basis points, and their deadline.
/// @custom:binding values
library AccuracyLimits {
    /// @notice From here on a deviation is level 1, 2, 3 and 4.
    uint256 internal constant NOTICE_BPS = 300;
    uint256 internal constant RECOUNT_BPS = 800;
    uint256 internal constant FLAG_BPS = 1500;
    uint256 internal constant AUDIT_BPS = 2500;
    /// @notice Highest deviation that is kept; larger ones count as this.
    uint256 internal constant MAX_DEVIATION_BPS = 65535;
    /// @notice Time for a recount: a day.
    uint256 internal constant RECOUNT_SECONDS = 86400;
    /// @notice Least time between the snapshots of two records of a place by one organisation: an hour.
    uint256 internal constant RECORD_SPACING_SECONDS = 3600;
    /// @notice How old a snapshot may be when it is recorded: 400 days.
    uint256 internal constant RECORD_AGE_SECONDS = 34560000;
    /// @notice So long after it was last raised an auditor lifts a finding by whatever it compared: 90 days.
    uint256 internal constant FINDING_SECONDS = 7776000;
}
