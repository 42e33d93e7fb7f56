"""Memory, processor time and open files of a node's three processes, read from /proc when they are asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

BRIDGE = "bridge"
ENGINES = ("geth", "cometbft")
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
# Fields of /proc/PID/stat, counted after the program's name: user and system time.
_USER_TICKS, _SYSTEM_TICKS = 11, 12


@dataclass(frozen=True, slots=True)
class Usage:
    """What one process uses: resident memory in bytes, processor seconds since its start, open files."""

    resident_bytes: int
    cpu_seconds: float
    open_files: int


def usage(pid: int) -> Usage | None:
    """What the process ``pid`` uses; None when it is gone."""
    folder = Path("/proc") / str(pid)
    try:
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        pages = int((folder / "statm").read_text().split()[1])
        files = len(os.listdir(folder / "fd"))
    except (OSError, IndexError):
        return None
    ticks = int(fields[_USER_TICKS]) + int(fields[_SYSTEM_TICKS])
    return Usage(pages * _PAGE_BYTES, ticks / _TICKS_PER_SECOND, files)


def engine_pids(supervisor: int) -> dict[str, int]:
    """Process ids of the engines that are children of ``supervisor``, by name."""
    found: dict[str, int] = {}
    for listing in Path(f"/proc/{supervisor}/task").glob("*/children"):
        with suppress(OSError):
            for pid in listing.read_text().split():
                name = _name(int(pid))
                if name in ENGINES:
                    found[name] = int(pid)
    return found


def _name(pid: int) -> str:
    try:
        return (Path("/proc") / str(pid) / "comm").read_text().strip()
    except OSError:
        return ""


class ProcessCollector(Collector):
    """Metrics of the process ``supervisor`` (the ABCI application is in it) and of its engines."""

    def __init__(self, supervisor: int) -> None:
        self._supervisor = supervisor

    def collect(self) -> Iterator[Metric]:
        """One sample a process that runs."""
        memory = GaugeMetricFamily("liveledger_process_resident_bytes", "Resident memory", labels=["process"])
        cpu = CounterMetricFamily("liveledger_process_cpu_seconds", "Processor time", labels=["process"])
        files = GaugeMetricFamily("liveledger_process_open_files", "Open files and sockets", labels=["process"])
        for name, pid in {BRIDGE: self._supervisor, **engine_pids(self._supervisor)}.items():
            if (used := usage(pid)) is not None:
                memory.add_metric([name], used.resident_bytes)
                cpu.add_metric([name], used.cpu_seconds)
                files.add_metric([name], used.open_files)
        yield from (memory, cpu, files)
