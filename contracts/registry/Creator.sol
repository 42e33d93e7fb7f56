// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {ICreator} from "../interfaces/ICreator.sol";
import {IDirectory} from "../interfaces/IDirectory.sol";
import {Acts} from "../lib/Acts.sol";
import {CreationLimits, Fixed} from "../lib/Constants.sol";
import {Streams} from "../lib/Streams.sol";

/// @title The only way to a new contract
/// @dev See ICreator. An approval is gone before the init code runs: whatever that calls, it is carried out once.
contract Creator is ICreator, Acts {
    uint64 public constant VERSION = 1;

    IDirectory private constant DIRECTORY = IDirectory(Fixed.DIRECTORY_ADDRESS);

    mapping(bytes32 initCodeHash => Approval approval) private _approvals;

    modifier onlyAdministrator() {
        if (msg.sender != DIRECTORY.administrator()) revert CreatorNotAdministrator(msg.sender);
        _;
    }

    /// @inheritdoc ICreator
    function approve(bytes32 initCodeHash, bytes32 name, uint64 version, uint64 from, uint32 flags)
        external
        onlyAdministrator
        recorded
    {
        if (!_isName(name)) revert CreatorBadName(name);
        if (DIRECTORY.isForGood(name)) revert IDirectory.DirectoryForGood(name);
        uint64 active = DIRECTORY.versionsOf(name).active;
        if (version <= active) revert CreatorVersionNotNewer(name, version, active);
        _approvals[initCodeHash] = Approval(name, version, from, flags, msg.sender);
        emit CreationApproved(initCodeHash, name, version, from, flags);
    }

    /// @inheritdoc ICreator
    function withdraw(bytes32 initCodeHash) external onlyAdministrator recorded {
        delete _approvals[initCodeHash];
        emit CreationWithdrawn(initCodeHash);
    }

    /// @inheritdoc ICreator
    function create(bytes calldata initCode) external returns (address target) {
        bytes32 initCodeHash = keccak256(initCode);
        Approval memory approval = approvalOf(initCodeHash);
        if (approval.name == 0) revert CreatorNotApproved(initCodeHash);
        delete _approvals[initCodeHash];
        bytes memory code = initCode;
        bytes32 salt = keccak256(abi.encode(approval.name, approval.version));
        assembly ("memory-safe") {
            target := create2(0, add(code, 0x20), mload(code), salt)
        }
        if (target.code.length == 0) revert CreatorFailed(approval.name, approval.version);
        uint64 from = _activeFrom(approval);
        DIRECTORY.register(approval.name, approval.version, target, from, approval.flags);
        emit ContractCreated(approval.name, approval.version, target, msg.sender);
    }

    /// @inheritdoc ICreator
    function streamWord(bytes32 streamId) external view returns (uint256) {
        return Streams.word(streamId);
    }

    /// @inheritdoc ICreator
    function approvalOf(bytes32 initCodeHash) public view returns (Approval memory approval) {
        approval = _approvals[initCodeHash];
        if (approval.approver != DIRECTORY.administrator()) delete approval;
    }

    /// @dev What is under way to the older version has time to be final.
    function _activeFrom(Approval memory approval) private view returns (uint64) {
        bool governed = DIRECTORY.isListed(DIRECTORY.administrator());
        if (!governed || DIRECTORY.versionsOf(approval.name).active == 0) return approval.from;
        uint64 least = uint64(block.number + CreationLimits.NOTICE_BLOCKS);
        return approval.from > least ? approval.from : least;
    }

    /// @dev 1 to 32 ASCII letters and digits, then zeros alone.
    function _isName(bytes32 name) private pure returns (bool) {
        bool ended = name == 0;
        for (uint256 i = 0; i < 32; ++i) {
            uint8 character = uint8(name[i]);
            bool letter = (character | 0x20) >= 0x61 && (character | 0x20) <= 0x7a;
            bool digit = character >= 0x30 && character <= 0x39;
            if (character == 0) ended = true;
            else if (ended || !(letter || digit)) return false;
        }
        return name != 0;
    }
}
