"""What brands let other organisations do with their goods."""
