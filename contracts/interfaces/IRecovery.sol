// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Recovery of an organisation whose keys were lost
/// @notice Stands at a fixed address since genesis. A vote names a new account that is to become the organisation's security
/// administrator; it does so after `RecoveryLimits.RECOVERY_SECONDS`, unless an account of the organisation objects or the
/// organisation's status changes meanwhile. Until then its deposits are frozen: whoever could move them by the new key would
/// have to wait in sight of everybody. Against a stolen key that objects this is no remedy: the members suspend or remove
/// the organisation instead. Acts are entries of the Consortium's stream `acts`.
interface IRecovery {
    /// @param account the new account, 0 = no recovery was begun, or it was objected to or completed
    /// @param dueAt Unix seconds from which on it may be completed
    /// @param restUntil Unix seconds before which no other one is begun, after an objection
    struct Request {
        address account;
        uint64 dueAt;
        uint64 restUntil;
    }

    event RecoveryBegun(uint16 indexed organisation, address indexed account, uint64 dueAt);
    event RecoveryObjected(uint16 indexed organisation, address indexed account, address indexed by);
    event RecoveryCompleted(uint16 indexed organisation, address indexed account);

    /// @notice The organisation is not active: its accounts could not object.
    error RecoveryNotActive(uint16 organisation);
    /// @notice A recovery of the organisation is under way already.
    error RecoveryUnderWay(uint16 organisation, uint64 dueAt);
    /// @notice One was objected to; the next waits.
    error RecoveryResting(uint16 organisation, uint64 restUntil);
    error RecoveryAccountTaken(address account);
    /// @notice The new account itself did not sign.
    error RecoveryBadPossessionProof(address account);
    error RecoveryDeadlinePassed(uint256 deadline, uint256 time);
    /// @notice There is none, it lapsed, or the organisation's status changed meanwhile.
    error RecoveryNone(uint16 organisation);
    error RecoveryTooEarly(uint16 organisation, uint64 dueAt);
    /// @notice Only an active account of the organisation objects.
    error RecoveryNotOfOrganisation(address sender, uint16 organisation);

    /// @notice Begins a recovery. Only the administrator, that is by a vote.
    /// @param deadline Unix seconds after which the signature is void
    /// @param signature by the new account over
    /// `Recovery(address account,uint16 organisation,uint256 deadline)` in the EIP-712 domain `LiveLedger Recovery`
    function begin(uint16 organisation, address account, uint256 deadline, bytes calldata signature) external;

    /// @notice Ends the recovery of the caller's organisation. By any of its active accounts, whatever their roles.
    function object(uint16 organisation) external;

    /// @notice Registers the new account, once the time to object is over. By anybody.
    function complete(uint16 organisation) external;

    /// @notice The recovery of an organisation, as it was left.
    function requestOf(uint16 organisation) external view returns (Request memory);

    /// @notice Whether a recovery of the organisation is under way: what it has in deposits stays where it is.
    function frozen(uint16 organisation) external view returns (bool);
}
