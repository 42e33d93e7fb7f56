// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IReturns} from "../../../contracts/interfaces/IReturns.sol";
import {StockTest} from "../stock/StockTest.sol";

/// @notice Tools for tests of returns: entries, and the leaf's formula of docs/formats.md written out once more.
abstract contract ReturnsTest is StockTest {
    uint8 internal constant RETURN = 7;
    uint8 internal constant SCRAP = 11;
    uint8 internal constant RESTOCK = 13;
    uint8 internal constant A = 1;
    uint8 internal constant B = 2;
    uint8 internal constant C = 3;
    uint8 internal constant D = 4;

    IReturns internal returns_;

    function setUp() public virtual override {
        super.setUp();
        returns_ = IReturns(_deployed("returns/Returns.sol:Returns"));
        _list("Returns", 1, address(returns_), 0);
    }

    function _entry(uint8 letter, uint24 quantity) internal view returns (IReturns.GradeEntry memory) {
        return IReturns.GradeEntry(sku, 0, place, quantity, letter, letter);
    }

    function _one(IReturns.GradeEntry memory entry) internal pure returns (IReturns.GradeEntry[] memory entries) {
        entries = new IReturns.GradeEntry[](1);
        entries[0] = entry;
    }

    function _grade(uint8 letter, uint24 quantity) internal {
        IReturns.GradeEntry[] memory entries = _one(_entry(letter, quantity));
        CHEATS.prank(brandAccount);
        returns_.grade(entries, "inspection");
    }

    function _close(uint8 letter, uint24 quantity) internal {
        IReturns.GradeEntry[] memory entries = _one(_entry(letter, quantity));
        CHEATS.prank(brandAccount);
        returns_.close(entries, "movement");
    }

    function _refuse(address sender, IReturns.GradeEntry[] memory entries, bytes memory reason) internal {
        CHEATS.prank(sender);
        CHEATS.expectRevert(reason);
        returns_.grade(entries, 0);
    }

    /// @dev The same entry is refused by both functions, for the same reason.
    function _refuseBoth(IReturns.GradeEntry memory entry, bytes memory reason) internal {
        _refuse(brandAccount, _one(entry), reason);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(reason);
        returns_.close(_one(entry), 0);
    }

    function _openUnits(uint8 letter) internal view returns (uint256) {
        return uint64(returns_.openOf(sku, 0, place) >> (64 * (letter - 1)));
    }

    function _sum(uint256 word) internal pure returns (uint256 sum) {
        for (; word != 0; word >>= 64) {
            sum += uint64(word);
        }
    }

    function _returnStream(uint32 number) internal pure returns (bytes32) {
        return bytes32(uint256(number) | 3 << 248);
    }

    function _packed(IReturns.GradeEntry memory entry) internal pure returns (bytes memory) {
        return abi.encodePacked(entry.lot, entry.place, entry.quantity, entry.grade, entry.disposition);
    }

    /// @dev The word of a SKU's return stream after one more leaf.
    function _afterLeaf(uint256 word, uint32 number, uint256 n, bytes memory payload) internal view returns (uint256) {
        bytes32 streamId = _returnStream(number);
        bytes24 head = bytes24(bytes32(word));
        if (word == 0) {
            head = bytes24(
                keccak256(abi.encode(keccak256("LiveLedger.Stream.v1"), block.chainid, address(returns_), streamId))
            );
        }
        bytes32 leaf = keccak256(
            abi.encode(
                keccak256("LiveLedger.Leaf.v1"),
                streamId,
                uint256(uint64(word)),
                n,
                block.number,
                block.timestamp,
                brandAccount,
                keccak256(payload)
            )
        );
        return uint256(bytes32(bytes24(keccak256(abi.encode(head, leaf))))) | (uint64(word) + n);
    }
}
