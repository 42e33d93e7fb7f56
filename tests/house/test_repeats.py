"""Nothing of ten lines and more is written twice: what is alike is written once, and called."""

from __future__ import annotations

from tests.house.repeats import LEAST_LINES, Place, counted, repeats
from tests.house.tree import CODE, ROOT, tracked

# An interface in Solidity says the signatures that its contract has to say again.
DECLARATIONS = "contracts/interfaces/"


def test_nothing_is_written_twice() -> None:
    names = {path.relative_to(ROOT).as_posix(): path for path in tracked(*CODE)}
    sources = {name: path.read_text() for name, path in names.items() if not name.startswith(DECLARATIONS)}
    assert len(sources) > 1_000
    assert not [f"{one} ~ {other}" for one, other in repeats(sources)]


def _lines(*numbers: int) -> str:
    return "".join(f"work({number})\n" for number in numbers)


def test_a_repeat_is_found_whatever_stands_between() -> None:
    first = "def a() -> None:\n" + _lines(*range(LEAST_LINES)) + "other()\n"
    second = "\n".join(f"    {line}\n# why\nimport os\n" for line in _lines(*range(LEAST_LINES)).splitlines())
    assert repeats({"a.py": first, "b.py": second}) == [
        (Place("a.py", 2, LEAST_LINES + 1), Place("b.py", 1, 4 * LEAST_LINES - 3))
    ]


def test_a_repeat_within_a_file_is_found_as_long_as_it_goes() -> None:
    lines = _lines(*range(LEAST_LINES + 5))
    (found,) = repeats({"a.sol": lines + "between();\n" + lines})
    assert found == (Place("a.sol", 1, 15), Place("a.sol", 17, 31))


def test_less_than_ten_lines_and_other_lines_are_no_repeat() -> None:
    short = _lines(*range(LEAST_LINES - 1))
    assert not repeats({"a.js": short + "one\n", "b.js": short + "two\n"})
    assert not repeats({"a.py": "same()\n" * (LEAST_LINES + 3)}), "it would have to overlap itself"


def test_imports_over_several_lines_are_passed_over() -> None:
    source = "from a import (\n    b,\n    c,\n)\nimport {\n  d,\n} from 'e';\n/// said\n * more\nx = 1\n"
    assert list(counted(source)) == [(10, "x = 1")]
