// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IDirectory} from "../interfaces/IDirectory.sol";
import {Fixed} from "../lib/Constants.sol";

/// @title The ledger's contracts by name
/// @dev Genesis writes the code and slot 0. The storage layout is part of docs/formats.md.
contract Directory is IDirectory {
    uint64 public constant VERSION = 1;

    /// @inheritdoc IDirectory
    address public administrator;
    mapping(bytes32 name => Entry entry) private _entries;
    /// @inheritdoc IDirectory
    mapping(address target => uint32 flags) public flagsOf;

    modifier onlyAdministrator() {
        if (msg.sender != administrator) revert DirectoryNotAdministrator(msg.sender);
        _;
    }

    /// @inheritdoc IDirectory
    function register(bytes32 name, address target, uint64 version) external onlyAdministrator {
        if (name == 0) revert DirectoryEmptyName();
        if (target.code.length == 0) revert DirectoryNoCode(name, target);
        Entry storage entry = _entries[name];
        if (version <= entry.version) revert DirectoryVersionNotNewer(name, version, entry.version);
        (entry.target, entry.version, entry.codeHash) = (target, version, target.codehash);
        emit ContractRegistered(name, target, version, target.codehash);
    }

    /// @inheritdoc IDirectory
    function setFlags(address target, uint32 flags) external onlyAdministrator {
        if (target.code.length == 0) revert DirectoryNoCode(0, target);
        flagsOf[target] = flags;
        emit FlagsChanged(target, flags);
    }

    /// @inheritdoc IDirectory
    function setAdministrator(address next) external onlyAdministrator {
        if (administrator == Fixed.GOVERNANCE_ADDRESS) revert DirectoryGovernedForGood();
        if (next == address(0)) revert DirectoryNoAdministrator();
        emit DirectoryAdministratorChanged(administrator, next);
        administrator = next;
    }

    /// @inheritdoc IDirectory
    function entryOf(bytes32 name) external view returns (Entry memory) {
        return _entries[name];
    }
}
