"""The reference of the verifier in JavaScript names what the package exports, and nothing else."""

from __future__ import annotations

import json
import re
from pathlib import Path

from tests.docs.blocks import blocks_of
from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "verifier-js.md"
PACKAGE = ROOT / "api" / "verifier_js"
EXAMPLE = ROOT / "examples" / "verify"
STEPS = ROOT / "docs" / "bundle-steps.md"
EXPORT = re.compile(r"^export (?:function|const|class|interface|type) (\w+)", re.MULTILINE)
LINK = re.compile(r"\]\(([\w./-]*\.md)?#([\w-]+)\)")
# Where each heading of the reference says what a file exports.
MODULES = {
    "### `@liveledger/verifier`": ("index", "answers"),
    "### `@liveledger/verifier/sentences`": ("sentences",),
    "### `@liveledger/verifier/items`": ("items",),
}


def _rows(heading: str) -> list[list[str]]:
    """The rows of the table below a heading, cell by cell, without its head."""
    below = PAGE.read_text().split(f"\n{heading}\n")[1].split("\n#")[0]
    lines = [line for line in below.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def _names(cell: str) -> list[str]:
    return [span.partition("(")[0] for span in re.findall(r"`([^`]+)`", cell)]


def _exported(module: str) -> list[str]:
    return EXPORT.findall((PACKAGE / "src" / f"{module}.d.ts").read_text())


def test_every_export_has_its_row_and_every_row_its_export() -> None:
    listed = {heading: [name for row in _rows(heading) for name in _names(row[0])] for heading in MODULES}
    listed["### `@liveledger/verifier`"] += [
        name for row in _rows("### Questions and answers") for name in _names(row[0])
    ]
    for heading, modules in MODULES.items():
        exported = [name for module in modules for name in _exported(module)]
        assert sorted(listed[heading]) == sorted(exported), heading


def test_every_module_is_one_of_the_package() -> None:
    paths = json.loads((PACKAGE / "package.json").read_text())["exports"]
    assert {f"### `@liveledger/verifier{path[1:]}`" for path in paths} == set(MODULES)


def test_every_code_stands_there_with_its_steps() -> None:
    table = STEPS.read_text().split("\n## All codes\n")[1]
    steps: dict[str, set[str]] = {}
    for line in table.splitlines():
        if found := re.match(r"\| (\d+) \| (.*) \|", line):
            for code in re.findall(r"`([a-z-]+)`", found[2]):
                steps.setdefault(code, set()).add(found[1])
    for code in re.findall(r"`([a-z-]+)`", table.split("| 4 |")[1].split("\n")[0]):
        steps[code].add("3")
    said = {
        name: set(re.findall(r"(?<=[\[ ])\d+(?=[,\]])", row[1]))
        for row in _rows("### Refusals")
        for name in _names(row[0])
    }
    assert said == steps
    declared = re.search(r"export type Code =(.*?);", (PACKAGE / "src" / "index.d.ts").read_text(), re.DOTALL)
    assert declared
    assert set(re.findall(r'"([a-z-]+)"', declared[1])) == set(said)


def test_links_lead_to_headings() -> None:
    missing = [f"{page}#{place}" for page, place in LINK.findall(PAGE.read_text()) if place not in _places(page)]
    assert not missing


def _places(page: str) -> set[str]:
    text = (PAGE.parent / page if page else PAGE).read_text()
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_it_shows_the_example_that_is_run() -> None:
    (shown,) = [block.text for block in blocks_of(PAGE) if block.language == "javascript"]
    assert shown.strip() == (EXAMPLE / "check.js").read_text().strip()
    (imports,) = [block.text for block in blocks_of(PAGE) if block.language == "text"]
    assert imports.strip() in (EXAMPLE / "index.html").read_text()


def test_the_example_is_in_its_own_page() -> None:
    named = set(re.findall(r"`([\w-]+\.(?:js|ts|html|css))`", (EXAMPLE / "README.md").read_text()))
    there = {path.name for path in _tracked(EXAMPLE)} - {"README.md", "package.json"}
    assert named == there


def _tracked(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file() and path.name != "package-lock.json"]
