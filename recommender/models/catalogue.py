"""Pictures, tracks, what is known of their sound, and the lists made from them.

Every row a person can own has an ``owner``; reads go through ``visible_to``. A track without an owner belongs to
the site's shared catalogue (the demo library, an imported table).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from pgvector.django import VectorField

from core.schemas import VECTOR_PLACES, MusicBrief, dump, load
from core.wording import called

if TYPE_CHECKING:
    from accounts.models import User


class Picture(models.Model):
    """One stored photo: decoded, upright, without metadata; once per owner and content."""

    class PictureQueries(models.QuerySet["Picture"]):
        def visible_to(self, person: User | None) -> Picture.PictureQueries:
            return self.filter(owner=person) if person else self.none()

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="pictures")
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to="pictures/")
    thumbnail = models.FileField(upload_to="pictures/")
    name = models.CharField(max_length=200, blank=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    reading = models.JSONField(null=True, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(null=True, blank=True, db_index=True)

    objects = PictureQueries.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "sha256"], name="picture_once_per_owner")]

    def __str__(self) -> str:
        return self.name or str(self.id)


ACCENTED = "àáâãäåçèéêëìíîïñòóôõöøùúûüýÿ"
PLAIN = "aaaaaaceeeeiiiinoooooouuuuyy"


class NameWords(Func):
    """The words of a name as PostgreSQL's text index holds them: lower case, without accents, none left out."""

    template = f"to_tsvector('simple'::regconfig, translate(lower(%(expressions)s), '{ACCENTED}', '{PLAIN}'))"


class Track(models.Model):
    """One recording. ``duration`` seconds; ``file`` is a path Dylumo may play (demo renders, a person's own files).

    ``credential``: the permission by which a service told of it; it is deleted with that."""

    class Source(models.TextChoices):
        DEMO = "demo", "Dylumo demonstration music"
        FILES = "files", "own files"
        TABLE = "table", "imported table"
        SERVICE = "service", "music service"
        SERVER = "server", "own music server"
        OPEN = "open", "open collection"
        EDITOR = "editor", "known song"

    class TrackQueries(models.QuerySet["Track"]):
        def visible_to(self, person: User | None) -> Track.TrackQueries:
            """The shared catalogue and the person's own."""
            return self.filter(Q(owner__isnull=True) | Q(owner=person)) if person else self.filter(owner__isnull=True)

        def playable(self) -> Track.TrackQueries:
            """Those whose sound Dylumo has."""
            return self.exclude(file="").filter(missing_since__isnull=True)

    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="tracks"
    )
    credential = models.ForeignKey(
        "accounts.ServiceCredential", on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    source = models.CharField(max_length=12, choices=Source)
    title = models.CharField(max_length=300)
    artist = models.CharField(max_length=300, blank=True)
    album = models.CharField(max_length=300, blank=True)
    genre = models.CharField(max_length=120, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    duration = models.FloatField(default=0.0)
    isrc = models.CharField(max_length=12, blank=True, db_index=True)
    explicit = models.BooleanField(null=True, blank=True)
    live = models.BooleanField(null=True, blank=True)
    language = models.CharField(max_length=8, blank=True)
    popularity = models.FloatField(null=True, blank=True)
    file = models.CharField(max_length=1000, blank=True)
    file_hash = models.CharField(max_length=64, blank=True, db_index=True)
    file_stamp = models.CharField(max_length=64, blank=True)
    missing_since = models.DateTimeField(null=True, blank=True)
    created = models.DateTimeField(default=timezone.now)

    objects = TrackQueries.as_manager()

    class Meta:
        indexes = [
            models.Index(Lower("artist"), name="track_artist_lower"),
            models.Index(fields=["owner", "source"], name="track_owner_source"),
            GinIndex(NameWords("artist"), name="track_artist_words"),
            GinIndex(NameWords("title"), name="track_title_words"),
        ]

    def __str__(self) -> str:
        return f"{self.artist} - {self.title}" if self.artist else self.title


class TrackLink(models.Model):
    """Where a track is known from: ``service`` (spotify, youtube, soundcloud, file, demo, table ...) and its id there.

    ``owner`` repeats the track's owner, so that two people may each hold the same recording as their own.
    """

    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="links")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    service = models.CharField(max_length=20)
    external_id = models.CharField(max_length=200)
    url = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "external_id", "owner"], name="tracklink_once_per_owner", nulls_distinct=False
            )
        ]


def unit_or_null(field: str) -> Q:
    """Between 0 and 1, or not known."""
    return Q(**{f"{field}__isnull": True}) | Q(**{f"{field}__gte": 0.0, f"{field}__lte": 1.0})


UNIT_FEATURES = (
    "valence",
    "arousal",
    "energy",
    "danceability",
    "acousticness",
    "instrumentalness",
    "speechiness",
    "liveness",
    "confidence",
)


class AudioProfile(models.Model):
    """What is known of a track's sound: Spotify's feature names and ranges, plus arousal; with provenance.

    ``form`` and ``harmony``: dumped values of those names, null where the sound was not heard here."""

    class Provenance(models.TextChoices):
        MEASURED = "measured", "measured from the sound"
        EDITOR = "editor", "judged by an editor"
        TABLE = "table", "from an imported table"
        MATCHED = "matched", "from a matching catalogue track"
        ADVISORY = "advisory", "from a third party, advisory"

    track = models.OneToOneField(Track, on_delete=models.CASCADE, primary_key=True, related_name="profile")
    valence = models.FloatField(null=True)
    arousal = models.FloatField(null=True)
    energy = models.FloatField(null=True)
    danceability = models.FloatField(null=True)
    acousticness = models.FloatField(null=True)
    instrumentalness = models.FloatField(null=True)
    speechiness = models.FloatField(null=True)
    liveness = models.FloatField(null=True)
    tempo = models.FloatField(null=True)
    loudness = models.FloatField(null=True)
    key = models.SmallIntegerField(null=True)
    mode = models.SmallIntegerField(null=True)
    time_signature = models.SmallIntegerField(null=True)
    moods = models.JSONField(default=dict, blank=True)
    genres = models.JSONField(default=dict, blank=True)
    instruments = models.JSONField(default=dict, blank=True)
    form = models.JSONField(null=True, blank=True)
    harmony = models.JSONField(null=True, blank=True)
    provenance = models.CharField(max_length=10, choices=Provenance)
    confidence = models.FloatField(default=0.5)
    tier = models.CharField(max_length=10, blank=True)
    updated = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            *(
                models.CheckConstraint(condition=unit_or_null(name), name=f"profile_{name}_unit")
                for name in UNIT_FEATURES
            ),
            models.CheckConstraint(condition=Q(tempo__isnull=True) | Q(tempo__gt=0), name="profile_tempo_positive"),
            models.CheckConstraint(condition=Q(key__isnull=True) | Q(key__gte=-1, key__lte=11), name="profile_key"),
            models.CheckConstraint(condition=Q(mode__isnull=True) | Q(mode__in=[0, 1]), name="profile_mode"),
        )
        indexes = [
            GistIndex(
                Func(F("valence"), F("arousal"), function="point"), name="profile_affect_plane"
            ),  # nearest neighbours on the affect plane by the "<->" operator
        ]


class VectorSpace(models.Model):
    """One vector space: (model, version). Vectors of different spaces are never compared."""

    name = models.CharField(max_length=60, unique=True)
    dimensions = models.PositiveSmallIntegerField()
    active = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class TrackVector(models.Model):
    """A track's vector in one space. HNSW indexes are partial, one a space, made by
    ``recommender.library.vectors.store``."""

    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="vectors")
    space = models.ForeignKey(VectorSpace, on_delete=models.CASCADE, related_name="vectors")
    vector = VectorField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["space", "track"], name="trackvector_once_per_space")]


class Playlist(models.Model):
    """One version of a list. A change makes a new version with ``parent`` set: undo and redo walk that chain.

    ``title`` is in the language it was made in, ``called`` in that of whoever reads it, as far as ``wording`` says what
    it is made from; None where a person chose it.
    ``brief`` is the dumped MusicBrief it was made for, without its two vectors: ``text_vector`` (its words) and
    ``picture_vector`` (the picture in the space ``brief["crossing_space"]``), None where it has none. ``change`` is
    what left and came and why, ``unmet`` the limits that could not be met, ``policy`` who chose it, ``shown`` when its
    owner first saw it.
    ``lost``: tracks that went because a service's music went, as ``[{count, why, at}]``: nothing else is kept of them.
    """

    class PlaylistQueries(models.QuerySet["Playlist"]):
        def visible_to(self, person: User | None) -> Playlist.PlaylistQueries:
            return self.filter(owner=person) if person else self.none()

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="playlists")
    picture = models.ForeignKey(Picture, on_delete=models.SET_NULL, null=True, blank=True, related_name="playlists")
    parent = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, blank=True, related_name="children")
    number = models.PositiveIntegerField(default=1)
    title = models.CharField(max_length=200)
    wording = models.JSONField(null=True, blank=True, editable=False)
    brief = models.JSONField()
    text_vector = VectorField(null=True, blank=True, editable=False)
    picture_vector = VectorField(null=True, blank=True, editable=False)
    change = models.JSONField(default=dict, blank=True)
    unmet = models.JSONField(default=list, blank=True)
    lost = models.JSONField(default=list, blank=True)
    policy = models.CharField(max_length=60, blank=True)
    created = models.DateTimeField(auto_now_add=True)
    shown = models.DateTimeField(null=True, blank=True, editable=False)

    objects = PlaylistQueries.as_manager()

    class Meta:
        indexes = [models.Index(fields=["owner", "-created"], name="playlist_owner_created")]

    def __str__(self) -> str:
        return self.title

    @property
    def called(self) -> str:
        return called(self.title, self.wording)

    @property
    def music_brief(self) -> MusicBrief:
        """What it was made for, vectors included."""
        vectors = {"vector": self.text_vector, "crossing": self.picture_vector}
        known = {name: _plain_numbers(vector) for name, vector in vectors.items() if vector is not None}
        return load(MusicBrief, {**self.brief, **known})

    @music_brief.setter
    def music_brief(self, brief: MusicBrief) -> None:
        self.brief = dump(brief)
        self.text_vector = self.brief.pop("vector") or None
        self.picture_vector = self.brief.pop("crossing") or None


def _plain_numbers(vector: Iterable[float]) -> tuple[float, ...]:
    """As a brief has them, which rounds to this many places: what the database keeps in four bytes comes back to the
    digit."""
    return tuple(round(float(number), VECTOR_PLACES) for number in vector)


class PlaylistItem(models.Model):
    """One track of one version, with everything needed to explain, learn from and replay the choice. ``team``: whose
    pick it was in a list drafted from two rankings. ``chapter``: which stage of the brief it was chosen for, from 1;
    0 in a list without stages. ``reason``, ``wording``, ``because``, ``propensity`` and ``rivals`` as in
    ``ScoredTrack``; a track that a version took over from the one before was not drawn for it."""

    playlist = models.ForeignKey(Playlist, on_delete=models.CASCADE, related_name="items")
    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="listings")
    position = models.PositiveSmallIntegerField()
    score = models.FloatField()
    parts = models.JSONField(default=list)
    reason = models.CharField(max_length=400, blank=True)
    wording = models.JSONField(null=True, blank=True, editable=False)
    propensity = models.FloatField(default=1.0)
    rivals = models.JSONField(default=list, blank=True)
    kept = models.BooleanField(default=False)
    weak = models.BooleanField(default=False)
    team = models.CharField(max_length=20, blank=True)
    chapter = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering: ClassVar[list[str]] = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["playlist", "position"], name="item_position_once", deferrable=models.Deferrable.DEFERRED
            ),
            models.UniqueConstraint(fields=["playlist", "track"], name="item_track_once"),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=100), name="item_score_range"),
            models.CheckConstraint(condition=Q(propensity__gt=0, propensity__lte=1), name="item_propensity"),
        ]

    @property
    def because(self) -> str:
        return called(self.reason, self.wording)


class LibraryJob(models.Model):
    """A long catalogue job; its transitions are in ``recommender.library.jobs.state``. At most one is open (queued or
    running) for the same kind, argument and owner.

    ``counts``: read, added, updated, skipped; ``skipped`` lists reasons with their counts and first examples.
    ``checkpoint``: what a job that is done in several turns needs to go on; ``not_before``: a queued job waits until
    then, ``note`` says why.
    """

    class Kind(models.TextChoices):
        DEMO = "demo", "render the demo library"
        BOX = "box", "listen to the music in the box"
        SCAN = "scan", "scan a folder"
        TABLE = "table", "import a table"
        VECTORS = "vectors", "write track vectors"
        IMPORT = "import", _("bring in a service's playlists")
        HISTORY = "history", _("read a listening history")
        FEATURES = "features", _("listen to music that may be heard")
        SAVE = "save", _("give a list to a service")
        MODELS = "models", "fetch the small pretrained models"
        AGAIN = "again", "listen again with better models"
        MEASURE = "measure", "measure the full tier's picture model"
        ANNOTATE = "annotate", "ask a language model what nobody knows"

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, blank=True)
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED, db_index=True)
    argument = models.CharField(max_length=1000, blank=True)
    done = models.PositiveBigIntegerField(default=0)
    total = models.PositiveBigIntegerField(default=0)
    counts = models.JSONField(default=dict, blank=True)
    skipped = models.JSONField(default=list, blank=True)
    error = models.JSONField(null=True, blank=True)
    checkpoint = models.JSONField(default=dict, blank=True)
    not_before = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    cancel_requested = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    heartbeat = models.DateTimeField(default=timezone.now)
    created = models.DateTimeField(auto_now_add=True)
    finished = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "argument", "owner"],
                condition=Q(state__in=["queued", "running"]),
                name="library_job_one_open",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.state})"
