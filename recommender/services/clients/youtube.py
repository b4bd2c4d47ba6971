"""YouTube's Data API v3: seven calls over HTTP, each paid from the day's quota before it is asked (``quota``)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_noop as later

from recommender.services import http, parsing, youtube_quota
from recommender.services.protocol import (
    Adapter,
    Capabilities,
    FoundPlaylist,
    FoundTrack,
    Garbled,
    Page,
    Query,
    QuotaSpent,
    RateLimited,
    Refused,
    ServiceError,
    ServiceInfo,
)
from recommender.services.rate_limit import DAY

NAME = "youtube"
API = "https://youtube.googleapis.com/youtube/v3"
PAGE = 50
MUSIC = "10"
"""The category "Music"."""
READ, WRITE = 1, 50
"""Units of one call."""
KEEP = 7 * DAY
GONE = {"Deleted video", "Private video"}

INFO = ServiceInfo(
    name=NAME,
    title="YouTube",
    can=Capabilities(search=True, playlists=True, saved=True, create=True),
    keep_days=30,
    credit="Videos come from YouTube; each links to YouTube.",
    note=later(
        "Google allows this whole copy of Dylumo 100 searches and about nine saved lists of twenty tracks a day."
    ),
)


def _parse_error(status: int, answer: Any) -> ServiceError | None:
    if status != 403:
        return None
    reason = parsing.within(answer, "error", "errors", 0, "reason")
    if reason in ("quotaExceeded", "dailyLimitExceeded"):
        return QuotaSpent(NAME)
    if reason in ("rateLimitExceeded", "userRateLimitExceeded"):
        return RateLimited(NAME)
    return Refused(NAME, "YouTube refused this.", hint="The permission may not cover it; connect YouTube again.")


class YouTube(Adapter):
    info = INFO
    batch = 1

    def __init__(self, token: str, *, patience: float = http.PATIENCE) -> None:
        self.api = http.ServiceClient(
            service=NAME,
            base=http.endpoint(NAME, API),
            patience=patience,
            headers={"Authorization": f"Bearer {token}"},
            parse_error=_parse_error,
        )

    def search(self, query: Query) -> Sequence[FoundTrack]:
        asked: http.Params = {
            "part": "snippet",
            "type": "video",
            "videoCategoryId": MUSIC,
            "q": query.words,
            "maxResults": min(max(query.limit, 1), PAGE),
        }
        answer = self._read("/search", asked, bucket="searches", keep=KEEP)
        ids = [parsing.identifier(parsing.within(one, "id", "videoId")) for one in parsing.rows(NAME, answer, "items")]
        videos = self._videos([one for one in ids if one], keep=KEEP)
        return parsing.sorted_out([videos[one] for one in dict.fromkeys(ids) if one in videos], _video)[0]

    def playlists(self, cursor: str | None = None) -> Page[FoundPlaylist]:
        answer = self._listing("/playlists", cursor, part="snippet,contentDetails", mine="true")
        made, dropped = parsing.sorted_out(parsing.rows(NAME, answer, "items"), _playlist)
        return _page(answer, made, dropped)

    def playlist_tracks(self, playlist_id: str, cursor: str | None = None) -> Page[FoundTrack]:
        answer = self._listing("/playlistItems", cursor, part="snippet,contentDetails", playlistId=playlist_id)
        entries = parsing.rows(NAME, answer, "items")
        ids = [_video_id(entry) for entry in entries]
        videos = self._videos([one for one in ids if one])
        made, dropped = parsing.sorted_out([videos.get(one) for one in ids], _video)
        return _page(answer, made, dropped)

    def saved(self, cursor: str | None = None) -> Page[FoundTrack]:
        answer = self._listing("/videos", cursor, part="snippet,contentDetails", myRating="like")
        made, dropped = parsing.sorted_out(parsing.rows(NAME, answer, "items"), _music)
        return _page(answer, made, dropped)

    def create_playlist(self, title: str, description: str = "", songs: Sequence[str] = ()) -> FoundPlaylist:
        del songs  # it makes empty ones
        about = {"title": title[:150], "description": description[:5000]}
        answer = self._write("/playlists", "snippet,status", {"snippet": about, "status": {"privacyStatus": "private"}})
        made = _playlist(answer)
        if isinstance(made, str):
            raise Garbled(NAME)
        return made

    def add_tracks(self, playlist_id: str, external_ids: Sequence[str]) -> None:
        resource = {"kind": "youtube#video", "videoId": external_ids[0]}
        self._write("/playlistItems", "snippet", {"snippet": {"playlistId": playlist_id, "resourceId": resource}})

    def _listing(self, path: str, cursor: str | None, **params: str) -> Any:
        return self._read(path, {**params, "maxResults": PAGE, **({"pageToken": cursor} if cursor else {})})

    def _videos(self, ids: Sequence[str], keep: float = 0) -> dict[str, Any]:
        """By id; those that are gone are left out."""
        if not ids:
            return {}
        asked = ",".join(dict.fromkeys(ids[:PAGE]))
        params: http.Params = {"part": "snippet,contentDetails", "id": asked, "maxResults": PAGE}
        answer = self._read("/videos", params, keep=keep)
        return {str(parsing.within(one, "id")): one for one in parsing.rows(NAME, answer, "items")}

    def _read(self, path: str, params: http.Params, *, bucket: str = "units", keep: float = 0) -> Any:
        try:
            return self.api.get(path, params, keep=keep, before=lambda: youtube_quota.consume(bucket, READ))
        except QuotaSpent:
            youtube_quota.exhaust(bucket)
            raise

    def _write(self, path: str, part: str, body: Any) -> Any:
        youtube_quota.consume("units", WRITE)
        try:
            return self.api.send("POST", path, body, {"part": part})
        except QuotaSpent:
            youtube_quota.exhaust("units")
            raise


def _page(answer: Any, made: tuple[Any, ...], dropped: tuple[str, ...]) -> Page[Any]:
    cursor = parsing.identifier(parsing.within(answer, "nextPageToken")) or None
    total = parsing.whole(parsing.within(answer, "pageInfo", "totalResults"))
    return Page(items=made, cursor=cursor, total=total, dropped=dropped)


def _video_id(entry: Any) -> str:
    found = parsing.within(entry, "contentDetails", "videoId")
    return parsing.identifier(found or parsing.within(entry, "snippet", "resourceId", "videoId"))


def _video(entry: Any) -> FoundTrack | str:
    identifier, name = (
        parsing.identifier(parsing.within(entry, "id")),
        parsing.text(parsing.within(entry, "snippet", "title")),
    )
    if not identifier or not name or name in GONE:
        return "no longer there"
    channel = parsing.text(parsing.within(entry, "snippet", "channelTitle"))
    artist, title = artist_and_title(name, channel)
    return FoundTrack(
        service=NAME,
        external_id=identifier,
        title=title,
        artist=artist,
        duration=iso_seconds(parsing.within(entry, "contentDetails", "duration")),
        url=f"https://www.youtube.com/watch?v={http.part(identifier)}",
        artwork_url=parsing.link(parsing.within(entry, "snippet", "thumbnails", "medium", "url")),
    )


def _music(entry: Any) -> FoundTrack | str:
    return _video(entry) if parsing.within(entry, "snippet", "categoryId") == MUSIC else "not music"


def artist_and_title(name: str, channel: str) -> tuple[str, str]:
    """A video's artist and title: a topic channel is the artist's own; elsewhere names read "Artist - Title"."""
    if channel.endswith(" - Topic"):
        return channel.removesuffix(" - Topic"), name
    artist, dash, title = name.partition(" - ")
    if dash and artist.strip() and title.strip():
        return artist.strip(), title.strip()
    return re.sub(r"(?i)\s*(VEVO|official)$", "", channel) or channel, name


def iso_seconds(value: Any) -> float:
    """Seconds of an ISO 8601 duration such as PT1H2M3S; 0 when it is none."""
    pattern = r"P(?:(\d{1,3})D)?T?(?:(\d{1,4})H)?(?:(\d{1,4})M)?(?:(\d{1,5})S)?"
    match = re.fullmatch(pattern, value) if isinstance(value, str) else None
    if not match:
        return 0.0
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return parsing.seconds(((days * 24 + hours) * 60 + minutes) * 60 + seconds)


def _playlist(entry: Any) -> FoundPlaylist | str:
    identifier = parsing.identifier(parsing.within(entry, "id"))
    if not identifier:
        return "without an id"
    return FoundPlaylist(
        service=NAME,
        external_id=identifier,
        title=parsing.text(parsing.within(entry, "snippet", "title")) or "Untitled",
        description=parsing.text(parsing.within(entry, "snippet", "description"), 1000),
        count=parsing.whole(parsing.within(entry, "contentDetails", "itemCount")),
        snapshot=parsing.identifier(parsing.within(entry, "etag")),
        url=f"https://www.youtube.com/playlist?list={http.part(identifier)}",
    )
