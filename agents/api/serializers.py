"""What the API takes and gives. Valence, arousal, parts and weights are 0..1, matches 0..100, durations seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from agents.conversations.chips import CHIP_GROUPS, limit_chips
from agents.conversations.sharing import LASTS, SHORTEST_PASSWORD
from agents.conversations.timeline import steps_of
from agents.conversations.track_rows import links_of
from agents.conversations.turns import LONGEST_TEXT
from agents.models import Conversation, Together, Turn
from core.schemas import dump
from feedback.taste.context import GROUP_OF
from feedback.treatments import STRATEGIES
from recommender.mapping import MOST_PHOTOS
from recommender.models import Picture, Playlist, PlaylistItem, Track

CHIP = rf"^(now|{'|'.join(kind for kind, _ in CHIP_GROUPS)}):.{{1,60}}$"

# --- taken


class WishSerializer(serializers.Serializer[Any]):
    """What is asked: a picture, words, a song to compare with the picture, or several of them."""

    text = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_TEXT)
    picture = serializers.FileField(required=False, allow_empty_file=True)
    pictures = serializers.ListField(
        child=serializers.FileField(allow_empty_file=True),
        required=False,
        help_text=f"Several pictures in their order, the field repeated for each; up to {MOST_PHOTOS} altogether.",
    )
    sound = serializers.FileField(required=False, allow_empty_file=True)
    strategy = serializers.ChoiceField(STRATEGIES, required=False, help_text="How the agents work together.")
    context = serializers.ListField(  # type: ignore[assignment]
        child=serializers.ChoiceField(sorted(GROUP_OF)), required=False, help_text="What the list is for."
    )

    def get_fields(self) -> dict[str, Any]:
        """With ``as``, which Python keeps for itself."""
        way = serializers.ChoiceField(
            Together.choices,
            required=False,
            source="together",
            help_text="How several pictures become one list: average (one mood, the default), journey or chapters.",
        )
        return {**super().get_fields(), "as": way}


class TitleSerializer(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=120)


class AdjustSerializer(serializers.Serializer[Any]):
    """A moved point on the affect plane, and the complete set of what is to be passed over (``mood:joyful``)."""

    valence = serializers.FloatField(required=False, min_value=0, max_value=1)
    arousal = serializers.FloatField(required=False, min_value=0, max_value=1)
    off = serializers.ListField(
        child=serializers.RegexField(CHIP),
        required=False,
        max_length=60,
    )
    context = serializers.ListField(  # type: ignore[assignment]
        child=serializers.ChoiceField(sorted(GROUP_OF)), required=False, help_text="What the list is for from now on."
    )


class SwapSerializer(serializers.Serializer[Any]):
    track = serializers.IntegerField()


class LetGoSerializer(serializers.Serializer[Any]):
    """A limit of the list, by its name."""

    limit = serializers.CharField(max_length=40)


class ArrangeSerializer(serializers.Serializer[Any]):
    """Tracks of the list in their new order; those left out are removed."""

    tracks = serializers.ListField(child=serializers.IntegerField(), max_length=500)


class EventsQuerySerializer(serializers.Serializer[Any]):
    after = serializers.IntegerField(
        required=False, default=0, min_value=0, max_value=2**31 - 1, help_text="The last number already known."
    )
    until = serializers.ChoiceField(
        ["done"], required=False, help_text="Streams only: end when no turn is open. Otherwise they go on."
    )


# --- given


class Number(serializers.FloatField):
    """Told to four decimals."""

    def to_representation(self, value: Any) -> Any:
        return round(float(value), 4)


class PictureSerializer(serializers.ModelSerializer[Picture]):
    reading = serializers.DictField(allow_null=True, help_text="What was seen; null until it has been looked at.")

    class Meta:
        model = Picture
        fields = ["id", "name", "width", "height", "reading", "created", "expires"]


class ConversationSerializer(serializers.ModelSerializer[Conversation]):
    picture = serializers.UUIDField(source="picture_id", allow_null=True)
    list = serializers.UUIDField(source="head_id", allow_null=True, help_text="The version of the list now shown.")
    working = serializers.SerializerMethodField(help_text="Is a turn open (queued or running)?")
    shared = serializers.SerializerMethodField(help_text="The address of the read-only page, when there is one.")
    shared_until = serializers.DateTimeField(source="share_until", allow_null=True, help_text="When that link ends.")
    locked = serializers.SerializerMethodField(help_text="Does that link ask for a password?")

    class Meta:
        model = Conversation
        fields = [
            "id",
            "title",
            "picture",
            "list",
            "working",
            "shared",
            "shared_until",
            "locked",
            "last_seq",
            "created",
            "updated",
        ]

    def get_working(self, conversation: Conversation) -> bool:
        return any(turn.state in Turn.OPEN for turn in conversation.turns.all())

    def get_locked(self, conversation: Conversation) -> bool:
        return bool(conversation.share_password)

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_shared(self, conversation: Conversation) -> str | None:
        if conversation.share_token is None:
            return None
        return str(self.context["request"].build_absolute_uri(reverse("shared", args=[conversation.share_token])))


class ShareSerializer(serializers.Serializer[Any]):
    """For how long a link works, in days from now or always, and the password it asks for."""

    lasts = serializers.ChoiceField(choices=list(LASTS), required=False)
    password = serializers.CharField(
        required=False, trim_whitespace=False, min_length=SHORTEST_PASSWORD, max_length=128, write_only=True
    )
    anyone = serializers.BooleanField(required=False, help_text="Ask for no password any more.")


class StepSerializer(serializers.Serializer[Any]):
    """One agent's part in a turn."""

    agent = serializers.CharField()
    title = serializers.CharField()
    state = serializers.CharField(help_text="waiting, running, done or failed")
    summary = serializers.CharField()
    ms = Number(allow_null=True)


class TurnSerializer(serializers.ModelSerializer[Turn]):
    conversation = serializers.UUIDField(source="conversation_id")
    picture = serializers.UUIDField(source="picture_id", allow_null=True, help_text="The first of its pictures.")
    pictures = serializers.SerializerMethodField(help_text="All its pictures in their order.")
    sound = serializers.CharField(source="sound_name", help_text="The uploaded song's file name, or empty.")
    list = serializers.UUIDField(source="playlist_id", allow_null=True)
    steps = serializers.SerializerMethodField()
    verdict = serializers.DictField(allow_null=True, help_text="What the evaluation agent found.")
    error = serializers.DictField(allow_null=True)

    class Meta:
        model = Turn
        fields = [
            *("id", "conversation", "number", "state", "text", "picture", "pictures", "sound", "strategy"),
            *("answer", "list", "steps", "verdict", "error", "cancel_requested", "created", "started", "finished"),
        ]

    def get_fields(self) -> dict[str, Any]:
        """With ``as``, which Python keeps for itself."""
        way = serializers.CharField(source="together", help_text="How several pictures become one list.")
        return {**super().get_fields(), "as": way}

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_pictures(self, turn: Turn) -> Sequence[UUID]:
        return [picture.pk for picture in turn.pictures()]

    @extend_schema_field(StepSerializer(many=True))
    def get_steps(self, turn: Turn) -> Any:
        return StepSerializer(steps_of(turn), many=True).data


class StartedSerializer(serializers.Serializer[Any]):
    """A new conversation with its first turn."""

    conversation = ConversationSerializer()
    turn = TurnSerializer()


class EventSerializer(serializers.Serializer[Any]):
    """One thing that happened; ``seq`` counts up without gaps within the conversation."""

    seq = serializers.IntegerField()
    turn = serializers.UUIDField()
    kind = serializers.CharField()
    at = serializers.DateTimeField()
    payload = serializers.DictField()


class PartSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    value = Number()
    weight = Number()


class FitSerializer(serializers.Serializer[Any]):
    """How well a photo and a track fit."""

    score = Number(help_text="0..100: of 100 random pairs of a photo and a song, how many fit less well.")
    parts = PartSerializer(many=True)
    reasons = serializers.ListField(child=serializers.CharField())
    rarity = Number(help_text="0..1: the share of random pairs that fit at least as well.")


class TrackSerializer(serializers.ModelSerializer[Track]):
    links = serializers.SerializerMethodField(help_text="The track's page at each music service, by its name.")
    audio = serializers.SerializerMethodField(help_text="Where the page plays it from, when Dylumo has the sound.")
    duration = Number()

    class Meta:
        model = Track
        fields = ["id", "title", "artist", "album", "genre", "year", "duration", "isrc", "source", "links", "audio"]

    def get_links(self, track: Track) -> dict[str, str]:
        return dict(links_of(track))

    @extend_schema_field({"type": "string", "format": "uri", "nullable": True})
    def get_audio(self, track: Track) -> str | None:
        if not track.file or track.missing_since:
            return None
        return str(self.context["request"].build_absolute_uri(reverse("audio", args=[track.pk])))


class ItemSerializer(serializers.ModelSerializer[PlaylistItem]):
    rank = serializers.SerializerMethodField()
    track = TrackSerializer()
    score = Number(help_text="The match, 0..100.")
    parts = PartSerializer(many=True)

    class Meta:
        model = PlaylistItem
        fields = ["rank", "track", "score", "parts", "reason", "kept", "weak", "chapter"]

    def get_rank(self, item: PlaylistItem) -> int:
        return item.position + 1


class NamedTrackSerializer(serializers.Serializer[Any]):
    track_id = serializers.IntegerField()
    title = serializers.CharField()
    artist = serializers.CharField()
    why = serializers.CharField()


class ChangeSerializer(serializers.Serializer[Any]):
    """What a version changed against the one before it; of a first version, all fields are missing."""

    left = NamedTrackSerializer(many=True, required=False)
    came = NamedTrackSerializer(many=True, required=False)
    stayed = serializers.IntegerField(required=False)
    why = serializers.CharField(required=False)


class UnmetSerializer(serializers.Serializer[Any]):
    """A limit that could not be met."""

    limit = serializers.CharField()
    message = serializers.CharField()
    ways = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="What may be said next, the nearest way first."
    )


class LimitSerializer(serializers.Serializer[Any]):
    """A limit that every track of the list keeps."""

    limit = serializers.CharField(help_text="Its name, by which it is taken off.")
    text = serializers.CharField()


class LostSerializer(serializers.Serializer[object]):
    """Tracks that went because a service's music went: how many, and why."""

    count = serializers.IntegerField()
    why = serializers.CharField()
    at = serializers.DateTimeField()


class VersionSerializer(serializers.ModelSerializer[Playlist]):
    """A version of a list, without its tracks."""

    made_from = serializers.UUIDField(source="parent_id", allow_null=True, help_text="The version before.")
    change = ChangeSerializer()
    unmet = UnmetSerializer(many=True)
    lost = LostSerializer(many=True)

    class Meta:
        model = Playlist
        fields = ["id", "number", "made_from", "title", "policy", "change", "unmet", "lost", "created"]


class ListSerializer(VersionSerializer):
    """A version of a list, with its tracks in order and the brief they were chosen for."""

    brief = serializers.SerializerMethodField()
    limits = serializers.SerializerMethodField(help_text="What every track keeps; each can be taken off.")
    items = ItemSerializer(many=True)

    class Meta(VersionSerializer.Meta):
        fields = [*VersionSerializer.Meta.fields, "brief", "limits", "items"]

    @extend_schema_field(LimitSerializer(many=True))
    def get_limits(self, playlist: Playlist) -> Any:
        return LimitSerializer(limit_chips(playlist.music_brief.limits), many=True).data

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_brief(self, playlist: Playlist) -> dict[str, Any]:
        """Without its text vector, 384 numbers for machines only."""
        return {name: value for name, value in dump(playlist.music_brief).items() if name != "vector"}
