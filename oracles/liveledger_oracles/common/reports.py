"""Reports: what is signed, by whom, and the one way in (docs/formats.md, Reports).

A signature binds chain, contract, the feed's signers and quorum, the sequence number and a deadline. A report is keyed
by feed and sequence number, so that a crash between signing and landing never makes a second one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from liveledger.bindings import report_hub
from liveledger.chain.accounts.accounts import address_of
from liveledger.chain.outbox.sender import Sender
from liveledger.domain.errors import InvalidInput
from liveledger.domain.hashing import keccak
from liveledger.domain.payloads import config_digest
from liveledger.domain.times import seconds
from liveledger.domain.typed_data import ReportMessage, sign

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed's configuration in force: ``hub`` and ``signers`` are addresses (20 bytes), signers strictly ascending."""

    chain_id: int
    hub: bytes
    feed_id: bytes
    signers: tuple[bytes, ...]
    quorum: int = 1
    version: int = 1

    def __post_init__(self) -> None:
        if list(self.signers) != sorted(set(self.signers)):
            raise InvalidInput("a feed's signers ascend strictly by address")
        if not 1 <= self.quorum <= len(self.signers):
            raise InvalidInput(f"a quorum of {self.quorum} out of {len(self.signers)} signers", quorum=self.quorum)

    @property
    def digest(self) -> bytes:
        """The configuration digest (32 bytes) that every report names."""
        return config_digest(self.chain_id, self.hub, self.feed_id, self.signers, self.quorum, self.version)


@dataclass(frozen=True, slots=True)
class Observation:
    """What a feed reports next: ``payload``, observed at ``observed_at``, to land up to ``deadline`` (Unix seconds)."""

    sequence: int
    payload: bytes
    observed_at: int
    deadline: int


def draft(feed: Feed, observation: Observation) -> ReportMessage:
    """The struct that signers sign. Raises InvalidInput for a time that is not in Unix seconds, and a deadline that is
    not after the observation.
    """
    seconds(observation.observed_at, "observation's time")
    seconds(observation.deadline, "deadline")
    if observation.deadline <= observation.observed_at:
        raise InvalidInput("a report's deadline lies after its observation")
    return ReportMessage(
        feed.digest,
        feed.feed_id,
        observation.sequence,
        keccak(observation.payload),
        observation.observed_at,
        observation.deadline,
    )


def sign_report(feed: Feed, message: ReportMessage, accounts: Sequence[LocalAccount]) -> list[bytes]:
    """Signatures in ascending order of address, as many as the quorum needs.

    Raises InvalidInput for an account that is no signer of the feed, and when the quorum is missing: half a report is
    never sent.
    """
    by_address = {address_of(account): account for account in accounts}
    strangers = sorted(set(by_address) - set(feed.signers))
    if strangers:
        raise InvalidInput(f"0x{strangers[0].hex()} is no signer of this feed", signer=strangers[0].hex())
    if len(by_address) < feed.quorum:
        raise InvalidInput(f"{len(by_address)} of {feed.quorum} signatures", hint="ask the other signers")
    chosen = sorted(by_address)[: feed.quorum]
    return [sign(message, by_address[address], chain_id=feed.chain_id, contract=feed.hub) for address in chosen]


def report_key(feed: Feed, sequence: int) -> str:
    """The idempotency key of a report: one a feed and sequence number."""
    return f"report:{feed.feed_id.hex()}:{sequence}"


def calldata(feed: Feed, observation: Observation, accounts: Sequence[LocalAccount]) -> bytes:
    """The signed report as a call of the hub."""
    message = draft(feed, observation)
    report = report_hub.Report(*astuple(message))
    return report_hub.Submit(report, observation.payload, sign_report(feed, message, accounts)).calldata()


def submit(
    sender: Sender, feed: Feed, observation: Observation, accounts: Sequence[LocalAccount], *, gas: int | None = None
) -> str:
    """Signs and hands a report to the outbox; returns its key. Doing it again changes nothing.

    Raises RuleViolation when the contract would refuse it (too late, stale, no signer …), and nothing is sent then.
    """
    key = report_key(feed, observation.sequence)
    sender.submit(key, feed.hub, calldata(feed, observation, accounts), gas=gas)
    return key
