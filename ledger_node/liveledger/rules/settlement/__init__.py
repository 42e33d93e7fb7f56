"""Settlement: what a forecast left over, its cost, and who bears how much of it."""
