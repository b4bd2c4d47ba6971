"""The services that can be connected: their addresses, the scopes each use needs, and what a person should know first.

Facts as of November 2026, from the services' own documentation: https://developer.spotify.com/documentation/web-api,
https://developers.google.com/youtube/v3, https://developers.soundcloud.com/docs/api/guide, https://opensubsonic.netlify.app,
https://api.jellyfin.org, https://developer.plex.tv/pms.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext_noop as later

from accounts.connections.errors import NotLinked


@dataclass(frozen=True, kw_only=True)
class ServiceDefinition:
    """``provider``: allauth's name for it, empty where people give an address and a password instead.

    ``sign_in``, ``read``, ``save``: scopes to ask for, each with those before it; ``music``: any one of these makes a
    permission good for music (none asked: always). ``token_lifetime``: how long a permission lasts whatever is done;
    ``warn``: when to begin telling. ``basic_auth``: the client names itself to the token address in the header, not
    the form. ``offers``, ``limits``, ``disconnect_notice``: sentences for the connections page.
    """

    name: str
    title: str
    offers: str
    limits: str
    disconnect_notice: str
    provider: str = ""
    basic_auth: bool = False
    console: str = ""
    endpoints: dict[str, str] = field(default_factory=dict)
    sign_in: tuple[str, ...] = ()
    read: tuple[str, ...] = ()
    save: tuple[str, ...] = ()
    music: frozenset[str] = frozenset()
    token_lifetime: timedelta | None = None
    warn: timedelta | None = None

    def endpoint(self, kind: str) -> str:
        """The address for ``authorize``, ``token``, ``profile`` or ``revoke``; empty when it has none."""
        return str(settings.OAUTH_ENDPOINTS.get(self.name, {}).get(kind, self.endpoints.get(kind, "")))

    def scopes(self, permission: str) -> list[str]:
        """What to ask for: ``sign_in``, ``read`` or ``save``."""
        asked = {
            "sign_in": self.sign_in,
            "read": self.sign_in + self.read,
            "save": self.sign_in + self.read + self.save,
        }
        return list(asked[permission])

    def has_music_scope(self, granted: Iterable[str]) -> bool:
        return not self.music or not self.music.isdisjoint(granted)

    def may_save(self, granted: Iterable[str]) -> bool:
        return set(self.save) <= set(granted)


SPOTIFY = ServiceDefinition(
    name="spotify",
    title="Spotify",
    provider="spotify",
    basic_auth=True,
    console="https://developer.spotify.com/dashboard",
    endpoints={
        "authorize": "https://accounts.spotify.com/authorize",
        "token": "https://accounts.spotify.com/api/token",
        "profile": "https://api.spotify.com/v1/me",
    },
    sign_in=("user-read-private",),
    read=(
        "playlist-read-private",
        "playlist-read-collaborative",
        "user-library-read",
        "user-top-read",
        "user-read-recently-played",
    ),
    save=("playlist-modify-private", "playlist-modify-public", "ugc-image-upload"),
    music=frozenset({"playlist-read-private"}),
    token_lifetime=timedelta(days=182),
    warn=timedelta(days=151),
    offers=later(
        "Your own playlists, saved and most played tracks and the last 50 plays; search; saving lists as playlists."
    ),
    limits=later(
        "No cost to you; the owner of this copy needs Spotify Premium and can let in five people. Spotify ends the "
        "permission after six months; connect again then."
    ),
    disconnect_notice=later(
        "Spotify offers no way to end a permission from here: remove Dylumo among your Spotify account's apps too."
    ),
)
YOUTUBE = ServiceDefinition(
    name="youtube",
    title="YouTube",
    provider="google",
    console="https://console.cloud.google.com/apis/credentials",
    endpoints={
        "authorize": "https://accounts.google.com/o/oauth2/v2/auth",
        "token": "https://oauth2.googleapis.com/token",
        "profile": "https://www.googleapis.com/oauth2/v2/userinfo",
        "revoke": "https://oauth2.googleapis.com/revoke",
    },
    sign_in=("openid", "profile", "email"),
    read=("https://www.googleapis.com/auth/youtube.readonly",),
    save=("https://www.googleapis.com/auth/youtube",),
    music=frozenset({"https://www.googleapis.com/auth/youtube.readonly", "https://www.googleapis.com/auth/youtube"}),
    offers=later("Your YouTube and YouTube Music playlists and liked videos; search; saving lists as playlists."),
    limits=later(
        "No cost. Google allows this whole copy 100 searches and about nine saved lists a day; listening history is "
        "not offered to programs."
    ),
    disconnect_notice=later("Google ended the permission as well."),
)
SOUNDCLOUD = ServiceDefinition(
    name="soundcloud",
    title="SoundCloud",
    provider="soundcloud",
    console="https://soundcloud.com/you/apps",
    endpoints={
        "authorize": "https://secure.soundcloud.com/authorize",
        "token": "https://secure.soundcloud.com/oauth/token",
        "profile": "https://api.soundcloud.com/me",
        "revoke": "https://secure.soundcloud.com/sign-out",
    },
    offers=later("Your playlists, likes and recent plays; search; saving lists as playlists."),
    limits=later("No cost to you; the owner of this copy needs SoundCloud's Artist Pro subscription."),
    disconnect_notice=later("SoundCloud ended the permission as well."),
)
SUBSONIC = ServiceDefinition(
    name="subsonic",
    title="OpenSubsonic",
    offers=later(
        "Everything on your Navidrome, Gonic, Supysonic or other OpenSubsonic server: whole tracks that play here "
        "and may be heard for their mood; saving lists as playlists."
    ),
    limits=later("No cost and no limits but your server's own. It must be reachable from this copy."),
    disconnect_notice=later("Nothing needs to be ended on your server."),
)
JELLYFIN = ServiceDefinition(
    name="jellyfin",
    title="Jellyfin",
    offers=later(
        "The music on your Jellyfin server, its playlists and your favourites: whole tracks that play here and may "
        "be heard for their mood; saving lists as playlists."
    ),
    limits=later(
        "No cost and no limits but your server's own. It must be reachable from this copy. Of a password only the "
        "token that Jellyfin gives for it is kept."
    ),
    disconnect_notice=later("Jellyfin took its token back as well; an API key stays until you delete it there."),
)
PLEX = ServiceDefinition(
    name="plex",
    title="Plex",
    offers=later(
        "The music on your Plex server and its playlists: whole tracks that play here and may be heard for their "
        "mood; saving lists as playlists."
    ),
    limits=later(
        "No cost and no limits but your server's own. It must be reachable from this copy. Open a song's “Get info” "
        "and “View XML” in Plex: the token stands at the end of the address, behind X-Plex-Token=."
    ),
    disconnect_notice=later("The token itself goes on working: sign the device out in your Plex account to end it."),
)
SERVICE_DEFINITIONS = {one.name: one for one in (SPOTIFY, YOUTUBE, SOUNDCLOUD, SUBSONIC, JELLYFIN, PLEX)}


def service_definition(name: str) -> ServiceDefinition:
    """The service with this name. Raises NotLinked."""
    if name not in SERVICE_DEFINITIONS:
        raise NotLinked(name, "There is no such service.")
    return SERVICE_DEFINITIONS[name]


def for_provider(provider: str) -> ServiceDefinition:
    """The service behind one of allauth's providers. Raises NotLinked."""
    for one in SERVICE_DEFINITIONS.values():
        if one.provider and one.provider == provider:
            return one
    raise NotLinked(provider, "There is no such service.")


def authorize_origins() -> list[str]:
    """Where forms of ours may lead, for the browser's content security policy."""
    addresses = (urlsplit(one.endpoint("authorize")) for one in SERVICE_DEFINITIONS.values() if one.provider)
    return list(dict.fromkeys(f"{address.scheme}://{address.netloc}" for address in addresses))
