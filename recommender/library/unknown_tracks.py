"""Tracks that songs.csv and artists.csv do not know, and that somebody outside may be asked about."""

from __future__ import annotations

from django.db.models import Exists, OuterRef

from recommender.models import Annotation, ServiceTrack, Track, TrackLink
from recommender.services import registry

ASKED_OF = (Track.Source.FILES, Track.Source.TABLE, Track.Source.OPEN)
KNOWN_BY = (Annotation.Provenance.SONG, Annotation.Provenance.ARTIST, Annotation.Provenance.LLM)


def unknown(after: int = 0) -> Track.TrackQueries:
    """Those of everybody's catalogue with a primary key above ``after``, in its order. None that is a person's own, and
    none that a service told of, or whose number there it bears, whose terms keep its words out of prompts."""
    closed = [info.name for info in registry.INFOS.values() if not info.can.learning]
    told = ServiceTrack.objects.filter(track=OuterRef("pk"), service__in=closed)
    linked = TrackLink.objects.filter(track=OuterRef("pk"), service__in=closed)
    open_to_all = Track.objects.visible_to(None).filter(source__in=ASKED_OF, missing_since=None, pk__gt=after)
    strangers = open_to_all.exclude(artist="").exclude(annotation__provenance__in=KNOWN_BY)
    return strangers.filter(~Exists(told), ~Exists(linked)).order_by("pk")
