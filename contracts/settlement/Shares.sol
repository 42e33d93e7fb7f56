// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {MoneyLimits} from "../lib/Constants.sol";

/// @title Arithmetic of a settlement
library Shares {
    /// @notice Overstock that the forecast caused, in base units: `max(0, min(received, forecast) − (sold − returned))`.
    /// @dev Signed, because goods sold before the period may come back within it. Operands below 2^64 cannot overflow.
    function overstock(uint256 received, uint256 forecast, uint256 sold, uint256 returned)
        internal
        pure
        returns (uint256)
    {
        int256 covered = int256(received < forecast ? received : forecast);
        int256 excess = covered - (int256(sold) - int256(returned));
        return excess > 0 ? uint256(excess) : 0;
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
