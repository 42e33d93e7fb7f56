// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Numbers of replenishment that the contracts and the Python side share
/// @notice What all families share is in lib/Constants.sol, which tells what the tag `binding` says.

/// @notice Where the goods of a replenishment order come from; 0 means from nowhere.
/// @custom:binding enum
library SourceKind {
    /// @notice Another place of the brand.
    uint8 internal constant PLACE = 1;
    /// @notice The hub of the place's region.
    uint8 internal constant HUB = 2;
    /// @notice The brand's supplier.
    uint8 internal constant SUPPLIER = 3;
}

/// @notice Where a replenishment order stands; 0 means that there is none.
/// @custom:binding enum
library OrderStatus {
    uint8 internal constant OPEN = 1;
    uint8 internal constant CLOSED = 2;
    uint8 internal constant CANCELLED = 3;
    uint8 internal constant EXPIRED = 4;
}

/// @notice What a leaf of a SKU's orders says.
/// @custom:binding enum
library OrderEntry {
    uint8 internal constant MADE = 1;
    uint8 internal constant ENDED = 2;
}

/// @notice Limits of replenishment.
/// @custom:binding values
library ReplenishmentLimits {
    /// @notice Most places of a brand.
    uint256 internal constant MAX_CANDIDATES = 32;
    /// @notice Newest lots of a SKU that count, besides lot 0.
    uint256 internal constant NEWEST_LOTS = 31;
    /// @notice Most lots of a SKU that its brand keeps in sight besides.
    uint256 internal constant KEPT_LOTS = 32;
    /// @notice Most rows of one call.
    uint256 internal constant MAX_POLICY_ROWS = 128;
    /// @notice Most units of a level, a cap or an order: sums over millions of orders stay in 64 bits.
    uint64 internal constant MAX_ORDER_UNITS = 281474976710655;
    /// @notice Reserve of a hub unless the brand sets more, which is also the least.
    uint16 internal constant HUB_RESERVE_BPS = 1000;
    uint16 internal constant MOST_HUB_RESERVE_BPS = 5000;
    /// @notice Shortest and longest cool-down.
    uint32 internal constant LEAST_COOL_DOWN_SECONDS = 60;
    uint32 internal constant MOST_COOL_DOWN_SECONDS = 2592000;
    /// @notice Shortest and longest time that an order stays open.
    uint32 internal constant LEAST_ORDER_SECONDS = 60;
    uint32 internal constant MOST_ORDER_SECONDS = 31536000;
    /// @notice Cancelled orders of a SKU into a place that give back what they used, within a day (UTC).
    uint32 internal constant MOST_GIVEN_BACK = 3;
    /// @notice Longest lead time of a supplier.
    uint32 internal constant MOST_SUPPLIER_SECONDS = 31536000;
    /// @notice Shortest and longest time that levels count after they were set.
    uint32 internal constant LEAST_LEVEL_AGE_SECONDS = 3600;
    uint32 internal constant MOST_LEVEL_AGE_SECONDS = 31536000;
}
