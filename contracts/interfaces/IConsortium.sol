// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Members, places, devices and validators of the ledger
/// @notice Stands at a fixed address since genesis. Trust: until members vote, the administrator admits, suspends and
/// sets validators alone; it cannot post for a member, and everything it does is an event. Personal data stays away:
/// names are salted commitments.
interface IConsortium {
    /// @param kind one of `OrganisationKind`
    /// @param status one of `Status`
    /// @param gln its Global Location Number, 13 digits
    /// @param nameCommitment salted commitment to its name
    struct Organisation {
        uint8 kind;
        uint8 status;
        uint64 gln;
        bytes32 nameCommitment;
    }

    /// @param organisation whose device it is
    /// @param status one of `Status`
    /// @param publicKeyHash keccak of its public key
    struct Device {
        uint16 organisation;
        uint8 status;
        bytes32 publicKeyHash;
    }

    /// @param key Ed25519 public key
    /// @param power its new voting power, 0 = removed; bit 255 marks that there is a change
    struct KeyChange {
        bytes32 key;
        uint256 power;
    }

    event OrganisationRegistered(uint16 indexed organisation, uint8 indexed kind, uint64 indexed gln, bytes32 nameCommitment);
    event OrganisationStatusChanged(uint16 indexed organisation, uint8 status);
    event AccountRegistered(address indexed account, uint16 indexed organisation, uint32 roles);
    event AccountChanged(address indexed account, uint8 status, uint32 roles);
    event AccountFunded(address indexed account, uint256 amountWei);
    event DeviceRegistered(bytes32 indexed deviceId, uint16 indexed organisation, bytes32 publicKeyHash);
    event DeviceStatusChanged(bytes32 indexed deviceId, uint8 status);
    event PlaceRegistered(uint16 indexed place, uint16 indexed operator, uint64 indexed gln);
    event PlaceChanged(uint16 indexed place, uint16 indexed operator, uint8 status);
    event OperatorApproved(uint16 indexed brand, uint16 indexed operator, bool approved);
    event ValidatorChanged(bytes32 indexed key, uint64 power, uint64 totalPower);
    event ConsortiumAdministratorChanged(address indexed previous, address indexed current);

    error ConsortiumNotAdministrator(address sender);
    error ConsortiumNoAdministrator();
    /// @notice No account of this address is registered.
    error ConsortiumUnknownMember(address account);
    error ConsortiumAccountSuspended(address account);
    error ConsortiumMissingRole(address account, uint32 role);
    error ConsortiumUnknownOrganisation(uint16 organisation);
    error ConsortiumOrganisationSuspended(uint16 organisation);
    error ConsortiumUnknownKind(uint8 kind);
    error ConsortiumUnknownStatus(uint8 status);
    error ConsortiumBadGln(uint64 gln);
    error ConsortiumGlnTaken(uint64 gln);
    error ConsortiumFull();
    error ConsortiumAccountTaken(address account);
    /// @notice The account itself did not sign its registration.
    error ConsortiumBadPossessionProof(address account);
    error ConsortiumDeadlinePassed(uint256 deadline, uint256 time);
    error ConsortiumUnknownDevice(bytes32 deviceId);
    error ConsortiumDeviceTaken(bytes32 deviceId);
    error ConsortiumUnknownPlace(uint16 place);
    /// @notice Neither the administrator nor a signer of agreements of the brand.
    error ConsortiumNotBrand(address sender, uint16 brand);
    /// @notice The Consortium's own balance does not cover the allowance.
    error ConsortiumOutOfFunds(uint256 neededWei, uint256 balanceWei);
    error ConsortiumTopUpTooEarly(address account, uint256 nextBlock);
    error ConsortiumBadValidatorKey();
    error ConsortiumValidatorUnknown(bytes32 key);
    error ConsortiumValidatorUnchanged(bytes32 key, uint64 power);
    error ConsortiumValidatorsFull();
    error ConsortiumValidatorSetEmpty();
    error ConsortiumPowerOverflow(uint256 totalPower);
    error ConsortiumSecondKeyChange(uint256 blockNumber);
    /// @notice More than a third of the voting power would change within `Limits.POWER_WINDOW_BLOCKS` blocks.
    error ConsortiumPowerChangeTooLarge(uint256 changed, uint256 allowed);

    /// @notice Admits an organisation and numbers it. Only the administrator.
    function registerOrganisation(uint8 kind, uint64 gln, bytes32 nameCommitment) external returns (uint16 organisation);

    /// @notice Suspends an organisation (2) or makes it active again (1). Only the administrator.
    function setOrganisationStatus(uint16 organisation, uint8 status) external;

    /// @notice Registers an account of an organisation and funds it. Only the administrator.
    /// @param roles bit mask of `Role`
    /// @param deadline Unix seconds after which the signature is void
    /// @param signature by the account itself over
    /// `AccountPossession(address account,uint16 organisation,uint256 deadline)` in the EIP-712 domain
    /// `LiveLedger Consortium`, version `1`. An account is registered once for good, so a signature cannot be used again.
    function registerAccount(
        uint16 organisation,
        address account,
        uint32 roles,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Sets status and roles of a registered account. Only the administrator.
    function setAccount(address account, uint8 status, uint32 roles) external;

    /// @notice Raises an active account's balance to `Limits.ALLOWANCE_WEI`. Anybody may ask, once in
    /// `Limits.TOP_UP_BLOCKS` blocks; the administrator at any time.
    function topUp(address account) external;

    /// @notice Registers a device and its public key's hash. Only the administrator.
    function registerDevice(bytes32 deviceId, uint16 organisation, bytes32 publicKeyHash) external;

    /// @notice Suspends a device (2) or makes it active again (1). Only the administrator.
    function setDeviceStatus(bytes32 deviceId, uint8 status) external;

    /// @notice Registers a place that `operator` operates and numbers it. Only the administrator.
    function registerPlace(uint16 operator, uint64 gln) external returns (uint16 place);

    /// @notice Sets operator and status of a place. Only the administrator.
    function setPlace(uint16 place, uint16 operator, uint8 status) external;

    /// @notice Lets `operator` move the brand's goods, or no longer. By the administrator or a signer of the brand.
    function approveOperator(uint16 brand, uint16 operator, bool approved) external;

    /// @notice Adds a validator, changes its power, or removes it (power 0). At most one change a block and a third
    /// of the power in `Limits.POWER_WINDOW_BLOCKS` blocks. Only the administrator.
    function setValidator(bytes32 key, uint64 power) external;

    /// @notice Hands the administration over.
    function setAdministrator(address next) external;

    /// @notice The organisation of an active account of an active organisation that has `role`; reverts with the
    /// reason otherwise. Other contracts ask this before they let an account act.
    function authorise(address account, uint32 role) external view returns (uint16 organisation);

    /// @notice Whether `operator` may move the brand's goods (a brand may always move its own).
    function mayOperate(uint16 brand, uint16 operator) external view returns (bool);

    function organisationOf(uint16 organisation) external view returns (Organisation memory);

    /// @notice Word of an account: organisation (uint16), status (uint8 at bit 16), roles (uint32 at bit 24).
    function memberOf(address account) external view returns (uint256 word);

    /// @notice Word of a place: operator (uint16), status (uint8 at bit 16), GLN (uint64 at bit 24).
    function placeOf(uint16 place) external view returns (uint256 word);

    /// @notice Number of the place with this GLN; 0 when there is none.
    function placeByGln(uint64 gln) external view returns (uint16 place);

    /// @notice Number of the organisation with this GLN; 0 when there is none.
    function organisationByGln(uint64 gln) external view returns (uint16 organisation);

    function deviceOf(bytes32 deviceId) external view returns (Device memory);

    /// @notice Voting power of a validator's key; 0 when it is none.
    function powerOf(bytes32 key) external view returns (uint256 power);

    /// @notice The key change journalled in a block; all zero when there was none.
    function keyChangeAt(uint256 blockNumber) external view returns (KeyChange memory);

    /// @notice Numbers of organisations, places and validators, and the total voting power.
    function totals()
        external
        view
        returns (uint16 organisations, uint16 places, uint16 validators, uint64 totalPower);

    function administrator() external view returns (address);
}
