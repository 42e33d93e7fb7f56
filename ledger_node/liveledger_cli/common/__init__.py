"""What every command shares: options, connections, printing, questions that are proven."""
