"""The questions put to those who take part."""

from __future__ import annotations

from django import forms

from core.forms import CheckedForm

SCALE = [(n, str(n)) for n in range(1, 6)]
SIDES = [("left", "The left list"), ("right", "The right list"), ("even", "No difference")]
USABILITY = (
    "I think that I would like to use this system frequently.",
    "I found the system unnecessarily complex.",
    "I thought the system was easy to use.",
    "I think that I would need the support of a technical person to be able to use this system.",
    "I found the various functions in this system were well integrated.",
    "I thought there was too much inconsistency in this system.",
    "I would imagine that most people would learn to use this system very quickly.",
    "I found the system very cumbersome to use.",
    "I felt very confident using the system.",
    "I needed to learn a lot of things before I could get going with this system.",
)
"""The System Usability Scale (Brooke 1996), word for word, as its score is only comparable so."""


class JudgementForm(CheckedForm):
    task = forms.IntegerField(widget=forms.HiddenInput)
    choice = forms.ChoiceField(label="Which list fits the photo better?", choices=SIDES, widget=forms.RadioSelect)
    left = forms.TypedChoiceField(
        label="How well does the left list fit?", choices=SCALE, coerce=int, widget=forms.RadioSelect
    )
    right = forms.TypedChoiceField(
        label="How well does the right list fit?", choices=SCALE, coerce=int, widget=forms.RadioSelect
    )


class UsabilityForm(CheckedForm):
    """Fields ``item1`` to ``item10``, in the scale's order."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        for number, text in enumerate(USABILITY, 1):
            self.fields[f"item{number}"] = forms.TypedChoiceField(
                label=text, choices=SCALE, coerce=int, widget=forms.RadioSelect
            )

    def answers(self) -> list[int]:
        data = self.data_or_error()
        return [data[f"item{number}"] for number in range(1, len(USABILITY) + 1)]
