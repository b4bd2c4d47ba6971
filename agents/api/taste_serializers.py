"""What the API takes and gives about reactions, ratings and one's taste."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from agents.api.serializers import Number
from feedback.models import ListRating, Reaction
from feedback.taste.profile import CORRECTIONS
from feedback.taste.ratings import LONGEST_NOTE, STARS

# --- taken


class ReactSerializer(serializers.Serializer[Any]):
    """One reaction; with `list` (the version that is shown) it is known what it answers."""

    track = serializers.IntegerField()
    kind = serializers.ChoiceField([*Reaction.SAID, *Reaction.DONE])
    list = serializers.UUIDField(
        required=False, help_text="The version of the list that the track was heard or seen in."
    )
    sound = serializers.CharField(
        required=False, max_length=80, help_text="For never_sound: which of the track's sounds, such as genre:jazz."
    )
    seconds = serializers.FloatField(required=False, min_value=0, help_text="How long it was heard.")
    share = serializers.FloatField(required=False, min_value=0, max_value=1, help_text="How much of it was heard.")
    event_key = serializers.CharField(
        required=False, max_length=64, help_text="For played and skipped: a key of your own; the same counts once."
    )


class RateSerializer(serializers.Serializer[Any]):
    stars = serializers.IntegerField(min_value=STARS[0], max_value=STARS[-1])
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_NOTE)


class SteerSerializer(serializers.Serializer[Any]):
    """Only what is sent is changed."""

    balance = serializers.FloatField(
        required=False, min_value=0, max_value=1, help_text="From the picture to the taste."
    )
    novelty = serializers.FloatField(required=False, min_value=-1, max_value=1, help_text="From familiar to new.")
    learning = serializers.BooleanField(required=False, help_text="false: what was learned stays, nothing is added.")


class CorrectionSerializer(serializers.Serializer[Any]):
    target = serializers.CharField(max_length=120, help_text="A fact's target, such as genre:jazz.")
    what = serializers.ChoiceField(CORRECTIONS)


# --- given


class ReactionSerializer(serializers.ModelSerializer[Reaction]):
    """With the impression it answers: version, place, the chance it was shown with, and what the list was for."""

    track = serializers.IntegerField(source="track_id")
    list = serializers.UUIDField(source="playlist_id", allow_null=True)
    moment = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Reaction
        fields = [
            *("id", "track", "kind", "artist", "sound", "seconds", "share", "created"),
            *("list", "version", "position", "propensity", "policy", "variant", "moment"),
        ]


class RatingSerializer(serializers.ModelSerializer[ListRating]):
    list = serializers.UUIDField(source="playlist_id")

    class Meta:
        model = ListRating
        fields = ["list", "version", "stars", "note", "created"]


class FactSerializer(serializers.Serializer[Any]):
    """One thing learned."""

    target = serializers.CharField()
    words = serializers.CharField()
    since = serializers.CharField(help_text="What taught it.")
    percent = serializers.IntegerField(help_text="Of the strongest fact.")
    pinned = serializers.BooleanField()


class MoodShareSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    percent = serializers.IntegerField()


class TasteSerializer(serializers.Serializer[Any]):
    """What was learned of a person and how they want it used (``feedback.taste.page.TastePage``)."""

    learning = serializers.SerializerMethodField()
    balance = Number(source="settings.balance")
    novelty = Number(source="settings.novelty")
    weight = serializers.IntegerField(help_text="What the taste counts beside the photo now, percent.")
    facts = FactSerializer(many=True)
    removed = serializers.ListField(
        source="settings.removed", child=serializers.CharField(), help_text="Targets that nothing is learned of."
    )
    moods = MoodShareSerializer(many=True)
    lately = serializers.ListField(
        source="drift", child=serializers.CharField(), help_text='What changed, such as "more acoustic".'
    )
    changed = serializers.DateTimeField(
        source="profile.changed", allow_null=True, help_text="When the taste last changed, if it did."
    )

    def get_learning(self, page: Any) -> bool:
        return not page.paused


class ForgottenSerializer(serializers.Serializer[Any]):
    forgotten = serializers.IntegerField(help_text="How many reactions and ratings.")
