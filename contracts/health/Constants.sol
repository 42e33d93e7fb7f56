// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Numbers of stock health that the contracts and the Python side share
/// @notice What all families share is in lib/Constants.sol, which tells what the tag `binding` says.

/// @notice Limits of the capital that may be bound in stock.
/// @custom:binding values
library HealthLimits {
    /// @notice Highest share of stock value in revenue at which a brand's purchasing is not frozen: 35 %.
    uint256 internal constant MAX_SHARE_BPS = 3500;
    /// @notice Seconds for which what the auditors or the finance side reported stands against all others: 90 days.
    uint256 internal constant INDEPENDENT_SECONDS = 7776000;
    /// @notice A report is on a year, whose length may be off by so much: 365 days, 5 days. The limit is one of a year.
    uint256 internal constant PERIOD_SECONDS = 31536000;
    uint256 internal constant PERIOD_TOLERANCE_SECONDS = 432000;
    /// @notice So long after the end of its period a report is stale: 100 days.
    uint256 internal constant STALE_SECONDS = 8640000;
    /// @notice Least time between the ends of two reports on a brand by one organisation: a day.
    uint256 internal constant REPORT_SPACING_SECONDS = 86400;
}
