"""One module a view: parameters, sections of evidence, decoder. A module of this folder that has ``VIEWS`` is found."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

from liveledger.verifier.views.base import View


def _found() -> Iterator[View[Any]]:
    for module in iter_modules(__path__, f"{__name__}."):
        yield from getattr(import_module(module.name), "VIEWS", ())


VIEWS: dict[str, View[Any]] = {view.name: view for view in _found()}


def find_view(name: Any) -> View[Any] | None:
    """The view called ``name``, None when there is none."""
    return VIEWS.get(name) if isinstance(name, str) else None
