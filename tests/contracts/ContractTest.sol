// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @dev The test runner's cheat codes that these tests use.
interface Cheats {
    function addr(uint256 key) external pure returns (address);
    function sign(uint256 key, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function getCode(string calldata artifact) external view returns (bytes memory);
    function getDeployedCode(string calldata artifact) external view returns (bytes memory);
    function etch(address target, bytes calldata code) external;
    function store(address target, bytes32 slot, bytes32 value) external;
    function load(address target, bytes32 slot) external view returns (bytes32 value);
    function deal(address account, uint256 amount) external;
    function warp(uint256 time) external;
    function roll(uint256 number) external;
    function chainId(uint256 id) external;
    function prank(address sender) external;
    function startPrank(address sender) external;
    function stopPrank() external;
    function assume(bool condition) external pure;
    function expectRevert(bytes calldata data) external;
    function expectPartialRevert(bytes4 selector) external;
    function expectEmit(bool topic1, bool topic2, bool topic3, bool data) external;
}

/// @dev What every contract says of itself beside its interface.
interface IVersioned {
    function VERSION() external view returns (uint64);
}

/// @notice Puts the ledger's contracts on the test's chain, from their artifacts: optimised as they ship, whereas the
/// tests are not (hardhat.config.js). With `new` their code would be part of each test's, optimised as the test is and
/// compiled with every test anew.
abstract contract ContractTest {
    Cheats internal constant CHEATS = Cheats(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @param artifact File below contracts/ and contract, as in "stock/StockLedger.sol:StockLedger".
    function _deployed(string memory artifact) internal returns (address made) {
        bytes memory code = CHEATS.getCode(string.concat("contracts/", artifact));
        assembly ("memory-safe") {
            made := create(0, add(code, 0x20), mload(code))
        }
        require(made != address(0), artifact);
    }

    /// @dev As genesis does: code at a fixed address, without its constructor.
    function _genesis(address target, string memory artifact) internal {
        CHEATS.etch(target, CHEATS.getDeployedCode(string.concat("contracts/", artifact)));
    }

    /// @dev Slot 0 of Directory and Consortium is their administrator.
    function _administer(address target) internal {
        CHEATS.store(target, 0, bytes32(uint256(uint160(address(this)))));
    }
}
