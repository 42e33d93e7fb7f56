// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {IStockLedger} from "../interfaces/IStockLedger.sol";
import {Limits, Role} from "../lib/Constants.sol";
import {Merkle} from "../lib/Merkle.sol";
import {Streams} from "../lib/Streams.sol";
import {TypedData} from "../lib/TypedData.sol";
import {Authorities, Authority} from "./Authority.sol";
import {Catalogue} from "./Catalogue.sol";
import {Inheritance} from "./Inheritance.sol";
import {Records} from "./Records.sol";

/// @title Stock of every SKU, lot and place
/// @dev `post` is the busiest code of the ledger: what is checked once a batch is kept in memory, a balance is read and
/// written when the place changes, counters once a group and only when a movement counts. The storage layout is part
/// of docs/formats.md.
contract StockLedger is Catalogue {
    using Authorities for Authority;

    uint64 public constant VERSION = 2;

    uint256 private constant SKU_STREAM = 1 << 248;
    uint256 private constant POSTER_STREAM = 2 << 248;
    uint256 private constant GROUP_HEAD_BYTES = 8;
    uint256 private constant LOT_BYTES = 2;
    uint256 private constant RECORD_BYTES = 12;
    uint256 private constant ADJUSTED_ALONE_SLOT = 7;
    uint256 private constant ADJUSTMENT_LIMITS_SLOT = 8;
    bytes32 private constant DOMAIN_NAME = keccak256("LiveLedger StockLedger");
    bytes32 private constant AGREED_TYPE = keccak256(
        "AgreedBatch(address poster,uint32 lane,uint64 sequence,bytes32 documentsRoot,bytes32 recordsHash,"
        "uint256 deadline)"
    );

    /// @inheritdoc IStockLedger
    function post(uint32 lane, uint64 sequence, bytes32 documentsRoot, bytes calldata records) external {
        _post(Authorities.create(_enter(Role.POST_MOVEMENTS), 0), lane, sequence, documentsRoot, records);
    }

    /// @inheritdoc IStockLedger
    function postAgreed(
        uint32 lane,
        uint64 sequence,
        bytes32 documentsRoot,
        bytes calldata records,
        uint256 deadline,
        bytes calldata signature
    ) external {
        uint16 organisation = _enter(Role.POST_MOVEMENTS);
        if (block.timestamp > deadline) revert StockDeadlinePassed(deadline, block.timestamp);
        bytes32 digest = agreedDigestOf(msg.sender, lane, sequence, documentsRoot, keccak256(records), deadline);
        (address signer, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(digest, signature);
        if (failure != ECDSA.RecoverError.NoError) revert StockBadSignature();
        uint16 second = CONSORTIUM.authorise(signer, Role.SIGN_AGREEMENTS);
        if (second == organisation) revert StockSameOrganisation(organisation);
        _post(Authorities.create(organisation, second), lane, sequence, documentsRoot, records);
        emit BatchAgreed(msg.sender, lane, sequence, signer, second);
    }

    /// @inheritdoc IStockLedger
    function agreedDigestOf(
        address poster,
        uint32 lane,
        uint64 sequence,
        bytes32 documentsRoot,
        bytes32 recordsHash,
        uint256 deadline
    ) public view returns (bytes32) {
        return TypedData.digest(
            DOMAIN_NAME,
            keccak256(abi.encode(AGREED_TYPE, poster, lane, sequence, documentsRoot, recordsHash, deadline))
        );
    }

    /// @inheritdoc IStockLedger
    function adjustmentLimitOf(uint16 brand) public view returns (uint64) {
        uint256 word = Inheritance.read(brand, ADJUSTMENT_LIMITS_SLOT);
        return word == 0 ? uint64(Limits.DEFAULT_ADJUSTMENT) : uint64(word);
    }

    /// @inheritdoc IStockLedger
    function adjustedAlone(uint32 sku, uint16 organisation) public view returns (uint64) {
        uint256 word = Inheritance.read(uint256(sku) << 16 | organisation, ADJUSTED_ALONE_SLOT);
        return word >> 64 == block.timestamp / DAY_SECONDS ? uint64(word) : 0;
    }

    /// @inheritdoc IStockLedger
    function balanceOf(uint32 sku, uint16 lot, uint16 place) external view returns (uint256) {
        return Inheritance.read(uint256(sku) << 32 | uint256(lot) << 16 | place, Records.BALANCES_SLOT);
    }

    /// @inheritdoc IStockLedger
    function countersOf(uint32 sku)
        external
        view
        returns (uint64 received, uint64 sold, uint64 returned, int64 adjusted)
    {
        uint256 word = Inheritance.read(sku, Records.COUNTERS_SLOT);
        (received, sold, returned) = (uint64(word), uint64(word >> 64), uint64(word >> 128));
        adjusted = int64(Records.adjustedOf(word));
    }

    /// @inheritdoc IStockLedger
    function nextSequence(address poster, uint32 lane) external view returns (uint64) {
        return uint64(_streamWord(_posterStream(poster, lane)));
    }

    /// @inheritdoc IStockLedger
    function streamWord(bytes32 streamId) external view returns (uint256) {
        return _streamWord(streamId);
    }

    /// @dev It takes nothing that is a constant in one of its two calls: the compiler would make a copy of all below for
    /// it, a quarter of the contract's code.
    function _post(
        Authority memory authority,
        uint32 lane,
        uint64 sequence,
        bytes32 documentsRoot,
        bytes calldata records
    ) private {
        bytes32 streamId = _posterStream(msg.sender, lane);
        uint256 word = _streamWord(streamId);
        if (sequence < uint64(word)) revert StockSequenceRepeated(sequence, uint64(word));
        if (sequence > uint64(word)) revert StockSequenceSkipped(sequence, uint64(word));
        if (records.length == 0) revert StockEmptyBatch();

        (uint256 movements, bytes32 movementsRoot) = _postGroups(authority, records);
        bytes32 payload = keccak256(abi.encode(documentsRoot, movementsRoot, movements, _hash(records)));
        Streams.appendAfter(word, streamId, 1, payload);
        emit BatchPosted(msg.sender, lane, sequence, movements, movementsRoot, documentsRoot, records);
    }

    /// @dev Walks the groups. `position` and `end` are positions in calldata; every group is wholly inside before it is read.
    function _postGroups(Authority memory authority, bytes calldata records)
        private
        returns (uint256 index, bytes32 root)
    {
        unchecked {
            bytes32[] memory leaves = new bytes32[](records.length / RECORD_BYTES);
            Records.Cursor memory cursor;
            assembly ("memory-safe") {
                mstore(add(cursor, 0x40), add(leaves, 0x20))
            }
            cursor.vacant = Inheritance.vacant();
            uint256 previous = 0;
            uint256 start;
            assembly {
                start := records.offset
            }
            uint256 end = start + records.length;
            for (uint256 position = start; position < end;) {
                uint256 head;
                assembly {
                    head := shr(192, calldataload(position))
                }
                // sku (4), n (2), lot (2): the lot stands before the records, a leaf's payload begins with it.
                uint256 skuLot = head >> 32 << 16 | head & 0xffff;
                uint256 n = head >> 16 & 0xffff;
                uint256 body = position + GROUP_HEAD_BYTES;
                uint256 next = body + n * RECORD_BYTES;
                if (body > end || n == 0 || next > end) revert StockTruncated(index, position - start);
                if (skuLot <= previous) revert StockUnsorted(index, uint32(skuLot >> 16), uint32(previous >> 16));
                _postGroup(cursor, authority, skuLot, n, body, index);
                (previous, position, index) = (skuLot, next, index + n);
            }
            root = Merkle.rootInPlace(leaves, index);
        }
    }

    /// @dev A SKU whose stream has entries is registered: only its first movement, or that of a lot, looks it up.
    function _postGroup(
        Records.Cursor memory cursor,
        Authority memory authority,
        uint256 skuLot,
        uint256 n,
        uint256 body,
        uint256 index
    ) private {
        bytes32 streamId = bytes32(skuLot >> 16 | SKU_STREAM);
        uint256 word = _streamWord(streamId);
        uint256 info = word == 0 || uint16(skuLot) != 0 ? _requireKnown(skuLot, index) : 0;
        authority.requireApproved(index, skuLot >> 16);
        if (info & RECALLS != 0) _requireNotRecalled(skuLot, n, body, index);
        Records.post(cursor, authority, skuLot, n, body, index);
        if (cursor.adjusted != 0 && authority.second == 0) {
            _adjustAlone(authority.organisation, uint32(skuLot >> 16), cursor.adjusted, body, index);
        }
        bytes32 payload;
        assembly ("memory-safe") {
            let free := mload(0x40)
            let size := add(LOT_BYTES, mul(n, RECORD_BYTES))
            calldatacopy(free, sub(body, LOT_BYTES), size)
            payload := keccak256(free, size)
        }
        Streams.appendAfter(word, streamId, n, payload);
    }

    /// @dev Counts what an organisation adjusted alone of a SKU today; over the brand's limit a second one must agree.
    function _adjustAlone(uint16 organisation, uint32 sku, uint256 units, uint256 body, uint256 index) private {
        unchecked {
            uint256 limit = adjustmentLimitOf(uint16(sku >> 20));
            uint256 spent = adjustedAlone(sku, organisation);
            uint256 rest = limit > spent ? limit - spent : 0;
            if (units > rest) {
                revert StockNeedsAgreement(index + Records.firstAdjustedOver(body, rest), sku, uint64(rest));
            }
            _adjustedAlone[uint256(sku) << 16 | organisation] = block.timestamp / DAY_SECONDS << 64 | (spent + units);
        }
    }

    /// @dev Of a recalled lot nothing goes to customers, and nothing back onto the shelf.
    function _requireNotRecalled(uint256 skuLot, uint256 n, uint256 body, uint256 index) private view {
        if (!_isRecalled(skuLot)) return;
        uint256 number = Records.firstRecalled(body, n);
        if (number < n) revert StockLotRecalled(index + number, uint32(skuLot >> 16), uint16(skuLot));
    }

    function _requireKnown(uint256 skuLot, uint256 index) private view returns (uint256 info) {
        info = _skuInfo(uint32(skuLot >> 16));
        if (info == 0) revert StockUnknownSku(index, uint32(skuLot >> 16));
        if (uint16(skuLot) > uint16(info >> LOTS_SHIFT)) {
            revert StockUnknownLot(index, uint32(skuLot >> 16), uint16(skuLot));
        }
    }

    /// @dev Solidity's own would keep a copy of the records in memory.
    function _hash(bytes calldata records) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, records.offset, records.length)
            hash := keccak256(free, records.length)
        }
    }

    function _streamWord(bytes32 streamId) private view returns (uint256 word) {
        word = Streams.word(streamId);
        if (word == 0) word = Inheritance.inherited(Inheritance.slotOf(uint256(streamId), uint256(Streams.SLOT)));
    }

    function _posterStream(address poster, uint32 lane) private pure returns (bytes32) {
        return bytes32(uint256(uint160(poster)) | uint256(lane) << 160 | POSTER_STREAM);
    }
}
