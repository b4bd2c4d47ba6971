"""Experiments, the review queue and the taste inspector in the admin."""

from feedback.admin import experiments, reviewing, taste

__all__ = ["experiments", "reviewing", "taste"]
