"""What trainings of the rooms below can learn from here (see ``recommender.trainings``)."""

from __future__ import annotations

TRAININGS: dict[str, str] = {}
SOURCES = {
    "bridge": {"feedback": "feedback.judged_pairs.gathered"},
    "fusion": {"feedback": "feedback.judged_pairs.parts"},
}
