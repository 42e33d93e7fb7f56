// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ApprovedAct} from "./Constants.sol";

/// @title The word of what a brand lets another organisation do
/// @notice Acts (uint8, `ApprovedAct`), last second of it (uint64 at bit 8, 0 = no end), whether it is for some places
/// only (bit 72) and for some SKUs only (bit 73), number of its lists (uint32 at bit 80), when it was set (uint64 at
/// bit 112). A new number makes the lists of before void.
library Approvals {
    /// @notice It is for some places, or some SKUs, only.
    uint256 internal constant SOME_PLACES = 1 << 72;
    uint256 internal constant SOME_SKUS = 1 << 73;
    /// @notice Not in a word, but in what is told of it: the SKU or the place that was asked for is not among those.
    uint256 internal constant OUTSIDE = 1 << 74;
    /// @notice What an approval without more words lets do.
    uint8 internal constant USUAL =
        ApprovedAct.MOVE | ApprovedAct.PLAN | ApprovedAct.ORDER | ApprovedAct.REGISTER_LOTS;

    uint256 private constant UNTIL_SHIFT = 8;
    uint256 private constant LISTS_SHIFT = 80;
    uint256 private constant SINCE_SHIFT = 112;
    uint256 private constant PLACE_PAGE = 1 << 16;
    uint256 private constant SKU_PAGE = 2 << 16;

    /// @notice Whether the acts and limits of `IConsortium.approvalFor` let do this act with what was asked for.
    function grants(uint256 found, uint8 act) internal pure returns (bool) {
        return found & (act | OUTSIDE) == act;
    }

    /// @notice Acts and limits of a word: no acts when it ended.
    function current(uint256 word) internal view returns (uint256 found) {
        uint256 until = uint64(word >> UNTIL_SHIFT);
        found = word & (SOME_PLACES | SOME_SKUS);
        if (until == 0 || block.timestamp <= until) found |= uint8(word);
    }

    /// @notice From when on it does not let move goods that it does not let move now (Unix seconds); 0 = it never was.
    function endOf(uint256 word) internal view returns (uint256) {
        uint256 until = uint64(word >> UNTIL_SHIFT);
        return until != 0 && until < block.timestamp ? until : uint64(word >> SINCE_SHIFT);
    }

    /// @notice The word that follows `word`, set now, with new lists.
    function next(uint256 word, uint8 acts, uint64 until, bool somePlaces, bool someSkus)
        internal
        view
        returns (uint256)
    {
        uint256 lists = uint256(uint32(word >> LISTS_SHIFT)) + 1;
        return acts | uint256(until) << UNTIL_SHIFT | (somePlaces ? SOME_PLACES : 0) | (someSkus ? SOME_SKUS : 0)
            | lists << LISTS_SHIFT | block.timestamp << SINCE_SHIFT;
    }

    /// @notice Where the bit of a place stands: key of a page of 256, and the bit.
    function placeBit(uint256 word, uint16 brand, uint16 operator, uint16 place)
        internal
        pure
        returns (uint256 key, uint256 bit)
    {
        return (_lists(word, brand, operator) | PLACE_PAGE | place >> 8, 1 << uint8(place));
    }

    /// @notice The same of a SKU of the brand, by its serial.
    function skuBit(uint256 word, uint16 brand, uint16 operator, uint32 sku)
        internal
        pure
        returns (uint256 key, uint256 bit)
    {
        uint256 serial = sku & 0xfffff;
        return (_lists(word, brand, operator) | SKU_PAGE | serial >> 8, 1 << (serial & 0xff));
    }

    function _lists(uint256 word, uint16 brand, uint16 operator) private pure returns (uint256) {
        return uint256(brand) << 80 | uint256(operator) << 64 | uint256(uint32(word >> LISTS_SHIFT)) << 32;
    }
}
