// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {IProvenance} from "../../../contracts/interfaces/IProvenance.sol";
import {MoneyLimits, Role} from "../../../contracts/lib/Constants.sol";
import {AnchoringTest} from "./AnchoringTest.sol";

/// @notice Claims of a GTIN: whose brand, in which order, and what they change.
contract ClaimsTest is AnchoringTest {
    function testClaims() public {
        uint32 sku = _claim(GTIN);
        require(provenance.claimsOf(GTIN) == brand, "the first");
        _claims(brandAccount, sku);
        require(provenance.claimsOf(GTIN) == brand, "once");
        uint32 bare = _skuWith(brandAccount, "bare", 0);
        _refuseClaim(brandAccount, bare, abi.encodeWithSelector(IProvenance.ProvenanceNoGtin.selector, 0, bare));
        _refuseClaim(brandAccount, sku + 7, abi.encodeWithSelector(IProvenance.ProvenanceNoGtin.selector, 0, sku + 7));
        (uint16 rival, address account) = _rival(0xf1);
        _refuseClaim(account, sku, abi.encodeWithSelector(IProvenance.ProvenanceNoGtin.selector, 0, sku));
        uint32 own = _skuWith(account, "own", GTIN);
        CHEATS.expectEmit(true, true, true, true);
        emit IProvenance.GtinClaimed(GTIN, rival, 1);
        _claims(account, own);
        require(provenance.claimsOf(GTIN) == (uint256(rival) << 16 | brand), "rival claims are shown");
        CHEATS.prank(clerk);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IConsortium.ConsortiumMissingRole.selector, clerk, Role.REGISTER_SKUS)
        );
        provenance.claim(_one(sku));
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IProvenance.ProvenanceItemCount.selector, 0, MoneyLimits.MAX_ITEMS)
        );
        provenance.claim(new uint32[](0));
    }

    function testARivalTakesNothing() public {
        (uint16 rival, address account) = _rival(0xf1);
        _claims(account, _skuWith(account, "own", GTIN));
        _claim(GTIN);
        (uint64[] memory gtins, bytes32[] memory uris) = _items(GTIN, 1);
        _anchor(brandAccount, EVENT, 0, gtins, uris);
        _anchor(account, EVENT, 0, gtins, uris);
        require(uint64(provenance.streamWord(_stream(brand, GTIN, uris[0]))) == 1, "the brand's");
        require(uint64(provenance.streamWord(_stream(rival, GTIN, uris[0]))) == 1, "the rival's");
        consortium.approveOperator(brand, supplier, true);
        _capturer(supplierAccount);
        _anchor(supplierAccount, EVENT, 0, gtins, uris);
        require(uint64(provenance.streamWord(_stream(brand, GTIN, uris[0]))) == 2, "with the brand that approved it");
    }

    function testSixteenClaims() public {
        for (uint256 i = 0; i < 16; ++i) {
            (, address account) = _rival(0x2000 + i);
            _claims(account, _skuWith(account, "own", GTIN));
        }
        uint32 sku = _skuWith(brandAccount, "full", GTIN);
        _refuseClaim(brandAccount, sku, abi.encodeWithSelector(IProvenance.ProvenanceClaimsFull.selector, 0, GTIN));
    }

    /// @dev Whatever is put first: the same brands, the others in the order that they had.
    function testPreferring(uint256 count, uint256 place) public {
        count = 1 + count % 16;
        place = place % count;
        uint16[16] memory brands;
        for (uint256 i = 0; i < count; ++i) {
            address account;
            (brands[i], account) = _rival(0x3000 + i);
            _claims(account, _skuWith(account, "own", GTIN));
        }
        uint256 expected = brands[place];
        uint256 behind = 1;
        for (uint256 i = 0; i < count; ++i) {
            if (i != place) expected |= uint256(brands[i]) << behind++ * 16;
        }
        provenance.prefer(GTIN, brands[place]);
        require(provenance.claimsOf(GTIN) == expected, "one first, the others as they were");
    }

    function testOnlyTheAdministratorPrefers() public {
        _claim(GTIN);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IProvenance.ProvenanceNotAdministrator.selector, brandAccount)
        );
        provenance.prefer(GTIN, brand);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IProvenance.ProvenanceNotClaimed.selector, GTIN, supplier)
        );
        provenance.prefer(GTIN, supplier);
    }

    function _refuseClaim(address account, uint32 sku, bytes memory reason) private {
        CHEATS.prank(account);
        CHEATS.expectRevert(reason);
        provenance.claim(_one(sku));
    }
}
