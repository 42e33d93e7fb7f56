"""The product on real trading days, end to end, on this machine: one command, nothing simulated but the thermometer."""
