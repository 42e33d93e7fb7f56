// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IDirectory} from "../../../contracts/interfaces/IDirectory.sol";
import {IStockLedger} from "../../../contracts/interfaces/IStockLedger.sol";
import {Fixed} from "../../../contracts/lib/Constants.sol";
import {StockTest} from "./StockTest.sol";

/// @notice StockLedger is replaced by the next version while it holds stock: every word goes on as it was, is copied
/// when it changes, and the older version takes nothing any more.
contract SuccessionTest is StockTest {
    uint8 private constant RELEASE = 3;
    uint8 private constant DELIVER = 6;
    uint8 private constant RETURN = 7;
    uint8 private constant SCRAP = 11;
    uint256 private constant EMPTY = type(uint256).max;
    uint256 private constant PREDECESSOR_SLOT = 9;

    uint16 private second;
    IStockLedger private older;

    function setUp() public override {
        super.setUp();
        second = consortium.registerPlace(brand, _nextGln());
        _registerLots(sku, 2);
        _postGroup(abi.encodePacked(_record(RECEIVE, 0, place, 100), _record(RESERVE, place, place, 40)));
        _postLot(1, _record(RECEIVE, 0, place, 7));
        CHEATS.prank(brandAccount);
        stock.setAdjustmentLimit(50);
        older = stock;
    }

    function testWhatIsThereGoesOn() public {
        _postGroup(_record(LOST, place, 0, 10));
        _replace();
        require(address(stock) != address(older), "another contract");
        (address target, uint64 version) = stock.predecessor();
        require(target == address(older) && version == 2, "took over from version 2");
        require(stock.balanceOf(sku, 0, place) == older.balanceOf(sku, 0, place), "balance");
        require(stock.balanceOf(sku, 1, place) == 7 && stock.balanceOf(sku, 0, second) == 0, "lot, nothing");
        require(_counted(sku) == 97 && stock.skuInfo(sku) == older.skuInfo(sku), "counters, SKU");
        require(stock.lotInfo(sku, 2) == older.lotInfo(sku, 2) && stock.lotByCode(sku, "LB") == 2, "lots");
        require(stock.lastSerial(brand) == 1 && stock.skuByCode(brand, "SKU-A") == older.skuByCode(brand, "SKU-A"), "");
        require(stock.nextSequence(brandAccount, 1) == sequence && sequence == 3, "next number");
        require(stock.streamWord(_skuStream(sku)) == older.streamWord(_skuStream(sku)), "stream");
        require(stock.adjustmentLimitOf(brand) == 50 && stock.adjustedAlone(sku, brand) == 10, "adjusted");
        require(_raw(stock, uint256(sku) << 32 | place, 0) == 0, "no word was copied");
    }

    function testTheFirstOneTookOverFromNobody() public view {
        (address target, uint64 version) = stock.predecessor();
        require(target == address(0) && version == 0, "none");
        require(CHEATS.load(address(stock), bytes32(PREDECESSOR_SLOT)) == 0, "no word");
    }

    function testAWordIsCopiedWhenItChanges() public {
        _replace();
        uint256 before = older.balanceOf(sku, 0, place);
        _postGroup(_record(SELL, place, 0, 5));
        require(_raw(stock, uint256(sku) << 32 | place, 0) == 55 | uint256(40) << 64, "balance");
        require(_raw(stock, sku, 1) == 107 | uint256(5) << 64, "counters");
        require(_raw(stock, uint256(sku) << 32 | uint256(1) << 16 | place, 0) == 0, "another lot was not touched");
        require(older.balanceOf(sku, 0, place) == before, "the older version holds what it held");
        require(_counted(sku) == 102, "counted on");
    }

    /// @dev What became 0 is not taken for a word that was never written: else goods would come back.
    function testAnEmptiedBalanceStaysEmpty() public {
        _replace();
        _postLot(1, _record(SELL, place, 0, 7));
        require(stock.balanceOf(sku, 1, place) == 0 && older.balanceOf(sku, 1, place) == 7, "empty here");
        require(_raw(stock, uint256(sku) << 32 | uint256(1) << 16 | place, 0) == EMPTY, "written as all ones");
        bytes memory batch = _lotGroup(sku, 1, _record(SELL, place, 0, 1));
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IStockLedger.StockOversell.selector, 0, sku, place, 0));
        stock.post(1, sequence, 0, batch);
        _replace();
        require(stock.balanceOf(sku, 1, place) == 0, "empty in the one after that");
        require(stock.word(keccak256(abi.encode(uint256(sku) << 32 | uint256(1) << 16 | place, 0))) == 0, "as it counts");
        _postLot(1, _record(RECEIVE, 0, place, 3));
        require(stock.balanceOf(sku, 1, place) == 3, "filled again");
    }

    /// @dev Several records of one place in one batch: the first finds what the version before holds.
    function testABatchGoesOnFromWhatItFound() public {
        _replace();
        bytes memory records = abi.encodePacked(
            _record(RELEASE, place, place, 40),
            _record(RESERVE, place, place, 100),
            _record(SHIP, place, second, 60),
            _record(ARRIVE, second, second, 60),
            _record(TRANSFER, second, place, 60)
        );
        _postGroup(abi.encodePacked(records, _record(RECEIVE, 0, second, 1), _record(SELL, second, 0, 1)));
        require(stock.balanceOf(sku, 0, place) == 60 | uint256(40) << 64, "place");
        require(stock.balanceOf(sku, 0, second) == 0, "second");
        require(_raw(stock, uint256(sku) << 32 | second, 0) == EMPTY, "touched");
    }

    function testNothingComesOfWhatIsNotThere() public {
        _replace();
        _expect(
            _record(DELIVER, place, 0, 1),
            abi.encodeWithSelector(IStockLedger.StockOversell.selector, 0, sku, place, 2)
        );
        _expect(
            _record(SELL, place, 0, 61), abi.encodeWithSelector(IStockLedger.StockOversell.selector, 0, sku, place, 0)
        );
    }

    function testOnlyTheActiveVersionWrites() public {
        IStockLedger next = IStockLedger(_deployed("stock/StockLedger.sol:StockLedger"));
        CHEATS.prank(Fixed.CREATOR_ADDRESS);
        directory.register("StockLedger", 3, address(next), uint64(block.number + 5), 0);
        _refuses(next, 2);
        _postGroup(_record(SELL, place, 0, 5));
        CHEATS.roll(block.number + 5);
        _refuses(older, 3);
        stock = next;
        require(stock.balanceOf(sku, 0, place) == 55 | uint256(40) << 64, "with what was sold until then");
        _postGroup(_record(SELL, place, 0, 5));
        require(_lane(place, 0) == 50, "goes on");
    }

    function testAFrozenOneIsTakenOverToo() public {
        directory.freeze("StockLedger", 2);
        _refuses(older, 0);
        stock = IStockLedger(_deployed("stock/StockLedger.sol:StockLedger"));
        _list("StockLedger", 3, address(stock), 0);
        require(_lane(place, 0) == 60 && _lane(place, 1) == 40, "with its goods");
        _postGroup(_record(SELL, place, 0, 60));
        require(_lane(place, 0) == 0, "sold");
    }

    function testRegistrationsGoOn() public {
        _replace();
        string[] memory codes = new string[](1);
        codes[0] = "SKU-A";
        bytes memory reason = abi.encodeWithSelector(IStockLedger.StockDuplicateCode.selector, 0, "SKU-A");
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(reason);
        stock.registerSkus(codes, new uint64[](1), new uint8[](1));
        codes[0] = "LA";
        reason = abi.encodeWithSelector(IStockLedger.StockDuplicateCode.selector, 0, "LA");
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(reason);
        stock.registerLots(sku, codes, new uint32[](1));
        codes[0] = "NEW";
        CHEATS.prank(brandAccount);
        require(stock.registerSkus(codes, new uint64[](1), new uint8[](1)) == sku + 1, "the next serial");
        CHEATS.prank(brandAccount);
        require(stock.registerLots(sku, codes, new uint32[](1)) == 3, "the next lot");
        require(older.lastSerial(brand) == 1, "not in the older one");
    }

    function testTheDaysLimitGoesOn() public {
        _postGroup(_record(LOST, place, 0, 20));
        _replace();
        _postGroup(_record(FOUND, 0, place, 25));
        _expect(
            _record(LOST, place, 0, 6), abi.encodeWithSelector(IStockLedger.StockNeedsAgreement.selector, 0, sku, 5)
        );
    }

    function testStreamsGoOn() public {
        _replace();
        CHEATS.roll(block.number + 1);
        bytes memory record = _record(RETURN, 0, place, 4);
        uint256 word = older.streamWord(_skuStream(sku));
        _postGroup(record);
        uint256 expected = _appended(word, _skuStream(sku), 1, brandAccount, abi.encodePacked(uint16(0), record));
        require(stock.streamWord(_skuStream(sku)) == expected, "on from the older head");
        require(older.streamWord(_skuStream(sku)) == word, "which stands");
        require(stock.nextSequence(brandAccount, 1) == sequence, "the poster's too");
    }

    /// @dev Counters that come out as 0: found and lost again.
    function testCountersOfNothing() public {
        string[] memory codes = new string[](1);
        codes[0] = "NEW";
        CHEATS.prank(brandAccount);
        uint32 other = stock.registerSkus(codes, new uint64[](1), new uint8[](1));
        sku = other;
        _postGroup(_record(FOUND, 0, place, 5));
        _replace();
        _postGroup(_record(LOST, place, 0, 5));
        require(_counted(other) == 0 && stock.balanceOf(other, 0, place) == 0, "nothing");
        require(_raw(stock, other, 1) == EMPTY, "written as all ones");
        _postGroup(_record(RECEIVE, 0, place, 2));
        require(_counted(other) == 2, "counted again");
    }

    /// @dev A word of all ones would say that nothing is there: no lane may fill the last of it.
    function testNoWordIsAllOnes() public {
        CHEATS.store(address(stock), keccak256(abi.encode(uint256(sku) << 32 | place, 0)), bytes32(EMPTY - 1));
        _expect(
            _record(RECEIVE, 0, place, 1),
            abi.encodeWithSelector(IStockLedger.StockLaneOverflow.selector, 0, sku, place, 0)
        );
    }

    function _refuses(IStockLedger which, uint64 active) private {
        bytes memory reason =
            abi.encodeWithSelector(IDirectory.DirectoryReplaced.selector, bytes32("StockLedger"), active);
        string[] memory codes = new string[](1);
        codes[0] = "LATE";
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(reason);
        which.registerSkus(codes, new uint64[](1), new uint8[](1));
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(reason);
        which.registerLots(sku, codes, new uint32[](1));
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(reason);
        which.setAdjustmentLimit(1);
        bytes memory batch = _group(sku, _record(SELL, place, 0, 1));
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(reason);
        which.post(1, sequence, 0, batch);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(reason);
        which.postAgreed(1, sequence, 0, batch, block.timestamp, "");
    }

    function _postLot(uint16 lot, bytes memory records) private {
        bytes memory batch = _lotGroup(sku, lot, records);
        CHEATS.prank(brandAccount);
        stock.post(1, sequence++, 0, batch);
    }

    function _raw(IStockLedger which, uint256 key, uint256 slot) private view returns (uint256) {
        return uint256(CHEATS.load(address(which), keccak256(abi.encode(key, slot))));
    }
}
