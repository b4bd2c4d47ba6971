"""Vectors of tracks in pgvector, by space."""
