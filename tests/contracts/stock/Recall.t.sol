// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {IStockLedger} from "../../../contracts/interfaces/IStockLedger.sol";
import {OrganisationKind, Role} from "../../../contracts/lib/Constants.sol";
import {StockTest} from "./StockTest.sol";

/// @notice A recalled lot: what is refused, what stays possible, who raises it, and that two organisations lift it.
contract RecallTest is StockTest {
    uint256 private constant INSPECTOR_KEY = 0xd1;
    uint16 private constant LOT = 1;
    /// @dev Kinds that a recall refuses; all others stay possible.
    uint8[8] private refused = [2, 6, 13, 14, 19, 20, 22, 23];

    uint16 private inspector;
    address private inspectorAccount = CHEATS.addr(INSPECTOR_KEY);

    event LotRecall(uint32 indexed sku, uint16 indexed lot, uint16 indexed organisation, bool recalled);

    function setUp() public override {
        super.setUp();
        inspector = consortium.registerOrganisation(OrganisationKind.INSPECTOR, _nextGln(), 0);
        _account(INSPECTOR_KEY, inspector, Role.SIGN_AGREEMENTS);
        _registerLots(sku, 2);
        _post(LOT, _goods());
        _post(2, _goods());
    }

    function testWhatIsRefusedAndWhatIsNot() public {
        _recall(brandAccount, true);
        for (uint8 kind = 1; kind <= 23; ++kind) {
            bytes memory record = _fitting(kind);
            if (!_isRefused(kind)) {
                _post(LOT, record);
                continue;
            }
            bytes memory batch = _lotGroup(sku, LOT, abi.encodePacked(_record(RECEIVE, 0, place, 1), record));
            CHEATS.prank(brandAccount);
            CHEATS.expectRevert(abi.encodeWithSelector(IStockLedger.StockLotRecalled.selector, 1, sku, LOT));
            stock.post(1, sequence, 0, batch);
            _post(2, record);
        }
    }

    function testTwoOrganisationsLiftIt() public {
        _recall(inspectorAccount, true);
        _recall(brandAccount, false);
        require(stock.lotInfo(sku, LOT) >> 32 & 1 == 1 && uint16(stock.lotInfo(sku, LOT) >> 40) == brand, "one");
        _recall(brandAccount, false);
        _refuses();
        CHEATS.expectEmit(true, true, true, true);
        emit LotRecall(sku, LOT, inspector, false);
        _recall(inspectorAccount, false);
        require(stock.lotInfo(sku, LOT) == (1 << 255 | uint256(brand) << 56), "as it was");
        _post(LOT, _record(SELL, place, 0, 1));
    }

    function testWhoRecallsAgainBeginsAnew() public {
        _recall(brandAccount, true);
        _recall(inspectorAccount, false);
        _recall(inspectorAccount, true);
        _recall(brandAccount, false);
        _refuses();
    }

    function testOnlyBrandAndInspectors() public {
        bytes memory reason = abi.encodeWithSelector(IStockLedger.StockNotInspector.selector, supplier);
        CHEATS.expectRevert(reason);
        _recall(supplierAccount, true);
        _recall(brandAccount, true);
        CHEATS.expectRevert(reason);
        _recall(supplierAccount, false);
        CHEATS.expectPartialRevert(IConsortium.ConsortiumMissingRole.selector);
        _recall(clerk, true);
    }

    function testNothingToRecallOrLift() public {
        CHEATS.expectRevert(abi.encodeWithSelector(IStockLedger.StockNotRecalled.selector, sku, LOT));
        _recall(brandAccount, false);
        for (uint16 lot = 0; lot <= 3; lot += 3) {
            CHEATS.expectRevert(abi.encodeWithSelector(IStockLedger.StockUnknownLot.selector, 0, sku, lot));
            CHEATS.prank(brandAccount);
            stock.setRecall(sku, lot, true);
        }
    }

    function testARecallOutlivesTheContract() public {
        _recall(brandAccount, true);
        _replace();
        _refuses();
        _recall(brandAccount, false);
        _recall(inspectorAccount, false);
        _post(LOT, _record(SELL, place, 0, 1));
    }

    function testGoodsOfOtherLotsAndWithoutOneGoOn() public {
        _recall(brandAccount, true);
        _postGroup(abi.encodePacked(_record(RECEIVE, 0, place, 1), _record(SELL, place, 0, 1)));
        _post(2, _record(SELL, place, 0, 1));
    }

    function _refuses() private {
        bytes memory batch = _lotGroup(sku, LOT, _record(SELL, place, 0, 1));
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IStockLedger.StockLotRecalled.selector, 0, sku, LOT));
        stock.post(1, sequence, 0, batch);
    }

    function _recall(address account, bool recalled) private {
        CHEATS.prank(account);
        stock.setRecall(sku, LOT, recalled);
    }

    /// @dev Something in every lane.
    function _goods() private view returns (bytes memory) {
        return abi.encodePacked(
            _record(RECEIVE, 0, place, 90),
            _record(RESERVE, place, place, 40),
            _record(SHIP, place, place, 20),
            _record(12, place, place, 20)
        );
    }

    function _fitting(uint8 kind) private returns (bytes memory) {
        if (kind == TRANSFER) return _record(kind, place, consortium.registerPlace(brand, _nextGln()), 1);
        bool comes = kind == 1 || kind == 7 || kind == 9 || kind == 17 || kind == 18 || kind == 21;
        bool stays = kind <= 5 || kind == 12 || kind == 13;
        return _record(kind, comes ? 0 : place, comes || stays ? place : 0, 1);
    }

    function _isRefused(uint8 kind) private view returns (bool) {
        for (uint256 i = 0; i < refused.length; ++i) {
            if (refused[i] == kind) return true;
        }
        return false;
    }

    function _post(uint16 lot, bytes memory records) private {
        bytes memory batch = _lotGroup(sku, lot, records);
        CHEATS.prank(brandAccount);
        stock.post(1, sequence++, 0, batch);
    }
}
