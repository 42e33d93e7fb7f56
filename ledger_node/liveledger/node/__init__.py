"""The two programs beside the ABCI application: how they are built, configured, started and watched."""
