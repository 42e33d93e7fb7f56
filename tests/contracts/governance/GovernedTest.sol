// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {IValidators} from "../../../contracts/interfaces/IValidators.sol";
import {IGovernance} from "../../../contracts/interfaces/IGovernance.sol";
import {IRecovery} from "../../../contracts/interfaces/IRecovery.sol";
import {Fixed, OrganisationKind, Role} from "../../../contracts/lib/Constants.sol";
import {MoneyTest} from "../money/MoneyTest.sol";

/// @notice A consortium of `FOUNDERS` warehouses with one validator of power 10 each, handed over to Governance.
abstract contract GovernedTest is MoneyTest {
    uint256 internal constant FOUNDERS = 6;
    uint64 internal constant POWER = 10;
    uint256 private constant FIRST_KEY = 0x10000;

    IGovernance internal governance = IGovernance(Fixed.GOVERNANCE_ADDRESS);
    /// @dev Number of the first founder; the others follow.
    uint16 internal first;

    function setUp() public virtual override {
        super.setUp();
        _genesis(address(governance), "registry/Governance.sol:Governance");
        CHEATS.store(address(validators), 0, bytes32(FOUNDERS | (FOUNDERS * POWER) << 16));
        for (uint256 i = 0; i < FOUNDERS; ++i) {
            CHEATS.store(address(validators), keccak256(abi.encode(_validator(i), uint256(1))), bytes32(uint256(POWER)));
        }
        for (uint256 i = 0; i < FOUNDERS; ++i) {
            uint16 number = consortium.admit(_application(i));
            if (i == 0) first = number;
            validators.setValidator(number, _validator(i), POWER);
        }
        consortium.setAdministrator(address(governance));
        directory.setAdministrator(address(governance));
        CHEATS.roll(1000);
    }

    function _validator(uint256 founder) internal pure returns (bytes32) {
        return bytes32(0x5e00 + founder);
    }

    function _founder(uint256 i) internal view returns (uint16) {
        return uint16(first + i);
    }

    /// @dev Key of an organisation's account with `Role.SYSTEM_ADMIN << power`.
    function _keyOf(uint256 applicant, uint256 power) internal pure returns (uint256) {
        return FIRST_KEY + applicant * 16 + power;
    }

    function _account(uint256 applicant, uint256 power) internal pure returns (address) {
        return CHEATS.addr(_keyOf(applicant, power));
    }

    function _application(uint256 applicant) internal view returns (IConsortium.Application memory application) {
        application.kind = OrganisationKind.WAREHOUSE;
        application.gln = uint64(5_000_000_000_000 + applicant);
        application.deadline = type(uint256).max;
        for (uint256 power = 0; power < 3; ++power) {
            application.administrators[power] = _account(applicant, power);
            application.signatures[power] = _admission(applicant, power, application.gln);
        }
    }

    function _admission(uint256 applicant, uint256 power, uint64 gln) private view returns (bytes memory) {
        bytes32 hash = keccak256(
            abi.encode(
                keccak256("Admission(address account,uint64 gln,uint32 role,uint256 deadline)"),
                _account(applicant, power),
                gln,
                Role.SYSTEM_ADMIN << uint32(power),
                type(uint256).max
            )
        );
        return _sign(_keyOf(applicant, power), _typedDigest("LiveLedger Consortium", address(consortium), hash));
    }

    function _possession(uint256 key, address account, uint16 organisation) internal view returns (bytes memory) {
        return _possession(key, account, organisation, type(uint256).max);
    }

    function _propose(uint256 founder, bytes memory data) internal returns (uint256 id) {
        IGovernance.Call[] memory calls = _calls(data);
        CHEATS.prank(_account(founder, 0));
        return governance.propose(calls);
    }

    function _calls(bytes memory data) internal view returns (IGovernance.Call[] memory calls) {
        calls = new IGovernance.Call[](1);
        calls[0] = IGovernance.Call(_targetOf(bytes4(data)), data);
    }

    /// @dev The contract of genesis that has the function.
    function _targetOf(bytes4 selector) private view returns (address) {
        if (selector == IRecovery.begin.selector) return Fixed.RECOVERY_ADDRESS;
        bool keys = selector == IValidators.setValidator.selector || selector == IValidators.rotateValidator.selector;
        return keys || selector == IValidators.listNode.selector ? address(validators) : address(consortium);
    }

    /// @dev Takes a founder's validator out, and the founder with it.
    function _removal(uint256 founder) internal view returns (IGovernance.Call[] memory calls) {
        calls = new IGovernance.Call[](2);
        bytes memory key = abi.encodeCall(IValidators.setValidator, (_founder(founder), _validator(founder), 0));
        calls[0] = IGovernance.Call(address(validators), key);
        bytes memory out = abi.encodeCall(IConsortium.removeOrganisation, (_founder(founder)));
        calls[1] = IGovernance.Call(address(consortium), out);
    }

    function _vote(uint256 founder, uint256 id, bool approve) internal {
        CHEATS.prank(_account(founder, 1));
        governance.vote(id, approve);
    }

    /// @dev Proposes and passes with the first four of six.
    function _pass(bytes memory data) internal returns (uint256 id) {
        return _passAll(_calls(data));
    }

    function _passAll(IGovernance.Call[] memory calls) internal returns (uint256 id) {
        CHEATS.prank(_account(0, 0));
        id = governance.propose(calls);
        for (uint256 i = 0; i < 4; ++i) {
            _vote(i, id, true);
        }
    }

    function _status(uint256 id) internal view returns (uint8) {
        (IGovernance.Proposal memory proposal,,,) = governance.proposalOf(id);
        return proposal.status;
    }

    function _refusedProposal(bytes memory data, bytes memory reason) internal {
        IGovernance.Call[] memory calls = _calls(data);
        CHEATS.prank(_account(0, 0));
        CHEATS.expectRevert(reason);
        governance.propose(calls);
    }
}
