// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IDirectory} from "../../../contracts/interfaces/IDirectory.sol";
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
        require(made.quantity == 90 && made.status == 1 && made.deadline == block.timestamp + 3600 + 2 days, "open");
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

    function testGoodsOnTheirWayToCustomersAreNoSupply() public {
        _stockAt(place, 60);
        _postGroup(abi.encodePacked(_record(RESERVE, place, place, 60), _record(SHIP, place, place, 60)));
        require(_lane(place, 2) == 60, "all of it is on its way out");
        _stockAt(near, 500);
        IReplenishment.Choice memory choice = contract_.choiceOf(sku, place);
        require(choice.position == 0 && _isChoice(choice, PLACE, near, 100), "the shop is empty");
    }

    function testANeighbourThatLiftsThePlaceToItsThresholdIsEnough() public {
        _stockAt(near, 99);
        _stockAt(hub_, 1000);
        require(_isChoice(contract_.choiceOf(sku, place), PLACE, near, 99), "all it can spare, of 100");
        _refused(place, PLACE, near, 100, _notTheChoice(PLACE, near, 99));
        _stockAt(place, 1);
        _postGroup(_record(SELL, near, 0, 50));
        require(_isChoice(contract_.choiceOf(sku, place), PLACE, near, 49), "49 are lacking, 49 there");
    }

    function testANeighbourThatDoesNotComesBehindTheHub() public {
        _stockAt(near, 49);
        _stockAt(hub_, 1000);
        require(_isChoice(contract_.choiceOf(sku, place), HUB, hub_, 100), "50 are lacking");
        _postGroup(_record(SELL, hub_, 0, 999));
        require(_isChoice(contract_.choiceOf(sku, place), PLACE, near, 49), "before the supplier");
        _stockAt(far, 30);
        require(_isChoice(contract_.choiceOf(sku, place), PLACE, near, 49), "the best of them");
        health.set(true);
        _order(place, PLACE, near, 49);
    }

    function testLevelsThatAreTooOldAreNotUsed() public {
        _stockAt(near, 500);
        (, uint32 setAt) = contract_.levelsOf(sku, place);
        require(setAt == block.timestamp, "when they were set");
        CHEATS.warp(uint256(setAt) + 30 days);
        require(contract_.choiceOf(sku, place).kind == PLACE, "to the last second");
        CHEATS.warp(uint256(setAt) + 30 days + 1);
        bytes memory tooOld =
            abi.encodeWithSelector(IReplenishment.ReplenishmentLevelsTooOld.selector, uint256(setAt) + 30 days);
        _refused(place, PLACE, near, 100, tooOld);
        _levels(sku, place, THRESHOLD, TARGET);
        _order(place, PLACE, near, 100);
    }

    function testTheHubKeepsItsReserveRoundedUp() public {
        _stockAt(hub_, 101);
        require(_isChoice(contract_.choiceOf(sku, place), HUB, hub_, 90), "101 - 11");
        _stockAt(near, 100);
        require(contract_.choiceOf(sku, place).kind == PLACE, "a neighbour comes first");
    }

    function testTheReserveOfAHubWithLevelsDoesNotShrink() public {
        _levels(sku, hub_, 20, 1000);
        _stockAt(hub_, 150);
        require(_isChoice(contract_.choiceOf(sku, place), HUB, hub_, 50), "a tenth of 1,000 stays");
        _postGroup(_record(TRANSFER, hub_, place, 50));
        _postGroup(_record(SELL, place, 0, 50));
        require(contract_.choiceOf(sku, place).kind == SUPPLIER, "of the 100 nothing more is given");
    }

    function testASmallTargetDoesNotSwitchTheReserveOff() public {
        _stockAt(hub_, 101);
        uint64[3] memory targets = [uint64(0), 1, 101];
        for (uint256 i = 0; i < targets.length; ++i) {
            _levels(sku, hub_, 0, targets[i]);
            require(_isChoice(contract_.choiceOf(sku, place), HUB, hub_, 90), "101 - 11");
        }
        _levels(sku, hub_, 0, 111);
        require(_isChoice(contract_.choiceOf(sku, place), HUB, hub_, 89), "101 - 12");
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

    function testTheCoolDownCountsFromTheArrival() public {
        _link(place, near, 1000, 3600, 10);
        _levels(sku, near, 50, 60);
        _stockAt(near, 160);
        uint96 id = _order(place, PLACE, near, 100);
        uint256 later = uint256(contract_.flowOf(sku, place).orderedAt) + 10 * COOL_DOWN;
        CHEATS.warp(later);
        _postGroup(_record(TRANSFER, near, place, 155));
        CHEATS.prank(brandAccount);
        contract_.close(id, 155, 155);
        bytes memory loop = abi.encodeWithSelector(IReplenishment.ReplenishmentLoop.selector, place, near);
        _refused(near, PLACE, place, 55, loop);
        (uint64 latestAt, uint32 open) = contract_.pairOf(sku, near, place);
        require(latestAt == later && open == 0, "the close counts");
        CHEATS.warp(later + COOL_DOWN);
        require(contract_.choiceOf(sku, near).kind == PLACE, "after the cool-down");
    }

    function testAnOrderThatShippedNothingLeavesTheCoolDown() public {
        _stockAt(near, 500);
        uint96 id = _order(place, PLACE, near, 100);
        uint256 made = contract_.flowOf(sku, place).orderedAt;
        CHEATS.warp(made + 10 * COOL_DOWN);
        CHEATS.prank(brandAccount);
        contract_.close(id, 0, 0);
        (uint64 latestAt,) = contract_.pairOf(sku, near, place);
        require(latestAt == made, "nothing went");
    }

    function testWhatIsOwedCannotBeGivenTwice() public {
        uint16 other = _place(false);
        _link(near, other, 1, 1, 1);
        _levels(sku, other, THRESHOLD, TARGET);
        _stockAt(near, 150);
        _order(place, PLACE, near, 100);
        require(_isChoice(contract_.choiceOf(sku, other), PLACE, near, 50), "50 left, 100 wanted");
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
        CHEATS.etch(address(health), address(stock).code);
        CHEATS.prank(oracle);
        (bool taken,) = address(contract_)
            .call(abi.encodeCall(IReplenishment.order, (sku, place, SUPPLIER, supplier, 100)));
        require(!taken, "nobody vouches that purchasing is open");
    }

    function testAReplacedOneOrdersNothingAndEndsWhatItOrdered() public {
        _stockAt(near, 500);
        uint96 id = _order(place, PLACE, near, 100);
        uint96 other = uint96(uint256(id) + 1);
        _list("Replenishment", 2, address(hub), 0);
        _refused(place, PLACE, near, 20, _replaced("Replenishment", 2));
        CHEATS.prank(brandAccount);
        contract_.close(id, 100, 99);
        require(contract_.orderOf(id).status == 2, "closed");
        CHEATS.prank(oracle);
        CHEATS.expectRevert(abi.encodeWithSelector(IReplenishment.ReplenishmentUnknownOrder.selector, other));
        contract_.cancel(other);
    }

    function testAnotherStockLedgerIsNotRead() public {
        _stockAt(near, 500);
        _list("StockLedger", 3, address(hub), 0);
        bytes memory reason =
            abi.encodeWithSelector(IDirectory.DirectoryOtherVersion.selector, bytes32("StockLedger"), uint64(2), uint64(3));
        _refused(place, PLACE, near, 100, reason);
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

    function _keep(uint16[] memory lots) private {
        CHEATS.prank(brandAccount);
        contract_.keepLots(sku, lots);
    }

    function _ascending(uint16 count) private pure returns (uint16[] memory lots) {
        lots = new uint16[](count);
        for (uint16 i = 0; i < count; ++i) lots[i] = i + 1;
    }

    /// @dev The list full, all lots there, a hub that has nothing to spare; every other place has `surplus` units.
    function _fillTheList(uint24 surplus) private {
        for (uint256 i = 0; i < 4; ++i) {
            _manyLots(sku, 16, i * 16);
        }
        _keep(_ascending(32));
        for (uint256 i = 4; i < 32; ++i) {
            uint16 one = _place(false);
            _link(one, place, uint32(i), uint32(i), uint32(i));
            _levels(sku, one, 200, 200);
            _stockAt(one, 200 + surplus);
        }
    }

    function _gasOfTheChoice(uint8 kind) private {
        IReplenishment.Choice memory choice = contract_.choiceOf(sku, place);
        require(choice.kind == kind, "the way that is to be measured");
        CHEATS.prank(oracle);
        uint256 before = gasleft();
        contract_.order(sku, place, kind, choice.source, choice.quantity);
        uint256 used = before - gasleft();
        require(used < 8_500_000, "half of what a transaction may use");
        emit GasUsed(used);
    }

    /// @dev Nobody has anything: the supplier is the last that is asked.
    function testGasOfAnOrderToTheSupplierOverAllPlacesAndLots() public {
        _fillTheList(0);
        _gasOfTheChoice(SUPPLIER);
    }

    /// @dev Everybody has too little: neighbours are scored after the hub was asked, and the source's books change too.
    function testGasOfAnOrderOverAllPlacesAndLots() public {
        _fillTheList(20);
        _gasOfTheChoice(PLACE);
    }

    event GasUsed(uint256 gas_);
}
