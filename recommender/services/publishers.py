"""Music that its publisher lets everybody hear whole from the publisher's own address, under an open licence."""

from __future__ import annotations

from recommender.services import http
from recommender.services.protocol import Capabilities, ServiceInfo

INCOMPETECH = ServiceInfo(
    name="incompetech",
    title="incompetech.com",
    can=Capabilities(),
    needs_account=False,
    credit="Music by Kevin MacLeod (incompetech.com), licensed under Creative Commons: By Attribution 4.0.",
    media=("https://incompetech.com",),
)
LICENCE, LICENCE_URL = "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"
FOLDER = "music/royalty-free/mp3-royaltyfree"


def sound_address(file: str) -> str:
    """Where the publisher plays a file, by its name as the publisher writes it in addresses."""
    return f"{http.endpoint(INCOMPETECH.name, INCOMPETECH.media[0])}/{FOLDER}/{file}"


def attribution(title: str, artist: str) -> str:
    """The line that the licence asks for beside a track."""
    return f"“{title}” {artist} ({INCOMPETECH.title}), licensed under Creative Commons: By Attribution 4.0"
