"""Putting a heard file into the catalogue: its track, link, profile and sound vector, together or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from core.schemas import AudioReading
from recommender.library import audio_profiles
from recommender.library.analysis.analyze_file import Heard, content_of, stamp_of
from recommender.library.genres import genres_of
from recommender.library.importers.tables.rows import is_live
from recommender.library.vectors import store
from recommender.models import AudioProfile, Track, TrackLink, TrackVector
from recommender.perception.weights.loaders import TEXT_SPACE

FILE_SERVICE, DEMO_SERVICE, BOX_SERVICE = "file", "demo", "box"
SERVICE_OF = {
    Track.Source.FILES: FILE_SERVICE,
    Track.Source.DEMO: DEMO_SERVICE,
    Track.Source.OPEN: BOX_SERVICE,
}
"""By which link a heard file's track is found again."""


def put(
    heard: Heard,
    owner: User | None,
    *,
    track: Track | None = None,
    source: Track.Source = Track.Source.FILES,
    external_id: str = "",
) -> Track:
    """A new track for the file, or ``track`` brought up to date. ``external_id``: what the piece is known by where that
    is not its content.

    Raises IntegrityError when the owner already has a track with this content.
    """
    service, external_id = SERVICE_OF[source], external_id or heard.content
    with transaction.atomic():
        track = track or Track(owner=owner, source=source)
        for name, value in _fields(heard).items():
            setattr(track, name, value)
        track.save()
        TrackLink.objects.update_or_create(
            track=track, service=service, defaults={"external_id": external_id, "owner": track.owner}
        )
        describe(track, heard.reading, heard.tags.genre)
    return track


def rewritten(track: Track, path: Path) -> None:
    """The track's file holds the same sound as before under other tags: it is not heard again. Raises OSError."""
    content = content_of(path)
    with transaction.atomic():
        Track.objects.filter(pk=track.pk).update(file_hash=content, file_stamp=stamp_of(path))
        TrackLink.objects.filter(track=track, service=FILE_SERVICE).update(external_id=content)


def describe(track: Track, reading: AudioReading, genre: str) -> None:
    """Write what was heard of a track, in place of whatever was known of its sound before. In a transaction."""
    fields = audio_profiles.fields_of_reading(reading)
    fields["genres"] |= genres_of(genre)
    write_profile(track, fields)


def write_profile(track: Track, fields: dict[str, Any]) -> None:
    """A profile (AudioProfile's fields) with the vector made from it. In a transaction."""
    AudioProfile.objects.update_or_create(track=track, defaults={**fields, "updated": timezone.now()})
    space = store.space(audio_profiles.PROFILE_SPACE, audio_profiles.PROFILE_DIMENSIONS)
    store.write_vectors(space, [track.pk], audio_profiles.vectors_of_rows([fields]))
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
