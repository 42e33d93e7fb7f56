"""Comparisons of places with outside systems: one row and one leaf a record."""

from __future__ import annotations

from dataclasses import asdict

from liveledger.bindings.accuracy import AccuracyRecordedEvent
from liveledger.chain.rpc.records import Log
from liveledger.domain.hashing import uint_word
from liveledger.domain.streams import place_stream
from liveledger.index.accuracy.tables import accuracy_records
from liveledger.index.heads import Heads, Place
from liveledger.index.writer import Writer
from liveledger.rules.accuracy.facts import Comparison, PlaceAccuracy
from liveledger.rules.accuracy.formula import Finding

ACCURACY = "Accuracy"


def accuracy_recorded(heads: Heads, writer: Writer, log: Log, place: Place) -> None:
    """``AccuracyRecorded``: one leaf in the place's stream."""
    event = AccuracyRecordedEvent.decode(log.topics, log.data)
    comparison = Comparison(*event.comparison.abi_tuple())
    word, finding = PlaceAccuracy.from_word(event.word), Finding.from_word(event.finding)
    words = (event.organisation, event.audited, event.word, event.finding)
    payload = comparison.encode() + b"".join(map(uint_word, words))
    stream = place_stream(event.place)
    heads.load(writer.connection, ACCURACY, [stream])
    heads.append(ACCURACY, stream, 1, place, event.poster, payload)
    writer.add(
        accuracy_records,
        {
            **asdict(comparison),
            "sequence": word.count - 1,
            "poster": event.poster,
            "organisation": event.organisation,
            "audited": event.audited,
            "deviation_bps": word.deviation,
            "accuracy_bps": word.accuracy,
            "level": word.level,
            "flag": word.flag,
            "recount_by": word.recount_by,
            "finding_skus": finding.skus,
            "finding_units": finding.ledger_units,
            "block": place.block_number,
            "block_time": place.block_time,
            "tx_index": place.tx_index,
            "log_index": place.log_index,
        },
    )


HANDLERS = {ACCURACY: {AccuracyRecordedEvent.TOPIC: accuracy_recorded}}
