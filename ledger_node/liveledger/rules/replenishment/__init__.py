"""Replenishment: where goods for a place that runs short come from, and how many."""
