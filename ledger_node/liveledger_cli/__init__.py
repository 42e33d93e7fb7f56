"""The command line: stdout is data, stderr is messages, exit codes as documented in README.md."""
