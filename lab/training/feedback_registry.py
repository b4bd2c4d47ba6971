"""What trainings of the rooms below can learn from here (see ``lab.training.registry``)."""

from __future__ import annotations

TRAININGS: dict[str, str] = {}
SOURCES = {
    "bridge": {"feedback": "lab.training.site_feedback.gathered"},
    "fusion": {"feedback": "lab.training.site_feedback.parts"},
}
