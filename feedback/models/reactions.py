"""What people said about tracks and did with them, and how each person wants to be learned from."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recommender.models import Playlist, Track

if TYPE_CHECKING:
    from accounts.models import User


class Impression(models.Model):
    """What a person was shown when they reacted (filled in by ``feedback.taste.impressions``). ``version``: its number;
    ``policy``: who chose it; ``variant``: marks of the arms that made and laid it out (``arm7+arm9``); ``moment``: what
    the list was for (names of ``feedback.taste.context``)."""

    version = models.PositiveIntegerField(null=True, blank=True)
    policy = models.CharField(max_length=60, blank=True)
    variant = models.CharField(max_length=120, blank=True)
    moment = models.JSONField(default=list, blank=True)

    class Meta:
        abstract = True


class Reaction(Impression):
    """One thing a person said about a track, or did with it.

    Said (``like``, ``not_now``, ``never_track``, ``never_artist``, ``never_sound``): a person has at most one standing
    opinion of a track and one refusal of an artist or of a ``sound`` (``genre:jazz``); taking it back sets ``undone``.
    Done (``played``, ``skipped``): ``seconds`` heard and their ``share`` of the track, 0..1. Acted (the rest): what was
    done with the list that had the track. ``event_key`` makes a repeated report of what was done count once.
    ``playlist``, ``position`` and ``propensity`` tell, with the impression's own fields, what it answers.
    """

    class Kind(models.TextChoices):
        LIKE = "like", _("liked")
        NOT_NOW = "not_now", _("not now")
        NEVER_TRACK = "never_track", _("never this song")
        NEVER_ARTIST = "never_artist", _("never this artist")
        NEVER_SOUND = "never_sound", _("never this sound")
        PLAYED = "played", _("listened to")
        SKIPPED = "skipped", _("skipped")
        REPEATED = "repeated", _("listened to again")
        SAVED = "saved", _("saved with its list")
        REMOVED = "removed", _("removed from a list")
        SWAPPED = "swapped", _("swapped for another")
        MOVED_UP = "moved_up", _("moved up")
        MOVED_DOWN = "moved_down", _("moved down")
        REFINED_AWAY = "refined_away", _("gone when you asked for a change")

    OPINIONS: ClassVar[tuple[str, ...]] = ("like", "not_now", "never_track")
    SAID: ClassVar[tuple[str, ...]] = (*OPINIONS, "never_artist", "never_sound")
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
    sound = models.CharField(max_length=80, blank=True)
    seconds = models.FloatField(null=True, blank=True)
    share = models.FloatField(null=True, blank=True)
    event_key = models.CharField(max_length=80, blank=True)
    playlist = models.ForeignKey(Playlist, on_delete=models.SET_NULL, null=True, blank=True, related_name="reactions")
    position = models.PositiveSmallIntegerField(null=True, blank=True)
    propensity = models.FloatField(null=True, blank=True)
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
                fields=["owner", "sound"],
                condition=Q(undone__isnull=True, kind="never_sound"),
                name="reaction_one_sound",
            ),
            models.UniqueConstraint(
                fields=["owner", "event_key"], condition=~Q(event_key=""), name="reaction_event_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["played", "skipped"], seconds__isnull=False, share__isnull=False)
                & Q(seconds__gte=0, share__gte=0, share__lte=1)
                | ~Q(kind__in=["played", "skipped"]) & Q(seconds__isnull=True, share__isnull=True),
                name="reaction_done_has_length",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["like", "not_now", "never_track", "never_artist", "never_sound"], event_key="")
                | ~Q(kind__in=["like", "not_now", "never_track", "never_artist", "never_sound"]) & ~Q(event_key=""),
                name="reaction_done_once",
            ),
            models.CheckConstraint(
                condition=Q(kind="never_artist") & ~Q(artist="") | ~Q(kind="never_artist") & Q(artist=""),
                name="reaction_names_artist",
            ),
            models.CheckConstraint(
                condition=Q(kind="never_sound") & ~Q(sound="") | ~Q(kind="never_sound") & Q(sound=""),
                name="reaction_names_sound",
            ),
            models.CheckConstraint(
                condition=Q(propensity__isnull=True) | Q(propensity__gt=0, propensity__lte=1),
                name="reaction_propensity",
            ),
        ]
        indexes = [models.Index(fields=["owner", "-created"], name="reaction_owner_created")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.track}"

    @property
    def sound_name(self) -> str:
        """Such as "jazz"."""
        return self.sound.partition(":")[2]


class ListRating(Impression):
    """What a person thinks of one version of a list as a whole: 1 to 5 stars, and perhaps a note."""

    class RatingQueries(models.QuerySet["ListRating"]):
        def visible_to(self, person: User | None) -> ListRating.RatingQueries:
            return self.filter(owner=person) if person else self.none()

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="list_ratings")
    playlist = models.ForeignKey(Playlist, on_delete=models.CASCADE, related_name="ratings")
    stars = models.PositiveSmallIntegerField()
    note = models.CharField(max_length=500, blank=True)
    created = models.DateTimeField(default=timezone.now)

    objects = RatingQueries.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "playlist"], name="rating_once_a_version"),
            models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="rating_stars"),
        ]

    def __str__(self) -> str:
        return f"{self.stars} of 5: {self.playlist}"


class TakeChoice(Impression):
    """Which of the ways to hear it a person kept, once for each list with which they were first shown (``asked``): the
    last choice counts.

    ``shown``: the ways in the order of their tabs, ``[{concept, styles, chance}]``, the most telling style first and
    the chances as they were before anything was learned; ``chosen``: the tab, from 1; ``occasion``: its concept.
    ``stayed_for``: what was said of a track of the first way, where it was kept and no tab was touched; None where one
    was.
    """

    class ChoiceQueries(models.QuerySet["TakeChoice"]):
        def visible_to(self, person: User | None) -> TakeChoice.ChoiceQueries:
            return self.filter(owner=person) if person else self.none()

        def standing(self) -> TakeChoice.ChoiceQueries:
            """Those by hand, and those whose reaction was not taken back."""
            return self.filter(Q(stayed_for__isnull=True) | Q(stayed_for__undone__isnull=True))

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="take_choices")
    asked = models.ForeignKey(Playlist, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    occasion = models.CharField(max_length=80, blank=True)
    shown = models.JSONField()
    chosen = models.PositiveSmallIntegerField()
    stayed_for = models.ForeignKey(Reaction, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    objects = ChoiceQueries.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "asked"], name="take_choice_once"),
            models.CheckConstraint(
                condition=Q(chosen__gte=1) & (Q(stayed_for__isnull=True) | Q(chosen=1)), name="take_choice_place"
            ),
        ]
        indexes = [models.Index(fields=["owner", "-created"], name="take_choice_owner_created")]

    def __str__(self) -> str:
        return f"{self.occasion or 'a mood'}: way {self.chosen} of {len(self.shown)}"


class LearningPause(models.Model):
    """A person who has such a row is not learned from for now: what was learned stays, nothing is added."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="learning_pauses")
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner"], name="learning_pause_once")]

    @classmethod
    def holds_for(cls, person: User | None) -> bool:
        return person is not None and cls.objects.filter(owner=person).exists()


class TasteSettings(models.Model):
    """How a person wants their taste to be used. Without such a row everything is as usual.

    ``balance``: between the picture (0) and the taste (1), .5 as usual. ``novelty``: familiar (-1) to new (1).
    ``pinned``: targets of ``evidence`` that stay as they are, with the strength they were pinned at; ``removed``:
    targets that nothing is to be learned of.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="taste_settings")
    balance = models.FloatField(default=0.5)
    novelty = models.FloatField(default=0.0)
    pinned = models.JSONField(default=dict, blank=True)
    removed = models.JSONField(default=list, blank=True)

    class Meta:
        verbose_name_plural = "taste settings"
        constraints = [
            models.UniqueConstraint(fields=["owner"], name="taste_settings_once"),
            models.CheckConstraint(condition=Q(balance__gte=0, balance__lte=1), name="taste_settings_balance"),
            models.CheckConstraint(condition=Q(novelty__gte=-1, novelty__lte=1), name="taste_settings_novelty"),
        ]


class MomentPause(models.Model):
    """A person who has such a row gets lists that do not go by their clock, nor by what was learned of moments."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner"], name="moment_pause_once")]
