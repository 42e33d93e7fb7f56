// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {OrganisationKind, Role} from "../../../contracts/lib/Constants.sol";
import {MoneyTest} from "./MoneyTest.sol";

/// @notice A brand that claims a GTIN, its rivals, and who else captures events.
abstract contract AnchoringTest is MoneyTest {
    bytes32 internal constant EVENT = "event";
    bytes32 internal constant CORRECTION = "correction";
    uint64 internal constant GTIN = 9521234567899;

    function setUp() public override {
        super.setUp();
        _list("Provenance", 2, address(provenance), 0);
    }

    function _item(uint64 gtin, bytes32 uri) internal pure returns (bytes32) {
        return keccak256(abi.encode(gtin, uri));
    }

    function _stream(uint16 owner, uint64 gtin, bytes32 uri) internal pure returns (bytes32) {
        return keccak256(abi.encode(owner, _item(gtin, uri)));
    }

    function _items(uint64 gtin, uint256 count) internal pure returns (uint64[] memory gtins, bytes32[] memory uris) {
        gtins = new uint64[](count);
        uris = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            gtins[i] = gtin;
            uris[i] = bytes32(type(uint256).max - count + i);
        }
    }

    function _one(uint32 sku) internal pure returns (uint32[] memory skus) {
        skus = new uint32[](1);
        skus[0] = sku;
    }

    /// @dev Registers a SKU with this GTIN for the account's brand.
    function _skuWith(address account, string memory code, uint64 gtin) internal returns (uint32) {
        string[] memory codes = new string[](1);
        uint64[] memory gtins = new uint64[](1);
        (codes[0], gtins[0]) = (code, gtin);
        CHEATS.prank(account);
        return stock.registerSkus(codes, gtins, new uint8[](1));
    }

    function _claims(address account, uint32 sku) internal {
        CHEATS.prank(account);
        provenance.claim(_one(sku));
    }

    /// @dev The usual brand claims a GTIN.
    function _claim(uint64 gtin) internal returns (uint32 sku) {
        sku = _skuWith(brandAccount, "claimed", gtin);
        _claims(brandAccount, sku);
    }

    function _rival(uint256 key) internal returns (uint16 org, address account) {
        org = consortium.registerOrganisation(OrganisationKind.BRAND, _nextGln(), 0);
        _account(key, org, Role.CAPTURE_EVENTS | Role.REGISTER_SKUS);
        account = CHEATS.addr(key);
    }

    function _capturer(address account) internal {
        consortium.setAccount(account, 1, Role.CAPTURE_EVENTS);
    }

    function _anchor(
        address account,
        bytes32 eventHash,
        bytes32 corrects,
        uint64[] memory gtins,
        bytes32[] memory uris
    ) internal {
        CHEATS.prank(account);
        provenance.anchor(eventHash, corrects, gtins, uris);
    }
}
