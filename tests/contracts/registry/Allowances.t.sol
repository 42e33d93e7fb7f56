// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IAllowances} from "../../../contracts/interfaces/IAllowances.sol";
import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {Fixed, Limits, Role, Status} from "../../../contracts/lib/Constants.sol";
import {MoneyTest} from "../money/MoneyTest.sol";

/// @notice Gas money: who is given it, when, how often, and who decides that.
contract AllowancesTest is MoneyTest {
    uint256 private constant NEW_KEY = 0xd1;
    IAllowances private allowances = IAllowances(Fixed.ALLOWANCES_ADDRESS);

    function testWhoNeedsItIsToppedUp() public {
        bytes memory enough = abi.encodeWithSelector(
            IAllowances.ConsortiumAllowanceNotLow.selector, brandAccount, Limits.ALLOWANCE_WEI / 2 + 1
        );
        CHEATS.deal(brandAccount, Limits.ALLOWANCE_WEI / 2 + 1);
        CHEATS.prank(outsider);
        CHEATS.expectRevert(enough);
        allowances.topUp(brandAccount);
        CHEATS.deal(brandAccount, Limits.ALLOWANCE_WEI / 2);
        CHEATS.prank(outsider);
        allowances.topUp(brandAccount);
        require(brandAccount.balance == Limits.ALLOWANCE_WEI, "back at the allowance");
    }

    function testWhoMayNotActIsNotToppedUp() public {
        CHEATS.deal(brandAccount, 0);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumUnknownMember.selector, outsider));
        allowances.topUp(outsider);
        consortium.setAccount(brandAccount, Status.SUSPENDED, 1);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumAccountSuspended.selector, brandAccount));
        allowances.topUp(brandAccount);
        consortium.setAccount(brandAccount, Status.ACTIVE, 1);
        consortium.setOrganisationStatus(brand, Status.SUSPENDED);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumOrganisationSuspended.selector, brand));
        allowances.topUp(brandAccount);
    }

    function testAnAuditorIsToppedUpToo() public {
        _account(NEW_KEY, supplier, Role.AUDIT_ADMIN);
        CHEATS.deal(CHEATS.addr(NEW_KEY), 0);
        allowances.topUp(CHEATS.addr(NEW_KEY));
        require(CHEATS.addr(NEW_KEY).balance == Limits.ALLOWANCE_WEI, "it may object to a recovery");
    }

    function testAnOrganisationIsToppedUpSoOftenADay() public {
        allowances.setTopUps(brand, 2);
        address[3] memory accounts = [brandAccount, clerk, brandAccount];
        for (uint256 i = 0; i < 3; ++i) {
            CHEATS.deal(accounts[i], 0);
            CHEATS.prank(outsider);
            if (i == 2) {
                CHEATS.expectRevert(abi.encodeWithSelector(IAllowances.ConsortiumTopUpsSpent.selector, brand, 2));
            }
            allowances.topUp(accounts[i]);
        }
        CHEATS.deal(supplierAccount, 0);
        CHEATS.prank(outsider);
        allowances.topUp(supplierAccount);
        CHEATS.warp(block.timestamp + 1 days);
        CHEATS.prank(outsider);
        allowances.topUp(brandAccount);
        IAllowances.Drawn memory drawn = allowances.drawnBy(brand);
        require(drawn.topUps == 1 && drawn.most == 2, "another day, and others have their own");
    }

    function testTheNumberIsTheAdministrators() public {
        uint64 acts = uint64(consortium.streamWord("acts"));
        CHEATS.prank(outsider);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotAdministrator.selector, outsider));
        allowances.setTopUps(brand, 2);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumUnknownOrganisation.selector, 99));
        allowances.setTopUps(99, 2);
        allowances.setTopUps(brand, 2);
        require(uint64(consortium.streamWord("acts")) == acts + 1, "an act of the registry");
    }

    function testOnlyTheConsortiumFunds() public {
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotOfGenesis.selector, address(this)));
        allowances.fund(outsider);
    }

    function testFundsMayRunOut() public {
        CHEATS.deal(address(allowances), 5);
        CHEATS.deal(brandAccount, 0);
        CHEATS.expectRevert(abi.encodeWithSelector(IAllowances.ConsortiumOutOfFunds.selector, Limits.ALLOWANCE_WEI, 5));
        allowances.topUp(brandAccount);
    }
}
