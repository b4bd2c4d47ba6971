"""A track as a few words, for the sentence encoder that photos' phrases and people's wishes go through too."""

from __future__ import annotations

from recommender.models import AudioProfile, Track
from recommender.perception.vocabulary import GENRES, MOODS

MOODS_NAMED = 2
GENRE_FLOOR = 0.5
"""Below this a heard genre is a guess, and not said."""


def document(track: Track) -> str:
    """What the track is and how it feels, in the phrases that the vocabulary uses for everything else; of a track that
    was not heard, only its words."""
    parts = [f"{track.title} by {track.artist}" if track.artist else track.title]
    profile: AudioProfile | None = getattr(track, "profile", None)
    if profile is None:
        return ". ".join([*parts, track.genre] if track.genre else parts)
    genres = [GENRES[name].prompt for name, score in profile.genres.items() if name in GENRES and score >= GENRE_FLOOR]
    if track.genre or genres:
        parts.append(", ".join(dict.fromkeys(filter(None, (track.genre, *genres)))))
    closest = sorted(profile.moods, key=profile.moods.__getitem__, reverse=True)[:MOODS_NAMED]
    parts.extend(MOODS[name].prompt for name in closest if name in MOODS)
    if character := _character(profile):
        parts.append(", ".join(character))
    return ". ".join(parts)


def _character(profile: AudioProfile) -> list[str]:
    """Only what stands out: the upper or lower fifth of a usual catalogue."""
    words = [
        ("slow", profile.tempo is not None and profile.tempo < 85),
        ("fast", profile.tempo is not None and profile.tempo > 150),
        ("energetic", (profile.energy or 0.5) > 0.83),
        ("quiet", profile.energy is not None and profile.energy < 0.42),
        ("danceable", (profile.danceability or 0.5) > 0.74),
        ("acoustic", (profile.acousticness or 0.0) > 0.6),
        ("instrumental", (profile.instrumentalness or 0.0) > 0.5),
        ("live", bool(profile.track.live)),
    ]
    return [word for word, holds in words if holds]
