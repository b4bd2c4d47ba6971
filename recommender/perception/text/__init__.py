"""How words feel, and the names in them."""
