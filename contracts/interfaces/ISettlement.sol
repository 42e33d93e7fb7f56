// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Risk-sharing settlements between a brand and a supplier
/// @notice Overstock that a committed forecast caused is computed from the chain's own counters when a live session has
/// ended, and its cost is split by the agreement's ratio; the supplier's share is paid from its escrow.
/// @dev Units: money is integer fen (1/100 CNY), quantities are base units of the SKU, ratios are basis points, times
/// are Unix seconds. Rounding: only the split rounds, by largest remainder, so that both shares add up to the loss; a tie
/// goes to the brand.
/// Trust: both parties signed ratio, unit costs and terms of validity, and consented to each session's feed and period.
/// Quantities are those that the brand and the
/// operators it approved posted. Forecasts count from feeds of the organisation that both parties signed, the forecaster:
/// it chooses its feed's signers, as the administrator may. Nobody changes a forecast from the session's start on: the
/// feed takes no report any more. Either party may carry a session forward at the earliest moment, so neither gains by
/// waiting; and what is settled are the counters of a cut at the session's end (IStockCuts): what is posted from then on, late
/// or on purpose, moves no share.
interface ISettlement {
    /// @notice What both parties sign.
    /// @param brand Organisation that holds the goods.
    /// @param supplier Organisation whose escrow pays its share to the brand.
    /// @param forecaster Organisation whose feeds carry the forecasts; a party itself only if the other signs that.
    /// @param brandBps The brand's share of a loss, 0 … 10,000.
    /// @param termsHash `keccak256(abi.encode(bytes32[] keccak256(page)))` over the pages of terms.
    /// @param validUntil Last time that a session of the agreement may end.
    /// @param nonce Count of agreements that the two registered before.
    /// @param deadline Last block time at which the agreement may be registered.
    struct Agreement {
        uint16 brand;
        uint16 supplier;
        uint16 forecaster;
        uint16 brandBps;
        bytes32 termsHash;
        uint64 validUntil;
        uint256 nonce;
        uint256 deadline;
    }

    /// @notice A registered agreement and its escrow.
    /// @param brandAccount Account that signed for the brand; payments go to it.
    /// @param openSession The one session that is open, or 0.
    /// @param escrowFen Tokens of the supplier that are held for this agreement.
    /// @param dueFen Supplier shares that the escrow did not reach for.
    struct AgreementState {
        uint16 brand;
        uint16 supplier;
        uint16 forecaster;
        uint16 brandBps;
        uint64 validUntil;
        bytes32 termsHash;
        address brandAccount;
        bytes32 openSession;
        uint256 escrowFen;
        uint256 dueFen;
    }

    /// @notice A session and how far it is.
    /// @param status See `SessionStatus` in Constants.sol.
    /// @param snapshotPages Pages whose counters were kept.
    /// @param settledPages Pages that were settled.
    /// @param lastSku Highest SKU of the snapshot so far.
    /// @param skus Rows settled so far.
    /// @param lossFen Loss so far.
    /// @param inputsHash Hash over the inputs of all settled pages.
    /// @param dueFen Supplier's share that is not yet paid.
    struct Session {
        bytes32 agreementId;
        bytes32 feedId;
        uint64 startsAt;
        uint64 endsAt;
        uint8 status;
        uint16 snapshotPages;
        uint16 settledPages;
        uint32 lastSku;
        uint32 skus;
        uint256 lossFen;
        bytes32 inputsHash;
        uint256 dueFen;
        bytes32[] termPages;
    }

    event AgreementRegistered(
        bytes32 indexed agreementId,
        uint16 indexed brand,
        uint16 indexed supplier,
        uint16 forecaster,
        uint16 brandBps,
        bytes32 termsHash,
        uint64 validUntil,
        address brandAccount,
        address supplierAccount
    );
    event SessionOpened(
        bytes32 indexed agreementId, bytes32 indexed sessionId, bytes32 indexed feedId, uint64 startsAt, uint64 endsAt
    );
    event PageSnapshotted(bytes32 indexed sessionId, uint256 indexed page, uint256 skus);
    /// @param inputs Rows of `sku (4) ‖ unitCostFen (8) ‖ received (8) ‖ forecast (8) ‖ sold (8) ‖ returned (8) ‖ u (8)`.
    event PageSettled(bytes32 indexed sessionId, uint256 indexed page, bytes inputs);
    /// @param poster Who settled the last page: with it the stream's leaf can be rebuilt from the events alone.
    event SessionSettled(
        bytes32 indexed agreementId,
        bytes32 indexed sessionId,
        address indexed poster,
        uint256 lossFen,
        uint256 brandFen,
        uint256 supplierFen,
        uint256 paidFen
    );
    event SessionVoided(bytes32 indexed agreementId, bytes32 indexed sessionId);
    event DuePaid(
        bytes32 indexed agreementId, bytes32 indexed sessionId, address indexed account, uint256 paidFen, uint256 dueFen
    );
    event EscrowDeposited(
        bytes32 indexed agreementId, address indexed account, uint256 amountFen, uint256 escrowFen
    );
    event EscrowWithdrawn(
        bytes32 indexed agreementId, address indexed account, uint256 amountFen, uint256 escrowFen
    );

    error SettlementUnknownAgreement(bytes32 agreementId);
    error SettlementDeadlinePassed(uint256 deadline, uint256 time);
    /// @notice A replayed agreement, or one out of turn.
    error SettlementWrongNonce(uint256 nonce, uint256 expected);
    error SettlementNotABrand(uint16 org);
    error SettlementNotASupplier(uint16 org);
    /// @notice The forecaster is no active organisation.
    error SettlementUnknownForecaster(uint16 org);
    error SettlementRatioTooHigh(uint16 brandBps);
    error SettlementNeverValid(uint64 validUntil);
    /// @notice The signature for organisation `org` is malformed or has a high s.
    error SettlementBadSignature(uint16 org);
    /// @notice The signer is no active account of organisation `org` with the role `SIGN_AGREEMENTS`.
    error SettlementWrongSigner(uint16 org, address signer);
    /// @notice The caller is no active account, or has not the role, of a party that may do this.
    error SettlementNotAParty(bytes32 agreementId, address caller);

    error SettlementUnknownSession(bytes32 sessionId);
    error SettlementSessionExists(bytes32 sessionId);
    /// @notice The session was settled or voided.
    error SettlementSessionClosed(bytes32 sessionId, uint8 status);
    /// @notice Sessions of one agreement follow each other: this one is not closed yet.
    error SettlementSessionOpen(bytes32 agreementId, bytes32 openSession);
    error SettlementAlreadyStarted(uint64 startsAt, uint256 time);
    error SettlementNotEnded(bytes32 sessionId, uint64 endsAt, uint256 time);
    /// @notice Not `startsAt < endsAt ≤ validUntil`.
    error SettlementPeriod(uint64 startsAt, uint64 endsAt, uint64 validUntil);
    error SettlementTermsMismatch(bytes32 agreementId);
    error SettlementPageCount(uint256 pages, uint256 limit);
    /// @notice The feed is no forecast.
    error SettlementFeedKind(bytes32 feedId, uint8 kind);
    /// @notice The feed was opened by an organisation other than the agreement's forecaster.
    error SettlementFeedOwner(bytes32 feedId, uint16 owner, uint16 forecaster);
    /// @notice The feed's cutoff is not the session's start.
    error SettlementFeedCutoff(bytes32 feedId, uint64 cutoff, uint64 startsAt);
    /// @notice Pages come in order.
    error SettlementPageOutOfOrder(bytes32 sessionId, uint256 page, uint256 expected);
    error SettlementSnapshotIncomplete(bytes32 sessionId, uint256 pages, uint256 expected);
    /// @notice The rows are not the page that was agreed on, or no page at all.
    error SettlementWrongRows(bytes32 sessionId, uint256 page);
    /// @notice Row number `index` (from 0) of the page: SKUs ascend strictly over all pages.
    error SettlementSkusNotAscending(uint256 index, uint32 sku);
    error SettlementForeignSku(uint256 index, uint32 sku, uint16 brand);
    error SettlementUnknownSku(uint256 index, uint32 sku);
    /// @notice The pages are not those of the latest report of the session's feed for this session.
    error SettlementForecastMismatch(bytes32 sessionId, bytes32 reported, bytes32 given);
    error SettlementForecastPage(bytes32 sessionId, uint256 page);
    error SettlementNotVoidable(bytes32 sessionId);

    error SettlementZeroAmount();
    /// @notice The keys of the supplier are being replaced; until then its escrow stays.
    error SettlementEscrowFrozen(bytes32 agreementId);
    /// @notice The amount is over what is free: no session may be open, and dues come first.
    error SettlementEscrowNeeded(bytes32 agreementId, uint256 amountFen, uint256 freeFen);
    error SettlementNothingDue(bytes32 sessionId);
    error SettlementEscrowEmpty(bytes32 agreementId);
    error SettlementNoPayee(bytes32 agreementId);

    /// @notice Registers an agreement that both parties signed; anybody may carry it in.
    /// @param brandSignature 65 bytes (r, s, v) of an account of the brand with the role `SIGN_AGREEMENTS`.
    /// @param supplierSignature The same of the supplier.
    /// @return agreementId The EIP-712 digest of the agreement.
    function register(Agreement calldata agreement, bytes calldata brandSignature, bytes calldata supplierSignature)
        external
        returns (bytes32 agreementId);

    /// @notice Opens a session that both parties consent to, before it starts; it ends within 400 days (`CutsMoment`). The caller has the role `SIGN_AGREEMENTS`
    /// of one party; an account of the other party with that role signed `sessionDigestOf` the same arguments. A session is
    /// opened once, so the signature cannot be used again.
    /// @param feedId A forecast feed of the agreement's forecaster whose cutoff is `startsAt`.
    /// @param termPages Hashes of the pages of terms.
    /// @param otherSignature 65 bytes (r, s, v), low s, of the party that is not the caller's.
    /// @return sessionId `keccak256(abi.encode(agreementId, feedId, startsAt, endsAt))`.
    function openSession(
        bytes32 agreementId,
        bytes32 feedId,
        uint64 startsAt,
        uint64 endsAt,
        bytes32[] calldata termPages,
        bytes calldata otherSignature
    ) external returns (bytes32 sessionId);

    /// @notice Keeps the counters of a page's SKUs, before the session starts, and registers the cut of them at its end. Any active
    /// account of either party.
    /// @param rows At most `MoneyLimits.MAX_PAGE_ROWS` rows of `sku (4) ‖ unitCostFen (8)`.
    function snapshot(bytes32 sessionId, uint256 page, bytes calldata rows) external;

    /// @notice Settles a page from the session's end on; the last page settles the session and pays. Any active account
    /// of either party. Per SKU, from the snapshot to the cut at the end, with `covered = min(received, forecast)`:
    /// `u = min(max(0, covered − (sold − returned)), covered)`, so returns of earlier sales never cost the supplier.
    /// @param forecasts `quantity (8)` a row, in the order of the terms; empty when nothing was reported before the start.
    /// @param forecastPages Hashes of the forecast's pages, as reported; empty when nothing was reported: the forecast is
    /// then 0 for every SKU, and so is the loss.
    /// @dev Stream leaf: `abi.encode(sessionId, lossFen, brandFen, supplierFen, skus, inputsHash)`.
    function settlePage(
        bytes32 sessionId,
        uint256 page,
        bytes calldata rows,
        bytes calldata forecasts,
        bytes32[] calldata forecastPages
    ) external;

    /// @notice Gives a session up: when it has started without a whole snapshot, or is still unsettled
    /// `MoneyLimits.VOID_GRACE_SECONDS` after its end (the forecast's pages are lost). Any active account of either party.
    function voidSession(bytes32 sessionId) external;

    /// @notice Pays what a settled session left due, as far as the escrow reaches. Any active account of either party.
    /// The payee is the account that signed for the brand; if that is not active any more, the caller, when it has the
    /// role `SIGN_AGREEMENTS` of the brand.
    /// @return paidFen What was paid.
    function payDue(bytes32 sessionId) external returns (uint256 paidFen);

    /// @notice Moves tokens of the caller, an active account of the supplier, into the agreement's escrow. Needs an
    /// ERC-20 allowance for this contract.
    function deposit(bytes32 agreementId, uint256 amountFen) external;

    /// @notice Moves tokens from the escrow to the caller, an account of the supplier with the role `SIGN_AGREEMENTS`.
    /// While a session is open all of the escrow is needed; afterwards what is due is.
    function withdraw(bytes32 agreementId, uint256 amountFen) external;

    /// @notice The EIP-712 digest of an agreement, which is its id.
    function digestOf(Agreement calldata agreement) external view returns (bytes32);

    /// @notice The EIP-712 digest of a session, `Session(bytes32 agreementId,bytes32 feedId,uint64 startsAt,uint64 endsAt)`:
    /// the party that does not open the session signs it.
    function sessionDigestOf(bytes32 agreementId, bytes32 feedId, uint64 startsAt, uint64 endsAt)
        external
        view
        returns (bytes32);

    /// @notice Nonce of the next agreement of the two.
    function nonceOf(uint16 brand, uint16 supplier) external view returns (uint256);

    /// @notice A registered agreement. Reverts with `SettlementUnknownAgreement`.
    function agreementOf(bytes32 agreementId) external view returns (AgreementState memory);

    /// @notice A session. Reverts with `SettlementUnknownSession`.
    function sessionOf(bytes32 sessionId) external view returns (Session memory);

    /// @notice Word of a stream (head and count); 0 when it has no entry.
    function streamWord(bytes32 streamId) external view returns (uint256 word);
}
