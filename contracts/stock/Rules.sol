// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Lane} from "../lib/Constants.sol";

/// @title What each kind of movement takes, gives and counts
/// @notice A kind's rule has 16 bits: the lane taken from + 1 (bits 0-2, 0 = from outside), the lane given to + 1
/// (bits 3-5, 0 = to outside), the counter (bits 6-8), and the flags below. The rule 0 means that there is no such kind.
library Rules {
    uint256 internal constant RECEIVED = 1;
    uint256 internal constant SOLD = 2;
    uint256 internal constant RETURNED = 3;
    uint256 internal constant ADJUSTED_UP = 4;
    uint256 internal constant ADJUSTED_DOWN = 5;

    /// @notice The goods stay at their place.
    uint256 internal constant SAME_PLACE = 1 << 9;
    /// @notice The poster operates both places, which differ.
    uint256 internal constant BOTH_OPERATED = 1 << 10;
    /// @notice The poster operates the place that goods come to as well: nobody hands goods to a place by itself.
    uint256 internal constant TO_OPERATED = 1 << 11;

    uint256 private constant TAKE_AVAILABLE = Lane.AVAILABLE + 1;
    uint256 private constant TAKE_RESERVED = Lane.RESERVED + 1;
    uint256 private constant TAKE_IN_TRANSIT = Lane.IN_TRANSIT + 1;
    uint256 private constant TAKE_HELD = Lane.HELD + 1;
    uint256 private constant GIVE_AVAILABLE = TAKE_AVAILABLE << 3;
    uint256 private constant GIVE_RESERVED = TAKE_RESERVED << 3;
    uint256 private constant GIVE_IN_TRANSIT = TAKE_IN_TRANSIT << 3;
    uint256 private constant GIVE_HELD = TAKE_HELD << 3;

    uint256 private constant RECEIVE = GIVE_AVAILABLE | RECEIVED << 6;
    uint256 private constant RESERVE = TAKE_AVAILABLE | GIVE_RESERVED | SAME_PLACE;
    uint256 private constant RELEASE = TAKE_RESERVED | GIVE_AVAILABLE | SAME_PLACE;
    uint256 private constant SHIP = TAKE_RESERVED | GIVE_IN_TRANSIT;
    uint256 private constant ARRIVE = TAKE_IN_TRANSIT | GIVE_AVAILABLE | TO_OPERATED;
    uint256 private constant DELIVER = TAKE_IN_TRANSIT | SOLD << 6;
    uint256 private constant RETURN = GIVE_HELD | RETURNED << 6;
    uint256 private constant TRANSFER = TAKE_AVAILABLE | GIVE_AVAILABLE | BOTH_OPERATED;
    uint256 private constant FOUND = GIVE_AVAILABLE | ADJUSTED_UP << 6;
    uint256 private constant LOST = TAKE_AVAILABLE | ADJUSTED_DOWN << 6;
    uint256 private constant SCRAP = TAKE_HELD | ADJUSTED_DOWN << 6;
    uint256 private constant HOLD = TAKE_AVAILABLE | GIVE_HELD | SAME_PLACE;
    uint256 private constant RESTOCK = TAKE_HELD | GIVE_AVAILABLE | SAME_PLACE;
    uint256 private constant SELL = TAKE_AVAILABLE | SOLD << 6;
    uint256 private constant SEND_BACK = TAKE_HELD | ADJUSTED_DOWN << 6;

    uint256 private constant LOST_IN_TRANSIT = TAKE_IN_TRANSIT | ADJUSTED_DOWN << 6;
    uint256 private constant FOUND_IN_TRANSIT = GIVE_IN_TRANSIT | ADJUSTED_UP << 6;

    uint256 private constant LOW =
        RECEIVE << 16 | RESERVE << 32 | RELEASE << 48 | SHIP << 64 | ARRIVE << 80 | DELIVER << 96 | RETURN << 112;
    uint256 private constant HIGH = TRANSFER << 128 | FOUND << 144 | LOST << 160 | SCRAP << 176 | HOLD << 192
        | RESTOCK << 208 | SELL << 224 | SEND_BACK << 240;
    /// @dev Bundles: assemble, assemble from, split, split into. They move and count what found and lost do.
    uint256 private constant BUNDLES = FOUND << 32 | LOST << 48 | LOST << 64 | FOUND << 80;
    /// @notice The rule of kind k stands at bit 16 k, in the order of `MovementKind`; of kind 16 + k in the second word. A
    /// gift goes out as what is lost in transit, a sample as what is lost.
    uint256 internal constant TABLE = LOW | HIGH;
    uint256 internal constant SECOND_TABLE =
        LOST_IN_TRANSIT | FOUND_IN_TRANSIT << 16 | BUNDLES | LOST_IN_TRANSIT << 96 | LOST << 112;

    /// @notice Kinds that a recalled lot is refused: reserve, deliver, restock, sell, assemble from, split, gift, sample. The
    /// parts of a bundle would be goods of SKUs that nobody recalled.
    uint256 internal constant RECALL_FORBIDS =
        1 << 2 | 1 << 6 | 1 << 13 | 1 << 14 | 1 << 19 | 1 << 20 | 1 << 22 | 1 << 23;

    /// @notice The rule of `kind`; 0 when there is no such kind.
    function ruleOf(uint256 kind) internal pure returns (uint256 rule) {
        unchecked {
            // A shift of 256 bits and more leaves nothing: there is no third word.
            rule = kind < 16 ? TABLE >> (kind << 4) : SECOND_TABLE >> ((kind - 16) << 4);
            rule &= 0xffff;
        }
    }

    /// @notice Bits to the right of the lane that goods are taken from; the rule must take.
    function takeShift(uint256 rule) internal pure returns (uint256) {
        return ((rule & 7) - 1) << 6;
    }

    /// @notice Bits to the right of the lane that goods are given to; the rule must give.
    function giveShift(uint256 rule) internal pure returns (uint256) {
        return ((rule >> 3 & 7) - 1) << 6;
    }

    /// @notice The counter that the rule moves, 0 = none.
    function counterOf(uint256 rule) internal pure returns (uint256) {
        return rule >> 6 & 7;
    }

    /// @notice Whether the places fit: outside is 0 and nothing else is.
    function placesFit(uint256 rule, uint256 from, uint256 to) internal pure returns (bool) {
        if ((rule & 7 == 0) != (from == 0) || (rule >> 3 & 7 == 0) != (to == 0)) return false;
        if (rule & SAME_PLACE != 0) return from == to;
        return rule & BOTH_OPERATED == 0 || from != to;
    }
}
