"""Studies that people take part in: two lists for the same photo, compared blindly."""
