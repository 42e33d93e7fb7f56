// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.36;

/// @title Orders that bring goods where they run short
/// @notice A brand sets weights, caps, places, links and levels; an order is taken only if it is the one that the rule
/// gives on the facts of its block (docs/replenishment.md). Quantities are whole base units, distances metres, times
/// Unix seconds, carbon grams a unit, weights and reserve basis points.
/// @dev Trust: the brand is believed about links and levels, StockLedger about stock. An order moves nothing: the goods
/// move by stock movements that name it as their document. Paused with `RuleFamily.STOCK`.
interface IReplenishment {
    /// @notice A brand's settings. The four weights add up to `MoneyLimits.WHOLE_BPS`.
    /// @param transferUnits most units of one order
    /// @param dayUnits most units of a SKU that are ordered into one place on one day (UTC)
    /// @param coolDownSeconds between two orders of a SKU into one place, and against loops
    /// @param hubReserveBps share that stays at a hub, of its target or of what it has, whichever is more; rounded up
    /// @param supplier organisation that gets orders when nothing else has stock; 0 = none
    /// @param supplierSeconds its lead time
    /// @param orderSeconds how long after the lead time (the way's or the supplier's) an order stays open before anybody may
    /// declare it expired
    /// @param maxLevelAgeSeconds how long levels count after they were set
    struct Settings {
        uint16 stockBps;
        uint16 distanceBps;
        uint16 timeBps;
        uint16 carbonBps;
        uint64 transferUnits;
        uint64 dayUnits;
        uint32 coolDownSeconds;
        uint16 hubReserveBps;
        uint16 supplier;
        uint32 supplierSeconds;
        uint32 orderSeconds;
        uint32 maxLevelAgeSeconds;
    }

    /// @notice A place between which a brand moves goods; a region has at most one hub.
    struct Candidate {
        uint16 place;
        uint16 region;
        bool hub;
    }

    /// @notice The way from one place to another.
    /// @param carbonGrams a unit
    /// @param open false = there is none
    struct Link {
        uint16 from;
        uint16 to;
        uint32 metres;
        uint32 transitSeconds;
        uint32 carbonGrams;
        bool open;
    }

    /// @notice Levels of a SKU at a place.
    /// @param threshold below it an order may be made
    /// @param target up to which an order fills; at least the threshold
    /// @param leadSeconds for which the threshold was computed
    /// @param sequence one more than that of the levels before, from 1
    struct Levels {
        uint32 sku;
        uint16 place;
        uint64 threshold;
        uint64 target;
        uint32 leadSeconds;
        uint64 sequence;
    }

    /// @notice What is on its way by orders, of a SKU at a place.
    /// @param incoming units of open orders into the place
    /// @param outgoing units of open orders out of it
    /// @param dayUnits units ordered into it on `day`, without what was given back
    /// @param day days since 1970 (UTC) of the latest order
    /// @param orderedAt Unix seconds of the latest order into it, 0 when that was given back
    struct Flow {
        uint64 incoming;
        uint64 outgoing;
        uint64 dayUnits;
        uint32 day;
        uint32 orderedAt;
    }

    /// @notice What the rule gives for a SKU at a place.
    /// @param kind see `SourceKind`
    /// @param source place, or organisation for a supplier
    /// @param position available + ordered and not ended, at the place that orders
    /// @param score of the source among the neighbours, lower is better; 0 for hub and supplier
    struct Choice {
        uint8 kind;
        uint16 source;
        uint64 quantity;
        uint64 position;
        uint32 score;
    }

    /// @notice An order; `status` see `OrderStatus`, `deadline` and `madeAt` in Unix seconds.
    struct Order {
        uint8 kind;
        uint8 status;
        uint16 source;
        uint16 to;
        uint64 quantity;
        uint64 deadline;
        uint32 madeAt;
    }

    /// @notice A brand's policy changed; `data` is the call and the payload of leaf `index` of its policy stream.
    event PolicyChanged(uint16 indexed brand, uint64 indexed index, address indexed poster, bytes data);
    /// @notice An order was made or ended; `entry` is the payload of leaf `index` of the SKU's orders (docs/formats.md).
    event OrderRecorded(uint32 indexed sku, uint64 indexed index, address indexed poster, bytes entry);

    /// @notice The account's organisation is no brand.
    error ReplenishmentNotBrand(uint16 organisation);
    /// @notice The account's organisation is neither the brand nor approved by it.
    error ReplenishmentNotApproved(uint16 brand, uint16 organisation);
    error ReplenishmentWeights(uint256 sum);
    /// @notice A cap, a time or the reserve is out of its range; `field` counts the fields of `Settings` from 0.
    error ReplenishmentSettingOutOfRange(uint256 field, uint256 value);
    error ReplenishmentUnknownSupplier(uint16 organisation);
    error ReplenishmentNoSettings(uint16 brand);
    /// @notice The brand has `ReplenishmentLimits.MAX_CANDIDATES` places.
    error ReplenishmentPlacesFull(uint16 brand);
    /// @notice No active place, or its operator is not active or not approved by the brand.
    error ReplenishmentPlaceNotUsable(uint16 brand, uint16 place);
    /// @notice The place is none of the brand's list.
    error ReplenishmentPlaceNotListed(uint16 brand, uint16 place);
    error ReplenishmentSecondHub(uint16 region, uint16 hub);
    /// @notice A call has 1 to `ReplenishmentLimits.MAX_POLICY_ROWS` rows.
    error ReplenishmentRows(uint256 rows);
    error ReplenishmentLinkToItself(uint256 index, uint16 place);
    error ReplenishmentUnknownSku(uint256 index, uint32 sku);
    /// @notice All levels of one call are of one brand.
    error ReplenishmentForeignSku(uint256 index, uint32 sku, uint16 brand);
    error ReplenishmentLevels(uint256 index, uint64 threshold, uint64 target);
    /// @notice The sequence is not `current + 1`.
    error ReplenishmentLevelsStale(uint256 index, uint64 sequence, uint64 current);

    /// @notice No lot of the SKU, not above the one before it, or more than `ReplenishmentLimits.KEPT_LOTS`.
    error ReplenishmentLot(uint256 index, uint16 lot);

    error ReplenishmentNoLevels(uint32 sku, uint16 place);
    /// @notice The levels counted up to `until`: new ones are due.
    error ReplenishmentLevelsTooOld(uint256 until);
    error ReplenishmentAboveThreshold(uint64 position, uint64 threshold);
    error ReplenishmentCoolDown(uint256 until);
    error ReplenishmentDayCapUsedUp(uint64 units);
    error ReplenishmentUnknownLink(uint16 from, uint16 to);
    /// @notice A transfer the other way is open, or was made or arrived within the cool-down.
    error ReplenishmentLoop(uint16 from, uint16 to);
    error ReplenishmentPurchasingFrozen(uint16 brand);
    /// @notice No place has anything to give, and no supplier is set or it is not active.
    error ReplenishmentNoSource(uint32 sku, uint16 place);
    error ReplenishmentNotTheChoice(uint8 expectedKind, uint16 expectedSource, uint64 expectedQuantity);

    error ReplenishmentUnknownOrder(uint96 orderId);
    error ReplenishmentOrderEnded(uint96 orderId, uint8 status);
    /// @notice The account's organisation operates neither end of the order.
    error ReplenishmentNotAnEnd(uint96 orderId, uint16 organisation);
    /// @notice More units were received than shipped, or more than the limit of units.
    error ReplenishmentUnits(uint64 shipped, uint64 received);
    error ReplenishmentNotExpired(uint96 orderId, uint64 deadline);

    /// @notice Sets the sender's brand's settings. The sender needs `Role.SIGN_AGREEMENTS`.
    function setSettings(Settings calldata settings) external;

    /// @notice Lists a place of the sender's brand or changes its entry. The sender needs `Role.SIGN_AGREEMENTS`.
    function setPlace(Candidate calldata candidate) external;

    /// @notice Takes a place off the list; its open orders stay. The sender needs `Role.SIGN_AGREEMENTS`.
    function removePlace(uint16 place) external;

    /// @notice Sets links of the sender's brand. The sender needs `Role.SIGN_AGREEMENTS`.
    function setLinks(Link[] calldata links) external;

    /// @notice Sets levels of a brand's SKUs. The sender needs `Role.REPORT` at the brand or an approved organisation.
    /// @param basis commitment to what the levels were computed from: a hash of inputs, or of a report's payload
    function setLevels(Levels[] calldata levels, bytes32 basis) external;

    /// @notice Says which lots of a SKU count besides lot 0 and the newest, in the place of what was said before: whoever else
    /// registers lots cannot push them out of sight. The sender needs `Role.SIGN_AGREEMENTS` at the brand.
    /// @param lots numbers, ascending; at most `ReplenishmentLimits.KEPT_LOTS`
    function keepLots(uint32 sku, uint16[] calldata lots) external;

    /// @notice Makes an order; anything but the choice of the rule is refused. The sender needs `Role.REPORT` at the brand or
    /// an approved organisation.
    /// @return orderId `sku << 64 | index of its leaf`
    function order(uint32 sku, uint16 to, uint8 kind, uint16 source, uint64 quantity)
        external
        returns (uint96 orderId);

    /// @notice Ends an order with what was shipped and received. The sender needs `Role.POST_MOVEMENTS` at the operator of
    /// either place, or at the supplier.
    function close(uint96 orderId, uint64 shippedUnits, uint64 receivedUnits) external;

    /// @notice Gives an order up; `ReplenishmentLimits.MOST_GIVEN_BACK` times a day, SKU and place it counts neither for the
    /// day's cap nor for cool-downs any more. The sender needs `Role.REPORT` at the brand or at an organisation that it lets
    /// order.
    function cancel(uint96 orderId) external;

    /// @notice Ends an order after its deadline. Any active account.
    function expire(uint96 orderId) external;

    /// @notice What the rule gives now; reverts with the reason when there is nothing to order.
    function choiceOf(uint32 sku, uint16 to) external view returns (Choice memory choice);

    /// @notice Settings of a brand; all zero when it has none.
    function settingsOf(uint16 brand) external view returns (Settings memory);

    /// @notice Places of a brand, in no order.
    function placesOf(uint16 brand) external view returns (Candidate[] memory);

    /// @notice A brand's link; `open` is false when there is none.
    function linkOf(uint16 brand, uint16 from, uint16 to) external view returns (Link memory);

    /// @notice Levels of a SKU at a place, and when they were set (Unix seconds); `sequence` is 0 when there are none.
    function levelsOf(uint32 sku, uint16 place) external view returns (Levels memory levels, uint32 setAt);

    /// @notice The lots that a SKU's brand keeps in sight: sixteen numbers (uint16) a word, ascending from the low bits of
    /// `first`; 0 = no more.
    function keptLotsOf(uint32 sku) external view returns (uint256 first, uint256 second);

    function flowOf(uint32 sku, uint16 place) external view returns (Flow memory);

    /// @notice Orders of a SKU between two places, in one direction: when the latest that ended was closed with goods, or made
    /// where it shipped nothing and was not given back; and how many are open.
    function pairOf(uint32 sku, uint16 from, uint16 to) external view returns (uint64 latestAt, uint32 open);

    /// @notice An order; reverts with `ReplenishmentUnknownOrder`.
    function orderOf(uint96 orderId) external view returns (Order memory);

    /// @notice Word of a stream (head and count); 0 when it has no entry.
    function streamWord(bytes32 streamId) external view returns (uint256 word);
}
