// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IReplenishment} from "../../../contracts/interfaces/IReplenishment.sol";
import {Role} from "../../../contracts/lib/Constants.sol";
import {StockTest} from "../stock/StockTest.sol";

/// @dev Says what the test told it.
contract HealthSwitch {
    bool public frozen;

    function set(bool value) external {
        frozen = value;
    }

    function purchasingFrozen(uint16) external view returns (bool) {
        return frozen;
    }
}

/// @notice A brand with a shop (`place`), neighbours, a hub and a supplier.
abstract contract ReplenishmentTest is StockTest {
    uint256 internal constant ORACLE_KEY = 0xd1;
    uint8 internal constant PLACE = 1;
    uint8 internal constant HUB = 2;
    uint8 internal constant SUPPLIER = 3;
    uint16 internal constant REGION = 7;
    uint64 internal constant THRESHOLD = 50;
    uint64 internal constant TARGET = 120;
    uint32 internal constant COOL_DOWN = 1 hours;

    IReplenishment internal contract_;
    HealthSwitch internal health;
    address internal oracle = CHEATS.addr(ORACLE_KEY);
    uint16 internal near;
    uint16 internal far;
    uint16 internal hub_;

    function setUp() public virtual override {
        super.setUp();
        contract_ = IReplenishment(_deployed("replenishment/Replenishment.sol:Replenishment"));
        health = new HealthSwitch();
        _list("Replenishment", 1, address(contract_), 0);
        address rule = _deployed("replenishment/ReplenishmentRule.sol:ReplenishmentRule");
        _list("ReplenishmentRule", 1, rule, 0);
        _list("StockHealth", 2, address(health), 0);
        _account(ORACLE_KEY, brand, Role.REPORT);
        (near, far, hub_) = (_place(false), _place(false), _place(true));
        CHEATS.startPrank(brandAccount);
        contract_.setPlace(IReplenishment.Candidate(place, REGION, false));
        contract_.setSettings(_settings());
        CHEATS.stopPrank();
        _link(near, place, 1000, 3600, 10);
        _link(far, place, 9000, 7200, 90);
        _link(hub_, place, 20_000, 9000, 200);
        _levels(sku, place, THRESHOLD, TARGET);
    }

    function _settings() internal view returns (IReplenishment.Settings memory) {
        return IReplenishment.Settings({
            stockBps: 2500,
            distanceBps: 2500,
            timeBps: 2500,
            carbonBps: 2500,
            transferUnits: 100,
            dayUnits: 150,
            coolDownSeconds: COOL_DOWN,
            hubReserveBps: 1000,
            supplier: supplier,
            supplierSeconds: 5 days,
            orderSeconds: 2 days,
            maxLevelAgeSeconds: 30 days
        });
    }

    function _set(IReplenishment.Settings memory settings) internal {
        CHEATS.prank(brandAccount);
        contract_.setSettings(settings);
    }

    function _place(bool hub) internal returns (uint16 number) {
        number = consortium.registerPlace(brand, _nextGln());
        CHEATS.prank(brandAccount);
        contract_.setPlace(IReplenishment.Candidate(number, REGION, hub));
    }

    function _link(uint16 from, uint16 to, uint32 metres, uint32 transitSeconds, uint32 grams) internal {
        IReplenishment.Link[] memory links = new IReplenishment.Link[](1);
        links[0] = IReplenishment.Link(from, to, metres, transitSeconds, grams, true);
        CHEATS.prank(brandAccount);
        contract_.setLinks(links);
    }

    function _row(uint32 number, uint16 where, uint64 threshold, uint64 target)
        internal
        view
        returns (IReplenishment.Levels[] memory rows)
    {
        rows = new IReplenishment.Levels[](1);
        (IReplenishment.Levels memory current,) = contract_.levelsOf(number, where);
        rows[0] = IReplenishment.Levels(number, where, threshold, target, 3600, current.sequence + 1);
    }

    function _levels(uint32 number, uint16 where, uint64 threshold, uint64 target) internal {
        IReplenishment.Levels[] memory rows = _row(number, where, threshold, target);
        CHEATS.prank(oracle);
        contract_.setLevels(rows, "basis");
    }

    function _stockAt(uint16 where, uint24 quantity) internal {
        _postGroup(_record(RECEIVE, 0, where, quantity));
    }

    function _order(uint16 to, uint8 kind, uint16 source, uint64 quantity) internal returns (uint96) {
        CHEATS.prank(oracle);
        return contract_.order(sku, to, kind, source, quantity);
    }

    function _refused(uint16 to, uint8 kind, uint16 source, uint64 quantity, bytes memory reason) internal {
        CHEATS.prank(oracle);
        CHEATS.expectRevert(reason);
        contract_.order(sku, to, kind, source, quantity);
    }

    function _notTheChoice(uint8 kind, uint16 source, uint64 quantity) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IReplenishment.ReplenishmentNotTheChoice.selector, kind, source, quantity);
    }

    function _isChoice(IReplenishment.Choice memory choice, uint8 kind, uint16 source, uint64 quantity)
        internal
        pure
        returns (bool)
    {
        return choice.kind == kind && choice.source == source && choice.quantity == quantity;
    }
}
