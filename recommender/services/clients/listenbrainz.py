"""ListenBrainz: what a person listened to, by their user name and without a key; songs by the tags people gave them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_noop as later

from recommender.services import http, parsing
from recommender.services.protocol import Adapter, Capabilities, FoundTrack, Page, Play, ServiceInfo

NAME = "listenbrainz"
API = "https://api.listenbrainz.org"
PAGE = 1000
"""The most listens of one answer."""

INFO = ServiceInfo(
    name=NAME,
    title="ListenBrainz",
    can=Capabilities(recent=True, radio=True, learning=True),
    needs_account=False,
    credit="Listens and tags from ListenBrainz.",
    note=later("Your public listening history by your user name there; no key is needed."),
)


class ListenBrainz(Adapter):
    """Without a ``username`` there is no history, and the tags are everybody's."""

    info = INFO

    def __init__(self, username: str, *, patience: float = http.PATIENCE) -> None:
        self.api = http.ServiceClient(service=NAME, base=http.endpoint(NAME, API), patience=patience)
        self.path = f"/1/user/{http.part(username)}/listens"

    def recent(self, after: datetime | None = None) -> Sequence[Play]:
        """The newest listens (after a time: the ones that followed it), at most a thousand."""
        asked: http.Params = {"min_ts": int(after.timestamp())} if after else {}
        return self._page(asked).items

    def listens(self, cursor: str | None = None) -> Page[Play]:
        """The whole history, newest first; ``cursor`` is the time before which to go on."""
        return self._page({"max_ts": cursor} if cursor else {})

    def tagged(self, style: str, limit: int) -> Sequence[FoundTrack]:
        """Two questions: which recordings carry the tag, and what they are called."""
        asked: http.Params = {"tag": style, "pop_begin": 0, "pop_end": 100, "count": limit}
        entries = parsing.rows(NAME, self.api.get("/1/lb-radio/tags", asked))
        ids = [parsing.identifier(parsing.within(entry, "recording_mbid")) for entry in entries[:limit]]
        if not (known := [one for one in ids if one]):
            return ()
        told = self.api.get("/1/metadata/recording/", {"recording_mbids": ",".join(known), "inc": "artist"})
        found = [(one, parsing.within(told, one)) for one in known]
        return parsing.sorted_out(found, lambda pair: _recording(pair[0], pair[1], style))[0]

    def _page(self, asked: http.Params) -> Page[Play]:
        answer = self.api.get(self.path, {**asked, "count": PAGE})
        entries = parsing.rows(NAME, answer, "payload", "listens")
        made, dropped = parsing.sorted_out(entries, _play)
        oldest = min((int(play.at.timestamp()) for play in made), default=None)
        onward = oldest is not None and len(entries) == PAGE and str(oldest) != asked.get("max_ts")
        return Page(items=made, cursor=str(oldest) if onward else None, dropped=dropped)


def _play(entry: Any) -> Play | str:
    at = parsing.moment(parsing.within(entry, "listened_at"))
    about = parsing.within(entry, "track_metadata")
    title, artist = (
        parsing.text(parsing.within(about, "track_name")),
        parsing.text(parsing.within(about, "artist_name")),
    )
    if not (at and title):
        return "without a title or a time"
    more = parsing.within(about, "additional_info")
    mbid = parsing.within(about, "mbid_mapping", "recording_mbid") or parsing.within(more, "recording_mbid")
    identifier = parsing.identifier(mbid) or parsing.identifier(parsing.within(entry, "recording_msid"))
    milliseconds = parsing.seconds(parsing.within(more, "duration_ms"), per_second=1000)
    found = FoundTrack(
        service=NAME,
        external_id=identifier,
        title=title,
        artist=artist,
        album=parsing.text(parsing.within(about, "release_name")),
        duration=milliseconds or parsing.seconds(parsing.within(more, "duration")),
        isrc=parsing.isrc(parsing.within(more, "isrc")),
        url=f"https://musicbrainz.org/recording/{http.part(identifier)}" if parsing.identifier(mbid) else "",
    )
    return Play(track=found, at=at)


def _recording(mbid: str, entry: Any, style: str) -> FoundTrack | str:
    title = parsing.text(parsing.within(entry, "recording", "name"))
    artist = parsing.text(parsing.within(entry, "artist", "name"))
    if not (title and artist):
        return "without a title or an artist"
    return FoundTrack(
        service=NAME,
        external_id=mbid,
        title=title,
        artist=artist,
        duration=parsing.seconds(parsing.within(entry, "recording", "length"), per_second=1000),
        genre=style,
        url=f"https://musicbrainz.org/recording/{http.part(mbid)}",
    )
