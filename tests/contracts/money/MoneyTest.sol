// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IConsortium} from "../../../contracts/interfaces/IConsortium.sol";
import {IDepositToken} from "../../../contracts/interfaces/IDepositToken.sol";
import {IDirectory} from "../../../contracts/interfaces/IDirectory.sol";
import {IProvenance} from "../../../contracts/interfaces/IProvenance.sol";
import {IReportHub} from "../../../contracts/interfaces/IReportHub.sol";
import {ISettlement} from "../../../contracts/interfaces/ISettlement.sol";
import {IStockCuts} from "../../../contracts/interfaces/IStockCuts.sol";
import {IStockLedger} from "../../../contracts/interfaces/IStockLedger.sol";
import {IValidators} from "../../../contracts/interfaces/IValidators.sol";
import {ContractFlag, Fixed, OrganisationKind, Role} from "../../../contracts/lib/Constants.sol";
import {ContractTest, IVersioned} from "../ContractTest.sol";

/// @notice A small ledger: a brand, a supplier, a platform whose accounts report, a finance house that mints.
abstract contract MoneyTest is ContractTest {
    uint256 internal constant BRAND_KEY = 0xb1;
    uint256 internal constant SUPPLIER_KEY = 0xb2;
    uint256 internal constant BANK_KEY = 0xb3;
    uint256 internal constant OUTSIDER_KEY = 0xb4;
    uint256 internal constant CLERK_KEY = 0xb5;
    uint256 internal constant SECOND_BANK_KEY = 0xb6;
    uint256 internal constant START = 1_800_000_000;
    uint64 internal constant BEGIN = uint64(START + 1 hours);
    uint64 internal constant END = uint64(START + 2 hours);
    /// @dev What the Directory says of a contract of agreements.
    uint32 internal constant AGREEMENTS = ContractFlag.ESCROW | ContractFlag.CUTS;
    /// @dev Ids of the platform, organisation 3.
    bytes32 internal constant FEED = "\x00\x03forecast";

    uint16 internal brand;
    uint16 internal supplier;
    uint16 internal platform;
    uint16 internal place;
    address internal brandAccount = CHEATS.addr(BRAND_KEY);
    address internal supplierAccount = CHEATS.addr(SUPPLIER_KEY);
    address internal bank = CHEATS.addr(BANK_KEY);
    /// @dev The second of the two accounts that a mint takes, of another organisation.
    address internal secondBank = CHEATS.addr(SECOND_BANK_KEY);
    address internal outsider = CHEATS.addr(OUTSIDER_KEY);
    /// @dev An account of the brand without any role.
    address internal clerk = CHEATS.addr(CLERK_KEY);
    uint256[3] internal reporterKeys;

    IDirectory internal directory = IDirectory(Fixed.DIRECTORY_ADDRESS);
    IConsortium internal consortium = IConsortium(Fixed.CONSORTIUM_ADDRESS);
    IValidators internal validators = IValidators(Fixed.VALIDATORS_ADDRESS);
    IStockLedger internal stock;
    IStockCuts internal cuts;
    IProvenance internal provenance;
    IReportHub internal hub;
    IDepositToken internal token;
    ISettlement internal settlement;

    uint64 private _gln = 4_000_000_000_000;
    uint64 private _batches;
    uint256 private _receipts;

    function setUp() public virtual {
        CHEATS.warp(START);
        CHEATS.roll(10);
        _genesisDirectory();
        _genesisConsortium();
        _genesis(address(validators), "registry/Validators.sol:Validators");
        _genesis(Fixed.RECOVERY_ADDRESS, "registry/Recovery.sol:Recovery");
        _deploy();
        _admit();
    }

    function _deploy() private {
        stock = IStockLedger(_deployed("stock/StockLedger.sol:StockLedger"));
        cuts = IStockCuts(_deployed("stock/StockCuts.sol:StockCuts"));
        provenance = IProvenance(_deployed("provenance/Provenance.sol:Provenance"));
        hub = IReportHub(_deployed("reports/ReportHub.sol:ReportHub"));
        token = IDepositToken(_deployed("settlement/DepositToken.sol:DepositToken"));
        settlement = ISettlement(_deployed("settlement/Settlement.sol:Settlement"));
        _list("StockLedger", IVersioned(address(stock)).VERSION(), address(stock), 0);
        _list("StockCuts", IVersioned(address(cuts)).VERSION(), address(cuts), 0);
        _list("ReportHub", IVersioned(address(hub)).VERSION(), address(hub), 0);
        _list("DepositToken", IVersioned(address(token)).VERSION(), address(token), ContractFlag.GOVERNABLE);
        _list("Settlement", IVersioned(address(settlement)).VERSION(), address(settlement), AGREEMENTS);
    }

    function _admit() private {
        brand = consortium.registerOrganisation(OrganisationKind.BRAND, _nextGln(), 0);
        supplier = consortium.registerOrganisation(OrganisationKind.SUPPLIER, _nextGln(), 0);
        platform = consortium.registerOrganisation(OrganisationKind.PLATFORM, _nextGln(), 0);
        uint16 finance = consortium.registerOrganisation(OrganisationKind.FINANCE, _nextGln(), 0);
        _account(
            BRAND_KEY,
            brand,
            Role.POST_MOVEMENTS | Role.CAPTURE_EVENTS | Role.SIGN_AGREEMENTS | Role.REGISTER_SKUS
        );
        _account(CLERK_KEY, brand, 0);
        _account(SUPPLIER_KEY, supplier, Role.SIGN_AGREEMENTS);
        _account(BANK_KEY, finance, Role.MINT_DEPOSITS);
        _account(SECOND_BANK_KEY, platform, Role.MINT_DEPOSITS);
        for (uint256 i = 0; i < 3; ++i) {
            reporterKeys[i] = _keyByRank(i);
            _account(reporterKeys[i], platform, Role.REPORT);
        }
        place = consortium.registerPlace(brand, _nextGln());
    }

    /// @dev Keys 0xc1 … 0xc3 ordered by their addresses, as signatures must be.
    function _keyByRank(uint256 rank) private pure returns (uint256) {
        for (uint256 key = 0xc1; key <= 0xc3; ++key) {
            uint256 below = 0;
            for (uint256 other = 0xc1; other <= 0xc3; ++other) {
                if (CHEATS.addr(other) < CHEATS.addr(key)) ++below;
            }
            if (below == rank) return key;
        }
        revert("no such rank");
    }

    function _nextGln() internal returns (uint64) {
        uint64 body = ++_gln / 10 * 10;
        _gln += 9;
        uint256 sum = 0;
        uint64 rest = body / 10;
        for (uint256 weight = 3; rest != 0; weight = 4 - weight) {
            sum += rest % 10 * weight;
            rest /= 10;
        }
        return body + uint64((10 - sum % 10) % 10);
    }

    // --- stock ---------------------------------------------------------------------------------------------------

    function _registerSkus(uint256 count) internal returns (uint32 first) {
        string[] memory codes = new string[](count);
        for (uint256 i = 0; i < count; ++i) {
            codes[i] = string(abi.encodePacked("SKU-", bytes1(uint8(65 + i))));
        }
        CHEATS.prank(brandAccount);
        return stock.registerSkus(codes, new uint64[](count), new uint8[](count));
    }

    /// @dev Posts one movement of `kind` by the brand, unless the quantity is 0.
    function _post(uint32 sku, uint8 kind, uint16 from, uint16 to, uint24 quantity) internal {
        if (quantity == 0) return;
        bytes memory record = abi.encodePacked(kind, from, to, quantity, uint32(block.timestamp));
        CHEATS.prank(brandAccount);
        stock.post(0, _batches++, 0, abi.encodePacked(sku, uint16(1), uint16(0), record));
    }

    function _receive(uint32 sku, uint24 quantity) internal {
        _post(sku, 1, 0, place, quantity);
    }

    function _sell(uint32 sku, uint24 quantity) internal {
        _post(sku, 14, place, 0, quantity);
    }

    function _return(uint32 sku, uint24 quantity) internal {
        _post(sku, 7, 0, place, quantity);
    }

    // --- agreements, feeds, sessions -------------------------------------------------------------------------------

    function _terms(uint32 sku, uint64 unitCostFen) internal pure returns (bytes memory rows, bytes32[] memory pages) {
        rows = abi.encodePacked(sku, unitCostFen);
        pages = new bytes32[](1);
        pages[0] = keccak256(rows);
    }

    function _agreement(bytes32[] memory pages, uint16 brandBps) internal view returns (ISettlement.Agreement memory) {
        return ISettlement.Agreement({
            brand: brand,
            supplier: supplier,
            forecaster: platform,
            brandBps: brandBps,
            termsHash: keccak256(abi.encode(pages)),
            validUntil: type(uint64).max,
            nonce: settlement.nonceOf(brand, supplier),
            deadline: block.timestamp
        });
    }

    function _register(ISettlement.Agreement memory agreement) internal returns (bytes32) {
        bytes32 id = settlement.digestOf(agreement);
        return settlement.register(agreement, _sign(BRAND_KEY, id), _sign(SUPPLIER_KEY, id));
    }

    /// @dev A party's signature under a session that the other one opens.
    function _consent(uint256 key, bytes32 agreementId, bytes32 feedId, uint64 startsAt, uint64 endsAt)
        internal
        view
        returns (bytes memory)
    {
        return _sign(key, settlement.sessionDigestOf(agreementId, feedId, startsAt, endsAt));
    }

    function _signers(uint256 count) internal view returns (address[] memory signers) {
        signers = new address[](count);
        for (uint256 i = 0; i < count; ++i) {
            signers[i] = CHEATS.addr(reporterKeys[i]);
        }
    }

    function _openFeed(bytes32 feedId, uint8 kind, uint64 cutoff, uint256 signers, uint8 quorum) internal {
        CHEATS.prank(CHEATS.addr(reporterKeys[0]));
        hub.openFeed(feedId, kind, cutoff, _signers(signers), quorum, 1);
    }

    function _report(bytes32 feedId, bytes memory payload) internal view returns (IReportHub.Report memory) {
        (uint256 count,) = hub.latest(feedId);
        return IReportHub.Report({
            configDigest: hub.feedOf(feedId).configDigest,
            feedId: feedId,
            sequence: count,
            payloadHash: keccak256(payload),
            observedAt: block.timestamp,
            deadline: block.timestamp + 60
        });
    }

    function _signatures(IReportHub.Report memory report, uint256 count) internal view returns (bytes[] memory list) {
        list = new bytes[](count);
        bytes32 digest = hub.digestOf(report);
        for (uint256 i = 0; i < count; ++i) {
            list[i] = _sign(reporterKeys[i], digest);
        }
    }

    function _submit(bytes32 feedId, bytes memory payload, uint256 signatures) internal {
        IReportHub.Report memory report = _report(feedId, payload);
        bytes[] memory signed = _signatures(report, signatures);
        CHEATS.prank(brandAccount);
        hub.submit(report, payload, signed);
    }

    /// @dev As both minters ask for it.
    function _mintTo(address account, uint256 amountFen, bytes32 receipt) internal {
        CHEATS.prank(bank);
        token.mint(account, amountFen, receipt);
        CHEATS.prank(secondBank);
        token.mint(account, amountFen, receipt);
    }

    function _fund(bytes32 agreementId, uint256 amountFen) internal {
        if (amountFen == 0) return;
        _mintTo(supplierAccount, amountFen, bytes32(++_receipts));
        CHEATS.startPrank(supplierAccount);
        token.approve(address(settlement), amountFen);
        settlement.deposit(agreementId, amountFen);
        CHEATS.stopPrank();
    }

    function _pages(bytes memory page) internal pure returns (bytes32[] memory pages) {
        pages = new bytes32[](1);
        pages[0] = keccak256(page);
    }
}
