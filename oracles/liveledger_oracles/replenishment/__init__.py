"""Levels from demand, and orders by the rule of the contract Replenishment."""
