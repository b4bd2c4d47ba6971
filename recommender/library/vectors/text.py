"""Text vectors of tracks, a slice at a time, so that the worker which also answers people is never held for long."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from recommender.library.vectors import store
from recommender.library.vectors.documents import document
from recommender.models import Track, TrackVector
from recommender.perception.weights.loaders import TEXT_DIMENSIONS, TEXT_SPACE

SLICE = 64
"""About half a second of one core."""


def without_vector() -> Track.TrackQueries:
    """Tracks that still need one: those whose sound is known, and all of a person's own server or of an open source,
    which are found by their words until they are heard. Music services' metadata is never embedded: their terms forbid
    it."""
    has_one = TrackVector.objects.filter(track=OuterRef("pk"), space__name=TEXT_SPACE)
    described = Q(profile__isnull=False) | Q(source__in=[Track.Source.SERVER, Track.Source.OPEN])
    return Track.objects.filter(described, ~Exists(has_one)).exclude(source=Track.Source.SERVICE)


def write_slice() -> int:
    """Write the vectors of the next ``SLICE`` tracks that have none; how many were written."""
    from recommender.perception.weights.loaders import embed_texts

    tracks = list(without_vector().select_related("profile").order_by("pk")[:SLICE])
    if tracks:
        space = store.space(TEXT_SPACE, TEXT_DIMENSIONS)
        store.write_vectors(space, [track.pk for track in tracks], embed_texts([document(track) for track in tracks]))
    return len(tracks)
