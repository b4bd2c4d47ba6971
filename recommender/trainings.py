"""What ``train NAME`` can train in this app: a name and the dotted path of ``function(shared, seed) -> figures``.

Every installed app may have such a module; a training is added by adding its line. Paths, not functions, so that
nothing heavy is imported to list them. ``SOURCES`` names, by training, what ``--data NAME`` stands for: the dotted
path of a function that gives the data, for rooms that know more than this one.
"""

from __future__ import annotations

SOURCES: dict[str, dict[str, str]] = {}
TRAININGS = {
    "picture_affect": "recommender.perception.picture_training.train_picture_affect",
    "sound_features": "recommender.perception.sound_training.train_sound_features",
    "genres": "recommender.perception.genre_training.train_genres",
    "sound_affect": "recommender.perception.felt_training.train_sound_affect",
    "words_affect": "recommender.perception.text_training.train_words_affect",
    "words_spans": "recommender.perception.spans_training.train_words_spans",
    "bridge": "recommender.bridge.training.train_bridge",
    "fusion": "recommender.ranking.fusion_training.train_fusion",
    "alignment": "recommender.alignment_training.train_alignment",
}
