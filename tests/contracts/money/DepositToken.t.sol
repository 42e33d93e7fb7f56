// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IERC20Metadata} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Metadata.sol";
import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {IDepositToken} from "../../../contracts/interfaces/IDepositToken.sol";
import {Role} from "../../../contracts/lib/Constants.sol";
import {MoneyTest} from "./MoneyTest.sol";

/// @notice The token: members only, minted against a receipt once, burned when redeemed.
contract DepositTokenTest is MoneyTest {
    function testMembersHoldAndMove() public {
        _mintTo(brandAccount, 500, "receipt");
        CHEATS.prank(brandAccount);
        token.transfer(supplierAccount, 200);
        require(token.balanceOf(supplierAccount) == 200 && token.totalSupply() == 500, "moved");
        require(IERC20Metadata(address(token)).decimals() == 2, "one unit is one fen");
    }

    function testStrangersCannotReceive() public {
        _mintTo(brandAccount, 500, "receipt");
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IDepositToken.DepositNotAMember.selector, outsider));
        token.transfer(outsider, 1);
        CHEATS.prank(bank);
        CHEATS.expectRevert(abi.encodeWithSelector(IDepositToken.DepositNotAMember.selector, outsider));
        token.mint(outsider, 1, "another");
    }

    function testSuspendedCannotSendOrReceive() public {
        _mintTo(brandAccount, 500, "receipt");
        consortium.setOrganisationStatus(brand, 2);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IDepositToken.DepositNotAMember.selector, brandAccount));
        token.transfer(supplierAccount, 1);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IDepositToken.DepositNotAMember.selector, brandAccount));
        token.redeem(1, "pay out");
        CHEATS.prank(bank);
        CHEATS.expectRevert(abi.encodeWithSelector(IDepositToken.DepositNotAMember.selector, brandAccount));
        token.mint(brandAccount, 1, "another");
    }

    function testEscrowTakesDepositsOnly() public {
        _mintTo(supplierAccount, 500, "receipt");
        CHEATS.prank(supplierAccount);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IDepositToken.DepositByEscrowOnly.selector, address(settlement))
        );
        token.transfer(address(settlement), 1);
        CHEATS.prank(bank);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IDepositToken.DepositByEscrowOnly.selector, address(settlement))
        );
        token.mint(address(settlement), 1, "another");
    }

    function testReceiptIsUsedOnce() public {
        _mintTo(brandAccount, 500, "receipt");
        CHEATS.prank(bank);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IDepositToken.DepositReceiptUsed.selector, bytes32("receipt"))
        );
        token.mint(brandAccount, 500, "receipt");
    }

    function testRedeem() public {
        _mintTo(brandAccount, 500, "receipt");
        CHEATS.prank(brandAccount);
        CHEATS.expectEmit(true, true, false, true);
        emit IDepositToken.DepositRedeemed(brandAccount, 500, "pay out");
        token.redeem(500, "pay out");
        require(token.totalSupply() == 0, "burned");
    }

    function testZeroAmounts() public {
        CHEATS.prank(bank);
        CHEATS.expectRevert(abi.encodeWithSelector(IDepositToken.DepositZeroAmount.selector));
        token.mint(brandAccount, 0, "receipt");
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IDepositToken.DepositZeroAmount.selector));
        token.redeem(0, "pay out");
    }

    function testMintNeedsItsRole() public {
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IConsortium.ConsortiumMissingRole.selector, brandAccount, Role.MINT_DEPOSITS)
        );
        token.mint(brandAccount, 1, "receipt");
    }

    function testOneMinterAloneMintsNothing() public {
        CHEATS.prank(bank);
        token.mint(brandAccount, 500, "receipt");
        CHEATS.prank(bank);
        token.mint(brandAccount, 500, "receipt");
        require(token.totalSupply() == 0, "the same account twice is one");
        CHEATS.prank(secondBank);
        token.mint(brandAccount, 501, "receipt");
        require(token.totalSupply() == 0 && !token.receiptUsed("receipt"), "another amount is another mint");
        CHEATS.prank(secondBank);
        token.mint(brandAccount, 500, "receipt");
        require(token.balanceOf(brandAccount) == 500 && token.receiptUsed("receipt"), "two did");
    }

    /// @dev One person could hold both keys of its organisation.
    function testTwoAccountsOfOneOrganisationAreOne() public {
        address sibling = CHEATS.addr(0x5b);
        _account(0x5b, uint16(consortium.memberOf(bank)), Role.MINT_DEPOSITS);
        CHEATS.prank(bank);
        token.mint(brandAccount, 500, "receipt");
        CHEATS.prank(sibling);
        CHEATS.expectEmit(true, true, true, true);
        emit IDepositToken.DepositAsked(brandAccount, 500, "receipt", sibling);
        token.mint(brandAccount, 500, "receipt");
        require(token.totalSupply() == 0 && !token.receiptUsed("receipt"), "two keys of one organisation mint nothing");
        CHEATS.prank(secondBank);
        token.mint(brandAccount, 500, "receipt");
        require(token.balanceOf(brandAccount) == 500, "another organisation does");
    }

    function testTheFirstOfASuspendedOrganisationIsNone() public {
        CHEATS.prank(bank);
        token.mint(brandAccount, 500, "receipt");
        consortium.setOrganisationStatus(uint16(consortium.memberOf(bank)), 2);
        CHEATS.prank(secondBank);
        token.mint(brandAccount, 500, "receipt");
        require(token.totalSupply() == 0, "nothing was minted");
    }

    function testUntilAVoteADayHasAHundredMillionYuan() public {
        require(token.mintLimit() == 100_000_000 * 100, "in fen");
        _mintTo(brandAccount, 100_000_000 * 100, "all of a day");
        CHEATS.prank(bank);
        token.mint(brandAccount, 1, "a fen more");
        CHEATS.prank(secondBank);
        CHEATS.expectPartialRevert(IDepositToken.DepositMintLimit.selector);
        token.mint(brandAccount, 1, "a fen more");
    }

    function testWhoLostTheRoleIsNoFirst() public {
        CHEATS.prank(bank);
        token.mint(brandAccount, 500, "receipt");
        consortium.setAccount(bank, 1, 0);
        CHEATS.prank(secondBank);
        token.mint(brandAccount, 500, "receipt");
        require(token.totalSupply() == 0, "nothing was minted");
    }

    function testADayHasALimit() public {
        token.setMintLimit(1000);
        require(token.mintLimit() == 1000, "set");
        _mintTo(brandAccount, 700, "first");
        CHEATS.prank(bank);
        token.mint(brandAccount, 301, "second");
        CHEATS.prank(secondBank);
        CHEATS.expectRevert(abi.encodeWithSelector(IDepositToken.DepositMintLimit.selector, 301, 700, 1000));
        token.mint(brandAccount, 301, "second");
        CHEATS.warp(block.timestamp + 1 days);
        CHEATS.prank(secondBank);
        token.mint(brandAccount, 301, "second");
        require(token.mintedToday() == 301 && token.totalSupply() == 1001, "the next day has its own");
        token.setMintLimit(100);
        CHEATS.prank(bank);
        token.mint(brandAccount, 1, "third");
        CHEATS.prank(secondBank);
        CHEATS.expectRevert(abi.encodeWithSelector(IDepositToken.DepositMintLimit.selector, 1, 301, 100));
        token.mint(brandAccount, 1, "third");
        CHEATS.prank(bank);
        CHEATS.expectRevert(abi.encodeWithSelector(IDepositToken.DepositNotAdministrator.selector, bank));
        token.setMintLimit(1);
    }
}
