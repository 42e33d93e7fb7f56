"""The wrapping of pages leaves every word where it is, and breaks nothing that must stay whole."""

from __future__ import annotations

from tests.docs.wrapping import WIDTH, twice, wrapped

WORDS = " ".join(f"word{number}" for number in range(40))


def test_paragraphs_and_entries_wrap_with_their_indent() -> None:
    page = f"# {WORDS}\n\n{WORDS}\n\n- {WORDS}\n  1. {WORDS}\n> {WORDS}\n"
    made = wrapped(page)
    assert made.split() != page.split(), "the mark of a quotation is repeated"
    assert made.replace("\n> ", " ").split() == page.replace("\n> ", " ").split()
    lines = made.split("\n")
    assert [len(line) > WIDTH for line in lines] == [True] + [False] * (len(lines) - 1)
    assert wrapped(made) == made
    assert {line[:2] for line in lines[6:9]} <= {"- ", "  "}


def test_tables_code_and_links_stay() -> None:
    code = f"`{WORDS[:130]}`"
    link = f"[{WORDS[:60]}](https://example.org/{'a' * 90})"
    for kept in (f"| {WORDS} |", f"```text\n{WORDS}\n```", code, link, f"<!-- {WORDS} -->", f"说{WORDS}"):
        assert wrapped(kept) == kept
    assert link in wrapped(f"{WORDS} {link} {WORDS}").split("\n")


def test_no_line_begins_with_what_would_be_read_as_a_mark() -> None:
    for mark in ("-", "1.", "#", "make"):
        page = f"{'a' * (WIDTH - 2)} {mark} {WORDS}"
        assert not any(line.startswith(f"{mark} ") for line in wrapped(page).split("\n"))


def test_a_paragraph_that_stands_twice_is_found() -> None:
    assert twice(f"{WORDS}\n\nother\n\n{wrapped(WORDS)}\n") == [WORDS[:60]]
    assert not twice(f"{WORDS}\n\n{WORDS} more\n")
