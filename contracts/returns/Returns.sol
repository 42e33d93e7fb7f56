// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../interfaces/IConsortium.sol";
import {IReturns} from "../interfaces/IReturns.sol";
import {IStockLedger} from "../interfaces/IStockLedger.sol";
import {ApprovedAct, Fixed, Lane, Role, RuleFamily, Status} from "../lib/Constants.sol";
import {Grade, ReturnAct, ReturnValues} from "./Constants.sol";
import {Members} from "../lib/Members.sol";
import {Streams} from "../lib/Streams.sol";
import {ReturnRecords} from "./ReturnRecords.sol";

/// @title Grades of returned goods
/// @dev See IReturns. The storage layout is part of docs/formats.md.
contract Returns is IReturns {
    uint64 public constant VERSION = 1;
    /// @notice Version of StockLedger that this contract rests on; another one is read by another version of this contract.
    uint64 public constant READS_STOCK_LEDGER = 2;

    IConsortium private constant CONSORTIUM = IConsortium(Fixed.CONSORTIUM_ADDRESS);
    uint256 private constant RETURN_STREAM = 3 << 248;

    /// @dev Units graded and not yet carried out, a uint64 a grade.
    mapping(uint256 skuLotPlace => uint256 word) private _open;

    /// @dev Units graded since ever, a uint64 a grade.
    mapping(uint256 sku => uint256 word) private _graded;

    /// @dev The contract that the Directory lists as that version: written once, since a version never moves.
    IStockLedger private _stock;
    /// @dev Entries of an organisation about a SKU: the day (UTC), and at its low 64 bits how many that day. Key: `sku << 16 | organisation`.
    mapping(uint64 key => uint256 word) private _entered;

    /// @inheritdoc IReturns
    function grade(GradeEntry[] calldata entries, bytes32 documentsRoot) external {
        Members.requireActive("Returns");
        _act(ReturnAct.GRADED, entries, documentsRoot);
    }

    /// @inheritdoc IReturns
    function close(GradeEntry[] calldata entries, bytes32 documentsRoot) external {
        _act(ReturnAct.CLOSED, entries, documentsRoot);
    }

    /// @inheritdoc IReturns
    function openOf(uint32 sku, uint16 lot, uint16 place) external view returns (uint256) {
        return _open[_key(sku, lot, place)];
    }

    /// @inheritdoc IReturns
    function gradedOf(uint32 sku) external view returns (uint256) {
        return _graded[sku];
    }

    /// @inheritdoc IReturns
    function settlementInputs(uint32 sku)
        external
        view
        returns (uint64 resaleable, uint64 discounted, uint64 supplierBorne, uint64 scrapped)
    {
        uint256 word = _graded[sku];
        return (uint64(word), uint64(word >> 64), uint64(word >> 128), uint64(word >> 192));
    }

    /// @inheritdoc IReturns
    function streamWord(bytes32 streamId) external view returns (uint256) {
        return Streams.word(streamId);
    }

    /// @dev Goods of a StockLedger that was replaced are graded by the Returns that reads its successor.
    function _connect() private {
        address stock = Members.requireVersion("StockLedger", READS_STOCK_LEDGER);
        if (address(_stock) != stock) _stock = IStockLedger(stock);
    }

    /// @dev Walks the groups of one SKU each; a group is one leaf of its SKU's stream.
    function _act(uint8 act, GradeEntry[] calldata entries, bytes32 documentsRoot) private {
        CONSORTIUM.requireOpen(RuleFamily.STOCK);
        _connect();
        uint16 organisation = CONSORTIUM.authorise(msg.sender, Role.POST_MOVEMENTS);
        if (entries.length == 0 || entries.length > ReturnValues.MAX_RETURN_ENTRIES) {
            revert ReturnsEntryCount(entries.length, ReturnValues.MAX_RETURN_ENTRIES);
        }
        uint32 previous = 0;
        for (uint256 first = 0; first < entries.length;) {
            uint32 sku = entries[first].sku;
            if (sku <= previous) revert ReturnsUnsorted(first, sku, previous);
            _requireGoods(first, sku, organisation);
            uint256 end = first;
            for (; end < entries.length && entries[end].sku == sku; ++end) {
                _requireForm(end, entries[end], organisation);
                if (act == ReturnAct.GRADED) _grade(end, entries[end]);
                else _close(end, entries[end]);
            }
            _requireRoom(first, sku, organisation, end - first);
            bytes memory payload = ReturnRecords.payload(act, organisation, documentsRoot, entries[first:end]);
            Streams.append(bytes32(sku | RETURN_STREAM), end - first, keccak256(payload));
            if (act == ReturnAct.GRADED) emit Graded(sku, msg.sender, organisation, payload);
            else emit Closed(sku, msg.sender, organisation, payload);
            (previous, first) = (sku, end);
        }
    }

    function _grade(uint256 index, GradeEntry calldata entry) private {
        uint256 key = _key(entry.sku, entry.lot, entry.place);
        uint256 word = _open[key];
        uint256 held = uint64(_stock.balanceOf(entry.sku, entry.lot, entry.place) >> (64 * Lane.HELD));
        uint256 open = _sum(word) + entry.quantity;
        if (open > held) revert ReturnsNotHeld(index, entry.sku, entry.lot, entry.place, held, open);
        (,, uint64 returned,) = _stock.countersOf(entry.sku);
        uint256 graded = _sum(_graded[entry.sku]) + entry.quantity;
        if (graded > returned) revert ReturnsNotReturned(index, entry.sku, returned, graded);
        // Both sums are below 2^64, so no grade reaches into its neighbour.
        uint256 units = uint256(entry.quantity) << _shift(entry.grade);
        _open[key] = word + units;
        _graded[entry.sku] += units;
    }

    function _close(uint256 index, GradeEntry calldata entry) private {
        uint256 key = _key(entry.sku, entry.lot, entry.place);
        uint256 word = _open[key];
        uint256 open = uint64(word >> _shift(entry.grade));
        if (entry.quantity > open) {
            revert ReturnsNotOpen(index, entry.sku, entry.lot, entry.place, entry.grade, open);
        }
        _open[key] = word - (uint256(entry.quantity) << _shift(entry.grade));
    }

    /// @dev Bounds the list: each organisation by itself, so that none uses up another's room.
    function _requireRoom(uint256 index, uint32 sku, uint16 organisation, uint256 entries) private {
        uint64 key = uint64(sku) << 16 | organisation;
        uint256 day = block.timestamp / 1 days;
        uint256 word = _entered[key];
        uint256 before = word >> 64 == day ? uint64(word) : 0;
        if (before + entries > ReturnValues.RETURN_ENTRIES_A_DAY) {
            revert ReturnsTooManyToday(index, sku, organisation, before, ReturnValues.RETURN_ENTRIES_A_DAY);
        }
        _entered[key] = day << 64 | (before + entries);
    }

    function _requireGoods(uint256 index, uint32 sku, uint16 organisation) private view {
        if (_stock.skuInfo(sku) == 0) revert ReturnsUnknownSku(index, sku);
        uint16 brand = uint16(sku >> 20);
        if (!Members.mayAct(brand, organisation, ApprovedAct.MOVE, sku, 0)) {
            revert ReturnsBrandNotApproved(index, brand, organisation);
        }
    }

    function _requireForm(uint256 index, GradeEntry calldata entry, uint16 organisation) private view {
        if (entry.grade < Grade.A || entry.grade > Grade.D) revert ReturnsUnknownGrade(index, entry.grade);
        // A grade's own disposition has its number (Constants.sol).
        if (entry.disposition != entry.grade) revert ReturnsWrongDisposition(index, entry.grade, entry.disposition);
        if (entry.quantity == 0) revert ReturnsZeroQuantity(index);
        uint256 word = CONSORTIUM.placeOf(entry.place);
        if (word == 0) revert ReturnsUnknownPlace(index, entry.place);
        if (uint8(word >> 16) != Status.ACTIVE) revert ReturnsPlaceSuspended(index, entry.place);
        if (uint16(word) != organisation) revert ReturnsPlaceNotOperated(index, entry.place, organisation);
        uint16 brand = uint16(entry.sku >> 20);
        if (!Members.mayAct(brand, organisation, ApprovedAct.MOVE, 0, entry.place)) {
            revert ReturnsBrandNotApproved(index, brand, organisation);
        }
    }

    function _key(uint32 sku, uint16 lot, uint16 place) private pure returns (uint256) {
        return uint256(sku) << 32 | uint256(lot) << 16 | place;
    }

    /// @dev Bits to the right of a grade's units.
    function _shift(uint8 grade_) private pure returns (uint256) {
        return (uint256(grade_) - 1) * 64;
    }

    function _sum(uint256 word) private pure returns (uint256 units) {
        for (; word != 0; word >>= 64) {
            units += uint64(word);
        }
    }
}
