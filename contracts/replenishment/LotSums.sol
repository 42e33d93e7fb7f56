// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IStockLedger} from "../interfaces/IStockLedger.sol";
import {ReplenishmentLimits} from "../lib/Constants.sol";

/// @title What a place holds of a SKU over its lots
/// @notice Lot 0 and the newest `ReplenishmentLimits.NEWEST_LOTS` count: goods of older lots are not found by the rule.
library LotSums {
    /// @dev Bit of the number of lots in a SKU's info word (docs/formats.md).
    uint256 private constant LOTS_SHIFT = 72;

    /// @notice The contract listed as StockLedger did not answer.
    error LotSumsUnanswered(uint32 sku, uint16 lot, uint16 place);

    /// @notice Number of lots of a SKU.
    function lotsOf(IStockLedger stock, uint32 sku) internal view returns (uint256 lots) {
        return uint16(stock.skuInfo(sku) >> LOTS_SHIFT);
    }

    /// @notice Units available at a place.
    /// @dev An order over all candidates asks for a thousand balances: one buffer serves all calls of a place.
    function available(IStockLedger stock, uint32 sku, uint256 lots, uint16 place)
        internal
        view
        returns (uint256 units)
    {
        uint256 older = lots > ReplenishmentLimits.NEWEST_LOTS ? lots - ReplenishmentLimits.NEWEST_LOTS : 0;
        bytes memory data = abi.encodeCall(IStockLedger.balanceOf, (sku, 0, place));
        for (uint256 lot = 0; lot <= lots; lot = lot == 0 ? older + 1 : lot + 1) {
            uint256 word;
            bool answered;
            assembly ("memory-safe") {
                // Selector and first argument stand before the lot.
                mstore(add(data, 0x44), lot)
                answered := and(
                    gt(returndatasize(), 0x1f),
                    staticcall(gas(), stock, add(data, 0x20), mload(data), 0x00, 0x20)
                )
                word := mload(0x00)
            }
            if (!answered) revert LotSumsUnanswered(sku, uint16(lot), place);
            unchecked {
                units += uint64(word);
            }
        }
    }
}
