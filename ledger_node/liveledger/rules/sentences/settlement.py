"""Sentences of Settlement: agreements, sessions and the escrow."""

from __future__ import annotations

from liveledger.domain.money import WHOLE_BPS

_READ = "read the agreement and the session again"
_SIGN_AGAIN = "let it be signed again, over what is sent"
_PAGES = "send the pages from 0 on, each once"

SENTENCES: dict[str, tuple[str, str]] = {
    "SettlementAlreadyStarted": (
        "the session began at {starts_at:time}; it is {time:time}",
        "open sessions before they begin: forecasts count from then on",
    ),
    "SettlementBadSignature": ("the signature for {org:org} is malformed", _SIGN_AGAIN),
    "SettlementDeadlinePassed": (
        "the signatures were good until {deadline:time}; it is {time:time}",
        "let the agreement be signed again with a later deadline",
    ),
    "SettlementEscrowEmpty": ("nothing is paid in for the agreement {agreement_id}", "pay in first: `deposit`"),
    "SettlementEscrowFrozen": (
        "the supplier's escrow of the agreement {agreement_id} stays: the keys of its organisation are being replaced",
        "`liveledger member recovery show GLN` says until when",
    ),
    "SettlementEscrowNeeded": (
        "{amount_fen:money} are asked for, {free_fen:money} of the agreement's deposits are free",
        "what open sessions may need and what is due stays: ask for less, or pay in more",
    ),
    "SettlementFeedCutoff": (
        "the forecast's feed closes at {cutoff:time}, the session begins at {starts_at:time}",
        "open a feed whose cutoff is the session's start",
    ),
    "SettlementFeedKind": ("the feed {feed_id} is no forecast but a {kind:feed}", "name a feed of forecasts"),
    "SettlementFeedOwner": (
        "the feed {feed_id} is of {owner:org}, the agreement's forecaster is {forecaster:org}",
        "name a feed that the forecaster opened",
    ),
    "SettlementForecastMismatch": (
        "the pages are not those of the forecast's last report for the session {session_id}",
        "send the pages that were reported",
    ),
    "SettlementForecastPage": ("page {page} is not the forecast's page of the session {session_id}", _PAGES),
    "SettlementForeignSku": (
        "row {index:nth}: {sku:sku} is not of brand {brand}",
        "an agreement is on the goods of its brand",
    ),
    "SettlementNeverValid": ("the agreement would end at {valid_until:time}, before it began", "give a later end"),
    "SettlementNoPayee": (
        "no account can be paid for the agreement {agreement_id}",
        "the party to be paid needs an active account that signed",
    ),
    "SettlementNotABrand": ("{org:org} is no active brand", "an agreement is between a brand and a supplier"),
    "SettlementNotAParty": (
        "the account {caller:account} acts for no party of the agreement {agreement_id}, or lacks the role",
        "act --as an account of a party with the role sign-agreements",
    ),
    "SettlementNotASupplier": ("{org:org} is no active supplier", "an agreement is between a brand and a supplier"),
    "SettlementNotEnded": (
        "the session ends at {ends_at:time}; it is {time:time}",
        "settle it after its end",
    ),
    "SettlementNotVoidable": (
        "the session {session_id} cannot be given up yet",
        "a session is given up once it began without its whole opening stock, or seven days after its end",
    ),
    "SettlementNothingDue": ("nothing is due for the session {session_id}", "nothing is to be done"),
    "SettlementPageCount": ("the terms have {pages} pages, {limit} may be", "agree on fewer SKUs"),
    "SettlementPageOutOfOrder": ("page {page} came, page {expected} is the next", _PAGES),
    "SettlementPeriod": (
        "a session from {starts_at:time} to {ends_at:time} does not fit an agreement that ends at {valid_until:time}",
        "it begins before it ends, and ends before the agreement does",
    ),
    "SettlementRatioTooHigh": (
        "the brand would bear {brand_bps} basis points",
        f"its share is {WHOLE_BPS} basis points at most",
    ),
    "SettlementSessionClosed": ("the session {session_id} is closed: {status:session}", "nothing is to be done"),
    "SettlementSessionExists": ("the session {session_id} is there already", "give the new one an id of its own"),
    "SettlementSessionOpen": (
        "the session {open_session} of the agreement is not closed yet",
        "settle it first: an agreement's sessions follow each other",
    ),
    "SettlementSkusNotAscending": (
        "row {index:nth}: {sku:sku} is there twice or out of order",
        "sort rows by SKU, over all pages",
    ),
    "SettlementSnapshotIncomplete": (
        "{pages} of {expected} pages of the opening stock are there for the session {session_id}",
        "send the missing pages first",
    ),
    "SettlementTermsMismatch": (
        "the terms are not those that were agreed on in {agreement_id}",
        "send the very pages that both parties signed",
    ),
    "SettlementUnknownAgreement": ("there is no agreement {agreement_id}", _READ),
    "SettlementUnknownForecaster": ("{org:org} is no active organisation", "name an active forecaster"),
    "SettlementUnknownSession": ("there is no session {session_id}", _READ),
    "SettlementUnknownSku": ("row {index:nth}: {sku:sku} is not registered", "register it: `liveledger sku add FILE`"),
    "SettlementWrongNonce": (
        "the agreement has the number {nonce}, the parties' next is {expected}",
        "each agreement is signed once: draft it with the next number",
    ),
    "SettlementWrongRows": (
        "the rows are not page {page} as it was agreed on for the session {session_id}",
        "send the very rows that both parties signed",
    ),
    "SettlementWrongSigner": (
        "{signer:account} does not sign agreements for {org:org}",
        "let an active account of it with the role sign-agreements sign",
    ),
    "SettlementZeroAmount": ("the amount is 0", "give an amount of at least one fen"),
}
