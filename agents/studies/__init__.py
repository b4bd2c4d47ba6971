"""Studies that need agents, and the list of all twelve."""
