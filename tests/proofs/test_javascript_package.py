"""The package @liveledger/verifier as npm users get it, and the example that shows how it is used, run from it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs.blocks import command_blocks
from tests.house.tree import ROOT, tracked
from tests.proofs.installed import EXAMPLE, FROM_FOLDER, NODE, PACKAGE, installed, npm, packed, shell, write_case

INSTALL, BUNDLE = (block.script for block in command_blocks(ROOT / "examples/verify/README.md"))
(COMMAND,) = (block.script for block in command_blocks(ROOT / "docs/verifier-js.md"))
BESIDE = {"LICENSE", "README.md", "package.json"}
LIBRARY = [NODE, ROOT / "node_modules" / "typescript" / "bin" / "tsc"]
STRICT = ("--noEmit", "--strict", "--module", "nodenext", "--target", "es2023", "--types", "node")
# What typed.ts takes of Node's own types, which are a package of their own.
NODE_TYPES = """declare module "node:fs" { export function readFileSync(path: string): Uint8Array; }
declare const process: { argv: string[] };
declare const console: { log(...what: unknown[]): void };
"""


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of examples/verify with the package installed from its tarball."""
    assert FROM_FOLDER in INSTALL
    return installed(tmp_path_factory.mktemp("npm"), INSTALL)


def _node(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([NODE, *words], cwd=folder, capture_output=True, text=True, check=False)


def test_the_package_holds_what_it_should_and_nothing_else(tmp_path: Path) -> None:
    said = packed(PACKAGE, tmp_path)
    names = {file["path"] for file in said["files"]}
    ours = {str(path.relative_to(PACKAGE)) for path in tracked("") if path.is_relative_to(PACKAGE)}
    assert names == {name for name in ours if name.split("/")[0] in {"src", "bin"}} | BESIDE
    assert (PACKAGE / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_packed_again_it_is_the_same_bytes(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(PACKAGE, copy, copy_function=shutil.copyfile)  # other times, other rights
    (copy / "bin" / "liveledger-verify.js").chmod(0o755)
    (tmp_path / "one").mkdir()
    assert packed(copy, tmp_path)["integrity"] == packed(PACKAGE, tmp_path / "one")["integrity"]


def test_it_takes_two_packages_at_one_version_each() -> None:
    ours = json.loads((PACKAGE / "package.json").read_text())["dependencies"]
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert set(ours) == {"@noble/curves", "@noble/hashes"}
    page = (ROOT / "docs" / "verifier-js.md").read_text()
    for name, version in ours.items():
        entry = locked[f"node_modules/{name}"]
        assert entry["version"] == version
        assert f"| `{name}` | {version} | `{entry['integrity']}` |" in page


def test_the_command_runs_from_the_tarball(example: Path) -> None:
    vector = write_case("views/stock-2", example)
    done = shell(COMMAND.rstrip() + " --json", example)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["answer"] == vector["verdict"]["answer"]
    short = ("--offline", "liveledger-verify", "bundle.json", "--trust", "trust.json", "--question")
    assert npm(*short, "question.json", folder=example, program="npx").stdout.startswith("proven: ")
    another = json.dumps({**vector["question"], "view": "stock/1"})
    assert npm(*short, another, folder=example, program="npx").returncode == 2


def test_ten_lines_in_node(example: Path) -> None:
    lines = [line for line in (EXAMPLE / "check.js").read_text().splitlines() if line and not line.startswith("//")]
    assert len(lines) <= 10
    vector = write_case("views/stock-2", example)
    done = _node(example, "check.js", "bundle.json", "trust.json", "question.json")
    said, _, answer = done.stdout.partition("{")
    assert said == f"proven as of block {vector['verdict']['block']} ", done.stderr
    assert json.loads("{" + answer) == vector["verdict"]["answer"]
    bundle = (example / "bundle.json").read_text()
    (example / "bundle.json").write_text(bundle.replace('"available":"', '"available":"1', 1))
    done = _node(example, "check.js", "bundle.json", "trust.json", "question.json")
    assert (done.returncode, done.stdout) == (0, "refused at step 10 answer-mismatch\n")
    (example / "question.json").write_text('{"view":"stock/2","parameters":{}}')
    assert _node(example, "check.js", "bundle.json", "trust.json", "question.json").returncode == 1


def test_a_question_that_is_none_is_not_asked(example: Path) -> None:
    write_case("views/stock-2", example)
    done = _node(example, "ask.js", "http://127.0.0.1:9", "trust.json", "  ")
    assert done.returncode == 1
    assert "InvalidQuestion" in done.stderr
    assert "an item's URI has 1 to 2,048 characters" in done.stderr


def test_the_example_in_typescript(example: Path) -> None:
    (example / "node.d.ts").write_text(NODE_TYPES)
    words = [word for word in STRICT if word not in {"--types", "node"}]
    for wrong in ("", "const wrong: bigint = (await balance(new Uint8Array(), new Uint8Array(), '1', 'A', '1'));"):
        (example / "checked.ts").write_text((EXAMPLE / "typed.ts").read_text() + wrong)
        done = subprocess.run(
            [*LIBRARY, *words, "--lib", "es2023", "checked.ts", "node.d.ts"],
            cwd=example,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode == 0) == (wrong == ""), done.stdout
    vector = write_case("views/stock-2", example)
    asked = vector["question"]["parameters"]
    done = _node(example, "typed.ts", "bundle.json", "trust.json", asked["brand"], asked["sku"], asked["place"])
    if asked["lot"] == "":
        assert done.stdout.endswith(f"as of block {vector['verdict']['block']}\n"), done.stderr
    else:
        assert done.stdout == "refused: wrong-question\n", done.stderr


def test_bundled_it_names_no_package_any_more(example: Path) -> None:
    done = shell(BUNDLE.replace("npx ", ""), example)
    assert done.returncode == 0, done.stderr
    built = {path.name: path.read_text() for path in (example / "dist").glob("*.js")}
    assert len(built) > 15, "a view is loaded when it is asked for"
    for name, text in built.items():
        assert not re.search(r"""(?:[}*]from|\bimport\(?)["'](?!\./)""", text), name
