"""Listening together: several people on one list."""
