// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {IProvenance} from "../../../contracts/interfaces/IProvenance.sol";
import {MoneyLimits, Role} from "../../../contracts/lib/Constants.sol";
import {Streams} from "../../../contracts/lib/Streams.sol";
import {MoneyTest} from "./MoneyTest.sol";

/// @notice Anchors: once, under each item, corrected by declaration only.
contract ProvenanceTest is MoneyTest {
    bytes32 internal constant EVENT = "event";
    bytes32 internal constant CORRECTION = "correction";

    function testEveryItemHasTheEventInItsStream() public {
        bytes32[] memory items = _items(3);
        CHEATS.expectEmit(true, true, true, true);
        emit IProvenance.EventAnchored(EVENT, 0, brandAccount, items);
        _anchor(EVENT, 0, items);
        require(provenance.anchoredAt(brand, EVENT) == block.number, "anchored");
        for (uint256 i = 0; i < items.length; ++i) {
            require(provenance.streamWord(items[i]) == _expectedWord(items[i]), "head and count");
        }
    }

    function testCorrectionJoinsTheSameStreams() public {
        bytes32[] memory items = _items(2);
        _anchor(EVENT, 0, items);
        _anchor(CORRECTION, EVENT, items);
        require(uint64(provenance.streamWord(items[0])) == 2 && uint64(provenance.streamWord(items[1])) == 2, "both");
        _refuse("again", EVENT, _items(3), IProvenance.ProvenanceItemsDiffer.selector, "again", EVENT);
    }

    function testAnchoredOnce() public {
        _anchor(EVENT, 0, _items(1));
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IProvenance.ProvenanceAlreadyAnchored.selector, EVENT, block.number)
        );
        provenance.anchor(EVENT, 0, _items(2));
    }

    function testUnknownEventCannotBeCorrected() public {
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IProvenance.ProvenanceUnknownEvent.selector, EVENT));
        provenance.anchor(CORRECTION, EVENT, _items(1));
    }

    function testOnlyItsOwnOrganisationCorrects() public {
        _anchor(EVENT, 0, _items(1));
        consortium.setAccount(supplierAccount, 1, Role.CAPTURE_EVENTS);
        CHEATS.prank(supplierAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IProvenance.ProvenanceUnknownEvent.selector, EVENT));
        provenance.anchor(CORRECTION, EVENT, _items(1));
    }

    function testAnotherOrganisationCannotTakeTheHash() public {
        consortium.setAccount(supplierAccount, 1, Role.CAPTURE_EVENTS);
        CHEATS.prank(supplierAccount);
        provenance.anchor(EVENT, 0, _items(3));
        require(provenance.anchoredAt(brand, EVENT) == 0, "not the brand's");
        _anchor(EVENT, 0, _items(1));
        require(provenance.anchoredAt(brand, EVENT) == block.number, "the brand's own");
        _anchor(CORRECTION, EVENT, _items(1));
        _refuse("again", EVENT, _items(3), IProvenance.ProvenanceItemsDiffer.selector, "again", EVENT);
    }

    function testFirstSlot() public {
        _anchor(EVENT, 0, _items(1));
        bytes32 key = keccak256(abi.encode(brand, EVENT));
        bytes32 word = CHEATS.load(address(provenance), keccak256(abi.encode(key, uint256(0))));
        require(uint256(word) == block.number, "docs/formats.md");
    }

    function testItemsAreBoundedAndAscending() public {
        CHEATS.startPrank(brandAccount);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IProvenance.ProvenanceItemCount.selector, 0, MoneyLimits.MAX_ITEMS)
        );
        provenance.anchor(EVENT, 0, _items(0));
        CHEATS.expectRevert(
            abi.encodeWithSelector(IProvenance.ProvenanceItemCount.selector, 501, MoneyLimits.MAX_ITEMS)
        );
        provenance.anchor(EVENT, 0, _items(501));
        bytes32[] memory items = _items(3);
        items[2] = items[1];
        CHEATS.expectRevert(
            abi.encodeWithSelector(IProvenance.ProvenanceItemsNotAscending.selector, 2, items[2])
        );
        provenance.anchor(EVENT, 0, items);
        CHEATS.expectRevert(abi.encodeWithSelector(IProvenance.ProvenanceEmptyHash.selector));
        provenance.anchor(0, 0, _items(1));
        require(provenance.anchoredAt(brand, EVENT) == 0 && provenance.streamWord(items[0]) == 0, "nothing was written");
    }

    function testMostItemsFitIntoATransaction() public {
        bytes32[] memory items = _items(MoneyLimits.MAX_ITEMS);
        uint256 before = gasleft();
        _anchor(EVENT, 0, items);
        require(before - gasleft() < 15_000_000, "below the cap of one transaction");
    }

    function testRoleAndMembership() public {
        CHEATS.prank(clerk);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IConsortium.ConsortiumMissingRole.selector, clerk, Role.CAPTURE_EVENTS)
        );
        provenance.anchor(EVENT, 0, _items(1));
        CHEATS.prank(outsider);
        CHEATS.expectRevert(abi.encodeWithSelector(IConsortium.ConsortiumUnknownMember.selector, outsider));
        provenance.anchor(EVENT, 0, _items(1));
    }

    function _expectedWord(bytes32 item) private view returns (uint256) {
        bytes24 head = bytes24(keccak256(abi.encode(Streams.DOMAIN, block.chainid, address(provenance), item)));
        bytes32 leaf = keccak256(
            abi.encode(
                Streams.LEAF_TYPE,
                item,
                uint256(0),
                uint256(1),
                block.number,
                block.timestamp,
                brandAccount,
                keccak256(abi.encode(EVENT, bytes32(0)))
            )
        );
        return uint256(bytes32(bytes24(keccak256(abi.encode(head, leaf))))) | 1;
    }

    function _items(uint256 count) private pure returns (bytes32[] memory items) {
        items = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            items[i] = bytes32(i + 1);
        }
    }

    function _anchor(bytes32 eventHash, bytes32 corrects, bytes32[] memory items) private {
        CHEATS.prank(brandAccount);
        provenance.anchor(eventHash, corrects, items);
    }

    function _refuse(
        bytes32 eventHash,
        bytes32 corrects,
        bytes32[] memory items,
        bytes4 selector,
        bytes32 first,
        bytes32 second
    ) private {
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(selector, first, second));
        provenance.anchor(eventHash, corrects, items);
    }
}
