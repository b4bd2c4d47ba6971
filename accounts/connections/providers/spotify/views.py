from accounts.connections.providers.base import MusicAdapter, callback_view, login_view
from accounts.connections.services import SPOTIFY


class SpotifyAdapter(MusicAdapter):
    provider_id = "spotify"
    service = SPOTIFY


oauth2_login = login_view(SpotifyAdapter)
oauth2_callback = callback_view(SpotifyAdapter)
