// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IReplenishment} from "../../../contracts/interfaces/IReplenishment.sol";
import {Role} from "../../../contracts/lib/Constants.sol";
import {ReplenishmentTest} from "./ReplenishmentTest.sol";

/// @notice What a brand may set, and how orders end.
contract ReplenishmentPolicyTest is ReplenishmentTest {
    bytes32 private policyStream;

    function setUp() public override {
        super.setUp();
        policyStream = bytes32(uint256(brand) | 1 << 248);
    }

    function _outOfRange(uint256 field, uint256 value) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IReplenishment.ReplenishmentSettingOutOfRange.selector, field, value);
    }

    function _refuses(IReplenishment.Settings memory settings, bytes memory reason) private {
        uint256 word = contract_.streamWord(policyStream);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(reason);
        contract_.setSettings(settings);
        require(contract_.streamWord(policyStream) == word, "no leaf");
    }

    function testAReplacedOneTakesNoPolicy() public {
        _list("Replenishment", 2, address(hub), 0);
        _refuses(_settings(), _replaced("Replenishment", 2));
        CHEATS.startPrank(brandAccount);
        CHEATS.expectRevert(_replaced("Replenishment", 2));
        contract_.setPlace(IReplenishment.Candidate(place, REGION, false));
        CHEATS.expectRevert(_replaced("Replenishment", 2));
        contract_.removePlace(place);
        CHEATS.stopPrank();
        IReplenishment.Levels[] memory rows = _row(sku, place, 1, 2);
        CHEATS.prank(oracle);
        CHEATS.expectRevert(_replaced("Replenishment", 2));
        contract_.setLevels(rows, "basis");
    }

    function testFuzzWeightsAddUpToTheWhole(uint16 one, uint16 two, uint16 three, uint16 four) public {
        IReplenishment.Settings memory settings = _settings();
        (settings.stockBps, settings.distanceBps, settings.timeBps, settings.carbonBps) = (one, two, three, four);
        uint256 sum = uint256(one) + two + three + four;
        if (sum == 10_000) return;
        _refuses(settings, abi.encodeWithSelector(IReplenishment.ReplenishmentWeights.selector, sum));
    }

    function testSettingsOutOfRangeNameTheField() public {
        IReplenishment.Settings memory settings = _settings();
        settings.transferUnits = 0;
        _refuses(settings, _outOfRange(4, 0));
        settings = _settings();
        settings.dayUnits = 1 << 48;
        _refuses(settings, _outOfRange(5, 1 << 48));
        settings = _settings();
        settings.coolDownSeconds = 59;
        _refuses(settings, _outOfRange(6, 59));
        settings = _settings();
        settings.hubReserveBps = 999;
        _refuses(settings, _outOfRange(7, 999));
        settings.hubReserveBps = 5001;
        _refuses(settings, _outOfRange(7, 5001));
        settings = _settings();
        settings.orderSeconds = 0;
        _refuses(settings, _outOfRange(10, 0));
        settings = _settings();
        settings.supplierSeconds = 366 days;
        _refuses(settings, _outOfRange(9, 366 days));
        settings = _settings();
        settings.maxLevelAgeSeconds = 1 hours - 1;
        _refuses(settings, _outOfRange(11, 1 hours - 1));
        settings.maxLevelAgeSeconds = 366 days;
        _refuses(settings, _outOfRange(11, 366 days));
        settings = _settings();
        settings.supplier = 4000;
        _refuses(settings, abi.encodeWithSelector(IReplenishment.ReplenishmentUnknownSupplier.selector, 4000));
    }

    function testOnlyABrandSets() public {
        CHEATS.prank(supplierAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IReplenishment.ReplenishmentNotBrand.selector, supplier));
        contract_.setSettings(_settings());
    }

    function testEveryChangeIsALeafOfThePolicyStream() public {
        uint256 before = contract_.streamWord(policyStream);
        require(uint64(before) == 9, "what the set-up set");
        CHEATS.roll(block.number + 3);
        _set(_settings());
        bytes memory call = abi.encodeCall(IReplenishment.setSettings, (_settings()));
        bytes32 leaf = keccak256(
            abi.encode(
                keccak256("LiveLedger.Leaf.v1"),
                policyStream,
                uint256(9),
                uint256(1),
                block.number,
                block.timestamp,
                brandAccount,
                keccak256(call)
            )
        );
        bytes24 head = bytes24(keccak256(abi.encode(bytes24(bytes32(before)), leaf)));
        require(contract_.streamWord(policyStream) == (uint256(bytes32(head)) | 10), "head and count");
    }

    function testARegionHasOneHubAndAPlaceIsListedOnce() public {
        CHEATS.startPrank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IReplenishment.ReplenishmentSecondHub.selector, REGION, hub_));
        contract_.setPlace(IReplenishment.Candidate(near, REGION, true));
        contract_.setPlace(IReplenishment.Candidate(near, REGION + 1, true));
        require(contract_.placesOf(brand).length == 4, "changed, not added");
        contract_.removePlace(near);
        require(contract_.placesOf(brand).length == 3, "gone");
        CHEATS.expectRevert(abi.encodeWithSelector(IReplenishment.ReplenishmentPlaceNotListed.selector, brand, near));
        contract_.removePlace(near);
        CHEATS.stopPrank();
    }

    function testAPlaceOfAStrangerIsNotUsable() public {
        uint16 foreign = consortium.registerPlace(platform, _nextGln());
        CHEATS.startPrank(brandAccount);
        bytes memory reason =
            abi.encodeWithSelector(IReplenishment.ReplenishmentPlaceNotUsable.selector, brand, foreign);
        CHEATS.expectRevert(reason);
        contract_.setPlace(IReplenishment.Candidate(foreign, REGION, false));
        consortium.approveOperator(brand, platform, true);
        contract_.setPlace(IReplenishment.Candidate(foreign, REGION, false));
        CHEATS.stopPrank();
    }

    function testTheListHoldsThirtyTwo() public {
        for (uint256 i = 4; i < 32; ++i) {
            _place(false);
        }
        uint16 extra = consortium.registerPlace(brand, _nextGln());
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IReplenishment.ReplenishmentPlacesFull.selector, brand));
        contract_.setPlace(IReplenishment.Candidate(extra, REGION, false));
    }

    function _levelsRefused(IReplenishment.Levels[] memory rows, bytes memory reason) private {
        CHEATS.prank(oracle);
        CHEATS.expectRevert(reason);
        contract_.setLevels(rows, 0);
    }

    function testLevelsAreSoundAndGrowInSequence() public {
        IReplenishment.Levels[] memory rows = _row(sku, place, 9, 8);
        _levelsRefused(rows, abi.encodeWithSelector(IReplenishment.ReplenishmentLevels.selector, 0, 9, 8));
        rows = _row(sku, place, 9, 10);
        rows[0].sequence = 1;
        _levelsRefused(rows, abi.encodeWithSelector(IReplenishment.ReplenishmentLevelsStale.selector, 0, 1, 1));
        rows[0].sequence = 3;
        _levelsRefused(rows, abi.encodeWithSelector(IReplenishment.ReplenishmentLevelsStale.selector, 0, 3, 1));
        rows[0].sequence = type(uint64).max;
        bytes memory usedUp =
            abi.encodeWithSelector(IReplenishment.ReplenishmentLevelsStale.selector, 0, type(uint64).max, 1);
        _levelsRefused(rows, usedUp);
        rows = _row(sku + 1, place, 9, 10);
        _levelsRefused(rows, abi.encodeWithSelector(IReplenishment.ReplenishmentUnknownSku.selector, 0, sku + 1));
        rows = _row(sku, 60_000, 9, 10);
        _levelsRefused(
            rows, abi.encodeWithSelector(IReplenishment.ReplenishmentPlaceNotListed.selector, brand, 60_000)
        );
        _levelsRefused(
            new IReplenishment.Levels[](0), abi.encodeWithSelector(IReplenishment.ReplenishmentRows.selector, 0)
        );
        _levelsRefused(
            new IReplenishment.Levels[](129), abi.encodeWithSelector(IReplenishment.ReplenishmentRows.selector, 129)
        );
    }

    function testBothEndsMayCloseAndNobodyElse() public {
        _stockAt(near, 500);
        uint96 id = _order(place, PLACE, near, 100);
        _account(0xd2, platform, Role.POST_MOVEMENTS);
        CHEATS.prank(CHEATS.addr(0xd2));
        CHEATS.expectRevert(abi.encodeWithSelector(IReplenishment.ReplenishmentNotAnEnd.selector, id, platform));
        contract_.close(id, 100, 100);
        CHEATS.startPrank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IReplenishment.ReplenishmentUnits.selector, 99, 100));
        contract_.close(id, 99, 100);
        contract_.close(id, 100, 99);
        CHEATS.expectRevert(abi.encodeWithSelector(IReplenishment.ReplenishmentOrderEnded.selector, id, 2));
        contract_.close(id, 100, 99);
        CHEATS.expectRevert(abi.encodeWithSelector(IReplenishment.ReplenishmentUnknownOrder.selector, id + 1));
        contract_.close(id + 1, 0, 0);
        CHEATS.stopPrank();
        require(contract_.flowOf(sku, place).incoming == 0 && contract_.flowOf(sku, near).outgoing == 0, "settled");
    }

    function testTheSupplierClosesItsOrders() public {
        uint96 id = _order(place, SUPPLIER, supplier, 100);
        _account(0xd3, supplier, Role.POST_MOVEMENTS);
        CHEATS.prank(CHEATS.addr(0xd3));
        contract_.close(id, 80, 80);
        require(contract_.orderOf(id).status == 2, "closed");
    }

    function testAfterTheDeadlineAnybodyMayDeclareItExpired() public {
        uint96 id = _order(place, SUPPLIER, supplier, 100);
        uint64 deadline = contract_.orderOf(id).deadline;
        require(deadline == contract_.flowOf(sku, place).orderedAt + 5 days + 2 days, "its lead time, and two days");
        CHEATS.warp(deadline);
        CHEATS.prank(clerk);
        CHEATS.expectRevert(abi.encodeWithSelector(IReplenishment.ReplenishmentNotExpired.selector, id, deadline));
        contract_.expire(id);
        CHEATS.warp(deadline + 1);
        CHEATS.prank(clerk);
        contract_.expire(id);
        require(contract_.orderOf(id).status == 4 && contract_.flowOf(sku, place).incoming == 0, "expired");
    }
}
