"""What every oracle shares: a feed's configuration, signed reports, one way to send them."""
