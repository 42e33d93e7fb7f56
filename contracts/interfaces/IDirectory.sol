// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title The ledger's contracts by name and version
/// @notice Stands at a fixed address since genesis and is never replaced: trust anchors pin it. Versions of a contract stand
/// side by side. One of them is what the name means at a block, the active one; those before it are frozen: they take
/// nothing new, answer, and end what runs. A retired one is no target of transactions any more.
/// The code hash of an entry is read from the chain, so that it cannot speak of other code than it points to. Contracts of
/// genesis are listed by genesis itself. Every act is an entry of the stream `acts`.
interface IDirectory {
    /// @param active version that the name means; 0 when there is none yet
    /// @param next version that follows it, 0 when none is listed
    /// @param nextFrom block from which that one is active
    struct Versions {
        uint64 active;
        uint64 next;
        uint64 nextFrom;
    }

    /// @param target address of the contract
    /// @param from block from which it is the active one of its name, or was; 0 for what genesis lists
    /// @param state one of `ContractState`
    /// @param codeHash keccak of the contract's runtime code
    struct Entry {
        address target;
        uint64 from;
        uint8 state;
        bytes32 codeHash;
    }

    /// @notice A contract was listed.
    event ContractRegistered(
        bytes32 indexed name, uint64 indexed version, address indexed target, bytes32 codeHash, uint64 from, uint32 flags
    );
    /// @notice A version was frozen or retired.
    event ContractStateChanged(bytes32 indexed name, uint64 indexed version, uint8 state);
    /// @notice What the Directory says of the contract at `target` changed (bit mask of `ContractFlag`).
    event FlagsChanged(address indexed target, uint32 flags);
    /// @notice The administrator handed over.
    event DirectoryAdministratorChanged(address indexed previous, address indexed current);

    /// @notice The sender is not the administrator.
    error DirectoryNotAdministrator(address sender);
    /// @notice Only the contract that is active as `Creator` lists others.
    error DirectoryNotCreator(address sender);
    /// @notice Address 0 cannot administer.
    error DirectoryNoAdministrator();
    /// @notice The members govern; no vote makes somebody administer alone again.
    error DirectoryGovernedForGood();
    /// @notice There is no code at `target`.
    error DirectoryNoCode(bytes32 name, address target);
    /// @notice A name is not empty.
    error DirectoryEmptyName();
    /// @notice The version is not higher than the active one, or was listed before.
    error DirectoryVersionNotNewer(bytes32 name, uint64 version, uint64 active);
    /// @notice No version follows what decides and lists (`isForGood`): by it one account could administer alone again.
    error DirectoryForGood(bytes32 name);
    /// @notice A next version is listed already; it becomes active, or is retired, first.
    error DirectoryNextListed(bytes32 name, uint64 next, uint64 nextFrom);
    /// @notice There is no such version.
    error DirectoryUnknownVersion(bytes32 name, uint64 version);
    /// @notice The version is not in the state that this takes.
    error DirectoryWrongState(bytes32 name, uint64 version, uint8 state);
    /// @notice No version of this name is active.
    error DirectoryNoneActive(bytes32 name);
    /// @notice The active version of this name is another one than the one that is read.
    error DirectoryOtherVersion(bytes32 name, uint64 version, uint64 active);
    /// @notice The contract that asks was replaced by the version that is active now, or is frozen (0).
    error DirectoryReplaced(bytes32 name, uint64 active);
    /// @notice No version of what genesis lists is frozen, and what stands since genesis is not retired: it is replaced.
    error DirectoryOfGenesis(bytes32 name);
    /// @notice The Directory lists no contract at `target`.
    error DirectoryNotListed(address target);
    /// @notice Tokens or dues remain in the escrow at `target`.
    error DirectoryEscrowInUse(address target);

    /// @notice Lists `target` as a version of `name` (ASCII, right-padded): the active one from block `from` on, at once if
    /// that is not ahead. By the active `Creator`. Where the members govern, what replaces a contract of genesis is active
    /// 604,800 blocks, a week, later at the earliest, whatever `from` says.
    function register(bytes32 name, uint64 version, address target, uint64 from, uint32 flags) external;

    /// @notice Freezes the active version of a name for good, without a successor: nothing new rests on it. Not of a name that
    /// genesis lists.
    function freeze(bytes32 name, uint64 version) external;

    /// @notice Retires a version that was replaced, is frozen, or is not active yet. Not one that stands since genesis, and
    /// not what administers this.
    function retire(bytes32 name, uint64 version) external;

    /// @notice Says what may be done with the listed contract at `target`.
    /// @param flags bit mask of `ContractFlag`; an escrow stays one while tokens or dues remain in it
    function setFlags(address target, uint32 flags) external;

    /// @notice Hands the administration over; to the members' votes for good.
    function setAdministrator(address next) external;

    /// @notice What `name` means at this block: address and version, both 0 when there is none or it is frozen.
    function activeOf(bytes32 name) external view returns (address target, uint64 version);

    /// @notice Address of what `name` means at this block; reverts unless that is `version`, the one that the caller reads.
    function requireVersion(bytes32 name, uint64 version) external view returns (address target);

    /// @notice Reverts unless the sender is what `name` means at this block.
    function requireActive(bytes32 name) external view;

    /// @notice A version's entry, its state as of this block; all zero when there is none.
    function entryOf(bytes32 name, uint64 version) external view returns (Entry memory);

    /// @notice The versions of `name` as of this block.
    function versionsOf(bytes32 name) external view returns (Versions memory);

    /// @notice Whether the first version of `name` stays the only one, whatever is voted: who proposes and decides (`Governance`),
    /// who has a vote (`Validators`), who lists (`Creator`), and this.
    function isForGood(bytes32 name) external pure returns (bool);

    /// @notice Whether the contract at `target` is listed and not retired.
    function isListed(address target) external view returns (bool);

    /// @notice What is said of the contract at `target` (bit mask of `ContractFlag`).
    function flagsOf(address target) external view returns (uint32);

    /// @notice Who administers.
    function administrator() external view returns (address);

    /// @notice The word of a stream; `acts` is the one of this contract.
    function streamWord(bytes32 streamId) external view returns (uint256 word);
}
