"""What a heard track's tags should say."""

from __future__ import annotations

from recommender.models import AudioProfile

KINDS = ("mood", "bpm", "key", "genre")
KEYS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
GENRE_FLOOR = 0.4
"""How sure hearing must be of a style before it is written down."""


def described(profile: AudioProfile) -> dict[str, str]:
    """By kind, what was heard; kinds that hearing is not sure of are left out. Keys as ID3 writes them ("F#m")."""
    mood = max(profile.moods.items(), key=_score, default=("", 0.0))
    genre = max(profile.genres.items(), key=_score, default=("", 0.0))
    told = {
        "mood": mood[0],
        "bpm": str(round(profile.tempo)) if profile.tempo else "",
        "key": KEYS[profile.key] + ("m" if profile.mode == 0 else "")
        if profile.key is not None and profile.key >= 0
        else "",
        "genre": genre[0] if genre[1] >= GENRE_FLOOR else "",
    }
    return {kind: value for kind, value in told.items() if value}


def _score(named: tuple[str, float]) -> float:
    return named[1]
