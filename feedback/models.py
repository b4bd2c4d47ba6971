"""What people said about tracks and did with them, and how each person wants to be learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from feedback.experiments.models import Arm, Experiment, Exposure, Tuning
from feedback.reviewing.models import EvaluationCase, ReviewCase
from recommender.models import Playlist, Track

if TYPE_CHECKING:
    from accounts.models import User

__all__ = [
    "Arm",
    "EvaluationCase",
    "Experiment",
    "Exposure",
    "LearningPause",
    "MomentPause",
    "Reaction",
    "ReviewCase",
    "Tuning",
]


class Reaction(models.Model):
    """One thing a person said about a track, or did with it.

    Said (``like``, ``not_now``, ``never_track``, ``never_artist``): a person has at most one standing opinion of a
    track and one refusal of an artist; taking it back sets ``undone``. Done (``played``, ``skipped``): ``seconds``
    heard and their ``share`` of the track, 0..1; ``event_key`` is made by the page, so that a repeated report counts
    once. ``playlist``, ``position``, ``propensity`` and ``policy`` tell which impression it answers.
    """

    class Kind(models.TextChoices):
        LIKE = "like", "liked"
        NOT_NOW = "not_now", "not now"
        NEVER_TRACK = "never_track", "never this song"
        NEVER_ARTIST = "never_artist", "never this artist"
        PLAYED = "played", "listened to"
        SKIPPED = "skipped", "skipped"

    OPINIONS: ClassVar[tuple[str, ...]] = ("like", "not_now", "never_track")
    DONE: ClassVar[tuple[str, ...]] = ("played", "skipped")

    class ReactionQueries(models.QuerySet["Reaction"]):
        def visible_to(self, person: User | None) -> Reaction.ReactionQueries:
            return self.filter(owner=person) if person else self.none()

        def standing(self) -> Reaction.ReactionQueries:
            return self.filter(undone__isnull=True)

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reactions")
    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="reactions")
    kind = models.CharField(max_length=12, choices=Kind)
    artist = models.CharField(max_length=300, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    share = models.FloatField(null=True, blank=True)
    event_key = models.CharField(max_length=64, blank=True)
    playlist = models.ForeignKey(Playlist, on_delete=models.SET_NULL, null=True, blank=True, related_name="reactions")
    position = models.PositiveSmallIntegerField(null=True, blank=True)
    propensity = models.FloatField(null=True, blank=True)
    policy = models.CharField(max_length=60, blank=True)
    created = models.DateTimeField(default=timezone.now)
    undone = models.DateTimeField(null=True, blank=True)

    objects = ReactionQueries.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "track"],
                condition=Q(undone__isnull=True, kind__in=["like", "not_now", "never_track"]),
                name="reaction_one_opinion",
            ),
            models.UniqueConstraint(
                fields=["owner", "artist"],
                condition=Q(undone__isnull=True, kind="never_artist"),
                name="reaction_one_refusal",
            ),
            models.UniqueConstraint(
                fields=["owner", "event_key"], condition=~Q(event_key=""), name="reaction_event_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["played", "skipped"], seconds__isnull=False, share__isnull=False)
                & Q(seconds__gte=0, share__gte=0, share__lte=1)
                & ~Q(event_key="")
                | ~Q(kind__in=["played", "skipped"]) & Q(seconds__isnull=True, share__isnull=True, event_key=""),
                name="reaction_done_has_length",
            ),
            models.CheckConstraint(
                condition=Q(kind="never_artist") & ~Q(artist="") | ~Q(kind="never_artist") & Q(artist=""),
                name="reaction_names_artist",
            ),
            models.CheckConstraint(
                condition=Q(propensity__isnull=True) | Q(propensity__gt=0, propensity__lte=1),
                name="reaction_propensity",
            ),
        ]
        indexes = [models.Index(fields=["owner", "-created"], name="reaction_owner_created")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.track}"


class LearningPause(models.Model):
    """A person who has such a row is not learned from for now: what was learned stays, nothing is added."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner"], name="learning_pause_once")]


class MomentPause(models.Model):
    """A person who has such a row gets lists that do not go by their clock, nor by what was learned of moments."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner"], name="moment_pause_once")]
