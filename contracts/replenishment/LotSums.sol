// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IReplenishment} from "../interfaces/IReplenishment.sol";
import {IStockLedger} from "../interfaces/IStockLedger.sol";
import {ReplenishmentLimits} from "./Constants.sol";

/// @title What a place holds of a SKU over its lots
/// @notice Lot 0, the newest `ReplenishmentLimits.NEWEST_LOTS` and those that the brand keeps in sight count: goods of other
/// lots are not found by the rule.
library LotSums {
    /// @dev Bit of the number of lots in a SKU's info word (docs/formats.md).
    uint256 private constant LOTS_SHIFT = 72;

    /// @notice The contract listed as StockLedger did not answer.
    error LotSumsUnanswered(uint32 sku, uint16 lot, uint16 place);

    /// @notice Number of lots of a SKU.
    function lotsOf(IStockLedger stock, uint32 sku) internal view returns (uint256 lots) {
        return uint16(stock.skuInfo(sku) >> LOTS_SHIFT);
    }

    /// @notice The lots of a SKU that count, ascending.
    function counted(IStockLedger stock, IReplenishment asking, uint32 sku) internal view returns (uint256[] memory lots) {
        uint256 known = lotsOf(stock, sku);
        uint256 older = known > ReplenishmentLimits.NEWEST_LOTS ? known - ReplenishmentLimits.NEWEST_LOTS : 0;
        lots = new uint256[](1 + ReplenishmentLimits.KEPT_LOTS + ReplenishmentLimits.NEWEST_LOTS);
        uint256 found = 1;
        (uint256 first, uint256 second) = asking.keptLotsOf(sku);
        // They ascend, 0 ends them; the newest count whether they are kept or not.
        while (first != 0 && uint16(first) <= older) {
            lots[found] = uint16(first);
            ++found;
            (first, second) = (first >> 16 | second << 240, second >> 16);
        }
        for (uint256 lot = older + 1; lot <= known; ++lot) {
            lots[found] = lot;
            ++found;
        }
        assembly ("memory-safe") {
            // Fewer than there was room for.
            mstore(lots, found)
        }
    }

    /// @notice Units available at a place.
    /// @dev An order over all candidates asks for a thousand balances: one buffer serves all calls of a place.
    function available(IStockLedger stock, uint32 sku, uint256[] memory lots, uint16 place)
        internal
        view
        returns (uint256 units)
    {
        bytes memory data = abi.encodeCall(IStockLedger.balanceOf, (sku, 0, place));
        for (uint256 i = 0; i < lots.length; ++i) {
            uint256 lot = lots[i];
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
