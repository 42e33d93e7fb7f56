// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Numbers of returns that the contracts and the Python side share
/// @notice What all families share is in lib/Constants.sol, which tells what the tag `binding` says.

/// @notice Grades of goods that came back.
/// @custom:binding enum
library Grade {
    /// @notice As new.
    uint8 internal constant A = 1;
    /// @notice Opened, nothing wrong with it.
    uint8 internal constant B = 2;
    /// @notice Defective.
    uint8 internal constant C = 3;
    /// @notice Worthless.
    uint8 internal constant D = 4;
}

/// @notice What becomes of returned goods; a grade's own disposition has its number.
/// @custom:binding enum
library Disposition {
    /// @notice Sold again at the full price.
    uint8 internal constant RESTOCK = 1;
    /// @notice Sold again at a discount.
    uint8 internal constant RESTOCK_DISCOUNTED = 2;
    /// @notice Back to the supplier, for repair.
    uint8 internal constant SEND_BACK = 3;
    /// @notice Scrapped.
    uint8 internal constant SCRAP = 4;
}

/// @notice What a leaf of a SKU's return stream says of its entries.
/// @custom:binding enum
library ReturnAct {
    /// @notice They were graded.
    uint8 internal constant GRADED = 1;
    /// @notice What their grades ask for was carried out.
    uint8 internal constant CLOSED = 2;
}

/// @notice Limits of returns, and the share of their value that graded goods keep.
/// @custom:binding values
library ReturnValues {
    /// @notice Most entries of one call, and of an organisation about a SKU within a day (UTC).
    uint256 internal constant MAX_RETURN_ENTRIES = 256;
    uint256 internal constant RETURN_ENTRIES_A_DAY = 1024;
    /// @notice Grade A keeps the whole value.
    uint256 internal constant KEPT_A_BPS = 10000;
    /// @notice Grade B is sold at 20 % off; the pot bears the discount.
    uint256 internal constant KEPT_B_BPS = 8000;
    /// @notice Grade C keeps nothing; the supplier bears it.
    uint256 internal constant KEPT_C_BPS = 0;
    /// @notice Grade D keeps nothing; the pot bears it.
    uint256 internal constant KEPT_D_BPS = 0;
}
