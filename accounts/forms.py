"""What the account pages send, checked."""

from __future__ import annotations

from django import forms

from accounts.models import ApiToken


class TokenForm(forms.Form):
    name = forms.CharField(
        max_length=ApiToken._meta.get_field("name").max_length,
        label="What is it for?",
        widget=forms.TextInput(attrs={"placeholder": "backup script", "autocomplete": "off"}),
    )
