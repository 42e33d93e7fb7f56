"""Alerts in three levels, as pure functions of what was measured."""
