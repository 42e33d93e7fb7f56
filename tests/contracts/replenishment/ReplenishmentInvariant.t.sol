// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IReplenishment} from "../../../contracts/interfaces/IReplenishment.sol";
import {ReplenishmentTest} from "./ReplenishmentTest.sol";

/// @notice Orders, ends and moves goods at random, and keeps its own books.
contract ReplenishmentHandler is ReplenishmentTest {
    uint16[4] public places;
    uint96[] public orders;
    uint256 public entries;
    bool public reserveBroken;

    constructor() {
        ReplenishmentTest.setUp();
        places = [place, near, far, hub_];
        for (uint256 i = 0; i < 4; ++i) {
            for (uint256 j = 0; j < 4; ++j) {
                if (i != j) _link(places[i], places[j], uint32(i + 1), uint32(j + 1), uint32(i * j));
            }
            // The hub's threshold is below its reserve, which is a tenth of its target.
            _levels(sku, places[i], places[i] == hub_ ? 5 : 50, 120);
        }
    }

    function setUp() public override {}

    function order(uint8 to) external {
        uint16 target = places[to % 4];
        try contract_.choiceOf(sku, target) returns (IReplenishment.Choice memory choice) {
            if (choice.kind == HUB && _kept(choice.quantity) * 10 < 120) reserveBroken = true;
            orders.push(_order(target, choice.kind, choice.source, choice.quantity));
            ++entries;
        } catch {}
    }

    function end(uint8 which, uint8 how, uint16 shipped) external {
        if (orders.length == 0) return;
        uint96 id = orders[which % orders.length];
        if (contract_.orderOf(id).status != 1) return;
        CHEATS.prank(how % 2 == 0 ? brandAccount : oracle);
        if (how % 2 == 0) contract_.close(id, shipped, shipped / 2);
        else contract_.cancel(id);
        ++entries;
    }

    function move(uint8 to, uint8 quantity) external {
        if (quantity != 0) _stockAt(places[to % 4], quantity);
    }

    function sell(uint8 from, uint8 quantity) external {
        uint256 there = _lane(places[from % 4], 0);
        if (quantity != 0 && quantity <= there) _postGroup(_record(SELL, places[from % 4], 0, quantity));
    }

    function pass(uint16 time) external {
        CHEATS.warp(block.timestamp + time);
    }

    function flowsAgree() external view returns (bool) {
        for (uint256 i = 0; i < 4; ++i) {
            (uint256 incoming, uint256 outgoing) = (0, 0);
            for (uint256 j = 0; j < orders.length; ++j) {
                IReplenishment.Order memory one = contract_.orderOf(orders[j]);
                if (one.status != 1) continue;
                if (one.to == places[i]) incoming += one.quantity;
                if (one.kind != SUPPLIER && one.source == places[i]) outgoing += one.quantity;
            }
            IReplenishment.Flow memory flow = contract_.flowOf(sku, places[i]);
            if (flow.incoming != incoming || flow.outgoing != outgoing || flow.dayUnits > 150) return false;
        }
        return true;
    }

    function noOrdersBothWays() external view returns (bool) {
        for (uint256 i = 0; i < 4; ++i) {
            for (uint256 j = 0; j < i; ++j) {
                (, uint32 there) = contract_.pairOf(sku, places[i], places[j]);
                (, uint32 back) = contract_.pairOf(sku, places[j], places[i]);
                if (there != 0 && back != 0) return false;
            }
        }
        return true;
    }

    function counted() external view returns (uint64) {
        return uint64(contract_.streamWord(bytes32(uint256(sku) | 2 << 248)));
    }

    function _kept(uint64 quantity) private view returns (uint256) {
        return _lane(hub_, 0) - quantity - contract_.flowOf(sku, hub_).outgoing;
    }
}

/// @notice Whatever happens: books of open orders agree, the hub keeps its tenth, goods do not go in circles of two.
contract ReplenishmentInvariantTest {
    ReplenishmentHandler private handler;

    function setUp() public {
        handler = new ReplenishmentHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariantFlowsAreTheOpenOrders() public view {
        require(handler.flowsAgree(), "incoming, outgoing and the day's cap");
    }

    function invariantTheHubKeepsItsReserve() public view {
        require(!handler.reserveBroken(), "a tenth of its target, beyond what it owes");
    }

    function invariantNothingIsOrderedBothWays() public view {
        require(handler.noOrdersBothWays(), "no loop of two");
    }

    function invariantEveryActIsAnEntry() public view {
        require(handler.counted() == handler.entries(), "one entry an act");
    }
}
