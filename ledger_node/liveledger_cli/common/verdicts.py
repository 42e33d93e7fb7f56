"""A verdict in text: how old it is, the three lines, the facts, and what they do not say."""

from __future__ import annotations

import datetime
import json

from liveledger.domain.items import ItemRefused, canonical, is_gs1
from liveledger.verifier import Question, Refusal, Verdict
from liveledger.verifier.verdict import NOT_PROVEN
from liveledger_cli.common.context import field
from liveledger_cli.common.timestamps import ago

NOT_A_LIST = "this question asks for no list"
NO_ISSUER = "this answer is the work of many, or of none: no issuer is shown"


def proven_lines(verdict: Verdict) -> list[str]:
    """How old it is, the three lines, the facts, and what they do not say."""
    lasting = "; no later block changes it" if verdict.lasting else ""
    return [
        f"proven: {held(verdict)}{lasting}",
        f"unchanged:                  {verdict.supports.unchanged}",
        f"on the ledger and complete: {verdict.supports.complete or NOT_A_LIST}",
        f"issuer:                     {verdict.supports.issuer or NO_ISSUER}",
        f"answer: {json.dumps(verdict.answer, ensure_ascii=False)}",
        f"chain {verdict.chain_id}, trust anchor {verdict.fingerprint} of height {verdict.anchor_height}",
        "not proven:",
        *(f"  - {sentence}" for sentence in NOT_PROVEN),
    ]


def held(verdict: Verdict) -> str:
    """Which block the answer is of and how old that is; where there is a way back, how old the header is behind it."""
    moment = datetime.datetime.fromtimestamp(verdict.block_time, tz=datetime.UTC).isoformat().replace("+00:00", "Z")
    if verdict.under == verdict.block:
        return f"what block {verdict.block} held {ago(verdict.age)} ({moment})"
    return f"what block {verdict.block} held on {moment}, by block {verdict.under} of {ago(verdict.age)}"


def spelling_lines(asked: Question) -> list[str]:
    """Under which form an item was asked, where it has others: what is complete is the list of this one alone."""
    if asked.view not in ("item-events/1", "item-events/2"):
        return []
    item = asked.parameters["item"]
    try:
        gs1, form = is_gs1(item), canonical(item)
    except ItemRefused as refused:
        return [f"asked as {field(item)}, under which capture anchors nothing: {field(refused.message)}"]
    if asked.view == "item-events/2":
        told = f"asked as {field(item)}: capture lists events under its one form, {field(form)}"
        return [] if form == item else [told]
    if not gs1:
        return []
    return [f"asked as {field(item)}: other spellings of this item are lists of their own"]


def refused_text(refusal: Refusal) -> str:
    """One line: step, code, sentence."""
    return f"refused at step {int(refusal.step)} ({refusal.stable_code}): {refusal.message}"
