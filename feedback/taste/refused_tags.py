"""The sounds of a track that can be refused: its styles, instruments and moods; and which tracks have a sound."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import FloatField, Q
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from recommender.models import AudioProfile, Track

CLEAR = 0.3
"""The strength of a label, 0..1, from which a track has that sound: one labelled more weakly is not refused with it."""
MOST = 5
FIELDS = {"genre": "genres", "instrument": "instruments", "mood": "moods"}


def sounds_of(track: Track) -> list[str]:
    """Its clearest sounds, strongest first, such as ``genre:jazz``."""
    profile = getattr(track, "profile", None)
    if profile is None:
        return []
    labels = [
        (strength, f"{kind}:{name}")
        for kind, field in FIELDS.items()
        for name, strength in (getattr(profile, field) or {}).items()
        if strength >= CLEAR
    ]
    return [sound for _, sound in sorted(labels, key=lambda pair: -pair[0])[:MOST]]


def tracks_with_tag(sounds: Collection[str]) -> frozenset[int]:
    """The ids of all tracks that clearly have one of these sounds."""
    found: set[int] = set()
    for sound in sounds:
        kind, _, name = sound.partition(":")
        field = FIELDS[kind]
        strength = Cast(KeyTextTransform(name, field), FloatField())
        rows = AudioProfile.objects.filter(Q(**{f"{field}__has_key": name})).alias(strength=strength)
        found.update(rows.filter(strength__gte=CLEAR).values_list("track_id", flat=True))
    return frozenset(found)
