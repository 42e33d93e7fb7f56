// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IBlockHashes} from "../../../contracts/interfaces/IBlockHashes.sol";
import {Fixed} from "../../../contracts/lib/Constants.sol";
import {PastLimits} from "../../../contracts/past/Constants.sol";
import {ContractTest, IVersioned} from "../ContractTest.sol";

/// @notice Batches come from what the chain keeps, or from headers that lead back from it, and from nothing else.
contract BlockHashesTest is ContractTest {
    /// @dev The code of EIP-2935, as genesis has it (ledger_node/liveledger/node/system_contracts.json).
    bytes private constant HISTORY_CODE =
        hex"3373fffffffffffffffffffffffffffffffffffffffe14604657602036036042575f35600143038111604257611fff81430311604257611fff9006545f5260205ff35b5f5ffd5b5f35611fff60014303065500";
    uint256 private constant BATCH = PastLimits.HASHES_A_BATCH;
    uint256 private constant CALL = PastLimits.HEADERS_A_CALL;
    uint256 private constant WINDOW = PastLimits.HISTORY_BLOCKS;

    IBlockHashes private past = IBlockHashes(Fixed.BLOCK_HASHES_ADDRESS);
    /// @dev Headers by block number, each the parent of the next.
    mapping(uint256 number => bytes header) private _headers;
    uint256 private _made;

    function setUp() public {
        _genesis(address(past), "past/BlockHashes.sol:BlockHashes");
        CHEATS.etch(Fixed.HISTORY_ADDRESS, HISTORY_CODE);
    }

    function testVersion() public view {
        require(IVersioned(address(past)).VERSION() == 1, "version");
    }

    function testABatchIsTheTreeOverItsHashes() public {
        _live(0, 2 * BATCH);
        CHEATS.roll(2 * BATCH);
        CHEATS.expectEmit(true, false, false, true);
        emit IBlockHashes.HashesArchived(1, _rootOf(1));
        uint256 before = gasleft();
        past.archive(1);
        require(before - gasleft() < 5_000_000, "a third of what a transaction may use");
        require(past.rootOf(1) == _rootOf(1), "root");
        require(past.rootOf(0) == 0, "the other is not");
        past.archive(0);
        require(past.rootOf(0) == _rootOf(0), "root of the first, with genesis");
    }

    function testAnybodyMayCall() public {
        _live(0, BATCH);
        CHEATS.roll(BATCH);
        CHEATS.prank(address(0xbeef));
        past.archive(0);
        require(past.rootOf(0) == _rootOf(0), "root");
    }

    function testTheSecondIsTold() public {
        _live(0, BATCH);
        CHEATS.roll(BATCH);
        past.archive(0);
        CHEATS.expectRevert(abi.encodeWithSelector(IBlockHashes.BlockHashesThere.selector, 0));
        past.archive(0);
        CHEATS.expectRevert(abi.encodeWithSelector(IBlockHashes.BlockHashesThere.selector, 0));
        past.archiveHeaders(0, _nothing(), _part(0, BATCH));
    }

    function testABatchMustBeComplete() public {
        _live(0, BATCH - 1);
        CHEATS.roll(BATCH - 1);
        CHEATS.expectRevert(abi.encodeWithSelector(IBlockHashes.BlockHashesIncomplete.selector, 0, BATCH));
        past.archive(0);
        CHEATS.expectRevert(abi.encodeWithSelector(IBlockHashes.BlockHashesIncomplete.selector, 7, 8 * BATCH));
        past.archiveHeaders(7, _nothing(), new bytes[](0));
    }

    /// forge-config: default.fuzz.runs = 64
    function testFuzzNoNumberIsTooLarge(uint256 batch, uint64 now_) public {
        uint256 present = uint256(now_) + 1;
        CHEATS.roll(present);
        CHEATS.assume(batch >= present / BATCH);
        CHEATS.expectPartialRevert(IBlockHashes.BlockHashesIncomplete.selector);
        past.archive(batch);
    }

    /// forge-config: default.fuzz.runs = 8
    function testFuzzAnyBatchInTheWindow(uint32 batch, uint16 later) public {
        uint256 first = uint256(batch) * BATCH;
        uint256 present = first + BATCH + uint256(later) % (WINDOW - BATCH + 1);
        for (uint256 i = 0; i < BATCH; ++i) {
            _keep(first + i, keccak256(abi.encode(batch, i)));
        }
        CHEATS.roll(present);
        past.archive(batch);
        bytes32[] memory leaves = new bytes32[](BATCH);
        for (uint256 i = 0; i < BATCH; ++i) {
            leaves[i] = _leaf(keccak256(abi.encode(batch, i)));
        }
        require(past.rootOf(batch) == _tree(leaves, 0, BATCH), "root");
    }

    function testTheWindowEndsWhereTheEngineForgets() public {
        _live(0, BATCH);
        CHEATS.roll(WINDOW + 1);
        CHEATS.expectRevert(abi.encodeWithSelector(IBlockHashes.BlockHashesGone.selector, 0, 1));
        past.archive(0);
        CHEATS.roll(WINDOW);
        past.archive(0);
        require(past.rootOf(0) == _rootOf(0), "root");
    }

    function testAHashThatTheEngineLacksIsNone() public {
        _live(0, BATCH);
        _keep(17, 0);
        CHEATS.roll(BATCH);
        CHEATS.expectRevert(abi.encodeWithSelector(IBlockHashes.BlockHashesUnknown.selector, 17));
        past.archive(0);
        CHEATS.etch(Fixed.HISTORY_ADDRESS, "");
        CHEATS.expectRevert(abi.encodeWithSelector(IBlockHashes.BlockHashesUnknown.selector, 0));
        past.archive(0);
    }

    function testAGapIsClosedByHeadersFromTheWindowDown() public {
        _live(0, BATCH);
        CHEATS.roll(WINDOW + 100);
        (bytes32 known, uint256 left) = past.gapOf(0);
        require(known == 0 && left == BATCH, "nothing read yet");
        CHEATS.expectEmit(true, false, false, true);
        emit IBlockHashes.GapNarrowed(0, BATCH - CALL);
        past.archiveHeaders(0, _nothing(), _part(0, BATCH));
        (known, left) = past.gapOf(0);
        require(left == BATCH - CALL && known == keccak256(_headers[left - 1]), "read so far");
        // What was begun goes on after the last block has left the window too.
        CHEATS.roll(10 * WINDOW);
        _readDown(0, BATCH - CALL);
        require(past.rootOf(0) == _rootOf(0), "root");
        (known, left) = past.gapOf(0);
        require(known == 0 && left == 0, "nothing is left of the work");
        for (uint256 slot = 0; slot < 8; ++slot) {
            bytes32 part = keccak256(abi.encode(slot, keccak256(abi.encode(uint256(0), uint256(2)))));
            require(CHEATS.load(address(past), part) == 0, "no part stays");
        }
    }

    function testAGapIsClosedFromTheNextBatch() public {
        _live(0, 2 * BATCH);
        CHEATS.roll(2 * BATCH);
        past.archive(1);
        CHEATS.roll(100 * WINDOW);
        IBlockHashes.Above memory above = IBlockHashes.Above(_headers[BATCH], _firstPath(1));
        past.archiveHeaders(0, above, _part(0, BATCH));
        _readDown(0, BATCH - CALL);
        require(past.rootOf(0) == _rootOf(0), "root");
    }

    function testOnlyTheHeaderAboveLinks() public {
        _live(0, 2 * BATCH);
        CHEATS.roll(2 * BATCH);
        CHEATS.roll(100 * WINDOW);
        bytes memory refused = abi.encodeWithSelector(IBlockHashes.BlockHashesNotLinked.selector, 0);
        bytes[] memory headers = _part(0, BATCH);
        IBlockHashes.Above memory above = IBlockHashes.Above(_headers[BATCH], _firstPath(1));
        CHEATS.expectRevert(refused);
        past.archiveHeaders(0, above, headers);
        CHEATS.roll(2 * BATCH);
        past.archive(1);
        CHEATS.roll(100 * WINDOW);
        CHEATS.expectRevert(refused);
        past.archiveHeaders(0, _nothing(), headers);
        CHEATS.expectRevert(refused);
        past.archiveHeaders(0, IBlockHashes.Above(_headers[BATCH + 1], above.path), headers);
        above.path[3] ^= bytes32(uint256(1));
        CHEATS.expectRevert(refused);
        past.archiveHeaders(0, above, headers);
        // A path of another length leads to a node within the tree, which is no leaf of it.
        CHEATS.expectRevert(refused);
        past.archiveHeaders(0, IBlockHashes.Above(_headers[BATCH], new bytes32[](9)), headers);
    }

    /// forge-config: default.fuzz.runs = 32
    function testFuzzAWrongHeaderIsNamed(uint8 which, uint16 place, uint8 bit) public {
        _live(0, BATCH);
        CHEATS.roll(WINDOW + 1);
        bytes[] memory headers = _part(0, BATCH);
        uint256 index = which % CALL;
        headers[index][place % headers[index].length] ^= bytes1(uint8(1) << (bit % 8));
        bytes32 wanted = keccak256(_headers[BATCH - 1 - index]);
        CHEATS.expectRevert(abi.encodeWithSelector(IBlockHashes.BlockHashesWrongHeader.selector, index, wanted));
        past.archiveHeaders(0, _nothing(), headers);
    }

    function testAShortHeaderIsNone() public {
        _live(0, BATCH);
        CHEATS.roll(WINDOW + 1);
        bytes[] memory headers = _part(0, BATCH);
        headers[0] = hex"f9025da0";
        CHEATS.expectPartialRevert(IBlockHashes.BlockHashesWrongHeader.selector);
        past.archiveHeaders(0, _nothing(), headers);
    }

    function testSoManyHeadersAndNoOthers() public {
        _live(0, BATCH);
        CHEATS.roll(WINDOW + 1);
        for (uint256 given = 0; given < 3; ++given) {
            CHEATS.expectRevert(abi.encodeWithSelector(IBlockHashes.BlockHashesHeaders.selector, given, CALL));
            past.archiveHeaders(0, _nothing(), new bytes[](given));
        }
    }

    function testWhatTheWindowHoldsTakesNoHeaders() public {
        _live(0, BATCH);
        CHEATS.roll(WINDOW);
        CHEATS.expectRevert(abi.encodeWithSelector(IBlockHashes.BlockHashesAtHand.selector, 0));
        past.archiveHeaders(0, _nothing(), _part(0, BATCH));
    }

    function _nothing() private pure returns (IBlockHashes.Above memory) {
        return IBlockHashes.Above("", new bytes32[](0));
    }

    /// @dev Blocks `first` to `end − 1`, whose hashes the engine keeps.
    function _live(uint256 first, uint256 end) private {
        bytes32 parent = keccak256("before");
        for (uint256 number = first; number < end; ++number) {
            _headers[number] =
                bytes.concat(hex"f9025da0", parent, abi.encode(number), new bytes(541), bytes32(uint256(number)));
            parent = keccak256(_headers[number]);
            _keep(number, parent);
        }
    }

    /// @dev As the engine does at the beginning of block `number + 1`.
    function _keep(uint256 number, bytes32 digest) private {
        CHEATS.store(Fixed.HISTORY_ADDRESS, bytes32(number % WINDOW), digest);
    }

    /// @dev The 128 headers below block `end` of the batch, newest first.
    function _part(uint256 batch, uint256 end) private view returns (bytes[] memory headers) {
        headers = new bytes[](CALL);
        for (uint256 i = 0; i < CALL; ++i) {
            headers[i] = _headers[batch * BATCH + end - 1 - i];
        }
    }

    function _readDown(uint256 batch, uint256 left) private {
        for (; left > 0; left -= CALL) {
            past.archiveHeaders(batch, _nothing(), _part(batch, left));
        }
    }

    function _leaves(uint256 batch) private view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](BATCH);
        for (uint256 i = 0; i < BATCH; ++i) {
            leaves[i] = _leaf(keccak256(_headers[batch * BATCH + i]));
        }
    }

    function _rootOf(uint256 batch) private view returns (bytes32) {
        return _tree(_leaves(batch), 0, BATCH);
    }

    /// @dev Siblings of the first leaf, from the leaf up.
    function _firstPath(uint256 batch) private view returns (bytes32[] memory path) {
        bytes32[] memory leaves = _leaves(batch);
        path = new bytes32[](10);
        for (uint256 i = 0; i < 10; ++i) {
            path[i] = _tree(leaves, 1 << i, 1 << i);
        }
    }

    function _leaf(bytes32 digest) private pure returns (bytes32) {
        return keccak256(abi.encodePacked(uint8(0), digest));
    }

    /// @dev The definition of RFC 6962, for a power of two.
    function _tree(bytes32[] memory leaves, uint256 first, uint256 size) private pure returns (bytes32) {
        if (size == 1) return leaves[first];
        uint256 half = size / 2;
        return keccak256(
            abi.encodePacked(uint8(1), _tree(leaves, first, half), _tree(leaves, first + half, half))
        );
    }
}
