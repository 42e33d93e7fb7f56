// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IDepositToken} from "../interfaces/IDepositToken.sol";
import {ContractFlag, MoneyLimits, Role, RuleFamily} from "../lib/Constants.sol";
import {Members} from "../lib/Members.sol";

/// @title Deposit token
/// @dev See IDepositToken.
contract DepositToken is ERC20, IDepositToken {
    uint64 public constant VERSION = 2;

    /// @inheritdoc IDepositToken
    mapping(bytes32 receipt => bool used) public receiptUsed;

    /// @dev Contracts that ever held tokens: one that the Directory says nothing of any more still pays out.
    mapping(address escrow => bool known) private _escrows;

    /// @dev Who asked first for a mint, by the hash of all that it says.
    mapping(bytes32 request => address minter) private _asked;
    mapping(uint256 day => uint256 amountFen) private _minted;
    uint256 private _limitFen;

    constructor() ERC20("LiveLedger Deposit", "LLD") {}

    /// @inheritdoc IDepositToken
    function mint(address account, uint256 amountFen, bytes32 receipt) external {
        uint16 organisation = Members.requireRole(msg.sender, Role.MINT_DEPOSITS);
        if (amountFen == 0) revert DepositZeroAmount();
        if (receiptUsed[receipt]) revert DepositReceiptUsed(receipt);
        if (!Members.isActive(account)) _acceptEscrow(account);
        bytes32 request = keccak256(abi.encode(account, amountFen, receipt));
        // Who asked first and lost the role meanwhile does not count: it is of no organisation then.
        uint16 first = Members.organisationWith(_asked[request], Role.MINT_DEPOSITS);
        if (first == 0 || first == organisation) {
            _asked[request] = msg.sender;
            emit DepositAsked(account, amountFen, receipt, msg.sender);
            return;
        }
        delete _asked[request];
        receiptUsed[receipt] = true;
        _countMinted(amountFen);
        _mint(account, amountFen);
        emit DepositMinted(account, amountFen, receipt, msg.sender);
    }

    /// @inheritdoc IDepositToken
    function setMintLimit(uint256 amountFen) external {
        if (!Members.isAdministrator(msg.sender)) revert DepositNotAdministrator(msg.sender);
        if (amountFen == 0) revert DepositZeroAmount();
        _limitFen = amountFen;
        emit MintLimitChanged(amountFen);
    }

    /// @inheritdoc IDepositToken
    function redeem(uint256 amountFen, bytes32 instruction) external {
        if (amountFen == 0) revert DepositZeroAmount();
        _burn(msg.sender, amountFen);
        emit DepositRedeemed(msg.sender, amountFen, instruction);
    }

    /// @inheritdoc IDepositToken
    function mintLimit() public view returns (uint256 amountFen) {
        return _limitFen == 0 ? MoneyLimits.DEFAULT_MINT_FEN_A_DAY : _limitFen;
    }

    /// @inheritdoc IDepositToken
    function mintedToday() external view returns (uint256 amountFen) {
        return _minted[block.timestamp / 1 days];
    }

    /// @notice Two: the unit is one fen.
    function decimals() public pure override returns (uint8) {
        return 2;
    }

    /// @dev Every movement of tokens passes here; address 0 is the side outside a mint or a redemption.
    function _update(address from, address to, uint256 amountFen) internal override {
        Members.requireOpen(RuleFamily.SETTLEMENT);
        if (from != address(0) && !_escrows[from] && !Members.isActive(from)) revert DepositNotAMember(from);
        if (from != address(0) && Members.isFrozen(from)) revert DepositFrozen(from);
        if (to != address(0) && !Members.isActive(to)) _acceptEscrow(to);
        super._update(from, to, amountFen);
    }

    function _acceptEscrow(address to) private {
        if (!Members.hasFlag(to, ContractFlag.ESCROW)) revert DepositNotAMember(to);
        if (msg.sender != to) revert DepositByEscrowOnly(to);
        _escrows[to] = true;
    }

    function _countMinted(uint256 amountFen) private {
        uint256 day = block.timestamp / 1 days;
        uint256 limit = mintLimit();
        if (amountFen > limit - Math.min(limit, _minted[day])) revert DepositMintLimit(amountFen, _minted[day], limit);
        _minted[day] += amountFen;
    }
}
