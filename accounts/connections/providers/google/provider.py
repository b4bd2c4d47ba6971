"""Google: signing in asks for name and address only; YouTube is asked for when somebody connects their music."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.socialaccount.providers.base import ProviderAccount

from accounts.connections.providers.base import MusicProvider
from accounts.connections.providers.google.views import GoogleAdapter
from accounts.connections.services import YOUTUBE


class GoogleProvider(MusicProvider):
    id = "google"
    name = "Google"
    service = YOUTUBE
    account_class = ProviderAccount
    oauth2_adapter_class = GoogleAdapter

    def connecting_params(self) -> dict[str, str]:
        # Google sends a refresh token only for offline access, and again only when the person is asked again.
        return {"access_type": "offline", "prompt": "consent", "include_granted_scopes": "true"}

    def extract_uid(self, data: dict[str, Any]) -> str:
        return str(data.get("sub") or data.get("id") or "")

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"name": data.get("name"), "email": data.get("email")}

    def extract_email_addresses(self, data: dict[str, Any]) -> list[EmailAddress]:
        if not data.get("email"):
            return []
        verified = bool(data.get("email_verified") or data.get("verified_email"))
        return [EmailAddress(email=data["email"], verified=verified, primary=True)]

    def name_of(self, profile: dict[str, Any]) -> str:
        return str(profile.get("name") or profile.get("email") or "")


provider_classes = [GoogleProvider]
