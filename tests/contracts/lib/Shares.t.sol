// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Shares} from "../../../contracts/settlement/Shares.sol";

/// @notice The arithmetic of a settlement, on any numbers.
contract SharesTest {
    function testFuzzSharesAddUpToThePot(uint128 lossFen, uint16 ratio) public pure {
        uint256 brandBps = ratio % 10_001;
        (uint256 brandFen, uint256 supplierFen) = Shares.split(lossFen, brandBps);
        require(brandFen + supplierFen == lossFen, "shares = pot");
        uint256 exact = uint256(lossFen) * brandBps;
        require(brandFen * 10_000 + 5_000 >= exact && brandFen * 10_000 <= exact + 5_000, "within half a fen");
    }

    function testFuzzOverstock(uint24 received, uint24 forecast, uint24 sold, uint24 returned) public pure {
        uint256 u = Shares.overstock(received, forecast, sold, returned);
        uint256 covered = received < forecast ? received : forecast;
        require(u <= covered, "no more than the forecast brought in");
        require(returned < sold || u == covered, "returns beyond the sales do not count");
        require(returned > sold || u + (sold - returned) == covered || u == 0, "the plain formula otherwise");
        require(sold < uint256(forecast) + returned || u == 0, "none when the forecast sold");
    }
}
