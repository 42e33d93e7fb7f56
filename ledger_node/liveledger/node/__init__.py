"""The two programs beside the bridge: how they are built, configured, started and watched."""
