"""Listening histories as other programs export them, read one play at a time.

Known: Spotify's streaming history (extended and account data; JSON), YouTube's Takeout (watch-history.json),
ListenBrainz' export (JSON lines, or JSON) and Last.fm scrobbles (CSV with or without a head, or JSON, as the usual
export tools write them); each plain or inside a ZIP archive. Nothing is read into memory whole, and a file that only
pretends to be one of these ends in a ``HistoryError``.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import IO, Any
from urllib.parse import parse_qs, urlsplit

from core.errors import BadInput
from recommender.services import parsing

CHUNK = 256 * 1024
LARGEST_OBJECT = 2**20
LARGEST_FILE = 2 * 2**30
"""Bytes of one export once unpacked: twenty years of Spotify are about a quarter of a gigabyte."""
MOST_FILES = 2000
LONGEST_LINE = 128 * 1024
RECORD_LINES = 40
"""A record that runs over more lines than this holds a quote that never closes."""


class HistoryError(BadInput):
    code = "history_unknown"
    message = "This is none of the listening histories that can be read."
    hint = "Use an export of Spotify, YouTube (watch-history.json), ListenBrainz or Last.fm, as it came."


class Truncated(HistoryError):
    code = "history_truncated"
    message = "The file ends in the middle."
    hint = "Download it again; what stood before the break was kept."


class TooLarge(HistoryError):
    code = "history_too_large"
    message = "The file is larger than any real history, or only pretends to be one."
    hint = "Check where it came from."


class Unreadable(HistoryError):
    code = "history_unreadable"
    message = "The file cannot be read."
    hint = "Check its name and permissions."


@dataclass(frozen=True, kw_only=True)
class Played:
    """One play as an export tells it. ``source``: spotify, youtube, listenbrainz or lastfm; ``external_id`` is empty
    where the export has none; ``seconds``: how long it was played, where told."""

    source: str
    title: str
    artist: str
    at: datetime
    album: str = ""
    external_id: str = ""
    isrc: str = ""
    duration: float = 0.0
    seconds: float | None = None


@dataclass(frozen=True)
class Unused:
    """An entry that is no play: ``code`` and why."""

    code: str
    why: str


Entry = Played | Unused
NO_MUSIC = Unused("not_music", "a video, an episode or an advert")
NO_NAME = Unused("no_name", "without a title, an artist or a time")


def plays(path: Path) -> Iterator[Entry]:
    """Every entry of the export. Raises HistoryError, also after many good entries."""
    try:
        if zipfile.is_zipfile(path):
            yield from _from_zip(path)
        else:
            with path.open("rb") as file:
                yield from _from_file(file, path.name)
    except OSError as error:
        raise Unreadable from error


DAMAGED_ZIP = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    NotImplementedError,  # packed in a way that the zip module does not know
    RuntimeError,
    EOFError,
    UnicodeDecodeError,  # of a member's name
)


def _from_zip(path: Path) -> Iterator[Entry]:
    found = False
    try:
        with zipfile.ZipFile(path) as bundle:
            members = [one for one in bundle.infolist() if _may_hold_plays(one)]
            if len(members) > MOST_FILES or sum(one.file_size for one in members) > LARGEST_FILE:
                raise TooLarge
            if _overlap(bundle.infolist()):
                raise Truncated
            for member in sorted(members, key=lambda one: one.filename):
                try:
                    with bundle.open(member) as file:
                        for entry in _from_file(file, member.filename):
                            found = True
                            yield entry
                except HistoryError as error:
                    if type(error) is not HistoryError:
                        raise
    except (*DAMAGED_ZIP, zlib.error) as error:
        raise Truncated from error
    if not found:
        raise HistoryError


def _overlap(members: list[zipfile.ZipInfo]) -> bool:
    """Whether members share bytes, by which a small archive unpacks to a huge one; Python looks for it since 3.11.9."""
    ends = sorted((one.header_offset, one.header_offset + one.compress_size) for one in members)
    return any(end > following for (_, end), (following, _) in pairwise(ends))


def _may_hold_plays(member: zipfile.ZipInfo) -> bool:
    name = member.filename.lower()
    if not name.endswith((".json", ".jsonl", ".csv")):  # which no folder's name does: those end with a slash
        return False
    return bool(re.search(r"stream|history|listen|scrobble|lastfm|watch", name))


def _from_file(file: IO[bytes], name: str) -> Iterator[Entry]:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
    if name.lower().endswith(".csv"):
        yield from _scrobbles(text)
        return
    reader: Callable[[dict[str, Any]], Entry] | None = None
    for entry in _objects(text):
        reader = reader or _reader_of(entry)
        yield reader(entry)
    if reader is None:
        raise HistoryError


def _objects(text: io.TextIOWrapper) -> Iterator[dict[str, Any]]:
    """The objects of a JSON array, of an array inside an object, of several pages of arrays, or of JSON lines."""
    decoder, rest, begun, read = json.JSONDecoder(), "", False, 0
    while chunk := text.read(CHUNK):
        read, rest = read + len(chunk), rest + chunk
        if read > LARGEST_FILE:
            raise TooLarge
        if not begun:
            start = _beginning(rest)
            begun, rest = start is not None, rest[start or 0 :]
        at = _past(rest, 0)
        while begun and rest.startswith("{", at):
            try:
                found, end = decoder.raw_decode(rest, at)
            except RecursionError as error:
                raise HistoryError from error
            except json.JSONDecodeError:
                break  # its end is in the next chunk
            yield from _unwrapped(found)
            at = _past(rest, end)
        rest = rest[at:]
        if len(rest) > LARGEST_OBJECT or (begun and rest and not rest.startswith(("{", "}"))):
            raise HistoryError
    if not begun:
        raise HistoryError
    if rest.startswith("{"):
        raise Truncated


_BETWEEN = re.compile(r"[ \t\r\n,\[\]]*")


def _past(text: str, at: int) -> int:
    """Where what stands between entries ends."""
    between = _BETWEEN.match(text, at)
    return between.end() if between else at


def _beginning(text: str) -> int | None:
    """Where the first entry begins: after ``[``, at the first line's ``{``, or inside ``{"scrobbles": [``."""
    plain = text.lstrip()
    if not plain:
        return None
    lead = len(text) - len(plain)
    if plain[0] == "[":
        return lead + 1
    if plain[0] != "{":
        raise HistoryError
    wrapped = re.match(r'\{[^\[\{]{0,2000}"scrobbles"\s*:\s*\[', plain)
    return lead + wrapped.end() if wrapped else lead


def _unwrapped(found: Any) -> Iterator[dict[str, Any]]:
    """An entry; or the entries of one page of Last.fm's own answers."""
    if not isinstance(found, dict):
        return
    pages = found.get("track") or parsing.within(found, "recenttracks", "track")
    if isinstance(pages, list):
        yield from (one for one in pages if isinstance(one, dict))
    else:
        yield found


def _reader_of(entry: dict[str, Any]) -> Callable[[dict[str, Any]], Entry]:
    for mark, reader in READERS.items():
        if mark in entry:
            return reader
    raise HistoryError


def _played(**told: Any) -> Entry:
    return Played(**told) if told["title"] and told["artist"] and told["at"] else NO_NAME


def _spotify(entry: dict[str, Any]) -> Entry:
    """``ts`` is when the play ended, in UTC."""
    title = parsing.text(entry.get("master_metadata_track_name") or entry.get("trackName"))
    if not title and "ts" in entry:
        return NO_MUSIC
    uri = entry.get("spotify_track_uri")
    milliseconds = parsing.number(entry.get("ms_played", entry.get("msPlayed")))
    return _played(
        source="spotify",
        title=title,
        artist=parsing.text(entry.get("master_metadata_album_artist_name") or entry.get("artistName")),
        album=parsing.text(entry.get("master_metadata_album_album_name")),
        at=_when(entry.get("ts")) or _when(entry.get("endTime"), "%Y-%m-%d %H:%M"),
        external_id=parsing.identifier(uri.rpartition(":")[2]) if isinstance(uri, str) else "",
        seconds=milliseconds / 1000 if milliseconds is not None else None,
    )


def _video(address: str) -> str:
    """The video that an address names; empty for one that is none."""
    try:
        return parse_qs(urlsplit(address).query).get("v", [""])[0]
    except ValueError:
        return ""


def _youtube(entry: dict[str, Any]) -> Entry:
    """Only what YouTube Music played, and what artists' own "Topic" channels show, is surely music."""
    channel = parsing.text(parsing.within(entry, "subtitles", 0, "name"))
    if entry.get("header") != "YouTube Music" and not channel.endswith(" - Topic"):
        return NO_MUSIC
    address = entry.get("titleUrl")
    video = _video(address) if isinstance(address, str) else ""
    return _played(
        source="youtube",
        title=re.sub(r"^Watched\s+", "", parsing.text(entry.get("title"))),
        artist=channel.removesuffix(" - Topic"),
        at=_when(entry.get("time")),
        external_id=parsing.identifier(video),
    )


def _listenbrainz(entry: dict[str, Any]) -> Entry:
    told = entry.get("track_metadata")
    more = parsing.within(told, "additional_info")
    return _played(
        source="listenbrainz",
        title=parsing.text(parsing.within(told, "track_name")),
        artist=parsing.text(parsing.within(told, "artist_name")),
        album=parsing.text(parsing.within(told, "release_name")),
        at=parsing.moment(entry.get("listened_at")),
        external_id=parsing.identifier(parsing.within(more, "recording_mbid")),
        isrc=parsing.isrc(parsing.within(more, "isrc")),
        duration=parsing.seconds(parsing.within(more, "duration_ms"), per_second=1000),
    )


def _lastfm(entry: dict[str, Any]) -> Entry:
    artist, album = entry.get("artist"), entry.get("album")
    return _played(
        source="lastfm",
        title=parsing.text(entry.get("name") or entry.get("track")),
        artist=parsing.text(parsing.within(artist, "#text") or parsing.within(artist, "name") or artist),
        album=parsing.text(parsing.within(album, "#text") or album),
        at=_when(parsing.within(entry, "date", "uts") or entry.get("date")),
    )


READERS: dict[str, Callable[[dict[str, Any]], Entry]] = {
    "master_metadata_track_name": _spotify,
    "msPlayed": _spotify,
    "titleUrl": _youtube,
    "header": _youtube,
    "track_metadata": _listenbrainz,
    "listened_at": _listenbrainz,
    "artist": _lastfm,
}
"""By a field that only this export has."""


def _scrobbles(text: io.TextIOWrapper) -> Iterator[Entry]:
    """Artist, album, title and time; a first line may name the columns."""
    lines = _Lines(text)
    first = next(lines, "")
    separator = ";" if first.count(";") > first.count(",") else ","
    places = {"artist": 0, "album": 1, "track": 2, "date": 3}
    head = [cell.strip().lower().partition("#")[0] for cell in next(csv.reader([first], delimiter=separator), [])]
    if "artist" in head:
        places = {name: head.index(name) for name in places if name in head}
        places |= {"date": head.index("uts")} if "uts" in head else {}
        if len(places) < 4:
            raise HistoryError
    elif len(head) == 4:
        lines.again(first)
    else:
        raise HistoryError
    try:
        for row in csv.reader(lines, delimiter=separator):
            lines.record_ended()
            told = {name: row[place] if place < len(row) else "" for name, place in places.items()}
            yield _played(
                source="lastfm",
                title=parsing.text(told["track"]),
                artist=parsing.text(told["artist"]),
                album=parsing.text(told["album"]),
                at=_when(told["date"]) or _when(told["date"], "%d %b %Y %H:%M"),
            )
    except csv.Error as error:
        raise HistoryError from error


class _Lines:
    """The lines of a table, none of them longer than any real one is, nor any record, nor all of them together."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self.text, self.first, self.read, self.of_record = text, "", 0, 0

    def again(self, line: str) -> None:
        """Give this line once more."""
        self.first = line

    def record_ended(self) -> None:
        self.of_record = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line, self.first = self.first or self.text.readline(LONGEST_LINE), ""
        self.read += len(line)
        self.of_record += 1
        if self.read > LARGEST_FILE:
            raise TooLarge
        if self.of_record > RECORD_LINES or len(line) >= LONGEST_LINE:
            raise HistoryError
        if not line:
            raise StopIteration
        return line


def _when(value: Any, form: str = "") -> datetime | None:
    """A time in UTC: by ``form`` where given; else ISO 8601, or seconds or milliseconds since 1970."""
    if form:
        try:
            return datetime.strptime(str(value), form).replace(tzinfo=UTC)
        except ValueError:
            return None
    since = parsing.number(value)
    return parsing.moment(since / 1000 if since > 1e11 else since) if since is not None else parsing.moment(value)
