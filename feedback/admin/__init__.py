"""Experiments, studies with people, pairs, the review queue and the taste inspector in the admin."""

from feedback.admin import curated, experiments, people_studies, reviewing, taste

__all__ = ["curated", "experiments", "people_studies", "reviewing", "taste"]
