"""Logs are bounded, whole lines, and JSON where they are said to be."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from liveledger.domain.home import NodeHome
from liveledger.node import logs
from liveledger.node.logs import LOG_FILES, SUPERVISOR, NodeLogs, console_log

BYTES = 8_192


@pytest.fixture
def node_logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[NodeLogs]:
    monkeypatch.setattr(logs, "LOG_BYTES", BYTES)
    before = structlog.get_config()
    yield NodeLogs(NodeHome(tmp_path))
    structlog.configure(**before)


def test_a_log_is_kept_to_a_few_files(node_logs: NodeLogs, tmp_path: Path) -> None:
    node_logs.configure()
    log = structlog.get_logger("bridge")
    for number in range(1_000):
        log.info("block", height=number, reason="two\nlines and a \x1b[31m colour")
    node_logs.of("geth").info("%s", '{"lvl":"info"}')
    files = sorted((tmp_path / "logs").glob("node.log*"))
    assert [path.name for path in files] == ["node.log", *(f"node.log.{i}" for i in range(1, LOG_FILES + 1))]
    assert all(path.stat().st_size <= BYTES for path in files)
    lines = [json.loads(line) for path in reversed(files) for line in path.read_text().splitlines()]
    heights = [line["height"] for line in lines]
    assert heights == list(range(heights[0], 1_000))
    assert {line["level"] for line in lines} == {"info"}
    assert (tmp_path / "logs" / "geth.log").read_text() == '{"lvl":"info"}\n'


def test_a_log_goes_on_where_the_last_run_ended(node_logs: NodeLogs) -> None:
    node_logs.of(SUPERVISOR).info("first")
    for handler in node_logs.of(SUPERVISOR).handlers:
        handler.close()
    node_logs.of(SUPERVISOR).info("second")
    assert node_logs.path(SUPERVISOR).read_text() == "first\nsecond\n"


def test_the_console_is_put_aside_once_it_has_grown(tmp_path: Path) -> None:
    assert console_log(tmp_path) == tmp_path / "console.log"
    console_log(tmp_path).write_bytes(b"x" * (logs.CONSOLE_BYTES + 1))
    assert not console_log(tmp_path).exists()
    assert (tmp_path / "console.log.1").stat().st_size > logs.CONSOLE_BYTES


def test_what_a_command_logs_is_not_among_its_data(tmp_path: Path) -> None:
    (tmp_path / "command.py").write_text(
        "import structlog\n"
        "def speak():\n"
        "    structlog.get_logger('liveledger').info('cursor moved', block=42)\n"
        "    print('{}')\n"
    )
    script = (
        "import command, sys\n"
        "from liveledger_cli import main\n"
        "sys.modules['liveledger_cli.command'] = command\n"
        "main.COMMANDS['reconcile'] = main.COMMANDS['reconcile']._replace(target='command:speak')\n"
        "sys.argv = ['liveledger', 'reconcile']\n"
        "main.app()\n"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert ended.stdout == "{}\n"
    assert json.loads(ended.stderr)["event"] == "cursor moved"
