"""The life of a node between its runs: archives of it, restoring, moving, and replaying its whole chain."""
