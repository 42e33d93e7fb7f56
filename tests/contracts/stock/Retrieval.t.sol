// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

import {IStockLedger} from "../../../contracts/interfaces/IStockLedger.sol";
import {ApprovedAct, OrganisationKind, Role, Status} from "../../../contracts/lib/Constants.sol";
import {StockTest} from "./StockTest.sol";

/// @notice A brand fetches its goods from a place whose operator may not move them any more.
contract RetrievalTest is StockTest {
    uint256 private constant OPERATOR_KEY = 0xe1;
    uint256 private constant CARRIER_KEY = 0xe2;
    uint8 private constant RELEASE = 3;
    uint8 private constant RETURN = 7;
    uint8 private constant SCRAP = 11;
    uint8 private constant HOLD = 12;
    uint8 private constant RESTOCK = 13;
    uint8 private constant SEND_BACK = 15;
    uint256 private constant REST = 7 days;

    address private operator;
    uint16 private there;
    uint64 private posted;

    /// @dev 40 available, 30 reserved, 20 in transit and 10 held, at a place of the platform, which the brand approved.
    function setUp() public override {
        super.setUp();
        _account(OPERATOR_KEY, platform, Role.POST_MOVEMENTS);
        operator = CHEATS.addr(OPERATOR_KEY);
        there = consortium.registerPlace(platform, _nextGln());
        consortium.approveOperator(brand, platform, true);
        CHEATS.prank(operator);
        stock.post(
            1,
            posted++,
            0,
            _group(
                sku,
                abi.encodePacked(
                    _record(RECEIVE, 0, there, 90),
                    _record(RESERVE, there, there, 50),
                    _record(SHIP, there, there, 20),
                    _record(RETURN, 0, there, 10)
                )
            )
        );
    }

    function testWhileTheOperatorMayMoveThemTheBrandMayNot() public {
        _expect(_record(TRANSFER, there, place, 1), _notOperated(brand));
        consortium.approveOperator(brand, platform, false);
        _postGroup(_record(TRANSFER, there, place, 40));
        require(_lane(place, 0) == 40 && _lane(there, 0) == 0, "fetched");
        require(int256(_sumOfLanes(sku, 0, there) + _sumOfLanes(sku, 0, place)) == _counted(sku), "conservation");
        consortium.approveOperator(brand, platform, true);
        _expect(_record(SHIP, there, place, 1), _notOperated(brand));
    }

    function testWhatIsPromisedRestsForSevenDays() public {
        uint256 ended = block.timestamp;
        consortium.approveOperator(brand, platform, false);
        bytes memory promised =
            abi.encodeWithSelector(IStockLedger.StockPromised.selector, 0, there, ended + REST);
        _expect(_record(SHIP, there, place, 1), promised);
        _expect(_record(ARRIVE, there, place, 1), promised);
        _expect(_record(RELEASE, there, there, 1), _notOperated(brand));
        CHEATS.warp(ended + REST - 1);
        _expect(_record(SHIP, there, place, 1), promised);
        CHEATS.warp(ended + REST);
        _postGroup(abi.encodePacked(_record(SHIP, there, place, 30), _record(ARRIVE, there, place, 20)));
        require(_lane(place, 2) == 30 && _lane(place, 0) == 20, "fetched");
    }

    /// @notice Withdrawing twice, or approving something else, does not make it sooner; an end counts from itself.
    function testTheRestCountsFromTheLastWord() public {
        uint64 end = uint64(block.timestamp + 100);
        consortium.setApproval(brand, platform, ApprovedAct.MOVE, end, new uint16[](0), new uint32[](0));
        CHEATS.warp(end);
        _expect(_record(SHIP, there, place, 1), _notOperated(brand));
        CHEATS.warp(end + REST - 1);
        bytes memory promised = abi.encodeWithSelector(IStockLedger.StockPromised.selector, 0, there, end + REST);
        _expect(_record(SHIP, there, place, 1), promised);
        CHEATS.warp(end + REST);
        _postGroup(_record(SHIP, there, place, 1));
        uint256 again = block.timestamp;
        consortium.approveOperator(brand, platform, false);
        promised = abi.encodeWithSelector(IStockLedger.StockPromised.selector, 0, there, again + REST);
        _expect(_record(SHIP, there, place, 1), promised);
    }

    function testHeldGoodsStayHeldOnTheWay() public {
        consortium.approveOperator(brand, platform, false);
        _postGroup(
            abi.encodePacked(
                _record(RESTOCK, there, there, 9), _record(TRANSFER, there, place, 9), _record(HOLD, place, place, 9)
            )
        );
        require(_lane(place, 3) == 9 && _lane(there, 3) == 1, "held");
        _postGroup(_record(SEND_BACK, there, 0, 1));
        require(_lane(there, 3) == 0, "to whom they came from");
    }

    function testNothingComesInAndNothingElseIsDone() public {
        consortium.approveOperator(brand, platform, false);
        bytes memory reason = _notOperated(brand);
        _expect(_record(RECEIVE, 0, there, 1), reason);
        _expect(_record(FOUND, 0, there, 1), reason);
        _expect(_record(RESERVE, there, there, 1), reason);
        _expect(_record(HOLD, there, there, 1), reason);
        _expect(_record(LOST, there, 0, 1), reason);
        _expect(_record(SELL, there, 0, 1), reason);
        _expect(_record(SCRAP, there, 0, 1), reason);
        // Whether goods came to a place its operator says, and what left it whoever operates it.
        _expect(_record(ARRIVE, there, there, 1), reason);
        _expect(_record(SHIP, there, there, 1), reason);
        _postGroup(_record(RECEIVE, 0, place, 1));
        _expect(_record(TRANSFER, place, there, 1), reason);
        // Nor does it go to another's place: it comes to the brand's own.
        uint16 other = consortium.registerPlace(platform, _nextGln());
        _expect(
            _record(TRANSFER, there, other, 1),
            abi.encodeWithSelector(IStockLedger.StockPlaceNotOperated.selector, 0, other, brand)
        );
        _expect(
            _record(TRANSFER, there, place, 41),
            abi.encodeWithSelector(IStockLedger.StockOversell.selector, 0, sku, there, 0)
        );
    }

    function testAPlaceThatItsOperatorSuspendedKeepsNothing() public {
        consortium.approveOperator(brand, platform, false);
        consortium.setPlace(there, platform, Status.SUSPENDED);
        _postGroup(abi.encodePacked(_record(TRANSFER, there, place, 30), _record(TRANSFER, there, place, 10)));
        require(_lane(place, 0) == 40, "fetched");
        _expect(
            _record(SELL, there, 0, 1), abi.encodeWithSelector(IStockLedger.StockPlaceSuspended.selector, 0, there)
        );
    }

    function testWhoWasWithdrawnPostsNothingAnyMore() public {
        consortium.approveOperator(brand, platform, false);
        bytes memory batch = _group(sku, _record(SELL, there, 0, 1));
        CHEATS.prank(operator);
        CHEATS.expectRevert(abi.encodeWithSelector(IStockLedger.StockBrandNotApproved.selector, 0, brand, platform));
        stock.post(1, posted, 0, batch);
    }

    function testAnotherFetchesForTheBrandWhereItLetsIt() public {
        uint16 carrier = consortium.registerOrganisation(OrganisationKind.LOGISTICS, _nextGln(), 0);
        _account(CARRIER_KEY, carrier, Role.POST_MOVEMENTS);
        uint16 depot = consortium.registerPlace(carrier, _nextGln());
        consortium.approveOperator(brand, carrier, true);
        bytes memory fetch = _group(sku, _record(TRANSFER, there, depot, 5));
        _refuseCarrier(fetch, _notOperated(carrier));
        consortium.approveOperator(brand, platform, false);
        // To move the brand's goods is not to fetch them from others.
        _refuseCarrier(fetch, _notOperated(carrier));
        uint8 acts = ApprovedAct.MOVE | ApprovedAct.RETRIEVE;
        uint16[] memory places = new uint16[](1);
        places[0] = depot;
        consortium.setApproval(brand, carrier, acts, 0, places, new uint32[](0));
        bytes4 outside = IStockLedger.StockPlaceNotApproved.selector;
        _refuseCarrier(fetch, abi.encodeWithSelector(outside, 0, there, brand, carrier));
        places[0] = there;
        consortium.widenApproval(brand, carrier, places, new uint32[](0));
        CHEATS.prank(CHEATS.addr(CARRIER_KEY));
        stock.post(1, 0, 0, fetch);
        require(_lane(depot, 0) == 5, "fetched");
        // The brand's own places are nobody's to empty.
        _postGroup(_record(RECEIVE, 0, place, 5));
        consortium.setApproval(brand, carrier, acts, 0, new uint16[](0), new uint32[](0));
        CHEATS.prank(CHEATS.addr(CARRIER_KEY));
        CHEATS.expectRevert(
            abi.encodeWithSelector(IStockLedger.StockPlaceNotOperated.selector, 0, place, carrier)
        );
        stock.post(1, 1, 0, _group(sku, _record(TRANSFER, place, depot, 5)));
    }

    /// @notice What was admitted for one SKU is not for another, whose operator may move it.
    function testAnApprovalForSomeSkusLeavesTheOthersToTheBrand() public {
        string[] memory codes = new string[](1);
        codes[0] = "SECOND";
        CHEATS.prank(brandAccount);
        uint32 second = stock.registerSkus(codes, new uint64[](1), new uint8[](1));
        bytes memory batch = _group(second, _record(RECEIVE, 0, there, 5));
        CHEATS.prank(operator);
        stock.post(1, posted++, 0, batch);
        uint32[] memory skus = new uint32[](1);
        skus[0] = second;
        consortium.setApproval(brand, platform, ApprovedAct.MOVE, 0, new uint16[](0), skus);
        bytes memory record = _record(TRANSFER, there, place, 2);
        batch = abi.encodePacked(_group(sku, abi.encodePacked(record, record)), _group(second, record));
        CHEATS.prank(brandAccount);
        CHEATS.expectRevert(
            abi.encodeWithSelector(IStockLedger.StockPlaceNotOperated.selector, 2, there, brand)
        );
        stock.post(1, sequence, 0, batch);
        _postGroup(abi.encodePacked(record, record));
    }

    function _refuseCarrier(bytes memory batch, bytes memory reason) private {
        CHEATS.prank(CHEATS.addr(CARRIER_KEY));
        CHEATS.expectRevert(reason);
        stock.post(1, 0, 0, batch);
    }

    function _notOperated(uint16 who) private view returns (bytes memory) {
        return abi.encodeWithSelector(IStockLedger.StockPlaceNotOperated.selector, 0, there, who);
    }
}
