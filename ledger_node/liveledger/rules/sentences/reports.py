"""Sentences of the ReportHub: feeds and signed reports."""

from __future__ import annotations

from liveledger.bindings.constants import MAX_SIGNERS

_REPORTER = "its organisation's security administrator gives it the role report: `liveledger member account set`"
_SIGN_AGAIN = "let the report be signed again, over what is sent"
_SORT = "sort signers by address, each once"

SENTENCES: dict[str, tuple[str, str]] = {
    "FeedAlreadyOpen": ("the feed {feed_id} is open already", "change its signers instead of opening it again"),
    "FeedCutoffPassed": ("the feed's cutoff, {cutoff:time}, is over", "open a feed whose cutoff lies ahead"),
    "FeedNotOwner": (
        "the account {caller:account} may not change the feed {feed_id}",
        "act --as an account of the feed's owner with the role report",
    ),
    "FeedOfAnother": (
        "the feed's id {feed_id} does not begin with the number of {organisation:org}",
        "an organisation's ids of feeds are its own: the first two bytes are its number",
    ),
    "FeedQuorum": (
        f"a quorum of {{quorum}} of {{signers}} signers cannot be: 1 ≤ quorum ≤ signers ≤ {MAX_SIGNERS}",
        "choose other numbers",
    ),
    "FeedSignerNotReporter": ("signer {index:nth}, {signer:account}, has not the role report", _REPORTER),
    "FeedSignersNotAscending": ("signer {index:nth}, {signer}, is there twice or out of order", _SORT),
    "FeedUnknown": ("there is no feed {feed_id}", "open it first"),
    "FeedUnknownKind": ("{kind} is no kind of feed", "forecast (1), alert (2) or sensor batch (3)"),
    "FeedVersionNotNext": (
        "the feed's signers change to version {expected}, not {version}",
        "read the feed again: somebody changed it meanwhile",
    ),
    "ReportBadSignature": ("signature {index:nth} of the report is malformed", _SIGN_AGAIN),
    "ReportConfigMismatch": (
        "the report was signed for other signers or settings of the feed {feed_id} than are in force",
        "read the feed again, then sign",
    ),
    "ReportExpired": ("the report was good until {deadline:time}", "sign a new one, and look at the clock"),
    "ReportForeignDevice": (
        "the device {device_id} is one of {org:org}, the feed of {owner:org}",
        "report a device to a feed of its own organisation",
    ),
    "ReportFromFuture": (
        "the report is of {observed_at:time}, further ahead than clocks may differ",
        "look at the device's clock, and whether it counts seconds or milliseconds",
    ),
    "ReportPayloadHash": ("the report's content is not what was signed", _SIGN_AGAIN),
    "ReportPayloadMalformed": (
        "the report's content is no {kind:feed}: word {word} of it is wrong",
        "docs/formats.md has the form",
    ),
    "ReportQuorumMissing": (
        "the report has {signatures} signatures, {quorum} are needed",
        "wait for further signers, or look which of them are away",
    ),
    "ReportSignersNotAscending": ("signer {index:nth}, {signer}, is there twice or out of order", _SORT),
    "ReportSkipped": (
        "report {sequence} came before report {expected}, which is missing",
        "send the missing one first",
    ),
    "ReportStale": (
        "report {sequence} or a later one is on the ledger already; the next is {expected}",
        "nothing is to be done where it was sent twice",
    ),
    "ReportTooLate": (
        "the feed closed at {cutoff:time}: a forecast is taken before its session begins",
        "commit forecasts earlier; this one is kept out for good",
    ),
    "ReportUnknownDevice": (
        "no active device {device_id} is registered",
        "its organisation's system administrator registers it",
    ),
    "ReportUnknownSigner": (
        "signature {index:nth} is of {signer:account}, which signs for this feed no more or never did",
        _REPORTER,
    ),
}
