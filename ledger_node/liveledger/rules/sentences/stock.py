"""Sentences of the StockLedger. A record of a batch has no number here: batches are sorted, callers name messages."""

from __future__ import annotations

from liveledger.bindings.constants import MAX_AHEAD_SECONDS, MAX_CODE_BYTES

SENTENCES: dict[str, tuple[str, str]] = {
    "StockArrayLengths": (
        "{codes} codes, {gtins} GTINs and {units} units were given: each SKU needs one of each",
        "give as many of each",
    ),
    "StockBadCode": (
        "record {index:nth}: the code has {length} bytes",
        f"a SKU's code has 1 to {MAX_CODE_BYTES} bytes, a lot's 1 to 20",
    ),
    "StockBadGtin": ("record {index:nth}: {gtin} is no GTIN", "a GTIN has at most 14 digits"),
    "StockBadSignature": (
        "the second organisation's signature on this batch is not valid",
        "let it be signed again: `liveledger correction sign`",
    ),
    "StockBrandNotApproved": (
        "{organisation:org} may not, or no longer, move the goods of brand {brand}",
        "the brand allows it: `liveledger member operator approve GLN`",
    ),
    "StockBrandNotParty": (
        "neither of the two organisations is the brand {brand}, whose goods the batch moves",
        "one of the two must be the brand of every SKU in the batch",
    ),
    "StockCounterOverflow": (
        "{sku:sku}: its counters are full",
        "no more of this SKU can be counted: register a new one",
    ),
    "StockDeadlinePassed": (
        "the second signature was good until {deadline:time}; the block is of {block_time:time}",
        "draft the correction again and let it be signed again",
    ),
    "StockDuplicateCode": (
        "record {index:nth}: the code {code} is registered already",
        "`liveledger sku show BRAND CODE` says what it stands for",
    ),
    "StockEmptyBatch": ("the batch holds no movement", "send at least one"),
    "StockLaneOverflow": (
        "{sku:sku} at {place:place}: the lane for goods that are {lane:lane} is full",
        "look at the quantity: it is far more than goods there can be",
    ),
    "StockLotRecalled": (
        "{sku:sku}: lot {lot} is recalled, and a movement would bring goods of it to customers or back onto the shelf",
        "hold, send back or scrap them; `liveledger sku recall --lift` by two organisations ends a recall",
    ),
    "StockLotIsTheBrands": (
        "{sku:sku}: lot {lot} is the brand's own: it registered it, or has corrected it before",
        "nobody changes the date of a brand's own lot: register another one",
    ),
    "StockLotsOfOthers": (
        "{sku:sku}: {organisation:org} is not its brand and may register {rest} more lots of it today (UTC), of five",
        "let the brand register them: `liveledger sku lots`; or register the rest tomorrow",
    ),
    "StockLotsExhausted": ("{sku:sku} has as many lots as a SKU can have", "register a new SKU for further lots"),
    "StockNeedsAgreement": (
        "{sku:sku}: of this SKU your organisation may adjust {rest} more units alone today",
        "let a second organisation agree: `liveledger correction adjust`, `sign` and `post`",
    ),
    "StockNotBrand": ("{organisation:org} is no brand", "SKUs are registered by an account of their brand"),
    "StockNotInspector": (
        "{organisation:org} is neither the brand of the goods nor an inspector",
        "a lot is recalled, and its recall lifted, by its brand or an inspector",
    ),
    "StockNotRecalled": ("{sku:sku}: lot {lot} is not recalled", "there is nothing to lift"),
    "StockOversell": (
        "{sku:sku} at {place:place}: the movement takes more than is {lane:lane} there",
        "look at `liveledger stock show BRAND SKU PLACE`; goods under a lot are moved with that lot",
    ),
    "StockPlaceMismatch": (
        "a movement of the kind {kind:kind} does not go from {from_:place} to {to:place}",
        "docs/messages.md lists which places each kind of movement needs",
    ),
    "StockPlaceNotApproved": (
        "brand {brand} lets {organisation:org} move its goods at some places only; {place:place} is none of them",
        "the brand adds it: `liveledger member operator widen GLN --place GLN`",
    ),
    "StockPlaceNotOperated": (
        "{place:place} is not operated by {organisation:org}",
        "its operator posts this movement: `liveledger member place list`",
    ),
    "StockPlaceSuspended": ("{place:place} is suspended", "its operator says why, and for how long"),
    "StockPromised": (
        "what is reserved or in transit at {place:place} may be promised: its brand fetches it from {free:time}",
        "its operator, approved anew, can deliver it until then; goods that are available or held can be fetched now",
    ),
    "StockSameOrganisation": (
        "both signatures are of {organisation:org}: two organisations must agree",
        "let an account of the other organisation sign",
    ),
    "StockSequenceRepeated": (
        "batch {sequence} was posted before: the lane's next is {expected}",
        "nothing is to be done where the outbox sent it again; else post on another lane",
    ),
    "StockSequenceSkipped": (
        "batch {sequence} came before batch {expected}, which is missing",
        "post the missing one first, or draft this one again",
    ),
    "StockSerialsExhausted": ("brand {brand} has as many SKUs as a brand can have", "no more can be registered"),
    "StockSkuNotApproved": (
        "its brand lets {organisation:org} move some SKUs only; {sku:sku} is none of them",
        "the brand adds it: `liveledger member operator widen GLN --sku CODE`",
    ),
    "StockTimeInFuture": (
        "the movement is of {time:time}, the block of {block_time:time}",
        f"it may lie {MAX_AHEAD_SECONDS} s ahead at most: look at the sender's clock and time zone",
    ),
    "StockTruncated": (
        "the batch is malformed from byte {offset} on",
        "post through LiveLedger's own API or commands, which pack it",
    ),
    "StockUnknownKind": ("{kind} is no kind of movement", "docs/messages.md lists the kinds"),
    "StockUnknownLot": (
        "{sku:sku} has no lot number {lot}",
        "register it first: `liveledger sku lots BRAND FILE`",
    ),
    "StockUnknownPlace": ("the ledger knows no place number {place}", "register it: `liveledger member place add GLN`"),
    "StockUnknownSku": ("{sku:sku} is not registered", "register it: `liveledger sku add FILE`"),
    "StockUnsorted": (
        "{sku:sku} stands behind {previous:sku} in the batch: SKUs and lots must ascend",
        "post through LiveLedger's own API or commands, which sort it",
    ),
    "StockZeroQuantity": ("a movement moves nothing: its quantity is 0", "give a quantity of at least 1"),
}
