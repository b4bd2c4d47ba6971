"""What the tags of the lite tier add to a reading of the basic tier: genres, instruments, moods, voice, feeling.

Probabilities of the tags differ by their frequency in MTG-Jamendo, so what they say of moods is measured against a
usual value: the median over the demonstration library, with weights set by hand. What they say of valence and arousal
was learned from listeners (``felt_model``).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from core.schemas import AudioReading, Label
from recommender.perception.audio import felt_model
from recommender.perception.audio.felt_model import log_odds

GENRE_OF = {
    "alternative": "indie", "ambient": "ambient", "chillout": "lofi", "classical": "classical", "dance": "house",
    "downtempo": "lofi", "electronic": "electronic", "folk": "folk", "funk": "funk", "hiphop": "hiphop",
    "house": "house", "indie": "indie", "instrumentalpop": "pop", "jazz": "jazz", "lounge": "lofi", "metal": "metal",
    "newage": "ambient", "orchestral": "classical", "pop": "pop", "popfolk": "folk", "poprock": "rock",
    "reggae": "reggae", "rock": "rock", "soundtrack": "soundtrack", "techno": "techno", "trance": "techno",
    "triphop": "lofi", "world": "world",
}  # fmt: skip

INSTRUMENT_OF = {
    "acousticguitar": "acoustic guitar", "bass": "bass", "drummachine": "drums", "drums": "drums",
    "electricguitar": "guitar", "electricpiano": "piano", "guitar": "guitar", "keyboard": "piano", "piano": "piano",
    "strings": "strings", "synthesizer": "synthesizer", "violin": "strings", "voice": "voice",
}  # fmt: skip

MOODS_OF = {
    "happy": ("joyful", "playful", "hopeful"),
    "energetic": ("energetic", "excited", "euphoric", "confident"),
    "relaxing": ("calm", "peaceful", "tender", "dreamy"),
    "emotional": ("bittersweet", "melancholic", "romantic", "pensive"),
    "film": ("dramatic", "wondrous", "mysterious"),
}

USUAL_LOGIT = {"happy": -3.5, "energetic": -3.8, "relaxing": -3.4, "emotional": -4.0, "film": -4.2}
MOOD_WEIGHT = 0.4
UNTAGGED_SHARE = 0.5
"""How far the basic tier's styles count that the tagger has no tag for (blues, country, disco)."""

CLEAR_VOICE = 0.10
"""Probability of the voice tag, which is rarely given even to songs, from which a voice is certain."""

FLOOR, GENRES_KEPT, INSTRUMENTS_KEPT = 0.10, 4, 4


def with_tags(reading: AudioReading, tags: Mapping[str, float]) -> AudioReading:
    """The reading of the lite tier. ``tags``: probabilities by ``musicnn.TAGS``."""
    lifts = {name: math.tanh(log_odds(tags[name]) - usual) for name, usual in USUAL_LOGIT.items()}
    valence, arousal = felt_model.load().moved((reading.valence, reading.arousal), tags)
    untagged = {
        label.name: UNTAGGED_SHARE * label.score for label in reading.genres if label.name not in GENRE_OF.values()
    }
    silent = 1 - min(tags["voice"] / CLEAR_VOICE, 1.0)
    heard = reading.instrumentalness
    return replace(
        reading,
        valence=valence,
        arousal=arousal,
        instrumentalness=silent if heard is None else (heard + silent) / 2,
        moods=_moods(reading, lifts),
        genres=_labels({**untagged, **_merged(tags, GENRE_OF)}, "genre", GENRES_KEPT),
        instruments=_labels(_merged(tags, INSTRUMENT_OF), "instrument", INSTRUMENTS_KEPT),
        tier="lite",
    )


def _moods(reading: AudioReading, lifts: Mapping[str, float]) -> tuple[Label, ...]:
    """The same moods, each moved by the tag that speaks of it."""
    factor = {mood: 1 + MOOD_WEIGHT * lifts[tag] for tag, moods in MOODS_OF.items() for mood in moods}
    moved = [replace(label, score=min(label.score * factor.get(label.name, 1.0), 1.0)) for label in reading.moods]
    return tuple(sorted(moved, key=lambda label: -label.score))


def _merged(tags: Mapping[str, float], table: Mapping[str, str]) -> dict[str, float]:
    """Probability that at least one of the tags of a name holds, were they independent."""
    none: dict[str, float] = defaultdict(lambda: 1.0)
    for tag, name in table.items():
        none[name] *= 1 - tags[tag]
    return {name: 1 - rest for name, rest in none.items()}


def _labels(scores: Mapping[str, float], kind: str, kept: int) -> tuple[Label, ...]:
    best = sorted(scores.items(), key=lambda item: -item[1])[:kept]
    return tuple(Label(name=n, score=s, kind=kind, source="sound") for n, s in best if s >= FLOOR)
