"""Proposed pairs and what reviewers said of them."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from recommender.models import Picture, Track


class CuratedPair(models.Model):
    """A photo and a track, proposed because the ranking chose it or at random, so that both kinds are judged.

    The photo is the proposer's own, given to be looked at by reviewers; the pair goes when the photo goes.
    """

    class Origin(models.TextChoices):
        RANKED = "ranked", "chosen by the ranking"
        RANDOM = "random", "drawn at random"

    picture = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="curated_pairs")
    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="curated_pairs")
    origin = models.CharField(max_length=6, choices=Origin)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]
        permissions = [("export_curatedpair", "Can take judged pairs along with their photos")]
        constraints = [
            models.UniqueConstraint(fields=["picture", "track"], name="curated_pair_once"),
            models.CheckConstraint(condition=Q(origin__in=["ranked", "random"]), name="curated_pair_origin"),
        ]

    def __str__(self) -> str:
        return f"Pair {self.pk}"


class PairVerdict(models.Model):
    """One reviewer's judgement of a pair; said again, it replaces the one before."""

    class Says(models.TextChoices):
        FITS = "fits", "fits"
        NOT = "not", "does not fit"
        UNSURE = "unsure", "unsure"

    pair = models.ForeignKey(CuratedPair, on_delete=models.CASCADE, related_name="verdicts")
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    says = models.CharField(max_length=6, choices=Says)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["-created"]
        permissions = [("judge_pairs", "Can judge pairs of photos and tracks")]
        constraints = [
            models.UniqueConstraint(fields=["pair", "reviewer"], name="pair_verdict_once"),
            models.CheckConstraint(condition=Q(says__in=["fits", "not", "unsure"]), name="pair_verdict_says"),
        ]

    def __str__(self) -> str:
        return f"{self.pair}: {self.says}"
