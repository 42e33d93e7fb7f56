// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IStockAdministration} from "./IStockAdministration.sol";

/// @title Stock of every SKU, lot and place
/// @notice Quantities are whole numbers in the SKU's base unit. What holds always, per SKU: the sum over places and
/// lanes = received + returned + adjusted - sold, also where a version took over from the one before it. Trust: whoever operates a place is believed about what goes in and
/// out there; nobody can take what is not there, count twice or leave out a movement. Formats: docs/formats.md.
/// Errors name the record by its `index` in the batch (for a group, its first record), counted from 0.
interface IStockLedger is IStockAdministration {
    /// @notice A SKU was registered. `unit` is the base unit's code, `gtin` is 0 when it has none.
    event SkuRegistered(uint32 indexed sku, uint16 indexed brand, string code, uint64 gtin, uint8 unit);
    /// @notice A lot of a SKU was registered. `expiry` is its date as YYYYMMDD, 0 when it has none.
    event LotRegistered(uint32 indexed sku, uint16 indexed lot, string code, uint32 expiry);
    /// @notice A brand said what the expiry of a lot is that another organisation had registered.
    event LotCorrected(uint32 indexed sku, uint16 indexed lot, uint32 expiry);
    /// @notice An organisation recalled a lot, or said that the recall is over; `recalled` is how it stands after that.
    event LotRecall(uint32 indexed sku, uint16 indexed lot, uint16 indexed organisation, bool recalled);
    /// @notice A batch was posted. `records` are its movements, packed; `movementsRoot` is the Merkle root over them
    /// and `documentsRoot` the poster's commitment to the documents behind them.
    event BatchPosted(
        address indexed poster,
        uint32 indexed lane,
        uint64 indexed sequence,
        uint256 movements,
        bytes32 movementsRoot,
        bytes32 documentsRoot,
        bytes records
    );

    /// @notice The batch posted before this event was agreed by `signer` of the other organisation `second`.
    event BatchAgreed(
        address indexed poster, uint32 indexed lane, uint64 indexed sequence, address signer, uint16 second
    );
    /// @notice A brand said how many units of each of its SKUs an organisation may adjust alone in a day.
    event AdjustmentLimitSet(uint16 indexed brand, address indexed by, uint64 units);

    /// @notice The batch with this number was posted before; `expected` is the next number.
    error StockSequenceRepeated(uint64 sequence, uint64 expected);
    /// @notice A batch is missing before this one; `expected` is the next number.
    error StockSequenceSkipped(uint64 sequence, uint64 expected);
    error StockEmptyBatch();
    /// @notice The bytes from `offset` on form no whole group (cut short, trailing bytes, or n = 0).
    error StockTruncated(uint256 index, uint256 offset);
    /// @notice SKUs, and lots within a SKU, must ascend strictly.
    error StockUnsorted(uint256 index, uint32 sku, uint32 previous);
    error StockUnknownSku(uint256 index, uint32 sku);
    error StockUnknownLot(uint256 index, uint32 sku, uint16 lot);
    error StockBrandNotApproved(uint256 index, uint16 brand, uint16 organisation);
    /// @notice The brand lets the organisation move some SKUs only, not this one.
    error StockSkuNotApproved(uint256 index, uint32 sku, uint16 organisation);
    /// @notice The brand lets the organisation move its goods at some places only, not at this one.
    error StockPlaceNotApproved(uint256 index, uint16 place, uint16 brand, uint16 organisation);
    /// @notice What is reserved at the place, or on its way, may be promised to somebody: it is fetched from `free` on.
    error StockPromised(uint256 index, uint16 place, uint256 free);
    error StockUnknownKind(uint256 index, uint8 kind);
    /// @notice The places do not fit the kind of movement.
    error StockPlaceMismatch(uint256 index, uint8 kind, uint16 from, uint16 to);
    error StockZeroQuantity(uint256 index);
    error StockTimeInFuture(uint256 index, uint32 time, uint256 blockTime);
    error StockUnknownPlace(uint256 index, uint16 place);
    error StockPlaceSuspended(uint256 index, uint16 place);
    error StockPlaceNotOperated(uint256 index, uint16 place, uint16 organisation);
    /// @notice The lane holds less than is taken.
    error StockOversell(uint256 index, uint32 sku, uint16 place, uint8 lane);
    error StockLaneOverflow(uint256 index, uint32 sku, uint16 place, uint8 lane);
    error StockCounterOverflow(uint256 index, uint32 sku);
    /// @notice With this record the organisation would adjust more than its `rest` of today alone.
    error StockNeedsAgreement(uint256 index, uint32 sku, uint64 rest);
    error StockBadSignature();
    error StockDeadlinePassed(uint256 deadline, uint256 blockTime);
    /// @notice Two organisations must agree.
    error StockSameOrganisation(uint16 organisation);
    /// @notice Of the two that agree one must be the brand of every SKU.
    error StockBrandNotParty(uint256 index, uint16 brand);

    error StockNotBrand(uint16 organisation);
    /// @notice A lot is recalled by its brand or an inspector; this organisation is neither.
    error StockNotInspector(uint16 organisation);
    error StockNotRecalled(uint32 sku, uint16 lot);
    /// @notice The lot is recalled: it is not reserved, sold, delivered, given away, built in or put back on sale.
    error StockLotRecalled(uint256 index, uint32 sku, uint16 lot);
    /// @notice Cuts are registered by the contract that is active as `StockCuts`, no other.
    error StockNotCuts(address sender);
    error StockArrayLengths(uint256 codes, uint256 gtins, uint256 units);
    /// @notice A code has 1 to `Limits.MAX_CODE_BYTES` bytes.
    error StockBadCode(uint256 index, uint256 length);
    error StockDuplicateCode(uint256 index, string code);
    error StockBadGtin(uint256 index, uint64 gtin);
    error StockSerialsExhausted(uint16 brand);
    error StockLotsExhausted(uint32 sku);
    /// @notice An organisation other than the brand registers five lots of a SKU in a day (UTC) at most; `rest` are left.
    error StockLotsOfOthers(uint32 sku, uint16 organisation, uint256 rest);
    /// @notice The brand registered the lot itself, or has corrected it.
    error StockLotIsTheBrands(uint32 sku, uint16 lot);

    /// @notice Posts one batch of movements, all or nothing. The sender needs `Role.POST_MOVEMENTS`.
    /// @param lane the sender's own number of a series of batches
    /// @param sequence number of the batch on this lane, from 0
    /// @param documentsRoot commitment to the documents behind the movements
    /// @param records groups of 12-byte records, SKUs and lots strictly ascending
    function post(uint32 lane, uint64 sequence, bytes32 documentsRoot, bytes calldata records) external;

    /// @notice The same for a batch that a second organisation signed: for corrections over the daily limit, and to
    /// undo movements. One of the two is the brand of every SKU, the brand approved the other, and places of either
    /// count as the poster's own. The sender needs `Role.POST_MOVEMENTS`, the signer `Role.SIGN_AGREEMENTS`.
    /// @param deadline last time of a block, in Unix seconds, that the signer allows
    /// @param signature the signer's, over `agreedDigestOf`
    function postAgreed(
        uint32 lane,
        uint64 sequence,
        bytes32 documentsRoot,
        bytes calldata records,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Balance word of a SKU's lot at a place (lot 0: goods whose lot was not stated): available, reserved, in transit, held (uint64 each, low to high).
    function balanceOf(uint32 sku, uint16 lot, uint16 place) external view returns (uint256 word);

    /// @notice Counters of a SKU since ever.
    function countersOf(uint32 sku)
        external
        view
        returns (uint64 received, uint64 sold, uint64 returned, int64 adjusted);

    /// @notice What the signer of `postAgreed` signs (EIP-712). The batch's number makes it good for once.
    function agreedDigestOf(
        address poster,
        uint32 lane,
        uint64 sequence,
        bytes32 documentsRoot,
        bytes32 recordsHash,
        uint256 deadline
    ) external view returns (bytes32 digest);

    /// @notice Units of a SKU of `brand` that an organisation may adjust alone in a day.
    function adjustmentLimitOf(uint16 brand) external view returns (uint64 units);

    /// @notice Units of a SKU that an organisation has adjusted alone today.
    function adjustedAlone(uint32 sku, uint16 organisation) external view returns (uint64 units);

    /// @notice Number of the SKU that a brand calls `code`; 0 when there is none.
    function skuByCode(uint16 brand, string calldata code) external view returns (uint256 sku);

    /// @notice Number of the lot that a SKU's label calls `code`; 0 when there is none.
    function lotByCode(uint32 sku, string calldata code) external view returns (uint256 lot);

    /// @notice Info word of a lot: expiry (uint32, YYYYMMDD), bit 32 = recalled, the organisation that would lift the
    /// recall (uint16 at bit 40, 0 = none), who registered or corrected it (uint16 at bit 56, 0 = not known), bit 255 =
    /// registered.
    function lotInfo(uint32 sku, uint16 lot) external view returns (uint256 word);

    /// @notice Info word of a SKU: unit (uint8), GTIN (uint64 at bit 8), lots (uint16 at bit 72), bit 88 = one of its
    /// lots was recalled once, bit 255 = registered.
    function skuInfo(uint32 sku) external view returns (uint256 word);

    /// @notice The word at a storage slot as it counts, for the version that comes after this one: a word that this
    /// contract did not write yet is that of the version before it.
    function word(bytes32 slot) external view returns (uint256);

    /// @notice The version that this one took over from; both 0 for the first one of a ledger.
    function predecessor() external view returns (address target, uint64 version);

    /// @notice Serial of the brand's newest SKU; 0 when it has none.
    function lastSerial(uint16 brand) external view returns (uint32 serial);

    /// @notice Number that the poster's next batch on `lane` must have.
    function nextSequence(address poster, uint32 lane) external view returns (uint64 sequence);

    /// @notice Word of a stream (head and count); 0 when it has no entry.
    function streamWord(bytes32 streamId) external view returns (uint256 word);
}
