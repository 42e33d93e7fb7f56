// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IAllowances} from "../../../contracts/interfaces/IAllowances.sol";
import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {IDirectory} from "../../../contracts/interfaces/IDirectory.sol";
import {Approvals} from "../../../contracts/lib/Approvals.sol";
import {Fixed, Role, RuleFamily, Status} from "../../../contracts/lib/Constants.sol";
import {GovernedTest} from "../governance/GovernedTest.sol";

/// @dev Keeps the first one's words, whatever they are.
contract NextConsortium {
    IConsortium private constant FIRST = IConsortium(Fixed.CONSORTIUM_ADDRESS);

    function setWord(uint256 slot, bytes32[] calldata keys, uint256 offset, bytes32 word) external {
        FIRST.setWord(slot, keys, offset, word);
    }

    function recordAct(bytes calldata data) external {
        FIRST.recordAct(msg.sender, data);
    }

    function recoverAccount(uint16 organisation, address account) external {
        FIRST.recoverAccount(organisation, account);
    }
}

/// @dev Takes gas money, or none.
contract NextAllowances {
    bool private immutable TAKES;

    constructor(bool takes) {
        TAKES = takes;
    }

    receive() external payable {
        require(TAKES, "none");
    }
}

/// @dev Code that does nothing, in place of contracts that the test only names.
contract Successor {
    uint64 public constant VERSION = 2;
}

/// @notice Contracts of genesis are replaced like all others, in a week's sight: what rests on them follows.
contract RegistrySuccessionTest is GovernedTest {
    uint256 private constant A_WEEK_OF_BLOCKS = 604_800;
    uint256 private constant COUNTERS = 1;
    uint256 private constant STREAMS_SLOT = 0x6aca5c8968d934fb5e3951398ead5f03877cab0d32dbaf01d557828b651c1100;
    IAllowances private allowances = IAllowances(Fixed.ALLOWANCES_ADDRESS);

    function testTheNextConsortiumKeepsPlacesDevicesAndApprovals() public {
        NextConsortium next = _nextConsortium();
        next.setWord(4, _keys(1), 0, bytes32(uint256(supplier) | uint256(Status.ACTIVE) << 16));
        require(uint16(consortium.placeOf(1)) == supplier, "a place's operator");
        next.setWord(5, _keys(4_111_111_111_114), 0, bytes32(uint256(1)));
        require(consortium.placeByGln(4_111_111_111_114) == 1, "a place by its GLN");
        bytes32[] memory pair = new bytes32[](2);
        (pair[0], pair[1]) = (bytes32(uint256(brand)), bytes32(uint256(first)));
        next.setWord(6, pair, 0, bytes32(uint256(Approvals.USUAL)));
        require(consortium.mayOperate(brand, first), "an approval");
        bytes32 device = bytes32(uint256(first) << 240 | 7);
        bytes32[] memory key = new bytes32[](1);
        key[0] = device;
        next.setWord(9, key, 0, bytes32(uint256(first) | uint256(Status.ACTIVE) << 16));
        next.setWord(9, key, 1, "key");
        IConsortium.Device memory kept = consortium.deviceOf(device);
        require(kept.organisation == first && kept.publicKeyHash == "key", "both words of a device");
        (uint16 organisations, uint16 places) = consortium.totals();
        next.setWord(COUNTERS, new bytes32[](0), 0, bytes32(uint256(organisations) | uint256(places + 1) << 16));
        (, uint16 later) = consortium.totals();
        require(later == places + 1, "one place more");
    }

    /// @dev Two thirds could else be anybody: what a recovery asks for (a week, and no objection) holds for ever.
    function testNoSuccessorWritesAnAccountOrWhatItsOrganisationIs() public {
        NextConsortium next = _nextConsortium();
        uint8[17] memory slots = [0, 2, 3, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21];
        for (uint256 i = 0; i < slots.length; ++i) {
            _expectFixed(next, slots[i], _keys(uint160(outsider)), 0);
            _expectFixed(next, slots[i], new bytes32[](0), 0);
        }
        _expectFixed(next, 23, new bytes32[](0), 0);
        _expectFixed(next, type(uint256).max, _keys(1), 0);
        _expectFixed(next, STREAMS_SLOT, _keys(uint256(bytes32("acts"))), 0);
        _expectFixed(next, uint256(keccak256(abi.encode(outsider, uint256(3)))), new bytes32[](0), 0);
        // Whether the votes administer stands one slot after the pages of approvals.
        _expectFixed(next, 22, new bytes32[](0), 1);
        _expectFixed(next, 4, _keys(1), 2);
        require(consortium.memberOf(outsider) == 0 && consortium.handedOver(), "as it was");
    }

    function testNoSuccessorGivesANumberAgain() public {
        NextConsortium next = _nextConsortium();
        (uint256 organisations, uint256 places) = consortium.totals();
        uint256[4] memory words = [
            organisations - 1 | places << 16,
            organisations + 1 | places << 16,
            organisations | (places - 1) << 16,
            organisations | places << 16 | 1 << 32
        ];
        for (uint256 i = 0; i < words.length; ++i) {
            CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumWordFixed.selector, COUNTERS));
            next.setWord(COUNTERS, new bytes32[](0), 0, bytes32(words[i]));
        }
        _expectFixed(next, COUNTERS, new bytes32[](0), 1);
        _expectFixed(next, COUNTERS, _keys(1), 0);
    }

    function testNobodyButTheActiveConsortiumWrites() public {
        NextConsortium next = new NextConsortium();
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotOfGenesis.selector, address(next)));
        next.setWord(4, _keys(1), 0, 0);
        _replace("Consortium", 2, address(next));
        _replace("Consortium", 3, address(new NextConsortium()));
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotOfGenesis.selector, address(next)));
        next.setWord(4, _keys(1), 0, 0);
        CHEATS.prank(address(governance));
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotOfGenesis.selector, address(governance)));
        consortium.setWord(4, _keys(1), 0, 0);
    }

    function testAReplacedConsortiumSetsNoPlaceDeviceOrApproval() public {
        _nextConsortium();
        address system = _account(0, 0);
        CHEATS.startPrank(system);
        CHEATS.expectRevert(_replaced("Consortium", 2));
        consortium.registerPlace(first, 4_111_111_111_114);
        CHEATS.expectRevert(_replaced("Consortium", 2));
        consortium.setPlace(1, first, Status.ACTIVE);
        CHEATS.expectRevert(_replaced("Consortium", 2));
        consortium.registerDevice(bytes32(uint256(first) << 240), first, "key");
        CHEATS.stopPrank();
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(_replaced("Consortium", 2));
        consortium.approveOperator(brand, first, true);
        require(consortium.authorise(clerk, 0) == brand, "it answers");
    }

    function testWhoTheMembersAreIsKeptInTheFirstConsortiumForGood() public {
        _nextConsortium();
        uint256 key = 0xabcdef;
        address account = CHEATS.addr(key);
        bytes memory consent = _possession(key, account, first);
        CHEATS.prank(_account(0, 1));
        consortium.registerAccount(first, account, Role.REPORT, type(uint256).max, consent);
        require(consortium.authorise(account, Role.REPORT) == first, "an organisation's own account");
        _pass(abi.encodeCall(IConsortium.admit, (_application(FOUNDERS))));
        _pass(abi.encodeCall(IConsortium.pause, (RuleFamily.STOCK)));
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumFamilyPaused.selector, RuleFamily.STOCK));
        consortium.requireOpen(RuleFamily.STOCK);
    }

    function testAllActsAreInOneListForGood() public {
        NextConsortium next = _nextConsortium();
        uint64 before = uint64(consortium.streamWord("acts"));
        CHEATS.prank(address(governance));
        validators.rotateValidator(_validator(0), "fresh");
        CHEATS.prank(outsider);
        next.recordAct("act");
        require(uint64(consortium.streamWord("acts")) == before + 2, "Validators' and the next Consortium's");
    }

    /// @dev The next one would recover accounts without the week and the objection.
    function testNothingTakesRecoverysPlace() public {
        NextConsortium next = new NextConsortium();
        _replace("Recovery", 2, address(next));
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumNotOfGenesis.selector, address(next)));
        next.recoverAccount(supplier, outsider);
        CHEATS.prank(Fixed.RECOVERY_ADDRESS);
        consortium.recoverAccount(supplier, outsider);
        require(uint16(consortium.memberOf(outsider)) == supplier, "the first one does");
    }

    function testReplacedAllowancesWriteNothing() public {
        address next = _next("Allowances");
        CHEATS.prank(next);
        consortium.recordAct(outsider, "");
        CHEATS.prank(address(governance));
        CHEATS.expectRevert(_notOfGenesis(address(allowances)));
        allowances.setTopUps(first, 1);
    }

    function testGasMoneyGoesToTheNextAllowances() public {
        CHEATS.expectRevert(abi.encodeWithSelector(IAllowances.AllowancesNotReplaced.selector));
        allowances.follow();
        address deaf = address(new NextAllowances(false));
        _replace("Allowances", 2, deaf);
        CHEATS.expectRevert(abi.encodeWithSelector(IAllowances.AllowancesNotTaken.selector, deaf));
        allowances.follow();
        address next = address(new NextAllowances(true));
        _replace("Allowances", 3, next);
        uint256 left = address(allowances).balance;
        allowances.follow();
        require(left != 0 && next.balance == left && address(allowances).balance == 0, "all of it");
        CHEATS.deal(clerk, 0);
        CHEATS.expectRevert(_replaced("Allowances", 3));
        allowances.topUp(clerk);
        CHEATS.deal(address(allowances), 7);
        allowances.follow();
        require(next.balance == left + 7, "what fees bring in follows");
    }

    function testNoContractOfGenesisIsFrozenInAnyVersion() public {
        bytes32[3] memory names = [bytes32("Consortium"), bytes32("Allowances"), bytes32("Recovery")];
        for (uint256 i = 0; i < names.length; ++i) {
            _next(names[i]);
        }
        CHEATS.startPrank(directory.administrator());
        for (uint256 i = 0; i < names.length; ++i) {
            CHEATS.expectRevert(abi.encodeWithSelector(IDirectory.DirectoryOfGenesis.selector, names[i]));
            directory.freeze(names[i], 2);
        }
        CHEATS.stopPrank();
    }

    function testWhatStandsSinceGenesisStaysListed() public {
        bytes32[3] memory names = [bytes32("Consortium"), bytes32("Recovery"), bytes32("Allowances")];
        for (uint256 i = 0; i < names.length; ++i) {
            _next(names[i]);
        }
        CHEATS.startPrank(directory.administrator());
        for (uint256 i = 0; i < names.length; ++i) {
            CHEATS.expectRevert(abi.encodeWithSelector(IDirectory.DirectoryOfGenesis.selector, names[i]));
            directory.retire(names[i], 1);
        }
        CHEATS.stopPrank();
        require(directory.isListed(Fixed.CONSORTIUM_ADDRESS), "members are set there");
    }

    function testAWordOfItsOwn() public view {
        uint256 word = uint256(consortium.wordAt(keccak256(abi.encode(clerk, uint256(3)))));
        require(word != 0 && word == consortium.memberOf(clerk), "as it answers");
    }

    function _nextConsortium() private returns (NextConsortium next) {
        next = new NextConsortium();
        _replace("Consortium", 2, address(next));
    }

    function _next(bytes32 name) private returns (address next) {
        next = address(new Successor());
        _replace(name, 2, next);
    }

    /// @dev The week passes.
    function _replace(bytes32 name, uint64 version, address next) private {
        CHEATS.prank(Fixed.CREATOR_ADDRESS);
        directory.register(name, version, next, 0, 0);
        CHEATS.roll(block.number + A_WEEK_OF_BLOCKS);
    }

    function _expectFixed(NextConsortium next, uint256 slot, bytes32[] memory keys, uint256 offset) private {
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumWordFixed.selector, slot));
        next.setWord(slot, keys, offset, bytes32(uint256(1)));
    }

    function _keys(uint256 key) private pure returns (bytes32[] memory keys) {
        keys = new bytes32[](1);
        keys[0] = bytes32(key);
    }

    function _notOfGenesis(address sender) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IConsortium.ConsortiumNotOfGenesis.selector, sender);
    }
}
