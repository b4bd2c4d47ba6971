"""What ``train NAME`` can train in this app (see ``lab.training.registry``)."""

from __future__ import annotations

SOURCES: dict[str, dict[str, str]] = {}
TRAININGS = {
    "words_intents": "lab.training.intents.train_words_intents",
    "words_across": "lab.training.across.train_words_across",
}
