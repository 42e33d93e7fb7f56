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
        _mint(brandAccount, 500, "receipt");
        CHEATS.prank(brandAccount);
        token.transfer(supplierAccount, 200);
        require(token.balanceOf(supplierAccount) == 200 && token.totalSupply() == 500, "moved");
        require(IERC20Metadata(address(token)).decimals() == 2, "one unit is one fen");
    }

    function testStrangersCannotReceive() public {
        _mint(brandAccount, 500, "receipt");
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IDepositToken.DepositNotAMember.selector, outsider));
        token.transfer(outsider, 1);
        CHEATS.prank(bank);
        CHEATS.expectRevert(abi.encodeWithSelector(IDepositToken.DepositNotAMember.selector, outsider));
        token.mint(outsider, 1, "another");
    }

    function testSuspendedCannotSendOrReceive() public {
        _mint(brandAccount, 500, "receipt");
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
        _mint(supplierAccount, 500, "receipt");
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
        _mint(brandAccount, 500, "receipt");
        CHEATS.prank(bank);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IDepositToken.DepositReceiptUsed.selector, bytes32("receipt"))
        );
        token.mint(brandAccount, 500, "receipt");
    }

    function testRedeem() public {
        _mint(brandAccount, 500, "receipt");
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

    function _mint(address account, uint256 amountFen, bytes32 receipt) private {
        CHEATS.prank(bank);
        token.mint(account, amountFen, receipt);
    }
}
