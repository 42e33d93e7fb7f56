// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {IStockHealth} from "../../../contracts/interfaces/IStockHealth.sol";
import {HealthLimits} from "../../../contracts/health/Constants.sol";
import {OrganisationKind, Role, RuleFamily, Status} from "../../../contracts/lib/Constants.sol";
import {HealthTest} from "./HealthTest.sol";

/// @notice Who may report, what is stale, and what freezes a brand's purchasing.
contract StockHealthTest is HealthTest {
    function testAReportIsKeptAndListed() public {
        uint32 periodTo = uint32(time);
        uint32 periodFrom = periodTo - 365 days;
        CHEATS.expectEmit(true, true, true, true);
        emit IStockHealth.CapitalReported(
            brand, brand, brandAccount, 1001, 3000, periodFrom, periodTo, AT_BLOCK, ROOT, 3337
        );
        _report(brandAccount, 1001, 3000);
        IStockHealth.Capital memory last = health.capitalOf(brand);
        require(last.stockValueFen == 1001 && last.revenueFen == 3000 && last.shareBps == 3337, "figures");
        require(last.periodFrom == periodFrom && last.periodTo == periodTo && last.atBlock == AT_BLOCK, "period");
        require(last.evidenceRoot == ROOT && last.organisation == brand && last.reportedAt == START, "reporter");
        require(last.ownPeriodTo == periodTo && last.auditorsAt == 0 && last.financeAt == 0, "of the brand's own side");
        bytes memory payload = abi.encode(brand, 1001, 3000, periodFrom, periodTo, AT_BLOCK, ROOT, 3337);
        require(health.streamWord(_stream(brand)) == _appended(0, _stream(brand), brandAccount, payload), "leaf");
        require(!health.purchasingFrozen(brand), "below the limit");
        require(health.capitalOf(otherBrand).reportedAt == 0 && health.streamWord(_stream(otherBrand)) == 0, "others");
    }

    function testAReplacedOneTakesNoReport() public {
        _report(brandAccount, 35, 100);
        _list("StockHealth", 3, address(consortium), 0);
        _later(1);
        _refused(brandAccount, 36, 100, _replaced("StockHealth", 3));
        require(health.capitalOf(brand).shareBps == 3500, "it answers");
    }

    function testLayoutOfTheWords() public {
        _report(auditorAccount, 4000, 5000);
        uint256 first = uint256(keccak256(abi.encode(brand, 0)));
        uint256 period = (START - 365 days) << 128 | START << 160;
        require(_word(first) == (4000 | 5000 << 64 | period | uint256(AT_BLOCK) << 192), "figures");
        require(_word(first + 1) == uint256(ROOT), "root");
        uint256 auditors = START << 208 | uint256(1) << 240;
        require(_word(first + 2) == (8000 | START << 96 | uint256(auditor) << 160 | auditors), "share, reporter, sides");
        require(_word(first + 3) == START << 32, "when the auditors reported");
        _later(1);
        _report(brandAccount, 4000, 5000);
        uint256 own = (START + 1) << 176;
        require(_word(first + 2) == (8000 | time << 96 | uint256(brand) << 160 | own | auditors), "and the brand's own");
        require(_word(first + 3) == START << 32, "which stays");
        _later(1);
        _report(financeAccount, 4000, 5000);
        uint256 sides = own | auditors | uint256(1) << 248;
        require(_word(first + 2) == (8000 | time << 96 | uint256(finance) << 160 | sides), "and the finance side");
        require(_word(first + 3) == ((START + 2) | START << 32 | (START + 2) << 96), "its period, and both times");
        bytes32 key = keccak256(abi.encode(uint256(brand) << 16 | finance, uint256(1)));
        require(uint256(CHEATS.load(address(health), key)) == START + 2, "an organisation's own last period");
    }

    function testTheLimitItselfDoesNotFreeze() public {
        _report(brandAccount, 35, 100);
        require(health.capitalOf(brand).shareBps == 3500 && !health.purchasingFrozen(brand), "35 %");
        _later(1 days);
        _report(brandAccount, 35_000_001, 100_000_000);
        require(health.capitalOf(brand).shareBps == 3501 && health.purchasingFrozen(brand), "rounded up");
        require(!health.purchasingFrozen(otherBrand), "no report, not frozen");
    }

    function testNoRevenueWithStockFreezes() public {
        _report(brandAccount, 0, 0);
        require(health.capitalOf(brand).shareBps == 0 && !health.purchasingFrozen(brand), "no stock");
        _later(1 days);
        _report(brandAccount, 1, 0);
        require(health.capitalOf(brand).shareBps == type(uint96).max && health.purchasingFrozen(brand), "frozen");
    }

    function testOthersCannotReport() public {
        _refused(supplierAccount, 1, 2, _error2(IStockHealth.HealthNotEntitled.selector, brand, supplier));
        _refused(otherBrandAccount, 1, 2, _error2(IStockHealth.HealthNotEntitled.selector, brand, otherBrand));
        _refused(
            clerk, 1, 2, abi.encodeWithSelector(IConsortium.ConsortiumMissingRole.selector, clerk, Role.REPORT)
        );
        _refused(
            address(this), 1, 2, abi.encodeWithSelector(IConsortium.ConsortiumUnknownMember.selector, address(this))
        );
    }

    function testASuspendedAuditorCannotReport() public {
        consortium.setOrganisationStatus(auditor, Status.SUSPENDED);
        _refused(
            auditorAccount,
            1,
            2,
            abi.encodeWithSelector(IConsortium.ConsortiumOrganisationSuspended.selector, auditor)
        );
    }

    function testOnlyBrandsAreReportedOn() public {
        CHEATS.prank(auditorAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IStockHealth.HealthNotBrand.selector, supplier));
        health.report(supplier, 1, 2, 1, 2, AT_BLOCK, ROOT);
        consortium.setOrganisationStatus(otherBrand, Status.SUSPENDED);
        CHEATS.prank(auditorAccount);
        CHEATS.expectRevert(abi.encodeWithSelector(IStockHealth.HealthNotBrand.selector, otherBrand));
        health.report(otherBrand, 1, 2, 1, 2, AT_BLOCK, ROOT);
    }

    function testPausedWithReports() public {
        consortium.pause(RuleFamily.REPORTS);
        _refused(
            brandAccount,
            1,
            2,
            abi.encodeWithSelector(IConsortium.ConsortiumFamilyPaused.selector, RuleFamily.REPORTS)
        );
    }

    function testPeriodsThatCannotBe() public {
        uint32 now_ = uint32(time);
        _refusedPeriod(
            now_, now_, AT_BLOCK, abi.encodeWithSelector(IStockHealth.HealthEmptyPeriod.selector, brand, now_, now_)
        );
        _refusedPeriod(
            now_,
            now_ + 1,
            AT_BLOCK,
            abi.encodeWithSelector(IStockHealth.HealthPeriodNotOver.selector, brand, now_ + 1, now_)
        );
        _refusedPeriod(
            now_ - 365 days,
            now_,
            uint64(height),
            abi.encodeWithSelector(IStockHealth.HealthBlockAhead.selector, brand, height, height)
        );
    }

    function testAReportIsOnAYear() public {
        uint32 now_ = uint32(time);
        bytes4 notAYear = IStockHealth.HealthNotAYear.selector;
        uint32[4] memory lengths = [uint32(360 days) - 1, 370 days + 1, 30 days, 5 * 365 days];
        for (uint256 i = 0; i < lengths.length; ++i) {
            uint32 from = now_ - lengths[i];
            _refusedPeriod(from, now_, AT_BLOCK, abi.encodeWithSelector(notAYear, brand, from, now_));
        }
        CHEATS.prank(brandAccount);
        health.report(brand, 1, 2, now_ - 361 days, now_ - 1 days, AT_BLOCK, ROOT);
        CHEATS.prank(brandAccount);
        health.report(brand, 1, 2, now_ - 370 days, now_, AT_BLOCK, ROOT);
    }

    function testAReportGetsStaleAndThenNothingIsBought() public {
        require(!health.isStale(brand) && !health.purchasingFrozen(brand), "nothing reported yet");
        _report(brandAccount, 10, 100);
        _later(100 days);
        require(!health.isStale(brand) && !health.purchasingFrozen(brand), "the last second");
        _later(1);
        require(health.isStale(brand) && health.purchasingFrozen(brand), "stale");
        require(!health.isStale(otherBrand) && !health.purchasingFrozen(otherBrand), "others");
        uint32 old = uint32(time) - 100 days - 1;
        bytes memory tooOld = abi.encodeWithSelector(IStockHealth.HealthTooOld.selector, brand, old, time);
        _refusedPeriod(old - 365 days, old, AT_BLOCK, tooOld);
        _report(brandAccount, 10, 100);
        require(!health.isStale(brand) && !health.purchasingFrozen(brand), "until the next report");
    }

    function testAPeriodMustEndAfterTheLastOfItsSide() public {
        _report(brandAccount, 1, 2);
        uint32 last = uint32(time);
        _later(10);
        bytes memory stale = abi.encodeWithSelector(IStockHealth.HealthStale.selector, brand, last, last);
        _refusedPeriod(last - 365 days, last, AT_BLOCK, stale);
        uint32 month = last - 20 days;
        CHEATS.prank(auditorAccount);
        health.report(brand, 50, 100, month - 365 days, month, AT_BLOCK, ROOT);
        require(health.purchasingFrozen(brand), "an auditor's year that ended before, and it decides");
        address other = _another(OrganisationKind.AUDITOR);
        CHEATS.prank(other);
        CHEATS.expectRevert(abi.encodeWithSelector(IStockHealth.HealthStale.selector, brand, month, month));
        health.report(brand, 1, 2, month - 365 days, month, AT_BLOCK, ROOT);
        CHEATS.prank(financeAccount);
        health.report(brand, 1, 20, month - 1 - 365 days, month - 1, AT_BLOCK, ROOT);
        require(health.capitalOf(brand).periodTo == month - 1, "the finance side goes forward by itself");
        CHEATS.prank(other);
        health.report(brand, 1, 20, month + 1 - 365 days, month + 1, AT_BLOCK, ROOT);
        require(health.purchasingFrozen(brand), "a second newer, of the same side: taken, and it waits for another");
        uint32 next = month + uint32(HealthLimits.REPORT_SPACING_SECONDS);
        CHEATS.prank(auditorAccount);
        health.report(brand, 1, 20, next - 365 days, next, AT_BLOCK, ROOT);
        require(!health.purchasingFrozen(brand), "who found it reports less: it lifts");
    }

    function testReportsOfOneOrganisationEndADayApart() public {
        _report(auditorAccount, 1, 100);
        uint256 earliest = time + 1 days;
        _later(1 days - 1);
        bytes4 tooSoon = IStockHealth.HealthTooSoon.selector;
        _refused(auditorAccount, 1, 100, abi.encodeWithSelector(tooSoon, brand, time, earliest));
        _report(brandAccount, 1, 100);
        _later(1);
        _report(auditorAccount, 1, 100);
        CHEATS.prank(auditorAccount);
        health.report(otherBrand, 1, 100, uint32(time - 365 days), uint32(time), AT_BLOCK, ROOT);
    }

    function testABrandCannotLiftWhatAnAuditorFound() public {
        _report(auditorAccount, 50, 100);
        for (uint256 i = 0; i < 2; ++i) {
            _later(HealthLimits.INDEPENDENT_SECONDS / 2);
            _report(brandAccount, i == 0 ? 35 : 0, 100);
            require(health.purchasingFrozen(brand), "on record, and it lifts nothing");
        }
        _later(1);
        require(!health.purchasingFrozen(brand), "after 90 days");
        require(health.capitalOf(brand).auditorsAbove, "which are over; what was found is still said");
    }

    function testAFindingThatIsTheNewestFreezesUntilTheNextReport() public {
        _report(financeAccount, 50, 100);
        _later(HealthLimits.INDEPENDENT_SECONDS + 1);
        require(health.purchasingFrozen(brand), "nobody reported since");
        _report(brandAccount, 35, 100);
        require(!health.purchasingFrozen(brand), "and now the brand may");
    }

    function testABrandMayReportWorseMeanwhile() public {
        _report(financeAccount, 50, 100);
        _later(1);
        _report(brandAccount, 36, 100);
        require(health.purchasingFrozen(brand) && health.capitalOf(brand).financeAt == START, "kept");
        _later(1 days);
        _report(financeAccount, 20, 100);
        require(!health.purchasingFrozen(brand), "the newest report of the side that found it");
        _later(1 days);
        _report(brandAccount, 36, 100);
        require(health.purchasingFrozen(brand), "its own figure");
        _later(1 days);
        _report(brandAccount, 35, 100);
        require(!health.purchasingFrozen(brand), "which it may lift itself");
    }

    function testFuzzShare(uint64 stockValueFen, uint64 revenueFen) public {
        _report(auditorAccount, stockValueFen, revenueFen);
        uint256 share = health.capitalOf(brand).shareBps;
        if (revenueFen == 0) {
            require(share == (stockValueFen == 0 ? 0 : type(uint96).max), "no revenue");
        } else {
            require(share * revenueFen >= uint256(stockValueFen) * 10_000, "not below");
            require(share == 0 || (share - 1) * revenueFen < uint256(stockValueFen) * 10_000, "up by less than one");
        }
        require(health.purchasingFrozen(brand) == (share > 3500), "frozen above 35 %");
    }

    function _word(uint256 slot) private view returns (uint256) {
        return uint256(CHEATS.load(address(health), bytes32(slot)));
    }

    function _refusedPeriod(uint32 from, uint32 to, uint64 atBlock, bytes memory reason) private {
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(reason);
        health.report(brand, 1, 2, from, to, atBlock, ROOT);
    }

    /// @dev The account of another organisation of this kind.
    function _another(uint8 kind) private returns (address account) {
        uint16 number = consortium.registerOrganisation(kind, 4_000_000_000_051, 0);
        _account(0xd7, number, Role.REPORT);
        return CHEATS.addr(0xd7);
    }

    function _error2(bytes4 selector, uint16 first, uint16 second) private pure returns (bytes memory) {
        return abi.encodeWithSelector(selector, first, second);
    }
}
