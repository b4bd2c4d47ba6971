"""What ``train NAME`` can train: a name and the dotted path of ``function(shared, seed) -> figures``.

A training is added by adding its line. Paths, not functions, so that nothing heavy is imported to list them.
"""

from __future__ import annotations

from pathlib import Path

from django.conf import settings

from core import env

TRAININGS = {
    "picture_affect": "lab.training.image_affect.train_picture_affect",
    "picture_concepts": "lab.training.picture_concepts.train_picture_concepts",
    "picture_styles": "lab.training.picture_styles.train_picture_styles",
    "sound_features": "lab.training.audio_features.train_sound_features",
    "genres": "lab.training.genres.train_genres",
    "sound_felt": "lab.training.felt_music.train_sound_felt",
    "sound_affect": "lab.training.felt_affect.train_sound_affect",
    "words_affect": "lab.training.text_affect.train_words_affect",
    "words_spans": "lab.training.entity_tagger.train_words_spans",
    "words_intents": "lab.training.intents.train_words_intents",
    "words_decisions": "lab.training.decisions.train_words_decisions",
    "words_across": "lab.training.across.train_words_across",
    "bridge": "lab.training.cross_modal.train_bridge",
    "fusion": "lab.training.score_weights.train_fusion",
    "alignment": "lab.training.alignment.train_alignment",
}
SOURCES = {
    "bridge": {"feedback": "lab.training.site_feedback.gathered"},
    "fusion": {"feedback": "lab.training.site_feedback.parts"},
}
"""By training, what ``--data NAME`` stands for: the dotted path of a function that gives the data."""


def shared_folder() -> Path:
    """Where data to learn from lies unless a command names it."""
    return env.folder("DYLUMO_SHARED", Path(settings.BASE_DIR).parent / "shared")
