// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IStockLedger} from "../../../contracts/interfaces/IStockLedger.sol";
import {MoneyTest} from "../money/MoneyTest.sol";

/// @notice Tools for tests of stock: packed batches, and the formulas of docs/formats.md written out once more.
abstract contract StockTest is MoneyTest {
    uint8 internal constant RECEIVE = 1;
    uint8 internal constant RESERVE = 2;
    uint8 internal constant SHIP = 4;
    uint8 internal constant ARRIVE = 5;
    uint8 internal constant TRANSFER = 8;
    uint8 internal constant FOUND = 9;
    uint8 internal constant LOST = 10;
    uint8 internal constant SELL = 14;

    uint32 internal sku;
    uint64 internal sequence;

    function setUp() public virtual override {
        super.setUp();
        sku = _registerSkus(1);
    }

    /// @dev Version of StockLedger that is active.
    function _version() internal view returns (uint64 version) {
        (, version) = directory.activeOf("StockLedger");
    }

    /// @dev The same contract takes over from itself, as the next version, at once.
    function _replace() internal {
        uint64 next = _version() + 1;
        stock = IStockLedger(_deployed("stock/StockLedger.sol:StockLedger"));
        _list("StockLedger", next, address(stock), 0);
    }

    function _record(uint8 kind, uint16 from, uint16 to, uint24 quantity) internal view returns (bytes memory) {
        return abi.encodePacked(kind, from, to, quantity, uint32(block.timestamp));
    }

    function _group(uint32 number, bytes memory records) internal pure returns (bytes memory) {
        return _lotGroup(number, 0, records);
    }

    function _lotGroup(uint32 number, uint16 lot, bytes memory records) internal pure returns (bytes memory) {
        return abi.encodePacked(number, uint16(records.length / 12), lot, records);
    }

    function _postGroup(bytes memory records) internal {
        bytes memory batch = _group(sku, records);
        CHEATS.prank(brandAccount);
        stock.post(1, sequence++, 0, batch);
    }

    function _expect(bytes memory records, bytes memory reason) internal {
        bytes memory batch = _group(sku, records);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(reason);
        stock.post(1, sequence, 0, batch);
    }

    function _lane(uint16 where, uint256 number) internal view returns (uint256) {
        return stock.balanceOf(sku, 0, where) >> (64 * number) & type(uint64).max;
    }

    function _sumOfLanes(uint32 number, uint16 lot, uint16 where) internal view returns (uint256 sum) {
        for (uint256 word = stock.balanceOf(number, lot, where); word != 0; word >>= 64) {
            sum += uint64(word);
        }
    }

    function _registerLots(uint32 number, uint256 count) internal returns (uint16 first) {
        string[] memory codes = new string[](count);
        for (uint256 i = 0; i < count; ++i) {
            codes[i] = string(abi.encodePacked("L", bytes1(uint8(65 + i))));
        }
        CHEATS.prank(brandAccount);
        return stock.registerLots(number, codes, new uint32[](count));
    }

    function _counted(uint32 number) internal view returns (int256) {
        (uint64 received, uint64 sold, uint64 returned, int64 adjusted) = stock.countersOf(number);
        return int256(uint256(received)) + int256(uint256(returned)) + adjusted - int256(uint256(sold));
    }

    function _skuStream(uint32 number) internal pure returns (bytes32) {
        return bytes32(uint256(number) | 1 << 248);
    }

    function _posterStream(address poster, uint32 lane) internal pure returns (bytes32) {
        return bytes32(uint256(uint160(poster)) | uint256(lane) << 160 | 2 << 248);
    }

    function _head0(bytes32 streamId) internal view returns (bytes24) {
        return bytes24(
            keccak256(abi.encode(keccak256("LiveLedger.Stream.v1"), block.chainid, address(stock), streamId))
        );
    }

    /// @dev The word of a stream after one more leaf.
    function _appended(uint256 word, bytes32 streamId, uint256 n, address poster, bytes memory payload)
        internal
        view
        returns (uint256)
    {
        bytes24 head = word == 0 ? _head0(streamId) : bytes24(bytes32(word));
        bytes32 leaf = keccak256(
            abi.encode(
                keccak256("LiveLedger.Leaf.v1"),
                streamId,
                uint256(uint64(word)),
                n,
                block.number,
                block.timestamp,
                poster,
                keccak256(payload)
            )
        );
        return uint256(bytes32(bytes24(keccak256(abi.encode(head, leaf))))) | (uint64(word) + n);
    }
}
