"""Contracts against their readable reference, on a real execution engine."""

from tests.support.dev_chain import dev_chain as dev_chain
