// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {MoneyLimits} from "../lib/Constants.sol";

/// @title Arithmetic of a settlement
library Shares {
    /// @notice Overstock that the forecast caused, in base units: with `covered = min(received, forecast)`,
    /// `min(max(0, covered − (sold − returned)), covered)`.
    /// @dev Goods sold before the period may come back within it. They are not what the forecast brought in, so returns
    /// count against the period's sales only and never raise the overstock above `covered`.
    function overstock(uint256 received, uint256 forecast, uint256 sold, uint256 returned)
        internal
        pure
        returns (uint256)
    {
        return Math.saturatingSub(Math.min(received, forecast), Math.saturatingSub(sold, returned));
    }

    /// @notice Splits `lossFen` by largest remainder: both shares are rounded down, and the one fen that may be left goes to
    /// the side with the larger remainder, to the brand on a tie.
    /// @param brandBps The brand's share, at most 10,000.
    function split(uint256 lossFen, uint256 brandBps) internal pure returns (uint256 brandFen, uint256 supplierFen) {
        uint256 whole = MoneyLimits.WHOLE_BPS;
        uint256 remainder = (lossFen % whole) * brandBps % whole;
        brandFen = lossFen / whole * brandBps + (lossFen % whole) * brandBps / whole;
        // Both remainders add up to the whole when a fen is left, so the brand's is the larger, or equal, from half on.
        if (remainder * 2 >= whole) ++brandFen;
        supplierFen = lossFen - brandFen;
    }
}
