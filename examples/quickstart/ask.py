"""python ask.py API TRUST ITEM: the history of an item, checked here; the server is not believed."""

import json
import sys
import time
from pathlib import Path
from urllib.parse import quote

import httpx
from liveledger.verifier import Question, TrustAnchor, verify

api, trust, item = sys.argv[1:]
question = Question.parse({"view": "item-events/2", "parameters": {"item": item}})
bundle = httpx.get(f"{api}/items/{quote(item, safe='')}/events", params={"proof": "bundle"}).raise_for_status().content
anchor = TrustAnchor.parse(Path(trust).read_bytes())
verdict = verify(bundle, anchor=anchor, question=question, now=int(time.time()), max_age=600)  # raises Refusal
for entry in verdict.answer["events"]:
    if entry["event"]:  # null where it is not shown; what others wrote is printed as ASCII JSON: it steers no terminal
        print(verdict.block, json.dumps([entry["event"].get("eventTime"), entry["event"].get("bizStep")]))
