// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {IDepositToken} from "../../../contracts/interfaces/IDepositToken.sol";
import {IRecovery} from "../../../contracts/interfaces/IRecovery.sol";
import {ISettlement} from "../../../contracts/interfaces/ISettlement.sol";
import {Fixed, Role, Status} from "../../../contracts/lib/Constants.sol";
import {GovernedTest} from "./GovernedTest.sol";

/// @notice A new account for an organisation whose keys were lost: by a vote, after a week, unless it objects.
contract RecoveryTest is GovernedTest {
    uint256 private constant NEW_KEY = 0x99;
    uint256 private constant WEEK = 7 days;

    IRecovery private recovery = IRecovery(Fixed.RECOVERY_ADDRESS);
    address private fresh = CHEATS.addr(NEW_KEY);
    bytes32 private agreementId;

    function setUp() public override {
        super.setUp();
        agreementId = _register(_agreement(_pages("terms"), 7000));
        _fund(agreementId, 500);
        _mintTo(supplierAccount, 40, "pocket money");
    }

    function testAWeekAfterTheVoteTheNewAccountActs() public {
        _begin();
        require(consortium.memberOf(fresh) == 0 && recovery.frozen(supplier), "under way");
        CHEATS.warp(block.timestamp + WEEK - 1);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IRecovery.RecoveryTooEarly.selector, supplier, uint64(block.timestamp + 1))
        );
        recovery.complete(supplier);
        CHEATS.warp(block.timestamp + 1);
        uint64 acts = uint64(consortium.streamWord("acts"));
        recovery.complete(supplier);
        require(consortium.authorise(fresh, Role.SECURITY_ADMIN) == supplier, "its security administrator");
        require(fresh.balance != 0 && !recovery.frozen(supplier), "funded, and nothing is frozen");
        require(uint64(consortium.streamWord("acts")) == acts + 2, "both acts are in the log");
        CHEATS.expectRevert(abi.encodeWithSelector(IRecovery.RecoveryNone.selector, supplier));
        recovery.complete(supplier);
        CHEATS.prank(fresh);
        consortium.setAccount(supplierAccount, Status.SUSPENDED, 0);
        require(uint8(consortium.memberOf(supplierAccount) >> 16) == Status.SUSPENDED, "and keeps its accounts");
    }

    function testAnyAccountOfTheOrganisationObjects() public {
        _begin();
        CHEATS.prank(clerk);
        CHEATS.expectRevert(abi.encodeWithSelector(IRecovery.RecoveryNotOfOrganisation.selector, clerk, supplier));
        recovery.object(supplier);
        CHEATS.prank(supplierAccount);
        recovery.object(supplier);
        require(!recovery.frozen(supplier), "over");
        CHEATS.warp(block.timestamp + WEEK);
        CHEATS.expectRevert(abi.encodeWithSelector(IRecovery.RecoveryNone.selector, supplier));
        recovery.complete(supplier);
        bytes memory again = _beginCall(supplier, NEW_KEY);
        uint64 rest = recovery.requestOf(supplier).restUntil;
        _refusedProposal(again, abi.encodeWithSelector(IRecovery.RecoveryResting.selector, supplier, rest));
        CHEATS.warp(rest);
        _pass(again);
        require(recovery.frozen(supplier), "later another one may begin");
    }

    function testWhoIsSuspendedCannotBeRecoveredBehindItsBack() public {
        _begin();
        CHEATS.warp(block.timestamp + 1);
        _pass(abi.encodeCall(IConsortium.setOrganisationStatus, (supplier, Status.SUSPENDED)));
        require(!recovery.frozen(supplier), "suspending ends it");
        _refusedProposal(
            _beginCall(supplier, NEW_KEY), abi.encodeWithSelector(IRecovery.RecoveryNotActive.selector, supplier)
        );
        CHEATS.warp(block.timestamp + 1);
        _pass(abi.encodeCall(IConsortium.setOrganisationStatus, (supplier, Status.ACTIVE)));
        CHEATS.warp(block.timestamp + WEEK);
        CHEATS.expectRevert(abi.encodeWithSelector(IRecovery.RecoveryNone.selector, supplier));
        recovery.complete(supplier);
    }

    function testASuspendedAccountDoesNotObject() public {
        CHEATS.prank(Fixed.RECOVERY_ADDRESS);
        consortium.recoverAccount(supplier, CHEATS.addr(0x98));
        CHEATS.prank(CHEATS.addr(0x98));
        consortium.setAccount(supplierAccount, Status.SUSPENDED, 8);
        _begin();
        CHEATS.prank(supplierAccount);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IRecovery.RecoveryNotOfOrganisation.selector, supplierAccount, supplier)
        );
        recovery.object(supplier);
    }

    function testItsDepositsAreFrozenMeanwhile() public {
        _begin();
        CHEATS.startPrank(supplierAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(ISettlement.SettlementEscrowFrozen.selector, agreementId));
        settlement.withdraw(agreementId, 1);
        CHEATS.expectRevert(abi.encodeWithSelector(IDepositToken.DepositFrozen.selector, supplierAccount));
        token.redeem(1, "pay out");
        CHEATS.expectRevert(abi.encodeWithSelector(IDepositToken.DepositFrozen.selector, supplierAccount));
        token.transfer(brandAccount, 1);
        recovery.object(supplier);
        settlement.withdraw(agreementId, 500);
        CHEATS.stopPrank();
        require(token.balanceOf(supplierAccount) == 540, "its own again");
    }

    function testWhatNobodyCompletesLapses() public {
        _begin();
        CHEATS.warp(block.timestamp + WEEK + 30 days + 1);
        require(!recovery.frozen(supplier), "lapsed");
        CHEATS.expectRevert(abi.encodeWithSelector(IRecovery.RecoveryNone.selector, supplier));
        recovery.complete(supplier);
    }

    function testOneAtATimeForAKeyOfItsOwn() public {
        _refusedProposal(
            _beginCall(supplier, BRAND_KEY),
            abi.encodeWithSelector(IRecovery.RecoveryAccountTaken.selector, brandAccount)
        );
        bytes memory stolen = abi.encodeCall(
            IRecovery.begin, (supplier, outsider, type(uint256).max, _consent(NEW_KEY, outsider, supplier))
        );
        _refusedProposal(stolen, abi.encodeWithSelector(IRecovery.RecoveryBadPossessionProof.selector, outsider));
        bytes memory late = abi.encodeCall(IRecovery.begin, (supplier, fresh, block.timestamp - 1, ""));
        _refusedProposal(
            late,
            abi.encodeWithSelector(
                IRecovery.RecoveryDeadlinePassed.selector, block.timestamp - 1, block.timestamp
            )
        );
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotAdministrator.selector, address(this)));
        recovery.begin(supplier, fresh, type(uint256).max, "");
        _begin();
        uint64 due = recovery.requestOf(supplier).dueAt;
        _refusedProposal(
            _beginCall(supplier, 0x9a), abi.encodeWithSelector(IRecovery.RecoveryUnderWay.selector, supplier, due)
        );
    }

    function testAVoterWithoutKeysVotesAgain() public {
        _pass(_beginCall(_founder(5), NEW_KEY));
        CHEATS.warp(block.timestamp + WEEK);
        recovery.complete(_founder(5));
        uint256 id = _propose(0, abi.encodeCall(IConsortium.pause, ("stock")));
        CHEATS.prank(fresh);
        governance.vote(id, true);
        require(_status(id) == 1, "counted");
    }

    function _begin() private {
        _pass(_beginCall(supplier, NEW_KEY));
    }

    function _beginCall(uint16 organisation, uint256 key) private view returns (bytes memory) {
        address account = CHEATS.addr(key);
        return abi.encodeCall(
            IRecovery.begin, (organisation, account, type(uint256).max, _consent(key, account, organisation))
        );
    }

    function _consent(uint256 key, address account, uint16 organisation) private view returns (bytes memory) {
        bytes32 hash = keccak256(
            abi.encode(
                keccak256("Recovery(address account,uint16 organisation,uint256 deadline)"),
                account,
                organisation,
                type(uint256).max
            )
        );
        return _sign(key, _typedDigest("LiveLedger Recovery", address(recovery), hash));
    }
}
