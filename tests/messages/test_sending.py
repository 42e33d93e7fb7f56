"""Files that are handed to the API: nothing of one that is broken, and every error says what is taken."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from liveledger.domain.errors import LiveLedgerError, Unavailable
from liveledger.messages.movements import movement_form
from liveledger.messages.snapshots import snapshot_form
from liveledger_cli.common.api_client import ApiRefusal
from liveledger_cli.common.message_files import CSV, MessageFile, read_file
from liveledger_cli.common.message_sending import send
from tests.messages import cases as c

REFUSED = ApiRefusal(409, {"code": "rule-violation", "detail": "record 0: no", "hint": "look"})


class Api:
    """Keeps the ids that were sent; fails over the posting number ``at``, knows no SKU of the name NONE."""

    def __init__(self, failure: LiveLedgerError | None = None, at: int = 0) -> None:
        self.posted: list[list[str]] = []
        self.dry: list[list[str]] = []
        self.asked: list[dict[str, str]] = []
        self._failure, self._at = failure, at

    def post(self, _path: str, body: bytes, media_type: str, **parameters: str) -> dict[str, Any]:
        """Takes what it knows."""
        assert media_type != CSV
        self.asked.append(parameters)
        found = [json.loads(line) for line in body.splitlines() if line]
        dry = parameters.get("dry_run") == "true"
        if not dry and self._failure is not None and len(self.posted) == self._at:
            raise self._failure
        (self.dry if dry else self.posted).append([one["id"] for one in found])
        refused = [
            {"record": at, "id": one["id"], "code": code, "errors": [{"path": f"/{at}/sku", "message": "no"}]}
            for at, one in enumerate(found)
            if (code := {"NONE": "invalid-movement", "EARLY": "rule-violation"}.get(one["sku"])) is not None
        ]
        count = {"accepted": len(found) - len(refused), "dry_run": dry, "lane": 1000, "poster": "0x1"}
        return count | ({"refused": refused} if parameters.get("partial") == "true" else {})


def file(*changes: dict[str, Any]) -> MessageFile:
    """Movements, one for each."""
    records = [json.dumps({**c.MOVEMENT, "id": f"m-{i}", **one}).encode() for i, one in enumerate(changes)]
    return MessageFile(records, lines=range(1, len(records) + 1))


def sent(api: Api, found: MessageFile, **parameters: str) -> dict[str, Any]:
    """Sends two records a body."""
    client: Any = api
    return send(client, "/movements", found, movement_form, parameters, size=2, quiet=True)


def test_a_good_file_is_looked_through_and_then_posted() -> None:
    api = Api()
    total = sent(api, file({}, {}, {}, {"sku": "EARLY"}, {}), partial="false", park="false", account="x")
    assert api.dry == api.posted == [["m-0", "m-1"], ["m-2", "m-3"], ["m-4"]]
    assert (total["lane"], total["poster"], total["dry_run"]) == (1000, "0x1", False)
    assert api.asked[0] == {"partial": "true", "park": "true", "account": "x", "dry_run": "true"}
    assert api.asked[-1] == {"partial": "false", "park": "false", "account": "x"}


def test_what_fits_one_body_needs_no_look() -> None:
    api = Api()
    sent(api, file({}, {}))
    assert (api.dry, api.posted) == ([], [["m-0", "m-1"]])


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [({"quantity": 0}, "invalid-message", "quantity"), ({"at": "x"}, "invalid-message", "at")],
)
def test_a_late_record_that_is_broken_keeps_all_out(change: dict[str, Any], code: str, field: str) -> None:
    api = Api()
    with pytest.raises(ApiRefusal) as refused:
        sent(api, file({}, {}, {}, {}, change))
    assert (api.dry, api.posted) == ([], [])
    assert (refused.value.stable_code, refused.value.exit_code) == (code, 2)
    assert refused.value.message.startswith(f"row 5, {field} ({code}): ")
    assert [one["record"] for one in refused.value.details["errors"]] == [4]
    assert refused.value.hint.startswith("nothing was written")


def test_a_late_line_that_is_no_json_keeps_all_out() -> None:
    good = file({}, {}, {})
    api = Api()
    with pytest.raises(ApiRefusal, match=r"row 7 .malformed-json."):
        sent(api, MessageFile([*good.records, b"{"], lines=[*good.lines, 7]))
    assert api.posted == []


def test_a_late_name_that_the_ledger_does_not_know_keeps_all_out() -> None:
    api = Api()
    with pytest.raises(ApiRefusal, match=r"record 3, sku .invalid-movement.: no .and 1 more."):
        sent(api, file({}, {}, {}, {"sku": "NONE"}, {"sku": "NONE"}))
    assert (len(api.dry), api.posted) == (3, [])


def test_a_row_of_a_table_is_named_as_a_spreadsheet_shows_it(tmp_path: Path) -> None:
    head = [name for name in c.SNAPSHOT if name != "lot"]
    rows = [{**{name: c.SNAPSHOT[name] for name in head}, "id": f"s-{i}", "quantity": 100 - i * 30} for i in range(4)]
    out = io.StringIO()
    writer = csv.DictWriter(out, head)
    writer.writeheader()
    writer.writerows(rows)
    (tmp_path / "s.csv").write_text(out.getvalue())
    client: Any = Api()
    with pytest.raises(ApiRefusal, match="row 3, quantity"):
        send(client, "/snapshots", read_file(str(tmp_path / "s.csv")), snapshot_form, {}, size=1, quiet=True)
    (tmp_path / "s.csv").write_text(out.getvalue().replace("channel", "canal"))
    with pytest.raises(ApiRefusal, match=r"row 1 .invalid-csv.: the column 'canal' is not known"):
        send(client, "/snapshots", read_file(str(tmp_path / "s.csv")), snapshot_form, {}, size=1, quiet=True)


def test_with_partial_answers_are_added_up_and_refusals_numbered_in_the_file() -> None:
    api = Api()
    total = sent(api, file({"sku": "NONE"}, {}, {"sku": "NONE"}, {}, {"sku": "NONE"}), partial="true")
    assert (api.dry, total["accepted"]) == ([], 2)
    assert [one["record"] for one in total["refused"]] == [0, 2, 4]


@pytest.mark.parametrize("failure", [REFUSED, Unavailable("the API does not answer", hint="see")])
@pytest.mark.parametrize("at", [0, 1])
def test_every_error_says_what_is_taken(failure: LiveLedgerError, at: int, capsys: pytest.CaptureFixture[str]) -> None:
    failure.hint, failure.details = "look", {}
    client: Any = Api(failure, at)
    changes = [{"sku": "NONE"}, {}, {}, {}, {}]
    with pytest.raises(LiveLedgerError) as ended:
        send(client, "/movements", file(*changes), movement_form, {"partial": "true"}, size=2, quiet=False)
    assert ended.value.details["first_record"] == 2 * at
    assert ended.value.details["taken"].get("accepted", 0) == at
    if at:
        assert "records before number 2 of 5 are taken, but for 1 that were refused" in ended.value.hint
        assert [one["record"] for one in ended.value.details["refused"]] == [0]
        assert "record 0, sku (invalid-movement): no" in capsys.readouterr().err
    if isinstance(failure, Unavailable):
        assert "of the 2 from there on that is not known" in ended.value.hint
    assert ended.value.hint.endswith("look")
