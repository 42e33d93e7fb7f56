// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {Grade, ReturnValues} from "../../../contracts/returns/Constants.sol";
import {VectorsTest} from "../VectorsTest.sol";

/// @notice What a grade keeps of the value of goods; no contract computes with it yet.
contract ReturnsVectorsTest is VectorsTest {
    function setUp() public {
        _load("returns");
    }

    function testKept() public {
        for (uint256 i = 0; _goTo("kept", i); ++i) {
            require(_kept(_number("grade")) == _number("result"), _why());
        }
    }

    function testValue() public {
        for (uint256 i = 0; _goTo("value", i); ++i) {
            uint256[] memory units = _numbers("units");
            uint256[3] memory shares;
            for (uint256 grade = Grade.A; grade <= Grade.D; ++grade) {
                uint256 value = units[grade - 1] * _number("unit_value_fen");
                uint256 kept = value * _kept(grade) / 10_000;
                shares[0] += kept;
                shares[grade == Grade.C ? 2 : 1] += value - kept;
            }
            require(shares[0] == _number("kept_fen"), _why());
            require(shares[1] == _number("pot_fen") && shares[2] == _number("supplier_fen"), _why());
        }
    }

    function _kept(uint256 grade) private pure returns (uint256) {
        if (grade == Grade.A) return ReturnValues.KEPT_A_BPS;
        if (grade == Grade.B) return ReturnValues.KEPT_B_BPS;
        return grade == Grade.C ? ReturnValues.KEPT_C_BPS : ReturnValues.KEPT_D_BPS;
    }
}
