// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Numbers of reports that the contracts and the Python side share
/// @notice What all families share is in lib/Constants.sol, which tells what the tag `binding` says.

/// @notice Kinds of feed of the report hub; 0 is a feed that was never opened.
/// @custom:binding enum
library FeedKind {
    uint8 internal constant FORECAST = 1;
    uint8 internal constant ALERT = 2;
    uint8 internal constant SENSOR_BATCH = 3;
}

/// @notice Levels of an alert.
/// @custom:binding enum
library AlertLevel {
    uint8 internal constant NOTICE = 1;
    uint8 internal constant WARNING = 2;
    uint8 internal constant CRITICAL = 3;
}
