// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Gas money of members
/// @notice Stands at a fixed address since genesis and holds what members pay for gas with; the fees of blocks return to it.
/// An account is given an allowance when it is registered, and again when half of it is used, an organisation's accounts so
/// many times a day, which bounds what it can add to the ledger. Trust: the administrator, that is a vote, sets that number;
/// nobody takes money out. Acts are entries of the Consortium's stream `acts`.
interface IAllowances {
    /// @param most most top-ups of the organisation's accounts a day, 0 = `Limits.TOP_UPS_A_DAY`
    /// @param day day (Unix seconds / 86,400) of the newest top-up
    /// @param topUps top-ups of that day
    struct Drawn {
        uint16 most;
        uint32 day;
        uint16 topUps;
    }

    event AccountFunded(address indexed account, uint256 amountWei);
    /// @notice What was left here went to the version that replaced this one.
    event AllowancesFollowed(address indexed successor, uint256 amountWei);
    event TopUpsChanged(uint16 indexed organisation, uint16 most);

    /// @notice What is left here does not cover the allowance.
    error ConsortiumOutOfFunds(uint256 neededWei, uint256 balanceWei);
    /// @notice The account has more than half of its allowance.
    error ConsortiumAllowanceNotLow(address account, uint256 balanceWei);
    /// @notice The organisation's accounts were topped up as often as they may be within a day.
    error ConsortiumTopUpsSpent(uint16 organisation, uint16 most);
    /// @notice This is the active version.
    error AllowancesNotReplaced();
    /// @notice The version that replaced this one takes no money.
    error AllowancesNotTaken(address successor);

    /// @notice Gives a new account its allowance. Only the Consortium, as it registers the account.
    function fund(address account) external;

    /// @notice Raises an active account's balance to `Limits.ALLOWANCE_WEI` when at most half of it is left. Anybody may ask;
    /// whoever is topped up needs it, so that nobody uses another's day up.
    function topUp(address account) external;

    /// @notice Sets how often an organisation's accounts are topped up within a day (UTC); 0 = as often as others'. Only the
    /// administrator.
    function setTopUps(uint16 organisation, uint16 most) external;

    /// @notice Once another version is active, by anybody, as often as fees came in here: what is left goes to it.
    function follow() external;

    /// @notice What an organisation may draw a day, and has drawn on the day of its newest top-up.
    function drawnBy(uint16 organisation) external view returns (Drawn memory);
}
