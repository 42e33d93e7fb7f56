"""Forms of what comes in: messages as JSON, CSV or NDJSON, checked field by field, and their codes resolved."""
