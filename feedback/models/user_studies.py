"""A study, its photos with the lists to compare, those who were invited, and what they said."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from recommender.models import Picture, Playlist

CONSENT = (
    "You will see photos, each with two lists of songs, and say which list fits better. It takes about ten minutes. "
    "Only your answers are kept, under a number: no name, no address. You may stop at any time and have your answers "
    "deleted on the last page or by opening your link again."
)


class PeopleStudy(models.Model):
    """Two ways of making a list, compared by people who do not know which is which.

    State machine (transitions in ``user_study``): draft -> open -> closed. Only a draft can be edited. ``settings_a``,
    ``settings_b``: how the lists are made, as ``user_studies.ways`` reads it: {} the usual way. B may be several ways
    in a JSON list; each person sees each photo with one of them.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        OPEN = "open", "open"
        CLOSED = "closed", "closed"

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="people_studies", editable=False
    )
    title = models.CharField(max_length=120, help_text="Shown to those who take part; do not say what is compared.")
    question = models.CharField(max_length=300, help_text="What you want to find out. Only you see it.")
    consent = models.TextField(max_length=3000, default=CONSENT, help_text="What people agree to before they begin.")
    settings_a = models.JSONField(default=dict, blank=True, help_text='Such as {"reasoning": "symbolic"}; {} is usual.')
    settings_b = models.JSONField(
        default=dict,
        blank=True,
        help_text='Such as {"weights": {"affect": 0.3}}, {"list": "random"}, or several: '
        '[{"list": "mood rule"}, {"list": "nearest in mood"}, {"list": "popular in style"}, {"list": "editor"}].',
    )
    length = models.PositiveSmallIntegerField(default=6, help_text="Songs in each list, 3 to 12.")
    asks_usability = models.BooleanField(default=True, help_text="Ends with the ten questions of the SUS.")
    state = models.CharField(max_length=6, choices=State, default=State.DRAFT, editable=False)
    created = models.DateTimeField(default=timezone.now, editable=False)
    opened = models.DateTimeField(null=True, editable=False)
    closed = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created"]
        verbose_name_plural = "people studies"
        constraints = [
            models.CheckConstraint(condition=Q(length__gte=3, length__lte=12), name="people_study_length"),
            models.CheckConstraint(
                condition=Q(state="draft", opened__isnull=True, closed__isnull=True)
                | Q(state="open", opened__isnull=False, closed__isnull=True)
                | Q(state="closed", opened__isnull=False, closed__isnull=False),
                name="people_study_times",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class StudyTask(models.Model):
    """One photo with both lists, made when the study was opened. ``rival``: the name of the way that made the other
    list; that is ``list_b``, or, where somebody wrote it, ``written``: [[title, artist], ...]."""

    study = models.ForeignKey(PeopleStudy, on_delete=models.CASCADE, related_name="tasks")
    picture = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="+")
    list_a = models.OneToOneField(Playlist, on_delete=models.CASCADE, related_name="+")
    list_b = models.OneToOneField(Playlist, on_delete=models.CASCADE, null=True, related_name="+")
    rival = models.CharField(max_length=120, blank=True)
    written = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["study", "picture", "rival"], name="study_task_photo_once"),
            models.CheckConstraint(
                condition=~Q(list_a=F("list_b")) & Q(list_b__isnull=False, written=[])
                | Q(list_b__isnull=True) & ~Q(written=[]),
                name="study_task_two_lists",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.study}: {self.picture}"


class Participant(models.Model):
    """One invitation and who took it, known by its link alone. ``token``: the secret part of the link;
    ``revoked``: the link no longer works. ``usability``: ten answers 1..5 in the scale's order, or empty."""

    study = models.ForeignKey(PeopleStudy, on_delete=models.CASCADE, related_name="participants")
    number = models.PositiveIntegerField()
    token = models.CharField(max_length=43, unique=True)
    created = models.DateTimeField(default=timezone.now)
    consented = models.DateTimeField(null=True)
    revoked = models.DateTimeField(null=True)
    usability = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar[list[str]] = ["number"]
        constraints = [models.UniqueConstraint(fields=["study", "number"], name="participant_number_once")]

    def __str__(self) -> str:
        return f"Participant {self.number}"


class Judgement(models.Model):
    """What a participant said of one photo's two lists. ``left``: the list that stood left; ratings 1..5."""

    class Choice(models.TextChoices):
        A = "a", "a"
        B = "b", "b"
        EVEN = "even", "no difference"

    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="judgements")
    task = models.ForeignKey(StudyTask, on_delete=models.CASCADE, related_name="judgements")
    choice = models.CharField(max_length=4, choices=Choice)
    left = models.CharField(max_length=1, choices=[("a", "a"), ("b", "b")])
    rating_a = models.PositiveSmallIntegerField()
    rating_b = models.PositiveSmallIntegerField()
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["created"]
        constraints = [
            models.UniqueConstraint(fields=["participant", "task"], name="judgement_once"),
            models.CheckConstraint(
                condition=Q(choice__in=["a", "b", "even"], left__in=["a", "b"]), name="judgement_side"
            ),
            models.CheckConstraint(
                condition=Q(rating_a__gte=1, rating_a__lte=5, rating_b__gte=1, rating_b__lte=5),
                name="judgement_ratings",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.participant}: {self.choice}"
