// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {IStockLedger} from "../../../contracts/interfaces/IStockLedger.sol";
import {ApprovedAct, OrganisationKind, Role} from "../../../contracts/lib/Constants.sol";
import {StockTest} from "./StockTest.sol";

/// @notice What an organisation may do with a brand's goods: acts, an end, places and SKUs.
contract ApprovalsTest is StockTest {
    uint256 private constant OPERATOR_KEY = 0xe1;
    uint256 private constant OTHER_KEY = 0xe2;
    uint8 private constant MOVE = ApprovedAct.MOVE;

    address private operator;
    uint16 private here;
    uint16 private there;
    uint32 private second;
    uint64 private posted;
    uint16[] private none;
    uint32[] private noSkus;

    function setUp() public override {
        super.setUp();
        _account(OPERATOR_KEY, platform, Role.POST_MOVEMENTS | Role.REGISTER_SKUS);
        operator = CHEATS.addr(OPERATOR_KEY);
        here = consortium.registerPlace(platform, _nextGln());
        there = consortium.registerPlace(platform, _nextGln());
        string[] memory codes = new string[](1);
        codes[0] = "SECOND";
        CHEATS.prank(brandAccount);
        second = stock.registerSkus(codes, new uint64[](1), new uint8[](1));
    }

    function testTheEndIsTheLastSecond() public {
        uint64 end = uint64(block.timestamp + 100);
        _approve(MOVE, end, none, noSkus);
        CHEATS.warp(end);
        _take(_receipt(sku, here));
        require(consortium.mayOperate(brand, platform), "still");
        CHEATS.warp(end + 1);
        _refuse(_receipt(sku, here), _notApproved(brand));
        require(!consortium.mayOperate(brand, platform), "over");
        CHEATS.expectRevert(
            abi.encodeWithSelector(IConsortium.ConsortiumApprovalEnded.selector, end, block.timestamp)
        );
        consortium.setApproval(brand, platform, MOVE, end, none, noSkus);
    }

    function testAnActIsNoOtherAct() public {
        _approve(ApprovedAct.REGISTER_LOTS, 0, none, noSkus);
        _refuse(_receipt(sku, here), _notApproved(brand));
        _lot("L-1", "");
        _approve(MOVE | ApprovedAct.PLAN | ApprovedAct.ORDER, 0, none, noSkus);
        _take(_receipt(sku, here));
        _lot("L-2", abi.encodeWithSelector(IStockLedger.StockBrandNotApproved.selector, 0, brand, platform));
    }

    function testOnlyTheSkusThatWereNamed() public {
        _approve(MOVE | ApprovedAct.REGISTER_LOTS, 0, none, _skus(second));
        bytes memory reason = abi.encodeWithSelector(IStockLedger.StockSkuNotApproved.selector, 0, sku, platform);
        _refuse(_receipt(sku, here), reason);
        _take(_receipt(second, here));
        _lot("L-1", abi.encodeWithSelector(IStockLedger.StockBrandNotApproved.selector, 0, brand, platform));
        consortium.widenApproval(brand, platform, none, _skus(sku));
        _take(abi.encodePacked(_receipt(sku, here), _receipt(second, here)));
        _lot("L-1", "");
    }

    function testOnlyThePlacesThatWereNamed() public {
        _approve(MOVE, 0, _places(here), noSkus);
        bytes memory reason =
            abi.encodeWithSelector(IStockLedger.StockPlaceNotApproved.selector, 0, there, brand, platform);
        _refuse(_receipt(sku, there), reason);
        _take(_receipt(sku, here));
        // Nor do goods leave for another place: not for its own, not for the brand's.
        _refuse(_group(sku, _record(TRANSFER, here, there, 1)), reason);
        _take(_group(sku, _record(RESERVE, here, here, 2)));
        reason = abi.encodeWithSelector(IStockLedger.StockPlaceNotApproved.selector, 0, place, brand, platform);
        _refuse(_group(sku, _record(SHIP, here, place, 1)), reason);
        consortium.widenApproval(brand, platform, _places(place), noSkus);
        _take(_group(sku, _record(SHIP, here, place, 1)));
    }

    /// @notice What was admitted for one brand's goods is kept for the batch: another brand's limits hold all the same.
    function testAMoveIsAdmittedForEachBrand() public {
        (uint16 other, uint32 foreign) = _otherBrand();
        _approve(MOVE, 0, none, noSkus);
        consortium.setApproval(other, platform, MOVE, 0, _places(there), noSkus);
        bytes memory reason =
            abi.encodeWithSelector(IStockLedger.StockPlaceNotApproved.selector, 1, here, other, platform);
        _refuse(abi.encodePacked(_receipt(sku, here), _receipt(foreign, here)), reason);
        _take(abi.encodePacked(_receipt(sku, here), _receipt(foreign, there)));
        consortium.setApproval(other, platform, MOVE, 0, none, noSkus);
        _approve(MOVE, 0, _places(there), noSkus);
        reason = abi.encodeWithSelector(IStockLedger.StockPlaceNotApproved.selector, 0, here, brand, platform);
        _refuse(abi.encodePacked(_receipt(sku, here), _receipt(foreign, here)), reason);
        _take(abi.encodePacked(_receipt(sku, there), _receipt(foreign, here)));
    }

    function testNewWordsAreWithoutTheListsOfBefore() public {
        _approve(MOVE, 0, _places(here), _skus(sku));
        _approve(MOVE, 0, _places(there), _skus(second));
        _refuse(_receipt(sku, there), abi.encodeWithSelector(IStockLedger.StockSkuNotApproved.selector, 0, sku, platform));
        _refuse(
            _receipt(second, here),
            abi.encodeWithSelector(IStockLedger.StockPlaceNotApproved.selector, 0, here, brand, platform)
        );
        consortium.approveOperator(brand, platform, false);
        consortium.setApproval(brand, platform, MOVE, 0, _places(there), _skus(second));
        _refuse(_receipt(sku, there), abi.encodeWithSelector(IStockLedger.StockSkuNotApproved.selector, 0, sku, platform));
        _take(_receipt(second, there));
        require(uint32(consortium.approvalOf(brand, platform) >> 80) == 4, "the fourth");
    }

    function testWhoWasWithdrawnRepostsNothing() public {
        consortium.approveOperator(brand, platform, true);
        _take(_receipt(sku, here));
        consortium.approveOperator(brand, platform, false);
        _refuse(_receipt(sku, here), _notApproved(brand));
        _refuse(_group(sku, _record(SELL, here, 0, 1)), _notApproved(brand));
        require(consortium.approvalFor(brand, platform, 0, 0) == 0, "no acts");
        require(consortium.approvalFor(brand, brand, 0, 0) == 31, "its own");
    }

    function testTheBrandAloneSaysSo() public {
        CHEATS.prank(operator);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IConsortium.ConsortiumMissingRole.selector, operator, Role.SIGN_AGREEMENTS)
        );
        consortium.setApproval(brand, platform, MOVE, 0, none, noSkus);
        _account(OTHER_KEY, platform, Role.SIGN_AGREEMENTS);
        address signer = CHEATS.addr(OTHER_KEY);
        CHEATS.prank(signer);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotBrand.selector, signer, brand));
        consortium.widenApproval(brand, platform, _places(here), noSkus);
        CHEATS.prank(brandAccount);
        consortium.setApproval(brand, platform, MOVE, 0, _places(here), noSkus);
        CHEATS.prank(brandAccount);
        consortium.widenApproval(brand, platform, _places(there), noSkus);
        _take(_receipt(sku, there));
    }

    function testStrangeApprovalsAreRefused() public {
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumUnknownAct.selector, 0xe0));
        consortium.setApproval(brand, platform, 0xff, 0, none, noSkus);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumUnknownPlace.selector, 999));
        consortium.setApproval(brand, platform, MOVE, 0, _places(999), noSkus);
        uint32 foreign = uint32(platform) << 20 | 1;
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumForeignSku.selector, foreign, brand));
        consortium.setApproval(brand, platform, MOVE, 0, none, _skus(foreign));
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumApprovalTooLong.selector, 257));
        consortium.setApproval(brand, platform, MOVE, 0, new uint16[](1), new uint32[](256));
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumUnknownOrganisation.selector, 999));
        consortium.setApproval(brand, 999, MOVE, 0, none, noSkus);
        consortium.setApproval(brand, platform, MOVE, 0, none, _skus(sku));
        bytes memory reason =
            abi.encodeWithSelector(IConsortium.ConsortiumApprovalNotLimited.selector, brand, platform);
        CHEATS.expectRevert(reason);
        consortium.widenApproval(brand, platform, _places(here), noSkus);
        CHEATS.expectRevert(reason);
        consortium.widenApproval(brand, platform, none, noSkus);
    }

    function _approve(uint8 acts, uint64 until, uint16[] memory places, uint32[] memory skus) private {
        consortium.setApproval(brand, platform, acts, until, places, skus);
    }

    function _take(bytes memory records) private {
        CHEATS.prank(operator);
        stock.post(1, posted++, 0, records);
    }

    function _refuse(bytes memory records, bytes memory reason) private {
        CHEATS.prank(operator);
        CHEATS.expectRevert(reason);
        stock.post(1, posted, 0, records);
    }

    /// @dev Registers a lot of `sku`; `reason` empty = it is taken.
    function _lot(string memory code, bytes memory reason) private {
        string[] memory codes = new string[](1);
        codes[0] = code;
        CHEATS.prank(operator);
        if (reason.length != 0) CHEATS.expectRevert(reason);
        stock.registerLots(sku, codes, new uint32[](1));
    }

    function _receipt(uint32 number, uint16 where) private view returns (bytes memory) {
        return _group(number, _record(RECEIVE, 0, where, 5));
    }

    function _otherBrand() private returns (uint16 other, uint32 number) {
        other = consortium.registerOrganisation(OrganisationKind.BRAND, _nextGln(), 0);
        _account(OTHER_KEY, other, Role.REGISTER_SKUS);
        string[] memory codes = new string[](1);
        codes[0] = "A";
        CHEATS.prank(CHEATS.addr(OTHER_KEY));
        number = stock.registerSkus(codes, new uint64[](1), new uint8[](1));
    }

    function _notApproved(uint16 whose) private view returns (bytes memory) {
        return abi.encodeWithSelector(IStockLedger.StockBrandNotApproved.selector, 0, whose, platform);
    }

    function _places(uint16 one) private pure returns (uint16[] memory places) {
        places = new uint16[](1);
        places[0] = one;
    }

    function _skus(uint32 one) private pure returns (uint32[] memory skus) {
        skus = new uint32[](1);
        skus[0] = one;
    }
}
