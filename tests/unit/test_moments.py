"""Times in words and in figures."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liveledger_cli.common.timestamps import ago, utc_text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds ago"),
        (1, "1 second ago"),
        (119, "119 seconds ago"),
        (120, "2 minutes ago"),
        (3 * 60 + 59, "3 minutes ago"),
        (7_199, "119 minutes ago"),
        (7_200, "2 hours ago"),
        (48 * 3_600, "2 days ago"),
        (366 * 86_400, "366 days ago"),
        (730 * 86_400, "2 years ago"),
        (-5, "5 s ahead of this machine's clock"),
    ],
)
def test_an_age_in_words(seconds: int, words: str) -> None:
    assert ago(seconds) == words


@given(st.integers(-(1 << 64), 1 << 64))
def test_every_age_has_words(seconds: int) -> None:
    assert ago(seconds)
    assert utc_text(str(seconds))
