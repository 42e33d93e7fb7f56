// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IAccuracy} from "../../../contracts/interfaces/IAccuracy.sol";
import {AccuracyTest} from "./AccuracyTest.sol";

/// @notice What one record may not do: lift what more evidence raised, or fill the list.
contract AccuracyPowerTest is AccuracyTest {
    function testOneMatchingSkuLiftsNoFlag() public {
        asOf = uint32(START - 9000);
        _send(brandAccount, _comparison(1600));
        require(accuracy.flagged(place) && accuracy.recountBy(place) != 0, "200 SKUs differ by 16 %");
        asOf += 3600;
        _send(brandAccount, _one());
        require(accuracy.flagged(place), "one matching SKU lifts no flag");
        require(accuracy.recountBy(place) != 0, "and ends no recount");
    }

    function testOneMatchingSkuOfAnAuditorLiftsNoFlag() public {
        asOf = uint32(START - 9000);
        _send(brandAccount, _comparison(2600));
        asOf += 3600;
        _send(auditorAccount, _one());
        require(accuracy.flagged(place) && accuracy.recountBy(place) != 0, "an auditor counts as much as it lifts");
    }

    function testRecordsASecondApartAreRefused() public {
        _send(brandAccount, _comparison(0));
        uint256 before = accuracy.streamWord(_stream());
        asOf += 1;
        IAccuracy.Comparison memory c = _comparison(0);
        CHEATS.prank(brandAccount);
        (bool done,) = address(accuracy)
            .call(
                abi.encodeCall(
                    IAccuracy.record,
                    (
                        c.place,
                        c.asOf,
                        c.atBlock,
                        c.skus,
                        c.skusMatching,
                        c.ledgerUnits,
                        c.snapshotUnits,
                        c.differenceUnits,
                        c.snapshotRoot
                    )
                )
            );
        require(!done && accuracy.streamWord(_stream()) == before, "a flood of records a second apart");
    }

    /// @dev A comparison of now: one SKU, which matches.
    function _one() private view returns (IAccuracy.Comparison memory c) {
        c = _comparison(0);
        (c.skus, c.skusMatching, c.ledgerUnits, c.snapshotUnits) = (1, 1, 1, 1);
    }
}
