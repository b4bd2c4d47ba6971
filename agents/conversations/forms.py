"""What the page sends, checked."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.core.files.uploadedfile import UploadedFile

from agents.conversations.sharing import LASTS, SHORTEST_PASSWORD
from agents.conversations.showcase import SAMPLES, sample_file
from agents.conversations.turns import LONGEST_TEXT
from agents.models import Mode, Refresh, Together
from core.forms import CheckedForm

STILL = 0.004
"""A point that moved by less was not moved by the person (the sliders have steps of 0.01)."""


class ManyFilesInput(forms.FileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Any number of files under one name, in the order they were chosen; their bytes and names."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[tuple[bytes, str]]:
        files = [super(ManyFilesField, self).clean(one, initial) for one in data or []]
        return [(file.read(), file.name or "") for file in files if file]


class WishForm(CheckedForm):
    """Photos, words, a song, or one of the sample pictures."""

    picture = ManyFilesField(required=False, allow_empty_file=True)
    together = forms.ChoiceField(required=False, choices=Together.choices)
    sound = forms.FileField(required=False, allow_empty_file=True)
    text = forms.CharField(required=False, max_length=LONGEST_TEXT)
    suggestion = forms.CharField(required=False, max_length=LONGEST_TEXT)
    sample = forms.ChoiceField(required=False, choices=list(SAMPLES.items()))
    within = forms.CharField(required=False, max_length=36)
    mode = forms.ChoiceField(required=False, choices=Mode.choices)

    def words(self) -> str:
        """What was written, else the suggestion that was tapped."""
        return str(self.cleaned_data["text"] or self.cleaned_data["suggestion"])

    def photos(self) -> list[tuple[bytes, str]]:
        """Bytes and names of the pictures that were sent, or of the one that was chosen."""
        if uploads := self.cleaned_data["picture"]:
            return list(uploads)
        if sample := self.cleaned_data["sample"]:
            return [(sample_file(sample).read_bytes(), f"{SAMPLES[sample]}.webp")]
        return []

    def song(self) -> tuple[str, bytes] | None:
        upload: UploadedFile[bytes] | None = self.cleaned_data["sound"]
        return (upload.name or "song", upload.read()) if upload else None


class SteerForm(CheckedForm):
    """The point on the map, the chips that are on, and one more thing that the list is for. ``was_*`` say where the
    point stood when the page was drawn."""

    valence = forms.FloatField(required=False, min_value=0, max_value=1)
    arousal = forms.FloatField(required=False, min_value=0, max_value=1)
    moment = forms.CharField(required=False, max_length=40)
    was_valence = forms.FloatField(required=False)
    was_arousal = forms.FloatField(required=False)

    def moved(self, axis: str) -> float | None:
        now, was = self.cleaned_data[axis], self.cleaned_data[f"was_{axis}"]
        return now if now is not None and (was is None or abs(now - was) > STILL) else None


class ArrangeForm(CheckedForm):
    """Tracks in their new order, as ids; or one track and where it goes."""

    order = forms.RegexField(r"^\d+(,\d+)*$", required=False, max_length=4000)
    track = forms.IntegerField(required=False)
    move = forms.ChoiceField(required=False, choices=[(way, way) for way in ("up", "down", "out")])

    def arranged(self, shown: list[int]) -> list[int]:
        data = self.cleaned_data
        if data["order"]:
            return [int(track) for track in data["order"].split(",")]
        track = data["track"]
        if track not in shown:
            return shown
        at = shown.index(track)
        rest = shown[:at] + shown[at + 1 :]
        if data["move"] == "out":
            return rest
        to = max(0, at - 1) if data["move"] == "up" else at + 1
        return [*rest[:to], track, *rest[to:]]


class ChosenForm(CheckedForm):
    """Lists chosen in the gallery."""

    list = forms.TypedMultipleChoiceField(coerce=UUID)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["list"].valid_value = _is_id  # type: ignore[attr-defined]


def _is_id(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True


class TrackForm(CheckedForm):
    track = forms.IntegerField()


class RefreshForm(CheckedForm):
    """No weekday: never."""

    weekday = forms.TypedChoiceField(required=False, choices=Refresh.Weekday.choices, coerce=int, empty_value=None)
    weeks = forms.TypedChoiceField(choices=Refresh.Weeks.choices, coerce=int)


class TitleForm(CheckedForm):
    title = forms.CharField(max_length=120)


class ShareForm(CheckedForm):
    """For how long a link works, and the password it asks for. What is left empty stays as it is."""

    lasts = forms.ChoiceField(required=False, choices=[(name, name) for name in LASTS])
    password = forms.CharField(required=False, strip=False, min_length=SHORTEST_PASSWORD, max_length=128)
    anyone = forms.BooleanField(required=False)


class PasswordForm(CheckedForm):
    password = forms.CharField(strip=False, max_length=128)
