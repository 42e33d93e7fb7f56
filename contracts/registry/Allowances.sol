// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IAllowances} from "../interfaces/IAllowances.sol";
import {IConsortium} from "../interfaces/IConsortium.sol";
import {Fixed, Limits, Status} from "../lib/Constants.sol";
import {Members} from "../lib/Members.sol";
import {Relayed} from "../lib/Relayed.sol";

/// @title Gas money of members
/// @dev See IAllowances.
contract Allowances is IAllowances, Relayed {
    uint64 public constant VERSION = 1;

    bytes32 private constant NAME = "Allowances";

    mapping(uint16 organisation => Drawn) private _drawn;

    /// @notice Gas money for members; anybody may add to it.
    receive() external payable {}

    /// @inheritdoc IAllowances
    function fund(address account) external {
        if (msg.sender != Fixed.CONSORTIUM_ADDRESS) revert IConsortium.ConsortiumNotOfGenesis(msg.sender);
        _fund(account);
    }

    /// @inheritdoc IAllowances
    function topUp(address account) external {
        Members.requireActive(NAME);
        uint16 organisation = _organisationOf(account);
        if (account.balance > Limits.ALLOWANCE_WEI / 2) revert ConsortiumAllowanceNotLow(account, account.balance);
        Drawn storage drawn = _drawn[organisation];
        uint32 day = uint32(block.timestamp / 1 days);
        uint16 count = drawn.day == day ? drawn.topUps : 0;
        uint16 most = drawn.most == 0 ? Limits.TOP_UPS_A_DAY : drawn.most;
        if (count >= most) revert ConsortiumTopUpsSpent(organisation, most);
        (drawn.day, drawn.topUps) = (day, count + 1);
        _fund(account);
    }

    /// @inheritdoc IAllowances
    function setTopUps(uint16 organisation, uint16 most) external onlyAdministrator recorded {
        _requireOrganisation(organisation);
        _drawn[organisation].most = most;
        emit TopUpsChanged(organisation, most);
    }

    /// @inheritdoc IAllowances
    function follow() external {
        address next = Members.active(NAME);
        if (next == address(this)) revert AllowancesNotReplaced();
        uint256 left = address(this).balance;
        emit AllowancesFollowed(next, left);
        (bool done,) = next.call{value: left}("");
        if (!done) revert AllowancesNotTaken(next);
    }

    /// @inheritdoc IAllowances
    function drawnBy(uint16 organisation) external view returns (Drawn memory) {
        return _drawn[organisation];
    }

    function _fund(address account) private {
        if (account.balance >= Limits.ALLOWANCE_WEI) return;
        uint256 amount = Limits.ALLOWANCE_WEI - account.balance;
        if (amount > address(this).balance) revert ConsortiumOutOfFunds(amount, address(this).balance);
        emit AccountFunded(account, amount);
        // No gas beyond the stipend: the account has proven a key of its own, so there is no code to run.
        (bool done,) = account.call{value: amount, gas: 0}("");
        if (!done) revert ConsortiumOutOfFunds(amount, address(this).balance);
    }

    /// @dev The organisation of an active account, whatever its roles: an auditing one needs gas to object to a recovery.
    function _organisationOf(address account) private view returns (uint16 organisation) {
        uint256 word = CONSORTIUM.memberOf(account);
        if (word == 0) revert IConsortium.ConsortiumUnknownMember(account);
        if (uint8(word >> 16) != Status.ACTIVE) revert IConsortium.ConsortiumAccountSuspended(account);
        organisation = uint16(word);
        if (!CONSORTIUM.isActive(organisation)) revert IConsortium.ConsortiumOrganisationSuspended(organisation);
    }
}
