// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Shares} from "../../../contracts/settlement/Shares.sol";
import {VectorsTest} from "../VectorsTest.sol";

/// @notice The arithmetic of a settlement gives what was worked out by hand.
contract SharesVectorsTest is VectorsTest {
    function setUp() public {
        _load("settlement");
    }

    function testOverstock() public {
        for (uint256 i = 0; _goTo("overstock", i); ++i) {
            uint256 found =
                Shares.overstock(_number("received"), _number("forecast"), _number("sold"), _number("returned"));
            require(found == _number("result"), _why());
        }
    }

    function testSplit() public {
        for (uint256 i = 0; _goTo("split", i); ++i) {
            (uint256 brandFen, uint256 supplierFen) = Shares.split(_number("loss_fen"), _number("brand_bps"));
            require(brandFen == _number("brand_fen") && supplierFen == _number("supplier_fen"), _why());
        }
    }
}
