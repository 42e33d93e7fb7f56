// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {IConsortium} from "../interfaces/IConsortium.sol";
import {Fixed, Limits, Role, Status} from "../lib/Constants.sol";
import {Members} from "../lib/Members.sol";
import {TypedData} from "../lib/TypedData.sol";
import {ConsortiumStorage} from "./ConsortiumStorage.sol";

/// @title Accounts of organisations and their roles
abstract contract Accounts is ConsortiumStorage {
    bytes32 private constant DOMAIN_NAME = keccak256("LiveLedger Consortium");
    bytes32 private constant POSSESSION_TYPE =
        keccak256("AccountPossession(address account,uint16 organisation,uint256 deadline)");
    bytes32 private constant ADMISSION_TYPE =
        keccak256("Admission(address account,uint64 gln,uint32 role,uint256 deadline)");
    uint32 private constant POWERS = Role.SYSTEM_ADMIN | Role.SECURITY_ADMIN | Role.AUDIT_ADMIN;

    /// @inheritdoc IConsortium
    function registerAccount(
        uint16 organisation,
        address account,
        uint32 roles,
        uint256 deadline,
        bytes calldata signature
    ) external administersOrganisation(organisation, Role.SECURITY_ADMIN) recorded {
        _requireOrganisation(organisation);
        _requireGrantable(roles, 0);
        bytes32 structHash = keccak256(abi.encode(POSSESSION_TYPE, account, organisation, deadline));
        _requirePossession(account, structHash, deadline, signature);
        _addAccount(organisation, account, roles);
    }

    /// @inheritdoc IConsortium
    function setAccount(address account, uint8 status, uint32 roles)
        external
        administersOrganisation(uint16(_members[account]), Role.SECURITY_ADMIN)
        recorded
    {
        _requireSettable(status);
        uint256 word = _members[account];
        if (word == 0) revert ConsortiumUnknownMember(account);
        _requireSeparate(roles);
        _requireGrantable(roles, uint32(word >> 24));
        _setMember(account, word, status, roles);
        if (!_isFounder()) _requireVoter(uint16(word));
    }

    /// @inheritdoc IConsortium
    function grantRoles(address account, uint32 roles) external onlyAdministrator recorded {
        uint256 word = _members[account];
        if (word == 0) revert ConsortiumUnknownMember(account);
        uint32 governed = _governedRoles();
        if (roles & ~governed != 0) revert ConsortiumRoleNotGoverned(roles & ~governed);
        uint32 next = uint32(word >> 24) & ~governed | roles;
        _requireSeparate(next);
        _setMember(account, word, uint8(word >> 16), next);
    }

    /// @inheritdoc IConsortium
    function recoverAccount(uint16 organisation, address account) external recorded {
        if (msg.sender != Fixed.RECOVERY_ADDRESS) revert ConsortiumNotOfGenesis(msg.sender);
        _addMember(organisation, account, Role.SECURITY_ADMIN);
    }

    /// @inheritdoc IConsortium
    function memberOf(address account) external view returns (uint256) {
        return _members[account];
    }

    /// @inheritdoc IConsortium
    function authorise(address account, uint32 role) public view returns (uint16 organisation) {
        uint256 word = _requireActive(account);
        uint32 roles = uint32(word >> 24);
        if (roles & role != role) revert ConsortiumMissingRole(account, role);
        if (roles & Role.AUDIT_ADMIN != 0) revert ConsortiumAuditorCannotWrite(account);
        organisation = uint16(word);
    }

    /// @dev The three first accounts of an organisation that is being admitted.
    function _addAdministrators(uint16 organisation, Application calldata application) internal {
        for (uint256 i = 0; i < 3; ++i) {
            uint32 role = Role.SYSTEM_ADMIN << uint32(i);
            address account = application.administrators[i];
            bytes32 structHash =
                keccak256(abi.encode(ADMISSION_TYPE, account, application.gln, role, application.deadline));
            _requirePossession(account, structHash, application.deadline, application.signatures[i]);
            _addAccount(organisation, account, role);
        }
    }

    function _addAccount(uint16 organisation, address account, uint32 roles) private {
        _requireSeparate(roles);
        Standing storage standing = _standings[organisation];
        uint16 most = standing.maxAccounts == 0 ? Limits.MAX_ACCOUNTS_EACH : standing.maxAccounts;
        if (!_isFounder() && standing.accounts >= most) revert ConsortiumAccountsFull(organisation);
        _addMember(organisation, account, roles);
    }

    function _addMember(uint16 organisation, address account, uint32 roles) private {
        if (_members[account] != 0) revert ConsortiumAccountTaken(account);
        ++_standings[organisation].accounts;
        uint256 word = _memberWord(organisation, Status.ACTIVE, roles);
        _members[account] = word;
        _countSecurityAdministrator(organisation, 0, word);
        emit AccountRegistered(account, organisation, roles);
        Members.allowances().fund(account);
    }

    function _setMember(address account, uint256 word, uint8 status, uint32 roles) private {
        uint16 organisation = uint16(word);
        uint256 next = _memberWord(organisation, status, roles);
        _members[account] = next;
        _countSecurityAdministrator(organisation, word, next);
        emit AccountChanged(account, status, roles);
    }

    function _requirePossession(address account, bytes32 structHash, uint256 deadline, bytes calldata signature)
        private
        view
    {
        if (block.timestamp > deadline) revert ConsortiumDeadlinePassed(deadline, block.timestamp);
        (address signer, ECDSA.RecoverError problem,) =
            ECDSA.tryRecover(TypedData.digest(DOMAIN_NAME, structHash), signature);
        if (problem != ECDSA.RecoverError.NoError || signer != account) revert ConsortiumBadPossessionProof(account);
    }

    /// @dev At most one of the three powers, and the auditing one with nothing else.
    function _requireSeparate(uint32 roles) private pure {
        uint32 powers = roles & POWERS;
        bool audits = powers & Role.AUDIT_ADMIN != 0;
        if (powers & (powers - (powers == 0 ? 0 : 1)) != 0 || (audits && roles != Role.AUDIT_ADMIN)) {
            revert ConsortiumPowersNotSeparate(roles);
        }
    }

    /// @dev What an organisation cannot grant itself, it can keep.
    function _requireGrantable(uint32 roles, uint32 before) private view {
        uint32 undefined = roles & ~(Limits.ALL_ROLES | _defined.roles);
        if (undefined != 0) revert ConsortiumUndefinedRole(undefined);
        uint32 foreign = roles & ~before & _governedRoles();
        if (foreign != 0 && !_isFounder()) revert ConsortiumRoleNotGrantable(foreign);
    }

    /// @dev What only votes give, and take.
    function _governedRoles() private view returns (uint32) {
        return Role.MINT_DEPOSITS | _defined.governed;
    }

    function _countSecurityAdministrator(uint16 organisation, uint256 old, uint256 current) private {
        bool before = _isSecurityAdministrator(old);
        bool later = _isSecurityAdministrator(current);
        if (later && !before) ++_standings[organisation].securityAdministrators;
        if (before && !later) --_standings[organisation].securityAdministrators;
    }

    function _requireActive(address account) private view returns (uint256 word) {
        word = _members[account];
        if (word == 0) revert ConsortiumUnknownMember(account);
        if (uint8(word >> 16) != Status.ACTIVE) revert ConsortiumAccountSuspended(account);
        uint16 organisation = uint16(word);
        if (_organisations[organisation].status != Status.ACTIVE) revert ConsortiumOrganisationSuspended(organisation);
    }

    function _memberWord(uint16 organisation, uint8 status, uint32 roles) private pure returns (uint256) {
        return organisation | uint256(status) << 16 | uint256(roles) << 24;
    }
}
