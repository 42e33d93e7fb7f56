"""Small files and small functions: a newcomer reads one at a sitting."""

from __future__ import annotations

import statistics

from tests.house.tree import CODE, functions, tracked

PRODUCT = ("ledger_node/", "api/", "oracles/")


def _length(node: object) -> int:
    return node.end_lineno - node.lineno + 1  # type: ignore[attr-defined, no-any-return]


def test_no_file_is_over_four_hundred_lines() -> None:
    long = {str(path): n for path in tracked(*CODE) if (n := path.read_text().count("\n")) > 400}
    assert not long


def test_no_function_is_over_fifty_lines() -> None:
    long = [f"{path}:{node.name}" for path in tracked(".py") for node in functions(path) if _length(node) > 50]
    assert not long


def test_medians_of_the_product() -> None:
    files = [path for path in tracked(".py") if any(f"/{part}liveledger" in str(path) for part in PRODUCT)]
    assert statistics.median(path.read_text().count("\n") for path in files) <= 110
    assert statistics.median(_length(node) for path in files for node in functions(path)) <= 12
