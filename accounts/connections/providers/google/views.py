from accounts.connections.providers.base import MusicAdapter, callback_view, login_view
from accounts.connections.services import YOUTUBE


class GoogleAdapter(MusicAdapter):
    provider_id = "google"
    service = YOUTUBE


oauth2_login = login_view(GoogleAdapter)
oauth2_callback = callback_view(GoogleAdapter)
