// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {IRecovery} from "../interfaces/IRecovery.sol";
import {RecoveryLimits, Status} from "../lib/Constants.sol";
import {Relayed} from "../lib/Relayed.sol";
import {TypedData} from "../lib/TypedData.sol";

/// @title Recovery of an organisation whose keys were lost
/// @dev See IRecovery.
contract Recovery is IRecovery, Relayed {
    uint64 public constant VERSION = 1;

    bytes32 private constant DOMAIN_NAME = keccak256("LiveLedger Recovery");
    bytes32 private constant RECOVERY_TYPE = keccak256("Recovery(address account,uint16 organisation,uint256 deadline)");

    mapping(uint16 organisation => Request) private _requests;

    /// @inheritdoc IRecovery
    function begin(uint16 organisation, address account, uint256 deadline, bytes calldata signature)
        external
        onlyAdministrator
        recorded
    {
        if (!CONSORTIUM.isActive(organisation)) revert RecoveryNotActive(organisation);
        Request storage request = _requests[organisation];
        if (frozen(organisation)) revert RecoveryUnderWay(organisation, request.dueAt);
        if (block.timestamp < request.restUntil) revert RecoveryResting(organisation, request.restUntil);
        if (CONSORTIUM.memberOf(account) != 0) revert RecoveryAccountTaken(account);
        if (block.timestamp > deadline) revert RecoveryDeadlinePassed(deadline, block.timestamp);
        bytes32 structHash = keccak256(abi.encode(RECOVERY_TYPE, account, organisation, deadline));
        (address signer, ECDSA.RecoverError problem,) =
            ECDSA.tryRecover(TypedData.digest(DOMAIN_NAME, structHash), signature);
        if (problem != ECDSA.RecoverError.NoError || signer != account) revert RecoveryBadPossessionProof(account);
        (request.account, request.dueAt) = (account, uint64(block.timestamp + RecoveryLimits.RECOVERY_SECONDS));
        emit RecoveryBegun(organisation, account, request.dueAt);
    }

    /// @inheritdoc IRecovery
    function object(uint16 organisation) external recorded {
        uint256 word = CONSORTIUM.memberOf(msg.sender);
        if (organisation == 0 || uint16(word) != organisation || uint8(word >> 16) != Status.ACTIVE) {
            revert RecoveryNotOfOrganisation(msg.sender, organisation);
        }
        if (!frozen(organisation)) revert RecoveryNone(organisation);
        Request storage request = _requests[organisation];
        emit RecoveryObjected(organisation, request.account, msg.sender);
        request.account = address(0);
        request.restUntil = uint64(block.timestamp + RecoveryLimits.RECOVERY_REST_SECONDS);
    }

    /// @inheritdoc IRecovery
    function complete(uint16 organisation) external recorded {
        if (!frozen(organisation)) revert RecoveryNone(organisation);
        Request storage request = _requests[organisation];
        if (block.timestamp < request.dueAt) revert RecoveryTooEarly(organisation, request.dueAt);
        address account = request.account;
        request.account = address(0);
        emit RecoveryCompleted(organisation, account);
        CONSORTIUM.recoverAccount(organisation, account);
    }

    /// @inheritdoc IRecovery
    function requestOf(uint16 organisation) external view returns (Request memory) {
        return _requests[organisation];
    }

    /// @inheritdoc IRecovery
    /// @dev Who is suspended cannot object, so that a change of status since the beginning ends a recovery.
    function frozen(uint16 organisation) public view returns (bool) {
        Request storage request = _requests[organisation];
        if (request.account == address(0)) return false;
        if (block.timestamp > request.dueAt + RecoveryLimits.RECOVERY_GRACE_SECONDS) return false;
        uint64 begun = request.dueAt - uint64(RecoveryLimits.RECOVERY_SECONDS);
        return CONSORTIUM.standingOf(organisation).statusSince < begun;
    }
}
