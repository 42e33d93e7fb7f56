// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IStockLedger} from "../interfaces/IStockLedger.sol";
import {Limits} from "../lib/Constants.sol";
import {Authorities, Authority} from "./Authority.sol";
import {Rules} from "./Rules.sol";

/// @title The records of one SKU and lot: checked, and applied to its balances and counters
/// @notice The busiest code of the ledger, hence one loop in assembly that knows only the usual case: a record whose
/// move (kind, from, to) was admitted before in this batch. It stops at any other record; Solidity then admits its
/// move for the rest of the batch, or refuses it. Balances and counters stay in memory until the SKU is done.
library Records {
    using Authorities for Authority;

    uint256 internal constant RECORD_BYTES = 12;
    /// @dev Storage slots of StockLedger's balances and counters (docs/formats.md).
    uint256 internal constant BALANCES_SLOT = 0;
    uint256 internal constant COUNTERS_SLOT = 1;

    uint256 private constant MAX64 = 0xffffffffffffffff;
    /// @dev Line of a move in the cache: bits 40 … 48 of its product with this odd number (2^64 / golden ratio).
    uint256 private constant SPREAD = 0x9e3779b97f4a7c15;

    /// @dev Why the loop stopped; 0 = it is through.
    uint256 private constant UNKNOWN_MOVE = 1;
    uint256 private constant OVERSELL = 2;
    uint256 private constant LANE_OVERFLOW = 3;
    uint256 private constant COUNTER_OVERFLOW = 4;

    /// @dev What the loop keeps between two runs, read by offset: `position` and `end` are in calldata, `leaf` is
    /// where the record's Merkle leaf goes, `touched` points to the spot touched last, `counters` are held once a
    /// record counts (`counterSlot` is not 0 then), `adjusted` is the sum of units found, lost, scrapped and sent back.
    struct Cursor {
        uint256 position;
        uint256 end;
        uint256 leaf;
        uint256 touched;
        uint256 counterSlot;
        uint256 counters;
        uint256 adjusted;
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
            (cursor.touched, cursor.counterSlot, cursor.adjusted) = (0, 0, 0);
            // Two calls of the loop keep the compiler from inlining it, which would push its variables off the stack.
            uint256 reason = _run(cursor, authority.moves, skuLot);
            while (reason != 0) {
                uint256 stopped = index + (cursor.position - position) / RECORD_BYTES;
                uint256 record = _record(cursor.position);
                if (reason != UNKNOWN_MOVE) _refuse(reason, skuLot, stopped, record);
                _admit(authority, stopped, record);
                reason = _run(cursor, authority.moves, skuLot);
            }
            _store(cursor);
        }
    }

    /// @dev Runs over records until the end or until one that it does not know; that one has changed nothing then.
    /// A line of `moves` is: kind, from, to as in the record (bytes 0-4), counter (5), bit shifts of the lanes taken
    /// from and given to (6, 7), pointers to the spots given to (bits 32-63) and taken from (bits 0-31), 0 = none.
    // One loop in one place: split up, the compiler moves its variables from the stack to memory.
    // solhint-disable-next-line function-max-lines
    function _run(Cursor memory cursor, uint256[] memory moves, uint256 skuLot) private view returns (uint256 reason) {
        uint256 ahead = Limits.MAX_AHEAD_SECONDS;
        assembly ("memory-safe") {
            // Makes the spot hold the lot's balance there; it joins the list of touched spots.
            function hold(spot, owner, list) {
                mstore(0x00, or(shl(16, owner), mload(add(spot, 0x80))))
                mstore(0x20, BALANCES_SLOT)
                let slot := keccak256(0x00, 0x40)
                mstore(spot, owner)
                mstore(add(spot, 0x20), sload(slot))
                mstore(add(spot, 0x40), slot)
                mstore(add(spot, 0x60), mload(list))
                mstore(list, spot)
            }
            let position := mload(cursor)
            let leaf := mload(add(cursor, 0x40))
            let end := mload(add(cursor, 0x20))
            for {} lt(position, end) {} {
                let record := shr(160, calldataload(position))
                mstore(0x00, or(shl(200, skuLot), shl(104, record)))
                mstore(leaf, keccak256(0x00, 19))

                let quantity := and(shr(32, record), 0xffffff)
                let move := mload(add(add(moves, 0x20), and(shr(35, mul(shr(56, record), SPREAD)), 0x3fe0)))
                if or(
                    xor(shr(216, move), shr(56, record)),
                    or(iszero(quantity), gt(and(record, 0xffffffff), add(timestamp(), ahead)))
                ) {
                    reason := UNKNOWN_MOVE
                    break
                }
                let spot := and(move, 0xffffffff)
                if spot {
                    if xor(mload(spot), skuLot) { hold(spot, skuLot, add(cursor, 0x60)) }
                    let word := mload(add(spot, 0x20))
                    if lt(and(shr(byte(6, move), word), MAX64), quantity) {
                        reason := OVERSELL
                        break
                    }
                    mstore(add(spot, 0x20), sub(word, shl(byte(6, move), quantity)))
                }
                spot := and(shr(32, move), 0xffffffff)
                if spot {
                    if xor(mload(spot), skuLot) { hold(spot, skuLot, add(cursor, 0x60)) }
                    // A lane that has wrapped round is less than what was added to it.
                    let word := add(mload(add(spot, 0x20)), shl(byte(7, move), quantity))
                    if lt(and(shr(byte(7, move), word), MAX64), quantity) {
                        reason := LANE_OVERFLOW
                        break
                    }
                    mstore(add(spot, 0x20), word)
                }
                let counter := byte(5, move)
                if counter {
                    if iszero(mload(add(cursor, 0x80))) {
                        mstore(0x00, shr(16, skuLot))
                        mstore(0x20, COUNTERS_SLOT)
                        let slot := keccak256(0x00, 0x40)
                        mstore(add(cursor, 0x80), slot)
                        mstore(add(cursor, 0xa0), sload(slot))
                    }
                    let word := mload(add(cursor, 0xa0))
                    switch lt(counter, 4)
                    case 1 {
                        let shift := shl(6, sub(counter, 1))
                        if gt(add(and(shr(shift, word), MAX64), quantity), MAX64) {
                            reason := COUNTER_OVERFLOW
                            break
                        }
                        word := add(word, shl(shift, quantity))
                    }
                    default {
                        // 4 adds and 5 subtracts: quantity × (9 − 2 × counter).
                        let adjusted := add(sar(192, word), mul(quantity, sub(9, shl(1, counter))))
                        if xor(adjusted, signextend(7, adjusted)) {
                            reason := COUNTER_OVERFLOW
                            break
                        }
                        word := or(shr(64, shl(64, word)), shl(192, adjusted))
                        mstore(add(cursor, 0xc0), add(mload(add(cursor, 0xc0)), quantity))
                    }
                    mstore(add(cursor, 0xa0), word)
                }
                position := add(position, RECORD_BYTES)
                leaf := add(leaf, 0x20)
            }
            mstore(cursor, position)
            mstore(add(cursor, 0x40), leaf)
        }
    }

    /// @dev Writes the balances of the spots that were touched, and the counters if any record counted.
    function _store(Cursor memory cursor) private {
        assembly ("memory-safe") {
            for { let spot := mload(add(cursor, 0x60)) } spot { spot := mload(add(spot, 0x60)) } {
                sstore(mload(add(spot, 0x40)), mload(add(spot, 0x20)))
            }
            let slot := mload(add(cursor, 0x80))
            if slot { sstore(slot, mload(add(cursor, 0xa0))) }
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

    /// @dev Checks a record in the order of docs/formats.md, reverts with the first reason, and puts its move into the
    /// cache: the loop goes on with it.
    function _admit(Authority memory authority, uint256 index, uint256 record) private view {
        uint8 kind = uint8(record >> 88);
        uint16 from = uint16(record >> 72);
        uint16 to = uint16(record >> 56);
        uint256 rule = Rules.ruleOf(kind);
        if (rule == 0) revert IStockLedger.StockUnknownKind(index, kind);
        if (!Rules.placesFit(rule, from, to)) revert IStockLedger.StockPlaceMismatch(index, kind, from, to);
        if (uint24(record >> 32) == 0) revert IStockLedger.StockZeroQuantity(index);
        if (uint32(record) > block.timestamp + Limits.MAX_AHEAD_SECONDS) {
            revert IStockLedger.StockTimeInFuture(index, uint32(record), block.timestamp);
        }
        uint256 move = record >> 56 << 216 | Rules.counterOf(rule) << 208;
        if (from != 0) {
            move |= Authorities.pointerTo(authority.operated(index, from)) | Rules.takeShift(rule) << 200;
        }
        if (to != 0) {
            bool own = from == 0 || rule & Rules.BOTH_OPERATED != 0;
            uint256 spot = Authorities.pointerTo(own ? authority.operated(index, to) : authority.known(index, to));
            move |= spot << 32 | Rules.giveShift(rule) << 192;
        }
        unchecked {
            authority.moves[(record >> 56) * SPREAD >> 40 & 0x1ff] = move;
        }
    }

    function _refuse(uint256 reason, uint256 skuLot, uint256 index, uint256 record) private pure {
        uint32 number = uint32(skuLot >> 16);
        uint256 rule = Rules.ruleOf(record >> 88);
        if (reason == OVERSELL) {
            revert IStockLedger.StockOversell(index, number, uint16(record >> 72), uint8(Rules.takeShift(rule) >> 6));
        }
        if (reason == LANE_OVERFLOW) {
            revert IStockLedger.StockLaneOverflow(
                index, number, uint16(record >> 56), uint8(Rules.giveShift(rule) >> 6)
            );
        }
        revert IStockLedger.StockCounterOverflow(index, number);
    }

    function _record(uint256 position) private pure returns (uint256 record) {
        assembly ("memory-safe") {
            record := shr(160, calldataload(position))
        }
    }
}
