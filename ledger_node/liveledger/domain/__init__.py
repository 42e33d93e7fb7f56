"""Words of the trade and the formats of docs/formats.md, free of any I/O."""
