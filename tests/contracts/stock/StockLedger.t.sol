// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IStockLedger} from "../../../contracts/interfaces/IStockLedger.sol";
import {StockTest} from "./StockTest.sol";

/// @notice What a batch does to balances, counters and streams, and where the limits of the words are.
contract StockLedgerTest is StockTest {
    uint256 private constant MAX64 = type(uint64).max;
    uint256 private constant MAX_TX_GAS = 1 << 24;

    function testFuzzNeverSoldMoreThanReceived(uint24 received, uint24 sold) public {
        if (received == 0 || sold == 0) return;
        _postGroup(_record(RECEIVE, 0, place, received));
        bytes memory sale = _record(SELL, place, 0, sold);
        if (sold > received) {
            _expect(sale, abi.encodeWithSelector(IStockLedger.StockOversell.selector, 0, sku, place, 0));
            require(_lane(place, 0) == received, "unchanged");
        } else {
            _postGroup(sale);
            require(_lane(place, 0) == received - sold, "the rest");
        }
        require(int256(_sumOfLanes(sku, 0, place)) == _counted(sku), "conservation");
    }

    function testFuzzHeadsAreRecomputed(uint24 first, uint24 second, uint32 gap) public {
        // Both adjustments of the day stay below the limit of one organisation.
        (first, second) = (first % 40_000 + 1, second % 40_000 + 1);
        bytes memory one = abi.encodePacked(_record(RECEIVE, 0, place, first), _record(FOUND, 0, place, second));
        _postGroup(one);
        bytes32 id = _skuStream(sku);
        uint256 word = _appended(0, id, 2, brandAccount, abi.encodePacked(uint16(0), one));
        require(stock.streamWord(id) == word, "first leaf");

        CHEATS.warp(block.timestamp + gap % 1_000_000);
        CHEATS.roll(block.number + 1 + gap % 1000);
        bytes memory two = _record(LOST, place, 0, second);
        _postGroup(two);
        require(stock.streamWord(id) == _appended(word, id, 1, brandAccount, abi.encodePacked(uint16(0), two)), "second leaf");
    }

    function testBatchIsALeafOfItsPoster() public {
        bytes memory record = _record(RECEIVE, 0, place, 7);
        bytes memory batch = _group(sku, record);
        CHEATS.prank(brandAccount);
        stock.post(9, 0, "documents", batch);
        bytes32 root = keccak256(abi.encodePacked(uint8(0), sku, uint16(0), record));
        bytes memory payload = abi.encode(bytes32("documents"), root, uint256(1), keccak256(batch));
        bytes32 id = _posterStream(brandAccount, 9);
        require(stock.streamWord(id) == _appended(0, id, 1, brandAccount, payload), "poster's leaf");
        require(stock.nextSequence(brandAccount, 9) == 1 && stock.nextSequence(brandAccount, 8) == 0, "its lane only");
    }

    function testTimeMayLieAheadByFiveMinutes() public {
        bytes memory head = abi.encodePacked(RECEIVE, uint16(0), place, uint24(1));
        _postGroup(abi.encodePacked(head, uint32(block.timestamp + 300)));
        _expect(
            abi.encodePacked(head, uint32(block.timestamp + 301)),
            abi.encodeWithSelector(
                IStockLedger.StockTimeInFuture.selector, 0, block.timestamp + 301, block.timestamp
            )
        );
    }

    function testGoodsArriveOnlyWhereThePosterOperates() public {
        uint16 own = consortium.registerPlace(brand, _nextGln());
        uint16 foreign = consortium.registerPlace(platform, _nextGln());
        bytes memory shipped = abi.encodePacked(
            _record(RECEIVE, 0, place, 9), _record(RESERVE, place, place, 9), _record(SHIP, place, place, 9)
        );
        bytes memory reason =
            abi.encodeWithSelector(IStockLedger.StockPlaceNotOperated.selector, 3, foreign, brand);
        _expect(abi.encodePacked(shipped, _record(ARRIVE, place, foreign, 1)), reason);
        // The second of a kind goes by the cache of admitted moves: what was refused must not be in there.
        bytes memory arrived = abi.encodePacked(_record(ARRIVE, place, own, 4), _record(ARRIVE, place, own, 2));
        _postGroup(abi.encodePacked(shipped, arrived, _record(ARRIVE, place, place, 1)));
        require(_lane(own, 0) == 6 && _lane(place, 0) == 1 && _lane(place, 2) == 2, "arrived and on the way");
        reason = abi.encodeWithSelector(IStockLedger.StockPlaceNotOperated.selector, 0, foreign, brand);
        _expect(_record(ARRIVE, place, foreign, 1), reason);
        require(stock.balanceOf(sku, 0, foreign) == 0, "nothing came to it");
    }

    function testGoodsMayBeShippedToAnybody() public {
        uint16 foreign = consortium.registerPlace(platform, _nextGln());
        _postGroup(
            abi.encodePacked(
                _record(RECEIVE, 0, place, 3), _record(RESERVE, place, place, 3), _record(SHIP, place, foreign, 3)
            )
        );
        require(_lane(foreign, 2) == 3, "on the way to it");
        bytes memory reason = abi.encodeWithSelector(IStockLedger.StockPlaceNotOperated.selector, 0, foreign, brand);
        _expect(_record(ARRIVE, foreign, foreign, 3), reason);
        require(_lane(foreign, 0) == 0, "its operator says whether they came");
    }

    function testAFullLaneTakesNothingMore() public {
        _setBalance(MAX64 - 5);
        _postGroup(_record(FOUND, 0, place, 5));
        require(_lane(place, 0) == MAX64, "full");
        bytes memory reason = abi.encodeWithSelector(IStockLedger.StockLaneOverflow.selector, 0, sku, place, 0);
        _expect(_record(RECEIVE, 0, place, 1), reason);
        _setBalance(MAX64 << 64 | 1);
        reason = abi.encodeWithSelector(IStockLedger.StockLaneOverflow.selector, 0, sku, place, 1);
        _expect(_record(RESERVE, place, place, 1), reason);
    }

    function testFullCountersCountNothingMore() public {
        bytes memory reason = abi.encodeWithSelector(IStockLedger.StockCounterOverflow.selector, 0, sku);
        _setBalance(1000);
        _setCounters(MAX64);
        _expect(_record(RECEIVE, 0, place, 1), reason);
        _setCounters(MAX64 << 64);
        _expect(_record(SELL, place, 0, 1), reason);
        _setCounters(((1 << 37) - 1) << 192);
        _expect(_record(FOUND, 0, place, 1), reason);
        _setCounters(1 << 37 << 192);
        _expect(_record(LOST, place, 0, 1), reason);
    }

    function testAdjustedIsSigned() public {
        _postGroup(_record(RECEIVE, 0, place, 10));
        _postGroup(abi.encodePacked(_record(LOST, place, 0, 3), _record(FOUND, 0, place, 1), _record(LOST, place, 0, 2)));
        (uint64 received,,, int64 adjusted) = stock.countersOf(sku);
        require(received == 10 && adjusted == -4 && _lane(place, 0) == 6, "10 - 3 + 1 - 2");
    }

    /// @dev More places than the batch's memory has buckets, and more moves than lines: they chain and evict.
    function testFuzzManyPlacesInOneBatch(uint256 seed) public {
        uint16[] memory places = new uint16[](70);
        uint256[] memory expected = new uint256[](70);
        bytes memory records;
        for (uint256 i = 0; i < places.length; ++i) {
            places[i] = consortium.registerPlace(brand, _nextGln());
            records = abi.encodePacked(records, _record(RECEIVE, 0, places[i], 1000));
            expected[i] = 1000;
        }
        for (uint256 i = 0; i < 300; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            (uint256 from, uint256 to) = (seed % 70, seed / 70 % 69);
            if (to >= from) ++to;
            uint24 quantity = uint24(seed / 4830 % 3 + 1);
            records = abi.encodePacked(records, _record(TRANSFER, places[from], places[to], quantity));
            expected[from] -= quantity;
            expected[to] += quantity;
        }
        _postGroup(records);
        for (uint256 i = 0; i < places.length; ++i) {
            require(stock.balanceOf(sku, 0, places[i]) == expected[i], "balance");
        }
    }

    /// @dev Each record of a count is booked step by step, which needs memory: kept, it would cost by the square.
    function testAWholeCountFitsOneTransaction() public {
        bytes memory records = _record(FOUND, 0, place, 1);
        for (uint256 i = 0; i < 11; ++i) {
            records = bytes.concat(records, records);
        }
        require(_gasOf(records) < MAX_TX_GAS, "2,048 records");
        require(_lane(place, 0) == 2048, "all of them");
    }

    /// @dev The same of moves that evict one another from the cache at each record.
    function testMovesThatShareALineCostNoMemoryForEachRecord() public {
        (uint16 one, uint16 other) = _placesOfOneLine();
        bytes memory records = abi.encodePacked(_record(RECEIVE, 0, one, 1), _record(RECEIVE, 0, other, 1));
        for (uint256 i = 0; i < 11; ++i) {
            records = bytes.concat(records, records);
        }
        require(_gasOf(records) < MAX_TX_GAS, "4,096 records");
        require(_lane(one, 0) == 2048 && _lane(other, 0) == 2048, "all of them");
    }

    function testLotsHaveStockOfTheirOwnAndOneStream() public {
        require(_registerLots(sku, 2) == 1, "numbered from 1");
        bytes memory five = _record(RECEIVE, 0, place, 5);
        bytes memory three = _record(RECEIVE, 0, place, 3);
        CHEATS.prank(brandAccount);
        stock.post(1, sequence++, 0, abi.encodePacked(_lotGroup(sku, 1, five), _lotGroup(sku, 2, three)));
        require(stock.balanceOf(sku, 1, place) == 5 && stock.balanceOf(sku, 2, place) == 3, "a lot each");
        require(stock.balanceOf(sku, 0, place) == 0 && _counted(sku) == 8, "one counter");
        bytes32 id = _skuStream(sku);
        uint256 word = _appended(0, id, 1, brandAccount, abi.encodePacked(uint16(1), five));
        require(stock.streamWord(id) == _appended(word, id, 1, brandAccount, abi.encodePacked(uint16(2), three)), "leaves");
        bytes memory sale = _lotGroup(sku, 2, _record(SELL, place, 0, 4));
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IStockLedger.StockOversell.selector, 0, sku, place, 0));
        stock.post(1, sequence, 0, sale);
    }

    function testAnUnknownLotAndLotsOutOfOrder() public {
        _registerLots(sku, 2);
        bytes memory record = _record(RECEIVE, 0, place, 1);
        bytes memory batch = _lotGroup(sku, 3, record);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IStockLedger.StockUnknownLot.selector, 0, sku, 3));
        stock.post(1, sequence, 0, batch);
        batch = abi.encodePacked(_lotGroup(sku, 2, record), _lotGroup(sku, 2, record));
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IStockLedger.StockUnsorted.selector, 1, sku, sku));
        stock.post(1, sequence, 0, batch);
    }

    function testLotsAreRegisteredOnce() public {
        string[] memory codes = new string[](1);
        uint32[] memory expiries = new uint32[](1);
        (codes[0], expiries[0]) = ("LOT-7", 20270131);
        CHEATS.prank(brandAccount);
        require(stock.registerLots(sku, codes, expiries) == 1, "first");
        require(stock.lotByCode(sku, "LOT-7") == 1 && stock.lotByCode(sku + 1, "LOT-7") == 0, "by code");
        require(stock.lotInfo(sku, 1) == (1 << 255 | uint256(brand) << 56 | 20270131), "expiry");
        require(uint16(stock.skuInfo(sku) >> 72) == 1, "count");
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IStockLedger.StockDuplicateCode.selector, 0, "LOT-7"));
        stock.registerLots(sku, codes, expiries);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IStockLedger.StockUnknownSku.selector, 0, sku + 1));
        stock.registerLots(sku + 1, codes, expiries);
        codes[0] = "123456789012345678901";
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IStockLedger.StockBadCode.selector, 0, 21));
        stock.registerLots(sku, codes, expiries);
    }

    function testLotsEnd() public {
        bytes32 slot = keccak256(abi.encode(uint256(sku), uint256(3)));
        CHEATS.store(address(stock), slot, bytes32(stock.skuInfo(sku) | uint256(65535) << 72));
        string[] memory codes = new string[](1);
        codes[0] = "LOT";
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IStockLedger.StockLotsExhausted.selector, sku));
        stock.registerLots(sku, codes, new uint32[](1));
    }

    function testSkusAreNumberedByBrand() public {
        require(sku == uint32(brand) << 20 | 1 && stock.lastSerial(brand) == 1, "first serial");
        require(stock.skuByCode(brand, "SKU-A") == sku && stock.skuByCode(supplier, "SKU-A") == 0, "by code");
        (string[] memory codes, uint64[] memory gtins, uint8[] memory units) = _oneSku("SKU-B", 6901234567892, 3);
        CHEATS.prank(brandAccount);
        uint32 second = stock.registerSkus(codes, gtins, units);
        require(second == sku + 1 && stock.skuInfo(second) == (1 << 255 | 6901234567892 << 8 | 3), "info");
    }

    function testSerialsEnd() public {
        bytes32 slot = keccak256(abi.encode(brand, uint256(4)));
        CHEATS.store(address(stock), slot, bytes32(uint256(1048575)));
        (string[] memory codes, uint64[] memory gtins, uint8[] memory units) = _oneSku("SKU-Z", 0, 0);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IStockLedger.StockSerialsExhausted.selector, brand));
        stock.registerSkus(codes, gtins, units);
    }

    function _oneSku(string memory code, uint64 gtin, uint8 unit)
        private
        pure
        returns (string[] memory codes, uint64[] memory gtins, uint8[] memory units)
    {
        (codes, gtins, units) = (new string[](1), new uint64[](1), new uint8[](1));
        (codes[0], gtins[0], units[0]) = (code, gtin, unit);
    }

    function _gasOf(bytes memory records) private returns (uint256) {
        uint256 before = gasleft();
        _postGroup(records);
        return before - gasleft();
    }

    /// @dev Two places whose receipts stand in one line of the cache of moves (`Records`).
    function _placesOfOneLine() private returns (uint16 one, uint16 other) {
        uint16[512] memory placeOf;
        while (true) {
            other = consortium.registerPlace(brand, _nextGln());
            uint256 line = (uint256(RECEIVE) << 32 | other) * 0x9e3779b97f4a7c15 >> 40 & 0x1ff;
            one = placeOf[line];
            if (one != 0) return (one, other);
            placeOf[line] = other;
        }
    }

    function _setBalance(uint256 word) private {
        CHEATS.store(address(stock), keccak256(abi.encode(uint256(sku) << 32 | place, uint256(0))), bytes32(word));
    }

    function _setCounters(uint256 word) private {
        CHEATS.store(address(stock), keccak256(abi.encode(uint256(sku), uint256(1))), bytes32(word));
    }
}
