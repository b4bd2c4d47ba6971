"""Commands that let the agents work."""
