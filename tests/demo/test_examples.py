"""The shipped examples: made by the scripts from the real data, within their limit, in the standard's form."""

from __future__ import annotations

import csv
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from liveledger.domain.gs1 import check_digit

ROOT = Path(__file__).parents[2]
RETAIL = ROOT / "examples" / "retail"
CHEESE = ROOT / "examples" / "epcis" / "imported_cheese.jsonld"
SAMPLE_LIMIT_BYTES = 1_000_000


def test_the_retail_sample_is_small_and_names_no_person() -> None:
    files = sorted(RETAIL.glob("*.csv.gz"))
    assert len(files) == 2
    assert sum(path.stat().st_size for path in files) <= SAMPLE_LIMIT_BYTES
    for path in files:
        with gzip.open(path, "rt") as stream:
            assert not {"CustomerID", "Country"} & set(next(csv.reader(stream)))
    assert "CC BY 4.0" in (RETAIL / "ATTRIBUTION.md").read_text()


def test_the_readings_are_what_the_script_makes(tmp_path: Path) -> None:
    script = ROOT / "scripts" / "make_sensor_sample.py"
    subprocess.run([sys.executable, str(script)], cwd=tmp_path, check=True)
    made = tmp_path / "examples" / "sensors" / "simulated_cold_box.csv"
    assert made.read_bytes() == (ROOT / "examples" / "sensors" / "simulated_cold_box.csv").read_bytes()


def test_the_box_has_a_valid_sscc() -> None:
    events = json.loads(CHEESE.read_text())["epcisBody"]["eventList"]
    sscc = next(event["parentID"] for event in events if "parentID" in event).rsplit("/", 1)[1]
    assert len(sscc) == 18
    assert int(sscc[-1]) == check_digit(sscc[:-1])


@pytest.mark.data
def test_the_document_has_the_form_of_the_standard(data_folder: Path) -> None:
    # Slow to load, and every process that runs tests loads this file.
    import jsonschema

    schema = json.loads((data_folder / "epcis" / "EPCIS-JSON-Schema.json").read_text())
    assert list(jsonschema.Draft7Validator(schema).iter_errors(json.loads(CHEESE.read_text()))) == []


@pytest.mark.data
def test_the_retail_sample_is_what_the_script_makes(data_folder: Path, tmp_path: Path) -> None:
    script = ROOT / "scripts" / "make_retail_sample.py"
    environment = {**os.environ, "LIVELEDGER_DATA": str(data_folder)}
    subprocess.run([sys.executable, str(script), "--out", str(tmp_path)], check=True, env=environment)
    for path in RETAIL.glob("*.csv.gz"):
        assert gzip.decompress((tmp_path / path.name).read_bytes()) == gzip.decompress(path.read_bytes())
