"""The Internet Archive: whole recordings under open licences, which may be played in the page and analysed.

A search finds items (albums, concerts); the tracks are files of an item, told by its metadata. Only items whose licence
is a Creative Commons one or the public domain are asked for, and that is checked again on each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext_noop as later

from core.upstream import Incoming
from recommender.services import http, parsing
from recommender.services.protocol import (
    Adapter,
    Capabilities,
    FoundTrack,
    NeedsReconnect,
    Query,
    Refused,
    ServiceError,
    ServiceInfo,
    Vanished,
)
from recommender.services.rate_limit import DAY

NAME = "archive"
API = "https://archive.org"
KEEP = 30 * DAY
MOST_ITEMS, MOST_OF_ITEM = 4, 3
SOUND = (".mp3", ".ogg", ".flac", ".m4a")
OPEN = re.compile(r"https?://(www\.)?creativecommons\.org/(licenses|publicdomain)/", re.I)

INFO = ServiceInfo(
    name=NAME,
    title="Internet Archive",
    can=Capabilities(search=True, streams=True, previews=True, analysis=True, learning=True),
    needs_account=False,
    credit="Openly licensed recordings from the Internet Archive.",
    note=later("Whole tracks under Creative Commons licences or in the public domain."),
    media=("https://archive.org", "https://*.archive.org"),
)


class Archive(Adapter):
    info = INFO

    def __init__(self, *, patience: float = http.PATIENCE) -> None:
        self.api = http.ServiceClient(service=NAME, base=http.endpoint(NAME, API), patience=patience)

    def search(self, query: Query) -> Sequence[FoundTrack]:
        words = re.findall(r"[^\W_]+", query.words.lower())  # leaves no sign of the query language
        if not words:
            return ()
        asked: http.Params = {
            "q": f"({' AND '.join(words)}) AND mediatype:audio AND licenseurl:*creativecommons*",
            "fl[]": "identifier,title,creator,licenseurl",
            "sort[]": "downloads desc",
            "rows": MOST_ITEMS,
            "output": "json",
        }
        items = parsing.rows(NAME, self.api.get("/advancedsearch.php", asked, keep=KEEP), "response", "docs")
        found: list[FoundTrack] = []
        failure: ServiceError | None = None
        for item in items[:MOST_ITEMS]:
            if identifier := parsing.identifier(parsing.within(item, "identifier")):
                try:
                    found += self.tracks_of(identifier, words)
                except Vanished:
                    continue
                except ServiceError as error:  # what was found before it counts more than the rest
                    failure = error
                    break
        if failure and not found:
            raise failure
        return found[: query.limit]

    def tracks_of(self, identifier: str, words: Sequence[str] = ()) -> list[FoundTrack]:
        """The tracks of an item that ``words`` name, else its first ones; none without an open licence."""
        answer = self.api.get(f"/metadata/{http.part(identifier)}", keep=KEEP)
        about = parsing.within(answer, "metadata")
        if not isinstance(about, dict):
            raise Vanished(NAME)
        if not OPEN.match(_first(about.get("licenseurl"))):
            return []
        tracks = list(self._tracks(identifier, about, parsing.rows(NAME, answer, "files")))
        named = [one for one in tracks if any(word in one.title.lower() for word in words)]
        return (named or tracks)[:MOST_OF_ITEM]

    def stream(self, external_id: str, headers: dict[str, str] | None = None) -> Incoming:
        """The archive sends downloads on to whichever of its machines has the item. What only its members may have
        counts as gone."""
        try:
            return self.api.stream(f"/download/{external_id}", headers, onto=INFO.media)
        except (NeedsReconnect, Refused) as error:
            raise Vanished(NAME) from error

    def _tracks(self, identifier: str, about: dict[str, Any], files: Sequence[Any]) -> Iterator[FoundTrack]:
        """One for each title: the archive keeps the same track in several formats."""
        seen = set()
        for file in sorted(
            files, key=lambda one: str(parsing.within(one, "name")).lower().endswith(".mp3"), reverse=True
        ):
            name = parsing.within(file, "name")
            title = parsing.text(parsing.within(file, "title"))
            if not isinstance(name, str) or not title or title in seen or not name.lower().endswith(SOUND):
                continue
            seen.add(title)
            external_id = f"{http.part(identifier)}/{quote(name)}"  # two parts of a path, as the download wants them
            stream = parsing.link(f"{self.api.base}/download/{external_id}")
            if len(external_id) > parsing.LONGEST_ID:  # half an id would be another track's, or nobody's
                continue
            yield FoundTrack(
                service=NAME,
                external_id=external_id,
                title=title,
                artist=_first(parsing.within(file, "artist")) or _first(about.get("creator")),
                album=_first(about.get("title")),
                duration=clock_seconds(parsing.within(file, "length")),
                year=parsing.year(_first(about.get("date")) or _first(about.get("year"))),
                url=f"https://archive.org/details/{http.part(identifier)}",
                stream_url=stream,
                playable=bool(stream),
            )


def _first(value: Any) -> str:
    """A field of the archive: a text, or a list of them."""
    return parsing.text(value[0] if isinstance(value, list) and value else value)


def clock_seconds(value: Any) -> float:
    """Seconds of "4:05", "1:02:03" or "245.31"; 0 when it is none of these."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,3}(:\d{1,2}){1,2}", value):
        total = 0
        for part in value.split(":"):
            total = total * 60 + int(part)
        return parsing.seconds(total)
    return parsing.seconds(value)
