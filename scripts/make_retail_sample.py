"""Makes examples/retail/ from UCI Online Retail: the busiest fortnight, and the daily sales before it.

Reads the parquet file below ``$LIVELEDGER_DATA/retail``. Personal columns (CustomerID, Country) are dropped; the same
input always gives the same bytes. Usage: ``python scripts/make_retail_sample.py [--out examples/retail]``.
"""

from __future__ import annotations

import argparse
import gzip
import os
import sys
from pathlib import Path

import pandas as pd

FORTNIGHT_DAYS = 14
LIMIT_BYTES = 1_000_000
PRODUCT_CODE = r"\d{5}[A-Z]{0,2}"


def read(folder: Path) -> pd.DataFrame:
    """Every invoice line, without who bought and where; adds ``day`` and the code in upper case as ``sku``."""
    files = sorted((folder / "retail").glob("*.parquet"))
    if not files:
        raise SystemExit(f"no parquet file in {folder / 'retail'}")
    columns = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice"]
    lines = pd.read_parquet(files[0], columns=columns)
    lines["sku"] = lines["StockCode"].str.strip().str.upper()
    lines["day"] = lines["InvoiceDate"].dt.normalize()
    return lines


def busiest_fortnight(lines: pd.DataFrame) -> tuple[pd.Timestamp, pd.Timestamp]:
    """First and last day of the 14 days with the most lines."""
    days = lines.groupby("day").size()
    calendar = pd.date_range(days.index.min(), days.index.max())
    totals = days.reindex(calendar, fill_value=0).rolling(FORTNIGHT_DAYS).sum()
    last = pd.Timestamp(totals.idxmax())
    return last - pd.Timedelta(days=FORTNIGHT_DAYS - 1), last


def history(lines: pd.DataFrame, before: pd.Timestamp) -> pd.DataFrame:
    """One row a product, one column a day before ``before``: units sold (no cancellations, no free lines)."""
    sold = lines[
        (lines["day"] < before)
        & lines["sku"].str.fullmatch(PRODUCT_CODE)
        & ~lines["InvoiceNo"].str.startswith("C")
        & (lines["UnitPrice"] > 0)
        & (lines["Quantity"] > 0)
    ]
    wide = sold.groupby(["sku", "day"])["Quantity"].sum().unstack(fill_value=0)
    wide = wide.reindex(columns=pd.date_range(lines["day"].min(), before - pd.Timedelta(days=1)), fill_value=0)
    wide.columns = wide.columns.strftime("%Y-%m-%d")
    newest = sold.sort_values("InvoiceDate", kind="stable").groupby("sku")
    wide.insert(0, "Description", newest["Description"].last().str.strip())
    wide.insert(1, "MedianUnitPrice", newest["UnitPrice"].median().round(2))
    return wide.rename_axis("StockCode").reset_index()


def write(frame: pd.DataFrame, path: Path) -> int:
    """Writes ``frame`` as gzipped CSV without a time stamp; returns the file's bytes."""
    text = frame.to_csv(index=False, lineterminator="\n")
    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))
    return path.stat().st_size


def main() -> None:
    """Writes both files and says how large they are. Exits non-zero over the limit of 1 MB."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("examples/retail"))
    out: Path = parser.parse_args().out
    data = os.environ.get("LIVELEDGER_DATA")
    if not data:
        raise SystemExit("set LIVELEDGER_DATA to the folder that holds retail/")
    lines = read(Path(data))
    first, last = busiest_fortnight(lines)
    out.mkdir(parents=True, exist_ok=True)
    fortnight = lines[(lines["day"] >= first) & (lines["day"] <= last)].copy()
    fortnight["InvoiceDate"] = fortnight["InvoiceDate"].dt.strftime("%Y-%m-%dT%H:%M")
    kept = fortnight[["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice"]]
    sizes = [
        write(kept, out / "online_retail_sample.csv.gz"),
        write(history(lines, first), out / "daily_sales_history.csv.gz"),
    ]
    print(f"{first.date()} to {last.date()}: {len(kept)} lines; {sizes[0]} + {sizes[1]} bytes")
    sys.exit(0 if sum(sizes) <= LIMIT_BYTES else f"over {LIMIT_BYTES} bytes")


if __name__ == "__main__":
    main()
