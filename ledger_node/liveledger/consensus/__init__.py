"""The ABCI 2.0 application: joins CometBFT (unix socket) and the execution engine (Engine API)."""
