// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IDirectory} from "../../../contracts/interfaces/IDirectory.sol";
import {ContractFlag, ContractState, Fixed} from "../../../contracts/lib/Constants.sol";
import {MoneyTest} from "../money/MoneyTest.sol";

/// @notice Versions side by side: entries say the truth about code, and only ever grow newer.
contract DirectoryTest is MoneyTest {
    function _register(uint64 version, uint64 from) private {
        CHEATS.prank(Fixed.CREATOR_ADDRESS);
        directory.register("StockLedger", version, address(hub), from, 0);
    }

    function _refusedRegistration(bytes memory reason, bytes32 name, uint64 version, address target) private {
        CHEATS.prank(Fixed.CREATOR_ADDRESS);
        CHEATS.expectRevert(reason);
        directory.register(name, version, target, 0, 0);
    }

    function _slot(bytes32 key, uint256 mapping_) private view returns (uint256) {
        return uint256(CHEATS.load(address(directory), keccak256(abi.encode(key, mapping_))));
    }

    function testEntryHoldsTheCodeHash() public {
        _list("Thing", 3, address(stock), 0);
        IDirectory.Entry memory entry = directory.entryOf("Thing", 3);
        require(entry.target == address(stock) && entry.from == block.number, "as registered");
        require(entry.state == ContractState.ACTIVE && entry.codeHash == address(stock).codehash, "from the chain");
        require(directory.entryOf("Thing", 2).target == address(0), "no such version");
        (address target, uint64 version) = directory.activeOf("Nothing");
        require(target == address(0) && version == 0, "no such name");
    }

    /// @dev Proofs, nodes and anchors read these words by number (docs/formats.md).
    function testTheStorageLayoutIsThatOfTheFormat() public {
        _register(3, 500);
        require(uint256(CHEATS.load(address(directory), 0)) == uint160(address(this)), "the administrator");
        require(_slot("StockLedger", 1) == (2 | uint256(3) << 64 | uint256(500) << 128), "versions");
        bytes32 key = keccak256(abi.encode(bytes32("StockLedger"), uint64(3)));
        uint256 word = uint160(address(hub)) | uint256(500) << 160 | uint256(ContractState.ACTIVE) << 224;
        require(_slot(key, 2) == word, "entry");
        uint256 second = uint256(keccak256(abi.encode(key, uint256(2)))) + 1;
        require(CHEATS.load(address(directory), bytes32(second)) == address(hub).codehash, "code hash");
        bytes32 listed = bytes32(uint256(uint160(address(settlement))));
        require(_slot(listed, 3) == (1 | uint256(ContractFlag.ESCROW | ContractFlag.CUTS) << 8), "listing");
        require(_slot(bytes32(uint256(uint160(outsider))), 3) == 0, "not listed");
    }

    function testOnlyTheCreatorRegisters() public {
        CHEATS.expectRevert(abi.encodeWithSelector(IDirectory.DirectoryNotCreator.selector, address(this)));
        directory.register("Thing", 1, address(stock), 0, 0);
    }

    function testVersionsGrow() public {
        bytes32 name = "StockLedger";
        bytes memory notNewer =
            abi.encodeWithSelector(IDirectory.DirectoryVersionNotNewer.selector, name, uint64(2), uint64(2));
        _refusedRegistration(notNewer, name, 2, address(hub));
        _register(3, 0);
        (address target, uint64 version) = directory.activeOf(name);
        require(target == address(hub) && version == 3, "replaced");
        require(directory.entryOf(name, 2).state == ContractState.FROZEN, "the one before is frozen");
        require(directory.entryOf(name, 2).target == address(stock), "and still there");
    }

    function testANextVersionTakesOverAtItsBlock(uint16 ahead) public {
        uint64 begins = uint64(block.number) + 1 + ahead;
        _register(3, begins);
        (address target, uint64 version) = directory.activeOf("StockLedger");
        require(target == address(stock) && version == 2, "not yet");
        require(directory.isListed(address(hub)), "but transactions may go there");
        CHEATS.roll(begins - 1);
        (, version) = directory.activeOf("StockLedger");
        require(version == 2, "one block before");
        CHEATS.roll(begins);
        (target, version) = directory.activeOf("StockLedger");
        require(target == address(hub) && version == 3, "at its block, without a transaction");
        require(directory.entryOf("StockLedger", 2).state == ContractState.FROZEN, "frozen by that");
        _register(4, 0);
        require(directory.versionsOf("StockLedger").active == 4, "the next one rests on it");
    }

    function testOneNextVersionAtATime() public {
        _register(3, 500);
        bytes32 name = "StockLedger";
        _refusedRegistration(
            abi.encodeWithSelector(IDirectory.DirectoryNextListed.selector, name, uint64(3), uint64(500)),
            name,
            4,
            address(token)
        );
        directory.retire(name, 3);
        require(!directory.isListed(address(hub)), "given up");
        _refusedRegistration(
            abi.encodeWithSelector(IDirectory.DirectoryVersionNotNewer.selector, name, uint64(3), uint64(2)),
            name,
            3,
            address(token)
        );
        CHEATS.roll(600);
        require(directory.versionsOf(name).active == 2, "it never takes over");
    }

    function testAFrozenVersionIsNotWhatItsNameMeans() public {
        directory.freeze("StockLedger", 2);
        (address target, uint64 version) = directory.activeOf("StockLedger");
        require(target == address(0) && version == 0, "nothing new rests on it");
        require(directory.isListed(address(stock)), "it ends what runs");
        CHEATS.expectRevert(
            abi.encodeWithSelector(
                IDirectory.DirectoryWrongState.selector, bytes32("StockLedger"), uint64(2), ContractState.FROZEN
            )
        );
        directory.freeze("StockLedger", 2);
        _register(3, 500);
        CHEATS.expectRevert(
            abi.encodeWithSelector(
                IDirectory.DirectoryWrongState.selector, bytes32("StockLedger"), uint64(3), ContractState.ACTIVE
            )
        );
        directory.freeze("StockLedger", 3);
        directory.retire("StockLedger", 2);
        require(!directory.isListed(address(stock)), "no target any more");
        require(directory.entryOf("StockLedger", 2).state == ContractState.RETIRED, "retired");
    }

    function testWhatIsActiveIsNotRetired() public {
        CHEATS.expectRevert(
            abi.encodeWithSelector(
                IDirectory.DirectoryWrongState.selector, bytes32("StockLedger"), uint64(2), ContractState.ACTIVE
            )
        );
        directory.retire("StockLedger", 2);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IDirectory.DirectoryUnknownVersion.selector, bytes32("StockLedger"), uint64(9))
        );
        directory.retire("StockLedger", 9);
        CHEATS.expectRevert(abi.encodeWithSelector(IDirectory.DirectoryOfGenesis.selector, bytes32("Consortium")));
        directory.freeze("Consortium", 1);
    }

    function testThereMustBeCodeAndAName() public {
        _refusedRegistration(
            abi.encodeWithSelector(IDirectory.DirectoryNoCode.selector, bytes32("Thing"), outsider), "Thing", 1, outsider
        );
        _refusedRegistration(
            abi.encodeWithSelector(IDirectory.DirectoryEmptyName.selector), "", 1, address(stock)
        );
    }

    function testFlagsAreOfListedContracts() public {
        directory.setFlags(address(hub), ContractFlag.GOVERNABLE);
        require(directory.flagsOf(address(hub)) == ContractFlag.GOVERNABLE, "set");
        CHEATS.expectRevert(abi.encodeWithSelector(IDirectory.DirectoryNotListed.selector, outsider));
        directory.setFlags(outsider, ContractFlag.GOVERNABLE);
        CHEATS.expectRevert(bytes(""));
        directory.setFlags(address(hub), ContractFlag.ESCROW);
    }

    function testAnEscrowStaysOneWhileTokensRemain() public {
        (, bytes32[] memory pages) = _terms(_registerSkus(1), 100);
        bytes32 id = _register(_agreement(pages, 7000));
        _fund(id, 500);
        CHEATS.expectRevert(abi.encodeWithSelector(IDirectory.DirectoryEscrowInUse.selector, address(settlement)));
        directory.setFlags(address(settlement), 0);
        directory.freeze("Settlement", 1);
        CHEATS.expectRevert(abi.encodeWithSelector(IDirectory.DirectoryEscrowInUse.selector, address(settlement)));
        directory.retire("Settlement", 1);
        CHEATS.prank(supplierAccount);
        settlement.withdraw(id, 500);
        directory.retire("Settlement", 1);
        require(directory.flagsOf(address(settlement)) == 0, "no escrow any more");
    }

    function testOnlyTheAdministratorChangesIt() public {
        bytes memory reason = abi.encodeWithSelector(IDirectory.DirectoryNotAdministrator.selector, outsider);
        CHEATS.startPrank(outsider);
        CHEATS.expectRevert(reason);
        directory.freeze("StockLedger", 2);
        CHEATS.expectRevert(reason);
        directory.retire("StockLedger", 2);
        CHEATS.expectRevert(reason);
        directory.setFlags(address(stock), 1);
        CHEATS.expectRevert(reason);
        directory.setAdministrator(outsider);
        CHEATS.stopPrank();
    }

    function testAdministrationIsHandedOver() public {
        CHEATS.expectRevert(abi.encodeWithSelector(IDirectory.DirectoryNoAdministrator.selector));
        directory.setAdministrator(address(0));
        directory.setAdministrator(outsider);
        CHEATS.expectRevert(abi.encodeWithSelector(IDirectory.DirectoryNotAdministrator.selector, address(this)));
        directory.setFlags(address(stock), 0);
        CHEATS.prank(outsider);
        directory.setAdministrator(Fixed.GOVERNANCE_ADDRESS);
        CHEATS.prank(Fixed.GOVERNANCE_ADDRESS);
        CHEATS.expectRevert(abi.encodeWithSelector(IDirectory.DirectoryGovernedForGood.selector));
        directory.setAdministrator(outsider);
    }

    function testEveryActIsRecorded() public {
        uint64 before = uint64(directory.streamWord("acts"));
        directory.setFlags(address(hub), 1);
        directory.freeze("ReportHub", 1);
        directory.retire("ReportHub", 1);
        directory.setAdministrator(outsider);
        require(uint64(directory.streamWord("acts")) == before + 4, "four acts");
    }
}
