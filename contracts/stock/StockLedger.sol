// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../interfaces/IConsortium.sol";
import {IStockLedger} from "../interfaces/IStockLedger.sol";
import {Fixed, Limits, OrganisationKind, Role} from "../lib/Constants.sol";
import {Merkle} from "../lib/Merkle.sol";
import {Streams} from "../lib/Streams.sol";
import {Authority, Permissions} from "./Authority.sol";
import {Rules} from "./Rules.sol";

/// @title Stock of every SKU at every place
/// @dev `post` is the busiest code of the ledger: what is checked once a batch is kept in memory, a balance is read and
/// written when the place changes, counters once a group and only when a movement counts. The storage layout is part
/// of docs/formats.md.
contract StockLedger is IStockLedger {
    using Permissions for Authority;

    uint64 public constant VERSION = 1;

    IConsortium private constant CONSORTIUM = IConsortium(Fixed.CONSORTIUM_ADDRESS);
    uint256 private constant REGISTERED = 1 << 255;
    uint256 private constant SKU_STREAM = 1 << 248;
    uint256 private constant POSTER_STREAM = 2 << 248;
    uint256 private constant GROUP_HEAD_BYTES = 6;
    uint256 private constant RECORD_BYTES = 12;
    uint256 private constant MAX64 = type(uint64).max;

    mapping(uint256 skuAndPlace => uint256 word) private _balances;
    mapping(uint256 sku => uint256 word) private _counters;
    mapping(bytes32 skuKey => uint256 sku) private _skuByKey;
    mapping(uint256 sku => uint256 word) private _info;
    /// @inheritdoc IStockLedger
    mapping(uint16 brand => uint32 serial) public lastSerial;

    /// @inheritdoc IStockLedger
    function post(uint32 lane, uint64 sequence, bytes32 documentsRoot, bytes calldata records) external {
        uint16 organisation = CONSORTIUM.authorise(msg.sender, Role.POST_MOVEMENTS);
        bytes32 streamId = _posterStream(msg.sender, lane);
        uint256 word = Streams.word(streamId);
        if (sequence < uint64(word)) revert StockSequenceRepeated(sequence, uint64(word));
        if (sequence > uint64(word)) revert StockSequenceSkipped(sequence, uint64(word));
        if (records.length == 0) revert StockEmptyBatch();

        (uint256 movements, bytes32 movementsRoot) = _postGroups(organisation, records);
        bytes32 payload = keccak256(abi.encode(documentsRoot, movementsRoot, movements, keccak256(records)));
        Streams.appendAfter(word, streamId, 1, payload);
        emit BatchPosted(msg.sender, lane, sequence, movements, movementsRoot, documentsRoot, records);
    }

    /// @inheritdoc IStockLedger
    function registerSkus(string[] calldata codes, uint64[] calldata gtins, uint8[] calldata units)
        external
        returns (uint32 firstSku)
    {
        uint16 brand = CONSORTIUM.authorise(msg.sender, Role.REGISTER_SKUS);
        if (CONSORTIUM.organisationOf(brand).kind != OrganisationKind.BRAND) revert StockNotBrand(brand);
        if (codes.length != gtins.length || codes.length != units.length) {
            revert StockArrayLengths(codes.length, gtins.length, units.length);
        }
        uint32 serial = lastSerial[brand];
        if (codes.length > Limits.MAX_SERIAL - serial) revert StockSerialsExhausted(brand);
        firstSku = uint32(brand) << 20 | (serial + 1);
        for (uint256 i = 0; i < codes.length; ++i) {
            ++serial;
            _registerSku(i, uint32(brand) << 20 | serial, codes[i], gtins[i], units[i]);
        }
        lastSerial[brand] = serial;
    }

    /// @inheritdoc IStockLedger
    function balanceOf(uint32 sku, uint16 place) external view returns (uint256) {
        return _balances[uint256(sku) << 16 | place];
    }

    /// @inheritdoc IStockLedger
    function countersOf(uint32 sku)
        external
        view
        returns (uint64 received, uint64 sold, uint64 returned, int64 adjusted)
    {
        uint256 word = _counters[sku];
        (received, sold, returned) = (uint64(word), uint64(word >> 64), uint64(word >> 128));
        adjusted = int64(uint64(word >> 192));
    }

    /// @inheritdoc IStockLedger
    function skuByCode(uint16 brand, string calldata code) external view returns (uint256) {
        return _skuByKey[keccak256(abi.encode(brand, code))];
    }

    /// @inheritdoc IStockLedger
    function skuInfo(uint32 sku) external view returns (uint256) {
        return _info[sku];
    }

    /// @inheritdoc IStockLedger
    function nextSequence(address poster, uint32 lane) external view returns (uint64) {
        return Streams.count(_posterStream(poster, lane));
    }

    /// @inheritdoc IStockLedger
    function streamWord(bytes32 streamId) external view returns (uint256) {
        return Streams.word(streamId);
    }

    function _registerSku(uint256 index, uint32 sku, string calldata code, uint64 gtin, uint8 unit) private {
        uint256 length = bytes(code).length;
        if (length == 0 || length > Limits.MAX_CODE_BYTES) revert StockBadCode(index, length);
        if (gtin > Limits.MAX_GTIN) revert StockBadGtin(index, gtin);
        uint16 brand = uint16(sku >> 20);
        bytes32 key = keccak256(abi.encode(brand, code));
        if (_skuByKey[key] != 0) revert StockDuplicateCode(index, code);
        _skuByKey[key] = sku;
        _info[sku] = REGISTERED | uint256(gtin) << 8 | unit;
        emit SkuRegistered(sku, brand, code, gtin, unit);
    }

    /// @dev Walks the groups. `position` and `end` are positions in calldata; every group is wholly inside before it is read.
    function _postGroups(uint16 organisation, bytes calldata records) private returns (uint256 index, bytes32 root) {
        unchecked {
            Authority memory authority = Permissions.create(organisation);
            bytes32[] memory leaves = new bytes32[](records.length / RECORD_BYTES);
            uint256 previous = 0;
            uint256 start;
            assembly {
                start := records.offset
            }
            uint256 end = start + records.length;
            for (uint256 position = start; position < end;) {
                uint256 head;
                assembly {
                    head := shr(208, calldataload(position))
                }
                uint256 sku = head >> 16;
                uint256 n = head & 0xffff;
                uint256 body = position + GROUP_HEAD_BYTES;
                uint256 next = body + n * RECORD_BYTES;
                if (body > end || n == 0 || next > end) revert StockTruncated(index, position - start);
                if (sku <= previous) revert StockUnsorted(index, uint32(sku), uint32(previous));
                _postGroup(authority, sku, n, body, index, leaves);
                (previous, position, index) = (sku, next, index + n);
            }
            root = Merkle.rootInPlace(leaves, index);
        }
    }

    /// @dev A SKU whose stream has entries is registered: only the first movement of a SKU has to look it up.
    function _postGroup(
        Authority memory authority,
        uint256 sku,
        uint256 n,
        uint256 body,
        uint256 index,
        bytes32[] memory leaves
    ) private {
        bytes32 streamId = bytes32(sku | SKU_STREAM);
        uint256 word = Streams.word(streamId);
        if (word == 0 && _info[sku] == 0) revert StockUnknownSku(index, uint32(sku));
        authority.requireBrand(index, sku >> 20);
        _applyRecords(authority, sku, n, body, index, leaves);
        bytes32 payload;
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, body, mul(n, RECORD_BYTES))
            payload := keccak256(free, mul(n, RECORD_BYTES))
        }
        Streams.appendAfter(word, streamId, n, payload);
    }

    /// @dev Applies the n records from calldata `position` on and writes their Merkle leaves. One balance is held
    /// in `word` at a time: its place is `place` (0 = none yet) and its storage slot `slot`.
    function _applyRecords(
        Authority memory authority,
        uint256 sku,
        uint256 n,
        uint256 position,
        uint256 index,
        bytes32[] memory leaves
    ) private {
        unchecked {
            uint256 place = 0;
            uint256 slot = 0;
            uint256 word = 0;
            uint256 counters = 0;
            bool counted = false;
            for (uint256 last = index + n; index < last; ++index) {
                uint256 record;
                assembly ("memory-safe") {
                    record := shr(160, calldataload(position))
                    mstore(0x00, or(shl(216, sku), shl(120, record)))
                    mstore(add(add(leaves, 0x20), shl(5, index)), keccak256(0x00, 17))
                }
                position += RECORD_BYTES;
                uint256 rule = _check(authority, index, record);
                uint256 quantity = record >> 32 & 0xffffff;
                if (rule & 7 != 0) {
                    uint256 from = record >> 72 & 0xffff;
                    if (from != place) {
                        (slot, word) = _swap(sku, from, place, slot, word);
                        place = from;
                    }
                    uint256 shift = ((rule & 7) - 1) << 6;
                    if (word >> shift & MAX64 < quantity) {
                        revert StockOversell(index, uint32(sku), uint16(from), uint8(shift >> 6));
                    }
                    word -= quantity << shift;
                }
                if (rule >> 3 & 7 != 0) {
                    uint256 to = record >> 56 & 0xffff;
                    if (to != place) {
                        (slot, word) = _swap(sku, to, place, slot, word);
                        place = to;
                    }
                    uint256 shift = ((rule >> 3 & 7) - 1) << 6;
                    if ((word >> shift & MAX64) + quantity > MAX64) {
                        revert StockLaneOverflow(index, uint32(sku), uint16(to), uint8(shift >> 6));
                    }
                    word += quantity << shift;
                }
                if (rule >> 6 & 7 != 0) {
                    if (!counted) (counters, counted) = (_counters[sku], true);
                    counters = _count(counters, rule >> 6 & 7, quantity, index, sku);
                }
            }
            if (counted) _counters[sku] = counters;
            assembly ("memory-safe") {
                sstore(slot, word)
            }
        }
    }

    /// @dev Writes the balance that was held, if any, and reads the one at `place`.
    function _swap(uint256 sku, uint256 place, uint256 heldPlace, uint256 heldSlot, uint256 heldWord)
        private
        returns (uint256 slot, uint256 word)
    {
        assembly ("memory-safe") {
            if heldPlace { sstore(heldSlot, heldWord) }
            mstore(0x00, or(shl(16, sku), place))
            mstore(0x20, _balances.slot)
            slot := keccak256(0x00, 0x40)
            word := sload(slot)
        }
    }

    /// @dev Everything that can be said of a record without its balances; returns the rule of its kind.
    function _check(Authority memory authority, uint256 index, uint256 record) private view returns (uint256 rule) {
        uint256 from = record >> 72 & 0xffff;
        uint256 to = record >> 56 & 0xffff;
        rule = Rules.ruleOf(record >> 88);
        if (rule == 0) revert StockUnknownKind(index, uint8(record >> 88));
        if (!Rules.placesFit(rule, from, to)) {
            revert StockPlaceMismatch(index, uint8(record >> 88), uint16(from), uint16(to));
        }
        if (record >> 32 & 0xffffff == 0) revert StockZeroQuantity(index);
        unchecked {
            if (uint32(record) > block.timestamp + Limits.MAX_AHEAD_SECONDS) {
                revert StockTimeInFuture(index, uint32(record), block.timestamp);
            }
        }
        if (from == 0) {
            authority.requireOperated(index, to);
        } else {
            authority.requireOperated(index, from);
            if (to != 0 && to != from) {
                if (rule & Rules.BOTH_OPERATED != 0) authority.requireOperated(index, to);
                else authority.requireKnown(index, to);
            }
        }
    }

    /// @dev Adds to one of the four counters of a word; the fourth is signed.
    function _count(uint256 word, uint256 counter, uint256 quantity, uint256 index, uint256 sku)
        private
        pure
        returns (uint256)
    {
        unchecked {
            if (counter < Rules.ADJUSTED_UP) {
                uint256 shift = (counter - 1) << 6;
                if ((word >> shift & MAX64) + quantity > MAX64) revert StockCounterOverflow(index, uint32(sku));
                return word + (quantity << shift);
            }
            int256 adjusted = int256(word) >> 192;
            adjusted += counter == Rules.ADJUSTED_UP ? int256(quantity) : -int256(quantity);
            if (adjusted != int64(adjusted)) revert StockCounterOverflow(index, uint32(sku));
            return word & (1 << 192) - 1 | uint256(adjusted) << 192;
        }
    }

    function _posterStream(address poster, uint32 lane) private pure returns (bytes32) {
        return bytes32(uint256(uint160(poster)) | uint256(lane) << 160 | POSTER_STREAM);
    }
}
