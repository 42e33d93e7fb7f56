"""The API server: unit tests with sockets blocked, and tests on a real node."""
