// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IDirectory} from "../interfaces/IDirectory.sol";
import {IEscrow} from "../interfaces/IEscrow.sol";
import {Acts} from "../lib/Acts.sol";
import {ContractFlag, ContractState} from "../lib/Constants.sol";
import {Streams} from "../lib/Streams.sol";

/// @title The ledger's contracts by name and version
/// @dev Genesis writes the code, slot 0 and what it lists. Slots 0 to 3 are part of docs/formats.md: proofs, nodes and
/// anchors read them. It knows no other contract by its address, so that all others can be replaced.
contract Directory is IDirectory, Acts {
    uint64 public constant VERSION = 2;

    bytes32 private constant CREATOR = "Creator";
    bytes32 private constant GOVERNANCE = "Governance";
    bytes32 private constant VALIDATORS = "Validators";
    bytes32 private constant DIRECTORY = "Directory";
    uint256 private constant LISTED = 1;
    /// @dev A week of blocks of a second, as long as a recovery takes. Neither a vote nor a next Creator sets another number.
    uint64 private constant GENESIS_NOTICE_BLOCKS = 604_800;
    uint256 private constant FLAGS_SHIFT = 8;

    /// @inheritdoc IDirectory
    address public administrator;
    mapping(bytes32 name => Versions versions) private _versions;
    mapping(bytes32 nameAndVersion => Entry entry) private _entries;
    /// @dev Bit 0: listed; flags from bit 8 on. One slot says whether a transaction may go to an address.
    mapping(address target => uint256 word) private _listings;

    modifier onlyAdministrator() {
        if (msg.sender != administrator) revert DirectoryNotAdministrator(msg.sender);
        _;
    }

    modifier onlyCreator() {
        (address creator,) = activeOf(CREATOR);
        if (msg.sender != creator) revert DirectoryNotCreator(msg.sender);
        _;
    }

    /// @inheritdoc IDirectory
    function register(bytes32 name, uint64 version, address target, uint64 from, uint32 flags) external onlyCreator {
        if (name == 0) revert DirectoryEmptyName();
        if (isForGood(name)) revert DirectoryForGood(name);
        if (target.code.length == 0) revert DirectoryNoCode(name, target);
        Versions memory versions = versionsOf(name);
        if (versions.next != 0) revert DirectoryNextListed(name, versions.next, versions.nextFrom);
        Entry storage entry = _entries[_key(name, version)];
        if (version <= versions.active || entry.state != ContractState.NONE) {
            revert DirectoryVersionNotNewer(name, version, versions.active);
        }
        from = _notBefore(name, from);
        if (from <= block.number) {
            (from, versions.active) = (uint64(block.number), version);
        } else {
            (versions.next, versions.nextFrom) = (version, from);
        }
        _versions[name] = versions;
        (entry.target, entry.from, entry.state, entry.codeHash) = (target, from, ContractState.ACTIVE, target.codehash);
        _setFlags(target, flags);
        emit ContractRegistered(name, version, target, target.codehash, from, flags);
    }

    /// @inheritdoc IDirectory
    function freeze(bytes32 name, uint64 version) external onlyAdministrator recorded {
        Entry storage entry = _known(name, version);
        // The others of genesis ask for what it means: without one of them nothing could be decided or listed again.
        if (entry.from == 0 || _isOfGenesis(name)) revert DirectoryOfGenesis(name);
        if (entry.state != ContractState.ACTIVE || version != versionsOf(name).active) {
            revert DirectoryWrongState(name, version, _stateOf(name, version, entry.state));
        }
        _setState(entry, name, version, ContractState.FROZEN);
    }

    /// @inheritdoc IDirectory
    function retire(bytes32 name, uint64 version) external onlyAdministrator recorded {
        Entry storage entry = _known(name, version);
        // Members are asked of the first Consortium for good, and set there: by transactions, which go to what is listed.
        if (entry.from == 0) revert DirectoryOfGenesis(name);
        // Whoever is not listed counts as a founder.
        if (entry.target == administrator) revert DirectoryGovernedForGood();
        Versions memory versions = versionsOf(name);
        bool waits = version == versions.next;
        uint8 state = _stateOf(name, version, entry.state);
        if (!waits && state != ContractState.FROZEN) revert DirectoryWrongState(name, version, state);
        if (waits) (versions.next, versions.nextFrom) = (0, 0);
        _versions[name] = versions;
        _setFlags(entry.target, 0);
        _listings[entry.target] = 0;
        _setState(entry, name, version, ContractState.RETIRED);
    }

    /// @inheritdoc IDirectory
    function setFlags(address target, uint32 flags) external onlyAdministrator recorded {
        if (!isListed(target)) revert DirectoryNotListed(target);
        _setFlags(target, flags);
        emit FlagsChanged(target, flags);
    }

    /// @inheritdoc IDirectory
    function setAdministrator(address next) external onlyAdministrator recorded {
        if (next == address(0)) revert DirectoryNoAdministrator();
        if (isListed(administrator)) {
            (address governance,) = activeOf(GOVERNANCE);
            if (next != governance) revert DirectoryGovernedForGood();
        }
        emit DirectoryAdministratorChanged(administrator, next);
        administrator = next;
    }

    /// @inheritdoc IDirectory
    function requireVersion(bytes32 name, uint64 version) external view returns (address target) {
        uint64 active;
        (target, active) = activeOf(name);
        if (active == 0) revert DirectoryNoneActive(name);
        if (active != version) revert DirectoryOtherVersion(name, version, active);
    }

    /// @inheritdoc IDirectory
    function requireActive(bytes32 name) external view {
        (address target, uint64 active) = activeOf(name);
        if (target != msg.sender) revert DirectoryReplaced(name, active);
    }

    /// @inheritdoc IDirectory
    function entryOf(bytes32 name, uint64 version) external view returns (Entry memory entry) {
        entry = _entries[_key(name, version)];
        entry.state = _stateOf(name, version, entry.state);
    }

    /// @inheritdoc IDirectory
    function streamWord(bytes32 streamId) external view returns (uint256) {
        return Streams.word(streamId);
    }

    /// @inheritdoc IDirectory
    function activeOf(bytes32 name) public view returns (address target, uint64 version) {
        version = versionsOf(name).active;
        Entry storage entry = _entries[_key(name, version)];
        return entry.state == ContractState.ACTIVE ? (entry.target, version) : (address(0), uint64(0));
    }

    /// @inheritdoc IDirectory
    function versionsOf(bytes32 name) public view returns (Versions memory versions) {
        versions = _versions[name];
        if (versions.next != 0 && versions.nextFrom <= block.number) return Versions(versions.next, 0, 0);
    }

    /// @inheritdoc IDirectory
    function isForGood(bytes32 name) public pure returns (bool) {
        return name == GOVERNANCE || name == VALIDATORS || name == CREATOR || name == DIRECTORY;
    }

    /// @inheritdoc IDirectory
    function isListed(address target) public view returns (bool) {
        return _listings[target] != 0;
    }

    /// @inheritdoc IDirectory
    function flagsOf(address target) public view returns (uint32) {
        return uint32(_listings[target] >> FLAGS_SHIFT);
    }

    /// @dev What becomes an escrow has to answer; what is one stays one while it is in use.
    function _setFlags(address target, uint32 flags) private {
        uint32 changed = (flagsOf(target) ^ flags) & ContractFlag.ESCROW;
        if (changed != 0 && IEscrow(target).escrowInUse() && flags & changed == 0) revert DirectoryEscrowInUse(target);
        _listings[target] = LISTED | uint256(flags) << FLAGS_SHIFT;
    }

    /// @dev The block from which a new version may be active. Who replaces a contract of genesis may act as anybody: where the
    /// members govern, all can see it coming, and take it back.
    function _notBefore(bytes32 name, uint64 from) private view returns (uint64) {
        if (!_isOfGenesis(name) || !isListed(administrator)) return from;
        uint64 least = uint64(block.number) + GENESIS_NOTICE_BLOCKS;
        return from > least ? from : least;
    }

    function _isOfGenesis(bytes32 name) private view returns (bool) {
        Entry storage first = _entries[_key(name, 1)];
        return first.state != ContractState.NONE && first.from == 0;
    }

    function _setState(Entry storage entry, bytes32 name, uint64 version, uint8 state) private {
        entry.state = state;
        emit ContractStateChanged(name, version, state);
    }

    function _known(bytes32 name, uint64 version) private view returns (Entry storage entry) {
        entry = _entries[_key(name, version)];
        if (entry.state == ContractState.NONE) revert DirectoryUnknownVersion(name, version);
    }

    /// @dev A version that was replaced is frozen, without a word written at that block.
    function _stateOf(bytes32 name, uint64 version, uint8 state) private view returns (uint8) {
        bool replaced = state == ContractState.ACTIVE && version < versionsOf(name).active;
        return replaced ? ContractState.FROZEN : state;
    }

    function _key(bytes32 name, uint64 version) private pure returns (bytes32) {
        return keccak256(abi.encode(name, version));
    }
}
