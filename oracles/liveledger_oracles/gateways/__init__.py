"""Ways in for systems that speak no HTTP."""
