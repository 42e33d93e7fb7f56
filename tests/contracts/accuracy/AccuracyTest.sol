// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IAccuracy} from "../../../contracts/interfaces/IAccuracy.sol";
import {OrganisationKind, Role} from "../../../contracts/lib/Constants.sol";
import {MoneyTest} from "../money/MoneyTest.sol";

/// @notice A place of the brand, an auditor beside it, and records of round figures.
abstract contract AccuracyTest is MoneyTest {
    uint256 internal constant AUDITOR_KEY = 0xe1;
    uint64 internal constant LEDGER_UNITS = 10_000;

    IAccuracy internal accuracy;
    uint16 internal auditor;
    address internal auditorAccount = CHEATS.addr(AUDITOR_KEY);
    uint32 internal asOf;

    function setUp() public virtual override {
        super.setUp();
        accuracy = IAccuracy(_deployed("accuracy/Accuracy.sol:Accuracy"));
        _list("Accuracy", 2, address(accuracy), 0);
        auditor = consortium.registerOrganisation(OrganisationKind.AUDITOR, _nextGln(), 0);
        _account(AUDITOR_KEY, auditor, Role.REPORT);
        asOf = uint32(START - 10 days);
    }

    /// @dev A comparison of now whose deviation is `bps`.
    function _comparison(uint64 bps) internal view returns (IAccuracy.Comparison memory) {
        return IAccuracy.Comparison({
            place: place,
            asOf: asOf,
            atBlock: uint64(block.number - 1),
            skus: 200,
            skusMatching: bps == 0 ? 200 : 199,
            ledgerUnits: LEDGER_UNITS,
            snapshotUnits: LEDGER_UNITS + bps,
            differenceUnits: bps,
            snapshotRoot: "root"
        });
    }

    function _send(address sender, IAccuracy.Comparison memory c) internal {
        CHEATS.prank(sender);
        accuracy.record(
            c.place,
            c.asOf,
            c.atBlock,
            c.skus,
            c.skusMatching,
            c.ledgerUnits,
            c.snapshotUnits,
            c.differenceUnits,
            c.snapshotRoot
        );
    }

    /// @dev Records a deviation of `bps`, an hour after the one before.
    function _recordBps(address sender, uint64 bps) internal {
        asOf += 1 hours;
        _send(sender, _comparison(bps));
    }

    function _refuse(address sender, IAccuracy.Comparison memory c, bytes memory reason) internal {
        (uint256 word, uint256 head) = (accuracy.wordOf(place), accuracy.streamWord(_stream()));
        uint256 finding = accuracy.findingOf(place);
        CHEATS.expectRevert(reason);
        _send(sender, c);
        require(accuracy.wordOf(place) == word && accuracy.streamWord(_stream()) == head, "nothing was written");
        require(accuracy.findingOf(place) == finding, "nor the finding");
    }

    function _stream() internal view returns (bytes32) {
        return bytes32(uint256(place) | 1 << 248);
    }

    function _level() internal view returns (uint256) {
        return uint8(accuracy.wordOf(place) >> 64);
    }
}
