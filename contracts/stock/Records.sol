// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IStockLedger} from "../interfaces/IStockLedger.sol";
import {Limits} from "../lib/Constants.sol";
import {Authorities, Authority, Spot} from "./Authority.sol";
import {Cuts} from "./Cuts.sol";
import {Inheritance} from "./Inheritance.sol";
import {Rules} from "./Rules.sol";

/// @title The records of one SKU and lot: checked, and applied to its balances and counters
/// @notice The busiest code of the ledger, hence one loop in assembly that knows only the usual case: a record whose
/// move (kind, from, to) was admitted before in this batch, and lanes that stay below 2^63, so that an oversell and an
/// overflow both show in a lane's highest bit. It stops at any other record; Solidity then admits its move for the rest
/// of the batch, books the record step by step, or refuses it. Balances and counters stay in memory until the SKU and
/// lot are done.
library Records {
    using Authorities for Authority;

    uint256 internal constant RECORD_BYTES = 12;
    /// @dev Storage slots of StockLedger's balances and counters (docs/formats.md).
    uint256 internal constant BALANCES_SLOT = 0;
    uint256 internal constant COUNTERS_SLOT = 1;

    uint256 private constant MAX64 = 0xffffffffffffffff;
    /// @dev The highest bit of each lane.
    uint256 private constant HIGHEST = 1 << 255 | 1 << 191 | 1 << 127 | 1 << 63;
    /// @dev Bits of a counters' word above `adjusted`, and what is left of it to the right of the others.
    uint256 private constant MOMENT_BITS = 26;
    uint256 private constant ADJUSTED_SHIFT = 218;
    /// @dev Line of a move in the cache: bits 40 … 48 of its product with this odd number (2^64 / golden ratio).
    uint256 private constant SPREAD = 0x9e3779b97f4a7c15;

    /// @dev Why the loop stopped; 0 = it is through.
    uint256 private constant UNKNOWN_MOVE = 1;
    uint256 private constant UNUSUAL_LANES = 2;

    /// @dev What the loop keeps between two runs, read by offset: `position` and `end` are in calldata, `leaf` is
    /// where the record's Merkle leaf goes, `touched` points to the spot touched last, `adjusted` is the sum of units
    /// adjusted, `vacant` what a word of 0 is written as (`Inheritance`).
    struct Cursor {
        uint256 position;
        uint256 end;
        uint256 leaf;
        uint256 touched;
        uint256 adjusted;
        uint256 vacant;
    }

    /// @notice Posts the `n` records from calldata position `position` on; the first is number `index` of the batch.
    /// `cursor` is one for all groups of a batch; its `leaf` moves on by a word a record.
    function post(
        Cursor memory cursor,
        Authority memory authority,
        uint256 skuLot,
        uint256 n,
        uint256 position,
        uint256 index
    ) internal {
        unchecked {
            cursor.position = position;
            cursor.end = position + n * RECORD_BYTES;
            (cursor.touched, cursor.adjusted) = (0, 0);
            // Two calls of the loop keep the compiler from inlining it, which would push its variables off the stack.
            uint256 reason = _run(cursor, authority.moves, skuLot);
            while (reason != 0) {
                uint256 stopped = index + (cursor.position - position) / RECORD_BYTES;
                uint256 record = _record(cursor.position);
                if (reason == UNUSUAL_LANES || !_admit(authority, skuLot, stopped, record)) {
                    // The spots are there by now: nothing that booking puts into memory is needed afterwards.
                    uint256 free = _free();
                    _book(cursor, authority, skuLot, stopped, record);
                    _giveBack(free);
                    cursor.position += RECORD_BYTES;
                    cursor.leaf += 0x20;
                }
                reason = _run(cursor, authority.moves, skuLot);
            }
            _store(cursor);
        }
    }

    /// @dev Runs over records until the end or until one that it does not know; that one has changed nothing then but
    /// its Merkle leaf, which stands. A line of `moves` is: kind, from, to as in the record (bytes 0-4), and a pointer
    /// (low 32 bits) to four words: a spot, what a unit adds to its word (modulo 2^256), and the same of another spot
    /// (0 = none).
    // One loop in one place: split up, the compiler moves its variables from the stack to memory.
    // solhint-disable-next-line function-max-lines
    function _run(Cursor memory cursor, uint256[] memory moves, uint256 skuLot) private view returns (uint256 reason) {
        uint256 latest = block.timestamp + Limits.MAX_AHEAD_SECONDS;
        assembly ("memory-safe") {
            // Makes the spot hold what is stored there of the lot; it joins the list of touched spots. The fourth lane
            // of counters has a sign, which must not look like a lane gone wrong: it is kept apart. A word that was not
            // touched yet by a version that replaced another is held as `vacant`, whose lanes are gone wrong: the loop
            // stops, and `_held` looks for it in the version before. So are counters of which a cut is due (`Cuts`).
            function hold(spot, owner, list) {
                let place := mload(add(spot, 0x80))
                mstore(0x00, or(shl(16, owner), place))
                mstore(0x20, BALANCES_SLOT)
                if iszero(place) {
                    mstore(0x00, shr(16, owner))
                    mstore(0x20, COUNTERS_SLOT)
                }
                let slot := keccak256(0x00, 0x40)
                let word := sload(slot)
                if iszero(word) { word := mload(add(list, 0x40)) }
                if iszero(place) {
                    let high := shl(192, shr(192, word))
                    let moment := shr(230, high)
                    if moment {
                        if iszero(lt(timestamp(), shl(6, moment))) {
                            word := not(0)
                            high := shl(192, word)
                        }
                    }
                    mstore(add(spot, 0xe0), high)
                    word := xor(word, high)
                }
                mstore(spot, owner)
                mstore(add(spot, 0x20), word)
                mstore(add(spot, 0x40), slot)
                mstore(add(spot, 0x60), mload(list))
                mstore(list, spot)
                mstore(0x00, shl(200, owner))
            }
            // A leaf is keccak(00 ‖ SKU ‖ lot ‖ record): the first seven bytes stay where they are.
            mstore(0x00, shl(200, skuLot))
            let lines := add(moves, 0x20)
            let position := mload(cursor)
            let leaf := mload(add(cursor, 0x40))
            let end := mload(add(cursor, 0x20))
            for {} lt(position, end) {} {
                let quantity := calldataload(position)
                mstore(0x07, quantity)
                mstore(leaf, keccak256(0x00, 19))
                let move := shr(216, quantity)
                let line := mload(add(lines, and(shr(35, mul(move, SPREAD)), 0x3fe0)))
                let time := and(shr(160, quantity), 0xffffffff)
                quantity := and(shr(192, quantity), 0xffffff)
                if or(xor(shr(216, line), move), or(iszero(quantity), gt(time, latest))) {
                    reason := UNKNOWN_MOVE
                    break
                }
                line := and(line, 0xffffffff)
                let spot := mload(line)
                if xor(mload(spot), skuLot) { hold(spot, skuLot, add(cursor, 0x60)) }
                let word := mload(add(spot, 0x20))
                let seen := word
                word := add(word, mul(quantity, mload(add(line, 0x20))))
                seen := or(seen, word)
                let other := mload(add(line, 0x40))
                switch other
                case 0 {
                    if and(seen, HIGHEST) {
                        reason := UNUSUAL_LANES
                        break
                    }
                }
                default {
                    if xor(mload(other), skuLot) { hold(other, skuLot, add(cursor, 0x60)) }
                    let next := mload(add(other, 0x20))
                    seen := or(seen, next)
                    next := add(next, mul(quantity, mload(add(line, 0x60))))
                    if and(or(seen, next), HIGHEST) {
                        reason := UNUSUAL_LANES
                        break
                    }
                    mstore(add(other, 0x20), next)
                }
                mstore(add(spot, 0x20), word)
                position := add(position, RECORD_BYTES)
                leaf := add(leaf, 0x20)
            }
            mstore(cursor, position)
            mstore(add(cursor, 0x40), leaf)
        }
    }

    /// @dev Writes the balances and counters of the spots that were touched.
    function _store(Cursor memory cursor) private {
        assembly ("memory-safe") {
            for { let spot := mload(add(cursor, 0x60)) } spot { spot := mload(add(spot, 0x60)) } {
                let word := or(mload(add(spot, 0x20)), mload(add(spot, 0xe0)))
                if iszero(word) { word := mload(add(cursor, 0xa0)) }
                sstore(mload(add(spot, 0x40)), word)
            }
        }
    }

    /// @notice Number, within a group, of the first record with which more than `rest` units are adjusted.
    function firstAdjustedOver(uint256 position, uint256 rest) internal pure returns (uint256 number) {
        unchecked {
            for (uint256 sum = 0;; ++number) {
                uint256 record = _record(position + number * RECORD_BYTES);
                if (Rules.counterOf(Rules.ruleOf(record >> 88)) >= Rules.ADJUSTED_UP) sum += record >> 32 & 0xffffff;
                if (sum > rest) return number;
            }
        }
    }

    /// @notice Number, within a group of `n`, of the first record of a kind that a recall forbids; `n` = none.
    function firstRecalled(uint256 position, uint256 n) internal pure returns (uint256 number) {
        unchecked {
            while (number < n && Rules.RECALL_FORBIDS >> (_record(position + number * RECORD_BYTES) >> 88) & 1 == 0) {
                ++number;
            }
        }
    }

    /// @dev Checks a record in the order of docs/formats.md, reverts with the first reason, and puts its move into the
    /// cache: the loop goes on with it. False, and nothing is put there, when the loop cannot book such a move, or it is
    /// admitted for this SKU alone.
    function _admit(Authority memory authority, uint256 skuLot, uint256 index, uint256 record)
        private
        view
        returns (bool)
    {
        uint8 kind = uint8(record >> 88);
        (uint16 from, uint16 to) = (uint16(record >> 72), uint16(record >> 56));
        uint256 rule = Rules.ruleOf(kind);
        if (rule == 0) revert IStockLedger.StockUnknownKind(index, kind);
        if (!Rules.placesFit(rule, from, to)) revert IStockLedger.StockPlaceMismatch(index, kind, from, to);
        if (uint24(record >> 32) == 0) revert IStockLedger.StockZeroQuantity(index);
        if (uint32(record) > block.timestamp + Limits.MAX_AHEAD_SECONDS) {
            revert IStockLedger.StockTimeInFuture(index, uint32(record), block.timestamp);
        }
        authority.requireCovered(index, uint32(skuLot >> 16), from, to);
        uint256[4] memory steps;
        uint256 used = 0;
        unchecked {
            if (from != 0) {
                if (
                    !Authorities.isOperated(authority.found(index, from))
                        && authority.retrieves(index, kind, uint32(skuLot >> 16), from, to)
                ) return false;
                steps[0] = authority.operated(index, from);
                steps[1] = 0 - (1 << Rules.takeShift(rule));
                used = 2;
            }
            if (to != 0) {
                bool own = from == 0 || rule & (Rules.BOTH_OPERATED | Rules.TO_OPERATED) != 0;
                uint256 unit = 1 << Rules.giveShift(rule);
                if (from == to) {
                    steps[1] += unit;
                } else {
                    steps[used] = own ? authority.operated(index, to) : authority.known(index, to);
                    steps[used + 1] = unit;
                    used += 2;
                }
            }
            uint256 counter = Rules.counterOf(rule);
            if (counter != 0) {
                if (used != 2 || counter >= Rules.ADJUSTED_UP) return false;
                steps[2] = Authorities.pointerTo(authority.counters);
                steps[3] = 1 << ((counter - 1) << 6);
            }
        }
        _remember(authority.moves, record >> 56, steps);
        return true;
    }

    /// @dev Puts a move (kind, from, to) into its line. The words of the one that was there are used again, and those of
    /// `steps` are given back where nothing was put behind them.
    function _remember(uint256[] memory moves, uint256 move, uint256[4] memory steps) private pure {
        unchecked {
            uint256 number = move * SPREAD >> 40 & 0x1ff;
            uint256 pointer = moves[number] & 0xffffffff;
            assembly ("memory-safe") {
                switch pointer
                case 0 { pointer := steps }
                default {
                    mcopy(pointer, steps, 0x80)
                    if eq(mload(0x40), add(steps, 0x80)) { mstore(0x40, steps) }
                }
            }
            moves[number] = move << 216 | pointer;
        }
    }

    /// @dev Books a record whose form and move are admitted step by step; reverts when a lane or a counter cannot bear it.
    function _book(Cursor memory cursor, Authority memory authority, uint256 skuLot, uint256 index, uint256 record)
        private
    {
        uint256 rule = Rules.ruleOf(record >> 88);
        uint256 quantity = uint24(record >> 32);
        (uint16 from, uint16 to, uint32 sku) = (uint16(record >> 72), uint16(record >> 56), uint32(skuLot >> 16));
        if (from != 0) {
            Spot memory spot = _held(cursor, authority.found(index, from), skuLot);
            uint256 shift = Rules.takeShift(rule);
            if (spot.word >> shift & MAX64 < quantity) {
                revert IStockLedger.StockOversell(index, sku, from, uint8(shift >> 6));
            }
            unchecked {
                spot.word -= quantity << shift;
            }
        }
        if (to != 0) {
            Spot memory spot = _held(cursor, authority.found(index, to), skuLot);
            uint256 shift = Rules.giveShift(rule);
            // A word may not become what 0 is written as, either.
            bool fits = (spot.word >> shift & MAX64) + quantity <= MAX64;
            unchecked {
                spot.word += quantity << shift;
            }
            if (!fits || spot.word == Inheritance.EMPTY) {
                revert IStockLedger.StockLaneOverflow(index, sku, to, uint8(shift >> 6));
            }
        }
        uint256 counter = Rules.counterOf(rule);
        if (counter != 0) {
            Spot memory spot = _held(cursor, Authorities.pointerTo(authority.counters), skuLot);
            _split(spot, Cuts.keep(sku, spot.word | spot.high));
            if (!_count(cursor, spot, counter, quantity)) revert IStockLedger.StockCounterOverflow(index, sku);
        }
    }

    /// @dev False when the counter cannot bear it. No counters' word can be all ones: no cut has such a moment.
    function _count(Cursor memory cursor, Spot memory counters, uint256 counter, uint256 quantity)
        private
        pure
        returns (bool)
    {
        unchecked {
            if (counter < Rules.ADJUSTED_UP) {
                uint256 shift = (counter - 1) << 6;
                if ((counters.word >> shift & MAX64) + quantity > MAX64) return false;
                counters.word += quantity << shift;
                return true;
            }
            int256 adjusted = adjustedOf(counters.high);
            adjusted = counter == Rules.ADJUSTED_UP ? adjusted + int256(quantity) : adjusted - int256(quantity);
            uint256 moment = counters.high >> Cuts.MOMENT_SHIFT << Cuts.MOMENT_SHIFT;
            counters.high = moment | uint256(adjusted) << ADJUSTED_SHIFT >> MOMENT_BITS;
            cursor.adjusted += quantity;
            return adjusted == adjustedOf(counters.high);
        }
    }

    /// @dev The spot with what is stored there of the lot, as `hold` in the loop; what that held as vacant is looked for.
    function _held(Cursor memory cursor, uint256 pointer, uint256 skuLot) private view returns (Spot memory spot) {
        assembly ("memory-safe") {
            spot := pointer
        }
        bool counts = spot.place == 0;
        if (spot.skuLot != skuLot) {
            uint256 key = counts ? skuLot >> 16 : skuLot << 16 | spot.place;
            spot.slot = uint256(Inheritance.slotOf(key, counts ? COUNTERS_SLOT : BALANCES_SLOT));
            spot.skuLot = skuLot;
            (spot.touched, cursor.touched) = (cursor.touched, pointer);
        } else if (spot.word | spot.high != Inheritance.EMPTY) {
            return spot;
        }
        uint256 word = Inheritance.read(bytes32(spot.slot));
        if (counts) _split(spot, word);
        else spot.word = word;
    }

    /// @dev Where memory that is not set aside yet begins.
    function _free() private pure returns (uint256 free) {
        assembly ("memory-safe") {
            free := mload(0x40)
        }
    }

    /// @dev Memory from `free` on is used again: a batch pays for all that it ever set aside, by the square.
    function _giveBack(uint256 free) private pure {
        assembly ("memory-safe") {
            mstore(0x40, free)
        }
    }

    /// @dev Counters are held in two parts.
    function _split(Spot memory counters, uint256 word) private pure {
        (counters.high, counters.word) = (word >> 192 << 192, word << 64 >> 64);
    }

    /// @notice The counter `adjusted` of a counters' word: 38 bits with a sign, below the moment of the next cut.
    function adjustedOf(uint256 word) internal pure returns (int256) {
        return int256(word << MOMENT_BITS) >> ADJUSTED_SHIFT;
    }

    function _record(uint256 position) private pure returns (uint256 record) {
        assembly ("memory-safe") {
            record := shr(160, calldataload(position))
        }
    }
}
