"""What the account pages send, checked."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.connections import subsonic
from accounts.models import ApiToken, ServiceCredential, User
from core.errors import DylumoError

A_YEAR = 365
"""Days."""


class TokenForm(forms.Form):
    name = forms.CharField(
        max_length=ApiToken._meta.get_field("name").max_length,
        label=_("What is it for?"),
        widget=forms.TextInput(attrs={"placeholder": _("backup script"), "autocomplete": "off"}),
    )
    scope = forms.ChoiceField(
        choices=[(ApiToken.Scope.WRITE, _("Read and change")), (ApiToken.Scope.READ, _("Read only"))],
        required=False,
        label=_("What may it do?"),
    )
    days = forms.TypedChoiceField(
        choices=[(A_YEAR, _("A year")), (90, _("90 days")), (30, _("30 days")), (0, _("Until I revoke it"))],
        coerce=int,
        empty_value=None,
        required=False,
        label=_("How long?"),
    )

    def clean_days(self) -> int:
        days: int | None = self.cleaned_data["days"]
        return A_YEAR if days is None else days

    def clean_scope(self) -> str:
        return self.cleaned_data["scope"] or ApiToken.Scope.WRITE


class MusicServerForm(forms.Form):
    """The way into an own music server; with an API key the name stays empty."""

    address = forms.CharField(
        max_length=300,
        label=_("Address"),
        widget=forms.TextInput(
            attrs={"inputmode": "url", "placeholder": "https://music.example.org", "autocomplete": "off"}
        ),
    )
    username = forms.CharField(
        max_length=200,
        required=False,
        label=_("Name (leave empty for an API key)"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    secret = forms.CharField(
        max_length=500,
        strip=False,
        label=_("Password or API key"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )

    def connect(self, owner: User) -> ServiceCredential | None:
        """The new connection; None when the form now says why there is none."""
        if not self.is_valid():
            return None
        try:
            return subsonic.connect(
                owner, self.cleaned_data["address"], self.cleaned_data["username"], self.cleaned_data["secret"]
            )
        except DylumoError as error:
            self.add_error(None, " ".join(filter(None, (error.spoken()["message"], error.spoken()["hint"]))))
            return None
