// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Deviations} from "../../../contracts/accuracy/Deviations.sol";
import {ContractTest} from "../ContractTest.sol";

/// @notice The arithmetic of a comparison, on any numbers.
contract DeviationsTest is ContractTest {
    function testFuzzDeviationIsTheLeastThatCovers(uint64 difference, uint64 ledger) public pure {
        uint256 bps = Deviations.deviationBpsUp(difference, ledger);
        uint256 whole = uint256(difference) * 10_000;
        uint256 base = ledger == 0 ? 1 : ledger;
        require(bps * base >= whole || bps == type(uint16).max, "not too little");
        require(bps == 0 || (bps - 1) * base < whole, "not too much");
    }

    function testFuzzAccuracyIsTheMostThatIsReached(uint32 matching, uint32 skus) public pure {
        CHEATS.assume(skus != 0 && matching <= skus);
        uint256 bps = Deviations.accuracyBpsDown(matching, skus);
        require(bps * skus <= uint256(matching) * 10_000, "not too much");
        require((bps + 1) * skus > uint256(matching) * 10_000, "not too little");
    }
}
