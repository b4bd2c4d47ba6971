"""SoundCloud by OAuth 2.1: new addresses, PKCE, no scopes, and ``OAuth`` instead of ``Bearer`` in the header."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.providers.base import ProviderAccount

from accounts.connections.providers.base import MusicProvider
from accounts.connections.providers.soundcloud.views import SoundCloudAdapter
from accounts.connections.services import SOUNDCLOUD


class SoundCloudProvider(MusicProvider):
    id = "soundcloud"
    name = "SoundCloud"
    service = SOUNDCLOUD
    account_class = ProviderAccount
    oauth2_adapter_class = SoundCloudAdapter

    def extract_uid(self, data: dict[str, Any]) -> str:
        return str(data.get("urn") or "")

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"name": data.get("full_name") or data.get("username")}

    def name_of(self, profile: dict[str, Any]) -> str:
        return str(profile.get("username") or profile.get("full_name") or "")


provider_classes = [SoundCloudProvider]
