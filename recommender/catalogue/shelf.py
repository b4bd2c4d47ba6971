"""Putting a heard file into the catalogue: its track, link, profile and sound vector, together or not at all."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from recommender import vectors
from recommender.catalogue import profiles
from recommender.catalogue.genres import genres_of
from recommender.catalogue.hearing import Heard
from recommender.catalogue.rows import is_live
from recommender.models import AudioProfile, Track, TrackLink, TrackVector
from recommender.perception.encoders import TEXT_SPACE
from recommender.values import AudioReading

FILE_SERVICE = "file"
DEMO_SERVICE = "demo"


def put(heard: Heard, owner: User | None, *, track: Track | None = None, demo: str = "") -> Track:
    """A new track for the file, or ``track`` brought up to date. ``demo``: the slug of a demonstration piece.

    Raises IntegrityError when the owner already has a track with this content.
    """
    service, external_id = (DEMO_SERVICE, demo) if demo else (FILE_SERVICE, heard.content)
    with transaction.atomic():
        track = track or Track(owner=owner, source=Track.Source.DEMO if demo else Track.Source.FILES)
        for name, value in _fields(heard).items():
            setattr(track, name, value)
        track.save()
        TrackLink.objects.update_or_create(
            track=track, service=service, defaults={"external_id": external_id, "owner": track.owner}
        )
        describe(track, heard.reading, heard.tags.genre)
    return track


def describe(track: Track, reading: AudioReading, genre: str) -> None:
    """Write what was heard of a track, in place of whatever was known of its sound before. In a transaction."""
    fields = profiles.fields_of_reading(reading)
    fields["genres"] |= genres_of(genre)
    write_profile(track, fields)


def write_profile(track: Track, fields: dict[str, Any]) -> None:
    """A profile (AudioProfile's fields) with the vector made from it. In a transaction."""
    AudioProfile.objects.update_or_create(track=track, defaults={**fields, "updated": timezone.now()})
    space = vectors.space(profiles.PROFILE_SPACE, profiles.PROFILE_DIMENSIONS)
    vectors.write_vectors(space, [track.pk], profiles.vectors_of_rows([fields]))
    TrackVector.objects.filter(track=track, space__name=TEXT_SPACE).delete()  # its words may have changed


def _fields(heard: Heard) -> dict[str, Any]:
    tags = heard.tags
    return {
        "title": tags.title,
        "artist": tags.artist,
        "album": tags.album,
        "genre": tags.genre,
        "year": tags.year,
        "isrc": tags.isrc,
        "language": tags.language,
        "live": is_live(tags.title, heard.reading.liveness),
        "duration": heard.reading.duration,
        "file": str(heard.path),
        "file_hash": heard.content,
        "file_stamp": heard.stamp,
        "missing_since": None,
    }
