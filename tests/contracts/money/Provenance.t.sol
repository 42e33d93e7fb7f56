// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {IProvenance} from "../../../contracts/interfaces/IProvenance.sol";
import {MoneyLimits, OrganisationKind, Role} from "../../../contracts/lib/Constants.sol";
import {Standing} from "../../../contracts/provenance/Constants.sol";
import {Streams} from "../../../contracts/lib/Streams.sol";
import {AnchoringTest} from "./AnchoringTest.sol";

/// @notice Anchors: once, under each item, corrected by declaration only, and nobody in another's stream.
contract ProvenanceTest is AnchoringTest {
    function testAReplacedOneTakesNoEvent() public {
        (uint64[] memory gtins, bytes32[] memory uris) = _items(GTIN, 1);
        _anchor(brandAccount, EVENT, 0, gtins, uris);
        _list("Provenance", 3, address(hub), 0);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(_replaced("Provenance", 3));
        provenance.anchor(CORRECTION, EVENT, gtins, uris);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(_replaced("Provenance", 3));
        provenance.claim(new uint32[](1));
        require(provenance.anchoredAt(brand, EVENT) == block.number, "it answers");
    }

    function testEveryItemHasTheEventInItsStream() public {
        _claim(GTIN);
        (uint64[] memory gtins, bytes32[] memory uris) = _items(GTIN, 3);
        uint256[] memory standings = new uint256[](3);
        for (uint256 i = 0; i < 3; ++i) {
            standings[i] = _standing(brand, OrganisationKind.BRAND, brand, Standing.BRAND);
        }
        CHEATS.expectEmit(true, true, true, true);
        emit IProvenance.EventAnchored(EVENT, 0, brandAccount, gtins, uris, standings);
        _anchor(brandAccount, EVENT, 0, gtins, uris);
        require(provenance.anchoredAt(brand, EVENT) == block.number, "anchored");
        for (uint256 i = 0; i < 3; ++i) {
            bytes32 stream = _stream(brand, GTIN, uris[i]);
            require(provenance.streamWord(stream) == _expectedWord(stream, brandAccount, standings[i]), "head and count");
            require(provenance.othersOf(_item(GTIN, uris[i]), 0) == 0, "none of others");
        }
    }

    function testWhoHasNoStandingWritesIntoItsOwnStreamAndIsListedOnce() public {
        _claim(GTIN);
        (uint64[] memory gtins, bytes32[] memory uris) = _items(GTIN, 1);
        _capturer(supplierAccount);
        _anchor(supplierAccount, EVENT, 0, gtins, uris);
        _anchor(supplierAccount, CORRECTION, 0, gtins, uris);
        bytes32 own = _stream(supplier, GTIN, uris[0]);
        require(uint64(provenance.streamWord(own)) == 2, "both in its own");
        require(provenance.streamWord(_stream(brand, GTIN, uris[0])) == 0, "none in the brand's");
        require(provenance.othersOf(_item(GTIN, uris[0]), 0) == supplier, "listed once");
        uint256 standing = _standing(supplier, OrganisationKind.SUPPLIER, supplier, Standing.NONE);
        _anchor(brandAccount, EVENT, 0, gtins, uris);
        bytes32 brands = _stream(brand, GTIN, uris[0]);
        uint256 word = _expectedWord(brands, brandAccount, _standing(brand, 1, brand, Standing.BRAND));
        require(provenance.streamWord(brands) == word, "the brand's begins with the brand");
        require(uint8(standing >> 40) == Standing.NONE, "none");
    }

    function testAJunkStreamLeavesTheBrandsAlone() public {
        _claim(GTIN);
        (uint64[] memory gtins, bytes32[] memory uris) = _items(GTIN, 1);
        _anchor(brandAccount, EVENT, 0, gtins, uris);
        uint256 word = provenance.streamWord(_stream(brand, GTIN, uris[0]));
        _capturer(supplierAccount);
        for (uint256 i = 1; i <= 50; ++i) {
            _anchor(supplierAccount, bytes32(i), 0, gtins, uris);
        }
        require(provenance.streamWord(_stream(brand, GTIN, uris[0])) == word, "untouched");
        require(uint64(provenance.streamWord(_stream(supplier, GTIN, uris[0]))) == 50, "its own");
    }

    function testApprovedOrganisationsInspectorsAndCustomsWriteIntoTheBrands() public {
        _claim(GTIN);
        (uint64[] memory gtins, bytes32[] memory uris) = _items(GTIN, 1);
        bytes32 stream = _stream(brand, GTIN, uris[0]);
        consortium.approveOperator(brand, supplier, true);
        _capturer(supplierAccount);
        _anchor(supplierAccount, EVENT, 0, gtins, uris);
        uint256 approved = _standing(supplier, OrganisationKind.SUPPLIER, brand, Standing.APPROVED);
        require(provenance.streamWord(stream) == _expectedWord(stream, supplierAccount, approved), "approved");
        uint8[2] memory kinds = [OrganisationKind.INSPECTOR, OrganisationKind.CUSTOMS];
        for (uint256 i = 0; i < 2; ++i) {
            uint16 org = consortium.registerOrganisation(kinds[i], _nextGln(), 0);
            _account(0xe1 + i, org, Role.CAPTURE_EVENTS);
            _anchor(CHEATS.addr(0xe1 + i), EVENT, 0, gtins, uris);
            require(uint64(provenance.streamWord(stream)) == 2 + i, "by its kind");
        }
        consortium.approveOperator(brand, supplier, false);
        _anchor(supplierAccount, CORRECTION, EVENT, gtins, uris);
        require(uint64(provenance.streamWord(stream)) == 3, "standing is that of the anchor's own block");
        require(uint64(provenance.streamWord(_stream(supplier, GTIN, uris[0]))) == 1, "and the rest is its own");
    }

    function testWithoutAClaimEverybodyWritesIntoItsOwn() public {
        (uint64[] memory gtins, bytes32[] memory uris) = _items(0, 1);
        _anchor(brandAccount, EVENT, 0, gtins, uris);
        require(uint64(provenance.streamWord(_stream(brand, 0, uris[0]))) == 1, "the brand's own");
        require(provenance.othersOf(_item(0, uris[0]), 0) == brand, "listed");
        uint16 inspector = consortium.registerOrganisation(OrganisationKind.INSPECTOR, _nextGln(), 0);
        _account(0xe1, inspector, Role.CAPTURE_EVENTS);
        _anchor(CHEATS.addr(0xe1), EVENT, 0, gtins, uris);
        require(uint64(provenance.streamWord(_stream(inspector, 0, uris[0]))) == 1, "no brand, no authority over it");
        require(provenance.othersOf(_item(0, uris[0]), 0) == (uint256(inspector) << 16 | brand), "both, in order");
    }

    function testSixteenOthersAWord() public {
        (uint64[] memory gtins, bytes32[] memory uris) = _items(GTIN, 1);
        bytes32 item = _item(GTIN, uris[0]);
        uint256[2] memory expected;
        for (uint256 i = 0; i < 18; ++i) {
            uint16 org = consortium.registerOrganisation(OrganisationKind.PLATFORM, _nextGln(), 0);
            _account(0x1000 + i, org, Role.CAPTURE_EVENTS);
            _anchor(CHEATS.addr(0x1000 + i), EVENT, 0, gtins, uris);
            _anchor(CHEATS.addr(0x1000 + i), CORRECTION, EVENT, gtins, uris);
            expected[i / 16] |= uint256(org) << i % 16 * 16;
        }
        require(provenance.othersOf(item, 0) == expected[0] && provenance.othersOf(item, 1) == expected[1], "in order");
        require(provenance.othersOf(item, 2) == 0, "the end");
    }

    /// @dev Whoever anchors in whatever order, with approvals given and taken: each stream has what its owner's standing
    /// rule says, and no other has a leaf more.
    function testNobodyWritesIntoAnothersStream(uint256 seed) public {
        (uint16[4] memory orgs, address[4] memory accounts) = _crowd();
        _claim(GTIN);
        bool second = seed % 2 == 1;
        if (second) _claims(accounts[1], _skuWith(accounts[1], "own", GTIN));
        uint256[4] memory counts;
        bool[2] memory approved;
        (uint64[] memory gtins, bytes32[] memory uris) = _items(GTIN, 1);
        for (uint256 i = 0; i < 12; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 brandIndex = seed >> 8 & 1;
            if (seed >> 16 & 1 == 1) {
                approved[brandIndex] = !approved[brandIndex];
                consortium.approveOperator(orgs[brandIndex], supplier, approved[brandIndex]);
            }
            uint256 actor = seed & 3;
            ++counts[_ownerOf(actor, approved, second)];
            _anchor(accounts[actor], bytes32(i + 1), 0, gtins, uris);
            for (uint256 org = 0; org < 4; ++org) {
                uint64 count = uint64(provenance.streamWord(_stream(orgs[org], GTIN, uris[0])));
                require(count == counts[org], "each in its own, or where it has standing");
            }
        }
    }

    /// @dev Two brands, of which the second may claim; the supplier, whom either may approve; an inspector.
    function _crowd() private returns (uint16[4] memory orgs, address[4] memory accounts) {
        (orgs[1], accounts[1]) = _rival(0xf1);
        orgs[3] = consortium.registerOrganisation(OrganisationKind.INSPECTOR, _nextGln(), 0);
        _account(0xe1, orgs[3], Role.CAPTURE_EVENTS);
        _capturer(supplierAccount);
        (orgs[0], orgs[2]) = (brand, supplier);
        (accounts[0], accounts[2], accounts[3]) = (brandAccount, supplierAccount, CHEATS.addr(0xe1));
    }

    /// @dev docs/formats.md, by hand: whose stream it is when `actor` of the crowd anchors.
    function _ownerOf(uint256 actor, bool[2] memory approved, bool second) private pure returns (uint256) {
        if (actor == 2) return approved[0] ? 0 : second && approved[1] ? 1 : 2;
        return actor == 3 ? 0 : actor;
    }

    function testCorrectionJoinsTheSameStreams() public {
        _claim(GTIN);
        (uint64[] memory gtins, bytes32[] memory uris) = _items(GTIN, 2);
        _anchor(brandAccount, EVENT, 0, gtins, uris);
        _anchor(brandAccount, CORRECTION, EVENT, gtins, uris);
        for (uint256 i = 0; i < 2; ++i) {
            require(uint64(provenance.streamWord(_stream(brand, GTIN, uris[i]))) == 2, "both");
        }
        (gtins, uris) = _items(GTIN, 3);
        _refuse("again", EVENT, gtins, uris, IProvenance.ProvenanceItemsDiffer.selector);
    }

    function testAnchoredOnce() public {
        (uint64[] memory gtins, bytes32[] memory uris) = _items(0, 1);
        _anchor(brandAccount, EVENT, 0, gtins, uris);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IProvenance.ProvenanceAlreadyAnchored.selector, EVENT, block.number)
        );
        provenance.anchor(EVENT, 0, gtins, uris);
    }

    function testUnknownEventCannotBeCorrected() public {
        (uint64[] memory gtins, bytes32[] memory uris) = _items(0, 1);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IProvenance.ProvenanceUnknownEvent.selector, EVENT));
        provenance.anchor(CORRECTION, EVENT, gtins, uris);
    }

    function testAnotherOrganisationNeitherCorrectsNorTakesTheHash() public {
        (uint64[] memory gtins, bytes32[] memory uris) = _items(0, 1);
        (uint64[] memory three, bytes32[] memory threeUris) = _items(0, 3);
        _capturer(supplierAccount);
        _anchor(supplierAccount, EVENT, 0, three, threeUris);
        require(provenance.anchoredAt(brand, EVENT) == 0, "not the brand's");
        _anchor(brandAccount, EVENT, 0, gtins, uris);
        require(provenance.anchoredAt(brand, EVENT) == block.number, "the brand's own");
        _anchor(brandAccount, CORRECTION, EVENT, gtins, uris);
        _refuse("again", EVENT, three, threeUris, IProvenance.ProvenanceItemsDiffer.selector);
    }

    function testStorage() public {
        _claim(GTIN);
        (uint64[] memory gtins, bytes32[] memory uris) = _items(0, 1);
        _anchor(brandAccount, EVENT, 0, gtins, uris);
        bytes32 key = keccak256(abi.encode(brand, EVENT));
        bytes32 word = CHEATS.load(address(provenance), keccak256(abi.encode(key, uint256(0))));
        require(uint256(word) == block.number, "docs/formats.md, slot 0");
        word = CHEATS.load(address(provenance), keccak256(abi.encode(uint256(GTIN), uint256(2))));
        require(uint256(word) == brand, "docs/formats.md, slot 2");
        bytes32 words = keccak256(abi.encode(_item(0, uris[0]), uint256(3)));
        word = CHEATS.load(address(provenance), keccak256(abi.encode(uint256(0), words)));
        require(uint256(word) == brand, "docs/formats.md, slot 3");
    }

    function testItemsAreBoundedAndAscending() public {
        CHEATS.startPrank(brandAccount);
        (uint64[] memory gtins, bytes32[] memory uris) = _items(0, 0);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IProvenance.ProvenanceItemCount.selector, 0, MoneyLimits.MAX_ITEMS)
        );
        provenance.anchor(EVENT, 0, gtins, uris);
        (gtins, uris) = _items(0, 501);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IProvenance.ProvenanceItemCount.selector, 501, MoneyLimits.MAX_ITEMS)
        );
        provenance.anchor(EVENT, 0, gtins, uris);
        CHEATS.expectRevert(abi.encodeWithSelector(IProvenance.ProvenanceArrayLengths.selector, 501, 3));
        (, bytes32[] memory three) = _items(0, 3);
        provenance.anchor(EVENT, 0, gtins, three);
        (gtins, uris) = _items(0, 3);
        uris[2] = uris[1];
        _refuseOrder(gtins, uris, 2);
        (gtins, uris) = _items(0, 3);
        gtins[0] = 1;
        _refuseOrder(gtins, uris, 1);
        CHEATS.expectRevert(abi.encodeWithSelector(IProvenance.ProvenanceEmptyHash.selector));
        provenance.anchor(0, 0, gtins, uris);
        require(provenance.anchoredAt(brand, EVENT) == 0, "nothing was written");
    }

    function testMostItemsFitIntoATransaction() public {
        _claim(GTIN);
        (uint64[] memory gtins, bytes32[] memory uris) = _items(GTIN, MoneyLimits.MAX_ITEMS);
        require(_gasOf(gtins, uris) < 15_000_000, "below the cap of one transaction");
    }

    function testMostItemsOfOthersFitIntoATransaction() public {
        (uint64[] memory gtins, bytes32[] memory uris) = _items(0, MoneyLimits.MAX_ITEMS_OF_OTHERS);
        require(_gasOf(gtins, uris) < 15_500_000, "below the cap of one transaction");
        (gtins, uris) = _items(0, MoneyLimits.MAX_ITEMS_OF_OTHERS + 1);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(
            abi.encodeWithSelector(
                IProvenance.ProvenanceTooManyOfOthers.selector,
                MoneyLimits.MAX_ITEMS_OF_OTHERS,
                MoneyLimits.MAX_ITEMS_OF_OTHERS
            )
        );
        provenance.anchor(CORRECTION, 0, gtins, uris);
    }

    function testRoleAndMembership() public {
        (uint64[] memory gtins, bytes32[] memory uris) = _items(0, 1);
        CHEATS.prank(clerk);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IConsortium.ConsortiumMissingRole.selector, clerk, Role.CAPTURE_EVENTS)
        );
        provenance.anchor(EVENT, 0, gtins, uris);
        CHEATS.prank(outsider);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumUnknownMember.selector, outsider));
        provenance.anchor(EVENT, 0, gtins, uris);
    }

    function _expectedWord(bytes32 stream, address poster, uint256 standing) private view returns (uint256) {
        bytes24 head = bytes24(keccak256(abi.encode(Streams.DOMAIN, block.chainid, address(provenance), stream)));
        bytes32 leaf = keccak256(
            abi.encode(
                Streams.LEAF_TYPE,
                stream,
                uint256(0),
                uint256(1),
                block.number,
                block.timestamp,
                poster,
                keccak256(abi.encode(EVENT, bytes32(0), standing))
            )
        );
        return uint256(bytes32(bytes24(keccak256(abi.encode(head, leaf))))) | 1;
    }

    function _standing(uint16 org, uint8 kind, uint16 owner, uint8 why) private pure returns (uint256) {
        return uint256(org) + uint256(kind) * 65536 + uint256(owner) * 2 ** 24 + uint256(why) * 2 ** 40;
    }

    function _gasOf(uint64[] memory gtins, bytes32[] memory uris) private returns (uint256) {
        CHEATS.prank(brandAccount);
        uint256 before = gasleft();
        provenance.anchor(EVENT, 0, gtins, uris);
        return before - gasleft();
    }

    function _refuseOrder(uint64[] memory gtins, bytes32[] memory uris, uint256 index) private {
        CHEATS.expectRevert(
            abi.encodeWithSelector(
                IProvenance.ProvenanceItemsNotAscending.selector, index, gtins[index], uris[index]
            )
        );
        provenance.anchor(EVENT, 0, gtins, uris);
    }

    function _refuse(
        bytes32 eventHash,
        bytes32 corrects,
        uint64[] memory gtins,
        bytes32[] memory uris,
        bytes4 selector
    ) private {
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(selector, eventHash, corrects));
        provenance.anchor(eventHash, corrects, gtins, uris);
    }
}
