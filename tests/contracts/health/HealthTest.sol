// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {IStockHealth} from "../../../contracts/interfaces/IStockHealth.sol";
import {Fixed, OrganisationKind, Role} from "../../../contracts/lib/Constants.sol";
import {ContractTest} from "../ContractTest.sol";

/// @notice Two brands, an auditor, a finance house and a supplier whose accounts report.
abstract contract HealthTest is ContractTest {
    uint256 internal constant START = 1_800_000_000;
    uint64 internal constant AT_BLOCK = 7;
    bytes32 internal constant ROOT = "rows";

    uint16 internal brand;
    uint16 internal otherBrand;
    uint16 internal auditor;
    uint16 internal finance;
    uint16 internal supplier;
    address internal brandAccount = CHEATS.addr(0xd1);
    address internal clerk = CHEATS.addr(0xd2);
    address internal auditorAccount = CHEATS.addr(0xd3);
    address internal financeAccount = CHEATS.addr(0xd4);
    address internal supplierAccount = CHEATS.addr(0xd5);
    address internal otherBrandAccount = CHEATS.addr(0xd6);

    /// @dev The optimiser takes `block.timestamp` and `block.number` for constants within one test.
    uint256 internal time = START;
    uint256 internal height = 10;

    IConsortium internal consortium = IConsortium(Fixed.CONSORTIUM_ADDRESS);
    IStockHealth internal health;

    function setUp() public virtual {
        CHEATS.warp(START);
        CHEATS.roll(10);
        _genesisDirectory();
        _genesisConsortium();
        health = IStockHealth(_deployed("health/StockHealth.sol:StockHealth"));
        _list("StockHealth", 2, address(health), 0);
        brand = consortium.registerOrganisation(OrganisationKind.BRAND, 4_000_000_000_006, 0);
        otherBrand = consortium.registerOrganisation(OrganisationKind.BRAND, 4_000_000_000_013, 0);
        auditor = consortium.registerOrganisation(OrganisationKind.AUDITOR, 4_000_000_000_020, 0);
        finance = consortium.registerOrganisation(OrganisationKind.FINANCE, 4_000_000_000_037, 0);
        supplier = consortium.registerOrganisation(OrganisationKind.SUPPLIER, 4_000_000_000_044, 0);
        _account(0xd1, brand, Role.REPORT);
        _account(0xd2, brand, Role.POST_MOVEMENTS);
        _account(0xd3, auditor, Role.REPORT);
        _account(0xd4, finance, Role.REPORT);
        _account(0xd5, supplier, Role.REPORT);
        _account(0xd6, otherBrand, Role.REPORT);
    }

    /// @dev Reports a year that ends now.
    function _report(address reporter, uint64 stockValueFen, uint64 revenueFen) internal {
        uint32 periodTo = uint32(time);
        CHEATS.prank(reporter);
        health.report(brand, stockValueFen, revenueFen, periodTo - 365 days, periodTo, AT_BLOCK, ROOT);
    }

    function _refused(address reporter, uint64 stockValueFen, uint64 revenueFen, bytes memory reason) internal {
        IStockHealth.Capital memory before = health.capitalOf(brand);
        uint256 word = health.streamWord(_stream(brand));
        uint32 periodTo = uint32(time);
        CHEATS.prank(reporter);
        CHEATS.expectRevert(reason);
        health.report(brand, stockValueFen, revenueFen, periodTo - 365 days, periodTo, AT_BLOCK, ROOT);
        require(keccak256(abi.encode(before)) == keccak256(abi.encode(health.capitalOf(brand))), "untouched");
        require(word == health.streamWord(_stream(brand)), "no leaf");
    }

    function _later(uint256 elapsed) internal {
        time += elapsed;
        CHEATS.warp(time);
        CHEATS.roll(++height);
    }

    function _stream(uint16 number) internal pure returns (bytes32) {
        return bytes32(uint256(number) | 1 << 248);
    }

    /// @dev docs/formats.md, "Streams", written out once more.
    function _appended(uint256 word, bytes32 streamId, address poster, bytes memory payload)
        internal
        view
        returns (uint256)
    {
        bytes24 head = bytes24(bytes32(word));
        if (word == 0) {
            head = bytes24(
                keccak256(abi.encode(keccak256("LiveLedger.Stream.v1"), block.chainid, address(health), streamId))
            );
        }
        bytes32 leaf = keccak256(
            abi.encode(
                keccak256("LiveLedger.Leaf.v1"),
                streamId,
                uint256(uint64(word)),
                uint256(1),
                height,
                time,
                poster,
                keccak256(payload)
            )
        );
        return uint256(uint192(bytes24(keccak256(abi.encode(head, leaf))))) << 64 | (uint64(word) + 1);
    }
}
