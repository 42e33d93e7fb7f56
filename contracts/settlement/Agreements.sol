// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {ISettlement} from "../interfaces/ISettlement.sol";
import {MoneyLimits, OrganisationKind, Role, RuleFamily} from "../lib/Constants.sol";
import {Members} from "../lib/Members.sol";
import {TypedData} from "../lib/TypedData.sol";
import {SettlementStorage} from "./SettlementStorage.sol";

/// @title Agreements that brand and supplier both signed
abstract contract Agreements is SettlementStorage {
    bytes32 private constant DOMAIN_NAME = keccak256("LiveLedger Settlement");
    bytes32 private constant AGREEMENT_TYPE = keccak256(
        "Agreement(uint16 brand,uint16 supplier,uint16 forecaster,uint16 brandBps,bytes32 termsHash,uint64 validUntil,"
        "uint256 nonce,uint256 deadline)"
    );

    bytes32 private constant SESSION_TYPE =
        keccak256("Session(bytes32 agreementId,bytes32 feedId,uint64 startsAt,uint64 endsAt)");

    /// @inheritdoc ISettlement
    function register(Agreement calldata agreement, bytes calldata brandSignature, bytes calldata supplierSignature)
        external
        returns (bytes32 agreementId)
    {
        Members.requireOpen(RuleFamily.SETTLEMENT);
        _requireCurrent();
        _requireSound(agreement);
        agreementId = digestOf(agreement);
        address brandAccount = _requireSigned(agreementId, agreement.brand, brandSignature);
        address supplierAccount = _requireSigned(agreementId, agreement.supplier, supplierSignature);
        ++_nonces[agreement.brand][agreement.supplier];

        AgreementState storage state = _agreements[agreementId];
        (state.brand, state.supplier) = (agreement.brand, agreement.supplier);
        (state.forecaster, state.brandBps) = (agreement.forecaster, agreement.brandBps);
        (state.validUntil, state.termsHash) = (agreement.validUntil, agreement.termsHash);
        state.brandAccount = brandAccount;
        emit AgreementRegistered(
            agreementId,
            agreement.brand,
            agreement.supplier,
            agreement.forecaster,
            agreement.brandBps,
            agreement.termsHash,
            agreement.validUntil,
            brandAccount,
            supplierAccount
        );
    }

    /// @inheritdoc ISettlement
    function nonceOf(uint16 brand, uint16 supplier) external view returns (uint256) {
        return _nonces[brand][supplier];
    }

    /// @inheritdoc ISettlement
    function digestOf(Agreement calldata agreement) public view returns (bytes32) {
        return TypedData.digest(DOMAIN_NAME, keccak256(abi.encode(AGREEMENT_TYPE, agreement)));
    }

    /// @inheritdoc ISettlement
    function sessionDigestOf(bytes32 agreementId, bytes32 feedId, uint64 startsAt, uint64 endsAt)
        public
        view
        returns (bytes32)
    {
        return TypedData.digest(
            DOMAIN_NAME, keccak256(abi.encode(SESSION_TYPE, agreementId, feedId, startsAt, endsAt))
        );
    }

    /// @dev The account of `org` with the role `SIGN_AGREEMENTS` that signed `digest`.
    function _requireSigned(bytes32 digest, uint16 org, bytes calldata signature)
        internal
        view
        returns (address signer)
    {
        ECDSA.RecoverError failure;
        (signer, failure,) = ECDSA.tryRecoverCalldata(digest, signature);
        if (failure != ECDSA.RecoverError.NoError) revert SettlementBadSignature(org);
        if (!Members.hasRole(signer, org, Role.SIGN_AGREEMENTS)) revert SettlementWrongSigner(org, signer);
    }

    function _requireSound(Agreement calldata agreement) private view {
        if (block.timestamp > agreement.deadline) {
            revert SettlementDeadlinePassed(agreement.deadline, block.timestamp);
        }
        uint256 expected = _nonces[agreement.brand][agreement.supplier];
        if (agreement.nonce != expected) revert SettlementWrongNonce(agreement.nonce, expected);
        if (!Members.isKind(agreement.brand, OrganisationKind.BRAND)) revert SettlementNotABrand(agreement.brand);
        if (!Members.isKind(agreement.supplier, OrganisationKind.SUPPLIER)) {
            revert SettlementNotASupplier(agreement.supplier);
        }
        if (!Members.isActiveOrganisation(agreement.forecaster)) {
            revert SettlementUnknownForecaster(agreement.forecaster);
        }
        if (agreement.brandBps > MoneyLimits.WHOLE_BPS) revert SettlementRatioTooHigh(agreement.brandBps);
        if (agreement.validUntil <= block.timestamp) revert SettlementNeverValid(agreement.validUntil);
    }
}
