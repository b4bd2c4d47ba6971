"""People: accounts, guests, tokens, privacy, roles."""
