"""Parts of scripts/generate_bindings.py."""
