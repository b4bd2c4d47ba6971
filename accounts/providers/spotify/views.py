from accounts.linkable import SPOTIFY
from accounts.providers.base import MusicAdapter, callback_view, login_view


class SpotifyAdapter(MusicAdapter):
    provider_id = "spotify"
    service = SPOTIFY


oauth2_login = login_view(SpotifyAdapter)
oauth2_callback = callback_view(SpotifyAdapter)
