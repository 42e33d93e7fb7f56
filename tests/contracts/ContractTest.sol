// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../../contracts/interfaces/IConsortium.sol";
import {IDirectory} from "../../contracts/interfaces/IDirectory.sol";
import {ContractFlag, ContractState, Fixed} from "../../contracts/lib/Constants.sol";

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

    /// @dev The Consortium, whose administrator the test is, and what it pays new accounts' gas from.
    function _genesisConsortium() internal {
        _genesis(Fixed.CONSORTIUM_ADDRESS, "registry/Consortium.sol:Consortium");
        _genesis(Fixed.ALLOWANCES_ADDRESS, "registry/Allowances.sol:Allowances");
        _administer(Fixed.CONSORTIUM_ADDRESS);
        CHEATS.deal(Fixed.ALLOWANCES_ADDRESS, 1000 ether);
    }

    /// @dev The Directory as genesis writes it, with the contracts of genesis in it (docs/formats.md has the slots).
    function _genesisDirectory() internal {
        _genesis(Fixed.DIRECTORY_ADDRESS, "registry/Directory.sol:Directory");
        _genesis(Fixed.CREATOR_ADDRESS, "registry/Creator.sol:Creator");
        _administer(Fixed.DIRECTORY_ADDRESS);
        _listAtGenesis("Directory", Fixed.DIRECTORY_ADDRESS);
        _listAtGenesis("Consortium", Fixed.CONSORTIUM_ADDRESS);
        _listAtGenesis("Governance", Fixed.GOVERNANCE_ADDRESS);
        _listAtGenesis("Validators", Fixed.VALIDATORS_ADDRESS);
        _listAtGenesis("Allowances", Fixed.ALLOWANCES_ADDRESS);
        _listAtGenesis("Recovery", Fixed.RECOVERY_ADDRESS);
        _listAtGenesis("Creator", Fixed.CREATOR_ADDRESS);
    }

    function _listAtGenesis(bytes32 name, address target) private {
        address directory = Fixed.DIRECTORY_ADDRESS;
        bytes32 entry = keccak256(abi.encode(keccak256(abi.encode(name, uint64(1))), uint256(2)));
        uint256 word = uint256(uint160(target)) | uint256(ContractState.ACTIVE) << 224;
        CHEATS.store(directory, keccak256(abi.encode(name, uint256(1))), bytes32(uint256(1)));
        CHEATS.store(directory, entry, bytes32(word));
        CHEATS.store(directory, bytes32(uint256(entry) + 1), target.codehash);
        uint256 listing = 1 | uint256(ContractFlag.GOVERNABLE) << 8;
        CHEATS.store(directory, keccak256(abi.encode(target, uint256(3))), bytes32(listing));
    }

    /// @dev Lists a contract that the test put on the chain itself, as the Creator does with what it creates.
    function _list(bytes32 name, uint64 version, address target, uint32 flags) internal {
        CHEATS.prank(Fixed.CREATOR_ADDRESS);
        IDirectory(Fixed.DIRECTORY_ADDRESS).register(name, version, target, 0, flags);
    }

    /// @dev With which reason a contract refuses what it is asked once version `active` of its name took over.
    function _replaced(bytes32 name, uint64 active) internal pure returns (bytes memory) {
        return abi.encodeWithSelector(IDirectory.DirectoryReplaced.selector, name, active);
    }

    function _sign(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = CHEATS.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    /// @dev What is signed (EIP-712) of a message with this hash, which is meant for a contract of that name.
    function _typedDigest(string memory name, address target, bytes32 message) internal view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256(bytes(name)),
                keccak256("1"),
                block.chainid,
                target
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, message));
    }

    /// @dev By which the holder of a key agrees that an account acts for an organisation.
    function _possession(uint256 key, address account, uint16 organisation, uint256 deadline)
        internal
        view
        returns (bytes memory)
    {
        bytes32 message = keccak256(
            abi.encode(
                keccak256("AccountPossession(address account,uint16 organisation,uint256 deadline)"),
                account,
                organisation,
                deadline
            )
        );
        return _sign(key, _typedDigest("LiveLedger Consortium", Fixed.CONSORTIUM_ADDRESS, message));
    }

    /// @dev Registers the account of a key, which holds for ever.
    function _account(uint256 key, uint16 organisation, uint32 roles) internal {
        bytes memory signature = _possession(key, CHEATS.addr(key), organisation, type(uint256).max);
        IConsortium(Fixed.CONSORTIUM_ADDRESS)
            .registerAccount(organisation, CHEATS.addr(key), roles, type(uint256).max, signature);
    }

    /// @dev Slot 0 of Directory and Consortium is their administrator.
    function _administer(address target) internal {
        CHEATS.store(target, 0, bytes32(uint256(uint160(address(this)))));
    }
}
