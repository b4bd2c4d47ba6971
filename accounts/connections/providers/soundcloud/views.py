from accounts.connections.providers.base import MusicAdapter, callback_view, login_view
from accounts.connections.services import SOUNDCLOUD


class SoundCloudAdapter(MusicAdapter):
    provider_id = "soundcloud"
    service = SOUNDCLOUD
    authorization = "OAuth"


oauth2_login = login_view(SoundCloudAdapter)
oauth2_callback = callback_view(SoundCloudAdapter)
