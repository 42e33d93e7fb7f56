// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IDepositToken} from "../interfaces/IDepositToken.sol";
import {IEscrow} from "../interfaces/IEscrow.sol";
import {IReportHub} from "../interfaces/IReportHub.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";
import {IStockCuts} from "../interfaces/IStockCuts.sol";
import {IStockLedger} from "../interfaces/IStockLedger.sol";
import {RuleFamily} from "../lib/Constants.sol";
import {SessionStatus} from "./Constants.sol";
import {Members} from "../lib/Members.sol";

/// @title State of settlements and the questions that all their parts ask
abstract contract SettlementStorage is ISettlement, IEscrow {
    /// @dev What of all agreements together keeps this contract an escrow.
    struct Running {
        uint64 sessions;
        uint192 owedFen;
    }

    /// @notice Versions of the contracts that this one rests on.
    uint64 public constant READS_STOCK_LEDGER = 2;
    uint64 public constant READS_STOCK_CUTS = 1;
    uint64 public constant READS_REPORT_HUB = 1;
    uint64 public constant READS_DEPOSIT_TOKEN = 2;

    /// @dev Kept from the first agreement on, so that a session never mixes two contracts' counters or tokens: a newer
    /// version of one of them is used by a newer version of this contract.
    IStockLedger internal _stock;
    IReportHub internal _hub;
    IDepositToken internal _token;

    mapping(bytes32 agreementId => AgreementState agreement) internal _agreements;
    mapping(bytes32 sessionId => Session session) internal _sessions;
    mapping(uint16 brand => mapping(uint16 supplier => uint256 nonce)) internal _nonces;

    /// @dev Counters when the session's snapshot was taken: uint64 received (low), sold, returned.
    mapping(bytes32 sessionId => mapping(uint32 sku => uint256 counters)) internal _snapshots;
    Running internal _running;
    /// @dev Kept as the three above are: it says what counters were when a session ended.
    IStockCuts internal _cuts;

    /// @inheritdoc IEscrow
    function escrowInUse() external view returns (bool) {
        if (_running.sessions != 0 || _running.owedFen != 0) return true;
        return address(_token) != address(0) && _token.balanceOf(address(this)) != 0;
    }

    /// @inheritdoc ISettlement
    function agreementOf(bytes32 agreementId) external view returns (AgreementState memory) {
        return _agreement(agreementId);
    }

    /// @inheritdoc ISettlement
    function sessionOf(bytes32 sessionId) external view returns (Session memory) {
        return _session(sessionId);
    }

    /// @dev Nothing begins on a contract that was replaced: a StockLedger's counters stand still from then on, so that every
    /// session would prove that nothing is due. The token is asked for once: what is escrowed stays in it.
    function _requireCurrent() internal {
        address stock = Members.requireVersion("StockLedger", READS_STOCK_LEDGER);
        address cuts = Members.requireVersion("StockCuts", READS_STOCK_CUTS);
        address hub = Members.requireVersion("ReportHub", READS_REPORT_HUB);
        if (address(_token) == address(0)) {
            _token = IDepositToken(Members.requireVersion("DepositToken", READS_DEPOSIT_TOKEN));
            (_stock, _hub, _cuts) = (IStockLedger(stock), IReportHub(hub), IStockCuts(cuts));
        }
        Members.requireActive("Settlement");
    }

    function _agreement(bytes32 agreementId) internal view returns (AgreementState storage agreement) {
        agreement = _agreements[agreementId];
        if (agreement.brand == 0) revert SettlementUnknownAgreement(agreementId);
    }

    function _session(bytes32 sessionId) internal view returns (Session storage session) {
        session = _sessions[sessionId];
        if (session.status == 0) revert SettlementUnknownSession(sessionId);
    }

    /// @dev An open session that the caller, an active account of either party, may carry forward.
    function _openSession(bytes32 sessionId) internal view returns (Session storage session) {
        session = _session(sessionId);
        if (session.status != SessionStatus.OPEN) revert SettlementSessionClosed(sessionId, session.status);
        _requireParty(session.agreementId, 0);
    }

    /// @dev Organisation of the caller, which is one of the two parties.
    function _requireParty(bytes32 agreementId, uint32 role) internal view returns (uint16 org) {
        Members.requireOpen(RuleFamily.SETTLEMENT);
        AgreementState storage agreement = _agreement(agreementId);
        org = Members.requireRole(msg.sender, role);
        if (org != agreement.brand && org != agreement.supplier) revert SettlementNotAParty(agreementId, msg.sender);
    }

    function _requireSupplier(bytes32 agreementId, uint32 role) internal view {
        Members.requireOpen(RuleFamily.SETTLEMENT);
        AgreementState storage agreement = _agreement(agreementId);
        if (Members.requireRole(msg.sender, role) != agreement.supplier) {
            revert SettlementNotAParty(agreementId, msg.sender);
        }
    }
}
