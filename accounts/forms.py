"""What the account pages send, checked."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.connections import credentials, jellyfin, plex, subsonic
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
    """The way into an own music server; with an API key of OpenSubsonic the name stays empty, Plex needs none."""

    address = forms.CharField(
        max_length=300,
        label=_("Address"),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    username = forms.CharField(
        max_length=200,
        required=False,
        label=_("Name"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    secret = forms.CharField(
        max_length=500,
        strip=False,
        label=_("Password or API key"),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    EXAMPLES = {
        subsonic.SERVICE: "https://music.example.org",
        jellyfin.SERVICE: "https://jellyfin.example.org",
        plex.SERVICE: "http://192.168.1.20:32400",
    }

    def __init__(self, service: str, data: Any = None) -> None:
        super().__init__(data, auto_id=f"id_{service}_%s")  # several stand on one page
        self.service = service
        self.fields["address"].widget.attrs["placeholder"] = self.EXAMPLES[service]
        if service == subsonic.SERVICE:
            self.fields["username"].label = _("Name (leave empty for an API key)")
        if service == plex.SERVICE:
            del self.fields["username"]
            self.fields["secret"].label = _("Token")

    def connect(self, owner: User) -> ServiceCredential | None:
        """The new connection; None when the form now says why there is none."""
        if not self.is_valid():
            return None
        told = self.cleaned_data
        try:
            return credentials.connect_server(
                owner, self.service, told["address"], told.get("username", ""), told["secret"]
            )
        except DylumoError as error:
            spoken = error.spoken()
            self.add_error(None, " ".join(filter(None, (spoken["message"], spoken["hint"]))))
            return None
