// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IStockLedger} from "../../../contracts/interfaces/IStockLedger.sol";
import {OrganisationKind, Role} from "../../../contracts/lib/Constants.sol";
import {StockTest} from "./StockTest.sol";

/// @notice Whose word stands about a lot, and how many lots others register.
contract LotWordsTest is StockTest {
    uint256 private constant CARRIER_KEY = 0xe1;
    uint256 private constant OTHER_KEY = 0xe2;
    uint256 private constant REGISTERED = 1 << 255;
    uint256 private constant RECALLED = 1 << 32;
    uint32 private constant THEIRS = 20290131;
    uint32 private constant OURS = 20270131;

    uint16 private carrier;
    uint256 private codes;

    event LotCorrected(uint32 indexed sku, uint16 indexed lot, uint32 expiry);

    function setUp() public override {
        super.setUp();
        carrier = consortium.registerOrganisation(OrganisationKind.LOGISTICS, _nextGln(), 0);
        _account(CARRIER_KEY, carrier, Role.REGISTER_SKUS);
        consortium.approveOperator(brand, carrier, true);
    }

    function testTheBrandsDateStandsOverAnothersOnce() public {
        uint16 lot = _register(1);
        require(stock.lotInfo(sku, lot) == (REGISTERED | uint256(carrier) << 56 | THEIRS), "as it was registered");
        CHEATS.expectEmit(true, true, true, true);
        emit LotCorrected(sku, lot, OURS);
        CHEATS.prank(brandAccount);
        stock.correctLot(sku, lot, OURS);
        require(stock.lotInfo(sku, lot) == (REGISTERED | uint256(brand) << 56 | OURS), "the brand's");
        _refuse(brandAccount, lot, abi.encodeWithSelector(IStockLedger.StockLotIsTheBrands.selector, sku, lot));
    }

    function testABrandsOwnLotKeepsItsDate() public {
        string[] memory names = _codes(1);
        CHEATS.prank(brandAccount);
        uint16 lot = stock.registerLots(sku, names, new uint32[](1));
        _refuse(brandAccount, lot, abi.encodeWithSelector(IStockLedger.StockLotIsTheBrands.selector, sku, lot));
        bytes4 unknown = IStockLedger.StockUnknownLot.selector;
        _refuse(brandAccount, lot + 1, abi.encodeWithSelector(unknown, 0, sku, lot + 1));
        _refuse(brandAccount, 0, abi.encodeWithSelector(unknown, 0, sku, 0));
    }

    function testNobodyElseCorrects() public {
        uint16 lot = _register(1);
        uint16 other = consortium.registerOrganisation(OrganisationKind.BRAND, _nextGln(), 0);
        _account(OTHER_KEY, other, Role.REGISTER_SKUS);
        bytes4 noBrand = IStockLedger.StockNotBrand.selector;
        _refuse(CHEATS.addr(OTHER_KEY), lot, abi.encodeWithSelector(noBrand, other));
        _refuse(CHEATS.addr(CARRIER_KEY), lot, abi.encodeWithSelector(noBrand, carrier));
    }

    /// @notice A correction ends no recall, and a recall forgets no correction.
    function testRecallsAndCorrectionsLeaveEachOther() public {
        uint16 lot = _register(1);
        _recall(lot, true);
        require(stock.lotInfo(sku, lot) == (REGISTERED | uint256(carrier) << 56 | RECALLED | THEIRS), "recalled");
        _recall(lot, false);
        CHEATS.prank(brandAccount);
        stock.correctLot(sku, lot, OURS);
        uint256 ours = REGISTERED | uint256(brand) << 56 | OURS;
        require(stock.lotInfo(sku, lot) == (ours | uint256(brand) << 40 | RECALLED), "and corrected");
        _recall(lot, true);
        require(stock.lotInfo(sku, lot) == (ours | RECALLED), "recalled again");
    }

    function testOthersRegisterFiveLotsOfASkuInADay() public {
        CHEATS.warp(100 days);
        _register(2);
        _register(3);
        _refuseLots(1, 0);
        string[] memory names = new string[](1);
        names[0] = "SECOND";
        CHEATS.prank(brandAccount);
        uint32 second = stock.registerSkus(names, new uint64[](1), new uint8[](1));
        names = _codes(5);
        CHEATS.prank(CHEATS.addr(CARRIER_KEY));
        stock.registerLots(second, names, new uint32[](5));
        names = _codes(40);
        CHEATS.prank(brandAccount);
        stock.registerLots(sku, names, new uint32[](40));
        CHEATS.warp(101 days - 1);
        _refuseLots(1, 0);
        CHEATS.warp(101 days);
        _refuseLots(6, 5);
        _register(4);
        _refuseLots(2, 1);
        _register(1);
    }

    function testFuzzNoDayHasMoreThanFive(uint8[8] calldata counts, uint16[8] calldata waits) public {
        uint256 day;
        uint256 sum;
        for (uint256 i = 0; i < counts.length; ++i) {
            CHEATS.warp(block.timestamp + uint256(waits[i] % 30) * 1 hours);
            if (block.timestamp / 1 days != day) (day, sum) = (block.timestamp / 1 days, 0);
            uint256 count = counts[i] % 7;
            if (sum + count > 5) {
                _refuseLots(count, 5 - sum);
            } else {
                _register(count);
                sum += count;
            }
        }
    }

    function _register(uint256 count) private returns (uint16) {
        uint32[] memory expiries = new uint32[](count);
        for (uint256 i = 0; i < count; ++i) {
            expiries[i] = THEIRS;
        }
        string[] memory names = _codes(count);
        CHEATS.prank(CHEATS.addr(CARRIER_KEY));
        return stock.registerLots(sku, names, expiries);
    }

    function _refuseLots(uint256 count, uint256 rest) private {
        string[] memory names = _codes(count);
        CHEATS.prank(CHEATS.addr(CARRIER_KEY));
        CHEATS.expectRevert(abi.encodeWithSelector(IStockLedger.StockLotsOfOthers.selector, sku, carrier, rest));
        stock.registerLots(sku, names, new uint32[](count));
    }

    function _refuse(address account, uint16 lot, bytes memory reason) private {
        CHEATS.prank(account);
        CHEATS.expectRevert(reason);
        stock.correctLot(sku, lot, OURS);
    }

    function _recall(uint16 lot, bool recalled) private {
        CHEATS.prank(brandAccount);
        stock.setRecall(sku, lot, recalled);
    }

    function _codes(uint256 count) private returns (string[] memory names) {
        names = new string[](count);
        for (uint256 i = 0; i < count; ++i) {
            names[i] = string(abi.encodePacked("L", bytes4(uint32(++codes))));
        }
    }
}
