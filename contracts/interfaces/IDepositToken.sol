// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @title Deposit token
/// @notice An ERC-20 claim on deposits in CNY with two decimals: one unit is one fen (1/100 CNY).
/// @dev Trust: two organisations that each have an account with the role `MINT_DEPOSITS`, which only votes give, are believed to
/// hold the money that they mint against, within a limit a day, and to pay out what is redeemed. Only active accounts of the
/// Consortium and the settlement contract hold tokens; the balance of an account that was suspended stays where it is until
/// the account is active again.
interface IDepositToken is IERC20 {
    /// @notice The first of two minters, or another account of its organisation, asks for tokens against money received under `receipt`.
    event DepositAsked(address indexed account, uint256 amountFen, bytes32 indexed receipt, address indexed minter);
    event MintLimitChanged(uint256 amountFen);
    /// @notice Tokens were minted against money received under `receipt`.
    event DepositMinted(address indexed account, uint256 amountFen, bytes32 indexed receipt, address indexed minter);
    /// @notice Tokens were burned against a payment to be made under `instruction`.
    event DepositRedeemed(address indexed account, uint256 amountFen, bytes32 indexed instruction);

    /// @notice Neither an active account of a member nor the settlement contract.
    error DepositNotAMember(address account);
    /// @notice Tokens go to the settlement contract by its own `deposit` only, so that each fen belongs to an agreement.
    error DepositByEscrowOnly(address escrow);
    /// @notice Tokens were minted against this receipt already.
    error DepositReceiptUsed(bytes32 receipt);
    error DepositNotAdministrator(address sender);
    /// @notice More would be minted within the day than a vote allows.
    error DepositMintLimit(uint256 amountFen, uint256 mintedFen, uint256 limitFen);
    /// @notice The keys of the account's organisation are being replaced; until then nothing of it moves.
    error DepositFrozen(address account);
    /// @notice Nothing to mint or redeem.
    error DepositZeroAmount();

    /// @notice Mints `amountFen` to a member's account against money received. Role `MINT_DEPOSITS`: the same is asked for by
    /// accounts of two organisations, and minted when the second does.
    /// @param receipt Reference of the money received, a salted hash; used once.
    function mint(address account, uint256 amountFen, bytes32 receipt) external;

    /// @notice Sets the most that is minted within a day (UTC). Only the administrator, that is by a vote.
    function setMintLimit(uint256 amountFen) external;

    /// @notice The most that is minted within a day, and what was minted today.
    function mintLimit() external view returns (uint256 amountFen);
    function mintedToday() external view returns (uint256 amountFen);

    /// @notice Burns `amountFen` of the caller's tokens; the issuer pays the money out under `instruction`.
    function redeem(uint256 amountFen, bytes32 instruction) external;

    /// @notice Whether tokens were minted against `receipt`.
    function receiptUsed(bytes32 receipt) external view returns (bool);
}
