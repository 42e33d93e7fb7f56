// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @dev The test runner's cheat codes that read vectors.
interface Reading {
    function readFile(string calldata path) external view returns (string memory data);
    function keyExistsJson(string calldata json, string calldata key) external view returns (bool);
    function parseJsonUint(string calldata json, string calldata key) external pure returns (uint256);
    function parseJsonUintArray(string calldata json, string calldata key) external pure returns (uint256[] memory);
    function parseJsonBool(string calldata json, string calldata key) external pure returns (bool);
    function parseJsonString(string calldata json, string calldata key) external pure returns (string memory);
    function toString(uint256 value) external pure returns (string memory);
}

/// @notice Cases worked out by hand that contract and formula are both held to: rules/<family>/vectors.json, which
/// tests/unit/rules/test_formula_vectors.py runs as well. A group has all of its cases run, and one at least.
abstract contract VectorsTest {
    Reading private constant READING = Reading(address(uint160(uint256(keccak256("hevm cheat code")))));

    string private _vectors;
    string private _case;

    function _load(string memory family) internal {
        _vectors = READING.readFile(string.concat("ledger_node/liveledger/rules/", family, "/vectors.json"));
    }

    /// @dev Goes to a case of a group; false behind the last one.
    function _goTo(string memory group, uint256 number) internal returns (bool there) {
        _case = string.concat(".", group, "[", READING.toString(number), "]");
        there = READING.keyExistsJson(_vectors, _case);
        require(there || number > 0, "no such group");
    }

    function _number(string memory name) internal view returns (uint256) {
        return READING.parseJsonUint(_vectors, string.concat(_case, ".", name));
    }

    function _numbers(string memory name) internal view returns (uint256[] memory) {
        return READING.parseJsonUintArray(_vectors, string.concat(_case, ".", name));
    }

    function _truth(string memory name) internal view returns (bool) {
        return READING.parseJsonBool(_vectors, string.concat(_case, ".", name));
    }

    /// @dev The sentence that says why, for a case that fails.
    function _why() internal view returns (string memory) {
        return READING.parseJsonString(_vectors, string.concat(_case, ".why"));
    }
}
