"""What ``train NAME`` can train in this app (see ``recommender.trainings``)."""

from __future__ import annotations

SOURCES: dict[str, dict[str, str]] = {}
TRAININGS = {"words_intents": "agents.understanding.training.train_words_intents"}
