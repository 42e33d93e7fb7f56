"""Structured logs of one node: JSON lines of the supervisor and the bridge, and the two engines' own output."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import structlog

from liveledger.domain.home import NodeHome

LOG_BYTES = 16 * 1024 * 1024
LOG_FILES = 3
SUPERVISOR = "node"
CONSOLE_BYTES = 1024 * 1024


def rotating_logger(path: Path) -> logging.Logger:
    """A logger that writes bare lines to ``path`` and keeps it to a few files of 16 MiB."""
    handler = RotatingFileHandler(path, maxBytes=LOG_BYTES, backupCount=LOG_FILES)
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.Logger(path.name)
    logger.addHandler(handler)
    return logger


def log_events(logger: Callable[[], Any]) -> None:
    """Sends this process's own events to ``logger`` as JSON lines; what came from outside is escaped in them."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: logger(),
        cache_logger_on_first_use=False,
    )


def log_to_stderr() -> None:
    """Sends this process's own events to stderr as JSON lines: a command's stdout is for data."""
    log_events(lambda: structlog.PrintLogger(sys.stderr))


class NodeLogs:
    """The log files in a node's ``logs`` folder, each kept to a few files of 16 MiB."""

    def __init__(self, node: NodeHome) -> None:
        self._folder = node.logs
        self._folder.mkdir(parents=True, exist_ok=True)
        self._loggers: dict[str, logging.Logger] = {}

    def path(self, name: str) -> Path:
        """File that the process ``name`` writes to."""
        return self._folder / f"{name}.log"

    def of(self, name: str) -> logging.Logger:
        """A logger that writes bare lines to that file."""
        if name not in self._loggers:
            self._loggers[name] = rotating_logger(self.path(name))
        return self._loggers[name]

    def configure(self) -> None:
        """Sends this process's own events to ``node.log`` as JSON lines."""
        log_events(lambda: self.of(SUPERVISOR))


def console_log(folder: Path) -> Path:
    """The file for what a background node says before it has logs; one that has grown is put aside, an older one goes.

    Nobody rotates it while the node runs, but hardly anything is written there.
    """
    path = folder / "console.log"
    if path.exists() and path.stat().st_size > CONSOLE_BYTES:
        path.replace(folder / "console.log.1")
    return path
