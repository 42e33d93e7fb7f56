"""What a route and a command both call: reads and acts of members, by the noun that they are about."""
