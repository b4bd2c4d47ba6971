"""What public music services list under a track's name. Nothing of the sound: only where it can be heard and bought."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from recommender.models.catalogue import Track


class StoreListing(models.Model):
    """A track as one service that needs no account lists it: its id and page there, its cover, and where a preview can
    be played until ``preview_until``. ``external_id`` is empty where the service was asked and does not have it.

    ``confidence`` 0..1: how sure it is the same recording. After ``expires`` the row says nothing any more: the
    service's terms want it asked again."""

    class StoreListingQueries(models.QuerySet["StoreListing"]):
        def fresh(self) -> StoreListing.StoreListingQueries:
            return self.filter(expires__gt=timezone.now())

        def found(self) -> StoreListing.StoreListingQueries:
            """Those that may be shown."""
            return self.fresh().exclude(external_id="")

    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="store_listings")
    service = models.CharField(max_length=20)
    external_id = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=500, blank=True)
    cover_url = models.CharField(max_length=500, blank=True)
    preview_url = models.CharField(max_length=500, blank=True)
    preview_until = models.DateTimeField(null=True, blank=True)
    confidence = models.FloatField(default=0.0)
    asked = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField(db_index=True)

    objects = StoreListingQueries.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["track", "service"], name="storelisting_once"),
            models.CheckConstraint(condition=Q(confidence__gte=0, confidence__lte=1), name="storelisting_confidence"),
            models.CheckConstraint(
                condition=~Q(external_id="") | Q(url="", cover_url="", preview_url=""), name="storelisting_of_something"
            ),
            models.CheckConstraint(
                condition=Q(preview_url="", preview_until__isnull=True)
                | (~Q(preview_url="") & Q(preview_until__isnull=False)),
                name="storelisting_preview_ends",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.track} at {self.service}"
