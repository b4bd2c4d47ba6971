"""Reactions, the learners that turn them into a taste, and the taste page."""
