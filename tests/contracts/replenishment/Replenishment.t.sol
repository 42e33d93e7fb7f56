// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IReplenishment} from "../../../contracts/interfaces/IReplenishment.sol";
import {ReplenishmentTest} from "./ReplenishmentTest.sol";

/// @notice Who is chosen, how much, and what is refused.
contract ReplenishmentOrderTest is ReplenishmentTest {
    function testTheNearNeighbourWinsAndGetsThePlaceToItsTarget() public {
        _stockAt(place, 30);
        _stockAt(near, 200);
        _stockAt(far, 200);
        uint96 id = _order(place, PLACE, near, 90);
        require(id == uint96(uint256(sku) << 64), "the SKU's first entry");
        IReplenishment.Order memory made = contract_.orderOf(id);
        require(made.quantity == 90 && made.status == 1 && made.deadline == block.timestamp + 2 days, "open");
        require(contract_.flowOf(sku, place).incoming == 90 && contract_.flowOf(sku, near).outgoing == 90, "flows");
    }

    function testStockWeighsAgainstDistance() public {
        IReplenishment.Settings memory settings = _settings();
        (settings.stockBps, settings.distanceBps, settings.timeBps, settings.carbonBps) = (10_000, 0, 0, 0);
        _set(settings);
        _stockAt(near, 150);
        _stockAt(far, 151);
        require(_isChoice(contract_.choiceOf(sku, place), PLACE, far, 100), "more to give");
    }

    function testATieGoesToTheLowestNumber() public {
        _link(far, place, 1000, 3600, 10);
        _stockAt(far, 500);
        _stockAt(near, 500);
        require(contract_.choiceOf(sku, place).source == near, "near has the lower number");
    }

    function testANeighbourThatCannotGiveAllIsPassedOver() public {
        _stockAt(near, 99);
        _stockAt(hub_, 1000);
        require(_isChoice(contract_.choiceOf(sku, place), HUB, hub_, 100), "hub");
        _refused(place, PLACE, near, 99, _notTheChoice(HUB, hub_, 100));
    }

    function testTheHubKeepsItsReserveRoundedUp() public {
        _stockAt(hub_, 101);
        require(_isChoice(contract_.choiceOf(sku, place), HUB, hub_, 90), "101 - 11");
        _stockAt(near, 100);
        require(contract_.choiceOf(sku, place).kind == PLACE, "a neighbour comes first");
    }

    function testTheHubsThresholdCountsWhenItIsMore() public {
        _stockAt(hub_, 100);
        _levels(sku, hub_, 60, 60);
        require(contract_.choiceOf(sku, place).quantity == 40, "100 - 60");
    }

    function testAHubOfAnotherRegionGivesNothing() public {
        CHEATS.prank(brandAccount);
        contract_.setPlace(IReplenishment.Candidate(hub_, REGION + 1, true));
        _stockAt(hub_, 1000);
        require(_isChoice(contract_.choiceOf(sku, place), SUPPLIER, supplier, 100), "supplier");
    }

    function testTheSupplierOnlyWhilePurchasingIsNotFrozen() public {
        _order(place, SUPPLIER, supplier, 100);
        CHEATS.warp(block.timestamp + 1 days);
        uint96 id = uint96(uint256(sku) << 64);
        CHEATS.prank(oracle);
        contract_.cancel(id);
        health.set(true);
        bytes memory frozen = abi.encodeWithSelector(IReplenishment.ReplenishmentPurchasingFrozen.selector, brand);
        _refused(place, SUPPLIER, supplier, 100, frozen);
        _stockAt(near, 500);
        _order(place, PLACE, near, 100);
    }

    function testWithoutAnybodyToAskThereIsNoSource() public {
        IReplenishment.Settings memory settings = _settings();
        settings.supplier = 0;
        _set(settings);
        _refused(
            place, PLACE, near, 1, abi.encodeWithSelector(IReplenishment.ReplenishmentNoSource.selector, sku, place)
        );
    }

    function testFuzzOnlyTheChoiceIsTaken(uint8 kind, uint16 source, uint64 quantity) public {
        _stockAt(near, 500);
        bool right = kind == PLACE && source == near && quantity == 100;
        if (right) return;
        CHEATS.prank(oracle);
        (bool taken,) = address(contract_)
            .call(abi.encodeCall(IReplenishment.order, (sku, place, kind, source, quantity)));
        require(!taken && contract_.flowOf(sku, place).incoming == 0, "refused, nothing changed");
    }

    function testAboveTheThresholdNothingIsOrdered() public {
        _stockAt(place, 50);
        _stockAt(near, 500);
        _refused(
            place,
            PLACE,
            near,
            70,
            abi.encodeWithSelector(IReplenishment.ReplenishmentAboveThreshold.selector, 50, THRESHOLD)
        );
    }

    function testCoolDownThenDayCap() public {
        _stockAt(near, 1000);
        uint96 id = _order(place, PLACE, near, 100);
        CHEATS.prank(brandAccount);
        contract_.close(id, 0, 0);
        uint256 until = block.timestamp + COOL_DOWN;
        bytes memory cooling = abi.encodeWithSelector(IReplenishment.ReplenishmentCoolDown.selector, until);
        _refused(place, PLACE, near, 50, cooling);
        CHEATS.warp(until);
        require(contract_.choiceOf(sku, place).quantity == 50, "what the day has left");
        id = _order(place, PLACE, near, 50);
        CHEATS.prank(brandAccount);
        contract_.close(id, 0, 0);
        CHEATS.warp(until + COOL_DOWN);
        _refused(
            place, PLACE, near, 50, abi.encodeWithSelector(IReplenishment.ReplenishmentDayCapUsedUp.selector, 150)
        );
        CHEATS.warp((block.timestamp / 1 days + 1) * 1 days);
        require(contract_.choiceOf(sku, place).quantity == 100, "a new day");
    }

    function testGoodsDoNotGoBackAndForth() public {
        _link(place, near, 1000, 3600, 10);
        _levels(sku, near, 50, 60);
        _stockAt(near, 160);
        _order(place, PLACE, near, 100);
        _postGroup(_record(TRANSFER, near, place, 155));
        bytes memory loop = abi.encodeWithSelector(IReplenishment.ReplenishmentLoop.selector, place, near);
        _refused(near, PLACE, place, 55, loop);
        require(contract_.choiceOf(sku, near).kind == SUPPLIER, "the rule does not offer it either");
        CHEATS.prank(brandAccount);
        contract_.close(uint96(uint256(sku) << 64), 155, 155);
        _refused(near, PLACE, place, 55, loop);
        CHEATS.warp(block.timestamp + COOL_DOWN);
        require(contract_.choiceOf(sku, near).kind == PLACE, "after the cool-down");
    }

    function testWhatIsOwedCannotBeGivenTwice() public {
        uint16 other = _place(false);
        _link(near, other, 1, 1, 1);
        _levels(sku, other, THRESHOLD, TARGET);
        _stockAt(near, 150);
        _order(place, PLACE, near, 100);
        require(contract_.choiceOf(sku, other).kind == SUPPLIER, "50 left, 100 wanted");
    }

    function testUnknownLinkAndUnlistedPlace() public {
        _stockAt(near, 500);
        bytes memory unknown = abi.encodeWithSelector(IReplenishment.ReplenishmentUnknownLink.selector, 60_000, place);
        _refused(place, PLACE, 60_000, 100, unknown);
        uint16 unlisted = consortium.registerPlace(brand, _nextGln());
        bytes memory stranger =
            abi.encodeWithSelector(IReplenishment.ReplenishmentPlaceNotListed.selector, brand, unlisted);
        _refused(unlisted, SUPPLIER, supplier, 1, stranger);
        bytes memory none = abi.encodeWithSelector(IReplenishment.ReplenishmentNoLevels.selector, sku, near);
        _refused(near, SUPPLIER, supplier, 1, none);
    }

    function testASuspendedPlaceNeitherGivesNorGets() public {
        _stockAt(near, 500);
        consortium.setPlace(near, brand, 2);
        require(contract_.choiceOf(sku, place).kind == SUPPLIER, "near is out");
        consortium.setPlace(place, brand, 2);
        bytes memory reason = abi.encodeWithSelector(IReplenishment.ReplenishmentPlaceNotUsable.selector, brand, place);
        _refused(place, SUPPLIER, supplier, 100, reason);
    }

    function testOnlyReportersOfTheBrandOrAnApprovedOrganisation() public {
        _stockAt(near, 500);
        address reporter = CHEATS.addr(reporterKeys[0]);
        CHEATS.prank(reporter);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IReplenishment.ReplenishmentNotApproved.selector, brand, platform)
        );
        contract_.order(sku, place, PLACE, near, 100);
        consortium.approveOperator(brand, platform, true);
        CHEATS.prank(reporter);
        contract_.order(sku, place, PLACE, near, 100);
    }

    function testWithoutAnAnswerOnHealthTheSupplierIsNotAsked() public {
        directory.register("StockHealth", address(stock), 2);
        CHEATS.prank(oracle);
        (bool taken,) = address(contract_)
            .call(abi.encodeCall(IReplenishment.order, (sku, place, SUPPLIER, supplier, 100)));
        require(!taken, "nobody vouches that purchasing is open");
    }

    function testTheNewestThirtyOneLotsAndLotZeroCount() public {
        for (uint256 i = 0; i < 2; ++i) {
            _manyLots(sku, 16, i * 16);
        }
        _receiveLot(1, 1000);
        require(contract_.choiceOf(sku, place).kind == SUPPLIER, "lot 1 of 32 is too old");
        _receiveLot(2, 60);
        _receiveLot(32, 40);
        require(_isChoice(contract_.choiceOf(sku, place), PLACE, near, 100), "60 + 40");
        _stockAt(near, 5);
        require(contract_.choiceOf(sku, place).score == 2500 * 0 + 7500 * 10_000, "alone: each share is the whole");
    }

    function _receiveLot(uint16 lot, uint24 quantity) private {
        bytes memory batch = _lotGroup(sku, lot, _record(RECEIVE, 0, near, quantity));
        CHEATS.prank(brandAccount);
        stock.post(1, sequence++, 0, batch);
    }

    function _manyLots(uint32 number, uint256 count, uint256 from) private {
        string[] memory codes = new string[](count);
        for (uint256 i = 0; i < count; ++i) {
            codes[i] = string(abi.encodePacked("L", bytes1(uint8(65 + from + i))));
        }
        CHEATS.prank(brandAccount);
        stock.registerLots(number, codes, new uint32[](count));
    }

    /// @dev All places full, all lots there, the last resort is asked: nothing is dearer.
    function testGasOfAnOrderOverAllPlacesAndLots() public {
        for (uint256 i = 0; i < 2; ++i) {
            _manyLots(sku, 16, i * 16);
        }
        for (uint256 i = 4; i < 32; ++i) {
            uint16 one = _place(false);
            _link(one, place, uint32(i), uint32(i), uint32(i));
            _levels(sku, one, 1, 1);
            _stockAt(one, uint24(200 + i));
        }
        uint16 source = contract_.choiceOf(sku, place).source;
        CHEATS.prank(oracle);
        uint256 before = gasleft();
        contract_.order(sku, place, PLACE, source, 100);
        uint256 used = before - gasleft();
        require(used < 4_500_000, "well under 5 M");
        emit GasUsed(used);
    }

    event GasUsed(uint256 gas_);
}
