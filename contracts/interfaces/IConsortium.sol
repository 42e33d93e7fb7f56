// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Members, their accounts, places and devices
/// @notice Stands at a fixed address since genesis, and is asked there for ever. Once another version is active, that one
/// keeps the words of places, devices and approvals (`setWord`), and nobody sets those here; who the members and their
/// accounts are is kept here for good. Trust: the administrator admits, suspends and removes; it cannot post for a member. It is a founder's account at first and Governance, the members' votes, from the
/// handing over on, for good; then nobody but an organisation's own accounts acts within it. Within an organisation three powers are apart: system administration (nodes, places, devices),
/// security administration (accounts, roles, votes) and audit administration, which writes nothing; no account has two.
/// Every act is an entry of the stream `acts`, whose payload is the call itself. Personal data stays away: names are salted
/// commitments.
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

    /// @param securityAdministrators number of its active accounts with that role
    /// @param accounts number of its accounts
    /// @param places number of places that were registered for it
    /// @param maxAccounts most accounts that it registers itself, 0 = `Limits.MAX_ACCOUNTS_EACH`
    /// @param maxPlaces the same of places, 0 = `Limits.MAX_PLACES_EACH`
    /// @param statusSince Unix seconds of the last change of its status, 0 = none since it was admitted
    struct Standing {
        uint16 securityAdministrators;
        uint16 accounts;
        uint16 places;
        uint16 maxAccounts;
        uint16 maxPlaces;
        uint64 statusSince;
    }

    /// @notice An organisation that asks to join, with the first account of each of its three powers.
    /// @param deadline Unix seconds after which the signatures are void
    /// @param signatures of system, security and audit administrator over
    /// `Admission(address account,uint64 gln,uint32 role,uint256 deadline)` in the EIP-712 domain of the Consortium
    struct Application {
        uint8 kind;
        uint64 gln;
        bytes32 nameCommitment;
        address[3] administrators;
        uint256 deadline;
        bytes[3] signatures;
    }

    event OrganisationRegistered(uint16 indexed organisation, uint8 indexed kind, uint64 indexed gln, bytes32 nameCommitment);
    event OrganisationStatusChanged(uint16 indexed organisation, uint8 status);
    event AccountRegistered(address indexed account, uint16 indexed organisation, uint32 roles);
    event AccountChanged(address indexed account, uint8 status, uint32 roles);
    event DeviceRegistered(bytes32 indexed deviceId, uint16 indexed organisation, bytes32 publicKeyHash);
    event DeviceStatusChanged(bytes32 indexed deviceId, uint8 status);
    /// @notice The next place with this GLN is the organisation's to register; 0: anybody's.
    event GlnReserved(uint64 indexed gln, uint16 indexed organisation);
    event PlaceRegistered(uint16 indexed place, uint16 indexed operator, uint64 indexed gln);
    event PlaceChanged(uint16 indexed place, uint16 indexed operator, uint8 status);
    /// @notice A brand said what an operator may do, by the word of lib/Approvals.sol; its places and SKUs stand in the call,
    /// which is an act.
    event ApprovalChanged(uint16 indexed brand, uint16 indexed operator, uint256 word);
    event RulesPaused(bytes32 indexed name, bool paused);
    event LimitsChanged(uint16 indexed organisation, uint16 accounts, uint16 places);
    event RolesDefined(uint32 roles, bool governed);
    event KindDefined(uint8 indexed kind);
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
    /// @notice A device's id begins with the number of its organisation.
    error ConsortiumDeviceOfAnother(bytes32 deviceId, uint16 organisation);
    error ConsortiumUnknownPlace(uint16 place);
    /// @notice No signer of agreements of the brand.
    error ConsortiumNotBrand(address sender, uint16 brand);
    /// @notice These bits are no acts that a brand could let another organisation do.
    error ConsortiumUnknownAct(uint8 acts);
    /// @notice The approval would have ended before it began.
    error ConsortiumApprovalEnded(uint64 until, uint256 time);
    /// @notice The approval is for all places, or all SKUs, already; or nothing was to be added.
    error ConsortiumApprovalNotLimited(uint16 brand, uint16 operator);
    /// @notice More than `Limits.MAX_APPROVAL_ROWS` places and SKUs.
    error ConsortiumApprovalTooLong(uint256 rows);
    /// @notice The SKU is another brand's.
    error ConsortiumForeignSku(uint32 sku, uint16 brand);
    /// @notice These bits are roles already, which keep their meaning; or there are none.
    error ConsortiumRoleDefined(uint32 roles);
    /// @notice An organisation is removed when its validators are.
    error ConsortiumValidatorsLeft(uint16 organisation, uint16 validators);
    /// @notice An organisation with voting power needs an account that can vote for it.
    error ConsortiumNoSecurityAdministrator(uint16 organisation);
    /// @notice System, security and audit administration are disjoint, and an audit administrator has no other role.
    error ConsortiumPowersNotSeparate(uint32 roles);
    /// @notice Only votes grant this role.
    error ConsortiumRoleNotGrantable(uint32 role);
    /// @notice Only the organisation itself grants these roles.
    error ConsortiumRoleNotGoverned(uint32 roles);
    /// @notice These bits are no roles.
    error ConsortiumUndefinedRole(uint32 roles);
    error ConsortiumAuditorCannotWrite(address account);
    error ConsortiumOrganisationRemoved(uint16 organisation);
    error ConsortiumFamilyPaused(bytes32 family);
    /// @notice Nothing is called so, it is paused already, or `Limits.MAX_PAUSED` names are.
    error ConsortiumPauseRefused(bytes32 name);
    error ConsortiumNotPaused(bytes32 name);
    /// @notice Recovery and the active Validators, Allowances and Consortium do some things here, nobody else does those.
    error ConsortiumNotOfGenesis(address sender);
    /// @notice The members govern; no vote makes somebody administer alone again.
    error ConsortiumGovernedForGood();
    /// @notice The organisation has as many accounts as it may; `setLimits` allows more.
    error ConsortiumAccountsFull(uint16 organisation);
    /// @notice The organisation has as many places as it may; `setLimits` allows more.
    error ConsortiumPlacesFull(uint16 organisation);
    error ConsortiumNoVoters();
    /// @notice No later version writes such a word.
    error ConsortiumWordFixed(uint256 slot);

    /// @notice Admits an organisation and numbers it. Only the administrator.
    function registerOrganisation(uint8 kind, uint64 gln, bytes32 nameCommitment) external returns (uint16 organisation);

    /// @notice Admits an organisation with its three first administrators, who are funded. Only the administrator.
    function admit(Application calldata application) external returns (uint16 organisation);

    /// @notice Suspends an organisation (2) or makes it active again (1). Only the administrator.
    function setOrganisationStatus(uint16 organisation, uint8 status) external;

    /// @notice Removes an organisation for good, which has no validator any more. Its accounts cannot write from the next
    /// transaction on. Only the administrator.
    function removeOrganisation(uint16 organisation) external;

    /// @notice Registers an account of an organisation and funds it. By a security administrator of the organisation,
    /// which cannot grant `MINT_DEPOSITS` and has a limit, or by a founder who administers.
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

    /// @notice Sets status and roles of a registered account. By a security administrator of the organisation, which can
    /// neither grant `MINT_DEPOSITS` nor leave an organisation with power without a voter, or by a founder who administers.
    function setAccount(address account, uint8 status, uint32 roles) external;

    /// @notice Gives an account exactly these of the roles that only votes give; its other roles and its status stay. Only
    /// the administrator.
    function grantRoles(address account, uint32 roles) external;

    /// @notice Registers a new security administrator of an organisation whose keys were lost. Only Recovery.
    function recoverAccount(uint16 organisation, address account) external;

    /// @notice Sets how many accounts and places an organisation registers itself; 0 = as many as others. Only the
    /// administrator.
    function setLimits(uint16 organisation, uint16 accounts, uint16 places) external;

    /// @notice Defines roles (bits that mean nothing yet), for contracts to come. What is defined keeps its meaning. Only the
    /// administrator.
    /// @param governed whether only votes give them
    function defineRoles(uint32 roles, bool governed) external;

    /// @notice Defines a kind of organisation, up to `Limits.MAX_KIND`. Only the administrator.
    function defineKind(uint8 kind) external;

    /// @notice Roles, governed roles and kinds (bit `kind`) that votes defined beyond the constants.
    function defined() external view returns (uint32 roles, uint32 governed, uint64 kinds);

    /// @notice Adds an act of Recovery, or of the active Validators, Allowances or Consortium, to the stream `acts`. Only
    /// those contracts: what was replaced does nothing any more.
    function recordAct(address poster, bytes calldata data) external;

    /// @notice Registers a device, whose id begins with its organisation's number (2 bytes), and its public key's hash. By the organisation's system administrator or a founder who
    /// administers.
    function registerDevice(bytes32 deviceId, uint16 organisation, bytes32 publicKeyHash) external;

    /// @notice Suspends a device (2) or makes it active again (1). By the organisation's system administrator or a founder
    /// who administers.
    function setDeviceStatus(bytes32 deviceId, uint8 status) external;

    /// @notice Registers a place that `operator` operates and numbers it. By the operator's system administrator or a founder
    /// who administers.
    function registerPlace(uint16 operator, uint64 gln) external returns (uint16 place);

    /// @notice Sets operator and status of a place. By its operator's system administrator or a founder who administers; of
    /// one whose operator was removed, by the administrator.
    function setPlace(uint16 place, uint16 operator, uint8 status) external;

    /// @notice Lets `operator` do all of `Approvals.USUAL` with all of the brand's goods, without an end, or nothing any more.
    /// By a signer of the brand or a founder who administers.
    function approveOperator(uint16 brand, uint16 operator, bool approved) external;

    /// @notice Says what `operator` may do with the brand's goods, in the place of what was said before. By a signer of the
    /// brand or a founder who administers.
    /// @param acts bit mask of `ApprovedAct`; 0 = nothing any more
    /// @param until last second (Unix) of it, 0 = no end
    /// @param places where it may; none = everywhere
    /// @param skus with which SKUs of the brand it may; none = all
    function setApproval(
        uint16 brand,
        uint16 operator,
        uint8 acts,
        uint64 until,
        uint16[] calldata places,
        uint32[] calldata skus
    ) external;

    /// @notice Adds places and SKUs to an approval that is for some only. By a signer of the brand or a founder who
    /// administers.
    function widenApproval(uint16 brand, uint16 operator, uint16[] calldata places, uint32[] calldata skus) external;

    /// @notice Pauses the rules called `name` (as in `RuleFamily`), and nothing else. Only the administrator.
    function pause(bytes32 name) external;

    /// @notice Resumes the rules called `name`, and nothing else. Only the administrator.
    function resume(bytes32 name) external;

    /// @notice Hands the administration over. To the active Governance only when there is an organisation that can vote, and
    /// then for good: to what becomes the active Governance later, and to nobody else.
    function setAdministrator(address next) external;

    /// @notice The organisation of an active account of an active organisation that has `role`; reverts with the
    /// reason otherwise. Other contracts ask this before they let an account act.
    function authorise(address account, uint32 role) external view returns (uint16 organisation);

    /// @notice Whether `operator` may move goods of the brand now, all or some (a brand may always move its own).
    function mayOperate(uint16 brand, uint16 operator) external view returns (bool);

    /// @notice What `operator` may do with the brand's goods, as the word of lib/Approvals.sol; 0 = nothing was ever said.
    function approvalOf(uint16 brand, uint16 operator) external view returns (uint256 word);

    /// @notice What `operator` may do now with the brand's SKU at this place (0 = whichever): acts (`ApprovedAct`), none when
    /// the approval ended; whether it is for some places (bit 72) or some SKUs (bit 73) only, and whether what was asked for
    /// is not among those (bit 74). A brand may do all acts with its own.
    function approvalFor(uint16 brand, uint16 operator, uint32 sku, uint16 place) external view returns (uint256 found);

    function organisationOf(uint16 organisation) external view returns (Organisation memory);

    /// @notice Word of an account: organisation (uint16), status (uint8 at bit 16), roles (uint32 at bit 24).
    function memberOf(address account) external view returns (uint256 word);

    /// @notice Word of a place: operator (uint16), status (uint8 at bit 16), GLN (uint64 at bit 24).
    function placeOf(uint16 place) external view returns (uint256 word);

    /// @notice Reserves a GLN for an organisation (0: for nobody any more). By the administrator, that is by a vote: whoever
    /// registers another's GLN first loses it. The next place with this GLN is that organisation's to register, also where
    /// there is one; from then on the GLN means its place. The older one keeps its number, goods and operator.
    function reserveGln(uint64 gln, uint16 organisation) external;

    /// @notice Number of the organisation that a GLN is reserved for; 0 when for none.
    function reservedFor(uint64 gln) external view returns (uint16 organisation);

    /// @notice Number of the newest place with this GLN; 0 when there is none.
    function placeByGln(uint64 gln) external view returns (uint16 place);

    /// @notice Number of the organisation with this GLN; 0 when there is none.
    function organisationByGln(uint64 gln) external view returns (uint16 organisation);

    function deviceOf(bytes32 deviceId) external view returns (Device memory);

    /// @notice Numbers of organisations and places.
    function totals() external view returns (uint16 organisations, uint16 places);

    /// @notice Whether there is such an organisation and it is active.
    function isActive(uint16 organisation) external view returns (bool);

    function administrator() external view returns (address);

    /// @notice Whether the members' votes administer, which they do for good from the handing over on.
    function handedOver() external view returns (bool);

    /// @notice Reverts while the rules called `family` are paused. The other contracts ask this before they write.
    function requireOpen(bytes32 family) external view;

    /// @notice Names of the rules that are paused, in no order.
    function pausedRules() external view returns (bytes32[] memory names);

    /// @notice Numbers of an organisation's accounts and places, and their limits.
    function standingOf(uint16 organisation) external view returns (Standing memory);

    /// @notice Writes a word of places (slots 4 and 5), approvals (6 and 22), devices (9), or the counters (1), where that of
    /// places may grow. Only the version that replaced this one, and is active. No account, no organisation, no pause, no
    /// act, and not who administers.
    /// @param slot of the variable
    /// @param keys of the mapping, from the outer one on; none for the counters
    /// @param offset 1 for the second word of a device
    function setWord(uint256 slot, bytes32[] calldata keys, uint256 offset, bytes32 word) external;

    /// @notice A word of this contract's storage, for its successors.
    function wordAt(bytes32 slot) external view returns (bytes32 word);

    /// @notice The word of a stream; `acts` is the one of this contract.
    function streamWord(bytes32 streamId) external view returns (uint256 word);
}
