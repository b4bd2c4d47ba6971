"""Template tags of the taste page."""
