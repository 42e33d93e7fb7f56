// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IDirectory} from "../../../contracts/interfaces/IDirectory.sol";
import {MoneyTest} from "../money/MoneyTest.sol";

/// @notice Entries say the truth about code, and only ever grow newer.
contract DirectoryTest is MoneyTest {
    function testEntryHoldsTheCodeHash() public {
        directory.register("Thing", address(stock), 3);
        IDirectory.Entry memory entry = directory.entryOf("Thing");
        require(entry.target == address(stock) && entry.version == 3, "as registered");
        require(entry.codeHash == keccak256(address(stock).code), "read from the chain");
        require(directory.entryOf("Nothing").target == address(0), "no entry");
    }

    function testOnlyTheAdministratorRegisters() public {
        CHEATS.prank(outsider);
        CHEATS.expectRevert(abi.encodeWithSelector(IDirectory.DirectoryNotAdministrator.selector, outsider));
        directory.register("Thing", address(stock), 1);
    }

    function testVersionsGrow() public {
        CHEATS.expectRevert(
            abi.encodeWithSelector(IDirectory.DirectoryVersionNotNewer.selector, bytes32("StockLedger"), 2, 2)
        );
        directory.register("StockLedger", address(hub), 2);
        directory.register("StockLedger", address(hub), 3);
        require(directory.entryOf("StockLedger").target == address(hub), "replaced");
    }

    function testThereMustBeCodeAndAName() public {
        CHEATS.expectRevert(abi.encodeWithSelector(IDirectory.DirectoryNoCode.selector, bytes32("Thing"), outsider));
        directory.register("Thing", outsider, 1);
        CHEATS.expectRevert(abi.encodeWithSelector(IDirectory.DirectoryEmptyName.selector));
        directory.register("", address(stock), 1);
    }

    function testAdministrationIsHandedOver() public {
        CHEATS.expectRevert(abi.encodeWithSelector(IDirectory.DirectoryNoAdministrator.selector));
        directory.setAdministrator(address(0));
        directory.setAdministrator(outsider);
        CHEATS.expectRevert(abi.encodeWithSelector(IDirectory.DirectoryNotAdministrator.selector, address(this)));
        directory.register("Thing", address(stock), 1);
        CHEATS.prank(outsider);
        directory.register("Thing", address(stock), 1);
    }
}
