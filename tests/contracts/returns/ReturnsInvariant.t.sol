// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IReturns} from "../../../contracts/interfaces/IReturns.sol";
import {ReturnsTest} from "./ReturnsTest.sol";

/// @notice Returns, grades, closes and moves at random, over two SKUs, two lots and two places; counts on its own.
contract ReturnsHandler is ReturnsTest {
    uint32[2] public skus;
    uint16[2] public places;
    mapping(uint32 number => uint256 word) public expectedWord;
    mapping(uint32 number => mapping(uint8 letter => uint256 units)) public gradedUnits;
    mapping(bytes32 key => uint256 units) public openUnits;
    /// @dev A grading that made more units open than are held, or a refusal of one that would not have.
    bool public broken;

    uint16 private constant LOTS = 2;

    constructor() {
        ReturnsTest.setUp();
        places = [place, consortium.registerPlace(brand, _nextGln())];
        string[] memory codes = new string[](1);
        codes[0] = "SECOND";
        CHEATS.prank(brandAccount);
        skus = [sku, stock.registerSkus(codes, new uint64[](1), new uint8[](1))];
        for (uint256 i = 0; i < 2; ++i) {
            _registerLots(skus[i], LOTS - 1);
        }
    }

    function setUp() public override {}

    function comeBack(uint8 which, uint16 lot, uint8 where, uint8 quantity) external {
        _move(which, lot, RETURN, 0, places[where % 2], uint24(quantity) + 1);
    }

    function restock(uint8 which, uint16 lot, uint8 where, uint8 quantity) external {
        _move(which, lot, RESTOCK, places[where % 2], places[where % 2], uint24(quantity) + 1);
    }

    function scrap(uint8 which, uint16 lot, uint8 where, uint8 quantity) external {
        _move(which, lot, SCRAP, places[where % 2], 0, uint24(quantity) + 1);
    }

    function grade(uint8 which, uint16 lot, uint8 where, uint8 letter, uint16 quantity) external {
        IReturns.GradeEntry memory entry = _any(which, lot, where, letter, quantity);
        uint256 open = _sum(returns_.openOf(entry.sku, entry.lot, entry.place)) + entry.quantity;
        uint256 held = stock.balanceOf(entry.sku, entry.lot, entry.place) >> 192;
        (,, uint64 returned,) = stock.countersOf(entry.sku);
        bool fits = open <= held && _sum(returns_.gradedOf(entry.sku)) + entry.quantity <= returned;
        CHEATS.roll(block.number + 1);
        CHEATS.prank(brandAccount);
        try returns_.grade(_one(entry), 0) {
            if (!fits) broken = true;
            gradedUnits[entry.sku][entry.grade] += entry.quantity;
            openUnits[_key(entry)] += entry.quantity;
            _note(1, entry);
        } catch {
            if (fits) broken = true;
        }
    }

    function close(uint8 which, uint16 lot, uint8 where, uint8 letter, uint16 quantity) external {
        IReturns.GradeEntry memory entry = _any(which, lot, where, letter, quantity);
        bool fits = openUnits[_key(entry)] >= entry.quantity;
        CHEATS.roll(block.number + 1);
        CHEATS.prank(brandAccount);
        try returns_.close(_one(entry), 0) {
            if (!fits) broken = true;
            openUnits[_key(entry)] -= entry.quantity;
            _note(2, entry);
        } catch {
            if (fits) broken = true;
        }
    }

    function countersAgree() external view returns (bool) {
        for (uint256 i = 0; i < 2; ++i) {
            uint256 word = returns_.gradedOf(skus[i]);
            for (uint8 letter = 1; letter <= 4; ++letter) {
                if (uint64(word >> (64 * (letter - 1))) != gradedUnits[skus[i]][letter]) return false;
            }
            (,, uint64 returned,) = stock.countersOf(skus[i]);
            if (_sum(word) > returned) return false;
        }
        return true;
    }

    function openAgrees() external view returns (bool) {
        for (uint256 i = 0; i < 32; ++i) {
            IReturns.GradeEntry memory entry =
                _any(uint8(i), uint16(i >> 1), uint8(i >> 2), uint8(i >> 3), 0);
            uint256 word = returns_.openOf(entry.sku, entry.lot, entry.place);
            if (uint64(word >> (64 * (entry.grade - 1))) != openUnits[_key(entry)]) return false;
        }
        return true;
    }

    function headsAgree() external view returns (bool) {
        return returns_.streamWord(_returnStream(skus[0])) == expectedWord[skus[0]]
            && returns_.streamWord(_returnStream(skus[1])) == expectedWord[skus[1]];
    }

    function _any(uint8 which, uint16 lot, uint8 where, uint8 letter, uint16 quantity)
        private
        view
        returns (IReturns.GradeEntry memory)
    {
        letter = letter % 4 + 1;
        return IReturns.GradeEntry(skus[which % 2], lot % LOTS, places[where % 2], quantity % 512 + 1, letter, letter);
    }

    function _key(IReturns.GradeEntry memory entry) private pure returns (bytes32) {
        return keccak256(abi.encode(entry.sku, entry.lot, entry.place, entry.grade));
    }

    function _note(uint8 act, IReturns.GradeEntry memory entry) private {
        bytes memory payload = abi.encodePacked(act, brand, bytes32(0), _packed(entry));
        expectedWord[entry.sku] = _afterLeaf(expectedWord[entry.sku], entry.sku, 1, payload);
    }

    function _move(uint8 which, uint16 lot, uint8 kind, uint16 from, uint16 to, uint24 quantity) private {
        bytes memory batch = _lotGroup(skus[which % 2], lot % LOTS, _record(kind, from, to, quantity));
        CHEATS.prank(brandAccount);
        try stock.post(0, sequence, 0, batch) {
            ++sequence;
        } catch {}
    }
}

/// @notice Whatever comes back, is graded, moved and closed: counters, open units and heads are what the acts make them.
contract ReturnsInvariantTest {
    ReturnsHandler private handler;

    function setUp() public {
        handler = new ReturnsHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariantOnlyWhatIsHeldIsGraded() public view {
        require(!handler.broken(), "graded exactly when held and returned, closed exactly when open");
    }

    function invariantCountersAreWhatWasGraded() public view {
        require(handler.countersAgree(), "by grade, and never more than came back");
    }

    function invariantOpenUnitsAreGradedLessClosed() public view {
        require(handler.openAgrees(), "open = graded - closed, for every lot, place and grade");
    }

    function invariantHeadsAreRecomputed() public view {
        require(handler.headsAgree(), "head and count of every SKU's return stream");
    }
}
