"""Analysing a recording once and storing what was found."""
