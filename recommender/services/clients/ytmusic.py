"""YouTube Music without a key, through ytmusicapi: outside Google's terms for programs, so off unless the owner of this
copy turns it on (``DYLUMO_YTMUSIC=1``). Search only; nobody's account is touched."""

from __future__ import annotations

import locale
import threading
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_noop as later

from recommender.services import http, parsing
from recommender.services.protocol import Adapter, Capabilities, FoundTrack, Garbled, Query, ServiceError, ServiceInfo
from recommender.services.requests_session import PoliteSession

NAME = "ytmusic"
SITE = "https://music.youtube.com"

INFO = ServiceInfo(
    name=NAME,
    title="YouTube Music",
    can=Capabilities(search=True),
    needs_account=False,
    keep_days=30,
    credit="Found on YouTube Music; each track links to it.",
    note=later("An unofficial search that the owner of this copy has turned on."),
)
_building = threading.Lock()


class YTMusic(Adapter):
    info = INFO

    def __init__(self, *, patience: float = http.PATIENCE) -> None:
        self.patience = patience

    def search(self, query: Query) -> Sequence[FoundTrack]:
        try:
            entries = self._client().search(query.words, filter="songs", limit=query.limit)
        except ServiceError:
            raise
        except Exception as error:  # it reads a page that was not made for it, and breaks in many ways
            raise Garbled(NAME) from error
        return parsing.sorted_out(entries[: query.limit], track)[0]

    def _client(self) -> Any:
        import ytmusicapi

        base = http.endpoint(NAME, SITE)
        session = PoliteSession(NAME, self.patience, address=lambda url: url.replace(SITE, base, 1))
        with _building:  # it changes the locale of the whole process
            before = locale.setlocale(locale.LC_ALL)
            try:
                return ytmusicapi.YTMusic(requests_session=session)
            finally:
                locale.setlocale(locale.LC_ALL, before)


def track(entry: Any) -> FoundTrack | str:
    identifier, title = (
        parsing.identifier(parsing.within(entry, "videoId")),
        parsing.text(parsing.within(entry, "title")),
    )
    if not identifier or not title:
        return "without a title or an id"
    return FoundTrack(
        service=NAME,
        external_id=identifier,
        title=title,
        artist=parsing.names(entry.get("artists")),
        album=parsing.text(parsing.within(entry, "album", "name")),
        duration=parsing.seconds(entry.get("duration_seconds")),
        explicit=parsing.yes(entry.get("isExplicit")),
        url=f"https://music.youtube.com/watch?v={http.part(identifier)}",
    )
