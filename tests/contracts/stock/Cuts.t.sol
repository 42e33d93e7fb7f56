// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IStockCuts} from "../../../contracts/interfaces/IStockCuts.sol";
import {IStockLedger} from "../../../contracts/interfaces/IStockLedger.sol";
import {StockTest} from "./StockTest.sol";

/// @notice Counters of a moment: what is kept and when, who registers cuts, and what they cost whom.
contract CutsTest is StockTest {
    uint64 private constant AT = uint64(START + 1000);
    uint8 private constant DELIVER = 6;
    /// @dev Gas of a word that was read in the same transaction; the test's own memory takes some, and ever more.
    uint256 private constant WARM_WORD = 100;

    function testACutIsWhatTheFirstMovementFound() public {
        _postGroup(_record(RECEIVE, 0, place, 100));
        _cut(AT);
        CHEATS.warp(AT - 1);
        _postGroup(_record(SELL, place, 0, 7));
        CHEATS.warp(AT);
        _reads(AT, 100, 7, 0);
        _postGroup(abi.encodePacked(_record(SELL, place, 0, 5), _record(LOST, place, 0, 2), _record(RECEIVE, 0, place, 50)));
        _reads(AT, 100, 7, 0);
        (uint64 received, uint64 sold,, int64 adjusted) = stock.countersOf(sku);
        require(received == 150 && sold == 12 && adjusted == -2, "and goes on");
        CHEATS.warp(AT + 400 days);
        _postGroup(_record(SELL, place, 0, 1));
        _reads(AT, 100, 7, 0);
        require(_counters() >> 230 == 0, "nothing waits");
    }

    function testWhatDoesNotCountKeepsNothing() public {
        _postGroup(_record(RECEIVE, 0, place, 100));
        _cut(AT);
        CHEATS.warp(AT + 5);
        _postGroup(abi.encodePacked(_record(RESERVE, place, place, 7), _record(SHIP, place, place, 7)));
        require(_kept(AT) == 1 << 255, "it waits");
        _reads(AT, 100, 0, 0);
        _postGroup(_record(DELIVER, place, 0, 7));
        require(_kept(AT) == (1 << 254 | 100), "kept");
        _reads(AT, 100, 0, 0);
    }

    /// @dev The word says it to 64 seconds: it is looked at too early, never too late.
    function testFuzzAnyMoment(uint16 ahead, int16 off, uint8 kind) public {
        uint64 moment = uint64(START) + ahead + 1;
        _postGroup(_record(RECEIVE, 0, place, 100));
        _cut(moment);
        uint256 time = uint256(int256(uint256(moment)) + off % 200);
        if (time < START) time = START;
        CHEATS.warp(time);
        if (kind % 3 == 0) _postGroup(_record(SELL, place, 0, 7));
        if (kind % 3 == 1) _postGroup(_record(LOST, place, 0, 7));
        if (kind % 3 == 2) _postGroup(_record(FOUND, 0, place, 7));
        int64 step = kind % 3 == 1 ? int64(-7) : int64(7);
        bool counted = time < moment;
        CHEATS.warp(uint256(moment) + 500);
        _reads(moment, 100, counted && kind % 3 == 0 ? 7 : 0, counted && kind % 3 != 0 ? step : int64(0));
    }

    function testSeveralMomentsInWhateverOrder() public {
        uint64[4] memory moments = [AT + 600, AT, AT + 300, AT + 301];
        _postGroup(_record(RECEIVE, 0, place, 100));
        for (uint256 i = 0; i < 4; ++i) _cut(moments[i]);
        _cut(AT + 300);
        CHEATS.warp(AT + 1);
        _postGroup(_record(SELL, place, 0, 1));
        CHEATS.warp(AT + 302);
        _postGroup(_record(SELL, place, 0, 1));
        CHEATS.warp(AT + 600);
        _postGroup(_record(SELL, place, 0, 1));
        _reads(AT, 100, 0, 0);
        _reads(AT + 300, 100, 1, 0);
        _reads(AT + 301, 100, 1, 0);
        _reads(AT + 600, 100, 2, 0);
    }

    function testSevenWait() public {
        for (uint64 i = 0; i < 7; ++i) _cut(AT + 7 - i);
        _cut(AT + 1);
        _refused(AT + 8, abi.encodeWithSelector(IStockCuts.CutsTooMany.selector, sku));
        _refused(AT, abi.encodeWithSelector(IStockCuts.CutsTooMany.selector, sku));
        CHEATS.warp(AT + 3);
        _cut(AT + 8);
        _cut(AT + 9);
        CHEATS.warp(AT + 10);
        _postGroup(_record(RECEIVE, 0, place, 5));
        for (uint64 i = 1; i < 10; ++i) _reads(AT + i, 0, 0, 0);
    }

    /// @dev A SKU that never moved: its counters are 0 until it does.
    function testNothingMovedYet() public {
        _cut(AT);
        CHEATS.warp(AT);
        _reads(AT, 0, 0, 0);
        _postGroup(_record(RECEIVE, 0, place, 5));
        _reads(AT, 0, 0, 0);
        require(_counted(sku) == 5, "counted");
    }

    function testARefusedBatchKeepsNothing() public {
        _postGroup(_record(RECEIVE, 0, place, 5));
        _cut(AT);
        CHEATS.warp(AT);
        bytes memory reason = abi.encodeWithSelector(IStockLedger.StockOversell.selector, 1, sku, place, 0);
        _expect(abi.encodePacked(_record(SELL, place, 0, 5), _record(SELL, place, 0, 1)), reason);
        require(_kept(AT) == 1 << 255, "waits still");
    }

    function testLotsAndGroupsOfABatch() public {
        _registerLots(sku, 1);
        _postGroup(_record(RECEIVE, 0, place, 100));
        _cut(AT);
        CHEATS.warp(AT);
        bytes memory batch = abi.encodePacked(
            _lotGroup(sku, 0, _record(SELL, place, 0, 9)), _lotGroup(sku, 1, _record(RECEIVE, 0, place, 8))
        );
        CHEATS.prank(brandAccount);
        stock.post(1, sequence++, 0, batch);
        _reads(AT, 100, 0, 0);
        require(_counted(sku) == 99, "all counted");
    }

    /// @dev What waits in one version is kept by the next one, at the same slots.
    function testAnotherVersionGoesOn() public {
        _postGroup(_record(RECEIVE, 0, place, 100));
        _cut(AT);
        _cut(AT + 100);
        CHEATS.warp(AT);
        _postGroup(_record(SELL, place, 0, 1));
        _replace();
        CHEATS.warp(AT + 100);
        _postGroup(_record(SELL, place, 0, 1));
        require(_kept(AT) == (1 << 254 | 100), "kept before");
        require(_kept(AT + 100) == (1 << 254 | 1 << 64 | 100), "kept by the next");
        _reads(AT, 100, 0, 0);
        _reads(AT + 100, 100, 1, 0);
        require(_counters() >> 230 == 0 && _counted(sku) == 98, "nothing waits");
    }

    function testWhoMayRegister() public {
        uint32[] memory skus = _one(sku);
        CHEATS.expectRevert(abi.encodeWithSelector(IStockCuts.CutsNotAllowed.selector, address(this)));
        cuts.register(brand, AT, skus);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IStockCuts.CutsNotAllowed.selector, brandAccount));
        cuts.register(brand, AT, skus);
        CHEATS.expectRevert(abi.encodeWithSelector(IStockLedger.StockNotCuts.selector, address(this)));
        stock.setCuts(AT, new bytes(32));
        CHEATS.prank(address(settlement));
        CHEATS.expectRevert(abi.encodeWithSelector(IStockLedger.StockNotCuts.selector, address(settlement)));
        stock.setCuts(AT, new bytes(32));
    }

    function testWhatIsRefused() public {
        _refused(uint64(block.timestamp), _moment(uint64(block.timestamp)));
        _refused(uint64(block.timestamp + 400 days + 1), _moment(uint64(block.timestamp + 400 days + 1)));
        _refused(1 << 33, _moment(1 << 33));
        _cut(uint64(block.timestamp + 1));
        _cut(uint64(block.timestamp + 400 days));
        _refuses(new uint32[](0), abi.encodeWithSelector(IStockCuts.CutsCount.selector, 0));
        _refuses(new uint32[](129), abi.encodeWithSelector(IStockCuts.CutsCount.selector, 129));
        uint32 foreign = uint32(supplier) << 20 | 1;
        _refuses(_one(foreign), abi.encodeWithSelector(IStockCuts.CutsForeignSku.selector, 0, foreign, brand));
        uint32 unknown = sku + 1;
        _refuses(_one(unknown), abi.encodeWithSelector(IStockCuts.CutsUnknownSku.selector, 0, unknown));
        _refuses(_one(uint32(brand) << 20), abi.encodeWithSelector(IStockCuts.CutsUnknownSku.selector, 0, uint32(brand) << 20));
    }

    function testNothingIsReadThatIsNotThere() public {
        CHEATS.expectRevert(abi.encodeWithSelector(IStockCuts.CutsUnknown.selector, sku, AT));
        cuts.countersAt(sku, AT);
        _cut(AT);
        CHEATS.expectRevert(abi.encodeWithSelector(IStockCuts.CutsNotDue.selector, sku, AT, block.timestamp));
        cuts.countersAt(sku, AT);
        CHEATS.warp(AT + 100);
        uint64[3] memory unknown = [AT - 1, 0, uint64(AT) + (1 << 32)];
        for (uint256 i = 0; i < 3; ++i) {
            CHEATS.expectRevert(abi.encodeWithSelector(IStockCuts.CutsUnknown.selector, sku, unknown[i]));
            cuts.countersAt(sku, unknown[i]);
        }
    }

    /// @dev Without a cut of its own a SKU costs what it did, whatever is registered of others: first movements of three new SKUs.
    function testOthersPayNothing() public {
        string[] memory codes = new string[](3);
        (codes[0], codes[1], codes[2]) = ("WARM", "BEFORE", "AFTER");
        CHEATS.prank(brandAccount);
        uint32 first = stock.registerSkus(codes, new uint64[](3), new uint8[](3));
        _gasOf(first);
        uint256 before = _gasOf(first + 1);
        for (uint64 i = 0; i < 7; ++i) _cut(AT + i);
        CHEATS.warp(AT + 100);
        uint256 later = _gasOf(first + 2);
        require(later < before + WARM_WORD / 2 && before < later + WARM_WORD / 2, "the same gas");
    }

    function _gasOf(uint32 number) private returns (uint256 used) {
        bytes memory batch = _group(number, _record(RECEIVE, 0, place, 1));
        bytes memory call = abi.encodeCall(IStockLedger.post, (1, sequence++, bytes32(0), batch));
        address target = address(stock);
        CHEATS.prank(brandAccount);
        used = gasleft();
        (bool done,) = target.call(call);
        used -= gasleft();
        require(done, "posted");
    }

    function _cut(uint64 moment) private {
        CHEATS.prank(address(settlement));
        cuts.register(brand, moment, _one(sku));
    }

    function _refused(uint64 moment, bytes memory reason) private {
        CHEATS.prank(address(settlement));
        CHEATS.expectRevert(reason);
        cuts.register(brand, moment, _one(sku));
    }

    function _refuses(uint32[] memory skus, bytes memory reason) private {
        CHEATS.prank(address(settlement));
        CHEATS.expectRevert(reason);
        cuts.register(brand, AT, skus);
    }

    function _moment(uint64 moment) private view returns (bytes memory) {
        return abi.encodeWithSelector(IStockCuts.CutsMoment.selector, moment, block.timestamp);
    }

    function _reads(uint64 moment, uint64 received, uint64 sold, int64 adjusted) private view {
        (uint64 in_, uint64 out, uint64 back, int64 other) = cuts.countersAt(sku, moment);
        require(in_ == received && out == sold && back == 0 && other == adjusted, "as they were");
    }

    function _counters() private view returns (uint256) {
        return stock.word(keccak256(abi.encode(uint256(sku), uint256(1))));
    }

    function _kept(uint64 moment) private view returns (uint256) {
        return stock.word(keccak256(abi.encode(uint256(sku) << 32 | moment, uint256(11))));
    }

    function _one(uint32 number) private pure returns (uint32[] memory skus) {
        skus = new uint32[](1);
        skus[0] = number;
    }
}
