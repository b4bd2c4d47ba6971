"""What a page sends about a track, checked."""

from __future__ import annotations

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_noop as later

from core.forms import CheckedForm
from feedback.models import Reaction
from feedback.taste.profile import CORRECTIONS


class ReactionForm(CheckedForm):
    """One reaction; ``seconds``, ``share`` and ``event_key`` come with what was played or skipped. A ``sound`` alone
    is a refusal of it. What is done with lists is noticed where it is done, and cannot be reported. A button of a list
    says it all in one: its name is the kind, its value the track, with the refused sound behind it."""

    track = forms.IntegerField()
    kind = forms.ChoiceField(required=False, choices=[(kind, kind) for kind in (*Reaction.SAID, *Reaction.DONE)])
    sound = forms.CharField(required=False, max_length=80)
    playlist = forms.UUIDField(required=False)
    seconds = forms.FloatField(required=False, min_value=0)
    share = forms.FloatField(required=False, min_value=0, max_value=1)
    event_key = forms.CharField(required=False, max_length=64)

    def __init__(self, data: QueryDict) -> None:
        sent = data.dict()
        for kind in Reaction.SAID:
            if kind in sent:
                track, _, sound = str(sent[kind]).partition(" ")
                sent |= {"kind": kind, "track": track, "sound": sound}
        super().__init__(sent)

    def clean_sound(self) -> str:
        sound = str(self.cleaned_data["sound"])
        if not sound and not self.cleaned_data.get("kind"):
            raise forms.ValidationError(later("Say what you think of the track."))
        return sound


class UndoForm(CheckedForm):
    undo = forms.IntegerField()
    playlist = forms.UUIDField(required=False)


class RatingForm(CheckedForm):
    """Stars for a list; 0 takes them back."""

    playlist = forms.UUIDField()
    stars = forms.IntegerField(min_value=0, max_value=5)
    note = forms.CharField(required=False, max_length=500)


class SteeringForm(CheckedForm):
    """Percent: picture 0 to taste 100; familiar -100 to new 100."""

    balance = forms.FloatField(required=False, min_value=0, max_value=100)
    novelty = forms.FloatField(required=False, min_value=-100, max_value=100)

    def shares(self) -> dict[str, float | None]:
        return {name: None if value is None else value / 100 for name, value in self.cleaned_data.items()}


class ForgetChoiceForm(CheckedForm):
    target = forms.CharField(max_length=120)


class FactForm(CheckedForm):
    target = forms.CharField(max_length=120)
    what = forms.ChoiceField(choices=[(what, what) for what in CORRECTIONS])
