"""Studies that people take part in: two lists side by side for the same photo, not told which is which."""
