"""Conversations, their turns and the numbered events a page is rebuilt from."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.wording import called
from recommender.mapping import MOST_PHOTOS
from recommender.models import Picture, Playlist, PlaylistItem, ServicePlaylist, Track

if TYPE_CHECKING:
    from accounts.models import User


class Mode(models.TextChoices):
    ONLY = "only", _("only from this playlist")
    LIKE = "like", _("like this playlist, but new")
    REORDER = "reorder", _("this playlist, reordered to fit")


class Conversation(models.Model):
    """One photo (or wish) and everything said about it. ``head`` is the list version now shown; ``within`` and ``mode``
    say which tracks it chooses from (``agents.conversations.scopes``). ``title``, ``wording`` and ``called``: as of a
    ``Playlist``, whose first gives them. ``share_token`` is its read-only link,
    ``share_until`` that link's end, ``share_password`` the hash of what it asks for (``agents.conversations.sharing``).
    """

    class ConversationQueries(models.QuerySet["Conversation"]):
        def visible_to(self, person: User | None) -> Conversation.ConversationQueries:
            return self.filter(owner=person) if person else self.none()

        def mentioning(self, words: str) -> Conversation.ConversationQueries:
            """Those with ``words`` in their title, in what was said, or in a song or artist of the list now shown."""
            if not words:
                return self
            songs = PlaylistItem.objects.filter(playlist=OuterRef("head")).filter(
                Q(track__title__icontains=words) | Q(track__artist__icontains=words)
            )
            said = Turn.objects.filter(conversation=OuterRef("pk"), text__icontains=words)
            return self.filter(Q(title__icontains=words) | Exists(songs) | Exists(said))

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conversations")
    picture = models.ForeignKey(Picture, on_delete=models.SET_NULL, null=True, blank=True, related_name="conversations")
    head = models.ForeignKey(Playlist, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    within = models.ForeignKey(ServicePlaylist, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.ONLY)
    title = models.CharField(max_length=120, blank=True)
    wording = models.JSONField(null=True, blank=True, editable=False)
    share_token = models.CharField(max_length=43, null=True, blank=True, unique=True)
    share_until = models.DateTimeField(null=True, blank=True)
    share_password = models.CharField(max_length=128, blank=True)
    last_seq = models.PositiveIntegerField(default=0)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    objects = ConversationQueries.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["-updated"]
        permissions = [
            ("view_suggestions", "Can see what the evaluation agent suggests"),
            ("export_research", "Can export conversations of those who consented"),
        ]
        indexes = [models.Index(fields=["owner", "-updated"], name="conversation_owner_updated")]
        constraints = [
            models.CheckConstraint(
                condition=Q(share_token__isnull=False) | Q(share_until__isnull=True, share_password=""),
                name="conversation_terms_of_a_link",
            )
        ]

    def __str__(self) -> str:
        return self.title or f"conversation {self.id}"

    @property
    def called(self) -> str:
        return called(self.title, self.wording)

    @property
    def shared_now(self) -> bool:
        """Is there a read-only link, and does it still work?"""
        return self.share_token is not None and (self.share_until is None or self.share_until > timezone.now())

    def pictured(self) -> Turn | None:
        """The newest turn that brought photos: those the conversation is about."""
        brought = self.turns.filter(Q(picture__isnull=False) | Q(further__isnull=False))
        return brought.select_related("picture").prefetch_related("further__picture").distinct().last()


class Collection(models.Model):
    """Lists of a person grouped under a name."""

    class CollectionQueries(models.QuerySet["Collection"]):
        def visible_to(self, person: User | None) -> Collection.CollectionQueries:
            return self.filter(owner=person) if person else self.none()

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="collections")
    name = models.CharField(max_length=60)
    created = models.DateTimeField(auto_now_add=True)

    objects = CollectionQueries.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="collection_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="collection_has_name"),
        ]

    def __str__(self) -> str:
        return self.name


class Collected(models.Model):
    """A list in a collection; both have the same owner."""

    collection = models.ForeignKey(Collection, on_delete=models.CASCADE, related_name="entries")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="collected")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["collection", "conversation"], name="collected_once")]


class Together(models.TextChoices):
    """How several photos become one list (``mapping.TOGETHER``)."""

    AVERAGE = "average", _("one mood")
    JOURNEY = "journey", _("a journey from the first to the last")
    CHAPTERS = "chapters", _("a chapter for each")


class Turn(models.Model):
    """One request and its answer. ``picture`` is its first photo; those after it are ``FurtherPicture`` rows.

    State machine: queued -> running -> done | failed | cancelled; queued -> cancelled; running -> queued when its
    worker was lost (``heartbeat`` too old) and attempts remain, else -> failed. At most one turn of a conversation
    is queued or running: the database holds it. ``moment``: what was chosen that the list is for, names of
    ``feedback.taste.context`` parted by commas. ``said_by``: who asked, when it was a guest of a shared session or the
    calendar (``Refresh``). ``language``: that of the page it was asked on, for answers whose language the words do not
    tell.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    OPEN: ClassVar[tuple[str, ...]] = ("queued", "running")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    text = models.CharField(max_length=2000, blank=True)
    picture = models.ForeignKey(Picture, on_delete=models.SET_NULL, null=True, blank=True, related_name="turns")
    together = models.CharField(max_length=10, choices=Together, default=Together.AVERAGE)
    sound = models.FileField(upload_to="sounds/", blank=True)
    sound_name = models.CharField(max_length=200, blank=True)
    strategy = models.CharField(max_length=20, default="hierarchical")
    moment = models.CharField(max_length=120, blank=True)
    said_by = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=8, blank=True)
    playlist = models.ForeignKey(Playlist, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    answer = models.TextField(blank=True)
    steps = models.JSONField(default=dict, blank=True)
    verdict = models.JSONField(null=True, blank=True)
    error = models.JSONField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    cancel_requested = models.BooleanField(default=False)
    heartbeat = models.DateTimeField(default=timezone.now)
    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True, blank=True)
    finished = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "number"], name="turn_number_once"),
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(state__in=["queued", "running"]), name="turn_one_open"
            ),
        ]
        indexes = [
            models.Index(fields=["heartbeat"], condition=Q(state__in=["queued", "running"]), name="turn_open_heartbeat")
        ]

    def pictures(self) -> list[Picture]:
        """Its photos in the order they were given; without those deleted since."""
        return [*filter(None, [self.picture]), *(further.picture for further in self.further.all())]


class FurtherPicture(models.Model):
    """A photo of a turn after its first, in the order they were given: ``place`` counts from 2."""

    class FurtherPictureQueries(models.QuerySet["FurtherPicture"]):
        def visible_to(self, person: User | None) -> FurtherPicture.FurtherPictureQueries:
            return self.filter(turn__conversation__owner=person) if person else self.none()

    turn = models.ForeignKey(Turn, on_delete=models.CASCADE, related_name="further")
    picture = models.ForeignKey(Picture, on_delete=models.CASCADE, related_name="further_in")
    place = models.PositiveSmallIntegerField()

    objects = FurtherPictureQueries.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["place"]
        constraints = [
            models.UniqueConstraint(fields=["turn", "place"], name="further_picture_place_once"),
            models.UniqueConstraint(fields=["turn", "picture"], name="further_picture_once"),
            models.CheckConstraint(condition=Q(place__gte=2, place__lte=MOST_PHOTOS), name="further_picture_place"),
        ]


class Refresh(models.Model):
    """New songs for a conversation's list, by the calendar: every ``weeks`` weeks on ``weekday`` (0: Monday).

    State machine: waiting -> running (``turn`` was asked) -> waiting; waiting -> paused (nobody looked at the last
    lists, ``unlooked`` of them, or there is none); paused -> waiting when it is set again. ``note``: why the last time
    brought nothing, in a sentence.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        PAUSED = "paused"

    class Weekday(models.IntegerChoices):
        MONDAY = 0, _("Monday")
        TUESDAY = 1, _("Tuesday")
        WEDNESDAY = 2, _("Wednesday")
        THURSDAY = 3, _("Thursday")
        FRIDAY = 4, _("Friday")
        SATURDAY = 5, _("Saturday")
        SUNDAY = 6, _("Sunday")

    class Weeks(models.IntegerChoices):
        EACH = 1, _("every week")
        SECOND = 2, _("every second week")
        FOURTH = 4, _("every fourth week")

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="refresh")
    weekday = models.PositiveSmallIntegerField(choices=Weekday)
    weeks = models.PositiveSmallIntegerField(choices=Weeks, default=Weeks.EACH)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    next_at = models.DateTimeField()
    turn = models.ForeignKey(Turn, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    unlooked = models.PositiveSmallIntegerField(default=0)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["waiting", "running", "paused"]), name="refresh_state"),
            models.CheckConstraint(condition=Q(weekday__lte=6), name="refresh_weekday"),
            models.CheckConstraint(condition=Q(weeks__in=[1, 2, 4]), name="refresh_weeks"),
        ]
        indexes = [models.Index(fields=["next_at"], condition=Q(state="waiting"), name="refresh_due")]

    def __str__(self) -> str:
        """ "Every second Friday" """
        how_often = {1: _("Every {day}"), 2: _("Every second {day}"), 4: _("Every fourth {day}")}[self.weeks]
        return str(how_often).format(day=self.Weekday(self.weekday).label)


class Session(models.Model):
    """Several people listening together: whoever has the ``token`` may join the conversation until ``expires``, or
    until its owner takes the invitation back (``revoked``). ``method``: how their tastes become one
    (``feedback.taste.group``). ``from_seq``: the conversation's last event when it was opened; what came before is not
    for
    guests."""

    class SessionQueries(models.QuerySet["Session"]):
        def live(self) -> Session.SessionQueries:
            return self.filter(revoked__isnull=True, expires__gt=timezone.now())

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="sessions")
    token = models.CharField(max_length=43, unique=True)
    method = models.CharField(max_length=12, default="fair")
    from_seq = models.PositiveIntegerField()
    opened = models.DateTimeField(default=timezone.now)
    expires = models.DateTimeField()
    revoked = models.DateTimeField(null=True, blank=True)

    objects = SessionQueries.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=Q(revoked__isnull=True), name="session_one_open"
            ),
            models.CheckConstraint(condition=Q(method__in=["fair", "average", "least_misery"]), name="session_method"),
        ]

    @property
    def closed(self) -> bool:
        """Whether its link lets nobody new in: since somebody was removed."""
        return self.members.filter(removed__isnull=False).exists()


class Member(models.Model):
    """A person in a session, by the ``name`` they chose there; ``left`` when they went, ``removed`` when it was the
    session's owner who sent them away: then they cannot come back."""

    class MemberQueries(models.QuerySet["Member"]):
        def present(self) -> Member.MemberQueries:
            return self.filter(left__isnull=True, session__in=Session.objects.live())

    session = models.ForeignKey(Session, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    name = models.CharField(max_length=40)
    joined = models.DateTimeField(default=timezone.now)
    left = models.DateTimeField(null=True, blank=True)
    removed = models.DateTimeField(null=True, blank=True)

    objects = MemberQueries.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["joined", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["session", "person"], name="member_once"),
            models.CheckConstraint(condition=~Q(name=""), name="member_has_name"),
            models.CheckConstraint(
                condition=Q(removed__isnull=True) | Q(left__isnull=False), name="member_removed_is_gone"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Playback(models.Model):
    """What a session's host plays, as their page told last: ``position`` seconds into the track at the server's time
    ``at`` (``agents.conversations.sessions.in_step``)."""

    session = models.OneToOneField(Session, on_delete=models.CASCADE, related_name="playback")
    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="+")
    position = models.FloatField()
    playing = models.BooleanField()
    preview = models.BooleanField(default=False)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(position__gte=0), name="playback_position")]


class Event(models.Model):
    """One numbered thing that happened. Written before it is announced; ``seq`` has no gaps within a conversation."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="events")
    turn = models.ForeignKey(Turn, on_delete=models.CASCADE, related_name="events")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=30)
    payload = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar[list[str]] = ["seq"]
        constraints = [models.UniqueConstraint(fields=["conversation", "seq"], name="event_seq_once")]


class IdempotencyKey(models.Model):
    """A key a program sent with a request, and the turn it made: the same key again makes no second one.

    ``asked``: the digest of what was asked, so that a key used for something else is noticed.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    asked = models.CharField(max_length=64)
    turn = models.OneToOneField(Turn, on_delete=models.CASCADE, related_name="idempotency_key")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="idempotency_key_once")]
