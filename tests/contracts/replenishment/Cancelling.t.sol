// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IReplenishment} from "../../../contracts/interfaces/IReplenishment.sol";
import {ApprovedAct, Role} from "../../../contracts/lib/Constants.sol";
import {ReplenishmentTest} from "./ReplenishmentTest.sol";

/// @notice What a cancelled order gives back, and that orders which are made and cancelled have a bound.
contract CancellingTest is ReplenishmentTest {
    uint256 private constant ORDERER_KEY = 0xf1;
    uint256 private constant MOST = 3;

    function setUp() public override {
        super.setUp();
        // The first second of a day.
        CHEATS.warp((block.timestamp / 1 days + 1) * 1 days);
        _stockAt(near, 5000);
    }

    function testACancelledOrderCountsNoMore() public {
        uint96 id = _order(place, PLACE, near, 100);
        require(contract_.orderOf(id).madeAt == block.timestamp, "made now");
        _cancel(id);
        IReplenishment.Flow memory flow = contract_.flowOf(sku, place);
        require(flow.incoming == 0 && flow.dayUnits == 0 && flow.orderedAt == 0, "as before");
        require(contract_.flowOf(sku, near).outgoing == 0, "owed nothing");
        _order(place, PLACE, near, 100);
        require(contract_.flowOf(sku, place).dayUnits == 100, "at once, and all of the cap");
    }

    function testSoManyTimesADay() public {
        for (uint256 i = 0; i < MOST; ++i) {
            _cancel(_order(place, PLACE, near, 100));
        }
        _cancel(_order(place, PLACE, near, 100));
        IReplenishment.Flow memory flow = contract_.flowOf(sku, place);
        require(flow.dayUnits == 100 && flow.orderedAt == block.timestamp, "the fourth counts");
        bytes memory reason = abi.encodeWithSelector(
            IReplenishment.ReplenishmentCoolDown.selector, block.timestamp + COOL_DOWN
        );
        _refused(place, PLACE, near, 50, reason);
        CHEATS.warp(block.timestamp + COOL_DOWN);
        uint96 id = _order(place, PLACE, near, 50);
        _cancel(id);
        CHEATS.warp(block.timestamp + COOL_DOWN);
        reason = abi.encodeWithSelector(IReplenishment.ReplenishmentDayCapUsedUp.selector, 150);
        _refused(place, PLACE, near, 50, reason);
        CHEATS.warp(block.timestamp + 1 days);
        _cancel(_order(place, PLACE, near, 100));
        require(contract_.flowOf(sku, place).dayUnits == 0, "another day");
    }

    function testAnOrganisationThatMayOrderIsBoundedAlike() public {
        _account(ORDERER_KEY, platform, Role.REPORT);
        address orderer = CHEATS.addr(ORDERER_KEY);
        consortium.setApproval(brand, platform, ApprovedAct.ORDER, 0, new uint16[](0), new uint32[](0));
        uint256 made = 0;
        for (uint256 i = 0; i < 20; ++i) {
            CHEATS.prank(orderer);
            (bool taken, bytes memory answer) = address(contract_)
                .call(abi.encodeCall(IReplenishment.order, (sku, place, PLACE, near, 100)));
            if (!taken) continue;
            ++made;
            CHEATS.prank(orderer);
            contract_.cancel(abi.decode(answer, (uint96)));
        }
        require(made == MOST + 1, "and no more");
        // It may not set levels, and without the act it may not cancel what others ordered.
        CHEATS.warp(block.timestamp + 1 days);
        uint96 id = _order(place, PLACE, near, 100);
        consortium.setApproval(brand, platform, ApprovedAct.PLAN, 0, new uint16[](0), new uint32[](0));
        CHEATS.prank(orderer);
        CHEATS.expectRevert(abi.encodeWithSelector(IReplenishment.ReplenishmentNotApproved.selector, brand, platform));
        contract_.cancel(id);
    }

    function testOnlyItsOwnDayAndItsOwnCoolDown() public {
        _levels(sku, place, 300, 400);
        uint96 first = _order(place, PLACE, near, 100);
        CHEATS.warp(block.timestamp + 1 days);
        _order(place, PLACE, near, 100);
        uint256 made = block.timestamp;
        _cancel(first);
        IReplenishment.Flow memory flow = contract_.flowOf(sku, place);
        require(flow.incoming == 100 && flow.dayUnits == 100 && flow.orderedAt == made, "the later one's");
    }

    function testWhatWasCancelledMayGoTheOtherWay() public {
        _link(place, near, 1000, 3600, 10);
        uint96 id = _order(place, PLACE, near, 100);
        _cancel(id);
        (uint64 latestAt, uint32 open) = contract_.pairOf(sku, near, place);
        require(latestAt == 0 && open == 0, "nothing went");
        id = _order(place, PLACE, near, 100);
        uint256 made = block.timestamp;
        CHEATS.warp(contract_.orderOf(id).deadline + 1);
        CHEATS.prank(oracle);
        contract_.expire(id);
        (latestAt,) = contract_.pairOf(sku, near, place);
        require(latestAt == made, "what expired may have gone");
        CHEATS.warp(block.timestamp + 1 days);
        for (uint256 i = 0; i <= MOST; ++i) {
            _cancel(_order(place, PLACE, near, 100));
        }
        (latestAt,) = contract_.pairOf(sku, near, place);
        require(latestAt == block.timestamp, "one too many counts");
    }

    function testScopesOfWhoMayOrder() public {
        _account(ORDERER_KEY, platform, Role.REPORT);
        address orderer = CHEATS.addr(ORDERER_KEY);
        uint16[] memory places = new uint16[](1);
        places[0] = near;
        consortium.setApproval(brand, platform, ApprovedAct.ORDER | ApprovedAct.PLAN, 0, places, new uint32[](0));
        bytes memory reason =
            abi.encodeWithSelector(IReplenishment.ReplenishmentNotApproved.selector, brand, platform);
        CHEATS.prank(orderer);
        CHEATS.expectRevert(reason);
        contract_.order(sku, place, PLACE, near, 100);
        IReplenishment.Levels[] memory rows = _row(sku, place, 1, 2);
        CHEATS.prank(orderer);
        CHEATS.expectRevert(reason);
        contract_.setLevels(rows, "basis");
        rows = _row(sku, near, 1, 2);
        CHEATS.prank(orderer);
        contract_.setLevels(rows, "basis");
    }

    function _cancel(uint96 id) private {
        CHEATS.prank(oracle);
        contract_.cancel(id);
    }
}
