"""Factories for every row a test may need: valid and small by default, each field can be given.

A track made here has a profile; ``TrackFactory(profile=None)`` leaves it out.
"""

from __future__ import annotations

import hashlib
from typing import Any

import factory
from factory.django import DjangoModelFactory

from accounts.models import User
from agents.models import Conversation, Event, Turn
from core.schemas import MusicBrief, dump
from feedback.models import Arm, Experiment, Reaction
from recommender.models import (
    AudioProfile,
    LibraryJob,
    Picture,
    Playlist,
    PlaylistItem,
    Track,
    TrackLink,
    TrackVector,
    VectorSpace,
)


class UserFactory(DjangoModelFactory[User]):
    """A person known by e-mail; the password is ``correct horse battery``."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    password = factory.django.Password("correct horse battery")


class GuestFactory(UserFactory):
    email = None
    password = factory.django.Password(None)
    is_guest = True


class PictureFactory(DjangoModelFactory[Picture]):
    """A picture row whose files are only named, not written."""

    class Meta:
        model = Picture

    owner = factory.SubFactory(UserFactory)
    sha256 = factory.Sequence(lambda n: hashlib.sha256(str(n).encode()).hexdigest())
    file = factory.Sequence(lambda n: f"pictures/{n}.webp")
    thumbnail = factory.Sequence(lambda n: f"pictures/{n}-small.webp")
    name = "beach.jpg"
    width = 640
    height = 480


class TrackFactory(DjangoModelFactory[Track]):
    """A shared track with a profile in the middle of the affect plane."""

    class Meta:
        model = Track
        skip_postgeneration_save = True

    source = Track.Source.TABLE
    title = factory.Sequence(lambda n: f"Song {n}")
    artist = factory.Sequence(lambda n: f"Artist {n}")
    album = "An Album"
    genre = "pop"
    year = 2001
    duration = 200.0
    profile = factory.RelatedFactory("tests.factories.AudioProfileFactory", factory_related_name="track")


class TrackLinkFactory(DjangoModelFactory[TrackLink]):
    class Meta:
        model = TrackLink

    track = factory.SubFactory(TrackFactory)
    owner = factory.SelfAttribute("track.owner")
    service = "table"
    external_id = factory.Sequence(lambda n: f"id{n}")


class AudioProfileFactory(DjangoModelFactory[AudioProfile]):
    class Meta:
        model = AudioProfile

    track = factory.SubFactory(TrackFactory, profile=None)
    valence = 0.5
    arousal = 0.5
    energy = 0.5
    danceability = 0.5
    acousticness = 0.3
    instrumentalness = 0.1
    speechiness = 0.05
    liveness = 0.1
    tempo = 120.0
    loudness = -9.0
    key = 0
    mode = 1
    time_signature = 4
    moods: dict[str, float] = {}
    genres: dict[str, float] = {"pop": 1.0}
    provenance = AudioProfile.Provenance.TABLE
    confidence = 0.6


class VectorSpaceFactory(DjangoModelFactory[VectorSpace]):
    class Meta:
        model = VectorSpace
        django_get_or_create = ("name",)

    name = factory.Sequence(lambda n: f"space-{n}")
    dimensions = 3


class TrackVectorFactory(DjangoModelFactory[TrackVector]):
    class Meta:
        model = TrackVector

    track = factory.SubFactory(TrackFactory)
    space = factory.SubFactory(VectorSpaceFactory)
    vector = factory.LazyAttribute(lambda made: [1.0] + [0.0] * (made.space.dimensions - 1))


class PlaylistFactory(DjangoModelFactory[Playlist]):
    """A list without items."""

    class Meta:
        model = Playlist

    owner = factory.SubFactory(UserFactory)
    title = "Calm blue"
    brief = factory.LazyFunction(lambda: dump(MusicBrief(valence=0.7, arousal=0.3)))


class PlaylistItemFactory(DjangoModelFactory[PlaylistItem]):
    class Meta:
        model = PlaylistItem

    playlist = factory.SubFactory(PlaylistFactory)
    track = factory.SubFactory(TrackFactory)
    position = factory.Sequence(lambda n: n + 1)
    score = 80.0
    parts: list[dict[str, Any]] = []


class LibraryJobFactory(DjangoModelFactory[LibraryJob]):
    class Meta:
        model = LibraryJob

    kind = LibraryJob.Kind.SCAN
    argument = factory.Sequence(lambda n: f"/music/{n}")


class ConversationFactory(DjangoModelFactory[Conversation]):
    class Meta:
        model = Conversation

    owner = factory.SubFactory(UserFactory)
    title = "A beach"


class TurnFactory(DjangoModelFactory[Turn]):
    class Meta:
        model = Turn

    conversation = factory.SubFactory(ConversationFactory)
    number = factory.Sequence(lambda n: n + 1)
    text = "something calmer"


class EventFactory(DjangoModelFactory[Event]):
    class Meta:
        model = Event

    turn = factory.SubFactory(TurnFactory)
    conversation = factory.SelfAttribute("turn.conversation")
    seq = factory.Sequence(lambda n: n + 1)
    kind = "note"


class ReactionFactory(DjangoModelFactory[Reaction]):
    """A like of a track."""

    class Meta:
        model = Reaction

    owner = factory.SubFactory(UserFactory)
    track = factory.SubFactory(TrackFactory)
    kind = "like"


class ExperimentFactory(DjangoModelFactory[Experiment]):
    """A draft with two arms: the usual way, and ``changed`` settings."""

    class Meta:
        model = Experiment
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"experiment-{n}")
    question = "Does it help when the mood counts less?"
    salt = factory.Sequence(lambda n: f"salt{n}")

    @factory.post_generation
    def changed(self, create: bool, settings: dict[str, Any] | None, **_: Any) -> None:
        Arm.objects.create(experiment=self, name="usual", control=True)
        Arm.objects.create(experiment=self, name="changed", settings=settings or {"weights": {"affect": 0.1}})
