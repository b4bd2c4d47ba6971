"""Spotify: its account is known by the lasting ``account_id``, and a refused profile is said instead of failing."""

from __future__ import annotations

from typing import Any

from allauth.socialaccount.providers.base import ProviderAccount

from accounts.connections.providers.base import MusicProvider
from accounts.connections.providers.spotify.views import SpotifyAdapter
from accounts.connections.services import SPOTIFY


class SpotifyProvider(MusicProvider):
    id = "spotify"
    name = "Spotify"
    service = SPOTIFY
    account_class = ProviderAccount
    oauth2_adapter_class = SpotifyAdapter

    def extract_uid(self, data: dict[str, Any]) -> str:
        return str(data.get("account_id") or data.get("id") or "")

    def extract_common_fields(self, data: dict[str, Any]) -> dict[str, Any]:
        return {"name": data.get("display_name"), "email": data.get("email")}

    def name_of(self, profile: dict[str, Any]) -> str:
        return str(profile.get("display_name") or profile.get("id") or "")


provider_classes = [SpotifyProvider]
