"""What music services told of a person's own music, and the lists that are given back to them.

A ``ServiceTrack`` is a recording as one service tells of it, kept once however many playlists hold it; ``track`` is
what it was recognised as. Whatever a service told goes when the person disconnects it, or when its terms say so
(``expires``): every row that came by a permission points at its ``credential`` and is deleted with it.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from accounts.models import User


class OwnRows(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, person: User | None) -> OwnRows:
        return self.filter(owner=person) if person else self.none()


class ServicePlaylist(models.Model):
    """A playlist of the person's at a service, or their saved or most played tracks there, or what they kept of their
    searches.

    ``snapshot`` is the service's own mark of the content that was read (empty until all of it was); ``listed`` the
    mark it gave when the playlists were last listed; ``count`` how many tracks it says there are.
    """

    class Kind(models.TextChoices):
        PLAYLIST = "playlist", "playlist"
        SAVED = "saved", "saved tracks"
        TOP = "top", "most played"
        KEPT = "kept", "kept from searches"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="service_playlists")
    credential = models.ForeignKey(
        "accounts.ServiceCredential", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    service = models.CharField(max_length=20)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.PLAYLIST)
    external_id = models.CharField(max_length=200)
    title = models.CharField(max_length=300)
    url = models.CharField(max_length=500, blank=True)
    count = models.PositiveIntegerField(null=True, blank=True)
    readable = models.BooleanField(default=True)
    snapshot = models.CharField(max_length=200, blank=True)
    listed = models.CharField(max_length=200, blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)
    expires = models.DateTimeField(null=True, blank=True, db_index=True)

    objects = OwnRows.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["service", "kind", "title"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "service", "external_id"], name="serviceplaylist_once_per_owner")
        ]

    def __str__(self) -> str:
        return self.title


class ServiceTrack(models.Model):
    """A recording as one service tells of it. ``duration`` seconds; ``confidence`` 0..1, how sure the match is.

    ``match``: how it was recognised; NEW until that was tried, NONE when the catalogue does not have it: then ``track``
    is a track of the person's own that is known by its words only, until its sound is heard.
    """

    class Match(models.TextChoices):
        NEW = "new", _("not looked up yet")
        ISRC = "isrc", _("the same recording code")
        NAMES = "names", _("the same names and length")
        NONE = "none", _("not in the catalogue")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="service_tracks")
    credential = models.ForeignKey(
        "accounts.ServiceCredential", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    service = models.CharField(max_length=20)
    external_id = models.CharField(max_length=200)
    title = models.CharField(max_length=300)
    artist = models.CharField(max_length=300, blank=True)
    album = models.CharField(max_length=300, blank=True)
    genre = models.CharField(max_length=120, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    duration = models.FloatField(default=0.0)
    isrc = models.CharField(max_length=12, blank=True)
    url = models.CharField(max_length=500, blank=True)
    track = models.ForeignKey(
        "recommender.Track", on_delete=models.SET_NULL, null=True, blank=True, related_name="told_as"
    )
    match = models.CharField(max_length=10, choices=Match, default=Match.NEW)
    confidence = models.FloatField(default=0.0)
    heard = models.CharField(max_length=40, blank=True)
    fetched_at = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField(null=True, blank=True, db_index=True)

    objects = OwnRows.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "service", "external_id"], name="servicetrack_once_per_owner"),
            models.CheckConstraint(condition=Q(confidence__gte=0, confidence__lte=1), name="servicetrack_confidence"),
        ]
        indexes = [models.Index(fields=["owner", "service", "match"], name="servicetrack_match")]

    def __str__(self) -> str:
        return f"{self.artist} - {self.title}" if self.artist else self.title


class ServiceEntry(models.Model):
    """A place in a service's playlist; the same recording may have several."""

    playlist = models.ForeignKey(ServicePlaylist, on_delete=models.CASCADE, related_name="entries")
    told = models.ForeignKey(ServiceTrack, on_delete=models.CASCADE, related_name="entries")
    position = models.PositiveIntegerField()

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints = [models.UniqueConstraint(fields=["playlist", "position"], name="serviceentry_position_once")]


class Listen(models.Model):
    """One time that a recording was played somewhere else. ``source``: which service or export told of it."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="listens")
    told = models.ForeignKey(ServiceTrack, on_delete=models.CASCADE, related_name="listens")
    at = models.DateTimeField()
    source = models.CharField(max_length=20)
    seconds = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "told", "at"], name="listen_once")]
        indexes = [models.Index(fields=["owner", "-at"], name="listen_owner_at")]


class Delivery(models.Model):
    """A list being given to a service as a playlist there. Its transitions are in ``recommender.playlists.publishing``.

    draft -> creating -> filling -> done | partial; partial -> filling (the rest is tried again)

    ``before``: the ids of the playlists of this title that the service had before ours was asked for, so that an answer
    that was lost is found again instead of asked for twice. ``external_id``: the playlist made; never made again.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("being reviewed")
        CREATING = "creating", _("the playlist is being made")
        FILLING = "filling", _("tracks are being added")
        DONE = "done", _("all of it is there")
        PARTIAL = "partial", _("some tracks could not be added")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="deliveries")
    playlist = models.ForeignKey("recommender.Playlist", on_delete=models.CASCADE, related_name="deliveries")
    service = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    before = models.JSONField(null=True, blank=True)
    external_id = models.CharField(max_length=200, blank=True)
    url = models.CharField(max_length=500, blank=True)
    cover = models.CharField(max_length=10, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    objects = OwnRows.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-created"]
        constraints = [models.UniqueConstraint(fields=["playlist", "service"], name="delivery_once_per_version")]


class DeliveryItem(models.Model):
    """One track of a delivery. ``external_id``: the recording chosen on the service, empty while there is none;
    ``others``: further candidates there as ``[{external_id, title, artist, url}]``."""

    class State(models.TextChoices):
        OPEN = "open", _("not looked up yet")
        FOUND = "found", _("found")
        MISSING = "missing", _("not found there")
        LEFT_OUT = "left_out", _("left out by you")
        ADDED = "added", _("added")
        REFUSED = "refused", _("the service did not take it")

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="items")
    track = models.ForeignKey("recommender.Track", on_delete=models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    external_id = models.CharField(max_length=200, blank=True)
    name = models.CharField(max_length=610, blank=True)
    url = models.CharField(max_length=500, blank=True)
    others = models.JSONField(default=list, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints = [models.UniqueConstraint(fields=["delivery", "position"], name="deliveryitem_position_once")]
