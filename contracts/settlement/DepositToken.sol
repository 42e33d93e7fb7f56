// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

import {IDepositToken} from "../interfaces/IDepositToken.sol";
import {Role, RuleFamily} from "../lib/Constants.sol";
import {Members} from "../lib/Members.sol";

/// @title Deposit token
/// @dev See IDepositToken.
contract DepositToken is ERC20, IDepositToken {
    uint64 public constant VERSION = 1;

    bytes32 private constant ESCROW_NAME = "Settlement";

    /// @inheritdoc IDepositToken
    mapping(bytes32 receipt => bool used) public receiptUsed;

    /// @dev Settlement contracts that ever held tokens: one that a newer version replaced still pays out.
    mapping(address escrow => bool known) private _escrows;

    constructor() ERC20("LiveLedger Deposit", "LLD") {}

    /// @inheritdoc IDepositToken
    function mint(address account, uint256 amountFen, bytes32 receipt) external {
        Members.requireRole(msg.sender, Role.MINT_DEPOSITS);
        if (amountFen == 0) revert DepositZeroAmount();
        if (receiptUsed[receipt]) revert DepositReceiptUsed(receipt);
        receiptUsed[receipt] = true;
        _mint(account, amountFen);
        emit DepositMinted(account, amountFen, receipt, msg.sender);
    }

    /// @inheritdoc IDepositToken
    function redeem(uint256 amountFen, bytes32 instruction) external {
        if (amountFen == 0) revert DepositZeroAmount();
        _burn(msg.sender, amountFen);
        emit DepositRedeemed(msg.sender, amountFen, instruction);
    }

    /// @notice Two: the unit is one fen.
    function decimals() public pure override returns (uint8) {
        return 2;
    }

    /// @dev Every movement of tokens passes here; address 0 is the side outside a mint or a redemption.
    function _update(address from, address to, uint256 amountFen) internal override {
        Members.requireOpen(RuleFamily.SETTLEMENT);
        if (from != address(0) && !_escrows[from] && !Members.isActive(from)) revert DepositNotAMember(from);
        if (to != address(0) && !Members.isActive(to)) _acceptEscrow(to);
        super._update(from, to, amountFen);
    }

    function _acceptEscrow(address to) private {
        if (to != Members.listed(ESCROW_NAME)) revert DepositNotAMember(to);
        if (msg.sender != to) revert DepositByEscrowOnly(to);
        _escrows[to] = true;
    }
}
