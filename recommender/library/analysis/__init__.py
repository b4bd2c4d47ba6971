"""Hearing a recording once and storing what was heard."""
