"""What a recording sounds like and how it feels."""
