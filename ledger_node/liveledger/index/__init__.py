"""The index: what the chain's events say, in tables. Derived from finalised blocks alone; it can be re-created."""
