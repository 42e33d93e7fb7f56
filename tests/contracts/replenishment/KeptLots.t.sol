// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {IReplenishment} from "../../../contracts/interfaces/IReplenishment.sol";
import {OrganisationKind, Role} from "../../../contracts/lib/Constants.sol";
import {ReplenishmentTest} from "./ReplenishmentTest.sol";

/// @notice Lots that a brand keeps in sight, whoever else registers lots.
contract KeptLotsTest is ReplenishmentTest {
    uint256 private constant CARRIER_KEY = 0xe1;
    address private _carrier = CHEATS.addr(CARRIER_KEY);
    uint256 private _codes;

    function setUp() public override {
        super.setUp();
        uint16 number = consortium.registerOrganisation(OrganisationKind.LOGISTICS, _nextGln(), 0);
        _account(CARRIER_KEY, number, Role.REGISTER_SKUS | Role.SIGN_AGREEMENTS);
        consortium.approveOperator(brand, number, true);
    }

    function testACarrierHidesNothingThatTheBrandKeepsInSight() public {
        _lots(brandAccount, 3);
        _receiveLot(2, 500);
        _keep(brandAccount, _two(1, 2));
        require(_isChoice(contract_.choiceOf(sku, place), PLACE, near, 100), "the newest count anyway, once");
        _lotsOfCarrier(8);
        require(_isChoice(contract_.choiceOf(sku, place), PLACE, near, 100), "the carrier's forty hide nothing");
        _keep(brandAccount, new uint16[](0));
        require(contract_.choiceOf(sku, place).kind == SUPPLIER, "what nobody keeps in sight is too old");
    }

    /// @notice What came in stays in sight for six days without a word of the brand, whatever one organisation registers.
    function testACarrierHidesNothingBeforeItsBrandSpeaksAgain() public {
        _lots(brandAccount, 1);
        _receiveLot(1, 500);
        _lotsOfCarrier(6);
        require(_isChoice(contract_.choiceOf(sku, place), PLACE, near, 100), "thirty lots in six days");
        _lotsOfCarrier(1);
        require(contract_.choiceOf(sku, place).kind == SUPPLIER, "and on the seventh");
    }

    function testALotCountsOnceWhetherKeptOrNewest() public {
        _lots(brandAccount, 33);
        _receiveLot(2, 40);
        _receiveLot(3, 10);
        _keep(brandAccount, _two(2, 3));
        require(_isChoice(contract_.choiceOf(sku, place), PLACE, near, 50), "lot 3 is the oldest of the newest");
    }

    function testThirtyTwoAreKept() public {
        _lots(brandAccount, 100);
        uint16[] memory lots = new uint16[](32);
        for (uint16 i = 0; i < 32; ++i) {
            lots[i] = 2 * i + 1;
            _receiveLot(lots[i], 2);
        }
        _keep(brandAccount, lots);
        (uint256 first, uint256 second) = contract_.keptLotsOf(sku);
        for (uint256 i = 0; i < 32; ++i) {
            require(uint16((i < 16 ? first : second) >> (i % 16 * 16)) == lots[i], "as given");
        }
        require(_isChoice(contract_.choiceOf(sku, place), PLACE, near, 64), "all of them count");
    }

    function testWhatCannotBeKept() public {
        _lots(brandAccount, 40);
        _refusedLot(_two(2, 2), 1, 2);
        _refusedLot(_two(2, 1), 1, 1);
        _refusedLot(_two(0, 1), 0, 0);
        _refusedLot(_two(40, 41), 1, 41);
        uint16[] memory many = new uint16[](33);
        for (uint16 i = 0; i < 33; ++i) many[i] = i + 1;
        _refusedLot(many, 32, 33);
    }

    function testOnlyTheBrandSaysWhich() public {
        _lots(brandAccount, 2);
        uint16 number = uint16(consortium.memberOf(_carrier));
        _refused(_carrier, abi.encodeWithSelector(IReplenishment.ReplenishmentNotBrand.selector, number));
        uint16 other = consortium.registerOrganisation(OrganisationKind.BRAND, _nextGln(), 0);
        _account(0xe2, other, Role.SIGN_AGREEMENTS);
        _refused(
            CHEATS.addr(0xe2), abi.encodeWithSelector(IReplenishment.ReplenishmentForeignSku.selector, 0, sku, other)
        );
        _refused(
            clerk,
            abi.encodeWithSelector(IConsortium.ConsortiumMissingRole.selector, clerk, Role.SIGN_AGREEMENTS)
        );
    }

    function _two(uint16 first, uint16 second) private pure returns (uint16[] memory lots) {
        lots = new uint16[](2);
        (lots[0], lots[1]) = (first, second);
    }

    function _keep(address account, uint16[] memory lots) private {
        CHEATS.prank(account);
        contract_.keepLots(sku, lots);
    }

    function _refused(address account, bytes memory reason) private {
        CHEATS.prank(account);
        CHEATS.expectRevert(reason);
        contract_.keepLots(sku, _two(1, 2));
    }

    function _refusedLot(uint16[] memory lots, uint256 index, uint16 lot) private {
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IReplenishment.ReplenishmentLot.selector, index, lot));
        contract_.keepLots(sku, lots);
    }

    function _lots(address account, uint256 count) private {
        string[] memory codes = new string[](count);
        for (uint256 i = 0; i < count; ++i) {
            codes[i] = string(abi.encodePacked("L", bytes4(uint32(++_codes))));
        }
        CHEATS.prank(account);
        stock.registerLots(sku, codes, new uint32[](count));
    }

    /// @dev Five a day, the most that it may.
    function _lotsOfCarrier(uint256 times) private {
        for (uint256 i = 0; i < times; ++i) {
            _lots(_carrier, 5);
            CHEATS.warp(block.timestamp + 1 days);
        }
    }

    function _receiveLot(uint16 lot, uint24 quantity) private {
        bytes memory batch = _lotGroup(sku, lot, _record(RECEIVE, 0, near, quantity));
        CHEATS.prank(brandAccount);
        stock.post(1, sequence++, 0, batch);
    }
}
