"""Lists to look at again, and the cases for evaluation that come of it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone

from recommender.models import Playlist


class ReviewCase(models.Model):
    """One list that somebody said something about, for a reviewer to look at.

    State machine: new -> seen -> answered | closed, and back to seen; written by ``queue``. ``answer`` is the
    reviewer's finding for colleagues; ``tags``: short words to find it by.
    """

    class State(models.TextChoices):
        NEW = "new", "new"
        SEEN = "seen", "being looked at"
        ANSWERED = "answered", "answered"
        CLOSED = "closed", "closed"

    playlist = models.OneToOneField(Playlist, on_delete=models.CASCADE, related_name="review", editable=False)
    state = models.CharField(max_length=8, choices=State, default=State.NEW, db_index=True)
    tags = models.CharField(max_length=200, blank=True, help_text="Short words, separated by commas.")
    answer = models.TextField(max_length=2000, blank=True)
    likes = models.PositiveSmallIntegerField(default=0, editable=False)
    dislikes = models.PositiveSmallIntegerField(default=0, editable=False)
    skips = models.PositiveSmallIntegerField(default=0, editable=False)
    last_said = models.DateTimeField(default=timezone.now, db_index=True, editable=False)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["-last_said"]
        permissions = [
            ("export_reviewcase", "Can export review cases"),
            ("inspect_taste", "Can look at a person's taste, with a logged reason"),
        ]

    def __str__(self) -> str:
        return f"List {self.playlist_id}"


class EvaluationCase(models.Model):
    """A brief with what a good list for it has and has not. It names nobody: words, photo and person stay behind.

    ``brief``: a MusicBrief as JSON without words; ``wanted``, ``unwanted``: track ids.
    """

    name = models.CharField(max_length=120)
    note = models.TextField(max_length=2000, blank=True)
    brief = models.JSONField()
    wanted = models.JSONField(default=list, blank=True)
    unwanted = models.JSONField(default=list, blank=True)
    review = models.OneToOneField(
        ReviewCase, on_delete=models.SET_NULL, null=True, editable=False, related_name="evaluation_case"
    )
    created = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created"]

    def __str__(self) -> str:
        return self.name
