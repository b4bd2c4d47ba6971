"""What a page sends about a track, checked."""

from __future__ import annotations

from django import forms

from dylumo_site.forms import CheckedForm
from feedback.models import Reaction


class ReactionForm(CheckedForm):
    """One reaction; ``seconds``, ``share`` and ``event_key`` come with what was played or skipped."""

    track = forms.IntegerField()
    kind = forms.ChoiceField(choices=Reaction.Kind.choices)
    playlist = forms.UUIDField(required=False)
    seconds = forms.FloatField(required=False, min_value=0)
    share = forms.FloatField(required=False, min_value=0, max_value=1)
    event_key = forms.CharField(required=False, max_length=64)


class UndoForm(CheckedForm):
    undo = forms.IntegerField()
    playlist = forms.UUIDField(required=False)
