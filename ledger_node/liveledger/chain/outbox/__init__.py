"""The one way to write: what was acknowledged is on disk, signed, sent and followed until it is final, exactly once."""
