// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Grades of returned goods
/// @notice A movement `RETURN` of StockLedger has put goods into the lane `held` of a place. A grading says what they
/// are worth and what becomes of them; it is open until it is closed, once the movement that carries it out is posted.
/// What holds, per SKU, lot and place: a grading never makes more units open than are held there at that moment; and
/// per SKU: no more units are graded than ever came back. Trust: whoever operates a place is believed about the state
/// of the goods there, and that it posted the movement when it closes; both lists are whole and can be compared.
/// An organisation makes `ReturnValues.RETURN_ENTRIES_A_DAY` entries about a SKU in a day (UTC) at most, in gradings and
/// closings: nobody fills a SKU's list. Units of the same lot, place and grade need one entry, however many they are.
/// @dev Quantities are in the SKU's base unit. Formats: docs/formats.md. Errors name the entry by its `index`, from 0.
interface IReturns {
    /// @notice One line of a grading: so many units of a SKU's lot at a place.
    /// @param lot 0 = not stated
    /// @param quantity at least 1
    /// @param grade see `Grade` in Constants.sol
    /// @param disposition the grade's own, see `Disposition`
    struct GradeEntry {
        uint32 sku;
        uint16 lot;
        uint16 place;
        uint24 quantity;
        uint8 grade;
        uint8 disposition;
    }

    /// @notice Goods of a SKU were graded by an account of `organisation`; `payload` is the stream leaf's.
    event Graded(uint32 indexed sku, address indexed grader, uint16 indexed organisation, bytes payload);
    /// @notice Gradings of a SKU were carried out; `payload` is the stream leaf's.
    event Closed(uint32 indexed sku, address indexed grader, uint16 indexed organisation, bytes payload);

    /// @notice A call has 1 to `ReturnValues.MAX_RETURN_ENTRIES` entries.
    error ReturnsEntryCount(uint256 entries, uint256 most);
    /// @notice A SKU's entries stand together, SKUs ascend.
    error ReturnsUnsorted(uint256 index, uint32 sku, uint32 previous);
    error ReturnsUnknownSku(uint256 index, uint32 sku);
    error ReturnsBrandNotApproved(uint256 index, uint16 brand, uint16 organisation);
    error ReturnsUnknownGrade(uint256 index, uint8 grade);
    /// @notice The disposition is not the grade's own.
    error ReturnsWrongDisposition(uint256 index, uint8 grade, uint8 disposition);
    error ReturnsZeroQuantity(uint256 index);
    error ReturnsUnknownPlace(uint256 index, uint16 place);
    error ReturnsPlaceSuspended(uint256 index, uint16 place);
    error ReturnsPlaceNotOperated(uint256 index, uint16 place, uint16 organisation);
    /// @notice More units would be graded and open than are held there.
    error ReturnsNotHeld(uint256 index, uint32 sku, uint16 lot, uint16 place, uint256 held, uint256 open);
    /// @notice More units of the SKU would be graded than ever came back.
    error ReturnsNotReturned(uint256 index, uint32 sku, uint256 returned, uint256 graded);
    /// @notice Fewer units of this grade are open there than are closed.
    error ReturnsNotOpen(uint256 index, uint32 sku, uint16 lot, uint16 place, uint8 grade, uint256 open);

    /// @notice The organisation has made `before` entries about the SKU today (UTC), in gradings and closings; `most` may be.
    error ReturnsTooManyToday(uint256 index, uint32 sku, uint16 organisation, uint256 before, uint256 most);

    /// @notice Grades held goods, all entries or none. The sender needs `Role.POST_MOVEMENTS`; its organisation
    /// operates the places and is the brand of the SKUs or approved by it.
    /// @param entries a SKU's entries stand together, SKUs ascend
    /// @param documentsRoot commitment to the inspections' documents, which stay off the chain
    function grade(GradeEntry[] calldata entries, bytes32 documentsRoot) external;

    /// @notice Says that gradings were carried out: their movements are posted. The same rights and form as `grade`.
    /// @param documentsRoot commitment to the documents of the movements
    function close(GradeEntry[] calldata entries, bytes32 documentsRoot) external;

    /// @notice Word of the units graded and not yet carried out: grades A, B, C, D (uint64 each, low to high).
    function openOf(uint32 sku, uint16 lot, uint16 place) external view returns (uint256 word);

    /// @notice Word of the units graded since ever: grades A, B, C, D (uint64 each, low to high).
    function gradedOf(uint32 sku) external view returns (uint256 word);

    /// @notice The same as inputs of a settlement: units that can be sold again at full price (A) and at a discount
    /// (B), units whose loss the supplier bears (C), units scrapped at the cost of the pot (D). None ever shrinks.
    function settlementInputs(uint32 sku)
        external
        view
        returns (uint64 resaleable, uint64 discounted, uint64 supplierBorne, uint64 scrapped);

    /// @notice Word of a stream (head and count); 0 when it has no entry.
    function streamWord(bytes32 streamId) external view returns (uint256 word);
}
