from accounts.linkable import SOUNDCLOUD
from accounts.providers.base import MusicAdapter, callback_view, login_view


class SoundCloudAdapter(MusicAdapter):
    provider_id = "soundcloud"
    service = SOUNDCLOUD
    authorization = "OAuth"


oauth2_login = login_view(SoundCloudAdapter)
oauth2_callback = callback_view(SoundCloudAdapter)
