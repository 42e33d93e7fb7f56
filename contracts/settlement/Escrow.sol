// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {IDepositToken} from "../interfaces/IDepositToken.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";
import {Role} from "../lib/Constants.sol";
import {Members} from "../lib/Members.sol";
import {SettlementStorage} from "./SettlementStorage.sol";

/// @title Escrow of the suppliers, one account an agreement
/// @dev This contract's token balance is the sum of all `escrowFen`, always: the token refuses any other way in.
abstract contract Escrow is SettlementStorage {
    using SafeERC20 for IDepositToken;

    /// @inheritdoc ISettlement
    function deposit(bytes32 agreementId, uint256 amountFen) external {
        _requireSupplier(agreementId, 0);
        if (amountFen == 0) revert SettlementZeroAmount();
        AgreementState storage agreement = _agreements[agreementId];
        agreement.escrowFen += amountFen;
        _token.safeTransferFrom(msg.sender, address(this), amountFen);
        emit EscrowDeposited(agreementId, msg.sender, amountFen, agreement.escrowFen);
    }

    /// @inheritdoc ISettlement
    function withdraw(bytes32 agreementId, uint256 amountFen) external {
        _requireSupplier(agreementId, Role.SIGN_AGREEMENTS);
        if (amountFen == 0) revert SettlementZeroAmount();
        if (Members.isFrozen(msg.sender)) revert SettlementEscrowFrozen(agreementId);
        AgreementState storage agreement = _agreements[agreementId];
        // What an open session will cost is not known before its end: until then all of the escrow is needed.
        uint256 needed = agreement.openSession != 0 ? agreement.escrowFen : agreement.dueFen;
        uint256 free = Math.saturatingSub(agreement.escrowFen, needed);
        if (amountFen > free) revert SettlementEscrowNeeded(agreementId, amountFen, free);
        agreement.escrowFen -= amountFen;
        _token.safeTransfer(msg.sender, amountFen);
        emit EscrowWithdrawn(agreementId, msg.sender, amountFen, agreement.escrowFen);
    }

    /// @inheritdoc ISettlement
    function payDue(bytes32 sessionId) external returns (uint256 paidFen) {
        Session storage session = _session(sessionId);
        bytes32 agreementId = session.agreementId;
        _requireParty(agreementId, 0);
        if (session.dueFen == 0) revert SettlementNothingDue(sessionId);
        AgreementState storage agreement = _agreements[agreementId];
        if (agreement.escrowFen == 0) revert SettlementEscrowEmpty(agreementId);
        address payee = _payee(agreement);
        if (payee == address(0)) revert SettlementNoPayee(agreementId);
        paidFen = _pay(agreement, session, payee);
        emit DuePaid(agreementId, sessionId, payee, paidFen, session.dueFen);
    }

    /// @dev Books the supplier's share of a session that was just settled, and pays it as far as the escrow reaches. A
    /// brand without an account to pay to does not hold the settlement up: its share stays due.
    function _charge(Session storage session, uint256 supplierFen) internal returns (uint256 paidFen) {
        AgreementState storage agreement = _agreements[session.agreementId];
        session.dueFen = supplierFen;
        agreement.dueFen += supplierFen;
        _running.owedFen += uint192(supplierFen);
        address payee = _payee(agreement);
        return payee == address(0) ? 0 : _pay(agreement, session, payee);
    }

    function _pay(AgreementState storage agreement, Session storage session, address payee)
        private
        returns (uint256 paidFen)
    {
        paidFen = Math.min(session.dueFen, agreement.escrowFen);
        if (paidFen == 0) return 0;
        session.dueFen -= paidFen;
        agreement.dueFen -= paidFen;
        _running.owedFen -= uint192(paidFen);
        agreement.escrowFen -= paidFen;
        _token.safeTransfer(payee, paidFen);
    }

    /// @dev The account that signed for the brand while it is active there, else the caller if it may sign for the brand,
    /// else 0.
    function _payee(AgreementState storage agreement) private view returns (address) {
        if (Members.hasRole(agreement.brandAccount, agreement.brand, 0)) return agreement.brandAccount;
        return Members.hasRole(msg.sender, agreement.brand, Role.SIGN_AGREEMENTS) ? msg.sender : address(0);
    }
}
