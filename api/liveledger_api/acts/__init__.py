"""Administrative acts and decisions."""
