// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IDirectory} from "../../../contracts/interfaces/IDirectory.sol";
import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {IReturns} from "../../../contracts/interfaces/IReturns.sol";
import {OrganisationKind, Role, RuleFamily, Status} from "../../../contracts/lib/Constants.sol";
import {ReturnsTest} from "./ReturnsTest.sol";

contract ReturnsUnitTest is ReturnsTest {
    uint16 private warehouse;
    uint16 private foreign;
    address private stranger = CHEATS.addr(0xd1);

    function setUp() public override {
        super.setUp();
        warehouse = consortium.registerOrganisation(OrganisationKind.WAREHOUSE, _nextGln(), 0);
        foreign = consortium.registerPlace(warehouse, _nextGln());
        _account(0xd1, warehouse, Role.POST_MOVEMENTS);
    }

    function testGradedUnitsAreOpenUntilTheyAreCarriedOut() public {
        _return(sku, 10);
        _grade(A, 6);
        _grade(D, 4);
        require(returns_.openOf(sku, 0, place) == uint256(6) | uint256(4) << 192, "open by grade");
        _post(sku, RESTOCK, place, place, 6);
        _close(A, 6);
        require(_openUnits(A) == 0 && _openUnits(D) == 4, "only what was carried out is closed");
        require(returns_.gradedOf(sku) == uint256(6) | uint256(4) << 192, "counters never shrink");
    }

    function testCountersAreTheInputsOfASettlement() public {
        _return(sku, 100);
        _grade(A, 40);
        _grade(B, 30);
        _grade(C, 20);
        _grade(D, 10);
        (uint64 resaleable, uint64 discounted, uint64 borne, uint64 scrapped) = returns_.settlementInputs(sku);
        require(resaleable == 40 && discounted == 30 && borne == 20 && scrapped == 10, "by grade");
    }

    function testWhatIsNotHeldCannotBeGraded() public {
        _return(sku, 5);
        _grade(A, 3);
        bytes memory reason =
            abi.encodeWithSelector(IReturns.ReturnsNotHeld.selector, 0, sku, uint16(0), place, 5, 6);
        _refuse(brandAccount, _one(_entry(B, 3)), reason);
        _grade(B, 2);
        require(_sum(returns_.openOf(sku, 0, place)) == 5, "all that is held");
    }

    function testHeldGoodsThatNeverCameBackAreNoReturns() public {
        _receive(sku, 9);
        _post(sku, 12, place, place, 9);
        bytes memory reason = abi.encodeWithSelector(IReturns.ReturnsNotReturned.selector, 0, sku, 0, 1);
        _refuse(brandAccount, _one(_entry(A, 1)), reason);
    }

    /// Without the bound, grading and closing in turn would raise a settlement's inputs without end.
    function testGradingAgainAndAgainDoesNotRaiseTheCounters() public {
        _return(sku, 5);
        _grade(C, 5);
        _close(C, 5);
        bytes memory reason = abi.encodeWithSelector(IReturns.ReturnsNotReturned.selector, 0, sku, 5, 10);
        _refuse(brandAccount, _one(_entry(C, 5)), reason);
    }

    function testOnlyWhatIsOpenIsClosed() public {
        _return(sku, 5);
        _grade(A, 2);
        IReturns.GradeEntry[] memory entries = _one(_entry(A, 3));
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IReturns.ReturnsNotOpen.selector, 0, sku, uint16(0), place, A, 2));
        returns_.close(entries, 0);
        entries[0] = _entry(B, 1);
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IReturns.ReturnsNotOpen.selector, 0, sku, uint16(0), place, B, 0));
        returns_.close(entries, 0);
    }

    function testEachGradeHasItsOwnDisposition(uint8 letter, uint8 disposition) public {
        _return(sku, 1);
        IReturns.GradeEntry memory entry = _entry(letter, 1);
        entry.disposition = disposition;
        if (letter < A || letter > D) {
            _refuseBoth(entry, abi.encodeWithSelector(IReturns.ReturnsUnknownGrade.selector, 0, letter));
        } else if (disposition != letter) {
            _refuseBoth(entry, abi.encodeWithSelector(IReturns.ReturnsWrongDisposition.selector, 0, letter, disposition));
        } else {
            _grade(letter, 1);
            require(_openUnits(letter) == 1, "its own");
        }
    }

    function testNothingIsNoQuantity() public {
        _refuseBoth(_entry(A, 0), abi.encodeWithSelector(IReturns.ReturnsZeroQuantity.selector, 0));
    }

    function testPlacesMustBeKnownActiveAndOneSOwn() public {
        IReturns.GradeEntry memory entry = _entry(A, 1);
        entry.place = 60_000;
        _refuseBoth(entry, abi.encodeWithSelector(IReturns.ReturnsUnknownPlace.selector, 0, entry.place));
        entry.place = foreign;
        _refuseBoth(entry, abi.encodeWithSelector(IReturns.ReturnsPlaceNotOperated.selector, 0, foreign, brand));
        consortium.setPlace(place, brand, Status.SUSPENDED);
        _refuseBoth(_entry(A, 1), abi.encodeWithSelector(IReturns.ReturnsPlaceSuspended.selector, 0, place));
    }

    function testTheBrandMustApprove() public {
        IReturns.GradeEntry memory entry = _entry(A, 1);
        entry.place = foreign;
        bytes memory reason = abi.encodeWithSelector(IReturns.ReturnsBrandNotApproved.selector, 0, brand, warehouse);
        _refuse(stranger, _one(entry), reason);
        consortium.approveOperator(brand, warehouse, true);
        reason = abi.encodeWithSelector(IReturns.ReturnsNotHeld.selector, 0, sku, uint16(0), foreign, 0, 1);
        _refuse(stranger, _one(entry), reason);
    }

    function testUnknownSkusAndOrder() public {
        IReturns.GradeEntry memory entry = _entry(A, 1);
        entry.sku = sku + 1;
        _refuseBoth(entry, abi.encodeWithSelector(IReturns.ReturnsUnknownSku.selector, 0, sku + 1));
        entry.sku = 0;
        _refuseBoth(entry, abi.encodeWithSelector(IReturns.ReturnsUnsorted.selector, 0, uint32(0), uint32(0)));
        _return(sku, 2);
        IReturns.GradeEntry[] memory entries = new IReturns.GradeEntry[](2);
        (entries[0], entries[1]) = (_entry(A, 1), _entry(A, 1));
        entries[1].sku = sku - 1;
        _refuse(brandAccount, entries, abi.encodeWithSelector(IReturns.ReturnsUnsorted.selector, 1, sku - 1, sku));
    }

    function testRolesAndPauses() public {
        bytes memory reason =
            abi.encodeWithSelector(IConsortium.ConsortiumMissingRole.selector, clerk, Role.POST_MOVEMENTS);
        _refuse(clerk, _one(_entry(A, 1)), reason);
        consortium.pause(RuleFamily.STOCK);
        reason = abi.encodeWithSelector(IConsortium.ConsortiumFamilyPaused.selector, RuleFamily.STOCK);
        _refuseBoth(_entry(A, 1), reason);
    }

    function testTheNumberOfEntriesIsBounded() public {
        uint256[3] memory sizes = [uint256(0), 257, 1000];
        for (uint256 i = 0; i < 3; ++i) {
            bytes memory reason = abi.encodeWithSelector(IReturns.ReturnsEntryCount.selector, sizes[i], 256);
            _refuse(brandAccount, new IReturns.GradeEntry[](sizes[i]), reason);
        }
    }

    function testAllOrNothing() public {
        _return(sku, 3);
        IReturns.GradeEntry[] memory entries = new IReturns.GradeEntry[](3);
        for (uint256 i = 0; i < 3; ++i) {
            entries[i] = _entry(A, 1);
        }
        entries[2].quantity = 2;
        bytes memory reason =
            abi.encodeWithSelector(IReturns.ReturnsNotHeld.selector, 2, sku, uint16(0), place, 3, 4);
        _refuse(brandAccount, entries, reason);
        require(returns_.openOf(sku, 0, place) == 0 && returns_.streamWord(_returnStream(sku)) == 0, "nothing stays");
    }

    function testOneLeafForAllEntriesOfASku() public {
        _return(sku, 7);
        IReturns.GradeEntry[] memory entries = new IReturns.GradeEntry[](2);
        (entries[0], entries[1]) = (_entry(B, 3), _entry(C, 4));
        bytes memory head = abi.encodePacked(uint8(1), brand, bytes32("inspection"));
        bytes memory payload = abi.encodePacked(head, _packed(entries[0]), _packed(entries[1]));
        CHEATS.expectEmit(true, true, true, true);
        emit IReturns.Graded(sku, brandAccount, brand, payload);
        CHEATS.prank(brandAccount);
        returns_.grade(entries, "inspection");
        uint256 word = _afterLeaf(0, sku, 2, payload);
        require(returns_.streamWord(_returnStream(sku)) == word, "one leaf of two entries");

        payload = abi.encodePacked(uint8(2), brand, bytes32("movement"), _packed(entries[0]));
        CHEATS.expectEmit(true, true, true, true);
        emit IReturns.Closed(sku, brandAccount, brand, payload);
        _close(B, 3);
        require(returns_.streamWord(_returnStream(sku)) == _afterLeaf(word, sku, 1, payload), "closing is a leaf too");
    }

    function testLotsAndPlacesHaveTheirOwnGoods() public {
        uint16 lot = _registerLots(sku, 1);
        bytes memory record = _record(RETURN, 0, place, 4);
        CHEATS.prank(brandAccount);
        stock.post(9, 0, 0, _lotGroup(sku, lot, record));
        bytes memory reason =
            abi.encodeWithSelector(IReturns.ReturnsNotHeld.selector, 0, sku, uint16(0), place, 0, 1);
        _refuse(brandAccount, _one(_entry(A, 1)), reason);
        IReturns.GradeEntry memory entry = _entry(A, 4);
        entry.lot = lot;
        CHEATS.prank(brandAccount);
        returns_.grade(_one(entry), 0);
        require(returns_.openOf(sku, lot, place) == 4 && returns_.openOf(sku, 0, place) == 0, "the lot's own");
    }

    /// Balances of two StockLedgers are never mixed: the next one is read by the next Returns.
    function testAnotherStockLedgerIsNotRead() public {
        _return(sku, 3);
        _grade(A, 1);
        _list("StockLedger", 3, address(hub), 0);
        bytes memory reason =
            abi.encodeWithSelector(IDirectory.DirectoryOtherVersion.selector, bytes32("StockLedger"), uint64(2), uint64(3));
        _refuse(brandAccount, _one(_entry(A, 1)), reason);
    }

    function testAReplacedOneGradesNothingAndClosesWhatItGraded() public {
        _return(sku, 3);
        _grade(A, 1);
        _list("Returns", 2, address(hub), 0);
        _refuse(brandAccount, _one(_entry(A, 1)), _replaced("Returns", 2));
        _close(A, 1);
        require(_openUnits(A) == 0, "carried out");
    }

    function testAFrozenStockLedgerIsNotRead() public {
        _return(sku, 3);
        directory.freeze("StockLedger", 2);
        bytes memory reason =
            abi.encodeWithSelector(IDirectory.DirectoryNoneActive.selector, bytes32("StockLedger"));
        _refuse(brandAccount, _one(_entry(A, 1)), reason);
    }

    /// @dev A unit at a time, a list of a million entries: none of whom else has goods there finds its own any more.
    function testADaysEntriesAboutASkuAreBounded() public {
        _return(sku, 2000);
        IReturns.GradeEntry[] memory entries = new IReturns.GradeEntry[](256);
        for (uint256 i = 0; i < 256; ++i) {
            entries[i] = _entry(A, 1);
        }
        for (uint256 i = 0; i < 2; ++i) {
            CHEATS.prank(brandAccount);
            returns_.grade(entries, 0);
            CHEATS.prank(brandAccount);
            returns_.close(entries, 0);
        }
        bytes memory reason =
            abi.encodeWithSelector(IReturns.ReturnsTooManyToday.selector, 0, sku, brand, 1024, 1024);
        _refuse(brandAccount, _one(_entry(A, 1)), reason);
        bytes32 key = keccak256(abi.encode(uint256(sku) << 16 | brand, uint256(3)));
        uint256 word = uint256(CHEATS.load(address(returns_), key));
        require(word == (block.timestamp / 1 days << 64 | 1024), "docs/formats.md");
        CHEATS.warp((block.timestamp / 1 days + 1) * 1 days);
        _grade(A, 1);
        require(_openUnits(A) == 1, "the next day has its own");
    }

    /// @dev Who fills its own day leaves another's alone.
    function testNobodyUsesUpAnothersEntries() public {
        _return(sku, 2000);
        IReturns.GradeEntry[] memory entries = new IReturns.GradeEntry[](256);
        for (uint256 i = 0; i < 256; ++i) {
            entries[i] = _entry(A, 1);
        }
        for (uint256 i = 0; i < 4; ++i) {
            CHEATS.prank(brandAccount);
            returns_.grade(entries, 0);
        }
        consortium.approveOperator(brand, warehouse, true);
        consortium.setPlace(place, warehouse, Status.ACTIVE);
        CHEATS.prank(stranger);
        returns_.grade(_one(_entry(B, 900)), 0);
        require(_openUnits(B) == 900, "graded in one entry");
    }

    /// 256 entries of one SKU fit a transaction many times over.
    function testGasOfAFullCall() public {
        _return(sku, 256);
        IReturns.GradeEntry[] memory entries = new IReturns.GradeEntry[](256);
        for (uint256 i = 0; i < 256; ++i) {
            entries[i] = _entry(uint8(i % 4 + 1), 1);
        }
        CHEATS.prank(brandAccount);
        uint256 before = gasleft();
        returns_.grade(entries, 0);
        require(before - gasleft() < 8_000_000, "half of a transaction's limit");
    }
}
